//! The book and the surface.

use alloy_primitives::U256;
use smirk_engine::state::{Kind, Node, LOT};

use crate::{
    answer,
    context::Context,
    error::{narrow, refuse, Refusal},
    guard,
    io::host,
    request,
    storage::{account, book::Book, head, parameters, settlement},
    words::{Word, Words},
    Pool,
};

/// The whole book with marks and greeks.
pub fn book(pool: &Pool) -> Result<Words, Refusal> {
    guard::unlocked(pool)?;
    let context = Context::load_for_view(pool)?;
    let nodes = context.book.nodes();
    let snapshot = context.snapshot();
    let marks = smirk_engine::book::marks(&snapshot);
    let puts = context.book.puts(pool);
    let mut list = list(nodes.len());
    for ((node, puts), mark) in nodes.iter().zip(puts).zip(marks) {
        list = list
            .with(context.book.slices()[node.slice as usize].expiry)
            .with(node.strike)
            .with(size(node.calls - puts))
            .with(size(puts))
            .with(mark.vol)
            .with(mark.call)
            .with(mark.put)
            .with(mark.delta)
            .with(mark.gamma)
            .with(mark.vega)
            .with(mark.theta);
    }
    Ok(list)
}

/// Size of a series that wallets hold together, WAD: what the pool and the accounts are short of it less what accounts are long.
///
/// # Errors
/// `InvalidId`; `AlreadySettled` once its expiry is settled, when the pool counts money owed and no longer options.
pub fn supply(pool: &Pool, id: U256) -> Result<U256, Refusal> {
    let series = request::series(id)?;
    if settlement::load(pool, series.expiry).is_some() {
        return Err(refuse!(AlreadySettled, series.expiry));
    }
    let tick = parameters::limits(&parameters::values(pool)).strike_tick;
    let book = Book::load(pool, &head::load(pool), tick);
    let puts = book.puts(pool);
    let held = book.nodes().iter().zip(puts).find(|(node, _)| {
        let expiry = book.slices()[node.slice as usize].expiry;
        expiry == series.expiry && node.strike == series.strike
    });
    let lots = held.map_or(0, |(node, puts)| match series.kind {
        Kind::Call => node.calls - puts,
        Kind::Put => puts,
    });
    let [longs, shorts] = account::interest(pool, series.expiry, series.strike).of(series.kind);
    let wallets = size(shorts as i64) - size(longs as i64) - size(lots);
    Ok((wallets.max(0) as u128).word())
}

/// Anchor vol of a listed expiry at a strike, WAD.
pub fn implied_vol(pool: &Pool, expiry: u64, strike: U256) -> Result<U256, Refusal> {
    let context = Context::load_for_view(pool)?;
    let node = Node {
        slice: context.open_slice(expiry)? as u8,
        strike: narrow(strike)?,
        ..Node::default()
    };
    Ok(answer::mark(context, &node).vol.word())
}

/// Listed expiries with their anchors, ascending.
pub fn surface(pool: &Pool) -> Words {
    let book = Book::load(pool, &head::load(pool), 1);
    let now = host::now(pool);
    let mut list = list(book.slices().len());
    for (slice, charge) in book.slices().iter().zip(book.charges()) {
        let rest = |jump: u64| smirk_engine::surface::rest_up(jump, slice.posted_at, now);
        list = list
            .with(slice.expiry)
            .with(slice.atm_vol)
            .with(slice.left_wing)
            .with(slice.right_wing)
            .with(slice.carry as i128)
            .with(slice.posted_at)
            .with(slice.spot)
            .with(rest(slice.vol_jump))
            .with(rest(slice.carry_jump))
            .with(charge.unearned_up(slice.expiry, now));
    }
    list
}

/// A position in lots as a WAD size.
fn size(lots: i64) -> i128 {
    lots as i128 * LOT as i128
}

/// The head of a list of structs: offset and length.
fn list(length: usize) -> Words {
    Words::none().with(32u64).with(length as u64)
}
