//! What `smirk devnet` puts on its chain, and the file that says where it is.

pub mod address_book;
pub mod market;
