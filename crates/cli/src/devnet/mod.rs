//! What `smirk devnet` puts on its chain.

pub mod entries;
pub mod market;
