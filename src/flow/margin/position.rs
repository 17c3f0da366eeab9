//! Longs between the caller's wallet and its account. What the pool is short does not change; a short of the account in the same
//! series is closed by what comes in.

use alloy_primitives::{Address, U256};
use smirk_engine::series::Series;

use super::{
    insurance,
    meet::{self, Session},
    trade,
};
use crate::{
    error::{refuse, Refusal},
    event::emit,
    flow::trade::order,
    guard,
    io::host,
    margin, request,
    storage::{
        account::{self, Change, Interest},
        book::Book,
        head,
        money::Money,
        parameters, pot,
    },
    token::position,
    Pool,
};

/// Moves `size` of series `id` from the caller's wallet into its account.
///
/// # Errors
/// `InvalidId`, those of [`order::lots`], `SeriesExpired` for what is claimed instead, `InsufficientBalance`, `TooManyLegs`,
/// `SizeBelowMinimum` for the rest of a short.
#[inline(never)]
pub fn take_in(pool: &mut Pool, id: U256, size: U256) -> Result<(), Refusal> {
    guard::enter(pool)?;
    let owner = host::sender(pool);
    let (series, lots) = parse(pool, id, size)?;
    let (money, mut session) = meet::open(pool, owner);
    position::burn(pool, owner, owner, id, size)?;
    let change = session.account.add(&series, lots)?;
    let minimum = parameters::limits(&parameters::values(pool)).minimum_size;
    trade::check_rest(&session.account, &series, minimum)?;
    session.doubt(pool, false);
    session.close(pool, &money);
    mark_used(pool, &money);
    let interest = account::change_interest(pool, &series, change);
    note_less(pool, &series, change, &interest)?;
    log(pool, owner, Address::ZERO, id, lots, &session);
    guard::leave(pool);
    Ok(())
}

/// Moves `size` of series `id` out of the caller's account to the wallet of `receiver`.
///
/// # Errors
/// `InvalidId`, those of [`order::lots`], `SeriesExpired`, `InsufficientBalance` for more than the account is long, `AccountInDebt`,
/// `AwaitsSettlement`, `MarginBelowRequirement`, those of the oracle.
#[inline(never)]
pub fn give_out(pool: &mut Pool, id: U256, size: U256, receiver: Address) -> Result<(), Refusal> {
    guard::enter(pool)?;
    guard::receiver(pool, receiver)?;
    let owner = host::sender(pool);
    let (series, lots) = parse(pool, id, size)?;
    let (money, mut session) = meet::open(pool, owner);
    let held = session.account.lots(&series).max(0);
    if lots > held {
        let held = held as u128 * smirk_engine::state::LOT;
        return Err(refuse!(InsufficientBalance, owner, held, size));
    }
    let change = session.account.add(&series, -lots)?;
    margin::check_free(pool, &mut session.account)?;
    session.close(pool, &money);
    account::change_interest(pool, &series, change);
    position::mint(pool, owner, receiver, id, size)?;
    log(pool, owner, receiver, id, -lots, &session);
    guard::leave(pool);
    Ok(())
}

/// The series and lots of a position that has not expired.
fn parse(pool: &Pool, id: U256, size: U256) -> Result<(Series, i64), Refusal> {
    let series = request::series(id)?;
    let lots = order::lots(size, 0)?;
    let now = host::now(pool);
    if series.expiry <= now {
        return Err(refuse!(SeriesExpired, series.expiry, now));
    }
    Ok((series, lots as i64))
}

/// Notes that there are accounts with positions.
fn mark_used(pool: &mut Pool, money: &Money) {
    let mut head = head::load(pool);
    if !head.accounts {
        head.accounts = true;
        insurance::start(pool, money);
        head::store(pool, &head);
    }
}

/// Notes what accounts are short of after what came in, and removes a node that nobody holds anything at any more.
#[inline(never)]
fn note_less(
    pool: &mut Pool,
    series: &Series,
    change: Change,
    interest: &Interest,
) -> Result<(), Refusal> {
    if change.shorts == 0 && !interest.is_empty() {
        return Ok(());
    }
    let mut head = head::load(pool);
    let mut book = Book::load(pool, &head, parameters::strike_tick(pool));
    if change.shorts != 0 {
        let mut shorts = pot::shorts(pool);
        shorts.add(series, change.shorts);
        pot::store_shorts(pool, &shorts);
        trade::note_shorts(pool, &book, series, interest);
    }
    if interest.is_empty() {
        if let Some(index) = book.find_node(series.expiry, series.strike) {
            book.change_node(pool, &mut head, index, 0, 0)?;
            head::store(pool, &head);
        }
    }
    Ok(())
}

fn log(pool: &Pool, owner: Address, receiver: Address, id: U256, lots: i64, session: &Session) {
    let size = |lots: i64| lots as i128 * smirk_engine::state::LOT as i128;
    let series = request::series(id).ok();
    let leg = series.map_or(0, |series| session.account.lots(&series));
    emit!(
        pool,
        PositionMoved,
        [owner, receiver, id],
        [size(lots), size(leg)]
    );
}
