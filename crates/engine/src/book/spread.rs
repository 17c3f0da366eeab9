//! The spread: what an order pays because the anchor may be wrong, additive per option and computed on the anchor alone.
//!
//! > per option  max(h'·vega, R, f_min·S, (φ + 2 bp)·S·|delta| of what opens) + j·S·|delta|,  h' = max(h, e^0.2·J) + χ·(|ln(S/S_a)| − 0.5 %)⁺
//!
//! with h the half-spread widened by the anchor's age, J and j what is left of the slice's jumps of vol and carry, and S_a
//! the spot at which it was posted. Where h' is above h, vols may be off by so much that vega misses what it makes of an option
//! far from the money: R revalues it, P(σ + h') − P(σ) for a purchase and P(σ) − P(σ − h') for a sale. So right after a
//! post nobody buys below or sells above what the anchor before it said.

use crate::book::frame::{Frame, MOST_VOL};
use crate::book::lag::lag_doubt;
use crate::book::quote::PricedLeg;
use crate::number::wide::mul_div_up;
use crate::number::word::Word;
use crate::parameters::WAD;
use crate::smile::jump::rest_up;
use crate::state::{HedgePlan, Kind, Mark, Parameters, Slice, Snapshot, LOT};

/// Below this time to expiry, in seconds, the half-spread doubles.
const SHORT_DATED: u64 = 86_400;
/// Below this, in seconds, it doubles again: gamma that near its end is hedged at the venue's fee many times.
const LAST_HOURS: u64 = 4 * 3_600;
/// e^0.2: by how much more than the anchor a post moves a surface that inventory has shifted up to the cap.
const SHIFTED: Word = Word::from_ratio(12_215, 10_000);
/// Two basis points: what pokes pay beyond the venue's fee, WAD.
const WINDOW: u64 = WAD / 5_000;

/// h: `half_spread` widened linearly with the anchor's age, from once at `anchor_fresh` to twice at `anchor_limit` and flat
/// beyond, then doubled under a day to expiry and again in the last four hours.
fn aged(parameters: &Parameters, slice: &Slice, now: u64) -> Word {
    let age = now.saturating_sub(slice.posted_at);
    let span = parameters
        .anchor_limit
        .saturating_sub(parameters.anchor_fresh)
        .max(1);
    let late = age.saturating_sub(parameters.anchor_fresh).min(span);
    let widening = Word::from_int(late as i64) / Word::from_int(span as i64);
    let half_spread = Word::from_wad_u64(parameters.half_spread) * (Word::ONE + widening);
    match slice.expiry.saturating_sub(now) {
        ..LAST_HOURS => half_spread.double().double(),
        LAST_HOURS..SHORT_DATED => half_spread.double(),
        _ => half_spread,
    }
}

/// h': the half-spread widened with the anchor's age and near expiry, at least what is left of the vol jump, and more by
/// the lag of spot.
pub fn half_spread(parameters: &Parameters, slice: &Slice, now: u64, spot: u128) -> Word {
    let jump = rest_up(slice.vol_jump, slice.posted_at, now);
    aged(parameters, slice, now).max(Word::from_wad_u64(jump) * SHIFTED)
        + lag_doubt(parameters, slice, spot)
}

/// The spread on `lots` lots but for the revaluation, quote WAD, rounded up per option and again for the total.
///
/// The floor makes every ask at least the intrinsic value at the forward plus `fee_floor`·spot, since no shifted surface
/// prices below intrinsic value. What a seller pays is limited to the premium by the quote, which floors the bid at zero.
pub fn spread(
    parameters: &Parameters,
    slice: &Slice,
    now: u64,
    spot: u128,
    mark: &Mark,
    kind: Kind,
    lots: u64,
) -> u128 {
    let snapshot = (parameters, now, spot);
    total_up(lots, per_option(snapshot, slice, mark, kind, Word::ZERO))
}

