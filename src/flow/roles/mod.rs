//! Construction, roles and parameters.

pub mod admin;
pub mod construct;
pub mod signers;
