//! Prices that should not be traded on: old, broken, or from a chain that has just come back.

use alloy_primitives::{aliases::U80, I256, U256};
use smirk_world::{
    abi::{IPool, PriceFeed, SequencerFeed},
    price::wad,
    CallFailure,
};

use crate::common::{call, Market};

/// Every entry point that prices something, refused for one reason, and nothing changed by it.
fn assert_all_refuse(market: &mut Market, reason: impl Fn(&CallFailure) -> bool) {
    let alice = market.world.actors.alice.address;
    let provider = market.world.actors.provider.address;
    let id = call(market.expiries[1], "2500");
    let before = market.balances(alice, id);
    let refusals = [
        market.buy(alice, id, "1").unwrap_err(),
        market.sell(alice, id, "1").unwrap_err(),
        market.deposit(alice, U256::from(1_000_000)).unwrap_err(),
        market
            .withdraw(provider, U256::from(1_000_000))
            .unwrap_err(),
        market.redeem(provider, U256::from(1_000_000)).unwrap_err(),
        market.send(alice, IPool::rebalanceCall {}).unwrap_err(),
        market.quote_buy(id, "1").unwrap_err(),
    ];
    for refusal in &refusals {
        assert!(reason(refusal), "{refusal}");
    }
    assert_eq!(before, market.balances(alice, id));
    let status = market.view(IPool::oracleStatusCall {}).unwrap();
    assert!(!status.tradable);
    let limit = market
        .view(IPool::maxDepositCall { receiver: alice })
        .unwrap();
    assert!(limit.is_zero(), "max tells the truth");
}

fn market_with_position() -> Market {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let id = call(market.expiries[1], "2500");
    market.buy(alice, id, "5").unwrap();
    market
}

/// Defence: the age limit of the feed's answer.
#[test]
fn a_stale_feed_is_refused() {
    let mut market = market_with_position();
    market.world.chain.advance(5_401);
    assert_all_refuse(&mut market, CallFailure::is::<IPool::FeedStale>);
    market.world.refresh_feed().unwrap();
    let alice = market.world.actors.alice.address;
    market
        .sell(alice, call(market.expiries[1], "2500"), "5")
        .unwrap();
}

/// Defence: positive answers of complete rounds only; a feed that reverts is an error of its own.
#[test]
fn a_broken_answer_is_refused() {
    let mut market = market_with_position();
    let now = market.world.chain.now();
    let (oracle, feed) = (market.world.actors.oracle.address, market.world.feed);
    let start = market.world.chain.snapshot();
    for answer in [I256::ZERO, I256::MINUS_ONE, I256::MIN, I256::MAX] {
        market.world.push_round(answer, now, now).unwrap();
        assert_all_refuse(&mut market, CallFailure::is::<IPool::FeedPriceInvalid>);
    }
    market.world.chain.revert(start.clone());
    let future = market.world.feed_answer(wad("2500"));
    market.world.push_round(future, now + 60, now + 60).unwrap();
    assert_all_refuse(&mut market, CallFailure::is::<IPool::FeedStale>);
    market.world.chain.revert(start.clone());
    let incomplete = PriceFeed::pushIncompleteCall {
        answer: market.world.feed_answer(wad("2500")),
        startedAt: U256::from(now),
        answeredInRound: U80::from(1),
    };
    market.world.send(oracle, feed, &incomplete).unwrap();
    assert_all_refuse(&mut market, CallFailure::is::<IPool::FeedRoundIncomplete>);
    market.world.chain.revert(start);
    market
        .world
        .send(oracle, feed, &PriceFeed::setDeadCall { dead: true })
        .unwrap();
    assert_all_refuse(&mut market, CallFailure::is::<IPool::CallFailed>);
}

/// Defence: no price is used while the sequencer is down or within the grace period after it.
#[test]
fn a_sequencer_outage_is_waited_out() {
    let mut market = market_with_position();
    let now = market.world.chain.now();
    market.world.set_sequencer(false, now).unwrap();
    assert_all_refuse(&mut market, CallFailure::is::<IPool::SequencerDown>);
    market.world.set_sequencer(true, now).unwrap();
    assert_all_refuse(&mut market, CallFailure::is::<IPool::SequencerGracePeriod>);
    market.world.chain.advance(3_600);
    market.world.refresh_feed().unwrap();
    assert_all_refuse(&mut market, CallFailure::is::<IPool::SequencerGracePeriod>);
    market.world.chain.advance(1);
    let alice = market.world.actors.alice.address;
    market
        .buy(alice, call(market.expiries[1], "2500"), "1")
        .unwrap();
    // Before its first update the feed says nothing.
    market.world.set_sequencer(true, 0).unwrap();
    assert_all_refuse(&mut market, CallFailure::is::<IPool::SequencerDown>);
    let (oracle, feed) = (
        market.world.actors.oracle.address,
        market.world.sequencer_feed.unwrap(),
    );
    market
        .world
        .send(oracle, feed, &SequencerFeed::setDeadCall { dead: true })
        .unwrap();
    assert_all_refuse(&mut market, CallFailure::is::<IPool::CallFailed>);
}

/// Defence: what an expired series pays needs no price of today.
#[test]
fn an_outage_does_not_stop_settlement_and_claims() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let week = market.expiries[0];
    let id = call(week, "2400");
    market.buy(alice, id, "5").unwrap();
    market.world.chain.set_time(week - 5);
    market.world.refresh_feed().unwrap();
    market.world.chain.set_time(week);
    let round = market.world.refresh_feed().unwrap();
    market.world.chain.advance(100_000);
    let now = market.world.chain.now();
    market.world.set_sequencer(false, now).unwrap();
    market.settle(week, round).unwrap();
    let paid = market.claim(alice, id, wad("5")).unwrap().value;
    assert_eq!(paid, market.world.quote_units("500"));
}
