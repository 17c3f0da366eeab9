//! What shares and positions have in common: a balance or an allowance in a slot.

use alloy_primitives::{Address, U256};

use crate::{
    error::{refuse, Refusal},
    io::host,
    Pool,
};

/// Adds to a balance; the sum of all fits its type.
#[inline(never)]
pub fn add(pool: &mut Pool, slot: U256, amount: U256) {
    let balance = host::load(pool, slot).saturating_add(amount);
    host::store(pool, slot, balance);
}

/// Takes from the balance of `holder`.
///
/// # Errors
/// `InsufficientBalance`.
#[inline(never)]
pub fn take(pool: &mut Pool, slot: U256, holder: Address, amount: U256) -> Result<(), Refusal> {
    let balance = host::load(pool, slot);
    let Some(rest) = balance.checked_sub(amount) else {
        return Err(refuse!(InsufficientBalance, holder, balance, amount));
    };
    host::store(pool, slot, rest);
    Ok(())
}

/// Uses up an allowance of `spender`, unless it is unlimited.
///
/// # Errors
/// `InsufficientAllowance`.
#[inline(never)]
pub fn spend(pool: &mut Pool, slot: U256, spender: Address, amount: U256) -> Result<(), Refusal> {
    let allowance = host::load(pool, slot);
    if allowance == U256::MAX {
        return Ok(());
    }
    // Nothing may be done in the name of somebody who allowed nothing.
    let rest = allowance
        .checked_sub(amount)
        .filter(|_| !allowance.is_zero());
    let Some(rest) = rest else {
        return Err(refuse!(InsufficientAllowance, spender, allowance, amount));
    };
    host::store(pool, slot, rest);
    Ok(())
}
