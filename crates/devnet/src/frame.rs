//! Frames: their inputs, their results, and the native stack that they need.

use std::borrow::Cow;

use alloy_primitives::{Address, Bytes, U256};
use revm::context_interface::journaled_state::TransferError;

/// Deepest frame that may run, counting the transaction's own as 0.
pub(crate) const CALL_DEPTH_LIMIT: usize = 1024;

/// Native stack kept free before a frame is entered, and the piece added when less is left.
const STACK_RED_ZONE: usize = 512 << 10;
const STACK_SEGMENT: usize = 48 << 20;

/// Stack, in bytes, of a thread that runs transactions without having another one mapped for every frame of a program. Any
/// thread can run them; it takes longer.
pub const THREAD_STACK: usize = 2 * STACK_SEGMENT;

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

/// Inputs of a creation.
#[derive(Clone, Debug)]
pub(crate) struct Create {
    pub caller: Address,
    pub value: U256,
    pub init_code: Bytes,
    /// Salt of `CREATE2`; `None` for `CREATE`.
    pub salt: Option<U256>,
    pub gas: u64,
    pub depth: usize,
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
