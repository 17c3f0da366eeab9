//! Tests of Stylus projects: `cargo test` builds the project's WASM and runs it on a chain that is a value in the test's own
//! process, metered as on Arbitrum.
//!
//! ```no_run
//! use inkhorn_test::{program, sol, TestChain};
//!
//! sol! {
//!     interface Counter {
//!         function number() external view returns (uint256);
//!         function increment() external;
//!     }
//! }
//!
//! // In a test:
//! let mut chain = TestChain::new();
//! let alice = chain.account("alice");
//! let counter = chain.deploy(alice, &program!()).unwrap();
//! let sent = chain.send(alice, counter, &Counter::incrementCall {}).unwrap();
//! assert_eq!(chain.view(counter, &Counter::numberCall {}).unwrap(), 1);
//! println!("{} ink, {} gas", sent.ink, sent.gas_used);
//! ```
//!
//! [`TestChain`] is a [`Chain`] with names for accounts and calls by their Solidity types; all that a chain has (time, snapshots,
//! balances, blocks, traces) is there, too. [`InkSnapshot`] compares what calls take with a committed file.

mod build;
mod chain;
mod failure;
mod ink;
mod optimise;
mod process;
mod receipt;

pub use alloy_primitives;
pub use alloy_sol_types::{self, sol};
pub use inkhorn_chain::{
    self, Address, Bytes, Chain, ChainConfig, Outcome, Status, Transaction, B256, U256,
};

pub use self::build::{BuildError, Program};
pub use self::chain::TestChain;
pub use self::failure::Failure;
pub use self::ink::{InkSnapshot, WRITE_SNAPSHOTS};
pub use self::receipt::Receipt;
