//! A plain interpreter of Stylus programs, to compare the embedded chain with.
//!
//! It is written from the rules of the virtual machine alone and shares nothing with the chain but the parser: no engine,
//! no instrumented module, no library for wide integers or hashes. It walks operators one after the other, is slow, and
//! means to be obviously right.
//!
//! Rules are those of ArbOS 61 with Stylus version 3, on a production chain. [`Program::accept`] is activation,
//! [`Machine::transact`] a transaction to a program. What is not modelled ends with [`Unmodelled`]: creations, and calls
//! of anything but accounts without code, [`EvmCode`]s and the programs that the machine knows.

mod cost;
mod depth;
mod frame;
mod hostio;
mod interpret;
mod keccak;
mod machine;
mod pages;
mod price;
mod program;
mod storage;
mod word;
mod world;

pub use cost::{Estimates, ACTIVATION_FIXED};
pub use keccak::keccak256;
pub use machine::{Environment, Kind, Machine, Receipt, Transaction, Unmodelled};
pub use program::{Program, Rejected};
pub use world::{Account, Address, EvmCode, Log, Word, World};
