//! Who decides when the lender lends decides nothing else.

use alloy_primitives::U256;
use smirk_world::{abi::LendingPool, price::wad, World, VARIABLE};

use crate::{
    actions::*,
    common::{put, Market},
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
