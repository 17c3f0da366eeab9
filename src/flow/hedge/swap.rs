//! One swap of the hedge: base for quote on the venue up to a marginal price, filled in full, in part or not at all.

use smirk_engine::{
    state::HedgePlan,
    wide::{mul_div_down, mul_div_up},
};

use super::lend;
use crate::{
    context::Context,
    error::{refuse, Refusal},
    event::emit,
    io::venue::{self, Fill, Impossible, Swap},
    saturating::{DivideUp, Saturating},
    scale::WAD,
    storage::{head, money},
    Pool,
};

/// Part of a price within which a venue stands at it.
const ROUNDINGS: u128 = 1_000_000;
/// Why a hedge is missed: the venue had no more within the price limit, or failed.
const OUT_OF_REACH: u64 = 1;
/// No free cash to buy with, or no base to sell that is held or lent.
const OUT_OF_MEANS: u64 = 2;
/// Nothing more was asked for: an order hedges its own part, a poke borrows only near the feed, and crumbs are not traded.
const NOT_ASKED: u64 = 3;

/// Hedges what an order paid for: its own part of the plan, up to the end price that it was charged. Returns the exposure
/// that is left, base WAD. What is not filled waits for [`super::rebalance`] and is an event; the caller judges the exposure.
///
/// # Errors
/// Those of [`venue::swap`].
pub fn hedge_own(
    pool: &mut Pool,
    context: &mut Context,
    plan: &HedgePlan,
    end_price: u128,
) -> Result<i128, Refusal> {
    execute(pool, context, plan, plan.own, end_price)
}

/// Trades `trade` base (WAD, signed) of a plan up to `limit` and returns the exposure that is left, base WAD.
///
/// # Errors
/// Those of [`venue::swap`].
pub fn execute(
    pool: &mut Pool,
    context: &mut Context,
    plan: &HedgePlan,
    trade: i128,
    limit: u128,
) -> Result<i128, Refusal> {
    let least = context.limits.minimum_hedge.max(1) as u128;
    let strained = trade.unsigned_abs() >= least && prepare(pool, context, trade, limit, plan.band);
    let asked = trade;
    let trade = affordable(context, asked, limit);
    let filled = if trade.unsigned_abs() < least {
        0
    } else {
        swap(pool, context, trade, limit)?
    };
    if filled > 0 {
        lend::repay(pool, context, plan.band);
    }
    if strained {
        lend::tend(pool, context);
    }
    let exposure = plan.exposure + filled;
    let missed = plan.trade - filled;
    if missed.unsigned_abs() >= least {
        let reason = if (trade - filled).unsigned_abs() >= least {
            OUT_OF_REACH
        } else if trade != asked {
            OUT_OF_MEANS
        } else {
            NOT_ASKED
        };
        emit!(
            pool,
            HedgeMissed,
            [],
            [missed, exposure, plan.limit, reason]
        );
    }
    Ok(exposure)
}

/// Gets what a trade needs from the lender, unless the venue would fill nothing of it: the base of a sale, and collateral back
/// for a purchase. Whether the loan is to be tended afterwards.
fn prepare(pool: &mut Pool, context: &mut Context, trade: i128, limit: u128, band: u128) -> bool {
    if trade > 0 {
        if context.head.has_loan && context.venue_price() < less_fee(context, limit) {
            let cost = mul_div_up(trade as u128, limit, WAD).unwrap_or(u128::MAX);
            let cost = cost.divided_up(context.configuration.quote_scale);
            let missing = cost.less(context.money.free_cash());
            return lend::recall_for_purchase(pool, context, missing);
        }
    } else if context.configuration.has_lender && sells_at(context, limit) {
        lend::provide(pool, context, trade.unsigned_abs(), band);
    }
    false
}

/// Whether the venue would fill anything of a sale down to `limit`. Where an earlier sale ended at that price, roundings are
/// left of it, which are not worth a loan.
pub fn sells_at(context: &Context, limit: u128) -> bool {
    let least = before_fee(context, limit);
    context.venue_price() > least.plus(least / ROUNDINGS)
}

/// The venue's own price at which a sale pays `limit` after its fee.
fn before_fee(context: &Context, limit: u128) -> u128 {
    mul_div_up(limit, WAD, WAD - context.configuration.venue_fee()).unwrap_or(u128::MAX)
}

/// The venue's own price at which a purchase pays `limit` with its fee.
fn less_fee(context: &Context, limit: u128) -> u128 {
    mul_div_down(limit, WAD - context.configuration.venue_fee(), WAD).unwrap_or(u128::MAX)
}

/// Trades `trade` base (WAD, signed) on the venue up to `limit`, a price with the venue's fee, and books the fill. Returns the
/// base traded, WAD.
///
/// # Errors
/// `HedgeFailed` for a fill that cannot be, or that the venue never asked to be paid for.
fn swap(pool: &mut Pool, context: &mut Context, trade: i128, limit: u128) -> Result<i128, Refusal> {
    let configuration = context.configuration;
    let buying = trade > 0;
    let marginal = if buying {
        less_fee(context, limit)
    } else {
        before_fee(context, limit)
    };
    let order = Swap {
        buying,
        base: trade.unsigned_abs() / configuration.base_scale,
        limit: marginal,
        most: context.money.free_cash(),
    };
    head::set_lock(pool, head::SWAPPING);
    let failed = || refuse!(HedgeFailed, trade);
    let fill =
        venue::swap(pool, &configuration, &context.venue, &order).map_err(|Impossible| failed())?;
    if fill.is_some() && head::lock(pool) == head::SWAPPING {
        return Err(failed());
    }
    head::set_lock(pool, head::LOCKED);
    Ok(fill.map_or(0, |fill| book(pool, context, buying, &fill)))
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
    context.hedge_cost += cost;
    emit!(pool, Hedged, [], [base, fill.quote, context.spot]);
    base
}

/// A purchase is cut to what free cash pays for at the price limit, a sale to the base held.
fn affordable(context: &Context, trade: i128, limit: u128) -> i128 {
    let free = context
        .money
        .free_cash()
        .times(context.configuration.quote_scale);
    let most = mul_div_down(free, WAD, limit.max(1))
        .unwrap_or(u128::MAX)
        .min(i128::MAX as u128) as i128;
    trade.min(most).max(-(context.base_held() as i128))
}
