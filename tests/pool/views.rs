//! Reports: ids, book, surface, risk, value and oracle say what the trades made of them.

use alloy_primitives::{I256, U256};
use smirk_world::{
    abi::{IPool, PriceFeed},
    price::wad,
    TypedCalls,
};

use crate::{
    checks::signed,
    common::{call, put, Market},
};

#[test]
fn id_packs_and_unpacks_a_series() {
    let mut market = Market::new();
    let expiry = U256::from(market.expiries[0]);
    for (is_put, id) in [
        (false, call(market.expiries[0], "2625")),
        (true, put(market.expiries[0], "2625")),
    ] {
        let strike = wad("2625");
        let packed = market
            .view(IPool::encodeIdCall {
                put: is_put,
                expiry,
                strike,
            })
            .unwrap();
        assert_eq!(packed, id);
        let series = market.view(IPool::decodeIdCall { id }).unwrap();
        assert_eq!(
            (series.put, series.expiry, series.strike),
            (is_put, expiry, strike)
        );
    }
    let strike = U256::from(u128::MAX) + U256::from(1);
    let limit = U256::from(u128::MAX);
    market.view_refuses(
        IPool::encodeIdCall {
            put: false,
            expiry,
            strike,
        },
        IPool::ValueTooLarge {
            value: strike,
            limit,
        },
    );
    for id in [U256::ZERO, expiry << 128, U256::MAX] {
        market.view_refuses(IPool::decodeIdCall { id }, IPool::InvalidId { id });
    }
}

#[test]
fn book_shows_each_node_with_marks_at_its_strike() {
    let mut market = Market::new();
    assert!(market.view(IPool::bookCall {}).unwrap().is_empty());
    let alice = market.world.actors.alice.address;
    let [week, month, _] = market.expiries;
    market.buy(alice, call(week, "2500"), "1.5").unwrap();
    market.buy(alice, put(week, "2500"), "2").unwrap();
    market.buy(alice, put(month, "2000"), "3").unwrap();
    let nodes = market.view(IPool::bookCall {}).unwrap();
    assert_eq!(nodes.len(), 2);
    assert_eq!(
        (nodes[0].calls, nodes[0].puts),
        (-signed(wad("1.5")), -signed(wad("2")))
    );
    assert_eq!(
        (nodes[1].calls, nodes[1].puts),
        (I256::ZERO, -signed(wad("3")))
    );
    assert_eq!(
        (nodes[1].expiry, nodes[1].strike),
        (U256::from(month), wad("2000"))
    );
    for node in &nodes {
        let vol = market
            .view(IPool::impliedVolCall {
                expiry: node.expiry,
                strike: node.strike,
            })
            .unwrap();
        assert_eq!(node.vol, vol);
        // Parity without rates: call - put = spot - strike.
        let parity = signed(node.call) - signed(node.put);
        let gap = (parity - (signed(wad("2500")) - signed(node.strike))).unsigned_abs();
        assert!(gap < U256::from(1_000_000), "{gap}");
        assert!(node.delta > U256::ZERO && node.delta < wad("1"));
        assert!(node.gamma > U256::ZERO && node.vega > U256::ZERO && node.theta < I256::ZERO);
    }
}

#[test]
fn risk_sums_the_book_and_the_hedge() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let [week, month, _] = market.expiries;
    market.buy(alice, call(week, "2600"), "25").unwrap();
    market.buy(alice, put(month, "2300"), "10").unwrap();
    let nodes = market.view(IPool::bookCall {}).unwrap();
    let risk = market.risk();
    let weighted = |amount: I256, unit: U256| amount * signed(unit) / signed(wad("1"));
    let mut delta = I256::ZERO;
    let mut vega = I256::ZERO;
    for node in &nodes {
        // A put's delta is its call's less one.
        delta += weighted(node.calls + node.puts, node.delta) - node.puts;
        vega += weighted(node.calls + node.puts, node.vega);
    }
    let near = |a: I256, b: I256| (a - b).unsigned_abs() < U256::from(1_000_000_000u64);
    assert!(near(delta, risk.netDelta), "{delta} {}", risk.netDelta);
    assert!(near(vega, risk.netVega), "{vega} {}", risk.netVega);
    assert_eq!(risk.exposure, risk.netDelta + risk.hedgePosition);
    assert_eq!(risk.hedgePosition, signed(market.money().base));
    assert!(risk.band <= risk.exposureLimit);
    assert!(risk.equity - signed(risk.worstLoss) >= signed(risk.equityFloor));
    assert!(risk.upsideSlope >= risk.upsideSlopeLimit && risk.valueAtZero >= I256::ZERO);
}

