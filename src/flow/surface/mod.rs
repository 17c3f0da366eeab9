//! The keeper's surface: listing expiries, posting anchors.

pub mod list;
pub mod post;
