//! `smirk trade`: a trader's commands against a pool on any chain.

pub use smirk_trade::Trade;
