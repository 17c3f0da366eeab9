//! What no order has paid for is hedged within a window around the feed that only time opens, and a poke is paid for a hedge
//! that is done.

use alloy_primitives::{Address, U256};
use smirk_world::{abi::IPool, price::wad};

use crate::{
    actions::*,
    common::{call, put, Market, DAY},
};

#[test]
fn a_poke_at_a_pushed_venue_fills_nothing_and_one_within_the_window_pays_nobody() {
    let (mut market, thief) = short_after_a_rise("4000");
    let before = market.wealth(thief);
    market.push(thief, 2_680.0 * 1.0025);
    assert!(market.rebalance(thief).value.is_zero(), "no fill that far");
    market.push(thief, 2_680.0 * 1.00015);
    let filled = signed(market.rebalance(thief).value);
    assert!(filled > 0.0, "within the window it fills");
    market.push(thief, 2_680.0);
    let gain = market.wealth(thief) - before;
    println!("filled {filled}, gained {gain:+.3}");
    assert!(gain < 0.0, "{gain}");
}

/// How far above the feed, in basis points, the venue may stand for a poke to fill.
fn opening(market: &Market, thief: Address) -> u32 {
    let fills = |points: u32| {
        let mut market = market.clone();
        market.push(thief, 2_680.0 * (1.0 + points as f64 * 1e-4));
        !market.rebalance(thief).value.is_zero()
    };
    (0..60).take_while(|points| fills(*points)).count() as u32
}

#[test]
fn the_window_opens_with_time_since_a_call_found_the_exposure_outside() {
    let (mut market, thief) = short_after_a_rise("4000");
    // Nobody has looked yet: old transactions open nothing.
    market.wait(40 * 60);
    assert_eq!(
        opening(&market, thief),
        2,
        "points 0 and 1 fill, 2 is the limit"
    );
    // A call that finds it outside starts the clock,
    market.push(thief, 2_680.0 * 1.0045);
    assert!(market.rebalance(thief).value.is_zero());
    assert!(!market.risk().outsideSince.is_zero());
    market.wait(14 * 60);
    assert_eq!(opening(&market, thief), 2);
    // a quarter of an hour later it opens by a point a minute,
    market.wait(11 * 60);
    let later = opening(&market, thief);
    assert!((11..=13).contains(&later), "{later}");
    // and never beyond the limit.
    for _ in 0..4 {
        market.wait(30 * 60);
    }
    let last = opening(&market, thief);
    assert!((44..=46).contains(&last), "{last}");
    assert!(market.world.chain.now() < market.expiries[0] - DAY);
}

/// Orders too small to hedge add to an exposure that has waited for forty minutes.
#[test]
fn what_adds_to_the_exposure_has_not_waited() {
    let (mut market, thief) = short_after_a_rise("4000");
    market.push(thief, 2_680.0 * 1.0045);
    assert!(market.rebalance(thief).value.is_zero());
    market.pass(40 * 60);
    let since: u64 = market.risk().outsideSince.to();
    let before = market.exposure().abs();
    market.push(thief, 2_680.0);
    let id = call(market.expiries[1], "2675");
    for _ in 0..60 {
        let bought = market.buy(thief, id, "0.016").unwrap();
        assert_eq!(market.hedged(&bought), 0.0);
    }
    let after = market.exposure().abs();
    let (now, later): (u64, u64) = (market.world.chain.now(), market.risk().outsideSince.to());
    let waited = (now - since) as f64 * before / after;
    println!("{before} since {since}, {after} since {later}, at {now}");
    assert!(after > before + 0.4, "the exposure grew");
    // What was left is kept to a thousandth, and each order rounds in favour of the pool.
    let waiting = (now - later) as f64;
    assert!(
        waiting < waited + 2.0 && waiting > 0.92 * waited,
        "{waiting} of {waited}"
    );
    assert!(later > since + 40);
}

