//! Construction, roles, parameters and the end of a feed.

pub mod admin;
pub mod construct;
pub mod feed;
pub mod signers;
