//! Smirk's pure engine: option arithmetic in integers, no SDK, no clock, no I/O, no floats, no panics.
#![no_std]

pub mod state;
