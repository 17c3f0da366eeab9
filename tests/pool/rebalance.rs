//! Rebalancing: back inside the band when due, for a reward, and nothing otherwise.

use alloy_primitives::{Address, I256, U256};
use smirk_world::{
    abi::{HostileVenue, IPool},
    price::wad,
    TypedCalls, World,
};

use crate::{
    checks::{default_of, signed},
    common::{call, Market},
};

/// The pool is short 40 calls and hedged.
fn start() -> (Market, Address) {
    let mut market = Market::new();
    let (alice, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    market
        .buy(alice, call(market.expiries[1], "2500"), "40")
        .unwrap();
    (market, bob)
}

#[test]
fn rebalance_inside_the_band_does_nothing() {
    let (mut market, bob) = start();
    let before = market.accounts();
    let receipt = market.send(bob, IPool::rebalanceCall {}).unwrap();
    assert_eq!(receipt.value, I256::ZERO);
    assert!(receipt
        .events::<IPool::Hedged>(market.pool.address)
        .is_empty());
    assert_eq!(market.accounts(), before);
    market.check_status(&receipt);
}

#[test]
fn rebalance_after_a_move_trades_both_ways_and_pays_the_caller() {
    let (mut market, bob) = start();
    let reward = default_of("hedgeGas") / U256::from(1_000_000_000_000u64);
    for (price, buys) in [("2700", true), ("1900", false)] {
        market.world.set_price(wad(price)).unwrap();
        let due = market.risk().hedgeDue;
        assert!(
            if buys {
                due > I256::ZERO
            } else {
                due < I256::ZERO
            },
            "{due}"
        );
        let (before, bobs) = (market.money(), market.quote_of(bob));
        let receipt = market.send(bob, IPool::rebalanceCall {}).unwrap();
        let hedged: IPool::Hedged = market.event(&receipt);
        assert_eq!(
            (receipt.value, hedged.spot),
            (hedged.baseAmount, wad(price))
        );
        assert!(
            (hedged.baseAmount - due).unsigned_abs() < wad("0.0001"),
            "{due} {hedged:?}"
        );
        let after = market.money();
        assert_eq!(market.quote_of(bob) - bobs, reward);
        assert_eq!(signed(after.base) - signed(before.base), hedged.baseAmount);
        let flow = after.hedge_cash_flow - before.hedge_cash_flow;
        assert_eq!(
            flow,
            if buys {
                -signed(hedged.quoteAmount)
            } else {
                signed(hedged.quoteAmount)
            }
        );
        assert_eq!(
            signed(after.cash) - signed(before.cash),
            flow - signed(reward)
        );
        assert!(after.hedge_cost > before.hedge_cost, "fee and impact");
        assert_eq!(market.quote_of(market.pool.address), after.recorded());
        assert_eq!(market.base_of(market.pool.address), after.base);
        let risk = market.risk();
        assert!(risk.exposure.unsigned_abs() <= risk.band);
        market.check_status(&receipt);
    }
}

#[test]
fn every_poke_says_who_traded_how_much_for_what() {
    let (mut market, bob) = start();
    let reward = default_of("hedgeGas") / U256::from(1_000_000_000_000u64);
    market.world.set_price(wad("2700")).unwrap();
    for paid in [reward, U256::ZERO] {
        let receipt = market.send(bob, IPool::rebalanceCall {}).unwrap();
        let poke: IPool::Rebalanced = market.event(&receipt);
        assert_eq!((poke.by, poke.reward), (bob, paid));
        assert_eq!(poke.baseAmount, receipt.value);
        assert_eq!(poke.baseAmount.is_zero(), paid.is_zero());
    }
}

#[test]
fn an_order_leaves_what_others_left_to_a_poke_and_says_so() {
    let (mut market, bob) = start();
    let alice = market.world.actors.alice.address;
    let id = call(market.expiries[1], "2500");
    market.world.set_price(wad("2700")).unwrap();
    let due = market.risk().hedgeDue;
    let receipt = market.buy(alice, id, "0.5").unwrap();
    let missed: IPool::HedgeMissed = market.event(&receipt);
    assert_eq!(missed.reason, 3);
    assert!(missed.baseAmount > due / I256::try_from(2).unwrap());
    assert_eq!(missed.exposure, market.risk().exposure);
    market.send(bob, IPool::rebalanceCall {}).unwrap();
}

#[test]
fn rebalance_pays_nothing_twice() {
    let (mut market, bob) = start();
    market.world.set_price(wad("2700")).unwrap();
    market.send(bob, IPool::rebalanceCall {}).unwrap();
    let before = market.quote_of(bob);
    assert_eq!(
        market.send(bob, IPool::rebalanceCall {}).unwrap().value,
        I256::ZERO
    );
    assert_eq!(market.quote_of(bob), before);
}

#[test]
fn rebalance_that_the_venue_does_not_fill_says_so_and_pays_nothing() {
    let mut world = World::builder().price(wad("2500")).build().unwrap();
    let venue = world.deploy_hostile_venue().unwrap();
    let mut market = Market::in_world(world, |constructor| constructor.factory = venue);
    let (alice, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    market
        .buy(alice, call(market.expiries[1], "2500"), "40")
        .unwrap();
    market.world.set_price(wad("2700")).unwrap();
    let tell = |vice| HostileVenue::setViceCall {
        vice,
        data: Default::default(),
    };
    market
        .world
        .chain
        .send(bob, venue, &tell(HostileVenue::Vice::Reverts))
        .unwrap();
    let before = market.accounts();
    let receipt = market.send(bob, IPool::rebalanceCall {}).unwrap();
    let missed: IPool::HedgeMissed = market.event(&receipt);
    assert_eq!(receipt.value, I256::ZERO);
    assert!(missed.baseAmount > I256::ZERO && missed.exposure < I256::ZERO);
    assert_eq!(missed.reason, 1, "the venue failed");
    assert_eq!(market.accounts(), before);
    market
        .world
        .chain
        .send(bob, venue, &tell(HostileVenue::Vice::None))
        .unwrap();
    assert!(market.send(bob, IPool::rebalanceCall {}).unwrap().value > I256::ZERO);
}

#[test]
fn rebalance_beyond_the_price_limit_is_missed() {
    let (mut market, bob) = start();
    market.world.push_price(wad("1900")).unwrap();
    let before = market.money();
    // The venue still pays 2,500 for base, which is better than the limit: this one fills.
    assert!(market.send(bob, IPool::rebalanceCall {}).unwrap().value < I256::ZERO);
    market.world.push_price(wad("2700")).unwrap();
    market.world.arbitrage().unwrap();
    market.world.push_price(wad("2600")).unwrap();
    // Now the venue asks 2,700 where the feed says 2,600.
    let receipt = market.send(bob, IPool::rebalanceCall {}).unwrap();
    let missed: IPool::HedgeMissed = market.event(&receipt);
    assert!(missed.baseAmount > I256::ZERO);
    assert_eq!(missed.reason, 1, "out of reach of the price limit");
    assert!(
        market.money().hedge_cost < before.hedge_cost,
        "the first swap beat the feed"
    );
}
