//! The keeper posts an anchor: three numbers of a smile and the carry. A post takes effect at once; what it moved widens the
//! spread and both sides of net asset value while it melts, so that nobody trades between old and new at a gain.

use alloy_primitives::{Address, U256};
use smirk_engine::{
    state::{Slice, YEAR},
    surface::{rest_up, MAX_ATM_VOL, MAX_CARRY, MIN_CARRY},
    wide::mul_div_down,
};

use super::start;
use crate::{
    answer,
    error::{refuse, Refusal},
    event::emit,
    flow::liquidity::status,
    guard,
    io::host,
    scale::WAD,
    storage::{book::Book, pack::FINE, parameters::Limits, roles},
    token::share,
    words::narrow,
    Pool,
};

/// Greatest jump of carry times time, what has not melted of earlier ones included, WAD.
const MOST_CARRY_JUMP: u128 = WAD / 20;
/// From the least carry of an anchor to the greatest, WAD.
const CARRY_RANGE: u128 = (MAX_CARRY - MIN_CARRY) as u128;

/// What a keeper posts for one expiry, WAD, stored in steps of 1e-9.
#[derive(Clone, Copy)]
pub struct Anchor {
    /// At-the-money vol.
    pub atm_vol: u64,
    /// Left wing slope over the root of total variance.
    pub left_wing: u64,
    /// Right wing slope over the root of total variance.
    pub right_wing: u64,
    /// Carry per year, signed.
    pub carry: i64,
}

impl Anchor {
    /// From words of the ABI; `None` for a carry beyond 64 bits.
    pub fn new(atm_vol: u64, left_wing: u64, right_wing: u64, carry: U256) -> Option<Anchor> {
        let is_negative = carry.bit(255);
        let size = narrow(if is_negative {
            carry.wrapping_neg()
        } else {
            carry
        })?;
        let size = i64::try_from(size).ok()?;
        Some(Anchor {
            atm_vol,
            left_wing,
            right_wing,
            carry: if is_negative { -size } else { size },
        })
    }
}

/// Posts an anchor.
///
/// # Errors
/// `NotAuthorised`, `SeriesExpired`, `ExpiryNotListed`, `AnchorTooSoon`, `AnchorRejected`, `AnchorJumpTooLarge`, those of a
/// feed without a price.
pub fn post(pool: &mut Pool, expiry: u64, anchor: Option<Anchor>) -> Result<(), Refusal> {
    // Where there is a quorum nobody posts alone.
    let alone = roles::quorum(pool).threshold == 0;
    let keeper = roles::load(pool, roles::KEEPER);
    guard::only(pool, if alone { keeper } else { Address::ZERO })?;
    guard::enter(pool)?;
    let Some(anchor) = anchor else {
        return Err(refuse!(ArgumentInvalid, 4u64));
    };
    let (limits, _, mut book) = start::load(pool);
    let now = host::now(pool);
    if expiry <= now {
        return Err(refuse!(SeriesExpired, expiry, now));
    }
    let Some(index) = book.find_slice(expiry) else {
        return Err(refuse!(ExpiryNotListed, expiry));
    };
    let slice = posted(&book.slices()[index], &anchor, start::price(pool)?, now);
    let [previous, next] = neighbours(book.slices(), index, now);
    answer::check_anchor(&slice, previous, next, now)?;
    enter(pool, &mut book, index, slice, &limits)?;
    status::leave(pool);
    Ok(())
}

/// Enters a checked anchor with what it moves. Before anybody has a share there is nothing to lose by a first one.
///
/// # Errors
/// `AnchorTooSoon`, `AnchorJumpTooLarge`.
pub fn enter(
    pool: &mut Pool,
    book: &mut Book,
    index: usize,
    mut slice: Slice,
    limits: &Limits,
) -> Result<(), Refusal> {
    let old = book.slices()[index];
    if old.atm_vol != 0 {
        jump(&old, &mut slice, limits)?;
    } else if share::supply(pool) != 0 {
        let near = neighbours(book.slices(), index, slice.posted_at);
        begin(near, &mut slice, limits)?;
    }
    *book.slice_mut(index) = slice;
    book.store_slice(pool, index);
    emit!(
        pool,
        AnchorPosted,
        [slice.expiry],
        [
            slice.atm_vol,
            slice.left_wing,
            slice.right_wing,
            slice.carry as i128,
            slice.spot,
            slice.vol_jump,
            slice.carry_jump
        ]
    );
    Ok(())
}

