//! Return data.

use alloc::vec::Vec;

use alloy_primitives::U256;

use crate::{
    error::{Refusal, Word},
    io::words,
};

/// No return data.
pub fn done(result: Result<(), Refusal>) -> Result<Vec<u8>, Refusal> {
    result.map(|()| Vec::new())
}

/// One word as return data.
pub fn one(word: impl Word) -> Vec<u8> {
    single(&word.word())
}

#[inline(never)]
fn single(word: &U256) -> Vec<u8> {
    words::data(core::slice::from_ref(word))
}

/// The boolean true as return data.
#[inline(never)]
pub fn yes() -> Vec<u8> {
    one(1u64)
}
