//! What an anchor must satisfy: bounds, and no butterfly or calendar arbitrage.

use crate::number::word::Word;
use crate::smile::time::root_tau;
use crate::state::{u64_wad, Slice};

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

/// Least carry of an anchor, per year, WAD. A pool that is short a call of delta one holds base that earns nothing, which
/// costs it what spot exceeds the forward by.
pub const MIN_CARRY: i64 = -100_000_000_000_000_000;
/// Greatest carry of an anchor, per year, WAD.
pub const MAX_CARRY: i64 = 300_000_000_000_000_000;

/// Why an anchor was refused. Vols, variances, wings and carry are WAD.
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
    /// Carry outside [`MIN_CARRY`]..[`MAX_CARRY`].
    CarryOutOfBounds {
        /// The carry refused, per year.
        carry: i64,
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

impl SurfaceError {
    /// The condition as a number, the value refused, and its bound; of a pair of neighbours the values at the earlier and
    /// at the later expiry. 1 ATM vol, 2 wing, 3 slope, 4 calendar ATM variance, 5 calendar left wing, 6 calendar right
    /// wing, 7 calendar curvature, 8 carry, 9 expired. WAD, but for times; only a carry can be negative.
    pub fn numbers(self) -> (u8, i128, i128) {
        let (check, value, bound) = match self {
            SurfaceError::AtmVolOutOfBounds { vol } => {
                (1, vol, vol.clamp(MIN_ATM_VOL, MAX_ATM_VOL))
            }
            SurfaceError::WingOutOfBounds { wing } => (2, wing, wing.clamp(MIN_WING, MAX_WING)),
            SurfaceError::SlopeTooSteep { slope } => (3, slope, MAX_SLOPE),
            SurfaceError::CalendarVariance { earlier, later } => (4, earlier, later),
            SurfaceError::CalendarLeftWing { earlier, later } => (5, earlier, later),
            SurfaceError::CalendarRightWing { earlier, later } => (6, earlier, later),
            SurfaceError::CalendarCurvature { earlier, later } => (7, earlier, later),
            SurfaceError::CarryOutOfBounds { carry } => {
                let bound = carry.clamp(MIN_CARRY, MAX_CARRY);
                return (8, carry as i128, bound as i128);
            }
            SurfaceError::Expired { expiry, now } => (9, expiry, now),
        };
        (check, value as i128, bound as i128)
    }
}

/// Refuses an anchor that is out of bounds or would let butterfly or calendar arbitrage into the surface.
///
/// `previous` and `next` are its neighbours by expiry; one that has expired is ignored. The conditions are
/// sufficient (economics: O(1) checks), and once true they stay true while time passes and nothing is posted:
/// θ_later/θ_earlier only grows, and everything else is constant in normalised coordinates.
/// They hold in log-moneyness against each expiry's own forward, so carry only has bounds.
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
    if new.carry.clamp(MIN_CARRY, MAX_CARRY) != new.carry {
        return Err(SurfaceError::CarryOutOfBounds { carry: new.carry });
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
