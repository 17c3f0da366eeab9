//! Liquidation: who may be, what it costs, what is left, and who pays where an account can't.

use alloy_primitives::{Address, I256, U256};
use smirk_world::{abi::IPool, price::wad};

use crate::{
    checks::signed,
    common::{
        call,
        orders::{legs, on_account},
        put, Market,
    },
    margin::atoms,
};

fn liquidate(account_: Address, receiver: Address) -> IPool::liquidateCall {
    IPool::liquidateCall { account_, receiver }
}

fn flag(account_: Address) -> IPool::flagCall {
    IPool::flagCall { account_ }
}

/// Alice is short ten calls with little more than she needs; Bob looks on.
fn start() -> (Market, Address, Address, U256) {
    let mut market = Market::new();
    let actors = &market.world.actors;
    let (alice, bob) = (actors.alice.address, actors.bob.address);
    let id = call(market.expiries[1], "2600");
    market.deposit_margin(alice, "6200");
    market.trade_on_account(alice, &[(id, "-10")]).unwrap();
    (market, alice, bob, id)
}

fn requirement(state: &IPool::Account) -> I256 {
    signed(state.maintenance)
}

#[test]
fn an_account_that_covers_its_maintenance_is_let_alone() {
    let (mut market, alice, bob, _) = start();
    let state = market.account(alice);
    assert!(state.value >= requirement(&state));
    let healthy = IPool::AccountHealthy {
        value: state.value,
        requirement: state.maintenance,
    };
    market.refuses(bob, liquidate(alice, bob), healthy.clone());
    market.refuses(bob, flag(alice), healthy);
    // The view says where it ends: a little below it is well, a little above it is not.
    let up = state.liquidationUp;
    let near = up / U256::from(2_000);
    market.world.set_price(up - near).unwrap();
    let state = market.account(alice);
    assert!(state.value >= requirement(&state), "{state:?}");
    let _: IPool::AccountHealthy = market.refusal(bob, liquidate(alice, bob));
    market.world.set_price(up + near).unwrap();
    let state = market.account(alice);
    assert!(state.value < requirement(&state), "{state:?}");
    assert_eq!(state.liquidationUp, market.world.feed_price().unwrap());
    market.send(bob, liquidate(alice, bob)).unwrap();
}

#[test]
fn a_part_is_closed_and_restores_the_requirement() {
    let (mut market, alice, bob, id) = start();
    let up = market.account(alice).liquidationUp;
    market.world.set_price(up + up / U256::from(200)).unwrap();
    let (before, bobs, money) = (market.account(alice), market.quote_of(bob), market.money());
    let receipt = market.send(bob, liquidate(alice, bob)).unwrap();
    let event: IPool::Liquidated = market.event(&receipt);
    assert_eq!((event.account, event.by), (alice, bob));
    assert_eq!(event.valueBefore, before.value);
    assert_eq!(event.requirementBefore, before.maintenance);
    let after = market.account(alice);
    assert_eq!(
        (event.valueAfter, event.requirementAfter),
        (after.value, after.maintenance)
    );
    assert!(
        event.part < wad("1") && event.part >= wad("0.1"),
        "{event:?}"
    );
    let left = -market.leg_of(alice, id);
    let closed = signed(wad("10")) - left;
    assert!(closed > I256::ZERO && left > I256::ZERO);
    let exact = event.part * U256::from(10);
    assert!(closed.into_raw() - exact < wad("0.000002"));
    // It is whole again, and by no more than the least part makes it.
    assert!(after.value >= signed(after.initial), "{after:?}");
    let spare = after.value - signed(after.initial);
    assert!(
        event.part == wad("0.1") || spare < signed(wad("5")),
        "{event:?} {spare}"
    );
    // The liquidator's part: a hundredth of the mark and 0.3 % of spot an option, and the insurance half of it.
    let spot = market.world.feed_price().unwrap();
    let mark = before.legs[0].mark;
    let reward = closed.into_raw()
        * (mark / U256::from(100) + spot * U256::from(3) / U256::from(1000))
        / wad("1")
        / U256::from(1_000_000_000_000u64);
    assert!(
        event.reward.abs_diff(reward) <= U256::from(1),
        "{} {reward}",
        event.reward
    );
    assert_eq!(event.insurance, event.reward / U256::from(2));
    assert_eq!(receipt.value, event.reward);
    assert_eq!(market.quote_of(bob) - bobs, event.reward);
    assert!(market.money().insurance >= money.insurance + event.insurance);
    // Every atom that left the account is one of these three.
    let paid = before.quote - after.quote;
    assert_eq!(paid, event.total + signed(event.reward + event.insurance));
    let filled: IPool::LegFilled = market.event(&receipt);
    assert_eq!((filled.id, filled.size), (id, closed));
    market.check_status(&receipt);
    market.check_tokens();
    let _: IPool::AccountHealthy = market.refusal(bob, liquidate(alice, bob));
}

