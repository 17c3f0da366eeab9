//! The owner's parameters: twenty-two of the engine's and twelve limits of the contract's own.
//!
//! At the ABI each is one number at a fixed index; ratios, vols, sizes and prices are WAD, times are seconds.
//! In storage each takes the bits that its greatest value needs, in steps of [`unit`], one after the other: two words with what
//! trades read, and one with what only posts and deposits do. Depth (in whole quote) and strike tick (in steps of 1e12) stand
//! beside the addresses of venue and quote.
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
use smirk_engine::state::Parameters;

use super::{
    configuration::{beside, with_beside, TICK_MASK, TICK_SHIFT},
    slots::{self, QUOTE, VENUE},
};
use crate::{
    error::{refuse, Refusal},
    io::words::narrow,
    Pool,
};

/// Number of parameters at the ABI.
pub const COUNT: usize = 34;
const DEPTH: usize = 0;
const STRIKE_TICK: usize = 20;
/// Values that are packed: all but these two.
const PACKED: usize = COUNT - 2;
/// Packed values that trades read; the others follow in a word of their own.
const TRADED: usize = PACKED - OCCASIONAL;
const OCCASIONAL: usize = 3;
const VENUE_DEVIATION: usize = 27;
const ANCHOR_INTERVAL: usize = 30;
const ANCHOR_JUMP: usize = 31;
/// WAD per stored unit of a ratio.
const GRID: u64 = 1_000_000_000_000;
/// Indices that hold plain numbers (seconds or units) rather than WAD.
const PLAIN: u64 = 1 << 8 | 1 << 9 | 1 << 10 | 1 << 24 | 1 << 25 | 1 << 26 | 1 << 30;
/// Indices in steps of 1e14, and of 1e15.
const COARSE: u64 = 1 << 1 | 1 << 2 | 1 << 3 | 1 << 7 | 1 << 22 | 1 << 23 | 1 << 33;
const COARSEST: u64 = 1 << 13 | 1 << 32;
/// Bits of each packed value, by position.
const WIDTHS: Widths = Widths::new([
    16, 16, 16, 18, 17, 14, 17, 17, 20, 10, 20, 14, 14, 18, 21, 20, 20, 17, 16, 24, 14, 17, 17, 18,
    17, 16, 24, 14, 16, 17, 17, 19,
]);
const WAD: u64 = 1_000_000_000_000_000_000;

/// The contract's own limits. Ratios, sizes and prices WAD; times seconds.
#[derive(Clone, Copy)]
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
    /// Greatest age of the feed's answer.
    pub feed_max_age: u64,
    /// Wait after the sequencer came up.
    pub sequencer_grace: u64,
    /// Worst price of a hedge swap relative to the feed.
    pub hedge_price_limit: u64,
    /// Least hedge swap, base.
    pub minimum_hedge: u64,
}

/// What only posts and deposits read. Ratios WAD; times seconds.
#[derive(Clone, Copy)]
pub struct Occasional {
    /// Greatest relative distance of the venue's price from the feed's.
    pub venue_deviation: u64,
    /// Least time between two anchors of one expiry.
    pub anchor_interval: u64,
    /// Greatest jump of an anchor's vols, what is left of earlier ones included, relative to its ATM vol.
    pub anchor_jump: u64,
}

/// Every parameter by index, in the units of the ABI.
pub type Values = [u128; COUNT];

/// Reads all parameters by index.
pub fn values(pool: &Pool) -> Values {
    let mut values = traded(pool);
    let Occasional {
        venue_deviation,
        anchor_interval,
        anchor_jump,
    } = occasional(pool);
    values[VENUE_DEVIATION] = venue_deviation as u128;
    values[ANCHOR_INTERVAL] = anchor_interval as u128;
    values[ANCHOR_JUMP] = anchor_jump as u128;
    values
}

/// Reads the strike tick alone, quote WAD.
pub fn strike_tick(pool: &Pool) -> u128 {
    ((beside(slots::load(pool, QUOTE)) & TICK_MASK) >> TICK_SHIFT) * GRID as u128
}

