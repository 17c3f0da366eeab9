//! Owner, guardian and keeper: who may do what, within hard bounds. Whoever may pause may not resume.

use alloy_primitives::{Address, U256};

use crate::{
    error::{narrow, refuse, Refusal},
    event::emit,
    guard,
    io::host,
    storage::{
        head,
        parameters::{self, COUNT, STRIKE_TICK},
        roles::{self, GUARDIAN, KEEPER, OWNER, PENDING_OWNER},
        slots::{self, PROPOSED_FEED, PROPOSED_SIGNERS},
        table,
    },
    words::Word,
    Pool,
};

/// Greatest part of cash that may stay at the lender, WAD.
const MOST_IDLE: u128 = 800_000_000_000_000_000;

/// Offers ownership; it moves when the new owner accepts.
pub fn transfer_ownership(pool: &mut Pool, new_owner: Address) -> Result<(), Refusal> {
    let owner = roles::load(pool, OWNER);
    guard::only(pool, owner)?;
    roles::store(pool, PENDING_OWNER, new_owner);
    emit!(pool, OwnershipTransferStarted, [owner, new_owner], []);
    Ok(())
}

/// Takes an offered ownership. Signers and the feed that the owner before proposed are not the new one's.
pub fn accept_ownership(pool: &mut Pool) -> Result<(), Refusal> {
    let pending = roles::load(pool, PENDING_OWNER);
    guard::not_zero(pending)?;
    guard::only(pool, pending)?;
    let previous = roles::load(pool, OWNER);
    roles::store(pool, OWNER, pending);
    roles::store(pool, PENDING_OWNER, Address::ZERO);
    slots::store(pool, PROPOSED_SIGNERS, U256::ZERO);
    slots::store(pool, PROPOSED_FEED, U256::ZERO);
    emit!(pool, OwnershipTransferred, [previous, pending], []);
    Ok(())
}

/// Names the guardian; zero for none.
pub fn set_guardian(pool: &mut Pool, guardian: Address) -> Result<(), Refusal> {
    guard::only(pool, roles::load(pool, OWNER))?;
    roles::store(pool, GUARDIAN, guardian);
    emit!(pool, GuardianSet, [guardian], []);
    Ok(())
}

/// Names the keeper; zero for none.
pub fn set_keeper(pool: &mut Pool, keeper: Address) -> Result<(), Refusal> {
    guard::only(pool, roles::load(pool, OWNER))?;
    roles::store(pool, KEEPER, keeper);
    emit!(pool, KeeperSet, [keeper], []);
    Ok(())
}

/// Stops new risk. Guardian or owner.
pub fn pause(pool: &mut Pool) -> Result<(), Refusal> {
    let owner = roles::load(pool, OWNER);
    if host::sender(pool) != owner {
        guard::only(pool, roles::load(pool, GUARDIAN))?;
    }
    set_paused(pool, true)?;
    emit!(pool, Paused, [host::sender(pool)], []);
    Ok(())
}

/// Allows new risk again. Owner.
pub fn resume(pool: &mut Pool) -> Result<(), Refusal> {
    guard::only(pool, roles::load(pool, OWNER))?;
    set_paused(pool, false)?;
    emit!(pool, Resumed, [host::sender(pool)], []);
    Ok(())
}

/// Says which part of cash stays at the lender.
///
/// # Errors
/// `ValueTooLarge` beyond [`MOST_IDLE`].
pub fn set_idle_share(pool: &mut Pool, share: U256) -> Result<(), Refusal> {
    guard::only(pool, roles::load(pool, OWNER))?;
    guard::enter(pool)?;
    if share > MOST_IDLE.word() {
        return Err(refuse!(ValueTooLarge, share, MOST_IDLE));
    }
    table::replace(pool, table::IDLE_SHARE, share)?;
    emit!(pool, IdleShareSet, [], [share]);
    guard::leave(pool);
    Ok(())
}

/// Sets one parameter within its hard bounds. The strike tick can only move while the book is empty.
pub fn set_parameter(pool: &mut Pool, index: U256, value: U256) -> Result<(), Refusal> {
    guard::only(pool, roles::load(pool, OWNER))?;
    guard::enter(pool)?;
    let mut values = parameters::values(pool);
    let index = index.saturating_to::<usize>();
    if index >= COUNT {
        return Err(refuse!(
            ParameterOutOfBounds,
            index as u64,
            value,
            0u64,
            0u64
        ));
    }
    let value = narrow(value)?;
    let nodes = head::load(pool).nodes;
    if index == STRIKE_TICK && nodes != 0 {
        let tick = values[index];
        return Err(refuse!(
            ParameterOutOfBounds,
            index as u64,
            value,
            tick,
            tick
        ));
    }
    values[index] = value;
    parameters::check(&values)?;
    table::replace(pool, table::PARAMETERS + index, value.word())?;
    emit!(pool, ParameterSet, [index as u64], [value]);
    guard::leave(pool);
    Ok(())
}

/// In the middle of a call it would be lost: that has the word in memory and writes it again.
#[inline(never)]
fn set_paused(pool: &mut Pool, paused: bool) -> Result<(), Refusal> {
    guard::unlocked(pool)?;
    let mut head = head::load(pool);
    head.paused = paused;
    head::store(pool, &head);
    Ok(())
}
