//! The WASM inside a program's on-chain code.

use std::io::Read;

/// Bytes before the brotli stream: discriminant and dictionary.
const CLASSIC_HEADER: usize = 4;

/// WASM of a classic program.
///
/// # Errors
/// When the code does not decompress to at most `max_size` bytes.
pub(crate) fn classic_wasm(code: &[u8], max_size: u32) -> Result<Vec<u8>, String> {
    check_dictionary(code[CLASSIC_HEADER - 1])?;
    decompress(&code[CLASSIC_HEADER..], max_size)
}

/// Refuses dictionaries that are not here.
pub(super) fn check_dictionary(id: u8) -> Result<(), String> {
    match id {
        0 => Ok(()),
        1 => Err("unsupported dictionary type: 1 (the Stylus dictionary is not included)".into()),
        id => Err(format!("unsupported dictionary type: {id}")),
    }
}

/// Decodes one brotli stream that fills `stream` and unpacks to at most `max_size` bytes.
pub(super) fn decompress(stream: &[u8], max_size: u32) -> Result<Vec<u8>, String> {
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
