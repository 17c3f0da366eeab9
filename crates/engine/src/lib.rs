//! Smirk's pure engine: option arithmetic in integers, no SDK, no clock, no I/O, no floats, no panics.
#![no_std]

pub mod parameters;
pub mod real;
pub mod series;
pub mod shares;
pub mod state;
pub mod wide;
