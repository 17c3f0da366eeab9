//! Anyone may bring the hedge back inside its band, and turn hedge into cash that holders are owed. When a swap was
//! due and leaves nothing due, or collateral was put up that a loan lacked, the caller gets what the band reckons a swap's gas to be worth: crumbs pay nothing.

use smirk_engine::assess::Asked;

use super::{lend, swap, window};
use crate::{
    context::Context,
    error::Refusal,
    event::emit,
    flow::liquidity::status,
    guard,
    io::{host, token},
    saturating::Saturating,
    storage::{head, money, settlement},
    Pool,
};

/// Hedges if due, within the window ([`window`]). Returns the base traded, WAD, signed.
pub fn rebalance(pool: &mut Pool) -> Result<i128, Refusal> {
    guard::enter(pool)?;
    let context = Context::load(pool)?;
    let tended = lend::tend(pool, context);
    let shortfall = context.money.shortfall.less(context.money.cash);
    lend::recall(pool, context, shortfall);
    let answer = context.assess(&[], Asked::default())?;
    let plan = answer.assessment.hedge;
    context.note_found(plan.exposure, plan.band);
    let owed = context.base_owed();
    let trade = match owed {
        0 => plan.trade,
        owed => plan.trade.min(-(owed as i128)),
    };
    let (trade, limit) = within_window(context, trade);
    let exposure = swap::execute(pool, context, &plan, trade, limit)?;
    lend::repay(pool, context, plan.band);
    settlement::fund(pool, &mut context.head, &mut context.money);
    lend::invest(pool, context);
    let traded = exposure - plan.exposure;
    context.note_left(exposure, plan.band);
    context.head.lock = head::LOCKED;
    head::store(pool, &context.head);
    let done = exposure.unsigned_abs() <= plan.band && context.base_owed() == 0;
    let paid = if (traded != 0 && done) || tended {
        reward(pool, context)?
    } else {
        0
    };
    money::store(pool, &context.money);
    emit!(pool, Rebalanced, [host::sender(pool)], [traded, paid]);
    context.emit_status(pool, &answer.assessment);
    status::leave(pool);
    Ok(traded)
}

/// How much of a trade is made, and up to which price: a sale that takes a loan near the feed, else what is held of it.
fn within_window(context: &Context, trade: i128) -> (i128, u128) {
    let held = context.base_held() as i128;
    let near = window::borrowing_limit(context);
    if trade < -held && swap::sells_at(context, near) {
        return (trade, near);
    }
    (trade.max(-held), window::limit(context, trade > 0))
}

/// Pays the caller and returns how much, atoms; nothing that free cash does not cover.
fn reward(pool: &mut Pool, context: &mut Context) -> Result<u128, Refusal> {
    let reward = context.parameters.hedge_gas as u128 / context.configuration.quote_scale;
    if reward == 0 || reward > context.money.free_cash() {
        return Ok(0);
    }
    context.money.cash -= reward;
    money::store(pool, &context.money);
    money::record_cash(pool, -(reward as i128));
    let caller = host::sender(pool);
    token::push(pool, context.configuration.quote, caller, reward)?;
    Ok(reward)
}