/// The slice with the anchor in it, as storage keeps it.
fn posted(old: &Slice, anchor: &Anchor, spot: u128, now: u64) -> Slice {
    let fine = |wad: u64| wad / FINE * FINE;
    Slice {
        posted_at: now,
        atm_vol: fine(anchor.atm_vol),
        left_wing: fine(anchor.left_wing),
        right_wing: fine(anchor.right_wing),
        carry: anchor.carry / FINE as i64 * FINE as i64,
        spot: kept(spot),
        ..*old
    }
}

/// A spot as storage keeps it.
pub fn kept(spot: u128) -> u128 {
    spot / FINE as u128 * FINE as u128
}

/// The ends of the strikes at which orders open.
#[inline(never)]
pub fn ends(spot: u128, limits: &Limits) -> [u128; 2] {
    let strike = |moneyness: u64| mul_div_down(spot, moneyness as u128, WAD).unwrap_or(u128::MAX);
    [strike(limits.moneyness_low), strike(limits.moneyness_high)]
}

/// The anchors before and behind an expiry's, of those that have not passed.
fn neighbours(slices: &[Slice], index: usize, now: u64) -> [Option<&Slice>; 2] {
    let is_live = |slice: &&Slice| slice.atm_vol != 0 && slice.expiry > now;
    let (before, rest) = slices.split_at(index);
    let behind = &rest[1..];
    [
        before.iter().rev().find(is_live),
        behind.iter().find(is_live),
    ]
}

/// Enters what the post moves, with what is left of earlier posts.
fn jump(old: &Slice, new: &mut Slice, limits: &Limits) -> Result<(), Refusal> {
    let earliest = old.posted_at + limits.anchor_interval;
    if new.posted_at < earliest {
        return Err(refuse!(AnchorTooSoon, earliest, new.posted_at));
    }
    let (vol, carry) = answer::jump(old, new, ends(new.spot, limits));
    // A fifth of the most passes whatever is left, so that the wide jump of a first anchor holds up no surface.
    let counted = |jump: u64, left: u64| {
        let moved = jump - rest_up(left, old.posted_at, new.posted_at).min(jump);
        jump.min(moved.saturating_mul(5))
    };
    let counted = (counted(vol, old.vol_jump), counted(carry, old.carry_jump));
    check(counted, old, limits)?;
    (new.vol_jump, new.carry_jump) = (vol, carry);
    Ok(())
}

/// Enters an expiry's first anchor, which nothing but its neighbours vouches for: it may lie no further from either than a post from the one
/// before, and counts as moved by that with what is left of the neighbour's jumps, by half its vol and [`MOST_CARRY_JUMP`] at least; where
/// it has no neighbour by whatever vol and carry can be. Nobody holds anything there yet.
fn begin(near: [Option<&Slice>; 2], new: &mut Slice, limits: &Limits) -> Result<(), Refusal> {
    let ahead = (new.expiry - new.posted_at) as u128;
    let any = (MAX_ATM_VOL, (CARRY_RANGE * ahead / YEAR as u128) as u64);
    let least = (new.atm_vol / 2, MOST_CARRY_JUMP as u64);
    (new.vol_jump, new.carry_jump) = any;
    for (place, near) in near.into_iter().flatten().enumerate() {
        let [distance, (vol, carry)] = answer::distance(near, new, ends(new.spot, limits));
        check(distance, near, limits)?;
        if place == 0 {
            (new.vol_jump, new.carry_jump) = least;
        }
        (new.vol_jump, new.carry_jump) = (new.vol_jump.max(vol), new.carry_jump.max(carry));
    }
    Ok(())
}

/// Refuses jumps that are larger than those from this anchor may be.
fn check((vol, carry): (u64, u64), from: &Slice, limits: &Limits) -> Result<(), Refusal> {
    let most = mul_div_down(from.atm_vol as u128, limits.anchor_jump as u128, WAD).unwrap_or(0);
    for (jump, most) in [(vol as u128, most), (carry as u128, MOST_CARRY_JUMP)] {
        if jump > most {
            return Err(refuse!(AnchorJumpTooLarge, jump, most));
        }
    }
    Ok(())
}
