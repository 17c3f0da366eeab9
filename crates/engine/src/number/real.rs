//! The engine's number: a binary floating-point value built from integers.
//!
//! A [`Real`] is `±mantissa · 2^exponent` with a full 64-bit mantissa (`2^63 ≤ mantissa < 2^64`), or zero.
//! It carries prices, sizes, vols and probabilities alike at a relative precision of about 19 digits, so no
//! formula needs to care about scales. Decimal integers exist only at the edges ([`Real::from_wad_u128`],
//! [`Real::to_wad_down`] and their kin).
//!
//! Every operation is total. Exponents live in [−2^27, 2^27): a product or quotient above that range saturates to the
//! largest magnitude of its sign, one below it becomes zero, and a division by zero saturates. (A sum, which moves
//! an exponent by at most 64, is left to the next product.) Neither end is within reach of any formula over the
//! domain of this crate.
//!
//! | operation | relative error |
//! |---|---|
//! | `+`, `-` | ≤ 2^-63 of the result (cancellation included: operands are taken as exact) |
//! | `*`, `square` | ≤ 2^-62.4; exact for factors of at most 32 significant bits, and for powers of two |
//! | `/`, `recip` | ≤ 2^-60.4 |
//! | `sqrt` | ≤ 2^-61; exact for squares of integers below 2^31 |
//! | decimal in and out | in: ≤ 2^-62, whole numbers exact; out: exact in the stated direction |

use crate::number::operators::operators;

/// Exponents of non-zero values stay below this and not below its negative.
const EXPONENT_LIMIT: i32 = 1 << 27;
/// The exponent that marks zero: so low that a product with any value is still recognised as underflow.
const ZERO_SCALE: i32 = -(1 << 30);
/// 1e18, the scale of decimal fixed point.
const WAD: u64 = 1_000_000_000_000_000_000;

/// A signed number with a 64-bit mantissa. See the module for precision and range.
///
/// `scale` is `2·exponent + sign` so that a value is two machine words and travels in registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Real {
    mantissa: u64,
    scale: i32,
}

/// High half of a 64×64-bit product, low by at most 3. Three 32-bit products; the missing fourth is what
/// keeps the compiler from recognising the pattern and calling its slow 128-bit multiply.
#[inline(always)]
pub(crate) const fn mul_high(a: u64, b: u64) -> u64 {
    let (a1, a0) = (a >> 32, a & 0xffff_ffff);
    let (b1, b0) = (b >> 32, b & 0xffff_ffff);
    a1 * b1 + ((a1 * b0) >> 32) + ((a0 * b1) >> 32)
}

/// 2^127 / b for a normalised `b`, relative error below 2^-61.
///
/// A 33-bit quotient and one Newton step on it; the residual 1 − b·x is taken modulo 2^64, where it fits.
#[inline(always)]
pub(crate) const fn recip_mantissa(b: u64) -> u64 {
    let half = u64::MAX / ((b >> 31) | 1);
    let x = 2 * half + 1;
    let product = (b >> 32)
        .wrapping_mul(x)
        .wrapping_add(((b & 0xffff_ffff) * half) >> 31);
    let residual = (product as i64).wrapping_neg();
    (x << 31).wrapping_add(((half as i64).wrapping_mul(residual >> 2) >> 30) as u64)
}

/// The 64 leading bits of a number above zero, and the exponent of the lowest of them.
#[inline(always)]
pub(crate) const fn leading_bits(value: u128) -> (u64, i32) {
    let (high, low) = ((value >> 64) as u64, value as u64);
    if high == 0 {
        let shift = low.leading_zeros();
        return (low << shift, -(shift as i32));
    }
    let shift = high.leading_zeros();
    (
        high << shift | (low >> 1) >> (63 - shift),
        64 - shift as i32,
    )
}

/// A shift of 0 or more, held at 63.
#[inline(always)]
pub(crate) const fn within_63(shift: i32) -> u32 {
    ((shift | ((63 - shift) >> 31)) & 63) as u32
}

