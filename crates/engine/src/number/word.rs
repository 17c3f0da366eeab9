//! A number in one machine word, for the formulas around the prices: what a book, a hedge, a fee or a surface is made of.
//!
//! A [`Word`] is `±mantissa · 2^exponent` with a 55-bit mantissa: from the top a sign bit, nine bits of exponent and the
//! mantissa below its leading one. It has the faces of a [`crate::number::real::Real`], which has nine bits more but takes two
//! words and so travels through memory: a WASM function returns one value, and an operation on two-word numbers is three
//! times the code. Where the nine bits count, in the moneyness and the value of an option, numbers stay in 64-bit fixed
//! point ([`crate::book::frame`], [`crate::price::legs`]). An anchor's total vol is a `Word`, whose last bit is 1e-17 of spot or less in
//! an option's value; sums over a book of 1e10 quote units are known to a millionth of one.
//!
//! Every operation is total and a call; that goes for constants too, which stand in `const` items or blocks. A product or quotient above 2^255
//! saturates to the largest magnitude of its sign, one below 2^-255 becomes zero, and a division by zero saturates.
//!
//! | operation | relative error |
//! |---|---|
//! | `+`, `-` | 2^-55 of the result; with opposite signs 2^-62 of the larger operand beside |
//! | `*`, `/`, `sqrt` | ≤ 2^-54.9 |
//! | `exp`, `ln` | 2^-55 of the result, and 2^-54 beside |
//! | decimal in and out | in: ≤ 2^-54.9, whole numbers below 2^54 exact; out: exact in the stated direction |

use crate::number::mantissa::{leading_bits, mul_high, recip_mantissa, within_63};
use crate::number::operators::operators;
use crate::number::real::{Real, WAD};
use crate::number::special::exp::parts;
use crate::number::special::ln::ln_fixed;
use crate::number::special::root::Root;

const SIGN: u64 = 1 << 63;
/// Fraction bits of the mantissa in a word.
const FRACTION: u32 = 54;
/// Added to the exponent of the leading one.
const BIAS: i32 = 256;
/// The exponent field with all bits set.
const TOP: i32 = 511;
/// 1e-18: mantissa, and exponent of its lowest bit.
const WEI: (u64, i32) = (10_633_823_966_279_326_983, -123);

/// A signed number in 64 bits. See the module for precision and range.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Word(u64);

/// 1 + 2^-47, more than two hundred roundings: a number is not above this many times itself as computed.
pub(crate) const MARGIN: Word = Word::from_ratio((1 << 47) + 1, 1 << 47);

/// Where a number goes that lies between two integers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rounding {
    Down,
    Up,
    Nearest,
}

impl Word {
    /// 0.
    pub const ZERO: Word = Word(0);
    /// 1.
    pub const ONE: Word = Word::from_int(1);

    /// ±mantissa · 2^exponent, to the nearest; `sign` is bit 63.
    #[inline(never)]
    pub(crate) const fn of(mantissa: u64, exponent: i32, sign: u64) -> Word {
        let zeros = mantissa.leading_zeros() as i32;
        let mantissa = mantissa << (zeros & 63);
        let exponent = exponent - zeros + 63 + BIAS;
        // Each branch costs as much as all the rest.
        if (mantissa == 0) | ((exponent - 1) as u32 >= TOP as u32 - 1) {
            return if mantissa == 0 || exponent <= 0 {
                Word::ZERO
            } else {
                Word(sign | !SIGN)
            };
        }
        // The leading one counts one up in the exponent, and a carry of the rounding another.
        let bits = ((exponent as u64 - 1) << FRACTION) + (mantissa >> 9) + (mantissa >> 8 & 1);
        Word(sign | bits)
    }

    /// The mantissa with its top bit set; also of zero, whose exponent is the lowest.
    #[inline(always)]
    pub(crate) const fn mantissa(self) -> u64 {
        self.0 << 9 | SIGN
    }

    /// The exponent of the mantissa's lowest bit.
    #[inline(always)]
    pub(crate) const fn exponent(self) -> i32 {
        ((self.0 >> FRACTION) as i32 & TOP) - BIAS - 63
    }

    /// Bit 63 of the word.
    #[inline(always)]
    const fn sign(self) -> u64 {
        self.0 & SIGN
    }

    /// Whether the value is below zero.
    #[inline(always)]
    pub const fn is_negative(self) -> bool {
        self.0 >> 63 == 1
    }

