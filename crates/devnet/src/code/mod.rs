//! Code of programs on chain: its kinds, and the way from and to the WASM in it.

pub(crate) mod kind;
pub(crate) mod packing;
pub(crate) mod root;
pub(crate) mod unpack;
