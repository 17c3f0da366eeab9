//! What a walk has reached.

use std::collections::BTreeMap;

/// How often each operation was done and each error met.
#[derive(Default)]
pub struct Tally {
    pub done: BTreeMap<&'static str, u64>,
    pub refused: BTreeMap<String, u64>,
    /// The most of each.
    pub most: BTreeMap<&'static str, u64>,
}

/// What every walk of some length does.
const DONE: [&str; 41] = [
    "arbitrage",
    "buy",
    "claim",
    "deposit",
    "donate",
    "feed dies",
    "feed revives",
    "gap",
    "hedge",
    "incomplete",
    "lag",
    "list",
    "mint",
    "order",
    "own liquidity",
    "pause",
    "phase",
    "post",
    "price",
    "proposal",
    "proposal bettered",
    "push",
    "rebalance",
    "rebalance filled",
    "redeem",
    "remove liquidity",
    "resume",
    "sell",
    "sequencer down",
    "sequencer up",
    "settle",
    "settled at once",
    "settled by a proposal",
    "settled by the feed's last round",
    "skip",
    "spend",
    "time",
    "transfer shares",
    "trip",
    "trip: deposit",
    "trip: post",
];

/// Refusals that every walk of some length meets.
const REFUSED: [&str; 26] = [
    "AnchorBehindSpot",
    "AnchorJumpTooLarge",
    "AnchorStale",
    "AnchorTooSoon",
    "AwaitsSettlement",
    "CallFailed",
    "CapacityExhausted",
    "CostAboveLimit",
    "CutoffReached",
    "DeadlinePassed",
    "FeedRoundIncomplete",
    "FeedStale",
    "InsufficientBalance",
    "LegRepeated",
    "MoneynessOutOfRange",
    "PoolPaused",
    "ProceedsBelowLimit",
    "RoundBeforeExpiry",
    "RoundNotFirst",
    "RoundOfOtherPhase",
    "SequencerDown",
    "SeriesExpired",
    "ShiftAboveCap",
    "SizeBelowMinimum",
    "TotalAboveLimit",
    "VenueTooFar",
];

impl Tally {
    pub fn done(&mut self, name: &'static str) {
        *self.done.entry(name).or_default() += 1;
    }

    pub fn refused(&mut self, name: &str, error: &str) {
        *self.refused.entry(format!("{name}: {error}")).or_default() += 1;
    }

    pub fn at_most(&mut self, name: &'static str, value: u64) {
        let most = self.most.entry(name).or_default();
        *most = (*most).max(value);
    }

    /// Adds what another walk reached.
    pub fn add(&mut self, other: Tally) {
        for (name, count) in other.done {
            *self.done.entry(name).or_default() += count;
        }
        for (name, count) in other.refused {
            *self.refused.entry(name).or_default() += count;
        }
        for (name, value) in other.most {
            self.at_most(name, value);
        }
    }

    /// What was to be reached and was not.
    pub fn missing(&self) -> Vec<&'static str> {
        let met = |error: &str| {
            let mut names = self
                .refused
                .keys()
                .filter_map(|name| name.split(": ").nth(1));
            names.any(|name| name == error)
        };
        let done = DONE
            .into_iter()
            .filter(|name| !self.done.contains_key(name));
        done.chain(REFUSED.into_iter().filter(|name| !met(name)))
            .collect()
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(formatter, "done: {:?}", self.done)?;
        writeln!(formatter, "refused: {:?}", self.refused)?;
        write!(formatter, "most: {:?}", self.most)
    }
}
