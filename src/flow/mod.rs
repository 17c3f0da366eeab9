//! What people do, one folder a subject, one file an entry point.

pub mod expiry;
pub mod hedge;
pub mod liquidity;
pub mod margin;
pub mod roles;
pub mod surface;
pub mod trade;
