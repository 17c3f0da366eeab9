//! Option chains and the surfaces fitted to them, under the pool's own conditions.

pub mod fit;
pub mod option_chain;
pub mod time;
