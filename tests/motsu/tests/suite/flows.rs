//! What people do, across the pool, its tokens and its venue.

use alloy_primitives::{Address, I256, U256};
use motsu::prelude::FromTag;
use smirk_motsu::interface::IPool;

use crate::market::{call_id, is, units, wad, Market};

#[test]
fn deposit_moves_cash_in_and_mints_shares() {
    let market = Market::unfunded();
    let (provider, pool) = (market.provider, market.pool.address());
    let before = market.quote_of(provider);
    let preview = market
        .send(
            provider,
            IPool::previewDepositCall {
                assets: units(1_000),
            },
        )
        .unwrap()
        .shares;
    let deposit = IPool::depositCall {
        assets: units(1_000),
        receiver: provider,
    };
    let shares = market.send(provider, deposit).unwrap().shares;

    assert_eq!(shares, preview);
    assert_eq!(market.shares(provider), shares);
    assert_eq!(market.quote_of(provider), before - units(1_000));
    assert_eq!(market.quote_of(pool), units(1_000));
    assert_eq!(market.nav().cash, units(1_000));
    let events = market.events::<IPool::Deposit>();
    assert_eq!((events[0].assets, events[0].shares), (units(1_000), shares));
}

#[test]
fn buy_fills_at_its_quote_and_hedges_at_the_venue() {
    let market = Market::new();
    let (pool, id) = (market.pool.address(), call_id("2500"));
    let before = market.quote_of(market.taker);
    let quote = market
        .send(
            market.taker,
            IPool::quoteBuyCall {
                id,
                size: wad("30"),
            },
        )
        .unwrap()
        .quote;
    assert!(quote.plannedHedge > I256::ZERO, "{}", quote.plannedHedge);
    let cost = market.buy(id, "30").unwrap();

    assert_eq!(cost, quote.total);
    assert_eq!(market.quote_of(market.taker), before - cost);
    assert_eq!(market.position(id), wad("30"));
    let hedges = market.events::<IPool::Hedged>();
    assert_eq!(hedges.len(), 1);
    assert_eq!(hedges[0].baseAmount, quote.plannedHedge);
    let nav = market.nav();
    assert_eq!(nav.base, hedges[0].baseAmount.unsigned_abs());
    assert_eq!(market.base_of(pool), nav.base);
    assert_eq!(market.quote_of(pool), market.recorded());
    let kept = cost - quote.rent;
    assert_eq!(nav.cash, units(1_000_000) + kept - hedges[0].quoteAmount);
    let risk = market.risk();
    assert!(risk.exposure.unsigned_abs() <= risk.band);
    assert_eq!(risk.hedgeDue, I256::ZERO);
}

#[test]
fn sell_returns_the_position_and_sells_the_hedge() {
    let market = Market::new();
    let (pool, id) = (market.pool.address(), call_id("2500"));
    let cost = market.buy(id, "30").unwrap();
    let before = market.quote_of(market.taker);
    let quote = market
        .send(
            market.taker,
            IPool::quoteSellCall {
                id,
                size: wad("30"),
            },
        )
        .unwrap()
        .quote;
    let proceeds = market.sell(id, "30").unwrap();

    assert_eq!(proceeds, quote.total);
    assert!(proceeds < cost, "a round trip never pays");
    assert_eq!(market.quote_of(market.taker), before + proceeds);
    assert_eq!(market.position(id), U256::ZERO);
    let hedges = market.events::<IPool::Hedged>();
    assert_eq!(hedges.len(), 2);
    assert!(hedges[1].baseAmount < I256::ZERO);
    let nav = market.nav();
    assert_eq!(market.base_of(pool), nav.base);
    assert_eq!(market.quote_of(pool), market.recorded());
    let nodes = market.send(pool, IPool::bookCall {}).unwrap().nodes;
    assert!(nodes.is_empty());
}

#[test]
fn rebalance_makes_up_for_a_missed_hedge_and_pays_its_caller() {
    let market = Market::new();
    let stranger = Address::from_tag("stranger");
    market.venue.sender(market.owner).refuse(true);
    market.buy(call_id("2500"), "30").unwrap();
    let due = market.risk().hedgeDue;
    assert!(due > I256::ZERO);
    market.venue.sender(market.owner).refuse(false);
    let traded = market
        .send(stranger, IPool::rebalanceCall {})
        .unwrap()
        .baseTraded;

    assert_eq!(traded, due);
    assert_eq!(market.nav().base, due.unsigned_abs());
    assert_eq!(market.base_of(market.pool.address()), due.unsigned_abs());
    assert_eq!(market.risk().hedgeDue, I256::ZERO);
    // The default of hedgeGas: five cents.
    assert_eq!(market.quote_of(stranger), U256::from(50_000));
    assert_eq!(market.quote_of(market.pool.address()), market.recorded());
}

#[test]
fn rebalance_inside_the_band_does_and_pays_nothing() {
    let market = Market::new();
    let stranger = Address::from_tag("stranger");
    market.buy(call_id("2500"), "1").unwrap();
    let before = market.nav().cash;
    let traded = market
        .send(stranger, IPool::rebalanceCall {})
        .unwrap()
        .baseTraded;

    assert_eq!(traded, I256::ZERO);
    assert_eq!(market.quote_of(stranger), U256::ZERO);
    assert_eq!(market.nav().cash, before);
}

#[test]
fn withdraw_pays_from_free_cash_and_no_more_than_the_gate_allows() {
    let market = Market::new();
    let (provider, pool) = (market.provider, market.pool.address());
    market.buy(call_id("2500"), "30").unwrap();
    let most = market
        .send(provider, IPool::maxWithdrawCall { owner_: provider })
        .unwrap()
        .assets;
    assert!(most > U256::ZERO && most < market.nav().cash);
    let withdraw = |assets| IPool::withdrawCall {
        assets,
        receiver: provider,
        owner_: provider,
    };
    let refusal = market.refusal(provider, withdraw(market.nav().cash));
    assert!(is::<IPool::WithdrawAboveLimit>(&refusal));

    let (before, shares) = (market.quote_of(provider), market.shares(provider));
    let burnt = market.send(provider, withdraw(most)).unwrap().shares;
    assert_eq!(market.quote_of(provider), before + most);
    assert_eq!(market.shares(provider), shares - burnt);
    assert_eq!(market.quote_of(pool), market.recorded());
}

#[test]
fn last_provider_of_an_empty_book_leaves_with_everything_but_rounding() {
    let market = Market::new();
    let (provider, pool) = (market.provider, market.pool.address());
    let shares = market.shares(provider);
    let redeem = IPool::redeemCall {
        shares,
        receiver: provider,
        owner_: provider,
    };
    let assets = market.send(provider, redeem).unwrap().assets;

    assert!(assets <= units(1_000_000) && assets + U256::from(1) >= units(1_000_000));
    assert_eq!(market.quote_of(pool), units(1_000_000) - assets);
    assert_eq!(market.shares(provider), U256::ZERO);
}