/// Reads the parameters that trades need, by index; zero for those of [`Occasional`].
#[inline(never)]
pub fn traded(pool: &Pool) -> Values {
    let mut values = [0; COUNT];
    values[DEPTH] = (beside(slots::load(pool, VENUE)) >> 64) * unit(DEPTH) as u128;
    values[STRIKE_TICK] = strike_tick(pool);
    let mut bits = Bits::default();
    for half in 0..2 {
        let word = slots::load(pool, slots::PARAMETERS + half as u64);
        bits.limbs[4 * half..4 * half + 4].copy_from_slice(word.as_limbs());
    }
    for position in 0..TRADED {
        let index = index_at(position);
        // Every bound but the two above is below 2^64.
        values[index] = (bits.take(WIDTHS.at(position)) * unit(index)) as u128;
    }
    values
}

/// Reads the parameters that only posts and deposits need.
#[inline(never)]
pub fn occasional(pool: &Pool) -> Occasional {
    let mut bits = Bits::default();
    let word = slots::load(pool, slots::PARAMETERS + 2);
    bits.limbs[..4].copy_from_slice(word.as_limbs());
    let mut next = |position| bits.take(WIDTHS.at(position)) * unit(index_at(position));
    Occasional {
        venue_deviation: next(TRADED),
        anchor_interval: next(TRADED + 1),
        anchor_jump: next(TRADED + 2),
    }
}

/// Checks every bound and writes all parameters.
///
/// # Errors
/// `ParameterOutOfBounds` with the first offending index, also for a value that is not a multiple of its stored unit.
pub fn store(pool: &mut Pool, values: &Values) -> Result<(), Refusal> {
    check(values)?;
    let word = slots::load(pool, VENUE);
    let depth = (values[DEPTH] / unit(DEPTH) as u128) << 64;
    slots::store(
        pool,
        VENUE,
        with_beside(word, beside(word) as u64 as u128 | depth),
    );
    let word = slots::load(pool, QUOTE);
    let tick = (values[STRIKE_TICK] / unit(STRIKE_TICK) as u128) << TICK_SHIFT;
    let traits = beside(word) & !TICK_MASK;
    slots::store(pool, QUOTE, with_beside(word, traits | tick));
    let mut bits = Bits::default();
    for position in 0..PACKED {
        if position == TRADED {
            bits.at = 512;
        }
        let index = index_at(position);
        let stored = values[index] as u64 / unit(index);
        bits.put(stored, WIDTHS.at(position));
    }
    for word in 0..3 {
        let limbs = core::array::from_fn(|limb| bits.limbs[4 * word + limb]);
        slots::store(
            pool,
            slots::PARAMETERS + word as u64,
            U256::from_limbs(limbs),
        );
    }
    Ok(())
}

/// Parameters as they come from the ABI.
///
/// # Errors
/// `ParameterOutOfBounds` for a number beyond 128 bits.
pub fn from_words(words: &[U256; COUNT]) -> Result<Values, Refusal> {
    let mut values = [0; COUNT];
    for (index, word) in words.iter().enumerate() {
        values[index] = narrow(*word).ok_or_else(|| out_of_bounds(index, *word, 0, u128::MAX))?;
    }
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
        feed_max_age: at(25),
        sequencer_grace: at(26),
        hedge_price_limit: at(28),
        minimum_hedge: at(29),
    }
}

fn check(values: &Values) -> Result<(), Refusal> {
    engine(values)
        .check()
        .map_err(|e| out_of_bounds(e.field as usize, U256::from(e.value), e.low, e.high))?;
    let wad = WAD as u128;
    within(values, STRIKE_TICK, wad / 1_000_000, 100_000 * wad)?;
    within(values, 21, wad / 10_000, 10 * wad)?;
    within(values, 22, wad / 10, wad)?;
    within(values, 23, wad, 10 * wad)?;
    within(values, 24, 60, 86_400)?;
    within(values, 25, 60, 172_800)?;
    within(values, 26, 0, 86_400)?;
    within(values, VENUE_DEVIATION, wad / 1_000, wad / 10)?;
    within(values, 28, wad / 10_000, wad / 20)?;
    within(values, 29, 0, 10 * wad)?;
    within(values, ANCHOR_INTERVAL, 1, 86_400)?;
    within(values, ANCHOR_JUMP, wad / 1_000, wad / 2)?;
    for (index, value) in values.iter().enumerate() {
        let below = value - value % unit(index) as u128;
        if below != *value {
            let above = below + unit(index) as u128;
            return Err(out_of_bounds(index, U256::from(*value), below, above));
        }
    }
    Ok(())
}

