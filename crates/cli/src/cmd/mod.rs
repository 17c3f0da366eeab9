//! One file per command that is this program's own.

pub mod devnet;
pub mod keeper;
pub mod trade;
