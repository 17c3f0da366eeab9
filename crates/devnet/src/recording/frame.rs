//! Frames as a trace keeps them.

use alloy_primitives::{Address, Bytes, Log, U256};
use alloy_sol_types::{Panic, Revert, SolError};

/// Bytes of data and records that a trace may take up. A transaction that does more is not kept whole.
pub(super) const LARGEST_TRACE: usize = 64 << 20;

/// Native stack for walking frames that nest as deep as calls may.
pub(crate) const NESTING_STACK: usize = 8 << 20;

/// A node's word for a revert.
pub(crate) const REVERTED: &str = "execution reverted";

/// How a frame came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameKind {
    /// A message call.
    Call,
    /// A call that runs another account's code as the caller's, with a value.
    CallCode,
    /// A call that runs another account's code in the caller's stead.
    DelegateCall,
    /// A call that may not change state.
    StaticCall,
    /// A creation at an address drawn from the nonce.
    Create,
    /// A creation at an address drawn from salt and init code.
    Create2,
    /// Not a frame but the payout of a contract that destroys itself.
    SelfDestruct,
}

/// A call or creation with everything in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// How it came about.
    pub kind: FrameKind,
    /// Who made it; in delegate calls the account that acts.
    pub from: Address,
    /// Whose code ran, or the address of the new contract. Zero for a creation that was refused before it had one.
    pub to: Address,
    /// Wei sent along, or seen by the callee of a delegate call.
    pub value: U256,
    /// Gas given to the frame; for the outermost, the transaction's gas limit.
    pub gas: u64,
    /// Gas used with that of the frames inside; for the outermost, what the transaction pays for.
    pub gas_used: u64,
    /// Calldata or init code.
    pub input: Bytes,
    /// Return data, revert data or deployed code.
    pub output: Bytes,
    /// Why it did not succeed, in a node's words.
    pub error: Option<String>,
    /// Events of this frame itself; none if it or a frame around it failed.
    pub logs: Vec<FrameLog>,
    /// Frames opened by this one, in order.
    pub calls: Vec<Frame>,
    /// What the program did, if the code that ran was one.
    pub program: Option<ProgramTrace>,
    /// What the transaction paid and got back around its outermost frame.
    pub transfers: Option<Box<Transfers>>,
}

/// Wei that moved beside the calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transfers {
    /// Before the outermost frame.
    pub before: Vec<Transfer>,
    /// After it.
    pub after: Vec<Transfer>,
}

/// Wei that moved from one account to another, from nowhere or to nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// What for, in Nitro's words.
    pub purpose: &'static str,
    /// Who had them.
    pub from: Option<Address>,
    /// Who got them.
    pub to: Option<Address>,
    /// How many.
    pub value: U256,
}

/// An event and its place among the calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FrameLog {
    /// The event.
    pub log: Log,
    /// Number of calls that the frame had made before.
    pub position: usize,
}

/// A program's run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProgramTrace {
    /// Ink that it started with.
    pub start_ink: u64,
    /// Ink that it ended with.
    pub end_ink: u64,
    /// Length of its calldata in bytes.
    pub args_len: u32,
    /// What its entry point returned, or what it gave to `exit_early`; `None` if it trapped or ran out of ink.
    pub status: Option<u32>,
    /// Host functions that it called, in order. One that ended the program by a trap is missing, as it is in Nitro.
    pub host_calls: Vec<HostCall>,
}

/// A host function that a program called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostCall {
    /// Name of the function.
    pub name: &'static str,
    /// Inputs in order, numbers big-endian.
    pub args: Vec<u8>,
    /// Outputs in order, numbers big-endian.
    pub outs: Vec<u8>,
    /// Ink before.
    pub start_ink: u64,
    /// Ink after.
    pub end_ink: u64,
    /// Place among [`Frame::calls`] of the frame that it opened.
    pub call: Option<usize>,
}

impl Frame {
    /// The text that a Solidity contract gave as the reason of its revert.
    pub fn revert_reason(&self) -> Option<String> {
        if self.error.as_deref() != Some(REVERTED) {
            return None;
        }
        if let Ok(Revert { reason }) = Revert::abi_decode(&self.output) {
            return Some(reason);
        }
        let panic = Panic::abi_decode(&self.output).ok()?;
        Some(match panic.kind() {
            Some(kind) => kind.as_str().to_owned(),
            None => format!("unknown panic code: {:#x}", panic.code),
        })
    }

    /// The frame and all frames in it, callers before callees.
    pub fn walk(&self) -> impl Iterator<Item = &Frame> {
        let mut open = vec![self];
        std::iter::from_fn(move || {
            let frame = open.pop()?;
            open.extend(frame.calls.iter().rev());
            Some(frame)
        })
    }
}
