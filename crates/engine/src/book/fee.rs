//! The fee: additive per option, computed on the anchor, never on the size of a trade.

use crate::number::wide::mul_div_up;
use crate::number::word::Word;
use crate::parameters::WAD;
use crate::state::{Kind, Mark, Parameters, Slice, LOT};

/// Below this time to expiry, in seconds, the half-spread doubles.
const SHORT_DATED: u64 = 86_400;

/// h after widening, WAD: linear in the anchor's age from `half_spread` at `anchor_fresh` to twice that at
/// `anchor_limit` and flat beyond, then doubled under a day to expiry.
pub fn half_spread(parameters: &Parameters, slice: &Slice, now: u64) -> Word {
    let age = now.saturating_sub(slice.posted_at);
    let span = parameters
        .anchor_limit
        .saturating_sub(parameters.anchor_fresh)
        .max(1);
    let late = age.saturating_sub(parameters.anchor_fresh).min(span);
    let widening = Word::from_int(late as i64) / Word::from_int(span as i64);
    let half_spread = Word::from_wad_u64(parameters.half_spread) * (Word::ONE + widening);
    if slice.expiry.saturating_sub(now) < SHORT_DATED {
        return half_spread.double();
    }
    half_spread
}

/// The fee on `lots` lots, quote WAD, rounded up per option and again for the total:
/// per option max(h·vega, `fee_floor`·spot) + `hedge_fee`·spot·|delta|.
///
/// The floor makes every ask at least intrinsic value plus `fee_floor`·spot, since no shifted surface prices
/// below intrinsic value. A seller's fee is limited to the premium by the quote, which floors the bid at zero.
pub fn fee(
    parameters: &Parameters,
    slice: &Slice,
    now: u64,
    spot: u128,
    mark: &Mark,
    kind: Kind,
    lots: u64,
) -> u128 {
    let spot = Word::from_wad_u128(spot);
    let delta = Word::from_wad_u64(mark.delta);
    let delta = match kind {
        Kind::Call => delta,
        Kind::Put => Word::from_wad_u64(mark.growth) - delta,
    };
    let spread = half_spread(parameters, slice, now) * Word::from_wad_u128(mark.vega);
    let floor = Word::from_wad_u64(parameters.fee_floor) * spot;
    let per_option = spread.max(floor) + Word::from_wad_u64(parameters.hedge_fee) * spot * delta;
    let per_option = per_option.to_wad_up().max(0) as u128;
    mul_div_up(per_option, lots as u128, WAD as u128 / LOT).unwrap_or(u128::MAX)
}
