//! The value itself: its parts, binary conversions, and the arithmetic of all operands.

use crate::number::mantissa::recip_mantissa;
use crate::number::operators::operators;

/// Exponents of non-zero values stay below this and not below its negative.
pub(super) const EXPONENT_LIMIT: i32 = 1 << 27;
/// The exponent that marks zero: so low that a product with any value is still recognised as underflow.
pub(super) const ZERO_SCALE: i32 = -(1 << 30);

/// A signed number with a 64-bit mantissa. See [`super`] for precision and range.
///
/// `scale` is `2·exponent + sign` so that a value is two machine words and travels in registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Real {
    /// With its top bit set, or zero for zero.
    pub(super) mantissa: u64,
    /// 2·exponent, and 1 for a negative number.
    pub(super) scale: i32,
}

/// The value itself; spares the division by it a check.
#[inline(always)]
const fn non_zero(value: u64) -> u64 {
    if value == 0 {
        1
    } else {
        value
    }
}

impl Default for Real {
    fn default() -> Self {
        Real::ZERO
    }
}

impl Real {
    /// 0.
    pub const ZERO: Real = Real {
        mantissa: 0,
        scale: ZERO_SCALE,
    };
    /// 1.
    pub const ONE: Real = Real::from_parts(1 << 63, -63, false);

    /// `±mantissa · 2^exponent` for a mantissa with its top bit set and an exponent in range.
    #[inline(always)]
    pub(crate) const fn from_parts(mantissa: u64, exponent: i32, negative: bool) -> Real {
        Real {
            mantissa,
            scale: exponent * 2 + negative as i32,
        }
    }

    /// The same for any exponent: saturates above the range, zero below it. `scale` holds the sign.
    #[inline(always)]
    const fn bounded(mantissa: u64, scale: i32) -> Real {
        if scale.wrapping_add(2 * EXPONENT_LIMIT) as u32 >= 4 * EXPONENT_LIMIT as u32 {
            return Real::out_of_range(scale);
        }
        Real { mantissa, scale }
    }

    #[cold]
    #[inline(never)]
    const fn out_of_range(scale: i32) -> Real {
        if scale < 0 {
            return Real::ZERO;
        }
        Real::from_parts(u64::MAX, EXPONENT_LIMIT - 1, scale & 1 == 1)
    }

    /// `mantissa · 2^exponent` for any mantissa.
    #[inline(never)]
    pub(crate) const fn normalised(mantissa: u64, exponent: i32, negative: bool) -> Real {
        if mantissa == 0 {
            return Real::ZERO;
        }
        let shift = mantissa.leading_zeros();
        Real::bounded(
            mantissa << shift,
            (exponent - shift as i32) * 2 + negative as i32,
        )
    }

    /// The mantissa: zero, or its top bit is set.
    #[inline(always)]
    pub const fn mantissa(self) -> u64 {
        self.mantissa
    }

    /// The exponent of the mantissa's lowest bit; meaningless for zero.
    #[inline(always)]
    pub const fn exponent(self) -> i32 {
        self.scale >> 1
    }

    /// `2·exponent + sign`, as stored.
    #[inline(always)]
    pub(crate) const fn scale(self) -> i32 {
        self.scale
    }

    /// The value as two words, for writing to memory: the mantissa, and twice the exponent with the sign in bit 0.
    #[inline(always)]
    pub const fn to_words(self) -> [u64; 2] {
        [self.mantissa, self.scale as u64]
    }

    /// The value that [`Real::to_words`] wrote. Words that it cannot have written make a value without a meaning,
    /// which the domain checks of [`crate::price::black_scholes`] refuse.
    #[inline(always)]
    pub const fn from_words([mantissa, scale]: [u64; 2]) -> Real {
        Real {
            mantissa,
            scale: scale as i32,
        }
    }

    /// Whether the value is below zero.
    #[inline(always)]
    pub const fn is_negative(self) -> bool {
        self.scale & 1 == 1
    }

