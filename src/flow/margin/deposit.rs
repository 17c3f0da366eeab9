//! Quote into an account. Anybody may pay it in for anybody.

use alloy_primitives::{Address, U256};

use super::meet;
use crate::{
    error::{refuse, Refusal},
    event::emit,
    guard,
    io::{host, token},
    saturating::Saturating,
    storage::configuration,
    words::narrow,
    Pool,
};

/// Pays `amount` atoms of the caller's into the account of `owner`.
///
/// # Errors
/// `SizeZero`, `ValueTooLarge`, `ZeroAddress` and `ReceiverInvalid` for an account that nobody could use, those of [`token::pull`].
#[inline(never)]
pub fn deposit(pool: &mut Pool, amount: U256, owner: Address) -> Result<(), Refusal> {
    guard::enter(pool)?;
    guard::receiver(pool, owner)?;
    let atoms = atoms(amount)?;
    let (mut money, mut session) = meet::open(pool, owner);
    session.pot.cash = session.pot.cash.plus(atoms);
    session.credit(pool, &mut money, atoms as i128);
    session.doubt(pool, false);
    session.close(pool, &money);
    let payer = host::sender(pool);
    token::pull(pool, configuration::load(pool).quote, payer, atoms)?;
    let quote = session.account.quote;
    emit!(pool, MarginDeposited, [owner, payer], [atoms, quote]);
    guard::leave(pool);
    Ok(())
}

/// An amount in atoms that an account can hold.
///
/// # Errors
/// `SizeZero`, `ValueTooLarge`.
pub fn atoms(amount: U256) -> Result<u128, Refusal> {
    const MOST: u128 = u64::MAX as u128 * 1_000_000_000;
    if amount.is_zero() {
        return Err(refuse!(SizeZero));
    }
    narrow(amount)
        .filter(|atoms| *atoms <= MOST)
        .ok_or_else(|| refuse!(ValueTooLarge, amount, MOST))
}
