//! The keeper or the owner lists an expiry. It trades once its first anchor is posted.

use smirk_engine::state::{MAX_EXPIRIES, YEAR};

use super::start;
use crate::{
    error::{refuse, Refusal},
    event::emit,
    flow::liquidity::status,
    guard,
    io::host,
    storage::{head, roles},
    Pool,
};

/// An expiry may be listed at most this far ahead, seconds.
const HORIZON: u64 = 2 * YEAR;

/// Lists an expiry. Where all places are taken the owner's gets that of the farthest in which nobody holds anything, which a keeper whose key
/// was stolen may have filled.
///
/// # Errors
/// `NotAuthorised`, `ExpiryOutOfRange`, `ExpiryAlreadyListed`, `TooManyExpiries` for the keeper, and for the owner where somebody holds
/// something in each.
pub fn list(pool: &mut Pool, expiry: u64) -> Result<(), Refusal> {
    let is_owner = host::sender(pool) == roles::load(pool, roles::OWNER);
    if !is_owner {
        guard::only(pool, roles::load(pool, roles::KEEPER))?;
    }
    guard::enter(pool)?;
    let (limits, mut head, mut book) = start::load(pool);
    let now = host::now(pool);
    let (earliest, latest) = (now + limits.cutoff, now + HORIZON);
    if expiry <= earliest || expiry > latest {
        return Err(refuse!(ExpiryOutOfRange, expiry, earliest, latest));
    }
    if book.find_slice(expiry).is_some() {
        return Err(refuse!(ExpiryAlreadyListed, expiry));
    }
    if book.slices().len() == MAX_EXPIRIES {
        let is_held = |slice: usize| book.nodes().iter().any(|node| node.slice as usize == slice);
        let farthest = (0..MAX_EXPIRIES).rev().find(|slice| !is_held(*slice));
        let Some(empty) = farthest.filter(|_| is_owner) else {
            return Err(refuse!(TooManyExpiries, MAX_EXPIRIES as u64));
        };
        let delisted = book.slices()[empty].expiry;
        book.remove_slice(pool, &mut head, empty);
        emit!(pool, ExpiryDelisted, [delisted], []);
    }
    book.insert_slice(pool, &mut head, expiry);
    head::store(pool, &head);
    emit!(pool, ExpiryListed, [expiry], []);
    // What was charged for an expiry that is gone is earned.
    status::leave(pool);
    Ok(())
}
