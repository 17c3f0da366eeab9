//! Who may trade on an account besides its owner. Nothing leaves an account by a delegate's hand.

use alloy_primitives::Address;

use crate::{
    error::{refuse, Refusal},
    event::emit,
    guard,
    io::host,
    storage::account,
    Pool,
};

/// Names or removes a delegate of the caller's account.
///
/// # Errors
/// `ZeroAddress`, `Reentered`.
pub fn set(pool: &mut Pool, delegate: Address, approved: bool) -> Result<(), Refusal> {
    guard::unlocked(pool)?;
    guard::not_zero(delegate)?;
    let owner = host::sender(pool);
    account::set_delegate(pool, owner, delegate, approved);
    emit!(pool, DelegateSet, [owner, delegate], [approved as u64]);
    Ok(())
}

/// Refuses a caller who may not trade on the account of `owner`.
///
/// # Errors
/// `NotAuthorised`.
pub fn check(pool: &Pool, owner: Address) -> Result<(), Refusal> {
    let caller = host::sender(pool);
    if caller != owner && !account::is_delegate(pool, owner, caller) {
        return Err(refuse!(NotAuthorised, caller, owner));
    }
    Ok(())
}
