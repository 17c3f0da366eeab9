//! Anyone may bring the hedge back inside its band, and turn hedge into cash that holders are owed. When a swap was
//! due and filled, the caller gets what the band reckons a swap's gas to be worth.

use smirk_engine::{state::HedgePlan, wide::mul_div_up};

use super::swap;
use crate::{
    context::Context,
    error::Refusal,
    guard,
    io::{host, token},
    storage::{head, money, settlement},
    Pool,
};

const WAD: u128 = 1_000_000_000_000_000_000;

/// Hedges if due. Returns the base traded, WAD, signed.
pub fn rebalance(pool: &mut Pool) -> Result<i128, Refusal> {
    guard::enter(pool)?;
    let mut context = Context::load(pool)?;
    let answer = context.assess(None, false)?;
    let plan = answer.assessment.hedge;
    let trade = match base_for_shortfall(&context) {
        0 => plan.trade,
        owed => plan.trade.min(-owed),
    };
    let exposure = swap::execute(pool, &mut context, &HedgePlan { trade, ..plan })?;
    settlement::fund(pool, &mut context.head, &mut context.money);
    head::store(pool, &context.head);
    let traded = exposure - plan.exposure;
    if traded != 0 {
        reward(pool, &mut context)?;
    }
    money::store(pool, &context.money);
    context.emit_status(pool, &answer.assessment);
    guard::leave(pool);
    Ok(traded)
}

/// Base to sell so that holders of settled series can be paid in full, WAD; zero when cash covers them.
fn base_for_shortfall(context: &Context) -> i128 {
    let missing = context.money.shortfall.saturating_sub(context.money.cash);
    let value = missing.saturating_mul(context.configuration.quote_scale);
    let worst = context.spot
        - mul_div_up(context.spot, context.limits.hedge_price_limit as u128, WAD).unwrap_or(0);
    mul_div_up(value, WAD, worst)
        .unwrap_or(u128::MAX)
        .min(context.hedge_position() as u128) as i128
}

fn reward(pool: &mut Pool, context: &mut Context) -> Result<(), Refusal> {
    let reward = context.parameters.hedge_gas as u128 / context.configuration.quote_scale;
    if reward == 0 || reward > context.money.free_cash() {
        return Ok(());
    }
    context.money.cash -= reward;
    money::store(pool, &context.money);
    let caller = host::sender(pool);
    token::push(pool, context.configuration.quote, caller, reward)
}
