//! The anchor surface: one extended SSVI slice per expiry, its no-arbitrage conditions, interpolation in time.
//!
//! With s = atm_vol·√τ (so θ = s²), l and r the normalised wings, and y = k/s for log-moneyness k = ln(K/F),
//!
//! > w(k) = s²·f(y),  f(y) = ½·[1 + h + √(m² + 2h + 1)],  h = (r − l)·y/2,  m = (r + l)·y/2
//!
//! which is SSVI of Gatheral and Jacquier (2014), as extended by Hendriks and Martini (2019), with the wing
//! slopes of w as coordinates (l·s on the left, r·s on the right).

use crate::bits::scale;
use crate::real::{leading_bits, mul_high, within_63, Real};
use crate::special::horner::Split;
use crate::special::ln::ln_fixed;
use crate::special::root::Root;
use crate::state::{u64_wad, Slice, YEAR};
use crate::word::Word;

/// Least at-the-money vol of an anchor, WAD.
pub const MIN_ATM_VOL: u64 = 150_000_000_000_000_000;
/// Greatest at-the-money vol of an anchor, WAD.
pub const MAX_ATM_VOL: u64 = 3_000_000_000_000_000_000;
/// Least normalised wing of an anchor, WAD.
pub const MIN_WING: u64 = 50_000_000_000_000_000;
/// Greatest normalised wing of an anchor, WAD.
///
/// Half the sum of the wings times the larger is then at most 2.56, and 3.82 when inventory has scaled both
/// by e^0.2: below the 4 that excludes butterfly arbitrage at any time to expiry.
pub const MAX_WING: u64 = 1_600_000_000_000_000_000;
/// Greatest slope of total variance in either wing, WAD: Lee's 4 over e^0.4, so that the bound still holds
/// when inventory has scaled level and wing by e^0.2 each.
pub const MAX_SLOPE: u64 = 2_681_280_184_142_557_300;

/// Why an anchor was refused. Vols, variances and wings are WAD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SurfaceError {
    /// The expiry is not in the future.
    Expired {
        /// Expiry of the slice.
        expiry: u64,
        /// Time of the check.
        now: u64,
    },
    /// At-the-money vol outside [`MIN_ATM_VOL`]..[`MAX_ATM_VOL`].
    AtmVolOutOfBounds {
        /// The vol refused.
        vol: u64,
    },
    /// A normalised wing outside [`MIN_WING`]..[`MAX_WING`].
    WingOutOfBounds {
        /// The wing refused.
        wing: u64,
    },
    /// The steeper wing's slope of total variance is above [`MAX_SLOPE`].
    SlopeTooSteep {
        /// The slope refused.
        slope: u64,
    },
    /// At-the-money total variance would fall with expiry.
    CalendarVariance {
        /// At the earlier expiry.
        earlier: u64,
        /// At the later expiry.
        later: u64,
    },
    /// The left wing's slope of total variance would fall with expiry.
    CalendarLeftWing {
        /// At the earlier expiry.
        earlier: u64,
        /// At the later expiry.
        later: u64,
    },
    /// The right wing's slope of total variance would fall with expiry.
    CalendarRightWing {
        /// At the earlier expiry.
        earlier: u64,
        /// At the later expiry.
        later: u64,
    },
    /// The mean wing slope over at-the-money total variance would rise with expiry.
    CalendarCurvature {
        /// At the earlier expiry.
        earlier: u64,
        /// At the later expiry.
        later: u64,
    },
}

/// Seconds as years of 365 days.
#[inline(never)]
pub(crate) fn years(seconds: u64) -> Word {
    const SECOND: Word = Word::from_ratio(1, YEAR);
    Word::of(seconds, 0, 0) * SECOND
}

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

