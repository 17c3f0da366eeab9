//! The natural logarithm.
//!
//! With the mantissa brought to m in [1/√2, √2], `ln x = n·ln 2 + 2·atanh(z)`, z = (m − 1)/(m + 1),
//! |z| ≤ 0.1716, and atanh an odd polynomial of degree 17 (error 2^-66 relative to z). Because z is formed from
//! an exact difference, the result is relatively precise also where x is close to 1.
//!
//! Relative error: 2^-59.

use super::horner::Split;
use crate::real::{mul_high, recip_mantissa, Real};

/// ln 2.
const LN_2: Real = Real::from_parts(12_786_308_645_202_655_660, -64, false);
/// √2 with 63 fraction bits.
const SQRT_2: u64 = 13_043_817_825_332_782_212;

/// 2·atanh(z)/z for t = z² ≤ 0.0295 with 64 fraction bits; the result has 61.
#[inline(always)]
fn atanh_ratio(t: i64) -> i64 {
    let short = t >> 28;
    let tail = 1_138_016_657 + ((1_139_599_040 * short) >> 36);
    let tail = 1_321_749_000 + ((tail * short) >> 36);
    let t = Split::new(t);
    let sum = 419_243_146_630_498_370 + ((tail * short) >> 8);
    let sum = t.step(sum, 512_409_568_241_586_177);
    let sum = t.step(sum, 658_812_288_285_543_607);
    let sum = t.step(sum, 922_337_203_685_653_916);
    let sum = t.step(sum, 1_537_228_672_809_129_107);
    t.step(sum, 4_611_686_018_427_387_905)
}

/// ln((1 + z)/(1 − z)) of z = numerator/denominator in (0, 0.1718], relatively precise.
/// Each argument is a mantissa with its top bit set and an exponent.
#[inline(never)]
pub(crate) fn two_atanh(numerator: u64, denominator: u64, exponent: i32) -> Real {
    let quotient = mul_high(numerator, recip_mantissa(denominator));
    // z = quotient · 2^(exponent − 63), here with 65 fraction bits; the exponent is −2 or less.
    let z = quotient >> (-2 - exponent).min(63);
    let ratio = atanh_ratio((mul_high(z, z) >> 2) as i64);
    Real::positive(mul_high(quotient, (ratio as u64) << 1), exponent - 61)
}

/// ln(a/b) for a, b > 0, relatively precise also where they are close: their difference is exact.
/// For anything without a logarithm, the most negative value.
#[inline(never)]
pub fn ln_ratio(a: Real, b: Real) -> Real {
    if (a.mantissa() & b.mantissa()) >> 63 == 0 || a.is_negative() | b.is_negative() {
        return -Real::ONE.mul_pow2(i32::MAX);
    }
    // a/b = 2^n · x/y with x/y in [1/√2, √2].
    let (mut x, mut y, mut n) = (a.mantissa(), b.mantissa(), a.exponent() - b.exponent());
    if x >> 1 > mul_high(y, SQRT_2) {
        x >>= 1;
        n += 1;
    } else if y >> 1 > mul_high(x, SQRT_2) {
        y >>= 1;
        n -= 1;
    }
    let whole = if n == 0 {
        Real::ZERO
    } else {
        multiple_of_ln_2(n)
    };
    let sum = (x >> 1) + (y >> 1);
    let gap = x.abs_diff(y);
    if gap == 0 {
        return whole;
    }
    let (up, down) = (gap.leading_zeros(), sum.leading_zeros());
    let part = two_atanh(gap << up, sum << down, down as i32 - up as i32 - 1);
    let part = if x < y { -part } else { part };
    if n == 0 {
        part
    } else {
        whole + part
    }
}

/// n·ln 2 for n other than zero.
#[inline(always)]
fn multiple_of_ln_2(n: i32) -> Real {
    let size = n.unsigned_abs() as u64;
    let up = size.leading_zeros();
    let multiple = LN_2.scaled(size << up, -(up as i32));
    if n < 0 {
        -multiple
    } else {
        multiple
    }
}

/// ln x for x > 0. For zero or a negative value, which have no logarithm, the most negative value.
#[inline(always)]
pub fn ln(x: Real) -> Real {
    ln_ratio(x, Real::ONE)
}
