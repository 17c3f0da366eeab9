//! The keeper's surface: listing expiries and posting anchors, each within bounds, steps and no-arbitrage.

use smirk_engine::state::{Slice, MAX_EXPIRIES};

use crate::{
    answer,
    error::{refuse, Refusal},
    event::emit,
    guard,
    io::host,
    storage::{
        book::Book,
        head,
        parameters::{self, Limits},
        roles,
    },
    Pool,
};

/// An expiry may be listed at most this far ahead, seconds.
const HORIZON: u64 = 2 * 31_536_000;
const WAD: u128 = 1_000_000_000_000_000_000;

/// Lists an expiry. It trades once its first anchor is posted.
pub fn list(pool: &mut Pool, expiry: u64) -> Result<(), Refusal> {
    guard::only(pool, roles::load(pool, roles::KEEPER))?;
    guard::enter(pool)?;
    let (mut head, limits, mut book) = load(pool);
    let now = host::now(pool);
    let (earliest, latest) = (now + limits.cutoff, now + HORIZON);
    if expiry <= earliest || expiry > latest {
        return Err(refuse!(ExpiryOutOfRange, expiry, earliest, latest));
    }
    if book.find_slice(expiry).is_some() {
        return Err(refuse!(ExpiryAlreadyListed, expiry));
    }
    if book.slices().len() == MAX_EXPIRIES {
        return Err(refuse!(TooManyExpiries, MAX_EXPIRIES as u64));
    }
    book.insert_slice(pool, &mut head, expiry);
    head::store(pool, &head);
    emit!(pool, ExpiryListed, [expiry], []);
    guard::leave(pool);
    Ok(())
}

/// Posts an anchor. The first one of an expiry is free of the step limit.
pub fn post(
    pool: &mut Pool,
    expiry: u64,
    atm_vol: u64,
    left_wing: u64,
    right_wing: u64,
) -> Result<(), Refusal> {
    guard::only(pool, roles::load(pool, roles::KEEPER))?;
    guard::enter(pool)?;
    let (_, limits, mut book) = load(pool);
    let now = host::now(pool);
    if expiry <= now {
        return Err(refuse!(SeriesExpired, expiry, now));
    }
    let Some(index) = book.find_slice(expiry) else {
        return Err(refuse!(ExpiryNotListed, expiry));
    };
    let slice = Slice {
        expiry,
        atm_vol,
        left_wing,
        right_wing,
        posted_at: now,
    };
    check_step(&book.slices()[index], &slice, &limits)?;
    let posted = |slice: &&Slice| slice.atm_vol != 0 && slice.expiry > now;
    let previous = book.slices()[..index].iter().rev().find(posted).copied();
    let next = book.slices()[index + 1..].iter().find(posted).copied();
    answer::check_anchor(&slice, previous.as_ref(), next.as_ref(), now)?;
    book.store_slice(pool, index, slice);
    emit!(
        pool,
        AnchorPosted,
        [expiry],
        [atm_vol, left_wing, right_wing]
    );
    guard::leave(pool);
    Ok(())
}

fn load(pool: &Pool) -> (head::Head, Limits, Book) {
    let mut head = head::load(pool);
    // Stored again with the lock still held; `guard::leave` frees it.
    head.lock = head::LOCKED;
    let limits = parameters::limits(&parameters::values(pool));
    let book = Book::load(pool, &head, limits.strike_tick);
    (head, limits, book)
}

fn check_step(old: &Slice, new: &Slice, limits: &Limits) -> Result<(), Refusal> {
    if old.atm_vol == 0 {
        return Ok(());
    }
    let earliest = old.posted_at + limits.anchor_interval;
    if new.posted_at < earliest {
        return Err(refuse!(AnchorTooSoon, earliest, new.posted_at));
    }
    for (old, new) in [
        (old.atm_vol, new.atm_vol),
        (old.left_wing, new.left_wing),
        (old.right_wing, new.right_wing),
    ] {
        let step = old.abs_diff(new) as u128 * WAD;
        if step > old as u128 * limits.anchor_step as u128 {
            return Err(refuse!(AnchorStepTooLarge, old, new, limits.anchor_step));
        }
    }
    Ok(())
}
