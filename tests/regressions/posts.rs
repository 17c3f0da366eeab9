//! A post takes effect at once and is trusted over time: nobody trades, enters or leaves between old and new at a gain.

use alloy_primitives::{Address, U256};
use smirk_world::{
    abi::IPool::{self, AnchorJumpTooLarge},
    price::wad,
};

use crate::{
    actions::*,
    common::{call, put, Market},
};

fn start() -> (Market, Address) {
    let mut market = market("400000", &[]);
    let thief = market.world.actors.alice.address;
    market.enrich(thief);
    market.pass(400);
    (market, thief)
}

/// The keeper posts vols step by step towards a goal that is known; the thief buys after the first step and sells after the last.
#[test]
fn riding_a_ramp_of_posts_costs_money() {
    for (step, steps) in [(1.05, 1), (1.05, 3), (1.1, 2), (1.2, 1), (1.08, 4)] {
        for (kind, strike) in [(true, "2500"), (false, "2000"), (true, "3500")] {
            let (mut market, thief) = start();
            let month = market.expiries[1];
            let id = if kind {
                call(month, strike)
            } else {
                put(month, strike)
            };
            market.scale_vols(step).unwrap();
            let quoted = market.quote_buy(id, "20").unwrap();
            let (vol, vega) = (float(quoted.volBefore), signed(quoted.vega).abs());
            let before = market.wealth(thief);
            market.buy(thief, id, "20").unwrap();
            for _ in 1..steps {
                market.pass(301);
                market.scale_vols(step).unwrap();
            }
            market.push(thief, 2_500.0);
            // Both at once, and when the last jump has melted. A ramp that is known beforehand is news that the vols do not have.
            let mut later = market.clone();
            market.sell(thief, id, "20").unwrap();
            let at_once = market.wealth(thief) - before;
            later.wait(1_900);
            let last = signed(later.quote_sell(id, "20").vega).abs();
            later.sell(thief, id, "20").unwrap();
            let melted = later.wealth(thief) - before;
            // What the vols rise by after the purchase, less what the first step's jump and the last spread take of it.
            let known = vol * (step.powi(steps - 1) - 1.0);
            let first = vol * (1.0 - 1.0 / step);
            let bound = (known - first.max(0.015) - 0.015).max(0.0) * vega.max(last);
            println!(
                "x{step} {steps} times, {strike}: vol {vol:.3}, {at_once:+.2} {melted:+.2} of {bound:.2}"
            );
            assert!(at_once < 0.0, "x{step} {steps} times, {strike}: {at_once}");
            assert!(melted <= bound, "x{step} {steps} times, {strike}: {melted}");
            if steps == 1 {
                assert!(melted < 0.0, "x{step}, {strike}: {melted}");
            }
        }
    }
}

/// Buys at the anchor and sells after a post.
#[test]
fn a_purchase_before_a_post_that_is_sold_right_after_it_costs_money() {
    for (step, strike) in [(1.1, "2500"), (1.2, "2500"), (1.3, "2500"), (1.2, "3500")] {
        let (mut market, thief) = start();
        let id = call(market.expiries[1], strike);
        let before = market.wealth(thief);
        market.buy(thief, id, "20").unwrap();
        market.scale_vols(step).unwrap();
        let rest = market.view(IPool::surfaceCall {}).unwrap()[1].volJump;
        assert!(float(rest) > 0.06, "the post is a jump: {rest}");
        market.push(thief, 2_500.0);
        market.sell(thief, id, "20").unwrap();
        let gain = market.wealth(thief) - before;
        println!("x{step}, {strike}: {gain:+.2}");
        assert!(gain < 0.0, "x{step}, {strike}: {gain}");
    }
}

/// A post of the same changes nothing of it, wherever in its melting.
#[test]
fn a_post_that_changes_nothing_erases_no_jump() {
    let (mut market, _) = start();
    market.scale_vols(1.2).unwrap();
    let rest = |market: &mut Market| float(market.view(IPool::surfaceCall {}).unwrap()[1].volJump);
    let whole = rest(&mut market);
    assert!(whole > 0.13, "{whole}");
    market.wait(301);
    let after = rest(&mut market);
    assert!(after > whole * 0.8, "{after} of {whole}");
}

