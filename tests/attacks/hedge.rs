//! The inline hedge: forced by dust, forced at a moved price, in the wrong direction, or made to fail.

use alloy_primitives::{Bytes, I256, U256};
use smirk_world::{
    abi::{
        HostileVenue,
        IPool::{self, Hedged},
    },
    price::wad,
    World,
};

use crate::common::{call, put, Market};

/// Base that the pool bought (positive) or sold in one receipt, WAD, and the quote atoms for it.
fn hedges<R>(market: &Market, receipt: &smirk_world::Receipt<R>) -> Vec<(I256, U256)> {
    let fills = receipt.events::<Hedged>(market.pool.address);
    fills
        .iter()
        .map(|fill| (fill.baseAmount, fill.quoteAmount))
        .collect()
}

/// Defence: the minimum size.
#[test]
fn dust_is_refused() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let id = call(market.expiries[0], "2600");
    let before = market.balances(alice, id);
    for size in ["0.000001", "0.009999"] {
        let refusal = market.buy(alice, id, size).unwrap_err();
        assert!(refusal.is::<IPool::SizeBelowMinimum>(), "{refusal}");
    }
    let refusal = market.buy(alice, id, "0").unwrap_err();
    assert!(refusal.is::<IPool::SizeZero>(), "{refusal}");
    let refusal = market.buy(alice, id, "0.0100000000001").unwrap_err();
    assert!(refusal.is::<IPool::SizeOffGrid>(), "{refusal}");
    assert_eq!(before, market.balances(alice, id));
}

/// Defence: the hedge is sized from the whole book's exposure outside a band, not from the trade, and a swap has a
/// least size.
#[test]
fn small_trades_force_no_hedge() {
    let mut market = Market::new();
    let (alice, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let id = call(market.expiries[1], "2600");
    let opened = market.buy(bob, id, "60").unwrap();
    assert_eq!(
        hedges(&market, &opened).len(),
        1,
        "the book stands at the band's edge"
    );
    for size in ["0.01", "0.5"] {
        for _ in 0..20 {
            let bought = market.buy(alice, id, size).unwrap();
            let sold = market.sell(alice, id, size).unwrap();
            assert!(hedges(&market, &bought).is_empty(), "{size}");
            assert!(hedges(&market, &sold).is_empty(), "{size}");
        }
    }
}

/// Defence: no opening while venue and feed disagree.
#[test]
fn a_venue_far_from_the_feed_stops_new_risk_and_no_exit() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let provider = market.world.actors.provider.address;
    let id = call(market.expiries[0], "2500");
    market.buy(alice, id, "5").unwrap();
    market.world.push_price(wad("2550")).unwrap();
    let before = market.balances(alice, id);
    let refusal = market.buy(alice, id, "1").unwrap_err();
    assert!(refusal.is::<IPool::VenueTooFar>(), "{refusal}");
    let refusal = market.deposit(alice, U256::from(1_000_000)).unwrap_err();
    assert!(refusal.is::<IPool::VenuePriceDeviates>(), "{refusal}");
    assert_eq!(before, market.balances(alice, id));
    market.sell(alice, id, "5").unwrap();
    market.withdraw(provider, U256::from(1_000_000)).unwrap();
}

/// Defence: the sign of the plan comes from the pool's exposure after the trade.
#[test]
fn a_hedge_always_opposes_the_exposure() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let [week, month, _] = market.expiries;
    let calls = call(month, "2500");
    let bought = market.buy(alice, calls, "60").unwrap();
    let fills = hedges(&market, &bought);
    assert!(
        fills.len() == 1 && fills[0].0 > I256::ZERO,
        "short calls need base: {fills:?}"
    );
    let risk = market.view(IPool::riskCall {}).unwrap();
    assert!(risk.exposure.unsigned_abs() <= risk.band, "{risk:?}");
    assert!(risk.hedgeDue.is_zero());

    // Short puts are long base: what is held is sold, never more than is held, and nothing is bought.
    let held = market.nav().base;
    let bought = market.buy(alice, put(week, "2500"), "40").unwrap();
    let fills = hedges(&market, &bought);
    assert!(
        fills.len() == 1 && fills[0].0 < I256::ZERO,
        "short puts shed base: {fills:?}"
    );
    assert!(fills[0].0.unsigned_abs() <= held);

    let sold = market.sell(alice, calls, "60").unwrap();
    assert!(hedges(&market, &sold)
        .iter()
        .all(|fill| fill.0 < I256::ZERO));
    market.assert_backed();
}

/// Pokes once a minute until nothing is due. Returns the base traded, WAD, and for how many minutes it took.
fn poke_until_inside(market: &mut Market, who: alloy_primitives::Address) -> (I256, u64) {
    let mut traded = I256::ZERO;
    for minute in 0..60 {
        traded += market.send(who, IPool::rebalanceCall {}).unwrap().value;
        if market.view(IPool::riskCall {}).unwrap().hedgeDue.is_zero() {
            return (traded, minute);
        }
        market.world.arbitrage().unwrap();
        market.wait(60);
    }
    panic!("still due after an hour");
}

