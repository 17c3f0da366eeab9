//! The keeper's surface.

pub mod post;