/// The value falls by the charges, the move of the potential, the reward and the insurance, and by nothing else.
#[test]
fn the_value_falls_by_what_the_penalty_explains() {
    let (mut market, alice, bob, _) = start();
    for percent in [0, 1, 3, 6] {
        let up = market.account(alice).liquidationUp;
        let price = up + up * U256::from(percent) / U256::from(100) + U256::from(1_000_000);
        market
            .world
            .set_price(price + price / U256::from(1000))
            .unwrap();
        let before = market.account(alice);
        let receipt = market.send(bob, liquidate(alice, bob)).unwrap();
        let event: IPool::Liquidated = market.event(&receipt);
        let ordered: IPool::Ordered = market.event(&receipt);
        let lost = before.value - event.valueAfter;
        let scale = U256::from(1_000_000_000_000u64);
        let charges = ordered.spread + ordered.surcharge + ordered.capacity + ordered.rent;
        let explained = (charges + event.reward + event.insurance) * scale;
        // What is left is the potential's own move for ten options, which are worth closing to a pool that is long them.
        let moved = lost - signed(explained);
        assert!(moved.unsigned_abs() < wad("30"), "{moved} {event:?}");
        if event.requirementAfter.is_zero() {
            break;
        }
    }
}

#[test]
fn a_venue_away_from_the_feed_waits_for_the_flag_and_not_longer() {
    let (mut market, alice, bob, _) = start();
    let up = market.account(alice).liquidationUp;
    market.world.set_price(up + up / U256::from(100)).unwrap();
    let feed = market.world.feed_price().unwrap();
    // Somebody holds the venue 20 bp away: more than the 7 bp at once, less than the hedge's limit.
    market
        .world
        .arbitrage_to(feed + feed / U256::from(500))
        .unwrap();
    let error: IPool::VenueTooFar = market.refusal(bob, liquidate(alice, bob));
    let close = |a: U256, b: U256| a.abs_diff(b) < b / U256::from(10_000);
    assert!(close(error.price, feed + feed / U256::from(500)));
    assert_eq!(error.feedPrice, feed);
    assert!(close(
        error.limit,
        feed * U256::from(7) / U256::from(10_000)
    ));
    let receipt = market.send(bob, flag(alice)).unwrap();
    let event: IPool::AccountFlagged = market.event(&receipt);
    assert_eq!((event.account, event.by), (alice, bob));
    assert_eq!(event.flaggedAt, U256::from(market.world.chain.now()));
    assert!(event.value < signed(event.requirement));
    assert_eq!(market.account(alice).flaggedAt, event.flaggedAt);
    // A second flag changes nothing.
    market.world.chain.advance(300);
    let receipt = market.send(bob, flag(alice)).unwrap();
    assert!(receipt.logs.is_empty());
    assert_eq!(market.account(alice).flaggedAt, event.flaggedAt);
    market.world.chain.advance(900);
    let _: IPool::VenueTooFar = market.refusal(bob, liquidate(alice, bob));
    market.world.chain.advance(900);
    market.world.refresh_feed().unwrap();
    market.send(bob, liquidate(alice, bob)).unwrap();
    assert!(market.account(alice).flaggedAt.is_zero());
}

