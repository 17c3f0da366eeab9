//! How a book's value bends with the shift of one expiry's smile: gradient and Hessian in 32-bit fixed point.
//!
//! Newton's method only needs to know where to look, so 28 fraction bits are enough here: an error of 2^-28 in
//! the shift is one of 2^-57 in the potential, which is evaluated in 64 bits where the search ends.
//! Unless a comment says otherwise, numbers have 28 fraction bits; the stated ranges keep each product within
//! 63 bits.

use crate::book::frame::Point;
use crate::number::bits::{root_32, spare};
use crate::number::special::horner::Split;
use crate::smile::slice::{Smile, MONEYNESS_BITS};

/// 1 with 28 fraction bits.
pub(crate) const ONE: i64 = 1 << 28;
/// Fraction bits of y here.
const Y_BITS: u32 = 25;
/// Beyond this |y| an option has no vega to speak of.
const MAX_MONEYNESS: i64 = 64 << Y_BITS;
/// 1/√(2π).
const INV_SQRT_2_PI: i64 = 107_090_253;

/// Product of two numbers with 28 fraction bits each.
#[inline(always)]
pub(crate) fn times(a: i64, b: i64) -> i64 {
    (a * b) >> 28
}

/// a·2^bits / b for b > 0, which the mask tells the compiler.
#[inline(always)]
pub(crate) fn ratio(a: i64, bits: u32, b: i64) -> i64 {
    (a << bits) / ((b & i64::MAX) | 1)
}

/// e^x for −40 < x < 2: x = n·ln 2 + r and the series in r to the seventh power.
#[inline(never)]
pub(crate) fn exp(x: i64) -> i64 {
    const LN_2: i64 = 186_065_279;
    const LOG2_E: i64 = 387_270_501;
    let n = (times(x, LOG2_E) + ONE / 2) >> 28;
    let r = x - n * LN_2;
    let mut sum = ONE / 5_040;
    macro_rules! steps {
        ($($divisor:literal)*) => { $( sum = ONE / $divisor + times(sum, r); )* };
    }
    steps! { 720 120 24 6 2 1 1 }
    if n > 0 {
        sum << n
    } else {
        sum >> -n
    }
}

/// √(radicand·2^(2·extra)), relatively precise to 31 bits, for a radicand above zero.
#[inline(never)]
fn sqrt(radicand: i64, extra: u32) -> i64 {
    let zeros = spare(radicand as u64);
    ((root_32((radicand as u64) << zeros) << extra) >> (zeros / 2)) as i64
}

/// A smile at this precision.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct LowSmile {
    /// e^−x: what the level's shift does to y.
    pub squeeze: i64,
    /// s, 60 fraction bits.
    pub atm_total_vol: i64,
    /// Left wing slope over s.
    pub left: i64,
    /// Right wing slope over s.
    pub right: i64,
}

impl LowSmile {
    /// The smile moved by (x, l, r).
    pub fn new(smile: &Smile, [x, l, r]: [i64; 3]) -> LowSmile {
        let level = exp(x);
        let atm_total_vol = Split::new(smile.atm_total_vol.to_fixed(60));
        LowSmile {
            squeeze: ratio(ONE, 28, level),
            atm_total_vol: atm_total_vol.step(level << 34, 0) << 2,
            left: times(smile.left >> 33, exp(l)),
            right: times(smile.right >> 33, exp(r)),
        }
    }
}

/// What a long option's value bends at most, about, by the logarithms of level and wings within a quarter of the anchor, per unit of forward
/// and times `gain`; 16 fraction bits in `gain`. It is v·φ(d₁)·(1 + d₁·d₂) and what the smile bends: at most the total vol at the
/// node or at the money, and as much less from |d| = 1 on as φ(d)·(1 + d²) with the least d there is, at a total vol greater by √2.
/// `docs/pricing.md`, 2, says how near to the truth that is; it is less at total vols above 1.
pub(crate) fn most_bend(point: &Point, smile: &LowSmile, gain: i64) -> i64 {
    const ROOT_2: i64 = 379_625_062;
    if point.total_vol == 0 {
        return 0;
    }
    let total_vol = (point.total_vol >> 30).max(smile.atm_total_vol >> 32);
    let most = times(total_vol, ROOT_2);
    let away = ratio((point.log_moneyness >> 30).abs(), 28, most) - most / 2;
    let mut share = ONE;
    if away > ONE {
        let away = away.min(8 * ONE);
        let rest = ONE - times(away, away);
        share = times(2 * ONE - rest, exp(rest >> 1)) >> 1;
    }
    (times(total_vol, share) * gain) >> 16
}

/// Gradient and Hessian of a book's value in one expiry's (x, l, r).
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Curve {
    /// By x, l and r.
    pub gradient: [i64; 3],
    /// By two of them: xx, xl, xr, ll, lr, rr.
    pub hessian: [i64; 6],
}

