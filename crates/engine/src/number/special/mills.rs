//! The scaled normal tail `G(x) = N(−x)·e^(x²/2)`, the Mills ratio over √(2π), and its divided difference.
//!
//! G is smooth and slow (0.51 at −1/64, 0.0125 at 32), so one polynomial of degree 22 in `u = 16/(x + 6.6875) − m`
//! carries it over the whole range to 2^-60. Option values need the *difference* of two values of G, which for
//! close arguments must not be formed by subtraction. Horner's scheme gives it directly: beside
//! `p ← c + u₂·p` run `q ← p + u₁·q`, and `G(x₁) = p + (u₁ − u₂)·q` with nothing lost, since
//! `u₁ − u₂ = 16·(x₂ − x₁)·r₁·r₂`, r = 1/(x + 6.6875).
//!
//! |u| < 1 and each step's accumulator has one fraction bit less than the one before, so the rounding errors of
//! the high-order steps vanish geometrically.

use super::horner::Split;

/// 6.6875 with 58 fraction bits.
const SHIFT: u64 = 107 << 54;
/// The middle of the range of 1/(x + 6.6875), with 67 fraction bits, modulo 2^64.
const MIDDLE: u64 = 12_966_662_536_245_455_251;

/// An argument of G, mapped.
#[derive(Clone, Copy)]
pub(crate) struct Point {
    /// u, 63 fraction bits.
    u: i64,
    /// 1/(x + 6.6875), 66 fraction bits.
    pub(crate) r: u64,
}

impl Point {
    /// For −1/64 ≤ x < 32 with 58 fraction bits. One division and one Newton step.
    #[inline(always)]
    pub(crate) fn new(x: i64) -> Point {
        let y = x.wrapping_add(SHIFT as i64) as u64;
        let seed = u64::MAX / ((y >> 28) | 1);
        let residual =
            (1i64 << 60) - ((y >> 32) * seed + (((y & 0xffff_ffff) * seed) >> 32)) as i64;
        let correction = (seed as i64 * residual) >> 27;
        let doubled = (seed << 33).wrapping_add(correction as u64);
        Point {
            u: doubled.wrapping_sub(MIDDLE) as i64,
            r: (seed << 32).wrapping_add((correction >> 1) as u64),
        }
    }

    /// (u₁ − u₂), 62 fraction bits.
    #[inline(always)]
    pub(crate) fn minus(self, other: Point) -> i64 {
        (self.u >> 1) - (other.u >> 1)
    }
}

/// G at one point and its slope to another.
#[derive(Clone, Copy)]
pub(crate) struct Pair {
    /// G(x₂), 61 fraction bits.
    pub(crate) far: i64,
    /// (G(x₁) − G(x₂))/(u₁ − u₂), 62 fraction bits, always positive.
    pub(crate) slope: i64,
}

/// Evaluates both; error of `far` 2^-60 (absolute), of `slope` 2^-55 (relative).
#[inline(always)]
pub(crate) fn pair(near: Point, far: Point) -> Pair {
    let (s1, s2) = (near.u >> 32, far.u >> 32);
    let q = 110_324_475;
    let p = 892_823_034 + ((q * s2) >> 31);
    let q = p + ((q * s1) >> 31);
    let p = -778_765_298 + ((p * s2) >> 31);
    let q = p + ((q * s1) >> 31);
    let p = -1_109_585_491_748_539 + ((p * s2) >> 15);
    let q = p + ((q * s1) >> 15);
    let (u1, u2) = (Split::new(near.u), Split::new(far.u));
    let (mut p, mut q) = (p, q);
    macro_rules! steps {
        ($($c:literal)*) => { $( p = u2.step(p, $c); q = u1.step(q, p); )* };
    }
    steps! {
        -614_814_088_579_627
        3_245_789_790_060_865
        6_096_981_135_331_720
        -2_952_646_004_774_197
        -27_813_081_789_485_319
        -42_841_740_812_347_337
        17_426_157_097_037_467
        234_803_581_114_147_701
        653_889_326_131_025_769
        1_232_839_039_146_127_186
        1_838_839_816_427_425_721
        2_299_897_494_854_204_141
        2_483_632_705_225_428_427
        2_354_803_741_889_702_441
        1_980_196_564_591_754_035
        1_485_793_859_106_900_376
        997_794_142_347_388_969
        600_132_249_880_943_521
    }
    Pair {
        far: u2.step(p, 188_095_686_897_495_331),
        slope: q,
    }
}
