//! What the price sources have to say before anything is priced, and the exits that close with them.

use alloy_primitives::{Address, I256, U256};
use smirk_world::{
    abi::{IPool, PriceFeed},
    price::wad,
    TypedCalls,
};

use crate::{
    checks::{buy, default_of, sell},
    common::{call, Market},
};

fn start() -> (Market, Address, U256) {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let id = call(market.expiries[1], "2500");
    market.buy(alice, id, "2").unwrap();
    (market, alice, id)
}

#[test]
fn a_sequencer_that_is_down_stops_what_needs_a_price() {
    let (mut market, alice, id) = start();
    let since = market.world.chain.now();
    market.world.set_sequencer(false, since).unwrap();
    let error = || IPool::SequencerDown {
        since: U256::from(since),
    };
    market.refuses(alice, buy(id, wad("1"), alice), error());
    market.refuses(alice, sell(id, wad("1"), alice), error());
    market.refuses(alice, IPool::rebalanceCall {}, error());
    let assets = U256::from(1_000);
    market.refuses(
        alice,
        IPool::depositCall {
            assets,
            receiver: alice,
        },
        error(),
    );
    let provider = market.world.actors.provider.address;
    market.refuses(
        provider,
        IPool::withdrawCall {
            assets,
            receiver: provider,
            owner_: provider,
        },
        error(),
    );
    assert_eq!(
        market
            .view(IPool::maxDepositCall { receiver: alice })
            .unwrap(),
        U256::ZERO
    );
    assert_eq!(
        market
            .view(IPool::maxWithdrawCall { owner_: provider })
            .unwrap(),
        U256::ZERO
    );
}

#[test]
fn a_sequencer_that_came_up_waits_for_its_grace_period() {
    let (mut market, alice, id) = start();
    let upSince = market.world.chain.now();
    market.world.set_sequencer(true, upSince).unwrap();
    let error: IPool::SequencerGracePeriod = market.refusal(alice, buy(id, wad("1"), alice));
    assert_eq!(
        (error.upSince, error.grace),
        (U256::from(upSince), default_of("sequencerGrace"))
    );
    assert!(error.now_ - error.upSince <= error.grace);
    market.world.chain.set_time(upSince + 3_601);
    market.world.refresh_feed().unwrap();
    market.buy(alice, id, "1").unwrap();
}

#[test]
fn a_sequencer_feed_that_does_not_answer_is_named() {
    assert_named_when_dead(|market| market.world.sequencer_feed.unwrap());
}

fn assert_named_when_dead(feed: fn(&Market) -> Address) {
    let (mut market, alice, id) = start();
    let (target, anyone) = (feed(&market), market.world.actors.oracle.address);
    // Both kinds of feed are told so in the same words.
    market
        .world
        .chain
        .send(anyone, target, &PriceFeed::setDeadCall { dead: true })
        .unwrap();
    market.refuses(
        alice,
        buy(id, wad("1"), alice),
        IPool::CallFailed { target },
    );
}

#[test]
fn a_stale_answer_is_refused() {
    let (mut market, alice, id) = start();
    let (maxAge, updatedAt) = (
        default_of("feedMaxAge"),
        market.view(IPool::oracleStatusCall {}).unwrap().updatedAt,
    );
    market
        .world
        .chain
        .set_time((updatedAt + maxAge).to::<u64>() + 10);
    let error: IPool::FeedStale = market.refusal(alice, buy(id, wad("1"), alice));
    assert_eq!((error.updatedAt, error.maxAge), (updatedAt, maxAge));
    assert!(error.now_ - updatedAt > maxAge);
    let error: IPool::FeedStale = market.refusal(alice, sell(id, wad("1"), alice));
    assert_eq!(error.updatedAt, updatedAt);
    market
        .view(IPool::navCall {})
        .expect("reports use the last price");
}

#[test]
fn an_answer_from_the_future_is_refused() {
    let (mut market, alice, id) = start();
    let now = market.world.chain.now();
    let answer = market.world.feed_answer(wad("2500"));
    market.world.push_round(answer, now, now + 1_000).unwrap();
    let error: IPool::FeedStale = market.refusal(alice, buy(id, wad("1"), alice));
    assert_eq!(error.updatedAt, U256::from(now + 1_000));
    assert!(error.updatedAt > error.now_);
}

#[test]
fn an_answer_that_is_no_price_is_refused() {
    let (mut market, alice, id) = start();
    let now = market.world.chain.now();
    for answer in [I256::ZERO, I256::MINUS_ONE, I256::MIN, I256::MAX] {
        market.world.push_round(answer, now, now).unwrap();
        market.refuses(
            alice,
            buy(id, wad("1"), alice),
            IPool::FeedPriceInvalid { answer },
        );
        market.view_refuses(IPool::navCall {}, IPool::FeedPriceInvalid { answer });
    }
}

#[test]
fn an_incomplete_round_is_refused() {
    let (mut market, alice, id) = start();
    let (feed, anyone) = (market.world.feed, market.world.actors.oracle.address);
    let answered = market
        .world
        .view(feed, &PriceFeed::latestRoundIdCall {})
        .unwrap();
    let push = PriceFeed::pushIncompleteCall {
        answer: market.world.feed_answer(wad("2500")),
        startedAt: U256::from(market.world.chain.now()),
        answeredInRound: answered,
    };
    let roundId = U256::from(market.world.chain.send(anyone, feed, &push).unwrap().value);
    let answeredIn = U256::from(answered);
    market.refuses(
        alice,
        buy(id, wad("1"), alice),
        IPool::FeedRoundIncomplete {
            roundId,
            answeredIn,
        },
    );
}

#[test]
fn a_feed_that_does_not_answer_is_named() {
    assert_named_when_dead(|market| market.world.feed);
}

#[test]
fn a_chain_without_a_sequencer_needs_none() {
    let builder = smirk_world::World::builder()
        .price(wad("2500"))
        .without_sequencer_feed();
    let mut market = Market::with(builder, |_| {});
    let alice = market.world.actors.alice.address;
    market
        .buy(alice, call(market.expiries[1], "2500"), "1")
        .unwrap();
    assert!(market.view(IPool::oracleStatusCall {}).unwrap().sequencerUp);
}

#[test]
fn a_venue_that_does_not_answer_is_named() {
    let (mut market, alice, id) = start();
    let target = market.world.venue.pool;
    market.world.chain.set_code(target, Default::default());
    market.refuses(
        alice,
        buy(id, wad("1"), alice),
        IPool::CallFailed { target },
    );
    market.view_refuses(IPool::navCall {}, IPool::CallFailed { target });
}