/// Defence: the poke for anyone hedges in both directions, near the feed alone at first, and pays when nothing is left due.
#[test]
fn rebalancing_buys_and_sells() {
    let mut market = Market::new();
    let (alice, carol) = (
        market.world.actors.alice.address,
        market.world.actors.carol.address,
    );
    let id = call(market.expiries[0], "2500");
    market.buy(alice, id, "60").unwrap();
    let reward = market.world.quote_units("0.05");
    for (price, buys) in [("2700", true), ("2300", false)] {
        market.world.set_price(wad(price)).unwrap();
        let due = market.view(IPool::riskCall {}).unwrap().hedgeDue;
        assert_eq!(due > I256::ZERO, buys, "{due}");
        let before = market.cash_of(carol);
        let (traded, minutes) = poke_until_inside(&mut market, carol);
        assert_eq!(traded > I256::ZERO, buys, "{traded}");
        assert!(
            minutes > 0,
            "a thin slice of the venue lies within the window"
        );
        assert_eq!(market.cash_of(carol) - before, reward, "once");
        let again = market.send(carol, IPool::rebalanceCall {}).unwrap();
        assert!(again.value.is_zero(), "nothing is due twice");
        assert_eq!(market.cash_of(carol) - before, reward, "nor paid twice");
        let risk = market.view(IPool::riskCall {}).unwrap();
        assert!(risk.exposure.unsigned_abs() <= risk.band, "{risk:?}");
    }
    market.assert_backed();
}

fn market_with_hostile_venue() -> (Market, alloy_primitives::Address) {
    let mut world = World::builder().price(wad("2500")).build().unwrap();
    let venue = world.deploy_hostile_venue().unwrap();
    (
        Market::in_world(world, |arguments| arguments.factory = venue),
        venue,
    )
}

/// Defence: a failed swap is an event while the exposure stays within the hard limit, and exits never need it.
#[test]
fn a_failing_hedge_does_not_stop_trading() {
    for vice in [
        HostileVenue::Vice::Reverts,
        HostileVenue::Vice::BurnsGas,
        HostileVenue::Vice::NeverAsks,
        HostileVenue::Vice::AsksTwice,
        HostileVenue::Vice::AsksForOther,
    ] {
        let (mut market, venue) = market_with_hostile_venue();
        let alice = market.world.actors.alice.address;
        let provider = market.world.actors.provider.address;
        let id = call(market.expiries[1], "2500");
        let spoil = HostileVenue::setViceCall {
            vice,
            data: Bytes::from_static(b"no"),
        };
        market.world.send(alice, venue, &spoil).unwrap();

        let bought = market.buy(alice, id, "40").unwrap();
        assert!(hedges(&market, &bought).is_empty());
        let missed = bought
            .event::<IPool::HedgeMissed>(market.pool.address)
            .expect("it says so");
        assert!(missed.exposure < I256::ZERO && missed.baseAmount > I256::ZERO);
        assert!(market.nav().base.is_zero());

        // Past the hard limit nobody can open more of it,
        let before = market.balances(alice, id);
        let refusal = market.buy(alice, id, "60").unwrap_err();
        assert!(refusal.is::<IPool::ExposureAboveLimit>(), "{refusal}");
        assert_eq!(before, market.balances(alice, id));
        // and everyone can leave.
        market.send(alice, IPool::rebalanceCall {}).unwrap();
        market.withdraw(provider, U256::from(1_000_000)).unwrap();
        market.sell(alice, id, "40").unwrap();
        market.assert_backed();
    }
}

/// Defence: a payment is bounded by recorded free cash when base is bought and by the amount sold when it is sold, and is
/// asked for by the venue alone.
#[test]
fn a_venue_that_asks_for_too_much_gets_nothing() {
    let (mut market, venue) = market_with_hostile_venue();
    let alice = market.world.actors.alice.address;
    let id = call(market.expiries[1], "2500");
    market.buy(alice, id, "60").unwrap();
    let held = market.nav().base;
    assert!(held > U256::ZERO);
    let greedy = HostileVenue::setAskedCall {
        askedBps: U256::from(10_001),
    };
    market.world.send(alice, venue, &greedy).unwrap();
    // Base to be sold is known to the atom: not one more is paid.
    let sold = market.sell(alice, id, "60").unwrap();
    assert!(hedges(&market, &sold).is_empty());
    assert!(sold
        .event::<IPool::HedgeMissed>(market.pool.address)
        .is_some());
    assert_eq!(market.nav().base, held);
    market.assert_backed();
}
