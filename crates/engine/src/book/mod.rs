//! The book: a snapshot prepared once, its marks at the anchor, the potential of its inventory, premiums and spreads.

mod curve;
pub(crate) mod frame;
pub(crate) mod lag;
pub(crate) mod mark;
mod newton;
pub(crate) mod potential;
pub mod quote;
pub mod spread;

pub use mark::{mark, mark_node, marks, tail_sums, TailSums};