    /// Whether the value is zero.
    #[inline(always)]
    pub const fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// `numerator / denominator`, for constants. A zero denominator saturates.
    pub const fn from_ratio(numerator: u64, denominator: u64) -> Real {
        Real::normalised(numerator, 0, false).divided_by(Real::normalised(denominator, 0, false))
    }

    /// An integer, exactly.
    pub const fn from_int(value: i64) -> Real {
        Real::normalised(value.unsigned_abs(), 0, value < 0)
    }

    /// A signed binary fixed-point number with `fraction` fraction bits, exactly.
    pub(crate) const fn from_fixed(value: i64, fraction: i32) -> Real {
        Real::normalised(value.unsigned_abs(), -fraction, value < 0)
    }

    /// To signed binary fixed point with `fraction` fraction bits, toward zero, saturating at ±(2^63 − 1).
    #[inline(never)]
    pub(crate) const fn to_fixed(self, fraction: i32) -> i64 {
        let shift = self.exponent() + fraction;
        let magnitude = if shift >= 0 {
            i64::MAX
        } else if shift <= -64 {
            0
        } else {
            (self.mantissa >> -shift) as i64
        };
        if self.is_negative() {
            -magnitude
        } else {
            magnitude
        }
    }

    /// |self|.
    #[inline(always)]
    pub const fn abs(self) -> Real {
        Real {
            mantissa: self.mantissa,
            scale: self.scale & !1,
        }
    }

    /// self².
    #[inline(always)]
    pub fn square(self) -> Real {
        self * self
    }

    /// 1 / self; saturates at zero.
    #[inline(always)]
    pub fn recip(self) -> Real {
        Real::ONE / self
    }

    /// self / 2, exactly.
    #[inline(always)]
    pub const fn half(self) -> Real {
        self.mul_pow2(-1)
    }

    /// 2 · self, exactly.
    #[inline(always)]
    pub const fn double(self) -> Real {
        self.mul_pow2(1)
    }

    /// self · 2^power, exactly unless out of range.
    #[inline(always)]
    pub const fn mul_pow2(self, power: i32) -> Real {
        if self.mantissa == 0 {
            return Real::ZERO;
        }
        // Both terms are far below 2^30, so the sum cannot wrap.
        let bound = 4 * EXPONENT_LIMIT;
        let power = if power > bound {
            bound
        } else if power < -bound {
            -bound
        } else {
            power
        };
        Real::bounded(self.mantissa, self.scale + 2 * power)
    }

    /// −x, also in constants.
    pub(super) const fn negated(self) -> Real {
        Real {
            mantissa: self.mantissa,
            scale: self.scale ^ (self.mantissa != 0) as i32,
        }
    }

    /// Sum.
    #[inline(never)]
    pub(super) const fn plus(self, other: Real) -> Real {
        if self.scale >= other.scale {
            Real::plus_smaller(self, other)
        } else {
            Real::plus_smaller(other, self)
        }
    }

    /// Sum, for exponents in descending order. `b` is shifted into 128 bits, so that cancellation loses nothing.
    ///
    /// Carries are kept as integers: as truth values they would be compiled to `select`, the dearest of
    /// the plain instructions.
    #[inline(always)]
    const fn plus_smaller(a: Real, b: Real) -> Real {
        let distance = a.exponent() - b.exponent();
        if distance > 63 {
            return a;
        }
        let high = b.mantissa >> distance;
        if (a.scale ^ b.scale) & 1 == 0 {
            let half = (a.mantissa >> 1) + (high >> 1) + (a.mantissa & high & 1);
            let carry = half >> 63;
            let sum = a.mantissa.wrapping_add(high);
            return Real {
                mantissa: sum >> carry | carry << 63,
                scale: a.scale + 2 * carry as i32,
            };
        }
        let low = (b.mantissa << 1) << (63 - distance);
        // With equal exponents the other operand may be the larger; `low` is then zero.
        let (difference, flipped) = a.mantissa.overflowing_sub(high);
        let mask = (flipped as u64).wrapping_neg();
        let difference = ((difference ^ mask).wrapping_sub(mask)).wrapping_sub((low != 0) as u64);
        let scale = a.scale ^ flipped as i32;
        let low = low.wrapping_neg();
        if difference == 0 {
            return Real::normalised(low, (scale >> 1) - 64, scale & 1 == 1);
        }
        let shift = difference.leading_zeros();
        Real {
            mantissa: difference << shift | (low >> 1) >> (63 - shift),
            scale: scale - 2 * shift as i32,
        }
    }

