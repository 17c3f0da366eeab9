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
    error::{refuse, Refusal},
    flow::{margin::meet, trade::order},
    guard,
    margin::{Legs, Market},
    request::{self, Request},
    saturating::Saturating,
    storage::{
        account::{self, Leg},
        pot, settlement,
    },
    words::Words,
    Pool,
};

/// An account as it is once it has met what is settled, with every leg's mark and greeks.
#[inline(never)]
pub fn account(pool: &Pool, owner: Address) -> Result<Words, Refusal> {
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
    let quote = account.quote.times(scale as i128);
    let prices = engine_account::liquidation_prices(&snapshot, legs.as_slice(), quote);
    // Offset of the struct; seven words, the offset of the legs within it, and their number.
    let mut list = Words::none()
        .with(32u64)
        .with(account.quote)
        .with(value)
        .with(initial)
        .with(maintenance)
        .with(prices.down.unwrap_or(0))
        .with(prices.up.unwrap_or(0))
        .with(account.flagged_at)
        .with(256u64)
        .with(account.legs().len() as u64);
    for (leg, engine_leg) in account.legs().iter().zip(legs.as_slice()) {
        let node = Node {
            slice: engine_leg.slice,
            strike: engine_leg.strike,
            ..Node::default()
        };
        let mark = book::mark_node(&snapshot, &node);
        let (price, delta) = of_kind(leg.series.kind, &mark);
        list = list
            .with(U256::from_limbs(series::encode(&leg.series)))
            .with(leg.lots as i128 * LOT as i128)
            .with(mark.vol)
            .with(price)
            .with(delta)
            .with(mark.gamma)
            .with(mark.vega)
            .with(mark.theta);
    }
    Ok(list)
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
pub fn margin_for(pool: &Pool, asked: &[Request]) -> Result<Words, Refusal> {
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
    Ok(Words::none()
        .with(health.value)
        .with(health.initial)
        .with(health.maintenance))
}

/// A leg as it is asked about.
fn leg(request: &Request) -> Result<Leg, Refusal> {
    let lots = order::lots(request.size, 0)? as i64;
    Ok(Leg {
        series: request::series(request.id)?,
        lots: if request.side.is_bought() {
            lots
        } else {
            -lots
        },
    })
}

/// The pot and what accounts are short together.
pub fn totals(pool: &Pool) -> Words {
    let (pot, shorts) = (pot::load(pool), pot::shorts(pool));
    let size = |lots: u64| lots as u128 * LOT;
    Words::none()
        .with(pot.cash)
        .with(pot.claim)
        .with(size(shorts.calls))
        .with(size(shorts.puts))
        .with(shorts.put_strikes_up())
        .with(pot::unmet(pool))
}

/// What all accounts hold of a series; nothing once it is settled.
pub fn interest(pool: &Pool, id: U256) -> Result<Words, Refusal> {
    let series = request::series(id)?;
    let held = if settlement::load(pool, series.expiry).is_some() {
        [0; 2]
    } else {
        account::interest(pool, series.expiry, series.strike).of(series.kind)
    };
    let [longs, shorts] = held.map(|lots| lots as u128 * LOT);
    Ok(Words::none().with(longs).with(shorts))
}
