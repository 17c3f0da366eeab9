//! The first and last lines of every state-changing entry point: lock, pause, deadline, roles.

use alloy_primitives::Address;

use crate::{
    error::{refuse, Refusal},
    io::host,
    storage::head,
    Pool,
};

/// Takes the lock.
///
/// # Errors
/// `Reentered` while another state-changing call of this pool is under way.
#[inline(never)]
pub fn enter(pool: &mut Pool) -> Result<(), Refusal> {
    unlocked(pool)?;
    head::set_lock(pool, head::LOCKED);
    Ok(())
}

/// Frees the lock.
pub fn leave(pool: &mut Pool) {
    head::set_lock(pool, head::FREE);
}

/// Refuses to price the book in the middle of a state-changing call (read-only re-entry).
pub fn unlocked(pool: &Pool) -> Result<(), Refusal> {
    if head::lock(pool) != head::FREE {
        return Err(refuse!(Reentered));
    }
    Ok(())
}

/// Refuses new risk while the pool is paused.
pub fn running(pool: &Pool) -> Result<(), Refusal> {
    if head::load(pool).paused {
        return Err(refuse!(PoolPaused));
    }
    Ok(())
}

/// Refuses a transaction that lands after the taker's deadline.
pub fn deadline(pool: &Pool, deadline: u64) -> Result<(), Refusal> {
    let now = host::now(pool);
    if now > deadline {
        return Err(refuse!(DeadlinePassed, deadline, now));
    }
    Ok(())
}

/// Refuses any caller but this one.
#[inline(never)]
pub fn only(pool: &Pool, required: Address) -> Result<(), Refusal> {
    let caller = host::sender(pool);
    if caller != required {
        return Err(refuse!(NotAuthorised, caller, required));
    }
    Ok(())
}

/// Refuses a receiver who could never use what it gets: nobody, and the pool itself.
#[inline(never)]
pub fn receiver(pool: &Pool, address: Address) -> Result<(), Refusal> {
    not_zero(address)?;
    if address == host::this(pool) {
        return Err(refuse!(ReceiverInvalid, address));
    }
    Ok(())
}

/// Refuses the zero address.
pub fn not_zero(address: Address) -> Result<(), Refusal> {
    if address.is_zero() {
        return Err(refuse!(ZeroAddress));
    }
    Ok(())
}
