//! What integrators read. Every view works while the pool is paused; those that price the book refuse to answer in
//! the middle of a state-changing call.

pub mod account;
pub mod book;
pub mod quote;
pub mod reports;
pub mod shares;

use alloc::vec::Vec;

use alloy_primitives::U256;

use crate::error::Word;

/// The head of a list of structs: offset and length.
fn list(length: usize) -> Vec<U256> {
    vec![32u64.word(), (length as u64).word()]
}
