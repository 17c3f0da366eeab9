//! Programs in fragments: a root names the accounts whose code, put together, is one brotli stream.

use alloy_primitives::{keccak256, Address, Bytes, B256};

use crate::create::{stylus_code, StylusCode};
use crate::machine::Machine;
use crate::program::code::{check_dictionary, decompress};

/// Bytes before the addresses: discriminant, dictionary, length of the WASM.
const ROOT_HEADER: usize = 8;
/// Bytes before a fragment's payload.
const FRAGMENT_HEADER: usize = 3;

/// What the code of a root says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Root {
    dictionary: u8,
    /// Bytes of the WASM.
    pub wasm_size: u32,
    pub fragments: Vec<Address>,
}

impl Root {
    /// Reads the code of a root.
    ///
    /// # Errors
    /// When it is cut off or names no fragment.
    pub(crate) fn parse(code: &[u8]) -> Result<Self, String> {
        let Some((header, addresses)) = code.split_first_chunk::<ROOT_HEADER>() else {
            return Err("root program without a length".to_owned());
        };
        let chunks = addresses.chunks_exact(Address::len_bytes());
        if addresses.is_empty() || !chunks.remainder().is_empty() {
            return Err("invalid fragment addresses".to_owned());
        }
        Ok(Self {
            dictionary: header[3],
            wasm_size: u32::from_be_bytes([header[4], header[5], header[6], header[7]]),
            fragments: chunks.map(Address::from_slice).collect(),
        })
    }

    /// Code of a root without a dictionary.
    pub(crate) fn encode(wasm_size: u32, fragments: &[Address]) -> Bytes {
        let mut code = vec![0xef, 0xf0, 0x02, 0x00];
        code.extend(wasm_size.to_be_bytes());
        code.extend(fragments.iter().flatten());
        code.into()
    }

    /// Unpacks the payloads of the fragments, put together.
    ///
    /// # Errors
    /// When they are not a stream of exactly the WASM that the root declares.
    pub(crate) fn unpack(&self, stream: &[u8]) -> Result<Vec<u8>, String> {
        check_dictionary(self.dictionary)?;
        let wasm = decompress(stream, self.wasm_size)?;
        if wasm.len() != self.wasm_size as usize {
            return Err("wrong decompressed length".to_owned());
        }
        Ok(wasm)
    }
}

impl Machine {
    /// Payload of a fragment. Does not make its account warm.
    ///
    /// # Errors
    /// When the account holds no fragment.
    pub(crate) fn fragment(&mut self, address: Address) -> Result<Bytes, String> {
        let code = self.code_of(address).1.original_bytes();
        match stylus_code(&code) {
            Some(StylusCode::Fragment) => Ok(code.slice(FRAGMENT_HEADER..)),
            _ => Err(format!("{address} is not a fragment")),
        }
    }

    /// WASM of a root program that was activated, whatever the limits are by now.
    ///
    /// # Errors
    /// When the fragments are not what they were.
    pub(crate) fn root_wasm(&mut self, code: &Bytes) -> Result<Vec<u8>, String> {
        let root = Root::parse(code)?;
        let payloads: Result<Vec<_>, _> = root
            .fragments
            .iter()
            .map(|address| self.fragment(*address))
            .collect();
        root.unpack(&payloads?.concat())
    }

    /// A hash of everything that a program consists of. The code of a root does not tell what its fragments hold:
    /// other chains may have others at the same addresses.
    pub(crate) fn content_hash(&mut self, code_hash: B256, code: &[u8]) -> B256 {
        if stylus_code(code) != Some(StylusCode::Root) {
            return code_hash;
        }
        let Ok(root) = Root::parse(code) else {
            return code_hash;
        };
        let mut parts = code_hash.to_vec();
        for address in root.fragments {
            parts.extend(self.code_of(address).0);
        }
        keccak256(parts)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roots_are_read_as_they_are_written() {
        let fragments = [1, 2, 3].map(Address::repeat_byte);
        let code = Root::encode(131_072, &fragments);
        assert_eq!(code.len(), 8 + 3 * 20);
        let root = Root::parse(&code).unwrap();
        assert_eq!(root.wasm_size, 131_072);
        assert_eq!(root.fragments, fragments);
    }

    #[test]
    fn roots_end_after_an_address() {
        let code = Root::encode(9, &[Address::ZERO, Address::ZERO]);
        for length in [4, 7, 8, 9, 27, 29, 47] {
            assert!(Root::parse(&code[..length]).is_err(), "{length} bytes");
        }
        assert!(Root::parse(&code[..28]).is_ok());
    }
}
