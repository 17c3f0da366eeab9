//! Anchors between the listed expiries.

use crate::number::word::Word;
use crate::smile::time::years;
use crate::state::{u64_wad, Slice};

/// An anchor for a new expiry from its neighbours: θ and the wing slopes linear in time between two, the
/// normalised parameters of the only one beyond it, and likewise c·τ and the carry. It passes the calendar check against both, because the
/// ratio of linear interpolants lies between the ratios at the ends. It is as old as the older neighbour
/// and remembers its spot; what is left of jumps is the larger of theirs.
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
    let carry = Word::from_wad_i128(a.carry as i128) * tau_a * weight_a
        + Word::from_wad_i128(b.carry as i128) * tau_b * weight_b;
    let older = if a.posted_at <= b.posted_at { a } else { b };
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
        posted_at: older.posted_at,
        carry: (carry / tau).to_wad_nearest() as i64,
        spot: older.spot,
        vol_jump: a.vol_jump.max(b.vol_jump),
        carry_jump: a.carry_jump.max(b.carry_jump),
        puts: 0,
        put_strikes: 0,
    }
}
