//! Quote out of an account, by its owner alone. Open while paused; without legs no price stands in the way either.

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
    margin::{self, Market},
    storage::{configuration, money},
    Pool,
};

/// Pays `amount` atoms of the caller's account to `receiver`.
///
/// # Errors
/// `SizeZero`, `ValueTooLarge`, `InsufficientMargin`, `MarginBelowRequirement`, `InsufficientFreeCash` where pot and pool together lack
/// the cash, with legs those of the oracle.
#[inline(never)]
pub fn withdraw(pool: &mut Pool, amount: U256, receiver: Address) -> Result<(), Refusal> {
    guard::enter(pool)?;
    guard::receiver(pool, receiver)?;
    let atoms = atoms(amount)?;
    let owner = host::sender(pool);
    let mut money = money::load(pool);
    meet::fund(pool, &mut money);
    let mut session = Session::begin(pool, owner, &mut money);
    let quote = session.account.quote;
    if quote < atoms as i128 {
        return Err(refuse!(InsufficientMargin, quote, atoms));
    }
    session.account.quote -= atoms as i128;
    if !session.account.legs().is_empty() {
        let health = Market::load(pool)?.health(&session.account);
        margin::check_opens(&session.account, &health)?;
        session.account.flagged_at = 0;
    }
    session.pot.take(pool, &mut money, atoms)?;
    session.end(pool);
    money::store(pool, &money);
    token::push(pool, configuration::load(pool).quote, receiver, atoms)?;
    let quote = session.account.quote;
    emit!(pool, MarginWithdrawn, [owner, receiver], [atoms, quote]);
    guard::leave(pool);
    Ok(())
}
