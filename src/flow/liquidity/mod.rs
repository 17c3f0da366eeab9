//! Shares for cash and cash for shares.

pub mod deposit;
pub mod status;
pub mod terms;
pub mod value;
pub mod withdraw;
