//! Liquidity in, shares out, at the high side of net asset value, so that nobody buys in below worth.

use alloy_primitives::Address;

use super::{
    status,
    terms::{Amount, Terms},
    value::{self, Exchange},
};
use crate::{
    answer,
    context::Context,
    error::{refuse, Refusal},
    event::emit,
    guard,
    io::{host, token},
    risk,
    saturating::Saturating,
    storage::money,
    token::share,
    words::Word,
    Pool,
};

/// Deposits for `receiver`; the caller pays.
///
/// # Errors
/// `PoolPaused`, `AwaitsSettlement` and `AnchorStale` while the book can't be valued, `VenuePriceDeviates`, `NothingMinted`,
/// `SharesBelowLimit`, `AssetsAboveLimit`, those of [`value::entry`] and of the oracle.
pub fn deposit(
    pool: &mut Pool,
    amount: Amount,
    receiver: Address,
    terms: Option<Terms>,
) -> Result<Exchange, Refusal> {
    guard::enter(pool)?;
    guard::running(pool)?;
    guard::receiver(pool, receiver)?;
    if let Some(terms) = terms {
        guard::deadline(pool, terms.deadline)?;
    }
    let (context, assessment) = answer::live(pool, status::ASKED)?;
    let cash = context.snapshot().cash;
    check_open(context)?;
    risk::check_venue_price(context)?;
    let exchange = value::entry(pool, context, assessment, amount, share::supply(pool))?;
    let Exchange { assets, shares, .. } = exchange;
    if assets == 0 || shares == 0 {
        return Err(refuse!(NothingMinted, assets));
    }
    check_terms(amount, &exchange, terms)?;

    let sender = host::sender(pool);
    context.money.cash = context.money.cash.plus(assets);
    if context.money.cash > money::MOST {
        return Err(refuse!(ValueTooLarge, assets, money::MOST));
    }
    money::store(pool, &context.money);
    money::record_cash(pool, assets as i128);
    share::mint(pool, receiver, shares)?;
    token::pull(pool, context.configuration.quote, sender, assets)?;
    emit!(pool, Deposit, [sender, receiver], [assets, shares]);
    context.emit_status(pool, assessment);
    status::say(pool, context, &assessment.after, cash);
    guard::leave(pool);
    Ok(exchange)
}

fn check_terms(amount: Amount, exchange: &Exchange, terms: Option<Terms>) -> Result<(), Refusal> {
    let Some(Terms { limit, .. }) = terms else {
        return Ok(());
    };
    match amount {
        Amount::Assets(_) if exchange.shares.word() < limit => {
            Err(refuse!(SharesBelowLimit, exchange.shares, limit))
        }
        Amount::Shares(_) if exchange.assets.word() > limit => {
            Err(refuse!(AssetsAboveLimit, exchange.assets, limit))
        }
        _ => Ok(()),
    }
}

/// Refuses deposits while the book can't be valued: an expiry awaits its settlement price, or an anchor that
/// carries positions is past its limit.
pub fn check_open(context: &Context) -> Result<(), Refusal> {
    for node in context.book.nodes() {
        let slice = node.slice as usize;
        let expiry = context.book.slices()[slice].expiry;
        if expiry <= context.now {
            return Err(refuse!(AwaitsSettlement, expiry));
        }
        context.check_anchor_age(slice)?;
    }
    Ok(())
}
