//! Who decides when the lender lends decides nothing else.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;
use smirk_world::{
    abi::{IPool, LendingPool},
    price::wad,
    World, VARIABLE,
};

use crate::{
    actions::*,
    common::{call, put, Market},
};

/// The thief borrows all base, buys puts whose hedge has to wait, lends again when the window would be at its widest, and has
/// the pool sell to liquidity of the thief's own there.
#[test]
fn a_hedge_that_waited_for_an_emptied_lender_is_made_near_the_feed() {
    let world = World::builder().price(wad("2500")).depth(wad("40000"));
    let mut market = Market::with(world.with_lender(), |_| {});
    let lender = market.world.lender.unwrap();
    let actors = &market.world.actors;
    let (thief, bob) = (actors.alice.address, actors.bob.address);
    market.enrich(thief);
    market.enrich(bob);
    market.deposit(bob, 9e6).unwrap();
    let (base, cash) = (market.world.base, market.world.quote);
    for token in [base, cash] {
        let world = &mut market.world;
        world.approve(token, thief, lender.pool, U256::MAX).unwrap();
    }
    let chain = &mut market.world.chain;
    lender.supply(chain, thief, cash, atoms(2e7)).unwrap();
    let before = market.wealth(thief);
    let free = lender.base.a_token;
    let all = market.world.balance_of(base, free).unwrap();
    let chain = &mut market.world.chain;
    lender.borrow(chain, thief, base, all).unwrap();
    let id = put(market.expiries[0], "3100");
    while let Ok(bought) = market.buy(thief, id, "2.5") {
        assert_eq!(market.hedged(&bought), 0.0);
    }
    let exposure = market.exposure();
    assert!(exposure > 390.0, "the path ran: {exposure}");
    market.pass(3_590);
    market.push(thief, 2_500.0);
    let repay = LendingPool::repayCall {
        asset: base,
        amount: U256::MAX,
        interestRateMode: VARIABLE,
        onBehalfOf: thief,
    };
    market.world.send(thief, lender.pool, &repay).unwrap();
    // Half a per cent below the feed, the venue's fee included.
    let target = 2_489.25;
    market.push(thief, target * 1.001);
    let wall = market.wall(thief, target);
    market.push(thief, target * 1.0001);
    let sold = signed(market.rebalance(thief).value);
    market.take_down(thief, wall);
    market.push(thief, 2_500.0);
    while !market.position_of(thief, id).is_zero() {
        market.sell(thief, id, "2.5").unwrap();
        market.push(thief, 2_500.0);
    }
    let gain = market.wealth(thief) - before;
    println!("sold {sold}, gained {gain:+.2}");
    assert!(gain < 0.0, "{gain} for {sold}");
    market.assert_backed();
}

/// Gas that anybody can send with a call: a block's.
const SENDABLE: u64 = 32_000_000;
/// Gas that one step takes at most.
const STEP: u64 = 3_000_000;

/// Sends a call, which goes through, and says how many steps of the lender's it paid for.
fn goes_through<C: SolCall>(market: &mut Market, who: Address, call: C) -> u64 {
    let receipt = market.send(who, call).unwrap();
    let gas = receipt.gas_used;
    println!("{}: {gas}", C::SIGNATURE);
    assert!(gas < SENDABLE, "{} takes {gas}", C::SIGNATURE);
    gas / STEP
}

/// It answers what it is asked, and each step burns all gas; and it says that the pool has collateral in every reserve there could be,
/// none of which it releases.
#[test]
fn a_lender_whose_steps_burn_all_gas_stands_in_nobodys_way() {
    stands_in_nobodys_way(false);
}

/// It burns what asks for the terms of the other reserves, too, which is asked for no further then.
#[test]
fn a_lender_that_burns_what_asks_for_terms_stands_in_nobodys_way() {
    stands_in_nobodys_way(true);
}

fn stands_in_nobodys_way(burns_terms: bool) {
    let builder = World::builder().price(wad("2500")).with_lender();
    // It is cash that binds who leaves, not the scenario gate.
    let mut market = Market::with(builder, |constructor| {
        constructor.parameters.set("equityFloor", wad("0.01"));
    });
    let actors = &market.world.actors;
    let (alice, provider) = (actors.alice.address, actors.provider.address);
    let [_, month, _] = market.expiries;
    let (bought, other) = (put(month, "2500"), call(month, "2500"));
    market.buy(alice, bought, "150").unwrap();
    let loan = market.nav();
    assert!(!loan.owed.is_zero() && !loan.supplied.is_zero());
    let lender = market.lender();
    lender
        .burn_steps(&mut market.world.chain, burns_terms)
        .unwrap();
    assert_eq!(market.nav().owed, loan.owed, "it answers");

    // Of what cash does not reach for collateral is asked back, and then that another reserve is released, no more.
    let out = |assets| IPool::withdrawCall {
        assets,
        receiver: provider,
        owner_: provider,
    };
    let most = market.most_out(provider);
    let more = most + market.world.quote_units("20000");
    let refusal = market.send(provider, out(more)).unwrap_err();
    assert!(refusal.is::<IPool::WithdrawAboveLimit>(), "{refusal}");
    assert_eq!(
        refusal.outcome.gas_used / STEP,
        if burns_terms { 1 } else { 2 }
    );
    let order = |id, size| IPool::buyCall {
        id,
        size: wad(size),
        maxCost: U256::MAX,
        deadline: U256::MAX,
        receiver: alice,
    };
    let sale = |id, size| IPool::sellCall {
        id,
        size: wad(size),
        minProceeds: U256::ZERO,
        deadline: U256::MAX,
        receiver: alice,
    };
    let steps = goes_through(&mut market, alice, sale(bought, "90"));
    assert!(steps >= 1, "{steps} steps to repay");
    let steps = goes_through(&mut market, alice, order(bought, "110"));
    assert!(steps >= 2, "collateral was offered {steps} times");
    goes_through(&mut market, alice, order(other, "5"));
    goes_through(&mut market, alice, sale(other, "5"));
    let most = market.most_out(provider);
    goes_through(&mut market, provider, out(most));
    let deposit = IPool::depositCall {
        assets: atoms(1e5),
        receiver: provider,
    };
    goes_through(&mut market, provider, deposit);
    goes_through(&mut market, alice, IPool::rebalanceCall {});
    let nav = market.nav();
    assert_eq!((nav.owed, nav.supplied), (loan.owed, loan.supplied));
    market.assert_backed();
}
