//! A holder of a settled series is paid from what was set aside. No price, pause or venue stands in the way.

use alloy_primitives::{Address, U256};
use smirk_engine::{series::payoff, wide::mul_div_down};

use crate::{
    error::{refuse, Refusal, Word},
    event::emit,
    flow::trade::order,
    guard,
    io::{host, token, words::narrow},
    storage::{configuration, money, settlement},
    token::position,
    Pool,
};

const WAD: u128 = 1_000_000_000_000_000_000;

/// Burns `size` of the caller's settled series and pays `receiver`. Returns the payout in atoms, rounded down;
/// zero for a series that ended out of the money.
pub fn claim(pool: &mut Pool, id: U256, size: U256, receiver: Address) -> Result<U256, Refusal> {
    guard::enter(pool)?;
    guard::not_zero(receiver)?;
    let series = order::series(id)?;
    let Some((price, owed)) = settlement::load(pool, series.expiry) else {
        return Err(refuse!(NotSettled, series.expiry));
    };
    if size.is_zero() {
        return Err(refuse!(SizeZero));
    }
    let holder = host::sender(pool);
    position::burn(pool, holder, holder, id, size)?;
    let configuration = configuration::load(pool);
    let payout = narrow(size)
        .and_then(|size| mul_div_down(size, payoff(series.kind, series.strike, price), WAD))
        .map(|value| value / configuration.quote_scale)
        .ok_or_else(|| refuse!(ValueTooLarge, size, u128::MAX))?;

    let mut money = money::load(pool);
    money.fund();
    if payout > money.set_aside {
        return Err(refuse!(InsufficientFreeCash, money.set_aside, payout));
    }
    money.set_aside -= payout;
    money::store_all(pool, &money);
    settlement::store(pool, series.expiry, price, owed.saturating_sub(payout));
    if payout > 0 {
        token::push(pool, configuration.quote, receiver, payout)?;
    }
    emit!(pool, Claimed, [holder, receiver, id], [size, payout]);
    guard::leave(pool);
    Ok(payout.word())
}