    /// Whether the value is zero.
    #[inline(always)]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// An integer.
    #[inline(always)]
    pub const fn from_int(value: i64) -> Word {
        Word::from_fixed(value, 0)
    }

    /// A signed binary fixed-point number with `fraction` fraction bits.
    #[inline(never)]
    pub(crate) const fn from_fixed(value: i64, fraction: i32) -> Word {
        Word::of(value.unsigned_abs(), -fraction, value as u64 & SIGN)
    }

    /// `numerator / denominator`, for constants. A zero denominator saturates.
    pub const fn from_ratio(numerator: u64, denominator: u64) -> Word {
        Word::of(numerator, 0, 0).divided_by(Word::of(denominator, 0, 0))
    }

    /// A WAD integer (1e18 = 1).
    #[inline(never)]
    pub const fn from_wad_u128(wad: u128) -> Word {
        if wad == 0 {
            return Word::ZERO;
        }
        let (mantissa, exponent) = leading_bits(wad);
        Word::wei(mantissa, exponent)
    }

    /// `mantissa · 2^exponent` wei, for a mantissa with its top bit set.
    #[inline(always)]
    pub(crate) const fn wei(mantissa: u64, exponent: i32) -> Word {
        Word::of(mul_high(mantissa, WEI.0), exponent + WEI.1 + 64, 0)
    }

    /// A signed WAD integer (1e18 = 1).
    #[inline(never)]
    pub const fn from_wad_i128(wad: i128) -> Word {
        let size = Word::from_wad_u128(wad.unsigned_abs());
        if wad < 0 {
            size.negated()
        } else {
            size
        }
    }

    /// A WAD integer (1e18 = 1) that fits a word.
    #[inline(always)]
    pub const fn from_wad_u64(wad: u64) -> Word {
        Word::from_wad_u128(wad as u128)
    }

    /// To a WAD integer (1e18 = 1), toward −∞; saturates at ±(2^127 − 1).
    pub fn to_wad_down(self) -> i128 {
        self.to_wad(Rounding::Down)
    }

    /// To a WAD integer (1e18 = 1), toward +∞; saturates at ±(2^127 − 1).
    pub fn to_wad_up(self) -> i128 {
        self.to_wad(Rounding::Up)
    }

    /// To the nearest WAD integer (1e18 = 1), halves away from zero; saturates at ±(2^127 − 1).
    pub fn to_wad_nearest(self) -> i128 {
        self.to_wad(Rounding::Nearest)
    }

    #[inline(never)]
    fn to_wad(self, rounding: Rounding) -> i128 {
        // Exact: 124 bits.
        let product = self.mantissa() as u128 * WAD as u128;
        let shift = -self.exponent();
        let (mut size, away) = if shift >= 128 {
            (0, rounding != Rounding::Nearest && !self.is_zero())
        } else if shift > 0 {
            let doubled = product >> (shift - 1);
            let away = match rounding {
                Rounding::Nearest => doubled & 1 != 0,
                _ => product << (128 - shift) != 0,
            };
            (doubled >> 1, away)
        } else if product.leading_zeros() as i32 > -shift {
            (product << -shift, false)
        } else {
            (i128::MAX as u128, false)
        };
        let is_directed_in = match rounding {
            Rounding::Down => !self.is_negative(),
            Rounding::Up => self.is_negative(),
            Rounding::Nearest => false,
        };
        size += (away && !is_directed_in) as u128;
        if self.is_negative() {
            -(size as i128)
        } else {
            size as i128
        }
    }

    /// To signed binary fixed point with `fraction` fraction bits, toward zero, saturating at ±(2^63 − 1).
    #[inline(never)]
    pub(crate) const fn to_fixed(self, fraction: i32) -> i64 {
        let shift = -(self.exponent() + fraction);
        let size = if shift <= 0 {
            i64::MAX
        } else if shift > 63 {
            0
        } else {
            (self.mantissa() >> shift) as i64
        };
        if self.is_negative() {
            -size
        } else {
            size
        }
    }

    /// |self|.
    #[inline(always)]
    pub const fn abs(self) -> Word {
        Word(self.0 & !SIGN)
    }

    /// self²: one call, unlike the product of an expression with itself.
    #[inline(always)]
    pub const fn square(self) -> Word {
        self.times(self)
    }

