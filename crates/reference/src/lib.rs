//! A plain interpreter of Stylus programs, to compare the embedded chain with.
//!
//! It is written from the rules of the virtual machine alone and shares nothing with the chain but the parser: no engine,
//! no instrumented module, no library for wide integers or hashes. It walks operators one after the other, is slow, and
//! means to be obviously right.
//!
//! Rules are those of ArbOS 61 with Stylus version 3, on a production chain. [`Machine::transact`] is a transaction: a call, a
//! creation, an activation. EVM code has no jumps here, of the precompiles some are there, and brotli is not: which stream
//! is which module, the [`Library`] is told. What is not modelled ends with [`Unmodelled`].

mod address;
mod arb_facts;
mod arb_methods;
mod arb_wasm;
mod arbitrum;
mod cost;
mod create;
mod depth;
mod enter;
mod evm;
mod frame;
mod hostio;
mod interpret;
mod keccak;
mod library;
mod machine;
mod pages;
mod precompile;
mod price;
mod program;
mod record;
mod secp256k1;
mod sha256;
mod storage;
mod word;
mod world;

pub use address::{create2_address, create_address};
pub use arb_methods::arbitrum_methods;
pub use cost::Estimates;
pub use enter::{Kind, ProgramEnd};
pub use keccak::keccak256;
pub use library::Library;
pub use machine::{Environment, Machine, Receipt, Transaction, Unmodelled};
pub use program::{Program, Rejected};
pub use world::{Account, Address, Code, Log, Word, World};
