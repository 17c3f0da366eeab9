//! What an order makes of an account that it settles on: its legs change, the money moves between it and the pool, and it is judged.

use alloy_primitives::Address;
use smirk_engine::{
    account::Health,
    series::Series,
    state::{Side, LOT},
};

use super::{insurance, meet::Session};
use crate::{
    context::Context,
    error::{refuse, Refusal},
    event::emit,
    flow::trade::order,
    io::host,
    margin,
    request::{self, Request},
    saturating::Saturating,
    storage::{
        account::{self, Account, Change, Interest},
        book::Book,
        money, pot, written,
    },
    Pool,
};

/// A leg's series and what it adds to the account, lots.
fn parse(request: &Request) -> Result<(Series, i64), Refusal> {
    let series = request::series(request.id)?;
    let lots = order::lots(request.size, 0)? as i64;
    let lots = if request.side.is_bought() {
        lots
    } else {
        -lots
    };
    Ok((series, lots))
}

/// Refuses a short that is smaller than an order's least size: closing it would be nobody's while.
///
/// # Errors
/// `SizeBelowMinimum`.
pub fn check_rest(account: &Account, series: &Series, minimum: u64) -> Result<(), Refusal> {
    let left = account.lots(series).min(0).unsigned_abs() as u128 * LOT;
    if left != 0 && left < minimum as u128 {
        return Err(refuse!(SizeBelowMinimum, left, minimum));
    }
    Ok(())
}

/// Changes an account's legs by an order's, and what all accounts hold with them. What is left of a short is nothing or as much as an
/// order has at least, so that closing it is worth somebody's while.
///
/// # Errors
/// `TooManyLegs`, `InsufficientBalance` for a close of more than there is, `SizeBelowMinimum` for the rest of a short.
#[inline(never)]
pub fn change_legs(
    pool: &mut Pool,
    context: &mut Context,
    owner: Address,
    requests: &[Request],
) -> Result<(), Refusal> {
    let scale = context.configuration.quote_scale;
    let mut session = Session::begin(pool, owner, &mut context.money, scale);
    if !context.head.accounts {
        context.head.accounts = true;
        insurance::start(pool, &context.money);
    }
    let mut all = None;
    for request in requests {
        let (series, lots) = parse(request)?;
        let change = session.account.add(&series, lots)?;
        let size = lots.abs();
        let expected = match request.side {
            Side::Buy => (size, 0),
            Side::Sell => (-size, 0),
            Side::Write => (0, size),
            Side::Cover => (0, -size),
        };
        let Change { longs, shorts } = change;
        if (longs, shorts) != expected {
            let held = (size - longs.abs().max(shorts.abs())) as u128 * LOT;
            return Err(refuse!(InsufficientBalance, owner, held, request.size));
        }
        check_rest(&session.account, &series, context.limits.minimum_size)?;
        let interest = account::change_interest(pool, &series, change);
        if shorts != 0 {
            all.get_or_insert_with(|| pot::shorts(pool))
                .add(&series, shorts);
            note_shorts(pool, &context.book, &series, &interest);
        }
    }
    if let Some(shorts) = &all {
        pot::store_shorts(pool, shorts);
    }
    context.shorts = all;
    session.end(pool);
    Ok(())
}

/// Notes with the node of a series what accounts are short there.
pub fn note_shorts(pool: &mut Pool, book: &Book, series: &Series, interest: &Interest) {
    if let Some(node) = book.find_node(series.expiry, series.strike) {
        written::set_node(pool, node, interest.shorts());
    }
}

impl Context {
    /// Counts what an order would make accounts short of, and what it would close of that: for quotes.
    pub fn write(&mut self, pool: &Pool, requests: &[Request]) -> Result<(), Refusal> {
        let is_short = |request: &&Request| matches!(request.side, Side::Write | Side::Cover);
        for request in requests.iter().filter(is_short) {
            let (series, lots) = parse(request)?;
            let shorts = self.shorts.get_or_insert_with(|| pot::shorts(pool));
            shorts.add(&series, -lots);
        }
        Ok(())
    }
}

/// Moves what an order costs from the account to the pool, or what it fetches the other way, and judges the account, unless its legs
/// are closed by somebody else: `judged` are the order's legs. Cash of the pool for premium and charges is the caller's to move.
///
/// # Errors
/// `AccountInDebt`, `AwaitsSettlement`, `MarginBelowRequirement`, `InsufficientFreeCash`.
#[inline(never)]
pub fn pay(
    pool: &mut Pool,
    context: &mut Context,
    owner: Address,
    judged: Option<&[Request]>,
    total: i128,
) -> Result<(), Refusal> {
    let recorded = context.money;
    let mut session = Session {
        owner,
        account: account::load(pool, owner),
        pot: pot::load(pool),
    };
    if total > 0 {
        let atoms = total.unsigned_abs();
        session.pot.take(pool, &mut context.money, atoms)?;
        session.account.quote = session.account.quote.less(total);
    } else {
        let atoms = total.unsigned_abs();
        session.pot.cash = session.pot.cash.plus(atoms);
        session.credit(pool, &mut context.money, -total);
    }
    if let Some(requests) = judged {
        let health = judge(context, &mut session.account, requests, total)?;
        session.note(pool, health.stays());
        let quote = session.account.quote;
        emit!(
            pool,
            AccountTraded,
            [owner, host::sender(pool)],
            [total, quote, health.value, health.initial]
        );
    }
    session.end(pool);
    if context.money != recorded {
        money::store(pool, &context.money);
    }
    Ok(())
}

/// An account after an order of these legs, which cost `total`. It covers its initial requirement, or the order lowers that by
/// at least what it takes from the value, and leaves no debt that was not there.
#[inline(never)]
fn judge(
    context: &Context,
    account: &mut Account,
    requests: &[Request],
    total: i128,
) -> Result<Health, Refusal> {
    let (snapshot, scale) = (context.snapshot(), context.configuration.quote_scale);
    let health = margin::health(&snapshot, account, scale);
    if health.stays() {
        account.flagged_at = 0;
    }
    let Err(refusal) = margin::check_opens(account, &health, context.now) else {
        return Ok(health);
    };
    let mut before = *account;
    before.quote = before.quote.plus(total);
    for request in requests {
        let (series, lots) = parse(request)?;
        if before.add(&series, -lots).is_err() {
            return Err(refusal);
        }
    }
    let earlier = margin::health(&snapshot, &before, scale);
    let spare = |health: &Health| health.value.saturating_sub_unsigned(health.initial);
    let owes_more = account.quote < before.quote.min(0);
    if owes_more || health.initial >= earlier.initial || spare(&health) < spare(&earlier) {
        return Err(refusal);
    }
    Ok(health)
}
