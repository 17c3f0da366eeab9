//! Why a call had no effect.

use std::fmt;

use alloy_primitives::hex;
use alloy_sol_types::{Panic, Revert, SolError, SolInterface};
use inkhorn_chain::{Bytes, Outcome, Status};

/// A call that was undone, with what it said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Signature of the function, or what was done otherwise.
    pub call: String,
    /// What the chain says of it.
    pub outcome: Box<Outcome>,
}

impl Failure {
    pub(crate) fn new(call: impl Into<String>, outcome: Outcome) -> Self {
        Self {
            call: call.into(),
            outcome: Box::new(outcome),
        }
    }

    /// Data of the revert.
    pub fn data(&self) -> &Bytes {
        &self.outcome.output
    }

    /// The revert as an error of Solidity's, if it is this one.
    pub fn error<E: SolError>(&self) -> Option<E> {
        E::abi_decode(self.data()).ok()
    }

    /// The revert as one of a contract's errors, if it is one: `failure.any_error::<Counter::CounterErrors>()`.
    pub fn any_error<I: SolInterface>(&self) -> Option<I> {
        I::abi_decode(self.data()).ok()
    }

    /// The text of a revert with a reason, or of a panic of Solidity's.
    pub fn reason(&self) -> Option<String> {
        if let Some(Revert { reason }) = self.error() {
            return Some(reason);
        }
        self.error().map(|panic: Panic| panic.to_string())
    }

    /// Why a program trapped, where the chain itself reports a revert without data: the innermost one that did.
    pub fn trap(&self) -> Option<&str> {
        let frames = self.outcome.frames.iter().rev();
        frames.filter_map(|frame| frame.failure.as_deref()).next()
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.call)?;
        match &self.outcome.status {
            Status::Halt(reason) => f.write_str(reason)?,
            _ => f.write_str("reverted")?,
        }
        if let Some(reason) = self.reason() {
            write!(f, ": {reason}")?;
        } else if let Some(trap) = self.trap() {
            write!(f, ": the program trapped: {trap}")?;
        } else if !self.data().is_empty() {
            write!(f, " with {}", hex::encode_prefixed(self.data()))?;
        }
        for said in &self.outcome.said {
            write!(f, "\n  {} said: {}", said.program, said.text)?;
        }
        Ok(())
    }
}

impl std::error::Error for Failure {}
