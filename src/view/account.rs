//! Accounts, and what legs would have to have behind them.

use alloc::vec::Vec;

use alloy_primitives::{Address, U256};
use smirk_engine::{
    account::{self as engine_account, Health},
    book,
    series::{self, Series},
    state::{Kind, Mark, Node, LOT},
};

use crate::{
    error::{refuse, Refusal, Word},
    flow::{
        margin::meet,
        trade::order::{self, Request},
    },
    guard,
    io::words,
    margin::{Legs, Market},
    storage::{
        account::{self, Leg},
        pot, settlement,
    },
    Pool,
};

/// An account as it is once it has met what is settled, with every leg's mark and greeks.
#[inline(never)]
pub fn account(pool: &Pool, owner: Address) -> Result<Vec<u8>, Refusal> {
    guard::unlocked(pool)?;
    let market = Market::load_for_view(pool)?;
    let scale = market.configuration.quote_scale;
    let mut account = account::load(pool, owner);
    meet::settle_legs(pool, &mut account, scale, |_, _, _| {});
    let snapshot = market.snapshot();
    let legs = Legs::of(&snapshot, account.legs());
    let Health {
        value,
        initial,
        maintenance,
    } = market.health(&account);
    let quote = account.quote.saturating_mul(scale as i128);
    let prices = engine_account::liquidation_prices(&snapshot, legs.as_slice(), quote);
    // Offset of the struct; seven words, the offset of the legs within it, and their number.
    let mut list = vec![
        32u64.word(),
        account.quote.word(),
        value.word(),
        initial.word(),
        maintenance.word(),
        prices.down.unwrap_or(0).word(),
        prices.up.unwrap_or(0).word(),
        account.flagged_at.word(),
        256u64.word(),
        (account.legs().len() as u64).word(),
    ];
    for (leg, engine_leg) in account.legs().iter().zip(legs.as_slice()) {
        let node = Node {
            slice: engine_leg.slice,
            strike: engine_leg.strike,
            ..Node::default()
        };
        let mark = book::mark_node(&snapshot, &node);
        let (price, delta) = of_kind(leg.series.kind, &mark);
        list.extend_from_slice(&[
            U256::from_limbs(series::encode(&leg.series)),
            (leg.lots as i128 * LOT as i128).word(),
            mark.vol.word(),
            price.word(),
            delta.word(),
            mark.gamma.word(),
            mark.vega.word(),
            mark.theta.word(),
        ]);
    }
    Ok(words::data(&list))
}

/// Price and delta of one option of a kind.
fn of_kind(kind: Kind, mark: &Mark) -> (u128, i128) {
    match kind {
        Kind::Call => (mark.call, mark.delta as i128),
        Kind::Put => (mark.put, mark.delta as i128 - mark.growth as i128),
    }
}

/// What legs are worth together and would require; what is sold is short.
///
/// # Errors
/// `InvalidId`, `SizeZero`, `SizeOffGrid`, `ExpiryNotListed`, `CallFailed` for the feed.
#[inline(never)]
pub fn margin_for(pool: &Pool, asked: &[Request]) -> Result<Vec<u8>, Refusal> {
    guard::unlocked(pool)?;
    let market = Market::load_for_view(pool)?;
    let snapshot = market.snapshot();
    let mut legs = Vec::with_capacity(asked.len());
    for request in asked {
        legs.push(leg(request)?);
    }
    let listed = |series: &Series| {
        let expiries = snapshot.slices.iter();
        expiries
            .filter(|slice| slice.atm_vol != 0)
            .any(|slice| slice.expiry == series.expiry)
    };
    if let Some(leg) = legs.iter().find(|leg| !listed(&leg.series)) {
        return Err(refuse!(ExpiryNotListed, leg.series.expiry));
    }
    let legs = Legs::of(&snapshot, &legs);
    let health = engine_account::health(&snapshot, legs.as_slice(), 0);
    Ok(words::data(&[
        health.value.word(),
        health.initial.word(),
        health.maintenance.word(),
    ]))
}

/// A leg as it is asked about.
fn leg(request: &Request) -> Result<Leg, Refusal> {
    let lots = order::lots(request.size, 0)? as i64;
    Ok(Leg {
        series: order::series(request.id)?,
        lots: if request.side.is_bought() {
            lots
        } else {
            -lots
        },
    })
}

/// The pot and what accounts are short together.
pub fn totals(pool: &Pool) -> Vec<u8> {
    let (pot, shorts) = (pot::load(pool), pot::shorts(pool));
    let size = |lots: u64| lots as u128 * LOT;
    words::data(&[
        pot.cash.word(),
        pot.claim.word(),
        size(shorts.written.calls).word(),
        size(shorts.written.puts).word(),
        shorts.put_strikes_up().word(),
    ])
}

/// What all accounts hold of a series; nothing once it is settled.
pub fn interest(pool: &Pool, id: U256) -> Result<Vec<u8>, Refusal> {
    let series = order::series(id)?;
    let held = if settlement::load(pool, series.expiry).is_some() {
        [0; 2]
    } else {
        account::interest(pool, series.expiry, series.strike).of(series.kind)
    };
    Ok(words::data(&held.map(|lots| (lots as u128 * LOT).word())))
}
