//! Arithmetic of values with moderate exponents, without a range check and in part without a branch. Each function says what it asks
//! of its operands.

use super::value::{Real, ZERO_SCALE};
use crate::number::mantissa::{mul_high, within_63};

impl Real {
    /// self · factor · 2^exponent, for a positive `self`, a factor above zero and moderate exponents: no range check.
    /// Relative error 3·2^-63 if the factor's top bit is set, doubling with each bit below.
    #[inline(always)]
    pub(crate) const fn scaled(self, factor: u64, exponent: i32) -> Real {
        Real::positive(
            mul_high(self.mantissa, factor),
            (self.scale >> 1) + exponent + 64,
        )
    }

    /// The same for either sign.
    #[inline(always)]
    pub(crate) const fn scaled_signed(self, factor: u64, exponent: i32) -> Real {
        let size = self.scaled(factor, exponent);
        Real {
            mantissa: size.mantissa,
            scale: size.scale + (self.scale & 1),
        }
    }

    /// The same for either sign, and for zero.
    #[inline(always)]
    pub(crate) const fn stretched(self, factor: u64, exponent: i32) -> Real {
        if self.mantissa == 0 {
            return Real::ZERO;
        }
        let size = self.scaled(factor, exponent);
        Real {
            mantissa: size.mantissa,
            scale: size.scale + (self.scale & 1),
        }
    }

    /// mantissa · 2^exponent for a mantissa above zero and a moderate exponent.
    #[inline(always)]
    pub(crate) const fn positive(mantissa: u64, exponent: i32) -> Real {
        let shift = mantissa.leading_zeros();
        Real {
            mantissa: mantissa << (shift & 63),
            scale: (exponent - shift as i32) * 2,
        }
    }

    /// ±mantissa · 2^exponent for a mantissa above zero and a moderate exponent.
    #[inline(always)]
    pub(crate) const fn signed(mantissa: u64, exponent: i32, negative: bool) -> Real {
        let size = Real::positive(mantissa, exponent);
        Real {
            mantissa: size.mantissa,
            scale: size.scale + negative as i32,
        }
    }

    /// An integer times a positive `unit`; zero if the integer is.
    #[inline(always)]
    pub(crate) const fn of_units(count: u64, unit: Real) -> Real {
        if count == 0 {
            return Real::ZERO;
        }
        let spare = count.leading_zeros();
        unit.scaled(count << spare, -(spare as i32))
    }

    /// Product of values other than zero with moderate exponents: no range check. Relative error 3·2^-63.
    #[inline(always)]
    pub(crate) const fn times_near(self, other: Real) -> Real {
        Real::signed(
            mul_high(self.mantissa, other.mantissa),
            (self.scale >> 1) + (other.scale >> 1) + 64,
            (self.scale ^ other.scale) & 1 == 1,
        )
    }

    /// Sum of values that are not below zero, without a branch. Relative error 2^-63.
    #[inline(always)]
    pub(crate) const fn plus_positive(self, other: Real) -> Real {
        let distance = self.scale - other.scale;
        // All ones if the other is the larger.
        let swap = distance >> 31;
        let exchange = (self.mantissa ^ other.mantissa) & swap as i64 as u64;
        let (high, low) = (self.mantissa ^ exchange, other.mantissa ^ exchange);
        let low = low >> within_63(((distance ^ swap) - swap) >> 1);
        let half = (high >> 1) + (low >> 1) + (high & low & 1);
        let carry = half >> 63;
        Real {
            mantissa: high.wrapping_add(low) >> carry | carry << 63,
            scale: self.scale - (distance & swap) + 2 * carry as i32,
        }
    }

    /// The two in this order or the other, without a branch.
    #[inline(always)]
    pub(crate) const fn ordered(keep: bool, first: Real, second: Real) -> (Real, Real) {
        let swap = keep as i32 - 1;
        let mantissa = (first.mantissa ^ second.mantissa) & swap as i64 as u64;
        let scale = (first.scale ^ second.scale) & swap;
        (
            Real {
                mantissa: first.mantissa ^ mantissa,
                scale: first.scale ^ scale,
            },
            Real {
                mantissa: second.mantissa ^ mantissa,
                scale: second.scale ^ scale,
            },
        )
    }

    /// Sum to 2^-62 of the larger of the two, without a branch: for values whose cancellation costs nothing.
    #[inline(always)]
    pub(crate) const fn plus_near(self, other: Real) -> Real {
        let distance = (self.scale >> 1) - (other.scale >> 1);
        // All ones if the other is the larger.
        let swap = distance >> 31;
        let exchange = (self.mantissa ^ other.mantissa) & swap as i64 as u64;
        let (high, low) = (self.mantissa ^ exchange, other.mantissa ^ exchange);
        let low = low >> 1 >> within_63((distance ^ swap) - swap);
        let opposite = -(((self.scale ^ other.scale) & 1) as i64) as u64;
        let sum = (high >> 1).wrapping_add((low ^ opposite).wrapping_sub(opposite));
        // With opposite signs and equal exponents the lower may be the larger; else the top bit may be part of the sum.
        let flip = ((sum & opposite) as i64 >> 63) as u64;
        let sum = (sum ^ flip).wrapping_sub(flip);
        let sign = self.scale ^ ((self.scale ^ other.scale) & swap) ^ flip as i32;
        let spare = sum.leading_zeros() as i32;
        let exponent = (self.scale >> 1) - (distance & swap) + 1 - spare;
        // All ones if nothing is left.
        let is_zero = -(spare >> 6);
        Real {
            mantissa: sum << (spare & 63),
            scale: (2 * exponent + (sign & 1)) & !is_zero | ZERO_SCALE & is_zero,
        }
    }

    /// self − other for 0 < `other` < `self`, to 2^-63 of `self`: for differences that do not cancel.
    #[inline(always)]
    pub(crate) const fn less(self, other: Real) -> Real {
        let low = other.mantissa >> within_63((self.scale - other.scale) >> 1);
        Real::positive(self.mantissa - low, self.scale >> 1)
    }
}
