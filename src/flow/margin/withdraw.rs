//! Quote out of an account, by its owner alone. Open while paused; without a short leg no price stands in the way either.

use alloy_primitives::{Address, U256};

use super::{deposit::atoms, meet};
use crate::{
    error::{refuse, Refusal},
    event::emit,
    guard,
    io::{host, token},
    margin,
    saturating::Saturating,
    storage::configuration,
    Pool,
};

/// Pays `amount` atoms of the caller's account to `receiver`.
///
/// # Errors
/// `SizeZero`, `ValueTooLarge`, `InsufficientMargin`, `MarginBelowRequirement`, `InsufficientFreeCash` where pot and pool together lack
/// the cash, with short legs `AwaitsSettlement` and those of the oracle.
#[inline(never)]
pub fn withdraw(pool: &mut Pool, amount: U256, receiver: Address) -> Result<(), Refusal> {
    guard::enter(pool)?;
    guard::receiver(pool, receiver)?;
    let atoms = atoms(amount)?;
    let owner = host::sender(pool);
    let (mut money, mut session) = meet::open(pool, owner);
    let quote = session.account.quote;
    if quote < atoms as i128 {
        return Err(refuse!(InsufficientMargin, quote, atoms));
    }
    session.account.quote -= atoms as i128;
    margin::check_free(pool, &mut session.account)?;
    let lacks = atoms.less(session.pot.cash);
    meet::reach(pool, &mut money, lacks);
    session.pot.take(pool, &mut money, atoms)?;
    session.close(pool, &money);
    token::push(pool, configuration::load(pool).quote, receiver, atoms)?;
    let quote = session.account.quote;
    emit!(pool, MarginWithdrawn, [owner, receiver], [atoms, quote]);
    guard::leave(pool);
    Ok(())
}
