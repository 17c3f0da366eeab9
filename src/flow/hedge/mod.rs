//! The hedge: its swaps on the venue, and bringing it back into its band.

pub mod callback;
pub mod rebalance;
pub mod swap;
pub mod window;
