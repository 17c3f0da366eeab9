//! Anyone may bring the hedge back inside its band, and turn hedge into cash that holders are owed. When a swap was
//! due and leaves nothing due, or collateral was put up that a loan lacked, the caller gets what the band reckons a swap's gas to be worth: crumbs pay nothing.

use smirk_engine::assess::Asked;

use super::{lend, swap, window};
use crate::{
    context::Context,
    error::Refusal,
    event::emit,
    guard,
    io::{host, token},
    storage::{head, money, settlement},
    Pool,
};

/// Hedges if due, within the window ([`window`]). Returns the base traded, WAD, signed.
pub fn rebalance(pool: &mut Pool) -> Result<i128, Refusal> {
    guard::enter(pool)?;
    let mut context = Context::load(pool)?;
    let tended = lend::tend(pool, &mut context);
    let shortfall = context.money.shortfall.saturating_sub(context.money.cash);
    lend::recall(pool, &mut context, shortfall);
    let answer = context.assess(&[], Asked::default())?;
    let plan = answer.assessment.hedge;
    context.note_found(plan.exposure, plan.band);
    let owed = context.base_owed();
    let trade = match owed {
        0 => plan.trade,
        owed => plan.trade.min(-(owed as i128)),
    };
    let limit = window::limit(&context, trade > 0);
    let exposure = swap::execute(pool, &mut context, &plan, trade, limit)?;
    lend::repay(pool, &mut context, plan.band);
    settlement::fund(pool, &mut context.head, &mut context.money);
    lend::invest(pool, &mut context);
    let traded = exposure - plan.exposure;
    context.note_left(exposure, plan.band);
    context.head.lock = head::LOCKED;
    head::store(pool, &context.head);
    let done = exposure.unsigned_abs() <= plan.band && context.base_owed() == 0;
    if (traded != 0 && done) || tended {
        reward(pool, &mut context)?;
    }
    money::store(pool, &context.money);
    context.emit_status(pool, &answer.assessment);
    guard::leave(pool);
    Ok(traded)
}

fn reward(pool: &mut Pool, context: &mut Context) -> Result<(), Refusal> {
    let reward = context.parameters.hedge_gas as u128 / context.configuration.quote_scale;
    if reward == 0 || reward > context.money.free_cash() {
        return Ok(());
    }
    context.money.cash -= reward;
    money::store(pool, &context.money);
    money::record_cash(pool, -(reward as i128));
    let caller = host::sender(pool);
    token::push(pool, context.configuration.quote, caller, reward)?;
    emit!(pool, Rebalanced, [caller], [reward]);
    Ok(())
}