#[test]
fn a_flag_goes_when_the_account_is_well_again_and_is_void_after_two_hours() {
    let (mut market, alice, bob, _) = start();
    let up = market.account(alice).liquidationUp;
    market.world.set_price(up + up / U256::from(100)).unwrap();
    market.send(bob, flag(alice)).unwrap();
    market.world.set_price(wad("2500")).unwrap();
    let receipt = market.send(bob, flag(alice)).unwrap();
    let event: IPool::AccountFlagged = market.event(&receipt);
    assert!(event.flaggedAt.is_zero());
    let _: IPool::AccountHealthy = market.refusal(bob, flag(alice));
    market.world.set_price(up + up / U256::from(100)).unwrap();
    market.send(bob, flag(alice)).unwrap();
    market.world.chain.advance(7_201);
    let feed = market.world.feed_price().unwrap();
    market.world.push_price(feed).unwrap();
    market
        .world
        .arbitrage_to(feed + feed / U256::from(500))
        .unwrap();
    let state = market.account(alice);
    assert!(state.value < requirement(&state));
    let _: IPool::VenueTooFar = market.refusal(bob, liquidate(alice, bob));
    let receipt = market.send(bob, flag(alice)).unwrap();
    let event: IPool::AccountFlagged = market.event(&receipt);
    assert_eq!(event.flaggedAt, U256::from(market.world.chain.now()));
}

/// A jump leaves less than nothing: all is closed, the insurance pays what it has, and the pool the rest.
#[test]
fn what_an_account_cannot_pay_is_paid_by_the_insurance_and_then_by_the_pool() {
    let (mut market, alice, bob, id) = start();
    market.world.set_price(wad("3600")).unwrap();
    let before = market.account(alice);
    assert!(before.value < I256::ZERO);
    let (insurance, pot) = (market.money().insurance, market.pot());
    let receipt = market.send(bob, liquidate(alice, bob)).unwrap();
    let event: IPool::Liquidated = market.event(&receipt);
    assert_eq!((event.part, event.insurance), (wad("1"), U256::ZERO));
    assert!(event.reward > U256::ZERO);
    let insured: Vec<IPool::Insured> = receipt.events(market.pool.address);
    let insured = insured.iter().map(|event| event.amount).sum::<U256>();
    let covered: IPool::DebtCovered = market.event(&receipt);
    assert_eq!(covered.account, alice);
    assert_eq!(covered.insurance, insurance + insured);
    assert!(covered.pool > U256::ZERO);
    assert_eq!(covered.quote, I256::ZERO);
    let owed = event.total + signed(event.reward) - before.quote;
    assert_eq!(owed, signed(covered.insurance + covered.pool));
    let after = market.account(alice);
    assert!(after.legs.is_empty() && after.quote.is_zero());
    assert_eq!(market.money().insurance, U256::ZERO);
    assert_eq!(
        (market.pot().pot, market.pot().claim),
        (U256::ZERO, U256::ZERO)
    );
    assert!(pot.pot > U256::ZERO);
    assert_eq!(market.interest_of(id), (U256::ZERO, U256::ZERO));
    market.check_tokens();
    // The account can be used again.
    market.deposit_margin(alice, "100");
    assert_eq!(market.account(alice).quote, signed(atoms(&market, "100")));
}

#[test]
fn spreads_of_several_legs_are_closed_in_one_order() {
    let (mut market, alice, bob, _) = start();
    let [week, month, quarter] = market.expiries;
    let owner = market.world.actors.carol.address;
    market.deposit_margin(owner, "1500");
    let parts = [
        (call(month, "2700"), "-3"),
        (call(quarter, "3000"), "2"),
        (put(week, "2300"), "-2"),
        (put(month, "2200"), "1"),
    ];
    market.send(owner, on_account(&parts, owner)).unwrap();
    let price = market.account(owner).liquidationUp;
    assert!(!price.is_zero());
    market
        .world
        .set_price(price + price / U256::from(300))
        .unwrap();
    let receipt = market.send(bob, liquidate(owner, bob)).unwrap();
    let filled: Vec<IPool::LegFilled> = receipt.events(market.pool.address);
    assert_eq!(filled.len(), 4);
    let event: IPool::Liquidated = market.event(&receipt);
    for (leg, (id, size)) in filled.iter().zip(&parts) {
        assert_eq!(leg.id, *id);
        let whole = legs(&[(*id, size)])[0].size;
        assert_eq!(leg.size.is_negative(), whole.is_positive());
        let closed = leg.size.unsigned_abs();
        let part = whole.unsigned_abs() * event.part / wad("1");
        assert!(closed >= part && closed - part < wad("0.000002"));
    }
    let state = market.account(owner);
    assert!(state.value >= requirement(&state));
    market.check_tokens();
    let _ = alice;
}

