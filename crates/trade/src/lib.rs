//! A trader's commands against a pool on any chain: quotes, orders, positions, liquidity, settlement, margin accounts.

mod abi;
mod account;
mod chain;
mod client;
mod command;
mod key;
mod liquidity;
mod moment;
mod number;
mod order;
mod payment;
mod positions;
mod report;
mod sentence;
mod series;
mod settlement;

pub use command::Trade;
