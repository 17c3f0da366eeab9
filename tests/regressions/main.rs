//! Ways to rob, lock up or mislead the pool, each tried on its real program with the real venue.
//!
//! A test is named for the rule that it holds the pool to. It first asserts that the attack ran (a hedge was filled, the venue
//! stood where it was pushed, a node was taken), so that none passes because nothing happened. `scripts/mutations` takes the
//! defences away one at a time and expects these tests to fail.

#[path = "../common/mod.rs"]
mod common;

mod accounts;
mod actions;
mod beyond;
mod callback;
mod capacity;
mod carried;
mod construct;
mod errors;
mod exits;
mod forced;
mod forward;
mod hedge;
mod lag;
mod lender;
mod oracle;
mod orders;
mod owing;
mod posts;
mod random;
mod random_orders;
mod reserves;
mod roll;
mod settlement;
mod thief;
mod twins;
mod window;
mod writers;
