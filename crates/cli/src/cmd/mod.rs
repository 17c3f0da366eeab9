//! One file per command.

pub mod demo;
pub mod devnet;
pub mod fit;
pub mod keeper;
pub mod market;
pub mod report;
pub mod trade;
