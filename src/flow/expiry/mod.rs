//! After expiry: the settlement price, and what holders are paid.

pub mod claim;
pub mod due;
pub mod fund;
pub mod settle;
