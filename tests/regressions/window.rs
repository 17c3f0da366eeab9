//! What no order has paid for is hedged within a window around the feed that only time opens, and a poke is paid for a hedge
//! that is done.

use alloy_primitives::Address;
use smirk_world::{abi::IPool, price::wad};

use crate::{
    actions::*,
    common::{call, Market, DAY},
};

/// A pool that is short 60 calls after a rise, with a hedge due.
fn start(depth: &str) -> (Market, Address) {
    let mut market = market(depth, &[]);
    let (thief, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    market.enrich(thief);
    let id = call(market.expiries[1], "2500");
    for _ in 0..12 {
        market.buy(bob, id, "5").unwrap();
        market.push(thief, 2_500.0);
    }
    market.world.set_price(wad("2680")).unwrap();
    market.pass(60);
    let due = signed(market.risk().hedgeDue);
    assert!(due > 5.0, "{due} is due");
    (market, thief)
}

#[test]
fn a_poke_at_a_pushed_venue_fills_nothing_and_one_within_the_window_pays_nobody() {
    let (mut market, thief) = start("4000");
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
    let (mut market, thief) = start("4000");
    // Nobody has looked yet: old transactions open nothing.
    market.wait(40 * 60);
    assert_eq!(opening(&market, thief), 2, "points 0 and 1 fill, 2 is the limit");
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

#[test]
fn what_adds_to_the_exposure_has_not_waited() {
    let (mut market, thief) = start("100000");
    market.push(thief, 2_680.0 * 1.0045);
    assert!(market.rebalance(thief).value.is_zero());
    market.wait(40 * 60);
    let since = market.risk().outsideSince;
    let (before, now) = (market.exposure().abs(), market.world.chain.now());
    // Own hedges miss at this price, so that orders add exposure.
    market.push(thief, 2_680.0 * 1.0049);
    let id = call(market.expiries[1], "2675");
    let bought = market.buy(thief, id, "2");
    let refused = bought.is_err();
    assert!(refused, "an order that would hedge beyond the limit is refused");
    market.push(thief, 2_680.0 * 1.004);
    let size = ["8", "5", "3", "1"]
        .into_iter()
        .find(|size| market.quote_buy(id, size).is_ok())
        .expect("some size is quoted");
    let bought = market.buy(thief, id, size).unwrap();
    let after = market.exposure().abs();
    println!(
        "{before} outside since {since}, {after} since {} after {size} with {} hedged",
        market.risk().outsideSince,
        market.hedged(&bought)
    );
    if after > before {
        assert!(market.risk().outsideSince > since);
    } else {
        assert_eq!(market.risk().outsideSince, since);
    }
    assert!(now > 0);
}

#[test]
fn crumbs_pay_no_reward() {
    let (mut market, thief) = start("4000");
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
    let done = market.rebalance(thief);
    assert_eq!(
        done.events::<IPool::Rebalanced>(market.pool.address).len(),
        1
    );
    let again = market.rebalance(thief);
    assert!(again
        .events::<IPool::Rebalanced>(market.pool.address)
        .is_empty());
}
