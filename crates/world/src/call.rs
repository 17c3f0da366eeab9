//! Calls by their Solidity signature: arguments in, return value, events or the decoded refusal out.

use std::fmt;

use alloy_primitives::{Address, Bytes, Log, U256};
use alloy_sol_types::{Revert, SolCall, SolError, SolEvent, SolEventInterface, SolInterface};
use inkhorn_chain::{Chain, FrameReport, Outcome, Status, Transaction};

use crate::abi::{IPool, PriceFeed, Token, WrappedEther};

/// What a successful transaction gave back.
#[derive(Clone)]
pub struct Receipt<R> {
    /// The call's return value.
    pub value: R,
    /// Gas paid for, with the intrinsic cost.
    pub gas_used: u64,
    /// Events of all contracts, in order.
    pub logs: Vec<Log>,
    /// One report per Stylus frame, in order of entry.
    pub frames: Vec<FrameReport>,
}

impl<R> Receipt<R> {
    /// Every event of one kind that `emitter` emitted, in order.
    pub fn events<E: SolEvent>(&self, emitter: Address) -> Vec<E> {
        self.logs_of(emitter)
            .filter_map(|log| E::decode_log(log).ok())
            .map(|log| log.data)
            .collect()
    }

    /// The only event of one kind that `emitter` emitted, or `None` if there is none or more than one.
    pub fn event<E: SolEvent>(&self, emitter: Address) -> Option<E> {
        let mut events = self.events(emitter);
        if events.len() == 1 {
            events.pop()
        } else {
            None
        }
    }

    /// Every event of an interface that `emitter` emitted, in order.
    pub fn interface_events<I: SolEventInterface>(&self, emitter: Address) -> Vec<I> {
        self.logs_of(emitter)
            .filter_map(|log| I::decode_log(log).ok())
            .map(|log| log.data)
            .collect()
    }

    fn logs_of(&self, emitter: Address) -> impl Iterator<Item = &Log> {
        self.logs.iter().filter(move |log| log.address == emitter)
    }
}

/// Leaves out the value: the empty ones of generated bindings cannot be printed.
impl<R> fmt::Debug for Receipt<R> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Receipt")
            .field("gas_used", &self.gas_used)
            .field("logs", &self.logs)
            .field("frames", &self.frames)
            .finish_non_exhaustive()
    }
}

/// Why a call did not give back its value.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{call}: {}", self.reason())]
pub struct CallFailure {
    /// Signature of what was called.
    pub call: &'static str,
    /// How the transaction ended; a success here carries output that the signature does not allow.
    pub outcome: Box<Outcome>,
}

impl CallFailure {
    /// The refusal as an error of one kind, if it is one.
    pub fn error<E: SolError>(&self) -> Option<E> {
        if self.outcome.status == Status::Revert {
            E::abi_decode(&self.outcome.output).ok()
        } else {
            None
        }
    }

    /// Whether the refusal is an error of one kind, whatever its fields.
    pub fn is<E: SolError>(&self) -> bool {
        self.error::<E>().is_some()
    }

    /// The refusal in readable form: the error's name with its fields where it is known, its bytes otherwise.
    pub fn reason(&self) -> String {
        match &self.outcome.status {
            Status::Success => format!("unexpected output {}", self.outcome.output),
            Status::Revert => describe_error(&self.outcome.output),
            Status::Halt(reason) => format!("halted: {reason}"),
        }
    }
}

/// An error's name with its fields, for errors of Solidity itself and of the contracts of this crate; its bytes otherwise.
pub fn describe_error(output: &Bytes) -> String {
    if output.is_empty() {
        return "reverted without data".to_owned();
    }
    if let Ok(Revert { reason }) = Revert::abi_decode(output) {
        return format!("reverted: {reason}");
    }
    if let Ok(panic) = alloy_sol_types::Panic::abi_decode(output) {
        return panic.to_string();
    }
    decode_as::<IPool::IPoolErrors>(output)
        .or_else(|| decode_as::<Token::TokenErrors>(output))
        .or_else(|| decode_as::<WrappedEther::WrappedEtherErrors>(output))
        .or_else(|| decode_as::<PriceFeed::PriceFeedErrors>(output))
        .unwrap_or_else(|| format!("reverted with {output}"))
}

fn decode_as<I: SolInterface + fmt::Debug>(output: &Bytes) -> Option<String> {
    let error = I::abi_decode(output).ok()?;
    let text = format!("{error:?}");
    // An interface's variant wraps the struct of the same name.
    let inner = text
        .split_once('(')
        .and_then(|(_, rest)| rest.strip_suffix(')'));
    Some(inner.unwrap_or(&text).to_owned())
}

/// Typed calls on a chain.
pub trait TypedCalls {
    /// Executes a transaction whose input is encoded from `call`, whatever input `transaction` carries.
    fn execute<C: SolCall>(
        &mut self,
        transaction: Transaction,
        call: &C,
    ) -> Result<Receipt<C::Return>, CallFailure>;

    /// Evaluates `call` on the present state without keeping any effect.
    fn view_from<C: SolCall>(
        &mut self,
        from: Address,
        to: Address,
        call: &C,
    ) -> Result<C::Return, CallFailure>;

    /// Sends `call` as a transaction without value and with the default gas limit.
    fn send<C: SolCall>(
        &mut self,
        from: Address,
        to: Address,
        call: &C,
    ) -> Result<Receipt<C::Return>, CallFailure> {
        self.execute(
            Transaction {
                from,
                to: Some(to),
                ..Transaction::default()
            },
            call,
        )
    }

    /// Sends `call` with `value` wei.
    fn send_value<C: SolCall>(
        &mut self,
        from: Address,
        to: Address,
        value: U256,
        call: &C,
    ) -> Result<Receipt<C::Return>, CallFailure> {
        self.execute(
            Transaction {
                from,
                to: Some(to),
                value,
                ..Transaction::default()
            },
            call,
        )
    }

    /// Evaluates `call` from the zero address.
    fn view<C: SolCall>(&mut self, to: Address, call: &C) -> Result<C::Return, CallFailure> {
        self.view_from(Address::ZERO, to, call)
    }
}

impl TypedCalls for Chain {
    fn execute<C: SolCall>(
        &mut self,
        transaction: Transaction,
        call: &C,
    ) -> Result<Receipt<C::Return>, CallFailure> {
        receipt::<C>(self.transact(Transaction {
            input: call.abi_encode().into(),
            ..transaction
        }))
    }

    fn view_from<C: SolCall>(
        &mut self,
        from: Address,
        to: Address,
        call: &C,
    ) -> Result<C::Return, CallFailure> {
        let transaction = Transaction {
            from,
            to: Some(to),
            input: call.abi_encode().into(),
            ..Transaction::default()
        };
        receipt::<C>(Chain::call(self, transaction)).map(|receipt| receipt.value)
    }
}

fn receipt<C: SolCall>(outcome: Outcome) -> Result<Receipt<C::Return>, CallFailure> {
    if !outcome.is_success() {
        return Err(CallFailure {
            call: C::SIGNATURE,
            outcome: Box::new(outcome),
        });
    }
    match C::abi_decode_returns(&outcome.output) {
        Ok(value) => Ok(Receipt {
            value,
            gas_used: outcome.gas_used,
            logs: outcome.logs,
            frames: outcome.frames,
        }),
        Err(_) => Err(CallFailure {
            call: C::SIGNATURE,
            outcome: Box::new(outcome),
        }),
    }
}
