//! The one evaluation under every option value: two scaled normal tails and one exponential, in straight-line
//! fixed point.
//!
//! An option on a strike at `a = |ln(K/F)|` and total vol v has `x₁ = a/v − v/2` and `x₂ = a/v + v/2`; d₁ and d₂ are
//! these two up to sign and order. With G(x) = N(−x)·e^(x²/2), its out-of-the-money value per unit of min(F, K) is
//!
//! ```text
//! e^(−x₁²/2) · (G(x₁) − G(x₂))
//! ```
//!
//! and every greek is made of the same three numbers. [`crate::price::black76`], [`crate::price::black_scholes`] and
//! [`crate::price::legs`] differ only in the units they give them.
//!
//! Errors, with x₁ and x₂ as exact: the exponential 2^-60 relative, either tail 2^-60, their difference quotient
//! 2^-55 relative.

use crate::number::mantissa::{mul_high, within_63};
use crate::number::real::Real;
use crate::number::special::exp::gaussian;
use crate::number::special::horner::Split;
use crate::number::special::mills::{pair, Point};

/// 1 with 58 fraction bits, the scale of distances in deviations.
pub(crate) const ONE_58: i64 = 1 << 58;
/// From here on an option out of the money has no value and no curvature: N(−16) < 1e-57.
pub(crate) const FURTHEST: i64 = 16 * ONE_58;

/// The tails and the exponential at x₁ and x₂.
pub(crate) struct Tails {
    /// e^(−x₁²/2) = gauss · 2^-exponent, gauss with 63 fraction bits.
    pub(crate) gauss: u64,
    /// See `gauss`; not negative.
    pub(crate) exponent: i32,
    /// G(|x₁|), 64 fraction bits.
    pub(crate) near: u64,
    /// G(x₂), 64 fraction bits.
    pub(crate) far: u64,
    /// gauss·(G(x₁) − G(x₂))/(x₂ − x₁), 62 fraction bits; only if `is_far_out`.
    pub(crate) slope: u64,
    /// Whether x₁ is above −1/64. If not the value is a large part of min(F, K) and is formed from what is missing.
    pub(crate) is_far_out: bool,
}

impl Tails {
    /// For x₁ and x₂ with 58 fraction bits, x₁ below [`FURTHEST`], either of a size below twice that.
    #[inline(always)]
    pub(crate) fn new(x1: i64, x2: i64) -> Tails {
        // All ones if x₁ is below −1/64.
        let deep = (x1 + ONE_58 / 64) >> 63;
        let (near, far) = (Point::new((x1 ^ deep) - deep), Point::new(x2));
        let tails = pair(near, far);
        let (gauss, exponent) = gaussian(x1.unsigned_abs());
        let difference = Split::new(near.minus(far)).step(tails.slope, 0) << 1;
        Tails {
            gauss,
            exponent,
            near: ((tails.far + difference) as u64) << 3,
            far: (tails.far as u64) << 3,
            // u₁ − u₂ = 16·(x₂ − x₁)·r₁·r₂: 62 fraction bits and 68, less 4 and 64.
            slope: mul_high(
                mul_high(gauss, (tails.slope as u64) << 1),
                mul_high(near.r, far.r),
            ),
            is_far_out: deep == 0,
        }
    }

    /// The value out of the money, for `base` min(F, K) and a total vol with its top bit set.
    #[inline(always)]
    pub(crate) fn value(&self, base: Real, vol: u64, vol_exponent: i32) -> Real {
        if self.is_far_out {
            let scale = mul_high(base.mantissa(), vol);
            let exponent = base.exponent() + vol_exponent + 128 - 62 - self.exponent;
            return Real::positive(mul_high(scale, self.slope), exponent);
        }
        base.scaled((1 << 63) - self.missing(), -63)
    }

    /// N(−|x₁|) + e^(−x₁²/2)·G(x₂), what the value lacks of min(F, K) if not far out; 63 fraction bits.
    #[inline(always)]
    pub(crate) fn missing(&self) -> u64 {
        mul_high(self.gauss, self.near.wrapping_add(self.far)) >> within_63(self.exponent)
    }
}
