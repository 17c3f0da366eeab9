//! The surroundings of the pool behave as the real things, or as badly as their names say.

mod feeds;
mod pool;
mod router;
mod tokens;
mod venue;
