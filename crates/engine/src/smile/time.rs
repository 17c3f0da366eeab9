//! Time to expiry.

use crate::number::word::Word;
use crate::state::{Slice, YEAR};

/// Seconds as years of 365 days.
#[inline(never)]
pub(crate) fn years(seconds: u64) -> Word {
    const SECOND: Word = Word::from_ratio(1, YEAR);
    Word::of(seconds, 0, 0) * SECOND
}

/// √τ of a slice; zero once expired.
pub(crate) fn root_tau(slice: &Slice, now: u64) -> Word {
    years(slice.expiry.saturating_sub(now)).sqrt()
}
