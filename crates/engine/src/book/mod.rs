//! The book: a snapshot prepared once, its marks at the anchor, the potential of its inventory, quotes and fees.

mod curve;
pub mod fee;
pub(crate) mod frame;
pub(crate) mod mark;
mod potential;
pub mod quote;

pub use mark::{mark, mark_node, marks, tail_sums, TailSums};
