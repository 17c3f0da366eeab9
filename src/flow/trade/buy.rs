//! A taker opens a long against the pool.

use alloy_primitives::{Address, U256};
use smirk_engine::state::Side;

use crate::{
    context::Context,
    error::{refuse, Refusal, Word},
    event::{self, Trade},
    flow::hedge::swap,
    guard,
    io::{host, token},
    risk,
    storage::money,
    token::position,
    Pool,
};

/// Buys `size` of series `id` for `receiver`; the caller pays. Returns what it paid, in quote atoms, rounded up.
pub fn buy(
    pool: &mut Pool,
    id: U256,
    size: U256,
    max_cost: U256,
    deadline: u64,
    receiver: Address,
) -> Result<U256, Refusal> {
    guard::enter(pool)?;
    guard::running(pool)?;
    guard::deadline(pool, deadline)?;
    guard::receiver(pool, receiver)?;
    let mut context = Context::load(pool)?;

    let order = context.order(id, size, Side::Buy)?;
    let answer = context.assess(Some(&order), true)?;
    risk::check_venue_price(&context, answer.venue_price)?;
    let (premium, fee) = answer.charge_up(&context.configuration);
    let cost = premium.saturating_add(fee);
    if cost.word() > max_cost {
        return Err(refuse!(CostAboveLimit, cost, max_cost));
    }
    risk::check_stress(&answer.assessment.stress)?;

    let taker = host::sender(pool);
    context.money.cash = context.money.cash.saturating_add(cost);
    context.apply(pool, &order, &answer)?;
    money::record_trade(pool, premium as i128, fee);
    position::mint(pool, taker, receiver, id, size)?;

    token::pull(pool, context.configuration.quote, taker, cost)?;
    let exposure = swap::execute(pool, &mut context, &answer.assessment.hedge)?;
    risk::check_exposure(&answer, exposure)?;

    event::trade(
        pool,
        true,
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
    Ok(cost.word())
}
