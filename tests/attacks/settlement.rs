//! Expiry: settled late, early, twice, or by a round of the settler's choice.

use alloy_primitives::{I256, U256};
use smirk_world::{
    abi::{IPool, PriceFeed},
    price::wad,
};

use crate::common::{call, put, Market, DAY};

/// A market whose week has expired with alice holding ten calls struck at 2,500. Returns the first round after expiry.
fn expired(price: &str) -> (Market, u128) {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let week = market.expiries[0];
    market.buy(alice, call(week, "2500"), "10").unwrap();
    market.world.chain.set_time(week - 30);
    market.world.set_price(wad("2450")).unwrap();
    market.world.chain.set_time(week + 15);
    market.world.set_price(wad(price)).unwrap();
    let latest = market.world.feed;
    let round = market
        .world
        .view(latest, &PriceFeed::latestRoundIdCall {})
        .unwrap();
    (market, round.to())
}

/// Defence: the price is that of the first round at or after expiry, whenever it is proven.
#[test]
fn settling_late_changes_no_payout() {
    let (mut market, round) = expired("2600");
    let alice = market.world.actors.alice.address;
    let week = market.expiries[0];
    for day in 1..=10 {
        market.world.chain.set_time(week + day * DAY);
        market
            .world
            .set_price(wad("2600") + wad("30") * U256::from(day))
            .unwrap();
    }
    let refusal = market
        .claim(alice, call(week, "2500"), wad("10"))
        .unwrap_err();
    assert!(refusal.is::<IPool::NotSettled>(), "{refusal}");
    let refusal = market.sell(alice, call(week, "2500"), "10").unwrap_err();
    assert!(refusal.is::<IPool::SeriesExpired>(), "{refusal}");
    market.settle(week, round).unwrap();
    let paid = market
        .claim(alice, call(week, "2500"), wad("10"))
        .unwrap()
        .value;
    assert_eq!(paid, market.world.quote_units("1000"));
    market.assert_backed();
}

/// Defence: the round before the proven one is older than expiry, the proven one is not, and both are complete.
#[test]
fn no_other_round_settles() {
    let (mut market, round) = expired("2600");
    let alice = market.world.actors.alice.address;
    let week = market.expiries[0];
    let later = market.world.refresh_feed().unwrap();
    assert_eq!(later, round + 1);
    let before = market.balances(alice, call(week, "2500"));
    let mut refusal = |round: u128| market.settle(week, round).unwrap_err();
    assert!(refusal(round - 1).is::<IPool::RoundBeforeExpiry>());
    assert!(refusal(later).is::<IPool::RoundNotFirst>());
    assert!(
        refusal(later + 1).is::<IPool::RoundMissing>(),
        "a round that is not written"
    );
    assert!(
        refusal(u128::MAX).is::<IPool::RoundMissing>(),
        "no round id at all"
    );
    assert!(refusal(0).is::<IPool::RoundMissing>(), "no phase");
    assert_eq!(before, market.balances(alice, call(week, "2500")));
    market.settle(week, round).unwrap();
    let refusal = market.settle(week, round).unwrap_err();
    assert!(refusal.is::<IPool::AlreadySettled>(), "{refusal}");
}

