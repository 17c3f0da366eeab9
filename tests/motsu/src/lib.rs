//! The pool's own sources as a motsu contract, and the contracts around it.
//!
//! Only `io/host.rs` differs from the programs: there is the SDK. Both of the pool's dispatch tables answer at one
//! address, so the delegation from the pool's program to the vault's is not part of this world, and block time does
//! not move in it.

#[macro_use]
extern crate alloc;

#[path = "../../../src/dispatch/mod.rs"]
pub mod dispatch;
#[path = "../../../src/error.rs"]
pub mod error;
#[path = "../../../src/event.rs"]
pub mod event;
#[path = "../../../src/flow/mod.rs"]
pub mod flow;
#[path = "../../../src/guard.rs"]
pub mod guard;
#[path = "../../../src/interface.rs"]
pub mod interface;
#[path = "../../../src/risk.rs"]
pub mod risk;
#[path = "../../../src/storage/mod.rs"]
pub mod storage;
#[path = "../../../src/token/mod.rs"]
pub mod token;
#[path = "../../../src/view.rs"]
pub mod view;

pub mod io;

pub mod engine;
pub mod feed;
pub mod money;
pub mod program;
pub mod venue;

pub use io::host::Pool;
