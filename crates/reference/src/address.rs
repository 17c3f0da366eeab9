//! Where contracts are created.

use crate::keccak::keccak256;
use crate::world::{Address, Word};

fn last_twenty(hash: Word) -> Address {
    hash[12..].try_into().expect("20 bytes")
}

/// Address of the contract that an account creates with this nonce.
pub fn create_address(creator: &Address, nonce: u64) -> Address {
    let digits = nonce.to_be_bytes();
    let digits = &digits[nonce.leading_zeros() as usize / 8..];
    let mut list = vec![0x94];
    list.extend(creator);
    match digits {
        // A single low byte stands for itself.
        [low] if *low < 0x80 => list.push(*low),
        digits => {
            list.push(0x80 + digits.len() as u8);
            list.extend(digits);
        }
    }
    let mut encoded = vec![0xc0 + list.len() as u8];
    encoded.extend(list);
    last_twenty(keccak256(&encoded))
}

/// Address of the contract that an account creates with this salt and init code.
pub fn create2_address(creator: &Address, salt: &Word, init_code: &[u8]) -> Address {
    let parts = [&[0xff], &creator[..], salt, &keccak256(init_code)].concat();
    last_twenty(keccak256(&parts))
}

/// Address that ends with this number.
pub(crate) fn low(number: u16) -> Address {
    let mut address = [0; 20];
    address[18..].copy_from_slice(&number.to_be_bytes());
    address
}

#[cfg(test)]
mod tests {
    use super::{create2_address, create_address};

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn known_addresses() {
        let creator: [u8; 20] = [
            0x6a, 0xc7, 0xea, 0x33, 0xf8, 0x83, 0x1e, 0xa9, 0xdc, 0xc5, 0x33, 0x93, 0xaa, 0xa8,
            0x8b, 0x25, 0xa7, 0x85, 0xdb, 0xf0,
        ];
        for (nonce, address) in [
            (0, "cd234a471b72ba2f1ccf0a70fcaba648a5eecd8d"),
            (1, "343c43a37d37dff08ae8c4a11544c718abb4fcf8"),
            (2, "f778b86fa74e846c4f0a1fbd1335fe81c00a0c91"),
        ] {
            assert_eq!(hex(&create_address(&creator, nonce)), address);
        }
        // The first example of EIP-1014.
        let first = create2_address(&[0; 20], &[0; 32], &[0]);
        assert_eq!(hex(&first), "4d1a2e2bb4f88f0250f26ffff098b0b30b26bf38");
    }
}
