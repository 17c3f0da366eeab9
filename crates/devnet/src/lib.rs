//! An Arbitrum-like chain in one process: EVM and Stylus contracts, metered as Nitro meters them.
//!
//! [`Chain`] holds the whole state. A [`Transaction`] goes in, an [`Outcome`] comes out: status, return data, gas after
//! refunds, logs, and one [`FrameReport`] per Stylus frame with the ink it burnt. Everything is deterministic: the
//! same calls on a fresh chain give the same bytes, gas and addresses.
//!
//! The modules are rooms that import each other one way, in the order in which `tests/rooms.rs` lists them.
//!
//! ```
//! use inkhorn_chain::{Chain, ChainConfig, Status, Transaction};
//! use alloy_primitives::{Address, U256};
//!
//! let mut chain = Chain::new(ChainConfig::default());
//! let alice = Address::repeat_byte(0xa1);
//! chain.fund(alice, U256::from(10).pow(U256::from(18)));
//! let outcome = chain.transact(Transaction::transfer(alice, Address::repeat_byte(0xb0), U256::from(5)));
//! assert_eq!(outcome.status, Status::Success);
//! assert_eq!(outcome.gas_used, 21_000);
//! ```

mod address;
mod cache;
mod chain;
mod code;
mod config;
mod dump;
mod execute;
mod fork;
mod frame;
mod hostio;
mod ink;
mod machine;
mod observed;
mod precompile;
mod program;
mod recording;
mod remote;
mod state;
mod tools;
pub mod trace;
mod transaction;
mod trie;
mod wasm;

pub use alloy_primitives::{Address, Bytes, Log, B256, U256};
pub use chain::{Activation, Chain, Snapshot};
pub use code::packing::{deployment_code, FragmentedCode, ProgramCode};
pub use config::{ChainConfig, LATEST_TIMESTAMP};
pub use dump::{ChainDump, LoadError};
pub use frame::THREAD_STACK;
pub use remote::{attempt, Remote, RemoteAccount, RemoteCall, RemoteError};
pub use state::{AccountProof, ForkPoint, SlotProof};
pub use tools::{CACHE_MANAGER, CREATE2_FACTORY, STYLUS_DEPLOYER};
pub use transaction::{
    Authorization, FrameReport, MinedBlock, MinedTransaction, Outcome, Said, Status, Transaction,
};
pub use wasm::check::ProgramCheck;
