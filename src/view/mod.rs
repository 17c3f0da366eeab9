//! What integrators read. Every view works while the pool is paused; those that price the book refuse to answer in
//! the middle of a state-changing call.

pub mod account;
pub mod book;
pub mod quote;
pub mod reports;
pub mod shares;

use crate::io::words::Words;

/// The head of a list of structs: offset and length.
fn list(length: usize) -> Words {
    Words::none().with(32u64).with(length as u64)
}
