//! Positions: ERC-6909 balances by packed series id, in WAD. Holders are long; the pool is short what they hold.
//! There is no receiver callback, so a transfer can't re-enter.

use alloy_primitives::{Address, U256};
use smirk_engine::state::LOT;

use super::balance;
use crate::{
    error::{refuse, Refusal},
    event::emit,
    guard,
    io::host,
    storage::slots::{entry, OPERATORS, POSITIONS, POSITION_ALLOWANCES},
    words::{narrow, Word, Words},
    Pool,
};

/// Balance of `holder` in series `id`, WAD.
pub fn balance(pool: &Pool, holder: Address, id: U256) -> U256 {
    host::load(pool, slot(pool, holder, id))
}

#[inline(never)]
fn slot(pool: &Pool, holder: Address, id: U256) -> U256 {
    entry(pool, POSITIONS, Words::none().with(holder).with(id))
}

#[inline(never)]
fn allowance_slot(pool: &Pool, owner: Address, spender: Address, id: U256) -> U256 {
    let keys = Words::none().with(owner).with(spender).with(id);
    entry(pool, POSITION_ALLOWANCES, keys)
}

#[inline(never)]
fn operator_slot(pool: &Pool, owner: Address, spender: Address) -> U256 {
    entry(pool, OPERATORS, Words::none().with(owner).with(spender))
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

/// Moves `size`, a whole number of lots, from `sender`; the caller needs to be the sender, its operator, or to have the
/// allowance, of which a size of zero needs some too.
pub fn transfer_from(
    pool: &mut Pool,
    sender: Address,
    receiver: Address,
    id: U256,
    size: U256,
) -> Result<(), Refusal> {
    guard::receiver(pool, receiver)?;
    // A size beyond 128 bits is nobody's balance.
    if narrow(size).is_some_and(|size| !size.is_multiple_of(LOT)) {
        return Err(refuse!(SizeOffGrid, size, LOT));
    }
    let caller = host::sender(pool);
    if caller != sender && !is_operator(pool, sender, caller) {
        let slot = allowance_slot(pool, sender, caller, id);
        balance::spend(pool, slot, caller, size)?;
    }
    take(pool, sender, id, size)?;
    add(pool, receiver, id, size);
    log(pool, caller, sender, receiver, id, size);
    Ok(())
}

/// Size of series `id` that `spender` may move for `owner`.
pub fn allowance(pool: &Pool, owner: Address, spender: Address, id: U256) -> U256 {
    host::load(pool, allowance_slot(pool, owner, spender, id))
}

/// Whether `spender` may move everything of `owner`.
pub fn is_operator(pool: &Pool, owner: Address, spender: Address) -> bool {
    !host::load(pool, operator_slot(pool, owner, spender)).is_zero()
}

/// Names or removes an operator.
pub fn set_operator(pool: &mut Pool, owner: Address, spender: Address, approved: bool) {
    let slot = operator_slot(pool, owner, spender);
    host::store(pool, slot, (approved as u64).word());
    emit!(pool, OperatorSet, [owner, spender], [approved as u64]);
}

/// Sets the allowance of `spender` over one series of `owner`.
pub fn approve(pool: &mut Pool, owner: Address, spender: Address, id: U256, size: U256) {
    let slot = allowance_slot(pool, owner, spender, id);
    host::store(pool, slot, size);
    emit!(pool, Approval_1, [owner, spender, id], [size]);
}

fn take(pool: &mut Pool, holder: Address, id: U256, size: U256) -> Result<(), Refusal> {
    let slot = slot(pool, holder, id);
    balance::take(pool, slot, holder, size)
}

fn add(pool: &mut Pool, holder: Address, id: U256, size: U256) {
    // The sum of all balances is what the pool is short, which fits 48 bits of lots.
    let slot = slot(pool, holder, id);
    balance::add(pool, slot, size);
}

fn log(pool: &Pool, caller: Address, sender: Address, receiver: Address, id: U256, size: U256) {
    emit!(pool, Transfer_1, [sender, receiver, id], [caller, size]);
}
