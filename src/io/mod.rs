//! Everything outside the pool: tokens, the price feed and the hedge venue.

pub mod feed;
pub mod host;
pub mod text;
pub mod token;
pub mod venue;
pub mod words;
