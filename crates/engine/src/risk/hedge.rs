//! The hedge rule: a flow-aware Whalley-Wilmott no-trade band around zero exposure.
//!
//! > H = [ 3/2 · λ/γ · (S·Γ² + ν²/(σ²·S)) ]^(1/3),  λ = fee + X·S/(2L) + gas/(X·S),  γ = risk aversion / equity
//!
//! with X the absolute exposure, L the venue's depth and ν² the variance rate of trade-induced delta: the width
//! at which the cost of reflecting the hedging error at the edges balances the risk of carrying it.

use crate::number::wide::saturating_sum;
use crate::number::word::Word;
use crate::state::{u128_wad, BookMark, HedgePlan, Snapshot, YEAR};

/// Half-life of the flow variance, seconds.
const HALF_LIFE: u64 = 2 * 86_400;

/// Plans the hedge of a book. `snapshot` and `mark` describe the pool after the trade.
///
/// Inside the band nothing is traded; outside, back to (1 − `edge_slack`)·H on the same side. Base can only be
/// sold as far as it is held, where none can be borrowed. The trade rounds toward zero. Without equity, or without a live expiry, the band
/// is zero and all exposure is to go. `delta` is the taker's of the order that led here, zero without one: the pool buys
/// as much base for it as it has, or sells.
pub fn plan(snapshot: &Snapshot, mark: &BookMark, delta: i128) -> HedgePlan {
    let parameters = snapshot.parameters;
    let spot = Word::from_wad_u128(snapshot.spot);
    let equity = Word::from_wad_i128(mark.nav_low).max(Word::ZERO);
    let exposure = saturating_sum(mark.net_delta, snapshot.hedge_position);
    let distance = exposure.unsigned_abs();
    let capital = equity / spot;
    let cap = capital * Word::from_wad_u64(parameters.band_cap);
    let band = band(
        snapshot,
        mark.net_gamma,
        Word::from_wad_u128(distance),
        equity,
    )
    .min(cap);
    let sellable = if snapshot.can_borrow {
        i128::MAX
    } else {
        snapshot.hedge_position.max(0)
    };
    let keep = band - band * Word::from_wad_u64(parameters.edge_slack);
    let mut trade = 0;
    if distance > u128_wad(band) {
        let amount = distance
            .saturating_sub(keep.to_wad_up().max(0) as u128)
            .min(i128::MAX as u128) as i128;
        trade = if exposure < 0 {
            amount
        } else {
            -amount.min(sellable)
        };
    }
    let size = delta.saturating_abs();
    HedgePlan {
        exposure,
        band: u128_wad(band),
        limit: u128_wad(capital * Word::from_wad_u64(parameters.exposure_cap)),
        trade,
        own: if (trade < 0) == (delta < 0) {
            trade.clamp(-size, size)
        } else {
            0
        },
    }
}

/// H before its cap. σ is the at-the-money vol of the nearest live expiry.
fn band(snapshot: &Snapshot, net_gamma: i128, distance: Word, equity: Word) -> Word {
    let parameters = snapshot.parameters;
    let Some(nearest) = snapshot
        .slices
        .iter()
        .find(|slice| slice.expiry > snapshot.now && slice.atm_vol != 0)
    else {
        return Word::ZERO;
    };
    let spot = Word::from_wad_u128(snapshot.spot);
    let notional = distance * spot;
    let cost = Word::from_wad_u64(snapshot.venue.fee)
        + notional / Word::from_wad_u128(snapshot.venue.depth).double()
        + Word::from_wad_u64(parameters.hedge_gas) / notional;
    let flow = Word::from_wad_u128(snapshot.flow_variance)
        / (Word::from_wad_u64(nearest.atm_vol).square() * spot);
    let noise = spot * Word::from_wad_i128(net_gamma).square() + flow;
    let cube = const { Word::from_ratio(3, 2) } * cost * equity * noise
        / Word::from_int(parameters.risk_aversion.min(i64::MAX as u64) as i64);
    if cube <= Word::ZERO {
        return Word::ZERO;
    }
    (cube.ln() * const { Word::from_ratio(1, 3) }).exp()
}

/// The variance rate of trade-induced delta after a trade, base² per year, WAD, nearest.
///
/// Between trades the rate halves every two days; a trade adds delta²·ln 2 / (two days in years), so that a
/// steady flow settles at its own variance per year. `previous` is the rate after the trade before,
/// `seconds_since` the time since then; both start at zero.
pub fn flow_variance(previous: u128, delta_of_trade: i128, seconds_since: u64) -> u128 {
    // ln 2 = 0.693147…
    const LN_2: Word = Word::from_ratio(693_147_180_559_945_309, 1_000_000_000_000_000_000);
    let seconds = seconds_since.min(HALF_LIFE * 200);
    let half_lives = Word::from_ratio(seconds, HALF_LIFE);
    let decayed = Word::from_wad_u128(previous) * (-(half_lives * LN_2)).exp();
    let impulse = Word::from_wad_i128(delta_of_trade).square()
        * LN_2
        * const { Word::from_ratio(YEAR, HALF_LIFE) };
    u128_wad(decayed + impulse)
}
