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

fn replace(feed: Address) -> IPool::replaceFeedCall {
    IPool::replaceFeedCall { feed }
}

#[test]
fn a_feed_that_spoke_three_days_ago_is_not_replaced() {
    let (mut market, alice, said) = start();
    let (owner, old) = (market.world.actors.owner.address, market.world.feed);
    let new = another(&mut market, 8);
    market.refuses(
        alice,
        replace(new),
        IPool::NotAuthorised {
            caller: alice,
            required: owner,
        },
    );
    market.world.chain.set_time(said + PATIENCE - 2);
    speak(&mut market, new, 8, "2500");
    let error: IPool::FeedAlive = market.refusal(owner, replace(new));
    assert_eq!(
        (error.saidAt, error.endsAt),
        (U256::from(said), U256::from(said + PATIENCE))
    );
    assert!(error.now_ < error.endsAt);
    // A word of the old one, and it is waited for anew.
    market.world.chain.set_time(said + PATIENCE + 100);
    speak(&mut market, old, 8, "2500");
    let error: IPool::FeedAlive = market.refusal(owner, replace(new));
    assert!(error.saidAt > U256::from(said + PATIENCE));
}

#[test]
fn another_feed_in_the_place_of_one_that_ended_opens_every_exit() {
    let (mut market, alice, said) = start();
    let provider = market.world.actors.provider.address;
    let (owner, old) = (market.world.actors.owner.address, market.world.feed);
    let id = call(market.expiries[1], "2500");
    market.world.chain.set_time(said + PATIENCE);
    let _: IPool::FeedStale = market.refusal(provider, redeem(provider));
    let _: IPool::FeedStale = market.refusal(alice, sell(id, wad("1"), alice));
    let new = another(&mut market, 18);
    speak(&mut market, new, 18, "2510");
    let receipt = market.send(owner, replace(new)).unwrap();
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
    assert_eq!(
        market.view(IPool::oracleStatusCall {}).unwrap().price,
        wad("2510")
    );
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
fn a_feed_that_fails_has_ended_three_days_after_the_last_post() {
    for way in 0..3 {
        let (mut market, _, _) = start();
        let (owner, old) = (market.world.actors.owner.address, market.world.feed);
        let oracle = market.world.actors.oracle.address;
        market.world.chain.advance(DAY);
        market.world.refresh_feed().unwrap();
        market.post(market.expiries[2], "0.69").unwrap();
        let posted = market.view(IPool::surfaceCall {}).unwrap()[2].postedAt;
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
        let new = another(&mut market, 8);
        let ends = posted + U256::from(PATIENCE);
        market.world.chain.set_time(ends.to::<u64>() - 2);
        speak(&mut market, new, 8, "2490");
        let error: IPool::FeedAlive = market.refusal(owner, replace(new));
        assert_eq!((error.saidAt, error.endsAt), (posted, ends));
        market.world.chain.set_time(ends.to());
        speak(&mut market, new, 8, "2490");
        market.send(owner, replace(new)).unwrap();
        assert_eq!(
            market.view(IPool::oracleStatusCall {}).unwrap().price,
            wad("2490")
        );
    }
}

#[test]
fn what_says_no_fresh_price_near_the_venues_takes_no_feeds_place() {
    let (mut market, _, said) = start();
    let owner = market.world.actors.owner.address;
    market.world.chain.set_time(said + PATIENCE);
    let _: IPool::FeedStale = market.refusal(owner, replace(market.world.feed));
    let nobody = Address::repeat_byte(7);
    market.refuses(owner, replace(nobody), IPool::CallFailed { target: nobody });
    let fine = another(&mut market, 19);
    market.refuses(
        owner,
        replace(fine),
        IPool::DecimalsUnsupported {
            token: fine,
            decimals: U256::from(19),
        },
    );
    let new = another(&mut market, 8);
    // It has not spoken.
    market.refuses(owner, replace(new), IPool::CallFailed { target: new });
    // Another pair's price.
    speak(&mut market, new, 8, "2530");
    let limit = default_of("hedgePriceLimit");
    let error: IPool::VenuePriceDeviates = market.refusal(owner, replace(new));
    assert_eq!((error.feedPrice, error.maxDeviation), (wad("2530"), limit));
    assert!(error.venuePrice.abs_diff(wad("2500")) < wad("2"));
    speak(&mut market, new, 8, "2500");
    market.world.chain.advance(2 * DAY);
    let _: IPool::FeedStale = market.refusal(owner, replace(new));
    speak(&mut market, new, 8, "2500");
    market.send(owner, replace(new)).unwrap();
}