/// Defence: rounds without a positive, complete answer prove nothing.
#[test]
fn bad_rounds_do_not_settle() {
    let mut market = Market::new();
    let (alice, oracle) = (
        market.world.actors.alice.address,
        market.world.actors.oracle.address,
    );
    let week = market.expiries[0];
    let feed = market.world.feed;
    market.buy(alice, call(week, "2500"), "10").unwrap();
    market.world.chain.set_time(week - 30);
    market.world.refresh_feed().unwrap();
    market.world.chain.set_time(week + 15);
    let before = market.balances(alice, call(week, "2500"));
    let negative = market
        .world
        .push_round(I256::MINUS_ONE, week + 10, week + 10)
        .unwrap();
    let refusal = market.settle(week, negative).unwrap_err();
    assert!(refusal.is::<IPool::FeedPriceInvalid>(), "{refusal}");
    let incomplete = PriceFeed::pushIncompleteCall {
        answer: market.world.feed_answer(wad("9000")),
        startedAt: U256::from(week + 12),
        answeredInRound: alloy_primitives::aliases::U80::from(1),
    };
    let incomplete = market.world.send(oracle, feed, &incomplete).unwrap().value;
    let refusal = market.settle(week, incomplete.to()).unwrap_err();
    assert!(refusal.is::<IPool::RoundMissing>(), "{refusal}");
    let after = market.world.push_price(wad("2600")).unwrap();
    let die = |market: &mut Market, dead: bool| {
        let call = PriceFeed::setDeadCall { dead };
        market.world.send(oracle, feed, &call).unwrap();
    };
    die(&mut market, true);
    let refusal = market.settle(week, after).unwrap_err();
    assert!(refusal.is::<IPool::CallFailed>(), "{refusal}");
    assert_eq!(before, market.balances(alice, call(week, "2500")));
    // The bad ones hide no good one.
    die(&mut market, false);
    market.settle(week, after).unwrap();
}

/// Defence: nothing is settled before its time, or that was never listed.
#[test]
fn settling_early_is_refused() {
    let mut market = Market::new();
    let week = market.expiries[0];
    market.world.chain.set_time(week - 1);
    let round = market.world.refresh_feed().unwrap();
    let refusal = market.settle(week, round).unwrap_err();
    assert!(refusal.is::<IPool::NotExpired>(), "{refusal}");
    let refusal = market.settle(week - DAY, round).unwrap_err();
    assert!(refusal.is::<IPool::ExpiryNotListed>(), "{refusal}");
}

