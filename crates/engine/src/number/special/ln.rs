//! The natural logarithm.
//!
//! With the mantissas' ratio brought to m in [1/√2, √2], `ln x = n·ln 2 + 2·atanh(z)`, z = (m − 1)/(m + 1),
//! |z| ≤ 0.1716, and atanh an odd polynomial of degree 17 (error 2^-66 relative to z). Because z is formed from
//! an exact difference, the result is relatively precise also where x is close to 1.
//!
//! Relative error: 2^-59.

use super::horner::Split;
use crate::number::mantissa::{mul_high, recip_mantissa, within_63};
use crate::number::real::Real;

/// ln 2.
const LN_2: Real = Real::from_parts(12_786_308_645_202_655_660, -64, false);
/// √2 − 1 with 32 fraction bits.
const ROOT_STEP: u64 = 1_779_033_704;

/// 2·atanh(z)/z for t = z² ≤ 0.0295 with 64 fraction bits; the result has 61.
#[inline(always)]
const fn atanh_ratio(t: i64) -> i64 {
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

/// ln((1 + z)/(1 − z)) as mantissa and exponent, relatively precise, for z = numerator/denominator·2^exponent in
/// [0, 0.1718]. The mantissas have their top bit set, or the numerator is zero.
#[inline(always)]
const fn two_atanh(numerator: u64, denominator: u64, exponent: i32) -> (u64, i32) {
    let quotient = mul_high(numerator, recip_mantissa(denominator));
    // z = quotient · 2^(exponent − 63), here with 65 fraction bits; the exponent is −2 or less.
    let z = quotient >> within_63(-2 - exponent);
    let ratio = atanh_ratio((mul_high(z, z) >> 2) as i64);
    (mul_high(quotient, (ratio as u64) << 1), exponent - 61)
}

/// ln(a/b) for a, b > 0, relatively precise also where they are close: their difference is exact.
/// For anything without a logarithm, the most negative value.
#[inline(never)]
pub fn ln_ratio(a: Real, b: Real) -> Real {
    if (a.mantissa() & b.mantissa()) >> 63 == 0 || a.is_negative() | b.is_negative() {
        return -Real::ONE.mul_pow2(i32::MAX);
    }
    log(a, b, None).0
}

/// ln(a/b·2^exponent) with `fraction` fraction bits, 54 to 58, for mantissas with their top bit set; held within
/// ±355 for 54 bits and ±21 for 58. Absolute error 2^-57 and the last bit.
#[inline(never)]
pub(crate) const fn ln_fixed(a: u64, b: u64, exponent: i32, fraction: u32) -> i64 {
    let (up, down) = centring(a, b);
    let gap = (a << down).wrapping_sub(b << up) as i64;
    let sum = (a >> (2 - down)) + (b >> (2 - up));
    let zeros = sum.leading_zeros();
    let size = gap.unsigned_abs();
    let shift = size.leading_zeros();
    let (part, _) = two_atanh(
        size << (shift & 63),
        sum << zeros,
        zeros as i32 - 2 - shift as i32,
    );
    // 62 fraction bits.
    let part = (part >> within_63(shift as i32 - zeros as i32 + 1)) as i64;
    let part = if gap < 0 { -part } else { part };
    let spare = fraction - 54;
    let most = 511 >> spare;
    let n = exponent - down as i32 + up as i32;
    let n = if n > most {
        most
    } else if n < -most {
        -most
    } else {
        n
    } as i64;
    // 54 fraction bits, and ten more.
    let (high, low) = (
        n * (LN_2.mantissa() >> 10) as i64,
        n * (LN_2.mantissa() & 1023) as i64,
    );
    (high << spare) + (low >> (10 - spare)) + (part >> (62 - fraction))
}

/// By how many bits b and a are to be shifted up so that a/b lies in [1/√2, √2].
#[inline(always)]
const fn centring(a: u64, b: u64) -> (u32, u32) {
    let lead = a.wrapping_sub(b) as i64;
    let up = (lead > ((b >> 32) * ROOT_STEP) as i64) as u32;
    let down = (-lead > ((a >> 32) * ROOT_STEP) as i64) as u32;
    (up, down)
}

/// [`ln_ratio`] for a, b > 0, and a − b, which is exact where the two are close. When they are themselves rounded their
/// exact difference may be given, to the sign and zero only if they are equal.
#[inline(always)]
pub(crate) fn log(a: Real, b: Real, exact: Option<Real>) -> (Real, Real) {
    let (x, y) = (a.mantissa(), b.mantissa());
    // a/b = 2^n · (x·2^down)/(y·2^up) with the latter in [1/√2, √2].
    let (up, down) = centring(x, y);
    let exponent = a.exponent() - down as i32;
    let n = exponent - b.exponent() + up as i32;
    // Their difference fits, though they may not; a quarter of their sum fits.
    let gap = (x << down).wrapping_sub(y << up) as i64;
    let sum = (x >> (2 - down)) + (y >> (2 - up));
    let zeros = sum.leading_zeros();
    let (sum, lift) = (sum << zeros, zeros as i32 - 2);
    let is_negative = gap < 0;
    let size = gap.unsigned_abs();
    let shift = size.leading_zeros();
    let size = size << (shift & 63);
    let mut difference = Real::from_parts(size, exponent - shift as i32, is_negative);
    if n == 0 {
        difference = exact.unwrap_or(difference);
        if difference.is_zero() {
            return (Real::ZERO, Real::ZERO);
        }
    }
    let (part, part_exponent) = two_atanh(
        difference.mantissa(),
        sum,
        difference.exponent() - exponent + lift,
    );
    if n == 0 {
        let log = Real::signed(part, part_exponent, difference.is_negative());
        return (log, difference);
    }
    // |n|·ln 2, at least twice the part.
    let count = n.unsigned_abs() as u64;
    let spare = count.leading_zeros();
    let whole = LN_2.scaled(count << (spare & 63), -(spare as i32));
    let part = part >> within_63(1 + whole.exponent() - part_exponent);
    let opposite = (((n < 0) != is_negative) as u64).wrapping_neg();
    let sum = (whole.mantissa() >> 1).wrapping_add((part ^ opposite).wrapping_sub(opposite));
    let log = Real::signed(sum, whole.exponent() + 1, n < 0);
    (log, exact.unwrap_or(a.plus_near(-b)))
}

/// ln x for x > 0. For zero or a negative value, which have no logarithm, the most negative value.
#[inline(always)]
pub fn ln(x: Real) -> Real {
    ln_ratio(x, Real::ONE)
}
