//! A taker returns a long to the pool. It lowers the pool's risk, so it stays open when the pool is paused, the
//! anchor is stale or the venue is off: no scenario gate and no exposure limit stands in its way. The pool hedges before it
//! pays, because what it pays with may still be base.

use alloy_primitives::{Address, U256};
use smirk_engine::{assess::Asked, state::Side};

use crate::{
    answer::Bill,
    context::Context,
    error::{refuse, Refusal, Word},
    event::{self, Trade},
    flow::hedge::{lend, swap},
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
    let answer = context.assess(Some(&order), Asked::default())?;
    context.note_found(answer.exposure_before, answer.assessment.hedge.band);
    let quote = &answer.assessment.quote;
    let bill = Bill::of(quote, Side::Sell, context.configuration.quote_scale);
    let proceeds = bill.total(Side::Sell);
    if proceeds.word() < min_proceeds {
        return Err(refuse!(ProceedsBelowLimit, proceeds, min_proceeds));
    }

    // Of cash that is there already the hedge may not spend the proceeds.
    let in_cash = proceeds <= context.money.free_cash();
    if in_cash {
        context.money.cash -= proceeds;
    }
    let slice = context.book.nodes()[order.node].slice as usize;
    context.apply(pool, &order, &answer, &bill)?;
    let plan = &answer.assessment.hedge;
    let exposure = swap::hedge_own(pool, &mut context, plan, quote.end_price)?;
    if !in_cash {
        let missing = proceeds.saturating_sub(context.money.free_cash());
        lend::recall(pool, &mut context, missing);
        let free = context.money.free_cash();
        if proceeds > free {
            return Err(refuse!(InsufficientFreeCash, free, proceeds));
        }
        context.money.cash -= proceeds;
        money::store(pool, &context.money);
    }
    context.close(pool, slice, &bill, plan.band, exposure);
    token::push(pool, context.configuration.quote, receiver, proceeds)?;

    event::trade(
        pool,
        Side::Sell,
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
    Ok(proceeds.word())
}