#[test]
fn a_liquidation_pays_nobody_and_itself_nothing() {
    let (mut market, alice, bob, _) = start();
    market.world.set_price(wad("3000")).unwrap();
    let receiver = market.pool.address;
    market.refuses(bob, liquidate(alice, Address::ZERO), IPool::ZeroAddress {});
    market.refuses(
        bob,
        liquidate(alice, receiver),
        IPool::ReceiverInvalid { receiver },
    );
}

#[test]
fn an_account_with_nothing_but_an_expired_leg_awaits_its_settlement() {
    let (mut market, alice, bob, _) = start();
    let week = market.expiries[0];
    let owner = market.world.actors.carol.address;
    market.deposit_margin(owner, "420");
    market
        .send(owner, on_account(&[(call(week, "2550"), "-1")], owner))
        .unwrap();
    market.expire(week - 100, "2500");
    let round = market.expire(week, "3100");
    market.world.arbitrage().unwrap();
    let state = market.account(owner);
    assert!(state.value < requirement(&state));
    market.refuses(
        bob,
        liquidate(owner, bob),
        IPool::AwaitsSettlement {
            expiry: U256::from(week),
        },
    );
    let receipt = market.settle(week, round);
    let settled: IPool::AccountsSettled = market.event(&receipt);
    assert_eq!(settled.amount, signed(atoms(&market, "550")));
    // The pot had Alice's quote, and so had it at once; who is short of it is Carol, whose debt is covered when she is touched.
    let touched = market
        .send(bob, IPool::touchCall { account_: owner })
        .unwrap();
    let covered: IPool::DebtCovered = market.event(&touched);
    assert!(covered.insurance + covered.pool > U256::ZERO);
    assert!(market.account(owner).quote.is_zero());
    let alices = market.account(alice).quote;
    assert_eq!(market.pot().pot - market.pot().claim, alices.into_raw());
    market.check_tokens();
}

/// Twenty-four legs are closed at once, in a book with as many strikes as there is room for beside them.
#[test]
fn the_largest_account_is_closed_in_a_large_book() {
    let (mut market, _, bob, _) = start();
    let [week, month, quarter] = market.expiries;
    let owner = market.world.actors.carol.address;
    market.deposit_margin(owner, "4000");
    let strikes: Vec<String> = (0..128)
        .map(|step| (2_000 + 25 * step).to_string())
        .collect();
    for (index, expiry) in [week, month, quarter].into_iter().enumerate() {
        let parts: Vec<(U256, &str)> = (0..8)
            .map(|step| {
                let size = if step % 2 == 0 { "-0.3" } else { "0.2" };
                (call(expiry, &strikes[20 + 3 * step + index]), size)
            })
            .collect();
        market.send(owner, on_account(&parts, owner)).unwrap();
    }
    assert_eq!(market.account(owner).legs.len(), 24);
    let mut step = 0;
    while market.view(IPool::bookCall {}).unwrap().len() < 127 {
        let expiry = [week, month, quarter][step % 3];
        let _ = market.buy(bob, put(expiry, &strikes[step % 44]), "0.01");
        step += 1;
        assert!(step < 400);
    }
    let price = market.account(owner).liquidationUp;
    market
        .world
        .set_price(price + price / U256::from(20))
        .unwrap();
    let receipt = market.send(bob, liquidate(owner, bob)).unwrap();
    let filled: Vec<IPool::LegFilled> = receipt.events(market.pool.address);
    assert_eq!(filled.len(), 24);
    println!("gas of 24 legs in 127 nodes: {}", receipt.gas_used);
    market.check_tokens();
}
