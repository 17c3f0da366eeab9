//! What integrators read. Every view works while the pool is paused; those that price the book refuse to answer in
//! the middle of a state-changing call.

pub mod account;
pub mod book;
pub mod quote;
pub mod reports;
pub mod shares;
