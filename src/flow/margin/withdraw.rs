//! Quote out of an account, by its owner alone. Open while paused; without a short leg no price stands in the way either.

use alloy_primitives::{Address, U256};

use super::{
    deposit::atoms,
    meet::{self, Session},
};
use crate::{
    error::{refuse, Refusal},
    event::emit,
    guard,
    io::{host, token},
    margin,
    saturating::Saturating,
    storage::{configuration, money},
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
    let mut money = money::load(pool);
    meet::fund(pool, &mut money);
    let configuration = configuration::load(pool);
    let mut session = Session::begin(pool, owner, &mut money, configuration.quote_scale);
    let quote = session.account.quote;
    if quote < atoms as i128 {
        return Err(refuse!(InsufficientMargin, quote, atoms));
    }
    session.account.quote -= atoms as i128;
    margin::check_free(pool, &mut session.account)?;
    let lacks = atoms.less(session.pot.cash);
    meet::reach(pool, &mut money, lacks);
    session.pot.take(pool, &mut money, atoms)?;
    session.end(pool);
    money::store(pool, &money);
    token::push(pool, configuration.quote, receiver, atoms)?;
    let quote = session.account.quote;
    emit!(pool, MarginWithdrawn, [owner, receiver], [atoms, quote]);
    guard::leave(pool);
    Ok(())
}
