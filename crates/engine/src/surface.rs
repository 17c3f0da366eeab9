//! The anchor surface: one extended SSVI slice per expiry, its no-arbitrage conditions, interpolation in time.
//!
//! With s = atm_vol·√τ (so θ = s²), l and r the normalised wings, and y = k/s for log-moneyness k = ln(K/F),
//!
//! > w(k) = s²·f(y),  f(y) = ½·[1 + h + √(m² + 2h + 1)],  h = (r − l)·y/2,  m = (r + l)·y/2
//!
//! which is SSVI of Gatheral and Jacquier (2014), as extended by Hendriks and Martini (2019), with the wing
//! slopes of w as coordinates (l·s on the left, r·s on the right).

use crate::real::Real;
use crate::special::ln::ln;
use crate::state::{u64_wad, Slice, YEAR};

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
pub fn years(seconds: u64) -> Real {
    Real::from_int(seconds.min(i64::MAX as u64) as i64) / Real::from_int(YEAR as i64)
}

/// A slice at one moment.
#[derive(Clone, Copy, Debug, Default)]
pub struct Smile {
    /// s: at-the-money total vol, the square root of θ.
    pub atm_total_vol: Real,
    /// 1/s.
    pub inverse: Real,
    /// Left wing slope over s.
    pub left: Real,
    /// Right wing slope over s.
    pub right: Real,
}

impl Smile {
    /// The slice as it stands now; `None` at and after its expiry.
    pub fn at(slice: &Slice, now: u64) -> Option<Smile> {
        if slice.expiry <= now {
            return None;
        }
        let atm_total_vol = Real::from_wad_u64(slice.atm_vol) * years(slice.expiry - now).sqrt();
        Some(Smile::new(
            atm_total_vol,
            Real::from_wad_u64(slice.left_wing),
            Real::from_wad_u64(slice.right_wing),
        ))
    }

    /// A smile from its at-the-money total vol and normalised wings.
    pub fn new(atm_total_vol: Real, left: Real, right: Real) -> Smile {
        Smile {
            atm_total_vol,
            inverse: atm_total_vol.recip(),
            left,
            right,
        }
    }

    /// y = k/s.
    pub fn moneyness(&self, log_moneyness: Real) -> Real {
        log_moneyness * self.inverse
    }

    /// √w at a normalised moneyness: the vol times the square root of time.
    pub fn total_vol(&self, moneyness: Real) -> Real {
        let (left, right) = (self.left * moneyness, self.right * moneyness);
        let tilt = right - left;
        let root = ((left + right).half().square() + Real::ONE + tilt).sqrt();
        self.atm_total_vol * (Real::ONE + tilt.half() + root).half().sqrt()
    }
}

/// w = σ²τ at a log-moneyness; zero once expired.
pub fn total_variance(slice: &Slice, now: u64, log_moneyness: Real) -> Real {
    Smile::at(slice, now).map_or(Real::ZERO, |smile| {
        smile.total_vol(smile.moneyness(log_moneyness)).square()
    })
}

/// Implied vol at a strike, WAD, nearest; zero once expired.
pub fn vol(slice: &Slice, spot: u128, strike: u128, now: u64) -> u64 {
    let forward = Real::from_wad_u128(spot);
    let log_moneyness = ln(Real::from_wad_u128(strike) / forward);
    Smile::at(slice, now).map_or(0, |smile| {
        u64_wad(smile.total_vol(smile.moneyness(log_moneyness)) / years(slice.expiry - now).sqrt())
    })
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
    let Some(smile) = Smile::at(new, now) else {
        return Err(SurfaceError::Expired {
            expiry: new.expiry,
            now,
        });
    };
    if new.atm_vol < MIN_ATM_VOL || new.atm_vol > MAX_ATM_VOL {
        return Err(SurfaceError::AtmVolOutOfBounds { vol: new.atm_vol });
    }
    for wing in [new.left_wing, new.right_wing] {
        if !(MIN_WING..=MAX_WING).contains(&wing) {
            return Err(SurfaceError::WingOutOfBounds { wing });
        }
    }
    let slope = u64_wad(smile.left.max(smile.right) * smile.atm_total_vol);
    if slope > MAX_SLOPE {
        return Err(SurfaceError::SlopeTooSteep { slope });
    }
    if let Some(previous) = previous.and_then(|slice| Smile::at(slice, now)) {
        check_calendar(&previous, &smile)?;
    }
    if let Some(next) = next.and_then(|slice| Smile::at(slice, now)) {
        check_calendar(&smile, &next)?;
    }
    Ok(())
}

fn check_calendar(earlier: &Smile, later: &Smile) -> Result<(), SurfaceError> {
    let falls = |a: Real, b: Real| a > b + b.mul_pow2(-40);
    let (s1, s2) = (earlier.atm_total_vol, later.atm_total_vol);
    if falls(s1, s2) {
        return Err(SurfaceError::CalendarVariance {
            earlier: u64_wad(s1.square()),
            later: u64_wad(s2.square()),
        });
    }
    let (left1, left2) = (earlier.left * s1, later.left * s2);
    if falls(left1, left2) {
        return Err(SurfaceError::CalendarLeftWing {
            earlier: u64_wad(left1),
            later: u64_wad(left2),
        });
    }
    let (right1, right2) = (earlier.right * s1, later.right * s2);
    if falls(right1, right2) {
        return Err(SurfaceError::CalendarRightWing {
            earlier: u64_wad(right1),
            later: u64_wad(right2),
        });
    }
    let curvature1 = (earlier.left + earlier.right).half() * earlier.inverse;
    let curvature2 = (later.left + later.right).half() * later.inverse;
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
    let weight_a = Real::ONE - weight_b;
    let (vol_a, vol_b) = (Real::from_wad_u64(a.atm_vol), Real::from_wad_u64(b.atm_vol));
    let theta = vol_a.square() * tau_a * weight_a + vol_b.square() * tau_b * weight_b;
    let weight_a = weight_a * vol_a * tau_a.sqrt();
    let weight_b = weight_b * vol_b * tau_b.sqrt();
    let wing = |a: u64, b: u64| {
        u64_wad(
            (Real::from_wad_u64(a) * weight_a + Real::from_wad_u64(b) * weight_b) / theta.sqrt(),
        )
    };
    Slice {
        expiry,
        atm_vol: u64_wad((theta / tau).sqrt()),
        left_wing: wing(a.left_wing, b.left_wing),
        right_wing: wing(a.right_wing, b.right_wing),
        posted_at: a.posted_at.min(b.posted_at),
    }
}
