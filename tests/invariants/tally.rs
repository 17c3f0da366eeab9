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

/// What all walks together do, and at least how often in 100,000 operations: half of what they do by most seeds, less where one event
/// brings several, as three days without the feed settle every expiry in them.
const DONE: [(&str, u64); 71] = [
    ("arbitrage", 7_000),
    ("buy", 1_000),
    ("claim", 1_000),
    ("cover", 200),
    ("delegate", 400),
    ("deposit", 300),
    ("deposit margin", 1_000),
    ("donate", 400),
    ("feed dies", 30),
    ("feed revives", 30),
    ("flag", 4),
    ("gap", 300),
    ("gift at the lender", 5),
    ("hedge", 1_000),
    ("idle share", 30),
    ("incomplete", 100),
    ("keepalive", 1),
    ("lag", 400),
    ("lender caps", 50),
    ("lender freezes", 30),
    ("lender is lent out", 20),
    ("lender pauses", 40),
    ("lender recovers", 100),
    ("liquidate", 20),
    ("liquidated in part", 7),
    ("liquidated into debt", 7),
    ("liquidated whole", 9),
    ("list", 300),
    ("longs on an account", 200),
    ("mint", 100),
    ("order", 300),
    ("own liquidity", 400),
    ("pause", 40),
    ("phase", 80),
    ("position in", 300),
    ("position out", 300),
    ("post", 10_000),
    ("price", 2_000),
    ("proposal", 70),
    ("proposal bettered", 8),
    ("push", 500),
    ("rebalance", 1_000),
    ("rebalance filled", 300),
    ("redeem", 80),
    ("remove liquidity", 400),
    ("resume", 100),
    ("roll", 70),
    ("sell", 1_000),
    ("sequencer down", 20),
    ("sequencer up", 20),
    ("settle", 400),
    ("settled at once", 100),
    ("settled by a proposal", 70),
    ("settled by the feed's last round", 25),
    ("share status", 12_000),
    ("skip", 100),
    ("spend", 100),
    ("time", 3_000),
    ("touch", 500),
    ("touch that settles", 6),
    ("transfer position", 600),
    ("transfer shares", 300),
    ("trip", 400),
    ("trip: deposit", 100),
    ("trip: post", 10),
    ("withdraw", 200),
    ("withdraw margin", 300),
    ("write", 800),
    ("write by a delegate", 50),
    ("write one", 100),
    ("write several", 100),
];

/// Refusals that every walk of some length meets.
const REFUSED: [&str; 36] = [
    "AccountCallsAboveLimit",
    "AccountHealthy",
    "AccountInDebt",
    "AccountPutsAboveLimit",
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
    "ExposureAboveLimit",
    "FeedRoundIncomplete",
    "FeedStale",
    "InsufficientBalance",
    "InsufficientFreeCash",
    "InsufficientMargin",
    "LegRepeated",
    "MarginBelowRequirement",
    "MoneynessOutOfRange",
    "NotAuthorised",
    "PoolPaused",
    "ProceedsBelowLimit",
    "RoundBeforeExpiry",
    "RoundNotFirst",
    "RoundOfOtherPhase",
    "ScenarioLossAboveEquity",
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

    /// What was to be reached in so many operations and was not.
    pub fn missing(&self, operations: u64) -> Vec<&'static str> {
        let met = |error: &str| {
            let mut names = self
                .refused
                .keys()
                .filter_map(|name| name.split(": ").nth(1));
            names.any(|name| name == error)
        };
        let times = |name: &str| self.done.get(name).copied().unwrap_or_default();
        let done = DONE
            .into_iter()
            .filter(|(name, least)| times(name) < least * operations / 100_000)
            .map(|(name, _)| name);
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