#[test]
fn nav_is_cash_and_hedge_and_book_and_ignores_donations() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    market
        .buy(alice, call(market.expiries[0], "2600"), "25")
        .unwrap();
    let node = market.view(IPool::bookCall {}).unwrap()[0].clone();
    let nav = market.view(IPool::navCall {}).unwrap();
    let one = signed(wad("1"));
    let owed = node.calls * signed(node.call) / one;
    let hedge = signed(nav.base) * signed(wad("2500")) / one;
    let cash = signed(nav.cash) * signed(U256::from(1_000_000_000_000u64));
    let gap = (nav.mid - (cash - signed(nav.unearned) + hedge + owed)).unsigned_abs();
    assert!(gap < U256::from(1_000_000_000u64), "{gap}");
    assert_eq!(
        market.view(IPool::totalAssetsCall {}).unwrap(),
        nav.mid.into_raw() / U256::from(1_000_000_000_000u64)
    );
    let (quote, base, pool) = (market.world.quote, market.world.base, market.pool.address);
    market.world.mint(quote, pool, wad("1")).unwrap();
    market.world.mint(base, pool, wad("1000")).unwrap();
    let after = market.view(IPool::navCall {}).unwrap();
    assert_eq!((after.cash, after.base), (nav.cash, nav.base));
    assert!(
        (after.mid - nav.mid).unsigned_abs() < U256::from(1),
        "a donation is nobody's"
    );
}

#[test]
fn nav_says_when_its_price_or_its_marks_are_old() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let is_stale = |market: &mut Market| market.view(IPool::navCall {}).unwrap().stale;
    let parameters = market.view(IPool::parametersCall {}).unwrap();
    let (anchor_limit, feed_age) = (
        parameters.anchorLimit.to::<u64>(),
        parameters.feedMaxAge.to::<u64>(),
    );
    assert!(!is_stale(&mut market));
    // The anchors alone: of no concern while nothing stands on them.
    market.world.chain.advance(anchor_limit + 60);
    market.world.push_price(wad("2500")).unwrap();
    assert!(!is_stale(&mut market));
    let mut market = Market::new();
    market
        .buy(alice, call(market.expiries[1], "2600"), "5")
        .unwrap();
    market.world.chain.advance(anchor_limit + 60);
    market.world.push_price(wad("2500")).unwrap();
    assert!(is_stale(&mut market));
    // The price alone.
    let mut market = Market::new();
    market.world.chain.advance(feed_age);
    assert!(!is_stale(&mut market), "as old as it may be");
    market.world.chain.advance(1);
    assert!(is_stale(&mut market));
    // The sequencer, without which the price may be.
    let mut market = Market::new();
    let now = market.world.chain.now();
    market.world.set_sequencer(false, now).unwrap();
    assert!(is_stale(&mut market));
    // An expiry that awaits its settlement price.
    let mut market = Market::new();
    market
        .buy(alice, call(market.expiries[0], "2600"), "5")
        .unwrap();
    market.world.chain.set_time(market.expiries[0] + 1);
    market.world.push_price(wad("2500")).unwrap();
    assert!(is_stale(&mut market));
}

#[test]
fn oracle_status_tells_and_never_reverts() {
    let mut market = Market::new();
    let status = market.view(IPool::oracleStatusCall {}).unwrap();
    assert_eq!(status.price, wad("2500"));
    assert!(status.sequencerUp && status.tradable);
    assert!(status.venuePrice.abs_diff(wad("2500")) < wad("0.000001"));
    market.world.push_price(wad("2600")).unwrap();
    let status = market.view(IPool::oracleStatusCall {}).unwrap();
    assert_eq!((status.price, status.tradable), (wad("2600"), false));
    let now = market.world.chain.now();
    market.world.set_sequencer(false, now).unwrap();
    let status = market.view(IPool::oracleStatusCall {}).unwrap();
    assert!(!status.sequencerUp && !status.tradable);
    let (feed, anyone) = (market.world.feed, market.world.actors.oracle.address);
    market
        .world
        .chain
        .send(anyone, feed, &PriceFeed::setDeadCall { dead: true })
        .unwrap();
    let status = market.view(IPool::oracleStatusCall {}).unwrap();
    assert_eq!(
        (status.price, status.updatedAt, status.tradable),
        (U256::ZERO, U256::ZERO, false)
    );
}

#[test]
fn implied_vol_smiles_and_needs_a_live_anchor() {
    let mut market = Market::new();
    let expiry = U256::from(market.expiries[1]);
    let mut vol = |strike: &str| {
        market
            .view(IPool::impliedVolCall {
                expiry,
                strike: wad(strike),
            })
            .unwrap()
    };
    let (low, middle, high) = (vol("1500"), vol("2500"), vol("4500"));
    assert!(low > middle && low > high, "{low} {middle} {high}");
    let unlisted = U256::from(market.expiries[1] + 1);
    let call = IPool::impliedVolCall {
        expiry: unlisted,
        strike: wad("2500"),
    };
    market.view_refuses(call, IPool::ExpiryNotListed { expiry: unlisted });
}

#[test]
fn settlement_of_an_unsettled_expiry_is_zeros() {
    let mut market = Market::new();
    let expiry = U256::from(market.expiries[0]);
    let stored = market.view(IPool::settlementCall { expiry }).unwrap();
    assert_eq!((stored.price, stored.owed), (U256::ZERO, U256::ZERO));
}
