//! A hedge that nobody can sell to the pool: an order pays for the venue as it stands, its own swap ends where it paid for, and
//! whatever is left waits for a narrow window.

use alloy_primitives::{Address, U256};
use smirk_world::{
    abi::{IPool, UniswapV3Pool},
    price::wad,
};

use crate::{
    actions::*,
    common::{call, put, Market},
};

/// The least band that the parameters allow: every order's delta is hedged at once.
const NO_BAND: (&str, &str) = ("bandCap", "0.0001");
/// Base at the venue such that a move of 1 % takes 50,000, 500,000 and 5,000,000 of quote.
const DEPTHS: [&str; 3] = ["4000", "40000", "400000"];
const SIZES: [&str; 9] = ["80", "40", "20", "10", "5", "2", "1", "0.5", "0.2"];

/// The largest purchase that is quoted.
fn largest(market: &mut Market, id: U256) -> Option<&'static str> {
    SIZES
        .into_iter()
        .find(|size| market.quote_buy(id, size).is_ok())
}

/// Buys with the venue pushed one way and sells with it pushed the other, and returns the size and what it brought.
fn sandwich(market: &mut Market, thief: Address, id: U256, push: f64) -> Option<(f64, f64)> {
    let before = market.wealth(thief);
    let sign = if id.bit(192) { -1.0 } else { 1.0 };
    market.push(thief, 2_500.0 * (1.0 + sign * push));
    let Some(size) = largest(market, id) else {
        market.push(thief, 2_500.0);
        return None;
    };
    // No more is sold against puts than is there.
    let held = if sign > 0.0 {
        f64::INFINITY
    } else {
        float(market.nav().base)
    };
    let bought = market.buy(thief, id, size).unwrap();
    let hedged = market.hedged(&bought) * sign;
    market.push(thief, 2_500.0 * (1.0 - sign * push));
    let sold = market.sell(thief, id, size).unwrap();
    let unhedged = market.hedged(&sold) * sign;
    market.push(thief, 2_500.0);
    let size: f64 = size.parse().unwrap();
    let least = size.min(held) / 2.0;
    assert!(hedged > least, "{size} were hedged with {hedged}");
    assert!(unhedged < -least, "{size} were hedged with {unhedged}");
    Some((size, market.wealth(thief) - before))
}

#[test]
fn pushing_the_venue_around_the_hedges_of_deep_calls_costs_the_pusher() {
    let mut ran = 0;
    for depth in DEPTHS {
        let mut market = market(depth, &[NO_BAND]);
        let thief = market.world.actors.alice.address;
        market.enrich(thief);
        let id = call(market.expiries[0], "2000");
        for push in [0.0005, 0.001, 0.0022, 0.0044] {
            for _ in 0..3 {
                let Some((size, gain)) = sandwich(&mut market, thief, id, push) else {
                    continue;
                };
                println!("depth {depth} push {push}: {size} calls, {gain:+.2}");
                assert!(gain < 0.0, "depth {depth}, push {push}: {size} for {gain}");
                ran += 1;
            }
        }
        market.assert_backed();
    }
    assert!(ran >= 24, "{ran} sandwiches ran");
}

#[test]
fn pushing_the_venue_around_the_hedges_of_deep_puts_costs_the_pusher() {
    let mut ran = 0;
    for depth in ["4000", "400000"] {
        let mut market = market(depth, &[NO_BAND]);
        let thief = market.world.actors.alice.address;
        market.enrich(thief);
        // Puts are hedged by selling what calls have bought.
        let bob = market.world.actors.bob.address;
        let calls = call(market.expiries[1], "2500");
        for _ in 0..20 {
            let size = if depth == "4000" { "2" } else { "5" };
            market.buy(bob, calls, size).unwrap();
            market.push(thief, 2_500.0);
        }
        assert!(float(market.nav().base) > 15.0);
        let id = put(market.expiries[0], "3125");
        for push in [0.0005, 0.001, 0.0022, 0.0044] {
            let Some((size, gain)) = sandwich(&mut market, thief, id, push) else {
                continue;
            };
            println!("depth {depth} push {push}: {size} puts, {gain:+.2}");
            assert!(gain < 0.0, "depth {depth}, push {push}: {size} for {gain}");
            ran += 1;
        }
        market.assert_backed();
    }
    assert!(ran >= 6, "{ran} sandwiches ran");
}

#[test]
fn own_liquidity_that_waits_beside_the_price_earns_less_than_the_order_pays() {
    for depth in ["4000", "40000"] {
        for away in [0.0015, 0.0025, 0.0035] {
            let mut market = market(depth, &[NO_BAND]);
            let thief = market.world.actors.alice.address;
            market.enrich(thief);
            let id = call(market.expiries[0], "2000");
            let before = market.wealth(thief);
            let walls = [1.0 + away, 1.0 - away].map(|ratio| market.wall(thief, 2_500.0 * ratio));
            let size = largest(&mut market, id).expect("some size is quoted");
            let bought = market.buy(thief, id, size).unwrap();
            let sold = market.sell(thief, id, size).unwrap();
            let (hedged, unhedged) = (market.hedged(&bought), market.hedged(&sold));
            assert!(hedged > 0.1 && unhedged < -0.1, "{hedged} {unhedged}");
            for wall in walls {
                market.take_down(thief, wall);
            }
            market.push(thief, 2_500.0);
            let gain = market.wealth(thief) - before;
            println!("depth {depth}, {away} away: {size} calls, {gain:+.2}");
            assert!(gain < 0.0, "depth {depth}, {away} away: {gain}");
            market.assert_backed();
        }
    }
}

