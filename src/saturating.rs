//! Saturating arithmetic of 128-bit numbers, out of line: money is counted in hundreds of places, where each sum in line is longer
//! than a call.

/// Arithmetic that saturates.
pub trait Saturating {
    /// The sum, or the bound that it is beyond.
    fn plus(self, other: Self) -> Self;

    /// The difference, or the bound that it is beyond.
    fn less(self, other: Self) -> Self;

    /// The product, or the bound that it is beyond.
    fn times(self, other: Self) -> Self;
}

impl Saturating for u128 {
    #[inline(never)]
    fn plus(self, other: u128) -> u128 {
        self.saturating_add(other)
    }

    #[inline(never)]
    fn less(self, other: u128) -> u128 {
        self.saturating_sub(other)
    }

    #[inline(never)]
    fn times(self, other: u128) -> u128 {
        self.saturating_mul(other)
    }
}

impl Saturating for i128 {
    #[inline(never)]
    fn plus(self, other: i128) -> i128 {
        self.saturating_add(other)
    }

    #[inline(never)]
    fn less(self, other: i128) -> i128 {
        self.saturating_sub(other)
    }

    #[inline(never)]
    fn times(self, other: i128) -> i128 {
        self.saturating_mul(other)
    }
}

/// Quotients that round up.
pub trait DivideUp {
    /// The quotient by a number above zero, rounded up.
    fn divided_up(self, divisor: Self) -> Self;
}

impl DivideUp for u128 {
    #[inline(never)]
    fn divided_up(self, divisor: u128) -> u128 {
        self.div_ceil(divisor)
    }
}
