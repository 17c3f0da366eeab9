//! Call frames: their inputs, their results, and the one place that decides what runs them.

use std::borrow::Cow;

use alloy_primitives::{Address, Bytes, B256, U256};
use revm::bytecode::Bytecode;
use revm::context_interface::journaled_state::TransferError;
use revm::context_interface::JournalTr;

use crate::machine::Machine;
use crate::precompile;
use crate::program::code::is_executable;

/// Deepest frame that may run, counting the transaction's own as 0.
pub(crate) const CALL_DEPTH_LIMIT: usize = 1024;

/// Native stack kept free before a frame is entered, and the piece added when less is left.
const STACK_RED_ZONE: usize = 512 << 10;
const STACK_SEGMENT: usize = 48 << 20;

/// The kinds of message call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Call,
    CallCode,
    DelegateCall,
    StaticCall,
}

/// Inputs of a message call.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub scheme: Scheme,
    /// `CALLER` of the new frame, and the account that pays a transferred value.
    pub caller: Address,
    /// Acting account of the new frame.
    pub target: Address,
    /// Account whose code runs.
    pub code_address: Address,
    /// `CALLVALUE` of the new frame; moved from `caller` to `target` except in delegate calls.
    pub value: U256,
    pub input: Bytes,
    pub gas: u64,
    pub is_static: bool,
    pub depth: usize,
}

impl Call {
    /// Whether the frame acts as the account whose code it runs.
    pub(crate) fn acts_as_itself(&self) -> bool {
        matches!(self.scheme, Scheme::Call | Scheme::StaticCall)
    }
}

/// Why a frame did not succeed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum FrameError {
    /// Undone on request, or refused before anything ran: unused gas goes back.
    Revert,
    /// Refused or ended by the chain, in a node's words.
    Halt(Cow<'static, str>),
}

/// What a frame hands back to its caller.
#[derive(Clone, Debug)]
pub(crate) struct FrameResult {
    pub error: Option<FrameError>,
    pub output: Bytes,
    /// Gas that returns to the caller.
    pub gas_left: u64,
    /// Refund counter of the frame and its successful children; zero unless successful.
    pub refund: i64,
}

impl FrameResult {
    pub(crate) fn success(output: Bytes, gas_left: u64, refund: i64) -> Self {
        Self {
            error: None,
            output,
            gas_left,
            refund,
        }
    }

    pub(crate) fn revert(output: Bytes, gas_left: u64) -> Self {
        Self {
            error: Some(FrameError::Revert),
            output,
            gas_left,
            refund: 0,
        }
    }

    /// Ended by the chain: all gas is consumed.
    pub(crate) fn halt(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::refused(reason, 0)
    }

    /// Not started: the gas goes back.
    pub(crate) fn refused(reason: impl Into<Cow<'static, str>>, gas_left: u64) -> Self {
        Self {
            error: Some(FrameError::Halt(reason.into())),
            output: Bytes::new(),
            gas_left,
            refund: 0,
        }
    }

    pub(crate) fn is_success(&self) -> bool {
        self.error.is_none()
    }

    pub(crate) fn is_revert(&self) -> bool {
        self.error == Some(FrameError::Revert)
    }
}

impl Machine {
    /// Runs a message call to its end; its effects stay in the journal only if it succeeds.
    pub(crate) fn call(&mut self, call: Call) -> FrameResult {
        if let Some((recorder, logs)) = self.recorder_and_logs() {
            recorder.open_call(&call, logs);
        }
        let result = self.run_call(call);
        if let Some((recorder, logs)) = self.recorder_and_logs() {
            recorder.close(&result, logs);
        }
        result
    }

    fn run_call(&mut self, call: Call) -> FrameResult {
        if call.depth > CALL_DEPTH_LIMIT {
            return FrameResult::refused("max call depth exceeded", call.gas);
        }
        let checkpoint = self.journal().checkpoint();
        if call.scheme != Scheme::DelegateCall {
            if let Some(error) = self.transfer(call.caller, call.target, call.value) {
                self.journal().checkpoint_revert(checkpoint);
                return FrameResult::refused(transfer_error(error), call.gas);
            }
        }
        let result = with_stack(|| self.run_callee(call));
        if result.is_success() {
            self.journal().checkpoint_commit();
        } else {
            self.journal().checkpoint_revert(checkpoint);
        }
        result
    }

    fn run_callee(&mut self, call: Call) -> FrameResult {
        if let Some(result) = precompile::run(self, &call) {
            return result;
        }
        let (hash, code) = self.executable_code(call.code_address);
        if code.is_empty() {
            return FrameResult::success(Bytes::new(), call.gas, 0);
        }
        let counted = call.acts_as_itself().then_some(call.target);
        self.enter(counted, call.caller);
        let result = if is_executable(code.original_byte_slice(), self.config.arbos_version) {
            self.run_program(call, hash, code.original_bytes())
        } else {
            self.run_evm_call(call, hash, code)
        };
        self.leave(counted);
        result
    }

    fn transfer(&mut self, from: Address, to: Address, value: U256) -> Option<TransferError> {
        let Ok(error) = self.journal().transfer(from, to, value);
        error
    }

    /// Code that a call to `address` runs, through an EIP-7702 delegation if there is one.
    fn executable_code(&mut self, address: Address) -> (B256, Bytecode) {
        let (hash, code) = self.code_of(address);
        match code.eip7702_address() {
            Some(delegate) => self.code_of(delegate),
            None => (hash, code),
        }
    }
}

/// Runs a frame with enough native stack below it.
pub(crate) fn with_stack<R>(run: impl FnOnce() -> R) -> R {
    with_stack_of(STACK_RED_ZONE, run)
}

/// Runs a frame with at least `bytes` of native stack below it.
pub(crate) fn with_stack_of<R>(bytes: usize, run: impl FnOnce() -> R) -> R {
    stacker::maybe_grow(bytes, bytes + STACK_SEGMENT, run)
}

/// A node's words for a transfer that cannot be made.
pub(crate) fn transfer_error(error: TransferError) -> &'static str {
    match error {
        TransferError::OutOfFunds => "insufficient balance for transfer",
        TransferError::OverflowPayment => "balance overflow",
        TransferError::CreateCollision => "contract address collision",
    }
}