impl Curve {
    /// Adds `quantity` options with normalised moneyness `y` on the anchor ([`MONEYNESS_BITS`]), per unit of s and in
    /// the coordinates (x, l − x, r − x): there the logarithm λ of total vol is x + Λ(l − x, r − x), and
    /// ∂P/∂λ = v·φ(d₁), ∂²P/∂λ² = (1 + d₁·d₂)·∂P/∂λ per unit of forward.
    #[inline(never)]
    pub fn add(&mut self, quantity: i64, y: i64, smile: &LowSmile) {
        let y = y >> (MONEYNESS_BITS - Y_BITS);
        if y.abs() >= MAX_MONEYNESS {
            return;
        }
        // 25 fraction bits.
        let y = times(y, smile.squeeze);
        let (a, b) = (times(smile.left, y), times(smile.right, y));
        let (tilt, middle) = (b - a, (a + b) >> 1);
        const UNIT: i64 = 1 << Y_BITS;
        // 46 fraction bits under the root.
        let short = middle >> 2;
        let root = sqrt(short * short + (tilt << 21) + (1 << 46), 5);
        let shape = (ONE + (tilt << 2) + root) >> 1;
        let root_shape = sqrt(shape << 28, 0);
        let total_vol = times(smile.atm_total_vol >> 32, root_shape);
        let d1 = (total_vol >> 1) - 2 * ratio(y, 30, root_shape);
        // Too far away, or too long, to have any.
        if d1.abs() >= 8 * ONE || total_vol >= 8 * ONE {
            return;
        }
        let density = times(exp(-times(d1, d1) >> 1), INV_SQRT_2_PI);
        // ∂Λ/∂(l − x) = A·F_A/(2F), ∂Λ/∂(r − x) = B·F_B/(2F).
        let (a8, b8) = (ratio(a, 28, shape), ratio(b, 28, shape));
        let left = (a8 * (ratio(middle - UNIT, 28, root) - UNIT)) >> Y_BITS;
        let right = (b8 * (ratio(middle + UNIT, 28, root) + UNIT)) >> Y_BITS;
        // Their derivatives, all through A·B/(8·F·D³).
        let inverse = ratio(ONE, 28, root);
        let bend = times(times((a8 * ratio(b, 28, root)) >> Y_BITS, inverse), inverse);
        let left_left = left - 2 * times(left, left) + ((a * bend) >> Y_BITS);
        let right_right = right - 2 * times(right, right) - ((b * bend) >> Y_BITS);
        let left_right = times(bend, ONE + (tilt << 2)) - 2 * times(left, right);

        let first = times(quantity, times(root_shape, density));
        let second = times(first, ONE + times(d1, d1 - total_vol));
        let [x, l, r] = &mut self.gradient;
        *x += first;
        *l += times(first, left);
        *r += times(first, right);
        let [xx, xl, xr, ll, lr, rr] = &mut self.hessian;
        *xx += second;
        *xl += times(second, left);
        *xr += times(second, right);
        *ll += times(second, times(left, left)) + times(first, left_left);
        *lr += times(second, times(left, right)) + times(first, left_right);
        *rr += times(second, times(right, right)) + times(first, right_right);
    }

    /// Takes away what was added.
    pub fn subtract(&mut self, part: &Curve) {
        let parts = part.gradient.iter().chain(&part.hessian);
        let sums = self.gradient.iter_mut().chain(&mut self.hessian);
        for (sum, part) in sums.zip(parts) {
            *sum -= part;
        }
    }

    /// From (x, l − x, r − x), per unit of s and of 2^-`scale`, to (x, l, r), with 32 fraction bits in the gradient and
    /// 24 in the Hessian, each entry at most 8.
    pub fn finish(&mut self, smile: &LowSmile, scale: i32) {
        let [x, l, r] = self.gradient;
        self.gradient = [x - l - r, l, r];
        let [xx, xl, xr, ll, lr, rr] = self.hessian;
        let (left, right) = (xl - ll - lr, xr - lr - rr);
        self.hessian = [xx - xl - xr - left - right, left, right, ll, lr, rr];
        let atm_total_vol = Split::new(smile.atm_total_vol);
        let (up, down) = ((36 - scale).max(0), (scale - 36).max(0));
        for value in self.gradient.iter_mut().chain(&mut self.hessian) {
            const MOST: i64 = 8 << 32;
            *value = if value.unsigned_abs().leading_zeros() <= up as u32 {
                value.signum() * MOST
            } else {
                atm_total_vol
                    .step(*value << up >> down, 0)
                    .clamp(-MOST, MOST)
            };
        }
        for value in &mut self.hessian {
            *value >>= 8;
        }
    }
}
