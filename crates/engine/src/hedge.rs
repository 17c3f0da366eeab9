//! The hedge rule: a flow-aware Whalley-Wilmott no-trade band around zero exposure.
//!
//! > H = [ 3/2 · λ/γ · (S·Γ² + ν²/(σ²·S)) ]^(1/3),  λ = fee + X·S/(2L) + gas/(X·S),  γ = risk aversion / equity
//!
//! with X the absolute exposure, L the venue's depth and ν² the variance rate of trade-induced delta: the width
//! at which the cost of reflecting the hedging error at the edges balances the risk of carrying it.

use crate::real::Real;
use crate::special::exp::exp;
use crate::special::ln::ln;
use crate::state::{u128_wad, BookMark, HedgePlan, Snapshot, YEAR};

/// Half-life of the flow variance, seconds.
const HALF_LIFE: u64 = 2 * 86_400;

/// Plans the hedge of a book. `snapshot` and `mark` describe the pool after the trade.
///
/// Inside the band nothing is traded; outside, back to (1 − `edge_slack`)·H on the same side. Base can only be
/// sold as far as it is held. The trade rounds toward zero. Without equity, or without a live expiry, the band
/// is zero and all exposure is to go.
pub fn plan(snapshot: &Snapshot, mark: &BookMark) -> HedgePlan {
    let parameters = snapshot.parameters;
    let spot = Real::from_wad_u128(snapshot.spot);
    let equity = Real::from_wad_i128(mark.nav_low).max(Real::ZERO);
    let exposure = mark.net_delta.saturating_add(snapshot.hedge_position);
    let distance = exposure.unsigned_abs();
    let capital = equity / spot;
    let cap = capital * Real::from_wad_u64(parameters.band_cap);
    let band = band(
        snapshot,
        mark.net_gamma,
        Real::from_wad_u128(distance),
        equity,
    )
    .min(cap);
    let keep = band - band * Real::from_wad_u64(parameters.edge_slack);
    let mut trade = 0;
    if distance > u128_wad(band) {
        let amount = distance
            .saturating_sub(keep.to_wad_up().max(0) as u128)
            .min(i128::MAX as u128) as i128;
        trade = if exposure < 0 {
            amount
        } else {
            -amount.min(snapshot.hedge_position.max(0))
        };
    }
    HedgePlan {
        exposure,
        band: u128_wad(band),
        limit: u128_wad(capital * Real::from_wad_u64(parameters.exposure_cap)),
        trade,
    }
}

/// H before its cap. σ is the at-the-money vol of the nearest live expiry.
fn band(snapshot: &Snapshot, net_gamma: i128, distance: Real, equity: Real) -> Real {
    let parameters = snapshot.parameters;
    let Some(nearest) = snapshot
        .slices
        .iter()
        .find(|slice| slice.expiry > snapshot.now)
    else {
        return Real::ZERO;
    };
    let spot = Real::from_wad_u128(snapshot.spot);
    let notional = distance * spot;
    let cost = Real::from_wad_u64(parameters.venue_fee)
        + notional / Real::from_wad_u128(snapshot.venue_depth).double()
        + Real::from_wad_u64(parameters.hedge_gas) / notional;
    let flow = Real::from_wad_u128(snapshot.flow_variance)
        / (Real::from_wad_u64(nearest.atm_vol).square() * spot);
    let noise = spot * Real::from_wad_i128(net_gamma).square() + flow;
    let cube = Real::from_ratio(3, 2) * cost * equity * noise
        / Real::from_int(parameters.risk_aversion.min(i64::MAX as u64) as i64);
    if cube <= Real::ZERO {
        return Real::ZERO;
    }
    exp(ln(cube) / Real::from_int(3))
}

/// The variance rate of trade-induced delta after a trade, base² per year, WAD, nearest.
///
/// Between trades the rate halves every two days; a trade adds delta²·ln 2 / (two days in years), so that a
/// steady flow settles at its own variance per year. `previous` is the rate after the trade before,
/// `seconds_since` the time since then; both start at zero.
pub fn flow_variance(previous: u128, delta_of_trade: i128, seconds_since: u64) -> u128 {
    // ln 2 = 0.693147…
    let ln_2 = Real::from_ratio(693_147_180_559_945_309, 1_000_000_000_000_000_000);
    let seconds = seconds_since.min(HALF_LIFE * 200);
    let half_lives = Real::from_ratio(seconds, HALF_LIFE);
    let decayed = Real::from_wad_u128(previous) * exp(-(half_lives * ln_2));
    let impulse =
        Real::from_wad_i128(delta_of_trade).square() * ln_2 * Real::from_ratio(YEAR, HALF_LIFE);
    u128_wad(decayed + impulse)
}