/// The price itself stands on one's own liquidity, which makes the venue look deep; the hedge then misses, and is poked at a
/// price of one's own.
#[test]
fn a_hedge_made_to_miss_and_poked_later_pays_nobody() {
    for push in [0.00015, 0.0003, 0.002] {
        let mut market = market("4000", &[NO_BAND]);
        let thief = market.world.actors.alice.address;
        market.enrich(thief);
        let id = call(market.expiries[0], "2000");
        let before = market.wealth(thief);
        let wall = market.wall(thief, 2_500.0);
        let quoted = market.quote_buy(id, "30").expect("the venue looks deep");
        assert!(float(quoted.surcharge) < 100.0 * 1e-12);
        market.take_down(thief, wall);
        // Where the real depth is known, the same order is refused.
        let refusal = market.quote_buy(id, "30").unwrap_err();
        assert!(refusal.is::<IPool::VenueTooFar>(), "{refusal}");
        let wall = market.wall(thief, 2_500.0);
        // The liquidity at the price ends just above it.
        let edge = above(&mut market);
        market.push(thief, edge * 0.999_999_9);
        let bought = market.buy(thief, id, "30").unwrap();
        let hedged = market.hedged(&bought);
        assert!(hedged < 25.0, "the hedge misses: {hedged}");
        market.take_down(thief, wall);
        market.push(thief, 2_500.0 * (1.0 + push));
        let poked = market.rebalance(thief);
        println!(
            "push {push}: {hedged} at once, {} by poking",
            signed(poked.value)
        );
        market.push(thief, 2_500.0 * (1.0 - push));
        market.sell(thief, id, "30").unwrap();
        market.rebalance(thief);
        market.push(thief, 2_500.0);
        let gain = market.wealth(thief) - before;
        println!("push {push}: {gain:+.2}");
        assert!(gain < 0.0, "push {push}: {gain}");
        market.assert_backed();
    }
}

/// The upper end of the ticks that hold the venue's price.
fn above(market: &mut Market) -> f64 {
    let venue = market.world.venue.pool;
    let slot = market
        .world
        .view(venue, &UniswapV3Pool::slot0Call {})
        .unwrap();
    let tick: i32 = slot.tick.as_i32();
    let end = (tick.div_euclid(10) + 1) * 10;
    1.0001f64.powi(end) * 1e12
}

