//! The WASM of programs as accounts hold it, in one account or in fragments.

use alloy_primitives::{keccak256, Address, Bytes, B256};

use crate::code::kind::{stylus_code, StylusCode};
use crate::code::root::Root;
use crate::code::unpack::classic_wasm;
use crate::machine::Machine;

/// Bytes before a fragment's payload.
const FRAGMENT_HEADER: usize = 3;

impl Machine {
    /// WASM of a program that was activated, whose size was checked then.
    ///
    /// # Errors
    /// When the code is not what it was.
    pub(crate) fn program_wasm(&mut self, code: &Bytes) -> Result<Vec<u8>, String> {
        match stylus_code(code) {
            Some(StylusCode::Classic) => classic_wasm(code, u32::MAX),
            Some(StylusCode::Root) => self.root_wasm(code),
            Some(StylusCode::Fragment) | None => {
                Err("specified bytecode is not a Stylus program".to_owned())
            }
        }
    }

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
