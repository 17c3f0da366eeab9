//! Density and distribution of the standard normal.

use super::exp::{exp, gaussian};
use super::mills::{pair, Point};
use crate::number::real::Real;

/// 1/√(2π).
pub(crate) const INV_SQRT_2_PI: Real = Real::from_parts(14_718_372_293_494_604_904, -65, false);

/// φ(x) = e^(−x²/2)/√(2π). Relative error (1 + x²/2)·2^-60.
#[inline(never)]
pub fn pdf(x: Real) -> Real {
    exp(-x.square().half()) * INV_SQRT_2_PI
}

/// Φ(x). Absolute error 5e-18; below zero also relatively precise, and zero under −32.
#[inline(never)]
pub fn cdf(x: Real) -> Real {
    let size = x.to_fixed(58).unsigned_abs();
    let tail = if size >= i64::MAX as u64 {
        Real::ZERO
    } else {
        tail(size)
    };
    if x.is_negative() {
        tail
    } else {
        Real::ONE - tail
    }
}

/// Φ(−x) for 0 ≤ x < 32 with 58 fraction bits.
fn tail(x: u64) -> Real {
    let point = Point::new(x as i64);
    let (value, n) = gaussian(x);
    Real::from_fixed(pair(point, point).far, 61) * Real::normalised(value, -63 - n, false)
}
