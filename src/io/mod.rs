//! Everything outside the pool: tokens, the price feed, the hedge venue and the lender.

pub mod configuration;
pub mod feed;
pub mod host;
pub mod lender;
pub mod text;
pub mod token;
pub mod venue;
