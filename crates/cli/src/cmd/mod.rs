//! One file per command.

pub mod fit;
pub mod market;
pub mod report;
