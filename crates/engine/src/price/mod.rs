//! Prices of one option: Black's formula and its relatives, at numbers that are already known.

pub mod black76;
pub mod black_scholes;
pub mod decimal;
pub mod everlasting;
pub mod implied;
pub(crate) mod legs;
mod tails;
