//! Smirk's pure engine: option arithmetic in integers, no SDK, no clock, no I/O, no floats, no panics.
#![no_std]

pub mod black76;
pub mod error;
pub mod parameters;
pub mod real;
pub mod series;
pub mod shares;
pub mod special;
pub mod state;
pub mod wide;
