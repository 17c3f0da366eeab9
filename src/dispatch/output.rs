//! Return data.

use crate::{
    error::Refusal,
    words::{Word, Words},
};

/// No return data.
pub fn done(result: Result<(), Refusal>) -> Result<Words, Refusal> {
    result.map(|()| Words::none())
}

/// One word as return data.
#[inline(always)]
pub fn one(word: impl Word) -> Words {
    Words::none().with(word)
}

/// The boolean true as return data.
#[inline(never)]
pub fn yes() -> Words {
    one(1u64)
}

/// One string as return data.
#[inline(never)]
pub fn text(bytes: &[u8]) -> Words {
    one(32u64).text(bytes)
}