#[test]
fn an_order_hedges_no_more_than_its_own_delta() {
    let mut market = market("100000", &[]);
    let (alice, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let id = call(market.expiries[1], "2500");
    market.buy(bob, id, "60").unwrap();
    market.world.set_price(wad("2680")).unwrap();
    market.pass(60);
    let due = signed(market.risk().hedgeDue);
    assert!(due > 5.0, "{due} is due");
    let quoted = market.quote_buy(id, "2").unwrap();
    let delta = signed(quoted.delta);
    let bought = market.buy(alice, id, "2").unwrap();
    let hedged = market.hedged(&bought);
    println!("{due} due, delta {delta}, hedged {hedged}");
    assert!(
        hedged > 0.5 && hedged <= delta + 1e-9,
        "{hedged} of {delta}"
    );
    assert!(hedged < due / 2.0);
}

/// The pool waits for base, and the thief offers it above the feed, with an order that pays for a hundredth of it.
#[test]
fn an_order_at_ones_own_wall_hedges_no_more_than_its_own_delta() {
    let mut market = market("40000", &[]);
    let (thief, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    market.enrich(thief);
    let id = call(market.expiries[1], "2500");
    market.buy(bob, id, "60").unwrap();
    market.world.set_price(wad("2680")).unwrap();
    market.pass(60);
    let before = market.wealth(thief);
    market.push(thief, 2_680.0 * 1.003);
    let wall = market.wall(thief, 2_680.0 * 1.003);
    let due = signed(market.risk().hedgeDue);
    assert!(due > 5.0, "{due} is due");
    let delta = signed(market.quote_buy(id, "0.05").unwrap().delta);
    let bought = market.buy(thief, id, "0.05").unwrap();
    let hedged = market.hedged(&bought);
    println!("{due} due, delta {delta}, hedged {hedged}");
    assert!(hedged > 0.9 * delta, "the own swap ran");
    assert!(hedged <= delta + 1e-9, "{hedged} of {delta}");
    market.take_down(thief, wall);
    market.push(thief, 2_680.0);
    market.sell(thief, id, "0.05").unwrap();
    let gain = market.wealth(thief) - before;
    assert!(gain < 0.0, "{gain}");
}

/// Options that are held to their end pay no second charge, and the pool sells their delta all the same.
#[test]
fn a_purchase_pays_for_undoing_its_hedge() {
    for depth in ["4000", "400000"] {
        let mut market = market(depth, &[NO_BAND]);
        let week = market.expiries[0];
        market.world.chain.set_time(week - 8_000);
        market.world.refresh_feed().unwrap();
        market.scale_vols(1.0).unwrap();
        for id in [
            call(week, "2000"),
            call(week, "2200"),
            put(week, "3125"),
            call(week, "2500"),
        ] {
            let quoted = market.quote_buy(id, "1").unwrap();
            let delta = signed(quoted.delta).abs();
            let (there, back) = (quote(quoted.surcharge), quote(quoted.spread));
            // There at the fee of five points, back at that and two more.
            assert!(delta > 0.4);
            assert!(there >= 0.000_5 * 2_500.0 * delta, "{there} for {delta}");
            assert!(back >= 0.000_7 * 2_500.0 * delta, "{back} for {delta}");
        }
    }
}

/// A premium that is worth less than what the swap of its delta may lose: the pool sells its base no lower than the seller paid
/// for.
#[test]
fn a_sale_just_before_expiry_at_ones_own_wall_brings_no_more_than_the_option_is_worth() {
    for (is_call, left, strike, spot) in [
        (true, 1, "2475", 2_480.0),
        (true, 60, "2475", 2_480.0),
        (true, 60, "2500", 2_500.0),
        (true, 600, "2475", 2_480.0),
        (true, 600, "2500", 2_500.0),
        (true, 3_000, "2500", 2_500.0),
        (false, 60, "2525", 2_520.0),
        (false, 600, "2500", 2_500.0),
        (false, 3_000, "2500", 2_500.0),
    ] {
        let (mut market, thief) = held_until(is_call, left, strike, spot);
        let week = market.expiries[0];
        let id = if is_call {
            call(week, strike)
        } else {
            put(week, strike)
        };
        let before = market.wealth(thief);
        let worth = quote(market.quote_sell(id, "60").premium);
        // Nearly half a percent from the feed the thief takes the other side of everything.
        let sign = if is_call { -1.0 } else { 1.0 };
        market.push(thief, spot * (1.0 + sign * 0.0044));
        let wall = market.wall(thief, spot * (1.0 + sign * 0.0046));
        let quoted = market.quote_sell(id, "60");
        assert!(signed(quoted.delta) * sign > 10.0, "a swap is due");
        let sold = market.sell(thief, id, "60").unwrap();
        let hedged = market.hedged(&sold);
        market.take_down(thief, wall);
        market.push(thief, spot);
        let gain = market.wealth(thief) - before - worth;
        println!(
            "{left} s before, {strike} at {spot}: worth {worth:.2}, paid {:.2}, hedged {hedged:.2}, {gain:+.2} over it",
            quote(quoted.fee)
        );
        assert!(gain <= 0.01, "{left} s before expiry, {strike}: {gain}");
        market.assert_backed();
    }
}

/// Sixty options of the week in the thief's hands, hedged, this long before they expire.
fn held_until(is_call: bool, left: u64, strike: &str, spot: f64) -> (Market, Address) {
    let mut market = market("4000", &[NO_BAND]);
    let thief = market.world.actors.alice.address;
    market.enrich(thief);
    let [week, month, _] = market.expiries;
    let bob = market.world.actors.bob.address;
    for _ in 0..30 {
        if is_call {
            market.buy(thief, call(week, strike), "2").unwrap();
        } else {
            // Short puts are hedged by holding less than short calls ask for.
            market.buy(bob, call(month, "2500"), "3").unwrap();
            market.push(thief, 2_500.0);
            market.buy(thief, put(week, strike), "2").unwrap();
        }
        market.push(thief, 2_500.0);
    }
    market.world.chain.set_time(week - left - 30);
    market.world.set_price(fixed(spot)).unwrap();
    market.scale_vols(1.0).unwrap();
    market.rebalance(thief);
    market.world.chain.set_time(week - left);
    market.push(thief, spot);
    (market, thief)
}

/// What a swap moves is recorded to the atom, also when it moves less than an atom of base.
#[test]
fn a_swap_of_less_than_an_atom_is_on_record() {
    let (mut market, thief) = short_after_a_rise("4000");
    // Ends at the window's limit, with more to buy.
    assert!(!market.rebalance(thief).value.is_zero());
    assert!(signed(market.risk().hedgeDue) > 1.0);
    let mut moved = 0;
    for base in [2u64, 3, 5, 8] {
        let limit = market.world.venue_price().unwrap();
        let token = market.world.base;
        market
            .world
            .swap_exact_input(thief, token, U256::from(base), U256::ZERO)
            .unwrap();
        let lowered = market.world.venue_price().unwrap() < limit;
        let cash = market.nav().cash;
        let poked = market.rebalance(thief);
        let paid = cash - market.nav().cash;
        println!("{base} atoms: paid {paid} for {}", poked.value);
        if lowered && !paid.is_zero() && poked.value.is_zero() {
            moved += 1;
        }
        market.assert_backed();
    }
    assert!(moved > 0, "some swap moved quote and no base");
}
