//! The Smirk pool: an options AMM for Arbitrum Stylus.
//!
//! `IPool.sol` is its ABI. Sizes, prices and vols are WAD (1e18); cash is in quote-token atoms; times are unix
//! seconds. A call goes `dispatch` → `flow` (or `view`) → engine → `storage`, `io`, `event`. Flows take the lock;
//! views that price the book refuse while it is held.
//!
//! On chain the pool is three programs at one face: this one (trading, expiry, the two tokens, roles), the vault program that it
//! delegates everything else to, and the engine program, which is pure and which both ask for every price.

#![cfg_attr(target_arch = "wasm32", no_std)]

#[macro_use]
extern crate alloc;

pub mod dispatch;
pub mod error;
pub mod event;
pub mod flow;
pub mod guard;
pub mod interface;
pub mod io;
#[cfg(all(feature = "program", target_arch = "wasm32"))]
mod program;
pub mod risk;
pub mod storage;
pub mod token;
pub mod view;

pub use io::host::Pool;
