//! The pool's surroundings, with the seam to the SDK replaced.

#[path = "../../../../src/io/configuration.rs"]
pub mod configuration;
#[path = "../../../../src/io/feed.rs"]
pub mod feed;
pub mod host;
#[path = "../../../../src/io/lender.rs"]
pub mod lender;
#[path = "../../../../src/io/text.rs"]
pub mod text;
#[path = "../../../../src/io/token.rs"]
pub mod token;
#[path = "../../../../src/io/venue.rs"]
pub mod venue;
