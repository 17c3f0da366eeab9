//! Accounts whose keys the node holds: derived from the development mnemonic that everybody knows.

use alloy_primitives::{address, b256, hex, keccak256, Address, Signature, B256, U256};
use hmac::{Hmac, Mac};
use k256::ecdsa::SigningKey;
use k256::elliptic_curve::PrimeField;
use k256::{NonZeroScalar, Scalar};
use sha2::Sha512;

/// The mnemonic of Hardhat, Anvil and Foundry.
pub const MNEMONIC: &str = "test test test test test test test test test test test junk";

/// Key of the account that a Nitro development node funds.
const NITRO_KEY: B256 = b256!("b6b15c8cb491557369f3c7d2c287b053eb229daa9c22138887752191c9520659");
/// Its address.
pub const NITRO_ACCOUNT: Address = address!("3f1Eae7D46d88F08fc2F8ed27FCb2AB183EB2d0E");

/// Rounds of BIP-39's key stretching.
const STRETCHING_ROUNDS: usize = 2_048;
/// Added to an index of a hardened BIP-32 step.
const HARDENED: u32 = 1 << 31;
/// BIP-44 path of Ethereum's external accounts, without the last step.
const PATH: [u32; 4] = [44 | HARDENED, 60 | HARDENED, HARDENED, 0];

/// An account with its private key.
#[derive(Clone, Debug)]
pub struct DevAccount {
    key: SigningKey,
    /// Address that the key controls.
    pub address: Address,
}

impl DevAccount {
    fn new(key: SigningKey) -> Self {
        let address = Address::from_public_key(key.verifying_key());
        Self { key, address }
    }

    /// The account of a private key; `None` when the key is zero or not below the group order.
    pub fn from_key(key: B256) -> Option<Self> {
        SigningKey::from_slice(key.as_slice()).ok().map(Self::new)
    }

    /// The first `count` accounts of the development mnemonic.
    pub fn from_mnemonic(count: u32) -> Vec<Self> {
        Self::derive(MNEMONIC, count)
    }

    /// The first `count` accounts of a mnemonic, as wallets derive them from it without a passphrase.
    pub fn derive(mnemonic: &str, count: u32) -> Vec<Self> {
        let parent = PATH
            .iter()
            .try_fold(master(mnemonic), |node, &step| node.child(step))
            .expect("a mnemonic without such accounts has not been found yet");
        (0..)
            .filter_map(|index| parent.child(index))
            .take(count as usize)
            .map(|node| Self::new(SigningKey::from(node.key)))
            .collect()
    }

    /// The account that a Nitro development node funds.
    pub fn nitro() -> Self {
        Self::from_key(NITRO_KEY).expect("the key is in range")
    }

    /// The private key.
    pub fn key(&self) -> B256 {
        B256::from_slice(&self.key.to_bytes())
    }

    /// Signs a 32-byte digest.
    pub fn sign(&self, digest: B256) -> Signature {
        let (signature, recovery) = self
            .key
            .sign_prehash_recoverable(digest.as_slice())
            .expect("a 32-byte digest can be signed");
        Signature::from_signature_and_parity(signature, recovery.is_y_odd())
    }
}

/// A private key with its BIP-32 chain code.
struct ExtendedKey {
    key: NonZeroScalar,
    chain_code: [u8; 32],
}

impl ExtendedKey {
    fn split(hash: [u8; 64], add: Scalar) -> Option<Self> {
        let left: [u8; 32] = hash[..32].try_into().ok()?;
        let offset = Option::<Scalar>::from(Scalar::from_repr(left.into()))?;
        Some(Self {
            key: Option::from(NonZeroScalar::new(offset + add))?,
            chain_code: hash[32..].try_into().ok()?,
        })
    }

