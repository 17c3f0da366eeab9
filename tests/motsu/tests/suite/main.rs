//! The pool with tokens, a feed and a venue in motsu's world.

mod flows;
mod lock;
mod market;
mod rollbacks;
