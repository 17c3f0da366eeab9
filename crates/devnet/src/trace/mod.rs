//! What happened inside a transaction: frames, host functions, opcodes, touched state. The functions give it the shape
//! of a node's tracers.

mod call_tracer;
mod flat_call;
mod four_byte;
mod hex;
mod prestate;
mod struct_logs;
mod stylus_tracer;
mod transfers;

pub use self::call_tracer::{call_tracer, kind_name};
pub use self::flat_call::{flat_call_tracer, FlatCallOptions, TracedPlace};
pub use self::four_byte::four_byte_tracer;
pub use self::prestate::{prestate_tracer, AccountState, Touched, TouchedAccount};
pub use self::struct_logs::{opcode_name, struct_logs};
pub use self::stylus_tracer::stylus_tracer;
pub use crate::recording::frame::{
    Frame, FrameKind, FrameLog, HostCall, ProgramTrace, Transfer, Transfers,
};
pub use crate::recording::observer::{Event, HostEvent, Observer, StateNow, Step, StepMemory};
pub use crate::recording::opcodes::{OpcodeOptions, OpcodeStep, OpcodeTrace};

use alloy_primitives::Address;

use crate::precompile;
use crate::transaction::Transaction;

/// Where a traced transaction runs. Either way the chain stays as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TraceAs<'a> {
    /// In the next block without paying for gas, as [`crate::Chain::call`] executes it.
    Call,
    /// In the latest block without paying for gas, as [`crate::Chain::call_in_latest`] executes it.
    CallInLatest,
    /// In the next block after these transactions, paying for gas, as [`crate::Chain::transact_batch`] executes it.
    Mined(&'a [Transaction]),
}

impl TraceAs<'_> {
    /// Whether the sender pays for the gas.
    pub(crate) fn pays(self) -> bool {
        matches!(self, Self::Mined(_))
    }
}

/// Whether there is a precompile at an address, of Ethereum's or of Arbitrum's.
pub fn is_precompile(address: &Address) -> bool {
    precompile::is_precompile(address)
}
