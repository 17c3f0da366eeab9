//! A feed that has ended, and the one that takes its place.

use alloy_primitives::{Address, Bytes, I256, U256};
use alloy_sol_types::SolValue;
use smirk_world::{
    abi::{IPool, PriceFeed},
    price::wad,
    test_contract,
};

use crate::{
    checks::{buy, default_of, sell},
    common::{call, Market, DAY},
};

/// How long a feed is waited for.
const PATIENCE: u64 = 3 * DAY;

/// A market in which Alice holds two calls; the feed speaks for the last time. When that is.
fn start() -> (Market, Address, u64) {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let id = call(market.expiries[1], "2500");
    market.buy(alice, id, "2").unwrap();
    market.world.refresh_feed().unwrap();
    let feed = market.world.feed;
    let round = market.world.view(feed, &PriceFeed::latestRoundDataCall {});
    let said = round.unwrap().updatedAt.to();
    (market, alice, said)
}

/// Another feed, which has not said anything.
fn another(market: &mut Market, decimals: u64) -> Address {
    let deployer = market.world.actors.deployer.address;
    let arguments = (U256::from(decimals), "ETH / USD").abi_encode_params();
    let code = test_contract("PriceFeed", &arguments).unwrap();
    market.world.chain.deploy(deployer, code).unwrap()
}

/// The world's prices come from this feed from now on; it says one.
fn speak(market: &mut Market, feed: Address, decimals: u8, price: &str) -> U256 {
    (market.world.feed, market.world.feed_decimals) = (feed, decimals);
    U256::from(market.world.push_price(wad(price)).unwrap())
}

fn redeem(provider: Address) -> IPool::redeemCall {
    IPool::redeemCall {
        shares: U256::from(1_000_000_000),
        receiver: provider,
        owner_: provider,
    }
}

fn claim(id: U256, holder: Address) -> IPool::claimCall {
    IPool::claimCall {
        id,
        size: wad("2"),
        receiver: holder,
    }
}

fn propose(feed: Address) -> IPool::proposeFeedCall {
    IPool::proposeFeedCall { feed }
}

fn accept(feed: Address) -> IPool::acceptFeedCall {
    IPool::acceptFeedCall { feed }
}

/// The owner proposes a feed. From when on it can be accepted.
fn proposed(market: &mut Market, feed: Address) -> u64 {
    let owner = market.world.actors.owner.address;
    let receipt = market.send(owner, propose(feed)).unwrap();
    let event: IPool::FeedProposed = market.event(&receipt);
    let now = market.world.chain.now();
    let expected = IPool::FeedProposed {
        feed,
        acceptableAt: U256::from(now + PATIENCE),
    };
    assert_eq!(event, expected);
    let view = market.view(IPool::proposedFeedCall {}).unwrap();
    assert_eq!((view.feed, view.acceptableAt), (feed, event.acceptableAt));
    now + PATIENCE
}

#[test]
fn a_feed_that_speaks_is_not_replaced() {
    let (mut market, alice, said) = start();
    let (owner, old) = (market.world.actors.owner.address, market.world.feed);
    let new = another(&mut market, 8);
    speak(&mut market, new, 8, "2500");
    let error = IPool::NotAuthorised {
        caller: alice,
        required: owner,
    };
    market.refuses(alice, propose(new), error);
    market.refuses(owner, propose(Address::ZERO), IPool::ZeroAddress {});
    // Nobody proposed it, however long the present one has been silent.
    market.world.chain.set_time(said + PATIENCE);
    let error: IPool::FeedNotDue = market.refusal(owner, accept(new));
    assert_eq!(
        (error.acceptableAt, error.saidAt),
        (U256::ZERO, U256::from(said))
    );
    let due = proposed(&mut market, new);
    let error: IPool::FeedNotDue = market.refusal(owner, accept(old));
    assert_eq!(error.acceptableAt, U256::ZERO);
    market.world.chain.set_time(due - 2);
    speak(&mut market, new, 8, "2500");
    let error: IPool::FeedNotDue = market.refusal(owner, accept(new));
    assert_eq!(error.acceptableAt, U256::from(due));
    assert!(error.now_ < U256::from(due));
    // A word of the old one, and the proposal is void.
    speak(&mut market, old, 8, "2500");
    market.world.chain.set_time(due + 10);
    speak(&mut market, new, 8, "2500");
    let error: IPool::FeedNotDue = market.refusal(owner, accept(new));
    assert_eq!(error.acceptableAt, U256::from(due));
    assert!(error.saidAt > U256::from(due - PATIENCE));
    assert_eq!(market.view(IPool::surroundingsCall {}).unwrap().feed, old);
}