    /// `None` for the one index in 2^127 that has no child.
    fn child(&self, index: u32) -> Option<Self> {
        let mut message = Vec::with_capacity(37);
        if index >= HARDENED {
            message.push(0);
            message.extend(self.key.to_bytes());
        } else {
            let public = SigningKey::from(self.key);
            message.extend(public.verifying_key().to_encoded_point(true).as_bytes());
        }
        message.extend(index.to_be_bytes());
        Self::split(hmac(&self.chain_code, &message), *self.key)
    }
}

fn master(mnemonic: &str) -> ExtendedKey {
    // PBKDF2 with one block of output; the passphrase is empty.
    let mut block = hmac(mnemonic.as_bytes(), b"mnemonic\x00\x00\x00\x01");
    let mut seed = block;
    for _ in 1..STRETCHING_ROUNDS {
        block = hmac(mnemonic.as_bytes(), &block);
        seed.iter_mut().zip(block).for_each(|(a, b)| *a ^= b);
    }
    ExtendedKey::split(hmac(b"Bitcoin seed", &seed), Scalar::ZERO)
        .expect("the mnemonic's seed is a key")
}

fn hmac(key: &[u8], message: &[u8]) -> [u8; 64] {
    let mut mac = Hmac::<Sha512>::new_from_slice(key).expect("any length of key will do");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// Stands for a signature on transactions of accounts without a key here: its `r` is the sender, so that the same
/// transaction of two senders has two hashes.
pub fn stand_in_signature(sender: Address) -> Signature {
    Signature::new(sender.into_word().into(), U256::ONE, false)
}

/// EIP-191 digest of a message that a wallet signs.
pub fn personal_message_digest(message: &[u8]) -> B256 {
    let prefix = format!("\x19Ethereum Signed Message:\n{}", message.len());
    keccak256([prefix.as_bytes(), message].concat())
}

/// A signature as wallets give it: r, s, and 27 or 28.
pub fn signature_hex(signature: Signature) -> String {
    hex::encode_prefixed(signature.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mnemonic_gives_the_accounts_that_everybody_knows() {
        let accounts = DevAccount::from_mnemonic(10);
        assert_eq!(
            accounts[0].key(),
            b256!("ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80")
        );
        let known = [
            address!("f39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
            address!("70997970C51812dc3A010C7d01b50e0d17dc79C8"),
            address!("3C44CdDdB6a900fa2b585dd299e03d12FA4293BC"),
            address!("90F79bf6EB2c4f870365E785982E1f101E93b906"),
            address!("15d34AAf54267DB7D7c367839AAf71A00a2C6A65"),
            address!("9965507D1a55bcC2695C58ba16FB37d819B0A4dc"),
            address!("976EA74026E726554dB657fA54763abd0C3a0aa9"),
            address!("14dC79964da2C08b23698B3D3cc7Ca32193d9955"),
            address!("23618e81E3f5cdF7f54C3d65f7FBc0aBf5B21E8f"),
            address!("a0Ee7A142d267C1f36714E4a8F75612F20a79720"),
        ];
        assert_eq!(
            accounts.iter().map(|a| a.address).collect::<Vec<_>>(),
            known
        );
    }

    /// The first account of BIP-39's own example of zeros, which every wallet shows.
    #[test]
    fn any_mnemonic_gives_its_accounts() {
        let words = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
        let accounts = DevAccount::derive(words, 1);
        assert_eq!(
            accounts[0].address,
            address!("9858EfFD232B4033E47d90003D41EC34EcaEda94")
        );
    }

    #[test]
    fn nitro_account_follows_from_its_key() {
        assert_eq!(DevAccount::nitro().address, NITRO_ACCOUNT);
    }

    #[test]
    fn signature_recovers_to_the_signer() {
        let account = DevAccount::nitro();
        let digest = personal_message_digest(b"hello");
        let signature = account.sign(digest);
        assert_eq!(
            signature.recover_address_from_prehash(&digest).unwrap(),
            account.address
        );
        assert_ne!(
            stand_in_signature(account.address),
            stand_in_signature(Address::ZERO)
        );
    }
}
