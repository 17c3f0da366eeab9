//! The smile of one expiry: an extended SSVI slice.
//!
//! With s = atm_vol·√τ (so θ = s²), l and r the normalised wings, and y = k/s for log-moneyness k = ln(K/F),
//!
//! > w(k) = s²·f(y),  f(y) = ½·[1 + h + √(m² + 2h + 1)],  h = (r − l)·y/2,  m = (r + l)·y/2
//!
//! which is SSVI of Gatheral and Jacquier (2014), as extended by Hendriks and Martini (2019), with the wing
//! slopes of w as coordinates (l·s on the left, r·s on the right).

use crate::number::bits::scale;
use crate::number::mantissa::{leading_bits, mul_high, within_63};
use crate::number::real::Real;
use crate::number::special::horner::Split;
use crate::number::special::ln::ln_fixed;
use crate::number::special::root::Root;
use crate::number::word::Word;
use crate::smile::carry::forward;
use crate::smile::time::root_tau;
use crate::state::{u64_wad, Slice};

/// Largest |y| that is told apart; the smile goes on flat. An option that far out has no value: |d₁| > 16.
const MAX_MONEYNESS: u64 = 511 << MONEYNESS_BITS;
/// Fraction bits of a normalised moneyness y.
pub(crate) const MONEYNESS_BITS: u32 = 54;

/// A slice at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Smile {
    /// s: at-the-money total vol, the square root of θ.
    pub atm_total_vol: Word,
    /// 1/s.
    pub inverse: Word,
    /// Left wing slope over s, 61 fraction bits.
    pub left: i64,
    /// Right wing slope over s, 61 fraction bits.
    pub right: i64,
}

impl Smile {
    /// The slice √τ before its expiry.
    pub fn new(slice: &Slice, root_tau: Word) -> Smile {
        let atm_total_vol = Word::from_wad_u64(slice.atm_vol) * root_tau;
        Smile {
            atm_total_vol,
            inverse: atm_total_vol.recip(),
            left: Word::from_wad_u64(slice.left_wing).to_fixed(61),
            right: Word::from_wad_u64(slice.right_wing).to_fixed(61),
        }
    }

    /// [`Smile::total_vol`] at k.
    fn total_vol_at(&self, log_moneyness: i64) -> i64 {
        self.total_vol(self.moneyness(log_moneyness))
    }

    /// y = k/s with [`MONEYNESS_BITS`] fraction bits, from k with 58.
    pub fn moneyness(&self, log_moneyness: i64) -> i64 {
        let product = mul_high(log_moneyness.unsigned_abs(), self.inverse.mantissa());
        let power = self.inverse.exponent() + 6 + MONEYNESS_BITS as i32;
        let size = scale(product, power).min(MAX_MONEYNESS) as i64;
        if log_moneyness < 0 {
            -size
        } else {
            size
        }
    }

    /// √w, the vol times the square root of time, with 58 fraction bits, from y.
    #[inline(never)]
    pub fn total_vol(&self, moneyness: i64) -> i64 {
        let y = Split::new(moneyness);
        // l·y and r·y, 51 fraction bits.
        let (left, right) = (y.step(self.left, 0), y.step(self.right, 0));
        let (tilt, middle) = (right - left, (left + right) >> 1);
        // m² + 2h + 1 with as many fraction bits as m leaves room for, its root with 52.
        let (middle, tilted, bits): (i64, i64, i32) = if middle.abs() < 1 << 55 {
            (middle << 8, tilt << 3, 54)
        } else {
            (middle, tilt >> 13, 38)
        };
        let square = Split::new(middle).step(middle, tilted + (1 << bits)) as u64;
        let root = Root::of(square, -bits);
        let root = ((root.root >> within_63(11 - root.exponent)) + 1) >> 1;
        // f with 52 fraction bits, its root with 57.
        let ratio = ((1u64 << 52).wrapping_add(tilt as u64).wrapping_add(root)) >> 1;
        let root = Root::of(ratio, -52);
        let product = mul_high(self.atm_total_vol.mantissa(), root.root);
        let power = 59 + self.atm_total_vol.exponent() + root.exponent;
        scale(product >> 1, power) as i64
    }
}

/// w = σ²τ at a log-moneyness within ±32; zero once expired.
pub fn total_variance(slice: &Slice, now: u64, log_moneyness: Real) -> Real {
    let root_tau = root_tau(slice, now);
    if root_tau.is_zero() {
        return Real::ZERO;
    }
    let total_vol = Smile::new(slice, root_tau).total_vol_at(log_moneyness.to_fixed(58));
    Real::from_fixed(total_vol, 58).square()
}

/// Implied vol at a strike, WAD, nearest, its moneyness against the slice's own forward; zero once expired.
pub fn vol(slice: &Slice, spot: u128, strike: u128, now: u64) -> u64 {
    let root_tau = root_tau(slice, now);
    if root_tau.is_zero() {
        return 0;
    }
    let (forward, forward_exponent) = leading_bits(forward(slice, spot, now).max(1));
    let (strike, exponent) = leading_bits(strike.max(1));
    let log_moneyness = ln_fixed(strike, forward, exponent - forward_exponent, 58);
    let total_vol = Smile::new(slice, root_tau).total_vol_at(log_moneyness);
    u64_wad(Word::from_fixed(total_vol, 58) / root_tau)
}
