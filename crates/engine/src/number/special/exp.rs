//! The exponential.
//!
//! `e^x = 2^n · e^r` with n = round(x / ln 2), so |r| ≤ ln 2 / 2. The remainder is taken modulo 2^64 in 64-bit
//! fixed point, where it fits although x and n·ln 2 do not. `e^r` is a polynomial of degree 12 (error 2^-64);
//! its last four coefficients need only 32-bit steps.
//!
//! Relative error: 2^-60 for |x| ≤ 16, beyond that the rounding of x itself (|x|·2^-63) dominates.

use super::horner::Split;
use crate::number::real::Real;

/// ln 2 · 2^64.
const LN_2: u64 = 12_786_308_645_202_655_660;
/// 2^30 / ln 2.
const LOG2_E: i64 = 1_549_082_005;

/// `e^r = 1 + r·slope`.
pub(crate) struct Fraction {
    /// r, 64 fraction bits.
    remainder: i64,
    /// (e^r − 1)/r, 62 fraction bits.
    slope: i64,
}

/// (e^r − 1)/r, 62 fraction bits, for |r| ≤ ln 2 / 2 + 2^-9, with 64 fraction bits.
#[inline(always)]
fn slope(r: i64) -> i64 {
    let short = r >> 32;
    let tail = 7_069_407 + ((588_904 * short) >> 32);
    let tail = 77_566_764 + ((tail * short) >> 32);
    let tail = 775_666_865 + ((tail * short) >> 32);
    let sum = 114_377_133_624_991 + ((tail * short) >> 18);
    let r = Split::new(r);
    let sum = r.step(sum, 915_017_070_389_327);
    let sum = r.step(sum, 6_405_119_470_029_839);
    let sum = r.step(sum, 38_430_716_820_113_396);
    let sum = r.step(sum, 192_153_584_101_141_288);
    let sum = r.step(sum, 768_614_336_404_566_396);
    let sum = r.step(sum, 2_305_843_009_213_693_953);
    r.step(sum, 4_611_686_018_427_387_898)
}

impl Fraction {
    #[inline(always)]
    fn new(remainder: i64) -> Fraction {
        Fraction {
            remainder,
            slope: slope(remainder),
        }
    }

    /// e^r with 63 fraction bits, in (0.70, 1.42).
    #[inline(always)]
    pub(crate) fn value(&self) -> u64 {
        (Split::new(self.remainder).step(self.slope, (1 << 62) + 1) as u64) << 1
    }
}

/// Splits x into n·ln 2, and the rest with 64 fraction bits. `None` when n would not fit (|x| ≥ 2^20).
#[inline(always)]
fn reduce(x: Real) -> Option<(i64, i32)> {
    let (m, exponent) = (x.mantissa(), x.exponent());
    if exponent > 20 - 64 {
        return None;
    }
    // |x| in 64 fraction bits modulo 2^64, and in 12 fraction bits.
    let up = exponent + 64;
    let fixed = if up >= 0 { m << up } else { m >> (-up).min(63) };
    let n = ((m >> (-12 - exponent).min(63)) * LOG2_E as u64 + (1 << 41)) >> 42;
    let remainder = fixed.wrapping_sub(n.wrapping_mul(LN_2)) as i64;
    Some(if x.is_negative() {
        (-remainder, -(n as i32))
    } else {
        (remainder, n as i32)
    })
}

/// [`Fraction::value`] as a call, for what is not computed by the dozen.
#[inline(never)]
fn value(remainder: i64) -> u64 {
    Fraction::new(remainder).value()
}

/// e^x as a fraction with 63 fraction bits, in (0.70, 1.42), and n, by whose power of two it is to be multiplied.
/// `None` for |x| ≥ 2^20.
#[inline(always)]
pub(crate) fn parts(x: Real) -> Option<(u64, i32)> {
    reduce(x).map(|(remainder, n)| (value(remainder), n))
}

/// e^x. Saturates for x ≥ 2^20, zero for x ≤ −2^20.
#[inline(never)]
pub fn exp(x: Real) -> Real {
    match parts(x) {
        Some((fraction, n)) => Real::positive(fraction, n - 63),
        None if x.is_negative() => Real::ZERO,
        None => Real::ONE.mul_pow2(i32::MAX),
    }
}

/// (e^x − 1)/x with 62 fraction bits, and e^x with 63, for x with 64 fraction bits and |x| ≤ 1/4.
#[inline(always)]
pub(crate) fn small(x: i64) -> (u64, u64) {
    let fraction = Fraction::new(x);
    (fraction.slope as u64, fraction.value())
}

/// e^x − 1, to the relative precision of [`exp`] also where x is small.
#[inline(never)]
pub fn exp_minus_one(x: Real) -> Real {
    match reduce(x) {
        Some((remainder, 0)) => x.stretched(slope(remainder) as u64, -62),
        _ => exp(x) - Real::ONE,
    }
}

/// `e^(−d²/2)` for |d| < 32 with 58 fraction bits: the fraction's value, 63 fraction bits, and n ≥ 0 with
/// `e^(−d²/2) = value · 2^-n`.
#[inline(always)]
pub(crate) fn gaussian(d: u64) -> (u64, i32) {
    let (high, low) = (d >> 32, d & 0xffff_ffff);
    // d²/2 with 64 fraction bits, modulo 2^64.
    let half_square = ((high * high) << 11)
        .wrapping_add((high * low) >> 20)
        .wrapping_add((low * low) >> 53);
    let n = (((high * high) >> 41) * LOG2_E as u64 + (1 << 41)) >> 42;
    let remainder = n.wrapping_mul(LN_2).wrapping_sub(half_square);
    (Fraction::new(remainder as i64).value(), n as i32)
}
