//! The chain: state, clock and the entry points for using it.

mod accounts;
mod at_rest;
mod block;
mod call;
mod machines;
mod programs;
mod settings;
mod value;

pub use self::programs::Activation;
pub use self::value::{Chain, Snapshot};
