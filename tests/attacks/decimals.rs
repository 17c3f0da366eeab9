//! Tokens and feeds of other decimals than the usual: the same market in other units.

use alloy_primitives::{I256, U256};
use smirk_world::{
    abi::IPool::{self, Hedged},
    price::{units, wad},
    CallFailure, Constructor, Pool, TokenKind, World,
};

use crate::common::{call, put, Market};

/// What one market does, in WAD.
struct Figures {
    cost: U256,
    proceeds: U256,
    nav: I256,
    hedged: I256,
    payout: U256,
}

fn figures(quote: u8, base: u8, feed: u8, base_is_token0: bool) -> Figures {
    let world = World::builder()
        .price(wad("2500"))
        .quote(TokenKind::Honest, quote)
        .base(TokenKind::Honest, base)
        .feed_decimals(feed)
        .base_is_token0(base_is_token0);
    let mut market = Market::with(world, |_| {});
    let alice = market.world.actors.alice.address;
    let [week, month, _] = market.expiries;
    let scale = units("1", 18 - quote);
    let bought = market.buy(alice, call(month, "2600"), "50").unwrap();
    let hedged = bought
        .event::<Hedged>(market.pool.address)
        .expect("one hedge")
        .baseAmount;
    let proceeds = market.sell(alice, call(month, "2600"), "20").unwrap().value * scale;
    let nav = market.nav().mid;
    market.buy(alice, put(week, "2500"), "3").unwrap();
    market.world.chain.set_time(week - 1);
    market.world.refresh_feed().unwrap();
    market.world.chain.set_time(week);
    market.world.set_price(wad("2400")).unwrap();
    let round = market.world.refresh_feed().unwrap() - 1;
    market.settle(week, round).unwrap();
    let payout = market
        .claim(alice, put(week, "2500"), wad("3"))
        .unwrap()
        .value
        * scale;
    market.assert_backed();
    Figures {
        cost: bought.value * scale,
        proceeds,
        nav,
        hedged,
        payout,
    }
}

/// Defence: decimals are read from tokens and feed once, and every amount crosses its scale in one place.
#[test]
fn decimals_change_units_and_nothing_else() {
    let usual = figures(6, 18, 8, true);
    for (quote, base, feed, base_is_token0) in [
        (6, 18, 8, false),
        (8, 18, 18, true),
        (18, 18, 8, false),
        (18, 8, 6, true),
        (6, 8, 8, false),
        (8, 6, 8, true),
    ] {
        let other = figures(quote, base, feed, base_is_token0);
        let near = |a: I256, b: I256, slack: &str| (a - b).abs() <= I256::from_raw(wad(slack));
        let near_amount = |a: U256, b: U256| near(I256::from_raw(a), I256::from_raw(b), "0.00001");
        let units = (quote, base, feed);
        assert!(
            near_amount(usual.cost, other.cost),
            "{units:?}: {} {}",
            usual.cost,
            other.cost
        );
        assert!(near_amount(usual.proceeds, other.proceeds), "{units:?}");
        assert_eq!(usual.payout, other.payout, "{units:?}");
        assert_eq!(other.payout, wad("300"));
        // The venue's price has another rounding in other units.
        assert!(
            near(usual.hedged, other.hedged, "0.001"),
            "{units:?}: {} {}",
            usual.hedged,
            other.hedged
        );
        assert!(
            near(usual.nav, other.nav, "0.5"),
            "{units:?}: {} {}",
            usual.nav,
            other.nav
        );
    }
}

/// Defence: construction refuses what the scales do not cover.
#[test]
fn too_many_decimals_are_refused() {
    let mut world = World::builder().feed_decimals(19).build().unwrap();
    let arguments = Constructor::of(&world);
    let refusal = Pool::create(&mut world, &arguments).unwrap_err();
    let error = refusal
        .downcast_ref::<CallFailure>()
        .and_then(CallFailure::error::<IPool::DecimalsUnsupported>)
        .expect("its own error");
    assert_eq!((error.token, error.decimals), (world.feed, U256::from(19)));
}
