//! Numbers: integers that stand for reals, their elementary functions, and exact wide division.

pub(crate) mod bits;
pub(crate) mod mantissa;
mod operators;
pub mod real;
pub mod special;
pub mod wide;
pub mod word;
