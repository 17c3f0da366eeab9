use alloy_primitives::{I256, U256};
use smirk_world::{
    abi::UniswapV3Pool,
    price::{units, wad},
    TokenKind, World, FEE,
};

/// Every order and every mix of decimals that the pool must cope with.
fn worlds() -> impl Iterator<Item = World> {
    let orders = [true, false];
    let decimals = [(18, 6), (18, 8), (18, 18), (8, 6)];
    orders.into_iter().flat_map(move |base_is_token0| {
        decimals.into_iter().map(move |(base, quote)| {
            World::builder()
                .base_is_token0(base_is_token0)
                .base(TokenKind::Honest, base)
                .quote(TokenKind::Honest, quote)
                .build()
                .unwrap()
        })
    })
}

fn assert_close(actual: U256, expected: U256, parts_per_million: u64) {
    let allowed = expected * U256::from(parts_per_million) / U256::from(1_000_000);
    assert!(
        actual.abs_diff(expected) <= allowed,
        "{actual} is not within {parts_per_million} ppm of {expected}"
    );
}

#[test]
fn pair_is_ordered_as_asked() {
    for mut world in worlds() {
        let token0 = world
            .view(world.venue.pool, &UniswapV3Pool::token0Call {})
            .unwrap();
        let lower = if world.pair.base_is_token0 {
            world.base
        } else {
            world.quote
        };
        assert_eq!(token0, lower);
        assert!(
            world
                .view(world.venue.pool, &UniswapV3Pool::liquidityCall {})
                .unwrap()
                > 0
        );
    }
}

#[test]
fn pair_opens_at_the_asked_price() {
    for mut world in worlds() {
        assert_close(world.venue_price().unwrap(), wad("3000"), 1);
        assert_eq!(world.feed_price().unwrap(), wad("3000"));
    }
}

#[test]
fn selling_base_follows_the_constant_product() {
    for mut world in worlds() {
        let alice = world.actors.alice.address;
        let before = world.balance_of(world.quote, alice).unwrap();
        let received = world
            .swap_exact_input(alice, world.base, world.base_units("10"), U256::ZERO)
            .unwrap();
        assert_eq!(
            world.balance_of(world.quote, alice).unwrap() - before,
            received
        );
        // 10 less the fee against a depth of 100,000: 9.995 * 3000 / (1 + 9.995 / 100000).
        let expected = world.quote_units("29982.0034");
        assert_close(received, expected, 2);
    }
}

#[test]
fn buying_base_follows_the_constant_product() {
    for mut world in worlds() {
        let bob = world.actors.bob.address;
        let paid = world
            .swap_exact_output(
                bob,
                world.base,
                world.base_units("10"),
                world.quote_units("31000"),
            )
            .unwrap();
        // 10 * 3000 / (1 - 10 / 100000) / 0.9995.
        assert_close(paid, world.quote_units("30018.0090"), 2);
        assert_eq!(
            world.balance_of(world.base, bob).unwrap(),
            world.base_units("1010")
        );
    }
}

#[test]
fn swap_below_the_minimum_is_refused_by_the_router() {
    let mut world = World::builder().build().unwrap();
    let alice = world.actors.alice.address;
    let failure = world
        .swap_exact_input(
            alice,
            world.base,
            world.base_units("1"),
            world.quote_units("3000"),
        )
        .unwrap_err();
    assert_eq!(failure.reason(), "reverted: Too little received");
}

#[test]
fn arbitrage_reaches_the_feed_price_within_a_tick() {
    for mut world in worlds() {
        for price in ["3010.5", "2200", "2200.01", "4400"] {
            world.set_price(wad(price)).unwrap();
            let venue = world.venue_price().unwrap();
            // A tick is one basis point.
            assert_close(venue, wad(price), 100);
        }
    }
}

#[test]
fn arbitrage_trades_the_real_pool_once_and_then_rests() {
    let mut world = World::builder().build().unwrap();
    world.push_price(wad("2900")).unwrap();
    let trade = world
        .arbitrage()
        .unwrap()
        .expect("the venue was off the feed");
    let swap: UniswapV3Pool::Swap = trade.event(world.venue.pool).expect("one swap");
    assert!(
        swap.amount0 > I256::ZERO && swap.amount1 < I256::ZERO,
        "base goes in when the price falls"
    );
    assert!(world.arbitrage().unwrap().is_none());
}

#[test]
fn round_trip_at_the_venue_costs_the_fee_twice() {
    let mut world = World::builder().build().unwrap();
    let carol = world.actors.carol.address;
    let start = world.balance_of(world.quote, carol).unwrap();
    let one = world.base_units("1");
    let received = world
        .swap_exact_input(carol, world.base, one, U256::ZERO)
        .unwrap();
    world
        .swap_exact_output(carol, world.base, one, received * U256::from(2))
        .unwrap();
    let cost = start - world.balance_of(world.quote, carol).unwrap();
    let fee = units("3000", 6) * U256::from(2 * FEE) / U256::from(1_000_000);
    assert_close(cost, fee, 1_000);
}
