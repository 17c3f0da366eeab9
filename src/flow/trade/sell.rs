//! A taker returns a long to the pool. It lowers the pool's risk, so it stays open when the pool is paused, the
//! anchor is stale or the venue is off: no scenario gate and no exposure limit stands in its way.

use alloy_primitives::{Address, U256};
use smirk_engine::state::Side;

use crate::{
    context::Context,
    error::{refuse, Refusal, Word},
    event::{self, Trade},
    flow::hedge::swap,
    guard,
    io::{host, token},
    storage::money,
    token::position,
    Pool,
};

/// Sells `size` of series `id` from the caller; `receiver` gets the proceeds, in quote atoms, rounded down.
pub fn sell(
    pool: &mut Pool,
    id: U256,
    size: U256,
    min_proceeds: U256,
    deadline: u64,
    receiver: Address,
) -> Result<U256, Refusal> {
    guard::enter(pool)?;
    guard::deadline(pool, deadline)?;
    guard::receiver(pool, receiver)?;
    let mut context = Context::load(pool)?;

    let order = context.order(id, size, Side::Sell)?;
    let taker = host::sender(pool);
    position::burn(pool, taker, taker, id, size)?;
    let answer = context.assess(Some(&order), false)?;
    let (premium, fee) = answer.charge_down(&context.configuration);
    let proceeds = premium.saturating_sub(fee);
    if proceeds.word() < min_proceeds {
        return Err(refuse!(ProceedsBelowLimit, proceeds, min_proceeds));
    }
    let free = context.money.free_cash();
    if proceeds > free {
        return Err(refuse!(InsufficientFreeCash, free, proceeds));
    }

    context.money.cash -= proceeds;
    context.apply(pool, &order, &answer)?;
    money::record_trade(pool, -(premium as i128), fee);

    token::push(pool, context.configuration.quote, receiver, proceeds)?;
    swap::execute(pool, &mut context, &answer.assessment.hedge)?;

    event::trade(
        pool,
        false,
        &Trade {
            taker,
            receiver,
            id,
            size,
            premium,
            fee,
            vol_after: answer.assessment.quote.vol_after,
        },
    );
    context.emit_status(pool, &answer.assessment);
    guard::leave(pool);
    Ok(proceeds.word())
}
