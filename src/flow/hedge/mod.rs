//! The hedge: its swaps on the venue, what it borrows to sell, and bringing it back into its band.

pub mod callback;
pub mod lend;
pub mod rebalance;
pub mod swap;
pub mod window;
