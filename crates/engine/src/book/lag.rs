//! How far spot has moved since an anchor was posted, and how far vols may be off for that.

use core::ops::RangeInclusive;

use crate::number::word::Word;
use crate::state::{Parameters, Slice};

/// A move of spot since the post that costs nothing.
const DEAD_ZONE: Word = Word::from_ratio(5, 1_000);
/// The move of spot since the post up to which orders may open.
pub(crate) const FARTHEST: Word = Word::from_ratio(8, 100);

/// |ln(S/S_a)|: how far spot has moved since the slice was posted; zero for a slice that does not say where.
pub(crate) fn lag(slice: &Slice, spot: u128) -> Word {
    if slice.spot == 0 {
        return Word::ZERO;
    }
    (Word::from_wad_u128(spot) / Word::from_wad_u128(slice.spot))
        .ln()
        .abs()
}

/// Spots of anchors that are for sure within the dead zone of this one, which is seen without a logarithm.
pub(crate) fn calm(spot: u128) -> RangeInclusive<u128> {
    let reach = spot >> 8;
    spot - reach..=spot.saturating_add(reach)
}

/// χ·(|ln(S/S_a)| − 0.5 %)⁺: how far vols may be off because spot has moved since the post.
pub(crate) fn lag_doubt(parameters: &Parameters, slice: &Slice, spot: u128) -> Word {
    let moved = (lag(slice, spot) - DEAD_ZONE).max(Word::ZERO);
    Word::from_wad_u64(parameters.spot_lag) * moved
}
