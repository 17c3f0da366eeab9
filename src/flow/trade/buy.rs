//! A taker opens a long against the pool.

use alloy_primitives::{Address, U256};
use smirk_engine::{assess::Asked, state::Side};

use crate::{
    answer::Bill,
    context::Context,
    error::{refuse, Refusal, Word},
    event::{self, Trade},
    flow::hedge::swap,
    guard,
    io::{host, token},
    risk,
    token::position,
    Pool,
};

/// What a purchase asks the engine for.
pub const ASKED: Asked = Asked {
    stress: true,
    exit: false,
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
    let answer = context.assess(Some(&order), ASKED)?;
    context.note_found(answer.exposure_before, answer.assessment.hedge.band);
    let quote = &answer.assessment.quote;
    let bill = Bill::of(quote, Side::Buy, context.configuration.quote_scale);
    let cost = bill.total(Side::Buy);
    if cost.word() > max_cost {
        return Err(refuse!(CostAboveLimit, cost, max_cost));
    }
    risk::check_stress(&answer.assessment.stress)?;

    let taker = host::sender(pool);
    context.money.cash = context.money.cash.saturating_add(cost - bill.rent);
    let slice = context.book.nodes()[order.node].slice as usize;
    context.apply(pool, &order, &answer, &bill)?;
    position::mint(pool, taker, receiver, id, size)?;

    token::pull(pool, context.configuration.quote, taker, cost)?;
    let plan = &answer.assessment.hedge;
    let exposure = swap::hedge_own(pool, &mut context, plan, quote.end_price)?;
    risk::check_exposure(&answer, exposure)?;
    context.close(pool, slice, &bill, plan.band, exposure);

    event::trade(
        pool,
        Side::Buy,
        &Trade {
            taker,
            receiver,
            id,
            size,
            bill,
            vol_after: quote.vol_after,
        },
    );
    context.emit_status(pool, &answer.assessment);
    guard::leave(pool);
    Ok(cost.word())
}
