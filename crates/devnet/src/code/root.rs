//! Programs in fragments: a root names the accounts whose code, put together, is one brotli stream.

use alloy_primitives::{Address, Bytes};

use crate::code::unpack::{check_dictionary, decompress};

/// Bytes before the addresses: discriminant, dictionary, length of the WASM.
const ROOT_HEADER: usize = 8;

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
