//! Numbers and bytes as tracers write them.

use std::fmt::LowerHex;

use alloy_primitives::{hex, Address};

pub(super) fn hex_number(number: impl LowerHex) -> String {
    format!("{number:#x}")
}

pub(super) fn hex_bytes(bytes: impl AsRef<[u8]>) -> String {
    hex::encode_prefixed(bytes)
}

/// Addresses as nodes write them: without the mixed case of a checksum.
pub(super) fn hex_address(address: Address) -> String {
    hex_bytes(address)
}
