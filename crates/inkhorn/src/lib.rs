//! A development chain for Arbitrum Stylus: what the `inkhorn` command is made of, for commands that put more on the chain.

#![warn(missing_docs)]

mod address_book;
mod ending;
mod fork_options;
mod options;
mod saver;
mod state_file;

pub use address_book::{Account, AddressBook};
pub use ending::exit_code;
pub use options::{nothing_more, Options};
