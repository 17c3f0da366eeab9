//! What a call came to.

use std::fmt;

use alloy_sol_types::SolEvent;
use inkhorn_chain::{Address, FrameReport, Log, Outcome, Said};

/// A call that took effect.
#[derive(Clone, PartialEq, Eq)]
pub struct Receipt<T> {
    /// What the call returned.
    pub value: T,
    /// Gas of the whole transaction, after refunds, with its intrinsic cost.
    pub gas_used: u64,
    /// Ink that the called program burnt, with the calls that it made, without the cost of entering it; 10,000 are one gas. Zero
    /// if the contract that was called is none of Stylus.
    pub ink: u64,
    /// Gas for entering the called program: its initialisation and its memory.
    pub entry_gas: u64,
    /// Events in order.
    pub logs: Vec<Log>,
    /// What each program used, in the order in which they were entered.
    pub frames: Vec<FrameReport>,
    /// What programs said with `console!`, on debug chains.
    pub said: Vec<Said>,
}

/// Without the value, whose type need not be one that can be shown.
impl<T> fmt::Debug for Receipt<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receipt")
            .field("gas_used", &self.gas_used)
            .field("ink", &self.ink)
            .field("entry_gas", &self.entry_gas)
            .field("logs", &self.logs)
            .field("said", &self.said)
            .finish_non_exhaustive()
    }
}

impl<T> Receipt<T> {
    pub(crate) fn new(value: T, outcome: Outcome) -> Self {
        let outermost = outcome.frames.first().filter(|frame| frame.depth == 0);
        Self {
            value,
            gas_used: outcome.gas_used,
            ink: outermost.map_or(0, |frame| frame.ink_total),
            entry_gas: outermost.map_or(0, |frame| frame.entry_gas),
            logs: outcome.logs,
            frames: outcome.frames,
            said: outcome.said,
        }
    }

    /// Events of a type that a contract emitted, in order.
    pub fn events<E: SolEvent>(&self, contract: Address) -> Vec<E> {
        let own = self.logs.iter().filter(|log| log.address == contract);
        own.filter_map(|log| E::decode_log_data(&log.data).ok())
            .collect()
    }
}
