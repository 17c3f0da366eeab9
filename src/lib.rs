//! The Smirk pool: an options AMM for Arbitrum Stylus.
//!
//! `IPool.sol` is its ABI. Sizes, prices and vols are WAD (1e18); cash is in quote-token atoms; times are unix
//! seconds. A call goes `dispatch` → `flow` (or `view`) → engine → `storage`, `io`, `event`. Flows take the lock;
//! views that price the book refuse while it is held.
//!
//! Every price, greek and risk number comes from `smirk-engine`, which is pure and linked in: one program, no delegation.

#![cfg_attr(target_arch = "wasm32", no_std)]

#[macro_use]
extern crate alloc;

pub mod answer;
pub mod bill;
pub mod context;
pub mod dispatch;
pub mod error;
pub mod event;
pub mod flow;
pub mod guard;
pub mod interface;
pub mod io;
pub mod loan;
pub mod margin;
#[cfg(target_arch = "wasm32")]
mod program;
pub mod request;
pub mod risk;
pub mod saturating;
pub mod scale;
pub mod storage;
pub mod token;
pub mod view;
pub mod words;

pub use io::host::Pool;