/// value / 2^right, or value · 2^-right if that is negative; either below 64. Bits may be lost to the left.
#[inline(always)]
pub(crate) const fn shifted(value: u64, right: i32) -> u64 {
    let is_left = right >> 31;
    value << (-right & is_left & 63) >> within_63(right & !is_left)
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

    /// A WAD integer (1e18 = 1).
    #[inline(never)]
    pub const fn from_wad_u128(wad: u128) -> Real {
        if wad == 0 {
            return Real::ZERO;
        }
        let (mantissa, exponent) = leading_bits(wad);
        Real::wei(mantissa, exponent)
    }

    /// `mantissa · 2^exponent` wei, for a mantissa with its top bit set.
    ///
    /// 1e-18 in 64 bits is short by 0.2304 of the last; the product makes up for it with 0.2305, so that whole
    /// numbers of WADs come out exact.
    #[inline(always)]
    pub(crate) const fn wei(mantissa: u64, exponent: i32) -> Real {
        const HIGH: u64 = Real::WEI.mantissa >> 32;
        const LOW: u64 = Real::WEI.mantissa & 0xffff_ffff;
        const SHORTFALL: u64 = 990_000_000;
        let (m1, m0) = (mantissa >> 32, mantissa & 0xffff_ffff);
        let cross = m1 * LOW + ((m0 * LOW) >> 32);
        let middle = m0 * HIGH + (cross & 0xffff_ffff) + ((m1 * SHORTFALL) >> 32);
        let high = m1 * HIGH + (cross >> 32) + (middle >> 32);
        let short = 1 ^ (high >> 63);
        let leading = high << short | (middle << 32 >> 63) & short;
        Real::from_parts(
            leading,
            Real::WEI.exponent() + exponent + 64 - short as i32,
            false,
        )
    }

    /// A signed WAD integer (1e18 = 1).
    #[inline(never)]
    pub const fn from_wad_i128(wad: i128) -> Real {
        let magnitude = Real::from_wad_u128(wad.unsigned_abs());
        if wad < 0 {
            magnitude.negated()
        } else {
            magnitude
        }
    }

    /// A WAD integer (1e18 = 1) that fits a word.
    #[inline(never)]
    pub const fn from_wad_u64(wad: u64) -> Real {
        Real::word_wei(wad)
    }

    /// An integer of wei.
    #[inline(always)]
    pub(crate) const fn word_wei(wad: u64) -> Real {
        if wad == 0 {
            return Real::ZERO;
        }
        let shift = wad.leading_zeros();
        Real::wei(wad << shift, -(shift as i32))
    }

    /// 1e-18.
    const WEI: Real = Real::from_parts(10_633_823_966_279_326_983, -123, false);

    /// To a WAD integer (1e18 = 1), toward −∞; saturates at ±(2^127 − 1).
    pub const fn to_wad_down(self) -> i128 {
        self.to_wad(0)
    }

    /// To a WAD integer (1e18 = 1), toward +∞; saturates at ±(2^127 − 1).
    pub const fn to_wad_up(self) -> i128 {
        self.to_wad(1)
    }

    /// Toward +∞ if `up` is 1, toward −∞ if it is 0.
    #[inline(never)]
    const fn to_wad(self, up: u64) -> i128 {
        // The exact 124-bit product, as two words.
        const HIGH: u64 = WAD >> 32;
        const LOW: u64 = WAD & 0xffff_ffff;
        let (m1, m0) = (self.mantissa >> 32, self.mantissa & 0xffff_ffff);
        let cross = m1 * LOW + ((m0 * LOW) >> 32);
        let middle = m0 * HIGH + (cross & 0xffff_ffff);
        let high = m1 * HIGH + (cross >> 32) + (middle >> 32);
        let low = self.mantissa.wrapping_mul(WAD);
        let shift = -self.exponent();
        // Below 1, then up to 2^64, then what is beyond reach of either.
        let (upper, lower, cut) = if (shift as u32).wrapping_sub(64) < 64 {
            let cut = low | (high << 1) << (127 - shift);
            (0, high >> (shift - 64), cut)
        } else if (shift as u32) < 64 {
            let cut = (low << 1) << (63 - shift);
            (
                high >> shift,
                low >> shift | (high << 1) << (63 - shift),
                cut,
            )
        } else {
            self.far_wad(high, low)
        };
        let negative = (self.scale & 1) as u64;
        let away = (cut != 0) as u64 & (up ^ negative);
        let magnitude = ((upper as u128) << 64 | lower as u128) + away as u128;
        let sign = -(negative as i128);
        (magnitude as i128 ^ sign) - sign
    }

    /// Upper and lower word and what is cut off, of a product with the WAD given by its words, for an exponent below −127
    /// or above zero.
    #[cold]
    #[inline(never)]
    const fn far_wad(self, high: u64, low: u64) -> (u64, u64, u64) {
        let up = self.exponent();
        if up < 0 {
            (0, 0, self.mantissa)
        } else if up < high.leading_zeros() as i32 {
            (high << up | (low >> 1) >> (63 - up), low << up, 0)
        } else {
            (u64::MAX >> 1, u64::MAX, 0)
        }
    }

    /// To the nearest WAD integer (1e18 = 1), halves toward +∞, within the precision of one sum; saturates at ±(2^127 − 1).
    pub const fn to_wad_nearest(self) -> i128 {
        self.plus(Real::WEI.mul_pow2(-1)).to_wad_down()
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

    const fn negated(self) -> Real {
        Real {
            mantissa: self.mantissa,
            scale: self.scale ^ (self.mantissa != 0) as i32,
        }
    }

    /// Sum.
    #[inline(never)]
    const fn plus(self, other: Real) -> Real {
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

#[cfg(test)]
mod tests;
