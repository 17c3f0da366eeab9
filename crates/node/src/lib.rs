//! A node for the embedded chain: JSON-RPC over HTTP and WebSocket, as an Arbitrum node answers it.
//!
//! [`Node`] gives a [`inkhorn_chain::Chain`] what a node has and a chain has not: blocks with real hashes, transactions
//! and receipts, a pool, a clock, earlier states, filters. [`serve`] puts it on a port of the loopback interface, [`serve_at`]
//! on any.
//!
//! What it does not have: tips, peers.
//! Nitro's `mixHash` and its extra fields in blocks and receipts are there.

#![warn(missing_docs)]

mod accounts;
mod block;
mod call;
mod clock;
mod door;
mod dump;
mod error;
mod fields;
mod filter;
mod fork;
mod javascript;
mod ledger;
mod node;
mod node_interface;
mod origin;
mod page;
mod past;
mod pool;
mod receipt;
mod rpc;
mod server;
mod simulate;
mod subscription;
mod tracer;
mod transaction;

pub use accounts::{DevAccount, MNEMONIC, NITRO_ACCOUNT};
pub use block::{Block, Entry};
pub use call::{estimate_gas, lowest_gas};
pub use clock::{wall, Clock};
pub use dump::{DumpError, NodeDump};
pub use error::RpcError;
pub use fork::{CacheChoice, Fork, ForkOptions, Forking, Patience, Preparation};
pub use node::{Distance, Event, Mining, Node, NodeOptions};
pub use page::Page;
pub use pool::PoolLimits;
pub use rpc::method_names;
pub use server::{serve, serve_at, serve_with_page, ServerLimits, Serving};
pub use transaction::Sent;