#[test]
fn another_feed_in_the_place_of_one_that_ended_opens_every_exit() {
    let (mut market, alice, said) = start();
    let provider = market.world.actors.provider.address;
    let old = market.world.feed;
    let id = call(market.expiries[1], "2500");
    let new = another(&mut market, 18);
    market.world.chain.set_time(said + 10_000);
    let due = proposed(&mut market, new);
    market.world.chain.set_time(due);
    let _: IPool::FeedStale = market.refusal(provider, redeem(provider));
    let _: IPool::FeedStale = market.refusal(alice, sell(id, wad("1"), alice));
    speak(&mut market, new, 18, "2510");
    let receipt = market.send(alice, accept(new)).unwrap();
    let event: IPool::FeedReplaced = market.event(&receipt);
    let expected = IPool::FeedReplaced {
        previous: old,
        feed: new,
        feedScale: U256::from(1),
    };
    assert_eq!(event, expected);
    let status: IPool::ShareStatus = market.event(&receipt);
    assert!(status.low > I256::ZERO && status.low <= status.mid);
    let surroundings = market.view(IPool::surroundingsCall {}).unwrap();
    assert_eq!(surroundings.feed, new);
    let left = market.view(IPool::proposedFeedCall {}).unwrap();
    assert_eq!((left.feed, left.acceptableAt), (Address::ZERO, U256::ZERO));
    let price = market.view(IPool::oracleStatusCall {}).unwrap().price;
    assert_eq!(price, wad("2510"));
    market.send(provider, redeem(provider)).unwrap();
    market.sell(alice, id, "1").unwrap();
    // With anchors as old as the feed nothing opens; a post opens everything.
    let _: IPool::AnchorStale = market.refusal(alice, buy(id, wad("1"), alice));
    for (expiry, vol) in market.expiries.into_iter().zip(["0.76", "0.71", "0.69"]) {
        market.post(expiry, vol).unwrap();
    }
    market.world.refresh_feed().unwrap();
    market.buy(alice, id, "1").unwrap();
    // What expires now settles by the new feed.
    let month = market.expiries[1];
    market.expire(month - 20, "2600");
    let round = market.expire(month + 20, "2610");
    market.settle(month, round);
    let claimed = market.send(alice, claim(id, alice)).unwrap().value;
    assert_eq!(claimed, market.world.quote_units("220"));
}

#[test]
fn a_feed_that_fails_is_replaced_when_no_anchor_was_posted_since() {
    for way in 0..3 {
        let (mut market, alice, _) = start();
        let (oracle, old) = (market.world.actors.oracle.address, market.world.feed);
        let new = another(&mut market, 8);
        let due = proposed(&mut market, new);
        market.world.chain.advance(DAY);
        market.world.refresh_feed().unwrap();
        market.post(market.expiries[2], "0.69").unwrap();
        match way {
            0 => {
                let dead = PriceFeed::setDeadCall { dead: true };
                market.world.send(oracle, old, &dead).unwrap();
            }
            1 => market.world.chain.set_code(old, Bytes::new()),
            // Its last word is of a year from now.
            _ => {
                let answer = market.world.feed_answer(wad("2500"));
                let later = market.world.chain.now() + 365 * DAY;
                market.world.push_round(answer, later, later).unwrap();
            }
        }
        // It spoke when another was proposed, and may fail for a moment.
        market.world.chain.set_time(due + 10);
        speak(&mut market, new, 8, "2490");
        let error: IPool::FeedNotDue = market.refusal(alice, accept(new));
        assert_eq!(error.acceptableAt, U256::from(due));
        assert_eq!(error.saidAt, error.now_);
        if way == 2 {
            // By a price of a time to come anchors are posted.
            let due = proposed(&mut market, new);
            market.world.chain.advance(DAY);
            market.post(market.expiries[2], "0.69").unwrap();
            let posted = market.view(IPool::surfaceCall {}).unwrap()[2].postedAt;
            market.world.chain.set_time(due + 10);
            speak(&mut market, new, 8, "2490");
            let error: IPool::FeedNotDue = market.refusal(alice, accept(new));
            assert_eq!(error.saidAt, posted);
        }
        let due = proposed(&mut market, new);
        market.world.chain.set_time(due);
        speak(&mut market, new, 8, "2490");
        market.send(alice, accept(new)).unwrap();
        let price = market.view(IPool::oracleStatusCall {}).unwrap().price;
        assert_eq!(price, wad("2490"));
    }
}

#[test]
fn what_people_hold_of_past_expiries_settles_before_by_the_last_round() {
    let (mut market, alice, week) = {
        let mut market = Market::new();
        let alice = market.world.actors.alice.address;
        let week = market.expiries[0];
        market.buy(alice, call(week, "2500"), "2").unwrap();
        (market, alice, week)
    };
    let last = market.expire(week - DAY, "2520");
    let new = another(&mut market, 8);
    let due = proposed(&mut market, new);
    market.world.chain.set_time(due);
    speak(&mut market, new, 8, "2500");
    market.refuses(
        alice,
        accept(new),
        IPool::AwaitsSettlement {
            expiry: U256::from(week),
        },
    );
    market.world.chain.set_time(week + PATIENCE);
    market.settle(week, last);
    let settled = market.view(IPool::settlementCall {
        expiry: U256::from(week),
    });
    assert_eq!(settled.unwrap().price, wad("2520"));
    speak(&mut market, new, 8, "2500");
    market.send(alice, accept(new)).unwrap();
}