/// Two providers of a half each; what one gets by leaving around a post that is taken back is not the other's loss.
#[test]
fn leaving_right_after_a_false_post_takes_nothing_from_those_who_stay() {
    for factor in [0.9, 0.8] {
        let (mut market, thief) = start();
        let (bob, provider) = (
            market.world.actors.bob.address,
            market.world.actors.provider.address,
        );
        market.deposit(bob, 1e6).unwrap();
        let [_, month, quarter] = market.expiries;
        for (expiry, strike) in [(month, "2500"), (quarter, "2500")] {
            for _ in 0..3 {
                market.buy(thief, call(expiry, strike), "10").unwrap();
                market.buy(thief, put(expiry, strike), "10").unwrap();
            }
        }
        market.push(thief, 2_500.0);
        market.pass(400);
        let mut quiet = market.clone();
        let value = signed(market.nav().mid);
        market.scale_vols(factor).unwrap();
        assert!(
            signed(market.nav().mid) > value + 1_000.0,
            "the post moved the value"
        );
        let shares = market.most_shares_out(bob).min(market.shares_of(bob));
        let paid = market.redeem(bob, shares).unwrap();
        market.pass(301);
        market.scale_vols(1.0 / factor).unwrap();
        for market in [&mut market, &mut quiet] {
            market.wait(2_000);
        }
        let stayed = market.equity() * part(&mut market, provider);
        let alone = quiet.equity() * part(&mut quiet, provider);
        println!("x{factor}: bob got {paid:.0}; who stays has {stayed:.2} instead of {alone:.2}");
        assert!(paid > 1e5);
        assert!(stayed >= alone - 1.0, "{stayed} {alone}");
    }
}

fn part(market: &mut Market, who: Address) -> f64 {
    let supply = market.view(IPool::totalSupply_0Call {}).unwrap();
    f64::from(market.shares_of(who)) / f64::from(supply)
}

/// Carry counts as a jump too: a forward that a stolen keeper's key moves is not traded against.
#[test]
fn a_jump_of_carry_widens_the_spread_and_is_limited() {
    let (mut market, thief) = start();
    let quarter = market.expiries[2];
    let id = call(quarter, "2500");
    let still = quote(market.quote_buy(id, "10").unwrap().spread);
    let error = market.anchor(quarter, "0.68", 0.25).unwrap_err();
    let error: AnchorJumpTooLarge = error.error().expect("a jump of more than five percent");
    assert_eq!(error.limit, wad("0.05"));
    assert!(float(error.jump) > 0.06);
    let before = market.wealth(thief);
    market.buy(thief, id, "10").unwrap();
    market.anchor(quarter, "0.68", 0.18).unwrap();
    let jump = float(market.view(IPool::surfaceCall {}).unwrap()[2].carryJump);
    assert!(jump > 0.04, "{jump}");
    let wide = quote(market.quote_buy(id, "10").unwrap().spread);
    assert!(
        wide > still + 0.9 * jump * 2_500.0 * 10.0 * 0.55,
        "{wide} {still}"
    );
    market.push(thief, 2_500.0);
    market.sell(thief, id, "10").unwrap();
    let gain = market.wealth(thief) - before;
    println!("carry of 18 %: {gain:+.2}");
    assert!(gain < 0.0, "{gain}");
    // The next step waits for the jump to melt.
    market.pass(310);
    assert!(market.anchor(quarter, "0.68", 0.28).is_err());
}

#[test]
fn posts_within_half_an_hour_move_a_vol_by_at_most_half() {
    let (mut market, _) = start();
    let month = market.expiries[1];
    let keeper = market.world.actors.keeper.address;
    market.scale_vols(1.3).unwrap();
    market.pass(310);
    let before = market.view(IPool::surfaceCall {}).unwrap()[1].clone();
    let post = IPool::postAnchorCall {
        expiry: U256::from(month),
        atmVol: fixed(float(before.atmVol) * 1.4),
        leftWing: before.leftWing,
        rightWing: before.rightWing,
        carry: before.carry,
    };
    let failure = market.send(keeper, post).unwrap_err();
    let error: AnchorJumpTooLarge = failure.error().unwrap_or_else(|| panic!("{failure}"));
    assert_eq!(error.limit, before.atmVol / U256::from(2));
    assert!(error.jump > error.limit);
}
