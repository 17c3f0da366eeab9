//! What `smirk devnet` puts on its chain, and the files it keeps: where everything is, and the state.

pub mod address_book;
pub mod fork_options;
pub mod market;
pub mod state_file;