/// Defence: what holders are owed is set aside at settlement, and a claim burns what it pays for.
#[test]
fn nothing_is_claimed_twice_and_nothing_set_aside_is_spent() {
    let (mut market, round) = expired("2600");
    let (alice, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let provider = market.world.actors.provider.address;
    let week = market.expiries[0];
    let id = call(week, "2500");
    market.settle(week, round).unwrap();
    let owed = market.world.quote_units("1000");
    assert_eq!(market.nav().setAside, owed);
    let everything = market
        .view(IPool::maxWithdrawCall { owner_: provider })
        .unwrap();
    market.withdraw(provider, everything).unwrap();
    assert_eq!(market.nav().setAside, owed);

    for (who, id) in [
        (bob, id),
        (alice, put(week, "2500")),
        (alice, call(week, "2400")),
    ] {
        let refusal = market.claim(who, id, wad("1")).unwrap_err();
        assert!(refusal.is::<IPool::InsufficientBalance>(), "{refusal}");
    }
    assert_eq!(
        market.claim(alice, id, wad("4")).unwrap().value,
        market.world.quote_units("400")
    );
    let refusal = market.claim(alice, id, wad("7")).unwrap_err();
    assert!(refusal.is::<IPool::InsufficientBalance>(), "{refusal}");
    assert_eq!(
        market.claim(alice, id, wad("6")).unwrap().value,
        market.world.quote_units("600")
    );
    assert!(market.nav().setAside.is_zero());
    market.assert_backed();
}

/// Defence: what cash does not cover is owed before anything can leave, and the hedge is sold for it by anyone.
#[test]
fn a_pool_that_is_short_pays_holders_before_providers() {
    let mut market = Market::new();
    let (alice, carol) = (
        market.world.actors.alice.address,
        market.world.actors.carol.address,
    );
    let provider = market.world.actors.provider.address;
    let week = market.expiries[0];
    let id = call(week, "2500");
    market.buy(alice, id, "40").unwrap();
    let most = market
        .view(IPool::maxWithdrawCall { owner_: provider })
        .unwrap();
    market.withdraw(provider, most).unwrap();
    // A gap that no scenario covers: the price is five times what it was.
    market.world.chain.set_time(week - 5);
    market.world.refresh_feed().unwrap();
    market.world.chain.set_time(week);
    market.world.set_price(wad("12500")).unwrap();
    let round = market.world.refresh_feed().unwrap() - 1;
    market.settle(week, round).unwrap();
    let due = market.world.quote_units("400000");
    let after = market.nav();
    assert!(!after.shortfall.is_zero() && after.cash.is_zero());
    assert_eq!(after.setAside + after.shortfall, due);

    let refusal = market.claim(alice, id, wad("40")).unwrap_err();
    assert!(refusal.is::<IPool::InsufficientFreeCash>(), "{refusal}");
    let none = market
        .view(IPool::maxWithdrawCall { owner_: provider })
        .unwrap();
    assert!(none.is_zero());
    let refusal = market.withdraw(provider, U256::from(1)).unwrap_err();
    assert!(refusal.is::<IPool::WithdrawAboveLimit>(), "{refusal}");
    // What is there can be had at once,
    assert_eq!(
        market.claim(alice, id, wad("2")).unwrap().value,
        due / U256::from(20)
    );
    // and what the hedge brings after it.
    let sold = market.send(carol, IPool::rebalanceCall {}).unwrap().value;
    assert!(sold < I256::ZERO, "{sold}");
    let funded = market.nav();
    assert!(funded.setAside > after.setAside - due / U256::from(20));
    assert_eq!(
        funded.setAside + funded.shortfall,
        due * U256::from(19) / U256::from(20)
    );
    market.assert_backed();
}

/// Defence: what is set aside for an expiry pays its own holders alone, and what is missing is filled oldest first.
#[test]
fn one_expirys_set_aside_pays_nobody_elses_holders() {
    let mut market = Market::new();
    let (alice, bob, carol) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
        market.world.actors.carol.address,
    );
    let provider = market.world.actors.provider.address;
    let [week, month, _] = market.expiries;
    let (early, late) = (call(week, "2500"), call(month, "2000"));
    market.buy(alice, early, "10").unwrap();
    market.buy(bob, late, "95").unwrap();
    market.leave_now(provider);
    market.world.chain.set_time(week - 30);
    market.world.refresh_feed().unwrap();
    market.world.chain.set_time(week + 15);
    market.world.set_price(wad("2600")).unwrap();
    let feed = market.world.feed;
    let latest = |market: &mut Market| {
        let round = PriceFeed::latestRoundIdCall {};
        market.world.view(feed, &round).unwrap().to()
    };
    let round = latest(&mut market);
    market.settle(week, round).unwrap();
    let due = market.world.quote_units("1000");
    let settlement = |market: &mut Market, expiry: u64| {
        let expiry = U256::from(expiry);
        market.view(IPool::settlementCall { expiry }).unwrap()
    };
    assert_eq!(settlement(&mut market, week).setAside, due);

    // The month settles for more than there is, and its holder comes first.
    market.world.chain.set_time(month - 30);
    market.world.refresh_feed().unwrap();
    market.world.chain.set_time(month + 15);
    market.world.set_price(wad("12500")).unwrap();
    let round = latest(&mut market);
    market.settle(month, round).unwrap();
    let short = settlement(&mut market, month);
    assert!(short.setAside < short.owed, "the month is short");
    let refusal = market.claim(bob, late, wad("95")).unwrap_err();
    let error: IPool::InsufficientFreeCash = refusal.error().expect("its own money only");
    assert_eq!(error.free, short.setAside);
    assert_eq!(settlement(&mut market, week).setAside, due);
    assert_eq!(market.claim(alice, early, wad("10")).unwrap().value, due);

    // What the hedge brings is the month's.
    for _ in 0..60 {
        market.world.arbitrage().unwrap();
        market.wait(60);
        market.send(carol, IPool::rebalanceCall {}).unwrap();
    }
    let funded = settlement(&mut market, month);
    assert!(funded.setAside > short.setAside && funded.owed == short.owed);
    market.assert_backed();
}
