//! What is refused leaves everything as it was; what a venue refuses leaves the trade and says so.

use alloy_primitives::{I256, U256};
use smirk_motsu::interface::IPool;

use crate::market::{call_id, is, units, Market, NOW};

#[test]
fn venue_that_reverts_leaves_the_trade_unhedged_and_its_tokens_in_place() {
    let market = Market::new();
    let (pool, id) = (market.pool.address(), call_id("2500"));
    market.venue.sender(market.owner).refuse(true);
    let cost = market.buy(id, "30").unwrap();

    let missed = market.events::<IPool::HedgeMissed>();
    assert_eq!(missed.len(), 1);
    assert!(missed[0].exposure < I256::ZERO);
    assert!(missed[0].exposure.unsigned_abs() <= missed[0].exposureLimit);
    assert!(market.events::<IPool::Hedged>().is_empty());
    assert_eq!(market.base_of(pool), U256::ZERO);
    assert_eq!(market.quote_of(pool), units(1_000_000) + cost);
    assert_eq!(market.recorded(), market.quote_of(pool));
}

#[test]
fn venue_beyond_the_price_limit_counts_as_one_that_refuses() {
    let market = Market::new();
    // One per cent above the feed; the limit is half of that.
    market
        .venue
        .sender(market.owner)
        .set_fill_price(units(2_525));
    market.buy(call_id("2500"), "30").unwrap();
    assert_eq!(market.events::<IPool::HedgeMissed>().len(), 1);
    assert_eq!(market.nav().base, U256::ZERO);
}

#[test]
fn failing_venue_can_not_push_a_trade_past_the_exposure_limit() {
    let market = Market::new();
    let id = call_id("2500");
    market.venue.sender(market.owner).refuse(true);
    let before = market.state(id);
    let refusal = market.buy(id, "80").unwrap_err();
    assert!(is::<IPool::ExposureAboveLimit>(&refusal), "{refusal:x?}");
    assert_eq!(market.state(id), before);

    market.venue.sender(market.owner).refuse(false);
    market.buy(id, "80").expect("the venue fills again");
}

#[test]
fn venue_that_claims_a_fill_nobody_paid_for_undoes_the_whole_trade() {
    let market = Market::new();
    let id = call_id("2500");
    market.venue.sender(market.owner).ask_never(true);
    let before = market.state(id);
    let refusal = market.buy(id, "30").unwrap_err();
    assert!(is::<IPool::HedgeFailed>(&refusal), "{refusal:x?}");
    assert_eq!(market.state(id), before);
}

#[test]
fn venue_that_asks_twice_gets_nothing() {
    let market = Market::new();
    market.venue.sender(market.owner).ask_twice(true);
    let stock = market.quote_of(market.venue.address());
    market.buy(call_id("2500"), "30").unwrap();
    assert_eq!(market.events::<IPool::HedgeMissed>().len(), 1);
    assert_eq!(market.nav().base, U256::ZERO);
    assert_eq!(market.quote_of(market.venue.address()), stock);
    assert_eq!(
        market.quote_of(market.pool.address()),
        market.recorded()
    );
}

#[test]
fn token_that_returns_false_undoes_every_flow() {
    let market = Market::new();
    let (provider, id) = (market.provider, call_id("2500"));
    market.buy(id, "1").unwrap();
    market.quote.sender(market.owner).return_false(true);
    let before = market.state(id);
    let assets = units(10);
    let refusals = [
        market.buy(id, "1").unwrap_err(),
        market.sell(id, "1").unwrap_err(),
        market.refusal(
            provider,
            IPool::depositCall {
                assets,
                receiver: provider,
            },
        ),
        market.refusal(
            provider,
            IPool::withdrawCall {
                assets,
                receiver: provider,
                owner_: provider,
            },
        ),
    ];
    for refusal in refusals {
        assert!(is::<IPool::TokenCallFailed>(&refusal), "{refusal:x?}");
    }
    assert_eq!(market.state(id), before);
}

#[test]
fn taker_without_allowance_is_refused() {
    let market = Market::new();
    let id = call_id("2500");
    let pool = market.pool.address();
    market
        .quote
        .sender(market.taker)
        .approve(pool, U256::from(1));
    let before = market.state(id);
    let refusal = market.buy(id, "1").unwrap_err();
    assert!(is::<IPool::InsufficientAllowance>(&refusal));
    assert_eq!(market.state(id), before);
}

#[test]
fn limits_and_deadline_of_the_taker_hold() {
    let market = Market::new();
    let id = call_id("2500");
    market.buy(id, "1").unwrap();
    let before = market.state(id);
    let (buy, sell) = (market.buy_call(id, "1"), market.sell_call(id, "1"));
    let total = |answer: Result<IPool::Quote, Vec<u8>>| answer.unwrap().total;
    let size = buy.size;
    let cost = total(
        market
            .send(market.taker, IPool::quoteBuyCall { id, size })
            .map(|answer| answer.quote),
    );
    let proceeds = total(
        market
            .send(market.taker, IPool::quoteSellCall { id, size })
            .map(|answer| answer.quote),
    );
    let one = U256::from(1);

    let dear = IPool::buyCall {
        maxCost: cost - one,
        ..buy.clone()
    };
    let refusal = market.refusal(market.taker, dear);
    assert!(is::<IPool::CostAboveLimit>(&refusal));
    let cheap = IPool::sellCall {
        minProceeds: proceeds + one,
        ..sell.clone()
    };
    let refusal = market.refusal(market.taker, cheap);
    assert!(is::<IPool::ProceedsBelowLimit>(&refusal));
    let late = IPool::buyCall {
        deadline: U256::from(NOW - 1),
        ..buy.clone()
    };
    let refusal = market.refusal(market.taker, late);
    assert!(is::<IPool::DeadlinePassed>(&refusal));
    assert_eq!(market.state(id), before);

    let exact = IPool::buyCall {
        maxCost: cost,
        ..buy
    };
    market
        .send(market.taker, exact)
        .expect("the quote is the fill");
}
