//! Steps of a polynomial in 64-bit fixed point.

/// A multiplier split once into 32-bit halves, `high · 2^32 + low` with `low` unsigned.
#[derive(Clone, Copy)]
pub(crate) struct Split {
    high: i64,
    low: i64,
}

impl Split {
    /// A multiplier in its halves.
    #[inline(always)]
    pub(crate) const fn new(value: i64) -> Split {
        Split {
            high: value >> 32,
            low: value & 0xffff_ffff,
        }
    }

    /// `coefficient + (accumulator · self) / 2^64`, low by at most 3 (1.25 on average).
    ///
    /// Three 32-bit products; the missing fourth is what keeps the compiler from recognising a 128-bit
    /// multiplication and calling its slow routine.
    #[inline(always)]
    pub(crate) const fn step(self, accumulator: i64, coefficient: i64) -> i64 {
        let (high, low) = (accumulator >> 32, accumulator & 0xffff_ffff);
        coefficient + high * self.high + ((high * self.low) >> 32) + ((low * self.high) >> 32)
    }
}