/// The provider has left with all it could, with calls of a week sold.
fn left_with_little() -> (Market, Address, Address) {
    let mut market = market("100000", &[]);
    let (thief, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let provider = market.world.actors.provider.address;
    market.enrich(thief);
    let [week, month, _] = market.expiries;
    market.buy(bob, call(week, "2500"), "60").unwrap();
    market.buy(thief, put(month, "1000"), "5").unwrap();
    for _ in 0..8 {
        let most = market.most_out(provider);
        if market.withdraw(provider, most).is_err() {
            break;
        }
    }
    (market, thief, bob)
}

/// Holders of a week's calls are owed more than there is in cash.
fn owing() -> (Market, Address, Address) {
    let (mut market, thief, bob) = left_with_little();
    let [week, ..] = market.expiries;
    market.world.chain.set_time(week - 10);
    market.world.refresh_feed().unwrap();
    market.world.chain.set_time(week);
    market.world.set_price(wad("7500")).unwrap();
    let round = market.world.refresh_feed().unwrap() - 1;
    let settle = IPool::settleCall {
        expiry: U256::from(week),
        roundId: U256::from(round),
    };
    market.send(bob, settle).unwrap();
    assert!(!market.nav().shortfall.is_zero(), "holders are owed cash");
    (market, thief, bob)
}

#[test]
fn a_hedge_that_no_cash_is_left_for_says_so() {
    let (mut market, _, bob) = left_with_little();
    market.world.set_price(wad("4000")).unwrap();
    // First the venue has no more within the window, then the pool has no more cash.
    for reason in [1, 2] {
        market.world.arbitrage().unwrap();
        let due = signed(market.risk().hedgeDue);
        let poked = market.rebalance(bob);
        let missed = poked.event::<IPool::HedgeMissed>(market.pool.address);
        let missed = missed.expect("it says so");
        let (filled, left) = (signed(poked.value), signed(missed.baseAmount));
        println!("{filled} of {due}: {missed:?}");
        assert_eq!(missed.reason, reason);
        assert!(filled > 0.0 && (filled + left - due).abs() < 1e-9);
    }
    assert!(market.nav().cash < U256::from(1_000_000));
}

#[test]
fn orders_do_not_restart_the_clock_of_those_who_are_owed() {
    let (mut market, thief, bob) = owing();
    let [_, month, _] = market.expiries;
    // Eight points below the feed nothing is sold for them within the window's first quarter of an hour.
    market.push(thief, 7_500.0 * 0.9992);
    market.rebalance(bob);
    assert!(!market.nav().shortfall.is_zero(), "and still are");
    let since = market.risk().outsideSince;
    assert!(!since.is_zero());
    for _ in 0..4 {
        market.pass(300);
        market.push(thief, 7_500.0 * 0.9992);
        // Worthless by now, so that nothing has to be paid for it.
        market.sell(thief, put(month, "1000"), "0.01").unwrap();
        let later = market.risk().outsideSince;
        println!("owed since {since}, after an order since {later}");
        // What was left is kept to a thousandth.
        assert!(later - since < U256::from(10), "{later} instead of {since}");
    }
    market.pass(700);
    market.push(thief, 7_500.0 * 0.9992);
    let short = quote(market.nav().shortfall);
    let sold = signed(market.rebalance(bob).value);
    let left = quote(market.nav().shortfall);
    println!("{sold} sold, {short} short before, {left} after");
    assert!(sold < -1.0 && left < short, "the window has opened");
}

#[test]
fn crumbs_pay_no_reward() {
    let (mut market, thief) = short_after_a_rise("4000");
    let cash = market.nav().cash;
    let mut filled = 0;
    let mut rewards = 0.0;
    for _ in 0..20 {
        // A hair below the window's marginal limit of two points.
        market.push(thief, 2_680.0 * 1.000_199);
        let poked = market.rebalance(thief);
        filled += usize::from(signed(poked.value) > 0.0);
        let paid = poked.events::<IPool::Rebalanced>(market.pool.address);
        rewards += paid.iter().map(|paid| quote(paid.reward)).sum::<f64>();
    }
    let due = signed(market.risk().hedgeDue);
    assert!(filled > 10, "{filled} crumbs were filled");
    assert!(due > 3.0, "{due} is still due");
    assert_eq!(rewards, 0.0);
    assert!(market.nav().cash < cash, "the crumbs cost their price");
    // Done in full it is paid for, once.
    market.push(thief, 2_650.0);
    let mut paid = || {
        let poked = market.rebalance(thief);
        let poke = poked.event::<IPool::Rebalanced>(market.pool.address);
        let poke = poke.expect("every poke is an event");
        assert_eq!((poke.by, poke.baseAmount), (thief, poked.value));
        quote(poke.reward)
    };
    assert!(paid() > 0.0);
    assert_eq!(paid(), 0.0);
}

/// Delta-one calls expire and leave the pool with base; a clock that ran before has nothing to say of it.
#[test]
fn exposure_that_an_expiry_leaves_has_not_waited() {
    let mut market = market("40000", &[]);
    let (thief, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    market.enrich(thief);
    let [week, month, _] = market.expiries;
    market.world.chain.set_time(week - 8_000);
    market.world.refresh_feed().unwrap();
    market.scale_vols(1.0).unwrap();
    for _ in 0..4 {
        market.buy(thief, call(week, "2000"), "25").unwrap();
        market.push(thief, 2_500.0);
    }
    // Something is outside, and stays there for an hour and a half.
    market.buy(bob, call(month, "2500"), "20").unwrap();
    market.world.set_price(wad("2540")).unwrap();
    market.push(thief, 2_540.0 * 1.0045);
    market.rebalance(bob);
    assert!(!market.risk().outsideSince.is_zero(), "a clock runs");
    market.pass(5_000);
    let before = market.exposure();
    market.world.chain.set_time(week - 5);
    market.world.refresh_feed().unwrap();
    market.world.chain.set_time(week);
    let round = market.world.refresh_feed().unwrap();
    let settle = IPool::settleCall {
        expiry: U256::from(week),
        roundId: U256::from(round),
    };
    market.send(thief, settle).unwrap();
    let after = market.exposure();
    assert!(after > 50.0 && after > before + 50.0, "{before} to {after}");
    market.push(thief, 2_540.0 * 0.9956);
    let wall = market.wall(thief, 2_540.0 * 0.9954);
    let sold = signed(market.rebalance(thief).value);
    market.take_down(thief, wall);
    println!("{before} before expiry, {after} after it, {sold} sold at the wall");
    assert_eq!(sold, 0.0);
}