    #[inline(always)]
    const fn minus(self, other: Real) -> Real {
        self.plus(other.negated())
    }

    /// Product: four 32-bit products, of which the lowest keeps 31 bits.
    #[inline(never)]
    const fn times(self, other: Real) -> Real {
        let (a1, a0) = (self.mantissa >> 32, self.mantissa & 0xffff_ffff);
        let (b1, b0) = (other.mantissa >> 32, other.mantissa & 0xffff_ffff);
        let high = a1 * b1;
        let middle = ((a1 * b0) >> 1) + ((a0 * b1) >> 1) + ((a0 * b0) >> 33);
        // One bit more when the product is below 2^127.
        let short = 1 ^ ((high + (middle >> 31)) >> 63);
        Real::bounded(
            (high << short) + (middle >> (31 - short)),
            (self.scale & !1)
                + (other.scale & !1)
                + 2 * (64 - short as i32)
                + ((self.scale ^ other.scale) & 1),
        )
    }

    /// Quotient, through the reciprocal.
    #[inline(never)]
    const fn divided_by(self, other: Real) -> Real {
        if other.mantissa == 0 {
            return if self.mantissa == 0 {
                self
            } else {
                Real::out_of_range(EXPONENT_LIMIT | (self.scale & 1))
            };
        }
        let inverse = recip_mantissa(other.mantissa);
        // The reciprocal of the largest mantissa may round to just below 2^63.
        let inverse = if inverse >> 63 == 0 { 1 << 63 } else { inverse };
        self.times(Real {
            mantissa: inverse,
            scale: (-127 - other.exponent()) * 2 + (other.scale & 1),
        })
    }

    /// Square root; zero for a negative value.
    ///
    /// Three Newton steps from a linear seed give the upper 32 bits, the remainder's first-order term the lower.
    #[inline(never)]
    pub const fn sqrt(self) -> Real {
        if self.mantissa == 0 || self.is_negative() {
            return Real::ZERO;
        }
        let odd = self.exponent() & 1;
        let radicand = self.mantissa >> odd;
        let mut root = (radicand >> 36) * 11 + 0x57ae_147a;
        let mut step = 0;
        while step < 3 {
            root = non_zero((root + radicand / root) >> 1);
            step += 1;
        }
        let remainder = radicand.wrapping_sub(root.wrapping_mul(root)) as i64;
        let correction = (remainder << 30) / root as i64;
        let mantissa = (root << 32).wrapping_add((correction << 1) as u64);
        // Just below 2^64 the sum may wrap around; the top bit is then clear, and all ones is nearest.
        let mantissa = mantissa | ((mantissa >> 63) ^ 1).wrapping_neg();
        Real::from_parts(mantissa, (self.exponent() + odd) / 2 - 32, false)
    }

    /// Whether `self < other`.
    #[inline(never)]
    const fn is_below(self, other: Real) -> bool {
        let negative = self.is_negative();
        if negative != other.is_negative() {
            return negative;
        }
        let (a, b) = if negative {
            (other, self)
        } else {
            (self, other)
        };
        a.scale < b.scale || (a.scale == b.scale && a.mantissa < b.mantissa)
    }
}

operators!(Real);
