//! A holder of a settled series is paid from what was set aside for its expiry. No price, pause or venue stands in the way.

use alloy_primitives::{Address, U256};
use smirk_engine::{series::payoff, wide::mul_div_down};

use super::fund;
use crate::{
    error::{refuse, too_large, Refusal},
    event::emit,
    flow::trade::order,
    guard,
    io::{host, token},
    request,
    saturating::Saturating,
    scale::WAD,
    storage::{configuration, head, money, settlement},
    token::position,
    words::{narrow, Word},
    Pool,
};

/// Burns `size` of the caller's settled series and pays `receiver`. Returns the payout in atoms, rounded down;
/// zero for a series that ended out of the money.
pub fn claim(pool: &mut Pool, id: U256, size: U256, receiver: Address) -> Result<U256, Refusal> {
    guard::enter(pool)?;
    guard::receiver(pool, receiver)?;
    let series = request::series(id)?;
    let mut head = head::load(pool);
    let mut money = money::load(pool);
    fund::fund(pool, &mut head, &mut money);
    let Some(mut settled) = settlement::load(pool, series.expiry) else {
        return Err(refuse!(NotSettled, series.expiry));
    };
    order::lots(size, 0)?;
    let holder = host::sender(pool);
    position::burn(pool, holder, holder, id, size)?;
    let configuration = configuration::load(pool);
    let payout = narrow(size)
        .and_then(|size| mul_div_down(size, payoff(series.kind, series.strike, settled.price), WAD))
        .map(|value| value / configuration.quote_scale)
        .ok_or_else(|| too_large(size))?;

    if payout > settled.funded {
        return Err(refuse!(InsufficientFreeCash, settled.funded, payout));
    }
    let mut reserves = money::reserves(pool);
    reserves.set_aside = reserves.set_aside.less(payout);
    money::store_reserves(pool, &reserves);
    settled.funded -= payout;
    settled.owed = settled.owed.less(payout);
    settlement::store(pool, series.expiry, &settled);
    if payout > 0 {
        token::push(pool, configuration.quote, receiver, payout)?;
    }
    emit!(pool, Claimed, [holder, receiver, id], [size, payout]);
    guard::leave(pool);
    Ok(payout.word())
}
