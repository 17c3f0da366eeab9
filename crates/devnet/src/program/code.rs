//! The WASM inside a program's on-chain code.

use std::collections::HashMap;
use std::io::Read;
use std::sync::{LazyLock, Mutex};

use alloy_primitives::{keccak256, Address, Bytes, B256};

use crate::create::{is_stylus_code, stylus_code, StylusCode, FRAGMENTS_SINCE};
use crate::machine::Machine;
use crate::program::engine::{lock, remember};

/// Bytes before the brotli stream: discriminant and dictionary.
const CLASSIC_HEADER: usize = 4;
/// Bytes before the addresses of a root: discriminant, dictionary, decompressed length.
const ROOT_HEADER: usize = 8;
/// Bytes before a fragment's payload.
const FRAGMENT_HEADER: usize = 3;

/// Whether code may be called as a program at this ArbOS version.
pub(crate) fn is_executable(code: &[u8], arbos_version: u64) -> bool {
    match stylus_code(code) {
        Some(StylusCode::Classic) => true,
        Some(StylusCode::Root) => arbos_version >= FRAGMENTS_SINCE,
        Some(StylusCode::Fragment) | None => false,
    }
}

/// Fragments that a root program is made of.
///
/// # Errors
/// When `code` is not a well-formed root.
pub(crate) fn fragments(code: &[u8]) -> Result<Vec<Address>, String> {
    if stylus_code(code) != Some(StylusCode::Root) || code.len() < ROOT_HEADER {
        return Err("not a root program".to_owned());
    }
    let addresses = &code[ROOT_HEADER..];
    if addresses.is_empty() || !addresses.len().is_multiple_of(Address::len_bytes()) {
        return Err("invalid fragment addresses".to_owned());
    }
    let chunks = addresses.chunks_exact(Address::len_bytes());
    Ok(chunks.map(Address::from_slice).collect())
}

/// Length that a root program declares for its WASM.
pub(crate) fn declared_length(root: &[u8]) -> u32 {
    u32::from_be_bytes([root[4], root[5], root[6], root[7]])
}

impl Machine {
    /// Decompressed WASM of a classic or root program.
    ///
    /// # Errors
    /// When the code is not a program or does not decompress.
    pub(crate) fn program_wasm(&mut self, code: &Bytes, max_size: u32) -> Result<Vec<u8>, String> {
        match stylus_code(code) {
            Some(StylusCode::Classic) => {
                check_dictionary(code[3])?;
                decompress(&code[CLASSIC_HEADER..], max_size)
            }
            Some(StylusCode::Root) if self.config.arbos_version >= FRAGMENTS_SINCE => {
                self.root_wasm(code)
            }
            _ => Err("specified bytecode is not a Stylus program".to_owned()),
        }
    }

    fn root_wasm(&mut self, root: &Bytes) -> Result<Vec<u8>, String> {
        let addresses = fragments(root)?;
        check_dictionary(root[3])?;
        let mut stream = Vec::new();
        for address in addresses {
            let code = self.code_of(address).1.original_bytes();
            if stylus_code(&code) != Some(StylusCode::Fragment) {
                return Err(format!("{address} is not a fragment"));
            }
            stream.extend_from_slice(&code[FRAGMENT_HEADER..]);
        }
        let declared = declared_length(root);
        let wasm = decompress(&stream, declared)?;
        if wasm.len() != declared as usize {
            return Err("wrong decompressed length".to_owned());
        }
        Ok(wasm)
    }
}

fn check_dictionary(id: u8) -> Result<(), String> {
    match id {
        0 => Ok(()),
        1 => Err("unsupported dictionary type: 1 (the Stylus dictionary is not included)".into()),
        id => Err(format!("unsupported dictionary type: {id}")),
    }
}

/// Decodes one brotli stream that fills `stream` and unpacks to at most `max_size` bytes.
fn decompress(stream: &[u8], max_size: u32) -> Result<Vec<u8>, String> {
    let mut decoder = brotli::Decompressor::new(stream, 4_096);
    let mut wasm = Vec::new();
    let limit = u64::from(max_size) + 1;
    let read = (&mut decoder).take(limit).read_to_end(&mut wasm);
    read.map_err(|error| format!("failed decompression: {error}"))?;
    if wasm.len() as u64 == limit {
        return Err("output won't fit in maxsize".to_owned());
    }
    Ok(wasm)
}

/// Code of the modules compressed so far in this process, by their hash. Compressing takes the better part of a
/// deployment.
static CLASSIC_CODE: LazyLock<Mutex<HashMap<B256, Bytes>>> = LazyLock::new(Mutex::default);

/// On-chain code of a classic program: prefix, no dictionary, brotli at quality 11.
pub(crate) fn classic_code(wasm: &[u8]) -> Bytes {
    let hash = keccak256(wasm);
    if let Some(code) = lock(&CLASSIC_CODE).get(&hash) {
        return code.clone();
    }
    let mut code = vec![0xef, 0xf0, 0x00, 0x00];
    code.extend(compress(wasm));
    debug_assert!(is_stylus_code(&code));
    let code = Bytes::from(code);
    remember(&CLASSIC_CODE, hash, code.clone());
    code
}

/// Brotli at the quality and window that programs are deployed with.
fn compress(wasm: &[u8]) -> Vec<u8> {
    let mut stream = Vec::new();
    let params = brotli::enc::BrotliEncoderParams {
        quality: 11,
        lgwin: 22,
        ..Default::default()
    };
    brotli::BrotliCompress(&mut &wasm[..], &mut stream, &params)
        .expect("writing to memory does not fail");
    stream
}

/// Init code that deploys `code`, as cargo-stylus builds it.
pub(crate) fn deployment_code(code: &[u8]) -> Vec<u8> {
    const PRELUDE: usize = 43;
    let mut init = Vec::with_capacity(PRELUDE + code.len());
    init.push(0x7f); // PUSH32
    init.extend([0; 24]);
    init.extend((code.len() as u64).to_be_bytes());
    init.extend([
        0x80, // DUP1
        0x60,
        PRELUDE as u8, // PUSH1, where the code starts
        0x60,
        0x00, // PUSH1 0
        0x39, // CODECOPY
        0x60,
        0x00, // PUSH1 0
        0xf3, // RETURN
        0x00, // version
    ]);
    debug_assert_eq!(init.len(), PRELUDE);
    init.extend_from_slice(code);
    init
}
