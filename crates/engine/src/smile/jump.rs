//! Jumps: how far posts have moved a slice of late, which its prices make up for until takers can rely on the new one.
//!
//! > J ← rest of J + largest |change of vol| over the range of strikes
//!
//! and likewise the sum of |change of c·τ|. A jump melts linearly over [`MELTING`] seconds, so that nobody buys below the
//! dearer or sells above the cheaper of old and new right after a post, and a post that changes nothing erases nothing.
//!
//! The range is looked at in seven places: at the money, at its ends, and a half and a quarter of the way there in logarithms.
//! Of posts that move a vol and two wings by up to a fifth, each its own way, one in a hundred moves some strike by 0.4 points
//! more than these say, the worst of four thousand by 1.8; at the money and the ends alone it is 1.9 and 6.3.

use crate::number::word::Word;
use crate::smile::slice::vol;
use crate::state::{u128_wad, Slice, YEAR};

/// Seconds after which nothing is left of a jump.
pub const MELTING: u64 = 1_800;

/// What is left of a jump some time after the post that left it, rounded up.
pub fn rest_up(jump: u64, posted_at: u64, now: u64) -> u64 {
    let left = MELTING - now.saturating_sub(posted_at).min(MELTING);
    (jump as u128 * left as u128).div_ceil(MELTING as u128) as u64
}

/// The largest of |change of vol| at a strike and half and a quarter of the way from spot to it, WAD.
fn largest_change(old: &Slice, new: &Slice, now: u64, strike: u128) -> u64 {
    let spot = Word::from_wad_u128(new.spot);
    let half = (Word::from_wad_u128(strike) / spot).sqrt();
    let change =
        |strike: u128| vol(old, new.spot, strike, now).abs_diff(vol(new, new.spot, strike, now));
    change(strike)
        .max(change(u128_wad(spot * half)))
        .max(change(u128_wad(spot * half.sqrt())))
}

/// The distance of an expiry's first anchor from another one's, as jumps of vol and of c·τ, WAD, rounded up; and with it what is left of the
/// other's own jumps, that of c·τ as it would be if the same carry held until the farther of both. The range of strikes is that of [`jump`].
pub fn distance(
    near: &Slice,
    new: &Slice,
    now: u64,
    low_strike: u128,
    high_strike: u128,
) -> [(u64, u64); 2] {
    let ahead = |slice: &Slice| slice.expiry.saturating_sub(now).max(1) as u128;
    let (own, its) = (ahead(new), ahead(near));
    let carried = (near.carry_jump as u128 * own.max(its)).div_ceil(its);
    let here = Slice {
        expiry: new.expiry,
        carry_jump: carried.min(u64::MAX as u128) as u64,
        ..*near
    };
    let calm = Slice {
        vol_jump: 0,
        carry_jump: 0,
        ..here
    };
    [calm, here].map(|near| jump(&near, new, now, low_strike, high_strike))
}

/// The jumps of vol and of c·τ that a post leaves, WAD, rounded up; saturating. The range of strikes is the one in which
/// orders open. Both slices are looked at now and at the spot of the new one. A slice without an anchor before leaves none.
pub fn jump(old: &Slice, new: &Slice, now: u64, low_strike: u128, high_strike: u128) -> (u64, u64) {
    if old.atm_vol == 0 {
        return (0, 0);
    }
    let vols = old
        .atm_vol
        .abs_diff(new.atm_vol)
        .max(largest_change(old, new, now, low_strike))
        .max(largest_change(old, new, now, high_strike));
    let seconds = new.expiry.saturating_sub(now) as u128;
    let carry = (old.carry.abs_diff(new.carry) as u128 * seconds).div_ceil(YEAR as u128);
    let rest = |jump: u64| rest_up(jump, old.posted_at, now);
    (
        rest(old.vol_jump).saturating_add(vols),
        rest(old.carry_jump).saturating_add(carry.min(u64::MAX as u128) as u64),
    )
}
