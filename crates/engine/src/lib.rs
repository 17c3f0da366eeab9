//! Smirk's pure engine: option arithmetic in integers, no SDK, no clock, no I/O, no floats, no panics.
#![no_std]

pub mod assess;
mod bits;
pub mod black76;
pub mod black_scholes;
pub mod book;
mod curve;
pub mod decimal;
pub mod error;
pub mod everlasting;
pub mod fee;
mod frame;
pub mod hedge;
pub mod implied;
mod legs;
pub mod margin;
mod operators;
pub mod parameters;
mod potential;
pub mod program;
pub mod quote;
pub mod real;
pub mod series;
pub mod shares;
pub mod special;
pub mod state;
pub mod stress;
pub mod surface;
mod tails;
pub mod venue;
pub mod wide;
pub mod wire;
pub mod word;
