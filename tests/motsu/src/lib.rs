//! The pool's own sources as a motsu contract, and the contracts around it.
//!
//! Only `io/host.rs` differs from the program: there is the SDK. The venue calls back into the pool in the middle of a swap,
//! as Uniswap does; block time does not move in this world.

#[macro_use]
extern crate alloc;

#[path = "../../../src/answer.rs"]
pub mod answer;
#[path = "../../../src/bill.rs"]
pub mod bill;
#[path = "../../../src/context.rs"]
pub mod context;
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
#[path = "../../../src/loan.rs"]
pub mod loan;
#[path = "../../../src/margin.rs"]
pub mod margin;
#[path = "../../../src/request.rs"]
pub mod request;
#[path = "../../../src/risk.rs"]
pub mod risk;
#[path = "../../../src/saturating.rs"]
pub mod saturating;
#[path = "../../../src/scale.rs"]
pub mod scale;
#[path = "../../../src/storage/mod.rs"]
pub mod storage;
#[path = "../../../src/token/mod.rs"]
pub mod token;
#[path = "../../../src/view/mod.rs"]
pub mod view;
#[path = "../../../src/words.rs"]
pub mod words;

pub mod io;

pub mod feed;
pub mod money;
pub mod program;
pub mod venue;

pub use io::host::Pool;
