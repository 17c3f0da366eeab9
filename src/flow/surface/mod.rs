//! The surface: listing expiries, posting anchors, one by one or all at once by a quorum.

pub mod list;
pub mod post;
pub mod quorum;
pub mod start;
