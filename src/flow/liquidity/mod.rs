//! Shares for cash and cash for shares.

pub mod deposit;
pub mod withdraw;