#[inline(never)]
fn within(values: &Values, index: usize, low: u128, high: u128) -> Result<(), Refusal> {
    if values[index] < low || values[index] > high {
        return Err(out_of_bounds(index, U256::from(values[index]), low, high));
    }
    Ok(())
}

fn out_of_bounds(index: usize, value: U256, low: u128, high: u128) -> Refusal {
    refuse!(ParameterOutOfBounds, index as u64, value, low, high)
}

/// The index at a place among the packed values.
const fn index_at(position: usize) -> usize {
    match position {
        0..19 => position + 1,
        19..25 => position + 2,
        25..27 => position + 3,
        27..29 => position + 5,
        29 => VENUE_DEVIATION,
        _ => position,
    }
}

/// What a stored one is at the ABI.
#[inline(never)]
fn unit(index: usize) -> u64 {
    if PLAIN >> index & 1 == 1 {
        1
    } else if COARSE >> index & 1 == 1 {
        100 * GRID
    } else if COARSEST >> index & 1 == 1 {
        1_000 * GRID
    } else if index == DEPTH {
        WAD
    } else {
        GRID
    }
}

/// Bits of the packed values, ten less in four bits each: a number is cheaper than a table, which is paid for on every call.
struct Widths(u128);

impl Widths {
    const fn new(widths: [u8; PACKED]) -> Widths {
        let (mut packed, mut position) = (0, PACKED);
        while position > 0 {
            position -= 1;
            packed = packed << 4 | (widths[position] - 10) as u128;
        }
        Widths(packed)
    }

    const fn at(&self, position: usize) -> u32 {
        (self.0 >> (4 * position) & 15) as u32 + 10
    }
}

/// Numbers of different widths one after the other, lowest bits first.
#[derive(Default)]
struct Bits {
    limbs: [u64; 13],
    at: u32,
}

impl Bits {
    #[inline(never)]
    fn take(&mut self, width: u32) -> u64 {
        let (limb, shift) = ((self.at / 64) as usize, self.at % 64);
        self.at += width;
        // One bit further at a time, because a shift by 64 is none.
        let both = self.limbs[limb] >> shift | self.limbs[limb + 1] << 1 << (63 - shift);
        both & ((1 << width) - 1)
    }

    fn put(&mut self, value: u64, width: u32) {
        let (limb, shift) = ((self.at / 64) as usize, self.at % 64);
        self.at += width;
        self.limbs[limb] |= value << shift;
        self.limbs[limb + 1] |= value >> 1 >> (63 - shift);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_trades_read_fits_two_words_and_the_rest_one() {
        let width = |positions: core::ops::Range<usize>| -> u32 {
            positions.map(|position| WIDTHS.at(position)).sum()
        };
        assert!(width(0..TRADED) <= 512 && width(TRADED..PACKED) <= 256);
    }

    #[test]
    fn every_index_has_one_place() {
        let mut seen = 1u64 << DEPTH | 1 << STRIKE_TICK;
        for position in 0..PACKED {
            seen |= 1 << index_at(position);
        }
        assert_eq!(seen, (1 << COUNT) - 1);
    }

    #[test]
    fn bits_come_back_across_limbs() {
        let mut bits = Bits::default();
        for position in 0..PACKED {
            bits.put(
                (1 << WIDTHS.at(position)) - 1 - position as u64,
                WIDTHS.at(position),
            );
        }
        bits.at = 0;
        for position in 0..PACKED {
            let width = WIDTHS.at(position);
            assert_eq!(bits.take(width), (1 << width) - 1 - position as u64);
        }
    }
}