/// √τ of a slice; zero once expired.
fn root_tau(slice: &Slice, now: u64) -> Word {
    years(slice.expiry.saturating_sub(now)).sqrt()
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

/// Implied vol at a strike, WAD, nearest; zero once expired.
pub fn vol(slice: &Slice, spot: u128, strike: u128, now: u64) -> u64 {
    let root_tau = root_tau(slice, now);
    if root_tau.is_zero() {
        return 0;
    }
    let (spot, spot_exponent) = leading_bits(spot.max(1));
    let (strike, exponent) = leading_bits(strike.max(1));
    let log_moneyness = ln_fixed(strike, spot, exponent - spot_exponent, 58);
    let total_vol = Smile::new(slice, root_tau).total_vol_at(log_moneyness);
    u64_wad(Word::from_fixed(total_vol, 58) / root_tau)
}

/// Refuses an anchor that is out of bounds or would let butterfly or calendar arbitrage into the surface.
///
/// `previous` and `next` are its neighbours by expiry; one that has expired is ignored. The conditions are
/// sufficient (economics: O(1) checks), and once true they stay true while time passes and nothing is posted:
/// θ_later/θ_earlier only grows, and everything else is constant in normalised coordinates.
/// Comparisons between neighbours forgive 2^-40 relative, the rounding of WAD parameters.
pub fn check_anchor(
    new: &Slice,
    previous: Option<&Slice>,
    next: Option<&Slice>,
    now: u64,
) -> Result<(), SurfaceError> {
    if new.expiry <= now {
        return Err(SurfaceError::Expired {
            expiry: new.expiry,
            now,
        });
    }
    if new.atm_vol.clamp(MIN_ATM_VOL, MAX_ATM_VOL) != new.atm_vol {
        return Err(SurfaceError::AtmVolOutOfBounds { vol: new.atm_vol });
    }
    for wing in [new.left_wing, new.right_wing] {
        if wing.clamp(MIN_WING, MAX_WING) != wing {
            return Err(SurfaceError::WingOutOfBounds { wing });
        }
    }
    let steeper = Word::from_wad_u64(new.left_wing.max(new.right_wing));
    let slope = u64_wad(steeper * coordinates(new, now)[0]);
    if slope > MAX_SLOPE {
        return Err(SurfaceError::SlopeTooSteep { slope });
    }
    let live = |slice: Option<&Slice>| slice.copied().filter(|slice| slice.expiry > now);
    if let Some(previous) = live(previous) {
        check_calendar(&previous, new, now)?;
    }
    if let Some(next) = live(next) {
        check_calendar(new, &next, now)?;
    }
    Ok(())
}

/// A live slice's s, and its wings over s.
fn coordinates(slice: &Slice, now: u64) -> [Word; 3] {
    [
        Word::from_wad_u64(slice.atm_vol) * root_tau(slice, now),
        Word::from_wad_u64(slice.left_wing),
        Word::from_wad_u64(slice.right_wing),
    ]
}

fn check_calendar(earlier: &Slice, later: &Slice, now: u64) -> Result<(), SurfaceError> {
    let falls = |a: Word, b: Word| a > b + b.mul_pow2(-40);
    let [s1, left1, right1] = coordinates(earlier, now);
    let [s2, left2, right2] = coordinates(later, now);
    if falls(s1, s2) {
        return Err(SurfaceError::CalendarVariance {
            earlier: u64_wad(s1.square()),
            later: u64_wad(s2.square()),
        });
    }
    let (slope1, slope2) = (left1 * s1, left2 * s2);
    if falls(slope1, slope2) {
        return Err(SurfaceError::CalendarLeftWing {
            earlier: u64_wad(slope1),
            later: u64_wad(slope2),
        });
    }
    let (slope1, slope2) = (right1 * s1, right2 * s2);
    if falls(slope1, slope2) {
        return Err(SurfaceError::CalendarRightWing {
            earlier: u64_wad(slope1),
            later: u64_wad(slope2),
        });
    }
    let curvature1 = (left1 + right1).half() / s1;
    let curvature2 = (left2 + right2).half() / s2;
    if falls(curvature2, curvature1) {
        return Err(SurfaceError::CalendarCurvature {
            earlier: u64_wad(curvature1),
            later: u64_wad(curvature2),
        });
    }
    Ok(())
}

/// An anchor for a new expiry from its neighbours: θ and the wing slopes linear in time between two, the
/// normalised parameters of the only one beyond it. It passes the calendar check against both, because the
/// ratio of linear interpolants lies between the ratios at the ends. It is as old as the older neighbour.
/// Without a live neighbour everything but the expiry is zero, which [`check_anchor`] refuses.
pub fn interpolate(before: Option<&Slice>, after: Option<&Slice>, expiry: u64, now: u64) -> Slice {
    let live = |slice: Option<&Slice>| slice.copied().filter(|slice| slice.expiry > now);
    let (a, b) = match (live(before), live(after)) {
        (Some(a), Some(b)) if a.expiry < expiry && expiry < b.expiry => (a, b),
        (Some(only), _) | (None, Some(only)) => return Slice { expiry, ..only },
        (None, None) => {
            return Slice {
                expiry,
                ..Slice::default()
            }
        }
    };
    let (tau_a, tau_b, tau) = (
        years(a.expiry - now),
        years(b.expiry - now),
        years(expiry - now),
    );
    let weight_b = (tau - tau_a) / (tau_b - tau_a);
    let weight_a = Word::ONE - weight_b;
    let (vol_a, vol_b) = (Word::from_wad_u64(a.atm_vol), Word::from_wad_u64(b.atm_vol));
    let theta = vol_a.square() * tau_a * weight_a + vol_b.square() * tau_b * weight_b;
    let weight_a = weight_a * vol_a * tau_a.sqrt();
    let weight_b = weight_b * vol_b * tau_b.sqrt();
    let wing = |a: u64, b: u64| {
        u64_wad(
            (Word::from_wad_u64(a) * weight_a + Word::from_wad_u64(b) * weight_b) / theta.sqrt(),
        )
    };
    Slice {
        expiry,
        atm_vol: u64_wad((theta / tau).sqrt()),
        left_wing: wing(a.left_wing, b.left_wing),
        right_wing: wing(a.right_wing, b.right_wing),
        posted_at: a.posted_at.min(b.posted_at),
        ..Slice::default()
    }
}
