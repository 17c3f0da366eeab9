//! One file per command.

pub mod demo;
pub mod fit;
pub mod market;
pub mod report;