    /// 1 / self; saturates at zero.
    #[inline(always)]
    pub const fn recip(self) -> Word {
        Word::ONE.divided_by(self)
    }

    /// self / 2.
    #[inline(always)]
    pub const fn half(self) -> Word {
        self.times(const { Word::from_ratio(1, 2) })
    }

    /// 2 · self.
    #[inline(always)]
    pub const fn double(self) -> Word {
        self.plus(self)
    }

    /// self · 2^power, for a moderate power.
    pub(crate) const fn mul_pow2(self, power: i32) -> Word {
        if self.is_zero() {
            return self;
        }
        Word::of(self.mantissa(), self.exponent() + power, self.sign())
    }

    #[inline(always)]
    const fn negated(self) -> Word {
        Word(self.0 ^ if self.0 == 0 { 0 } else { SIGN })
    }

    #[inline(never)]
    const fn plus(self, other: Word) -> Word {
        // All ones where the first is larger.
        let is_larger = ((self.abs().0 > other.abs().0) as u64).wrapping_neg();
        let swapped = (self.0 ^ other.0) & is_larger;
        let (high, low) = (Word(other.0 ^ swapped), Word(self.0 ^ swapped));
        if low.is_zero() {
            return high;
        }
        let small = low.mantissa() >> 1 >> within_63(high.exponent() - low.exponent());
        let large = high.mantissa() >> 1;
        // All ones where their signs differ.
        let differs = ((high.0 ^ low.0) as i64 >> 63) as u64;
        let sum = large.wrapping_add((small ^ differs).wrapping_sub(differs));
        Word::of(sum, high.exponent() + 1, high.sign())
    }

    #[inline(never)]
    const fn minus(self, other: Word) -> Word {
        self.plus(other.negated())
    }

    #[inline(never)]
    const fn times(self, other: Word) -> Word {
        if self.is_zero() | other.is_zero() {
            return Word::ZERO;
        }
        Word::of(
            mul_high(self.mantissa(), other.mantissa()),
            self.exponent() + other.exponent() + 64,
            self.sign() ^ other.sign(),
        )
    }

    #[inline(never)]
    const fn divided_by(self, other: Word) -> Word {
        if self.is_zero() {
            return self;
        }
        if other.is_zero() {
            return Word(self.0 | !SIGN);
        }
        Word::of(
            mul_high(self.mantissa(), recip_mantissa(other.mantissa())),
            self.exponent() - other.exponent() - 63,
            self.sign() ^ other.sign(),
        )
    }

    /// Square root; zero for a negative value.
    #[inline(never)]
    pub const fn sqrt(self) -> Word {
        if self.is_zero() || self.is_negative() {
            return Word::ZERO;
        }
        let Root { root, exponent, .. } = Root::of(self.mantissa(), self.exponent());
        Word::of(root, exponent - 64, 0)
    }

    /// e^self; saturates.
    #[inline(never)]
    pub fn exp(self) -> Word {
        match parts(Real::from(self)) {
            Some((fraction, n)) => Word::of(fraction, n - 63, 0),
            None if self.is_negative() => Word::ZERO,
            None => Word(!SIGN),
        }
    }

    /// ln |self|; of zero the lowest value that a logarithm has.
    #[inline(never)]
    pub fn ln(self) -> Word {
        let log = ln_fixed(self.mantissa(), 1 << 63, self.exponent() + 63, FRACTION);
        Word::from_fixed(log, FRACTION as i32)
    }

    /// What orders words as integers.
    #[inline(always)]
    const fn key(self) -> i64 {
        let size = self.abs().0 as i64;
        if self.is_negative() {
            -size
        } else {
            size
        }
    }

    #[inline(never)]
    const fn is_below(self, other: Word) -> bool {
        self.key() < other.key()
    }
}

/// The same number.
impl From<Word> for Real {
    #[inline(always)]
    fn from(word: Word) -> Real {
        if word.is_zero() {
            return Real::ZERO;
        }
        Real::from_parts(word.mantissa(), word.exponent(), word.is_negative())
    }
}

/// To the nearest.
impl From<Real> for Word {
    #[inline(always)]
    fn from(real: Real) -> Word {
        Word::of(
            real.mantissa(),
            real.exponent(),
            (real.is_negative() as u64) << 63,
        )
    }
}

operators!(Word);

#[cfg(test)]
mod tests;
