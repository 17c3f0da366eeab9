//! Whoever watches a transaction while it runs.

use std::cell::Ref;
use std::fmt;
use std::rc::Rc;

use alloy_primitives::{Address, Bytes, U256};
use revm::interpreter::SharedMemory;

use crate::recording::frame::Frame;
use crate::transaction::Outcome;

/// Watches a transaction. It changes nothing of what it watches.
pub trait Observer: fmt::Debug {
    /// Whether it is told each step of the EVM, which costs time.
    fn wants_steps(&self) -> bool;

    /// Something happened; `now` is good until this returns.
    fn observe(&mut self, event: Event<'_>, now: Rc<dyn StateNow>);
}

/// What an observer is told, in the order in which it happens.
#[derive(Debug)]
pub enum Event<'a> {
    /// A frame was opened; the transaction's own has depth 0. What it comes to is not known yet.
    Enter(&'a Frame, usize),
    /// The frame that was opened last and has not closed yet did so.
    Exit(&'a Frame, usize),
    /// An instruction of the EVM is about to run, and what it will cost is known.
    Step(Step),
    /// The instruction that ran last, that of the last step where steps are told, ended its frame for this reason.
    Fault(&'static str),
    /// A host function of the innermost program came to its end: `user_entrypoint` as soon as the program starts, `user_returned`
    /// when it returns.
    HostCall(HostEvent<'a>),
    /// The transaction came to its end.
    End(&'a Outcome),
}

/// A host function that came to its end.
#[derive(Clone, Copy, Debug)]
pub struct HostEvent<'a> {
    /// Its name.
    pub name: &'static str,
    /// Inputs in order, numbers big-endian.
    pub args: &'a [u8],
    /// Outputs in order, numbers big-endian.
    pub outs: &'a [u8],
    /// Ink before.
    pub start_ink: u64,
    /// Ink after.
    pub end_ink: u64,
}

/// The state at the moment of an event. Looking makes nothing warm.
pub trait StateNow {
    /// Balance in wei.
    fn balance(&self, who: Address) -> U256;
    /// Nonce.
    fn nonce(&self, who: Address) -> u64;
    /// Deployed code.
    fn code(&self, who: Address) -> Bytes;
    /// Word in a slot.
    fn slot(&self, who: Address, slot: U256) -> U256;
    /// Whether there is anything in an account.
    fn exists(&self, who: Address) -> bool;
    /// Number of the block.
    fn block_number(&self) -> u64;
    /// Who gets the block's fees, as `COINBASE` gives it.
    fn coinbase(&self) -> Address;
    /// Wei per gas, as `GASPRICE` gives it.
    fn gas_price(&self) -> U256;
}

/// An instruction of the EVM, as it stands before it runs.
#[derive(Clone, Debug)]
pub struct Step {
    /// Place in the code.
    pub pc: usize,
    /// The instruction.
    pub opcode: u8,
    /// Gas before.
    pub gas: u64,
    /// Gas that it takes, that passed on to a callee included.
    pub gas_cost: u64,
    /// Depth of the frame, 1 for the outermost.
    pub depth: usize,
    /// Refund counter of the transaction: of the frame and those around it.
    pub refund: u64,
    /// Why it will not run, if it can't be paid for or the stack does not fit.
    pub error: Option<&'static str>,
    /// Stack, bottom first.
    pub stack: Vec<U256>,
    /// Memory.
    pub memory: StepMemory,
    /// `CALLER`.
    pub caller: Address,
    /// Acting account.
    pub address: Address,
    /// `CALLVALUE`.
    pub value: U256,
    /// Calldata; empty for init code.
    pub input: Bytes,
}

/// Memory before an instruction: what the frame has by now, as far as it went then, or a copy if the instruction writes it.
#[derive(Clone, Debug)]
pub struct StepMemory {
    kept: Kept,
    length: usize,
}

#[derive(Clone)]
enum Kept {
    Frame(SharedMemory),
    Copy(Vec<u8>),
}

impl fmt::Debug for Kept {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Frame(_) => "memory of a frame",
            Self::Copy(_) => "copy of a frame's memory",
        })
    }
}

impl StepMemory {
    pub(crate) fn new(memory: &SharedMemory, is_written: bool) -> Self {
        Self {
            length: memory.len(),
            kept: match is_written {
                true => Kept::Copy(memory.context_memory().to_vec()),
                false => Kept::Frame(memory.clone()),
            },
        }
    }

    /// Bytes of memory.
    pub fn len(&self) -> usize {
        self.length
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Bytes from `start` on, zeros where there is no memory.
    pub fn padded(&self, start: usize, length: usize) -> Vec<u8> {
        let from = start.min(self.length);
        let to = start.saturating_add(length).min(self.length);
        let mut bytes = match &self.kept {
            Kept::Frame(memory) => {
                let memory: Ref<[u8]> = memory.context_memory();
                memory[from..to].to_vec()
            }
            Kept::Copy(memory) => memory[from..to].to_vec(),
        };
        bytes.resize(length, 0);
        bytes
    }
}
