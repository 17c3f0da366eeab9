//! What the formulas refuse.

/// An input outside the domain of a formula, or an output that the inputs do not determine.
///
/// Scales: WAD (1e18 = 1) except seconds. Each variant carries the offending value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// Spot is not within 1e-6 ..= 1e9.
    SpotOutOfRange(u128),
    /// Strike is not within 1e-6 ..= 1e9.
    StrikeOutOfRange(u128),
    /// Strike over forward is not within 1e-3 ..= 1e3; strike and forward (rounded to a WAD).
    MoneynessOutOfRange(u128, u128),
    /// Time to expiry exceeds five years, in seconds.
    TimeOutOfRange(u64),
    /// Vol is neither zero nor within 0.01 ..= 10.
    VolOutOfRange(u64),
    /// Rate is not within -0.2 ..= 0.5.
    RateOutOfRange(i64),
    /// The price is not strictly between intrinsic value and the upper bound (forward or strike, discounted), so no
    /// vol produces it.
    PriceOutOfRange(u128),
    /// The price is within rounding of its bound: every vol in a wide range produces it.
    PriceWithoutInformation(u128),
}
