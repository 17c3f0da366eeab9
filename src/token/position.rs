//! Positions: ERC-6909 balances by packed series id, in WAD. Holders are long; the pool is short what they hold.
//! There is no receiver callback, so a transfer can't re-enter.

use alloy_primitives::{Address, U256};

use crate::{
    error::{refuse, Refusal, Word},
    event, guard,
    interface::{Approval_1 as Approved, Transfer_1 as Moved},
    io::host,
    Pool,
};
use alloy_sol_types::SolEvent;

/// Balance of `holder` in series `id`, WAD.
pub fn balance(pool: &Pool, holder: Address, id: U256) -> U256 {
    pool.positions.getter(holder).get(id)
}

/// Creates `size` for `receiver` on behalf of `caller`.
pub fn mint(
    pool: &mut Pool,
    caller: Address,
    receiver: Address,
    id: U256,
    size: U256,
) -> Result<(), Refusal> {
    add(pool, receiver, id, size);
    log(pool, caller, Address::ZERO, receiver, id, size);
    Ok(())
}

/// Destroys `size` of `holder`.
pub fn burn(
    pool: &mut Pool,
    caller: Address,
    holder: Address,
    id: U256,
    size: U256,
) -> Result<(), Refusal> {
    take(pool, holder, id, size)?;
    log(pool, caller, holder, Address::ZERO, id, size);
    Ok(())
}

/// Moves `size` from `sender`; the caller needs to be the sender, its operator, or to have the allowance.
pub fn transfer_from(
    pool: &mut Pool,
    sender: Address,
    receiver: Address,
    id: U256,
    size: U256,
) -> Result<(), Refusal> {
    guard::not_zero(receiver)?;
    let caller = host::sender(pool);
    if caller != sender && !pool.operators.getter(sender).get(caller) {
        spend_allowance(pool, sender, caller, id, size)?;
    }
    take(pool, sender, id, size)?;
    add(pool, receiver, id, size);
    log(pool, caller, sender, receiver, id, size);
    Ok(())
}

/// Sets the allowance of `spender` over one series of `owner`.
pub fn approve(pool: &mut Pool, owner: Address, spender: Address, id: U256, size: U256) {
    pool.position_allowances
        .setter(owner)
        .setter(spender)
        .insert(id, size);
    event::log(
        pool,
        Approved::SIGNATURE_HASH,
        &[owner.word(), spender.word(), id],
        &[size],
    );
}

fn spend_allowance(
    pool: &mut Pool,
    owner: Address,
    spender: Address,
    id: U256,
    size: U256,
) -> Result<(), Refusal> {
    let mut by_owner = pool.position_allowances.setter(owner);
    let mut by_spender = by_owner.setter(spender);
    let allowance = by_spender.get(id);
    if allowance == U256::MAX {
        return Ok(());
    }
    let Some(rest) = allowance.checked_sub(size) else {
        return Err(refuse!(InsufficientAllowance, spender, allowance, size));
    };
    by_spender.insert(id, rest);
    Ok(())
}

fn take(pool: &mut Pool, holder: Address, id: U256, size: U256) -> Result<(), Refusal> {
    let mut balances = pool.positions.setter(holder);
    let balance = balances.get(id);
    let Some(rest) = balance.checked_sub(size) else {
        return Err(refuse!(InsufficientBalance, holder, balance, size));
    };
    balances.insert(id, rest);
    Ok(())
}

fn add(pool: &mut Pool, holder: Address, id: U256, size: U256) {
    let mut balances = pool.positions.setter(holder);
    // The sum of all balances is what the pool is short, which fits 48 bits of lots.
    let balance = balances.get(id).saturating_add(size);
    balances.insert(id, balance);
}

fn log(pool: &Pool, caller: Address, sender: Address, receiver: Address, id: U256, size: U256) {
    event::log(
        pool,
        Moved::SIGNATURE_HASH,
        &[sender.word(), receiver.word(), id],
        &[caller.word(), size],
    );
}
