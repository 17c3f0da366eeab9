//! The reciprocal square root.
//!
//! A polynomial of degree 4 (relative error 2^-8.8), then three Newton steps `y ← y + y·(1 − x·y²)/2`, each in as many
//! bits as it yields: 17, 32 and 64. It gives a total vol and its reciprocal from total variance without a division.

use crate::number::mantissa::mul_high;
use crate::number::real::Real;

/// 1/√x with 63 fraction bits for 1/4 ≤ x < 1 with 64: at least 2^63, relative error 2^-60.
#[inline(always)]
const fn inverse_root_mantissa(x: u64) -> u64 {
    let high = (x >> 32) as i64;
    // x − 5/8 with 32 fraction bits, the sums with 28.
    let t = high - (5 << 29);
    let sum = -660_983_435 + ((1_021_244_439 * t) >> 32);
    let sum = 301_754_884 + ((sum * t) >> 32);
    let sum = -262_689_264 + ((sum * t) >> 32);
    let seed = 339_739_161 + ((sum * t) >> 32);
    let rest = ((3 << 60) - high * ((seed * seed) >> 28)) >> 32;
    // 20 fraction bits; the residual with 78 modulo 2^64, where it fits.
    let short = (seed * rest) >> 37;
    let residual = ((x >> 26) as i64)
        .wrapping_mul(short * short)
        .wrapping_neg();
    // 31 fraction bits; the residual with 62.
    let y = ((short << 11) + ((short * (residual >> 36) + (1 << 30)) >> 32)) as u64;
    let residual = (1i64 << 62).wrapping_sub(mul_high(x, y.wrapping_mul(y)) as i64);
    let correction = ((y >> 1) as i64).wrapping_mul(residual) >> 30;
    // The product is low by 1.25 on average and 3 at most, the root then high by twice that.
    let root = (y << 32).wrapping_add(correction as u64).wrapping_sub(2);
    // One that came out just below 1 is reflected to just above.
    root ^ (root >> 63).wrapping_sub(1)
}

/// A number and its root, both ways.
pub(crate) struct Root {
    /// 1/√x = inverse · 2^(−63 − exponent), from 2^63.
    pub(crate) inverse: u64,
    /// √x = root · 2^(exponent − 64), from 2^63.
    pub(crate) root: u64,
    /// See the mantissas.
    pub(crate) exponent: i32,
}

impl Root {
    /// Of mantissa·2^exponent, for any mantissa above zero. Relative error of either 2^-60.
    #[inline(always)]
    pub(crate) const fn of(mantissa: u64, exponent: i32) -> Root {
        let spare = mantissa.leading_zeros();
        let bits = exponent + 64 - spare as i32;
        let odd = bits & 1;
        let radicand = (mantissa << (spare & 63)) >> odd;
        let inverse = inverse_root_mantissa(radicand);
        Root {
            inverse,
            root: mul_high(radicand, inverse) << 1,
            exponent: (bits + odd) >> 1,
        }
    }
}

/// 1/√x for x above zero.
#[inline(always)]
pub(crate) const fn inverse_root(x: Real) -> Real {
    let root = Root::of(x.mantissa(), x.exponent());
    Real::from_parts(root.inverse, -63 - root.exponent, false)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// |x·r² − 1| in units of 2^-64 from 96 bits of the exact product.
    fn error(x: u64, r: u64) -> i64 {
        let square = (r as u128 * r as u128) >> 32;
        let product = (square >> 32) * (x as u128) + (((square & 0xffff_ffff) * x as u128) >> 32);
        // x: 64, square: 94, shifted by 32 more: 126 fraction bits.
        ((product as i128 - (1i128 << 126)) >> 62) as i64
    }

    #[test]
    fn relative_error_is_below_2_pow_minus_60_also_at_the_ends() {
        let mut worst = 0;
        let mut check = |x: u64| {
            let r = inverse_root_mantissa(x);
            assert!(r >> 63 == 1, "{x}");
            worst = worst.max(error(x, r).abs());
        };
        for low in 0..20_000 {
            check((1 << 62) + low);
            check(u64::MAX - low);
            check((1 << 62) + (low << 31));
            check(u64::MAX - (low << 31));
        }
        let mut x = 1u64 << 62;
        while x < u64::MAX - (1 << 45) {
            check(x);
            x += (1 << 45) - 12_345;
        }
        // Twice the relative error of the root.
        assert!(worst <= 32, "{worst}");
    }
}
