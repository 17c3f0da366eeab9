//! Everything outside the pool: tokens, the price feed, the hedge venue and the engine program.

pub mod engine;
pub mod feed;
pub mod host;
pub mod token;
pub mod venue;
pub mod words;
