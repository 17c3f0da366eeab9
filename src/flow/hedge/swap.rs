//! One swap of the hedge: base for quote on the venue up to a marginal price, filled in full, in part or not at all.

use smirk_engine::{state::HedgePlan, wide::mul_div_down};

use crate::{
    context::Context,
    error::{refuse, Refusal},
    event::emit,
    io::venue::{self, Fill, Swap},
    storage::{head, money},
    Pool,
};

const WAD: u128 = 1_000_000_000_000_000_000;

/// Carries out a plan and returns the exposure that is left, base WAD. A plan that the venue does not fill
/// within the limit leaves the exposure as it was and says so in an event; the caller judges it.
pub fn execute(pool: &mut Pool, context: &mut Context, plan: &HedgePlan) -> Result<i128, Refusal> {
    let trade = affordable(context, plan.trade);
    if trade.unsigned_abs() < context.limits.minimum_hedge.max(1) as u128 {
        return Ok(plan.exposure);
    }
    let slack = context.limits.hedge_price_limit as u128;
    let slack = if trade > 0 { WAD + slack } else { WAD - slack };
    let limit = mul_div_down(context.spot, slack, WAD).unwrap_or(u128::MAX);
    match swap(pool, context, trade, limit)? {
        Some(filled) => Ok(plan.exposure + filled),
        None => {
            emit!(pool, HedgeMissed, [], [trade, plan.exposure, plan.limit]);
            Ok(plan.exposure)
        }
    }
}

/// Trades `trade` base (WAD, signed) on the venue up to `limit`, the price with the venue's fee, and books the fill.
/// `None` when nothing was filled.
///
/// # Errors
/// `HedgeFailed` for a fill that cannot be, or that the venue never asked to be paid for.
pub fn swap(
    pool: &mut Pool,
    context: &mut Context,
    trade: i128,
    limit: u128,
) -> Result<Option<i128>, Refusal> {
    let configuration = context.configuration;
    let buying = trade > 0;
    let fee = configuration.venue_fee();
    let limit = if buying {
        mul_div_down(limit, WAD - fee, WAD)
    } else {
        mul_div_down(limit, WAD, WAD - fee)
    };
    let order = Swap {
        buying,
        base: trade.unsigned_abs() / configuration.base_scale,
        limit: limit.unwrap_or(u128::MAX),
        most: context.money.free_cash(),
    };
    head::set_lock(pool, head::SWAPPING);
    let fill = venue::swap(pool, &configuration, &context.venue, &order)?;
    if fill.is_some() && head::lock(pool) == head::SWAPPING {
        return Err(refuse!(HedgeFailed, trade));
    }
    head::set_lock(pool, head::LOCKED);
    Ok(fill.map(|fill| book(pool, context, buying, &fill)))
}

/// Books a fill and returns its base, WAD, signed.
fn book(pool: &mut Pool, context: &mut Context, buying: bool, fill: &Fill) -> i128 {
    let configuration = &context.configuration;
    let money = &mut context.money;
    let base = (fill.base * configuration.base_scale) as i128;
    let quote = fill.quote as i128;
    let fair = venue::value_down(base as u128, context.spot, configuration.quote_scale) as i128;
    let (base, cash_flow, cost) = if buying {
        money.base += fill.base;
        money.cash -= fill.quote;
        (base, -quote, quote - fair)
    } else {
        money.base -= fill.base;
        money.cash += fill.quote;
        (-base, quote, fair - quote)
    };
    money::store(pool, money);
    money::record_hedge(pool, cash_flow, cost);
    emit!(pool, Hedged, [], [base, fill.quote, context.spot]);
    base
}

/// A purchase is cut to what free cash pays for at the price limit, a sale to the base held.
fn affordable(context: &Context, trade: i128) -> i128 {
    let free = context
        .money
        .free_cash()
        .saturating_mul(context.configuration.quote_scale);
    let slack = WAD + context.limits.hedge_price_limit as u128;
    let worst = mul_div_down(context.spot, slack, WAD).unwrap_or(u128::MAX);
    let most = mul_div_down(free, WAD, worst)
        .unwrap_or(0)
        .min(i128::MAX as u128) as i128;
    trade.min(most).max(-context.hedge_position())
}