/// The spread of a leg, rounded as [`spread`].
pub(crate) fn leg_spread(frame: &Frame, slice: &Slice, priced: &PricedLeg) -> u128 {
    let leg = &priced.leg;
    let Snapshot {
        parameters,
        now,
        spot,
        ..
    } = *frame.snapshot;
    let half_spread = half_spread(parameters, slice, now, spot);
    let mut revalued = Word::ZERO;
    if half_spread > aged(parameters, slice, now) {
        let change = if leg.side.is_bought() {
            half_spread
        } else {
            -half_spread
        };
        revalued = revaluation(frame, priced, change);
    }
    if leg.side.opens() {
        revalued = revalued.max(undoing(frame, leg.kind, &priced.mark));
    }
    let snapshot = (parameters, now, spot);
    total_up(
        leg.lots,
        per_option(snapshot, slice, &priced.mark, leg.kind, revalued),
    )
}

/// What undoing the hedge of an option costs that is held to its end, where no sale pays for it: the delta at the venue's
/// fee and the least width of the window that pokes trade in.
fn undoing(frame: &Frame, kind: Kind, mark: &Mark) -> Word {
    let fee = frame.snapshot.venue.fee.saturating_add(WINDOW);
    Word::from_wad_u64(fee) * frame.spot.value * Word::from_wad_u64(spot_delta(kind, mark))
}

/// Delta of one option by spot, WAD, as a magnitude.
fn spot_delta(kind: Kind, mark: &Mark) -> u64 {
    match kind {
        Kind::Call => mark.delta,
        Kind::Put => mark.growth.saturating_sub(mark.delta),
    }
}

/// The spread of one option, at least `revalued` for its vol.
fn per_option(
    (parameters, now, spot): (&Parameters, u64, u128),
    slice: &Slice,
    mark: &Mark,
    kind: Kind,
    revalued: Word,
) -> Word {
    let price = Word::from_wad_u128(spot);
    let delta = spot_delta(kind, mark);
    let vol = half_spread(parameters, slice, now, spot) * Word::from_wad_u128(mark.vega);
    let floor = Word::from_wad_u64(parameters.fee_floor) * price;
    let jump = rest_up(slice.carry_jump, slice.posted_at, now);
    let carry = Word::from_wad_u64(jump) * price * Word::from_wad_u64(delta);
    vol.max(revalued).max(floor) + carry
}

fn total_up(lots: u64, per_option: Word) -> u128 {
    let per_option = per_option.to_wad_up().max(0) as u128;
    mul_div_up(per_option, lots as u128, WAD as u128 / LOT).unwrap_or(u128::MAX)
}

/// What a change of its vol changes an option's value by, as a magnitude.
fn revaluation(frame: &Frame, priced: &PricedLeg, change: Word) -> Word {
    let PricedLeg { point, legs, .. } = priced;
    let index = point.slice as usize;
    let Some(Some(term)) = frame.terms.get(index) else {
        return Word::ZERO;
    };
    let total_vol = point
        .total_vol
        .saturating_add((change * term.root_tau).to_fixed(58))
        .clamp(0, MOST_VOL);
    let moved = point.legs_at(point.log_moneyness, Word::ONE, total_vol);
    let otm = Word::from_fixed(moved.otm - legs.otm, 62);
    otm.abs() * frame.forward(index).value
}

/// The spread of an order of the taker's `delta` while a hedge is missing, rounded up: if it adds to the exposure, more by
/// what that exceeds the band by, up to twice at the hard limit. The plan is the pool's before the order.
pub(crate) fn widened_up(spread: u128, delta: i128, plan: &HedgePlan) -> u128 {
    // The pool's delta moves against the taker's.
    let adds = (plan.exposure > 0) == (delta < 0);
    let room = plan.limit.saturating_sub(plan.band);
    let excess = plan.exposure.unsigned_abs().saturating_sub(plan.band);
    if !adds || excess == 0 {
        return spread;
    }
    let more = mul_div_up(spread, excess.min(room), room).unwrap_or(spread);
    spread.saturating_add(more)
}