/// The round before the one that would settle is missing, for good, and the feed ends.
#[test]
fn what_nothing_settles_waits_for_the_next_feed() {
    let mut market = Market::new();
    let (alice, old) = (market.world.actors.alice.address, market.world.feed);
    let week = market.expiries[0];
    let id = call(week, "2500");
    market.buy(alice, id, "2").unwrap();
    market.expire(week - 100, "2510");
    market.tell(old, PriceFeed::skipRoundsCall { count: 3 });
    let round = market.expire(week + 10, "2520");
    let settle = || IPool::settleCall {
        expiry: U256::from(week),
        roundId: round,
    };
    let _: IPool::RoundUnproven = market.refusal(alice, settle());
    let new = another(&mut market, 8);
    let due = proposed(&mut market, new);
    market.world.chain.set_time(due);
    speak(&mut market, new, 8, "2500");
    let _: IPool::AwaitsSettlement = market.refusal(alice, accept(new));
    market.world.chain.set_time(week + 2 * PATIENCE);
    let first = speak(&mut market, new, 8, "2500");
    market.send(alice, accept(new)).unwrap();
    // The new feed began after the expiry: its rounds are proposed.
    market.settle(week, first - U256::from(1));
    market.world.chain.advance(3_700);
    market.settle(week, first);
    let settled = market.view(IPool::settlementCall {
        expiry: U256::from(week),
    });
    assert_eq!(settled.unwrap().price, wad("2500"));
}

#[test]
fn what_says_no_fresh_price_near_the_venues_takes_no_feeds_place() {
    let (mut market, _, said) = start();
    let (owner, old) = (market.world.actors.owner.address, market.world.feed);
    market.world.chain.set_time(said + 10_000);
    let refused = |market: &mut Market, feed: Address| {
        let due = proposed(market, feed);
        market.world.chain.set_time(due);
        feed
    };
    refused(&mut market, old);
    let _: IPool::FeedStale = market.refusal(owner, accept(old));
    let nobody = refused(&mut market, Address::repeat_byte(7));
    market.refuses(owner, accept(nobody), IPool::CallFailed { target: nobody });
    let fine = another(&mut market, 19);
    refused(&mut market, fine);
    market.refuses(
        owner,
        accept(fine),
        IPool::DecimalsUnsupported {
            token: fine,
            decimals: U256::from(19),
        },
    );
    let new = another(&mut market, 8);
    refused(&mut market, new);
    // It has not spoken.
    market.refuses(owner, accept(new), IPool::CallFailed { target: new });
    // Another pair's price.
    speak(&mut market, new, 8, "2530");
    let limit = default_of("hedgePriceLimit");
    let error: IPool::VenuePriceDeviates = market.refusal(owner, accept(new));
    assert_eq!((error.feedPrice, error.maxDeviation), (wad("2530"), limit));
    assert!(error.venuePrice.abs_diff(wad("2500")) < wad("2"));
    speak(&mut market, new, 8, "2500");
    market.world.chain.advance(2 * DAY);
    let _: IPool::FeedStale = market.refusal(owner, accept(new));
    // Rounds that nobody could settle by: neither the one before nor the first of the phase is there.
    let gaps = another(&mut market, 8);
    refused(&mut market, gaps);
    market.tell(gaps, PriceFeed::skipRoundsCall { count: 3 });
    let round = speak(&mut market, gaps, 8, "2500");
    market.refuses(owner, accept(gaps), IPool::RoundUnproven { roundId: round });
    refused(&mut market, new);
    speak(&mut market, new, 8, "2500");
    market.send(owner, accept(new)).unwrap();
}

#[test]
fn a_handover_ends_what_was_proposed() {
    let (mut market, _, said) = start();
    let (owner, next) = (
        market.world.actors.owner.address,
        market.world.actors.carol.address,
    );
    let new = another(&mut market, 8);
    market.world.chain.set_time(said + 10);
    let due = proposed(&mut market, new);
    let newOwner = next;
    market
        .send(owner, IPool::transferOwnershipCall { newOwner })
        .unwrap();
    market.send(next, IPool::acceptOwnershipCall {}).unwrap();
    market.world.chain.set_time(due);
    speak(&mut market, new, 8, "2500");
    let error: IPool::FeedNotDue = market.refusal(next, accept(new));
    assert_eq!(error.acceptableAt, U256::ZERO);
}
