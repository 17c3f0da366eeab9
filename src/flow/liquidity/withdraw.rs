//! Shares in, liquidity out, at the low side of net asset value less the price of the capacity that leaves with it; limited
//! only by the holder's part of free cash and of what the scenario gate leaves: no queue, and no way to take another's part.
//! Cash that stands as collateral is brought back for whoever asks for more than there is.

use alloy_primitives::Address;
use smirk_engine::assess::{Asked, Assessment};

use super::{
    status,
    terms::{Amount, Terms},
    value::{self, Exchange, Limit},
};
use crate::{
    answer,
    context::Context,
    error::{narrow, refuse, Refusal},
    event::emit,
    flow::hedge::lend,
    guard,
    io::{host, token},
    saturating::Saturating,
    storage::{exits, head, money},
    token::share,
    words::Word,
    Pool,
};

/// What an exit asks the engine for.
pub const ASKED: Asked = Asked {
    stress: true,
    exit: true,
};

/// Withdraws to `receiver` from the shares of `owner`.
///
/// # Errors
/// `WithdrawAboveLimit` with what bounds it, `NothingPaid`, `SharesAboveLimit`, `AssetsBelowLimit`, `InsufficientAllowance`,
/// `InsufficientBalance`, those of [`value::exit`] and of the oracle.
pub fn withdraw(
    pool: &mut Pool,
    amount: Amount,
    receiver: Address,
    owner: Address,
    terms: Option<Terms>,
) -> Result<Exchange, Refusal> {
    guard::enter(pool)?;
    guard::receiver(pool, receiver)?;
    if let Some(terms) = terms {
        guard::deadline(pool, terms.deadline)?;
    }
    let (context, assessment) = answer::live(pool, ASKED)?;
    let cash = context.snapshot().cash;
    let supply = share::supply(pool);
    let mut limit = value::limit(pool, context, assessment, owner);
    if let Amount::Assets(assets) = amount {
        let assets = narrow(assets)?;
        limit = recall(pool, context, assessment, owner, limit, assets);
        check_limit(assets, &limit)?;
    }
    let exchange = value::exit(pool, context, assessment, amount, supply)?;
    let Exchange {
        assets,
        shares,
        charge,
    } = exchange;
    if assets == 0 {
        return Err(refuse!(NothingPaid, shares));
    }
    check_terms(amount, &exchange, terms)?;
    limit = recall(pool, context, assessment, owner, limit, assets);
    check_limit(assets, &limit)?;

    let sender = host::sender(pool);
    share::spend_allowance(pool, owner, sender, shares.word())?;
    share::burn(pool, owner, shares)?;
    exits::record(pool, owner, assets, shares, context.now);
    context.money.cash -= assets;
    money::store(pool, &context.money);
    // The charge counts as paid out and taken in again.
    money::record_cash(pool, -(assets.plus(charge) as i128));
    keep(pool, context, owner, charge);
    token::push(pool, context.configuration.quote, receiver, assets)?;
    emit!(pool, Withdraw, [sender, receiver, owner], [assets, shares]);
    context.emit_status(pool, assessment);
    status::say(pool, context, &assessment.after, cash);
    guard::leave(pool);
    Ok(exchange)
}

/// What binds this many assets once collateral has come back from the lender, where it was cash that was short.
fn recall(
    pool: &mut Pool,
    context: &mut Context,
    assessment: &Assessment,
    owner: Address,
    limit: Limit,
    assets: u128,
) -> Limit {
    if assets <= limit.part {
        return limit;
    }
    let short = limit.gate.less(limit.free_cash);
    lend::recall(pool, context, short);
    value::limit(pool, context, assessment, owner)
}

fn check_limit(assets: u128, limit: &Limit) -> Result<(), Refusal> {
    if assets > limit.part {
        return Err(refuse!(
            WithdrawAboveLimit,
            assets,
            limit.free_cash,
            limit.gate,
            limit.part
        ));
    }
    Ok(())
}

/// The charge stays and is earned until the last expiry with positions; it was for the tails until then.
fn keep(pool: &mut Pool, context: &mut Context, owner: Address, charge: u128) {
    let last = context.book.nodes().iter().map(|node| node.slice).max();
    let Some(slice) = last.filter(|_| charge > 0) else {
        return;
    };
    let slice = slice as usize;
    let more = charge.times(context.configuration.quote_scale);
    context
        .book
        .charge(pool, &mut context.head, slice, context.now, more);
    head::store(pool, &context.head);
    money::record_capacity(pool, charge, 0);
    let expiry = context.book.slices()[slice].expiry;
    emit!(pool, ExitCharged, [owner, expiry], [charge]);
}

fn check_terms(amount: Amount, exchange: &Exchange, terms: Option<Terms>) -> Result<(), Refusal> {
    let Some(Terms { limit, .. }) = terms else {
        return Ok(());
    };
    match amount {
        Amount::Assets(_) if exchange.shares.word() > limit => {
            Err(refuse!(SharesAboveLimit, exchange.shares, limit))
        }
        Amount::Shares(_) if exchange.assets.word() < limit => {
            Err(refuse!(AssetsBelowLimit, exchange.assets, limit))
        }
        _ => Ok(()),
    }
}
