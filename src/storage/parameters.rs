//! The owner's parameters: twenty-two of the engine's and twelve limits of the contract's own.
//!
//! At the ABI each is one number at a fixed index; ratios, vols, sizes and prices are WAD, times are seconds.
//! They are a part of the [`table`](super::table).
//!
//! | index | parameter | | index | parameter |
//! |---|---|---|---|---|
//! | 0 | depth U (quote) | | 16 | equity floor |
//! | 1 | coupling κ | | 17 | upside slope |
//! | 2 | wing depth ω | | 18 | NAV vol spread |
//! | 3 | short term c0 | | 19 | NAV price spread |
//! | 4 | shift cap | | 20 | strike tick (quote) |
//! | 5 | half-spread h | | 21 | minimum size |
//! | 6 | fee floor | | 22 | moneyness low |
//! | 7 | capacity rate ρ | | 23 | moneyness high |
//! | 8 | anchor fresh (s) | | 24 | cut-off before expiry (s) |
//! | 9 | anchor limit (s) | | 25 | feed maximum age (s) |
//! | 10 | risk aversion (units) | | 26 | sequencer grace (s) |
//! | 11 | edge slack | | 27 | venue deviation |
//! | 12 | capacity minimum | | 28 | hedge price limit |
//! | 13 | hedge gas (quote) | | 29 | minimum hedge (base) |
//! | 14 | band cap | | 30 | anchor interval (s) |
//! | 15 | exposure cap | | 31 | anchor jump |
//! | 32 | node rent r0 (quote a year) | | 33 | spot lag χ |

use alloy_primitives::U256;
use smirk_engine::{
    parameters::{ParameterError, WAD},
    state::Parameters,
};

use super::{shorts::STRIKE_UNIT, table};
use crate::{
    error::{refuse, Refusal},
    io::feed::Freshness,
    words::narrow,
    Pool,
};

/// Number of parameters at the ABI.
pub const COUNT: usize = table::PARAMETER_COUNT;
/// Index of the strike tick.
pub const STRIKE_TICK: usize = 20;

/// The contract's own limits. Ratios, sizes and prices WAD; times seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Strikes are multiples of this, quote.
    pub strike_tick: u128,
    /// Least size of a trade.
    pub minimum_size: u64,
    /// Least strike / spot for opening.
    pub moneyness_low: u64,
    /// Greatest strike / spot for opening.
    pub moneyness_high: u64,
    /// No opening this long before expiry.
    pub cutoff: u64,
    /// What a price is to be fit for trading.
    pub freshness: Freshness,
    /// Greatest relative distance of the venue's price from the feed's where deposits are open.
    pub venue_deviation: u64,
    /// Worst price of a hedge swap relative to the feed.
    pub hedge_price_limit: u64,
    /// Least hedge swap, base.
    pub minimum_hedge: u64,
    /// Least time between two anchors of one expiry.
    pub anchor_interval: u64,
    /// Greatest jump of an anchor's vols, what is left of earlier ones included, relative to its ATM vol.
    pub anchor_jump: u64,
}

/// Every parameter by index, in the units of the ABI.
pub type Values = [u128; COUNT];

/// Reads all parameters by index.
#[inline(never)]
pub fn values(pool: &Pool) -> Values {
    let (table, mut values) = (table::load(pool), [0; COUNT]);
    for (index, value) in values.iter_mut().enumerate() {
        *value = table.number(table::PARAMETERS + index);
    }
    values
}

/// Reads the strike tick alone, quote WAD.
pub fn strike_tick(pool: &Pool) -> u128 {
    table::load(pool).number(table::PARAMETERS + STRIKE_TICK)
}

/// Parameters as they come from the ABI, within their bounds.
///
/// # Errors
/// `ParameterOutOfBounds`.
pub fn from_words(words: &[U256; COUNT]) -> Result<Values, Refusal> {
    let mut values = [0; COUNT];
    for (index, word) in words.iter().enumerate() {
        values[index] = narrow(*word).ok_or_else(|| out_of_bounds(index, *word, 0, u128::MAX))?;
    }
    check(&values)?;
    Ok(values)
}

/// The engine's part.
pub fn engine(values: &Values) -> Parameters {
    let at = |index: usize| values[index] as u64;
    Parameters {
        depth: values[0],
        coupling: at(1),
        wing_depth: at(2),
        short_term: at(3),
        shift_cap: at(4),
        half_spread: at(5),
        fee_floor: at(6),
        capacity_rate: at(7),
        anchor_fresh: at(8),
        anchor_limit: at(9),
        risk_aversion: at(10),
        edge_slack: at(11),
        capacity_minimum: at(12),
        hedge_gas: at(13),
        band_cap: at(14),
        exposure_cap: at(15),
        equity_floor: at(16),
        upside_slope: at(17),
        nav_spread: at(18),
        nav_price_spread: at(19),
        node_rent: at(32),
        spot_lag: at(33),
    }
}

/// The contract's part.
pub fn limits(values: &Values) -> Limits {
    let at = |index: usize| values[index] as u64;
    Limits {
        strike_tick: values[STRIKE_TICK],
        minimum_size: at(21),
        moneyness_low: at(22),
        moneyness_high: at(23),
        cutoff: at(24),
        freshness: Freshness {
            max_age: at(25),
            sequencer_grace: at(26),
        },
        venue_deviation: at(27),
        hedge_price_limit: at(28),
        minimum_hedge: at(29),
        anchor_interval: at(30),
        anchor_jump: at(31),
    }
}

/// Checks every bound.
///
/// # Errors
/// `ParameterOutOfBounds` with the first offending index, for a strike tick between two of [`STRIKE_UNIT`] with the lower one.
#[inline(never)]
pub fn check(values: &Values) -> Result<(), Refusal> {
    let mut bounds = engine(values).bounds();
    let tick = values[STRIKE_TICK];
    let field = STRIKE_TICK as u8;
    bounds.within_wide(field, tick, STRIKE_UNIT, 100_000 * WAD as u128);
    let below = tick - tick % STRIKE_UNIT;
    bounds.within_wide(field, tick, below, below);
    let mut within = |index: usize, low, high| {
        bounds.within(index as u8, values[index], low, high);
    };
    within(21, WAD / 10_000, 10 * WAD);
    within(22, WAD / 10, WAD);
    within(23, WAD, 10 * WAD);
    within(24, 60, 86_400);
    within(25, 60, 172_800);
    within(26, 0, 86_400);
    within(27, WAD / 1_000, WAD / 10);
    within(28, WAD / 10_000, WAD / 20);
    within(29, 0, 10 * WAD);
    within(30, 1, 86_400);
    within(31, WAD / 1_000, WAD / 2);
    let outside =
        |e: ParameterError| out_of_bounds(e.field as usize, U256::from(e.value), e.low, e.high);
    bounds.result().map_err(outside)
}

fn out_of_bounds(index: usize, value: U256, low: u128, high: u128) -> Refusal {
    refuse!(ParameterOutOfBounds, index as u64, value, low, high)
}
