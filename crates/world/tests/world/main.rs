//! The surroundings of the pool behave as the real things, or as badly as their names say.

mod feeds;
mod hostile_venue;
mod lender;
mod pool;
mod tokens;
mod venue;
