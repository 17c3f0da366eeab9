//! Value taken from other providers: inflation, donations, visits around an anchor, leaving before settlement.

use alloy_primitives::{I256, U256};
use smirk_world::{abi::IPool, price::wad};

use crate::common::{call, put, Market, DAY};

/// Defence: recorded money instead of balances, and the virtual offset of the share.
#[test]
fn the_first_depositor_cannot_inflate_the_share() {
    let mut market = Market::new();
    let (attacker, victim) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let provider = market.world.actors.provider.address;
    let everything = market.shares(provider);
    market.redeem(provider, everything).unwrap();
    assert!(market.view(IPool::totalSupply_0Call {}).unwrap().is_zero());

    let (before, victim_before) = (market.cash_of(attacker), market.cash_of(victim));
    let quote = market.world.quote;
    market.deposit(attacker, U256::from(1)).unwrap();
    let donation = market.world.quote_units("1000000");
    market.donate(quote, donation);
    let stake = market.world.quote_units("100000");
    market.deposit(victim, stake).unwrap();
    let shares = market.shares(victim);
    market.redeem(victim, shares).unwrap();
    let lost = victim_before - market.cash_of(victim);
    assert!(
        lost <= U256::from(2),
        "the victim lost {lost} atoms to rounding"
    );
    let shares = market.shares(attacker);
    market.redeem(attacker, shares).unwrap();
    assert!(market.gain(attacker, before) <= I256::ZERO);
    market.assert_backed();
}

/// Defence: money is recorded, never read from balances.
#[test]
fn donations_change_nothing() {
    let mut market = Market::new();
    let alice = market.world.actors.alice.address;
    let id = call(market.expiries[1], "2500");
    market.buy(alice, id, "40").unwrap();
    let state = |market: &mut Market| {
        let quote = market.quote_buy(id, "1").unwrap();
        let preview = market.view(IPool::previewRedeemCall {
            shares: U256::from(1_000_000_000),
        });
        let risk = market.view(IPool::riskCall {}).unwrap();
        (quote, preview.unwrap(), risk, market.nav())
    };
    let before = state(&mut market);
    let (base, quote) = (market.world.base, market.world.quote);
    market.donate(base, wad("500"));
    let donation = market.world.quote_units("1000000");
    market.donate(quote, donation);
    assert!(before == state(&mut market));
    // Nor does it disturb what comes next.
    market.sell(alice, id, "40").unwrap();
    market.deposit(alice, donation).unwrap();
    market.assert_backed();
}

/// Defence: shares are sold at the high and bought back at the low side of net asset value, and a post draws the sides
/// apart by what it moves.
#[test]
fn visiting_around_an_anchor_does_not_pay() {
    for with_trade in [false, true] {
        for to in ["0.75", "0.714", "0.686", "0.60"] {
            let gain = visit(to, with_trade);
            assert!(
                gain < I256::ZERO,
                "0.70 to {to}, trading {with_trade}: gained {gain}"
            );
        }
    }
}

/// What a visitor gains that deposits, sees the anchor go from 0.70 to `to` over a book of short options, and leaves.
fn visit(to: &str, with_trade: bool) -> I256 {
    let mut market = Market::new();
    let (visitor, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let month = market.expiries[1];
    market.buy(bob, call(month, "2600"), "60").unwrap();
    market.buy(bob, put(month, "2400"), "60").unwrap();
    market.world.chain.advance(600);

    let before = market.cash_of(visitor);
    let million = market.world.quote_units("1000000");
    market.deposit(visitor, million).unwrap();
    if with_trade {
        market.buy(visitor, put(month, "2500"), "20").unwrap();
    }
    let middle = market.nav().mid;
    market.post(month, to).unwrap();
    let lower = wad(to) < wad("0.70");
    assert_eq!(
        market.nav().mid > middle,
        lower,
        "the post moved what the shares are worth"
    );
    if with_trade {
        market.sell(visitor, put(month, "2500"), "20").unwrap();
    }
    market.leave(visitor);
    market.gain(visitor, before)
}

/// Defence: a deposit and a withdrawal in a row cost the spread and take nothing from who stays.
#[test]
fn coming_and_going_costs_the_visitor() {
    let mut market = Market::new();
    let (visitor, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let provider = market.world.actors.provider.address;
    market
        .buy(bob, call(market.expiries[1], "2600"), "60")
        .unwrap();
    let staying = market.shares(provider);
    let worth = |market: &mut Market| {
        market
            .view(IPool::convertToAssetsCall { shares: staying })
            .unwrap()
    };
    for amount in ["1", "1000", "1000000"] {
        let (before, worth_before) = (market.cash_of(visitor), worth(&mut market));
        let assets = market.world.quote_units(amount);
        market.deposit(visitor, assets).unwrap();
        assert!(worth(&mut market) >= worth_before);
        market.leave(visitor);
        assert!(market.gain(visitor, before) < I256::ZERO);
        assert!(worth(&mut market) >= worth_before);
    }
}

/// Defence: until its price is fixed, an expired series is carried a tenth of spot worse for who leaves.
#[test]
fn leaving_before_settlement_takes_nothing_from_who_stays() {
    for (id_of, settled_at, seen_at) in [
        (call as fn(u64, &str) -> U256, "2700", "2500"),
        (put as fn(u64, &str) -> U256, "2300", "2500"),
    ] {
        let mut market = Market::new();
        let (leaver, bob) = (
            market.world.actors.alice.address,
            market.world.actors.bob.address,
        );
        let provider = market.world.actors.provider.address;
        let week = market.expiries[0];
        let id = id_of(week, "2500");
        let million = market.world.quote_units("1000000");
        market.deposit(leaver, million).unwrap();
        market.buy(bob, id, "40").unwrap();

        // The price at expiry is known to everyone; afterwards spot comes back, and nobody has settled yet.
        market.wait_until(week - 60);
        market.world.chain.set_time(week + 1);
        market.world.set_price(wad(settled_at)).unwrap();
        let round = market.world.refresh_feed().unwrap() - 1;
        market.world.chain.set_time(week + 2 * 3_600);
        market.world.set_price(wad(seen_at)).unwrap();

        let refusal = market.deposit(leaver, million).unwrap_err();
        assert!(refusal.is::<IPool::AwaitsSettlement>(), "{refusal}");
        let cash = market.cash_of(leaver);
        market.leave_now(leaver);
        market.settle(week, round).unwrap();
        market.leave(leaver);
        let took = market.cash_of(leaver) - cash;
        let staying = market.shares(provider);
        let fair = market
            .view(IPool::previewRedeemCall { shares: staying })
            .unwrap();
        // Both came with the same million; the leaver has no more than who stayed.
        assert!(
            took <= fair,
            "the leaver took {took}, who stayed has {fair}"
        );
        market.assert_backed();
    }
}

/// Defence: an expired series is held back from a withdrawal, and stops none.
#[test]
fn one_bad_series_does_not_block_withdrawals() {
    let mut market = Market::new();
    let (alice, provider) = (
        market.world.actors.alice.address,
        market.world.actors.provider.address,
    );
    let [week, month, _] = market.expiries;
    market.buy(alice, call(week, "2500"), "10").unwrap();
    market.buy(alice, put(month, "2300"), "10").unwrap();
    // The first expires and is not settled; the other's anchor is days past its limit.
    market.world.chain.set_time(week + 3 * DAY);
    market.world.refresh_feed().unwrap();
    market
        .send(market.world.actors.guardian.address, IPool::pauseCall {})
        .unwrap();
    let most = market
        .view(IPool::maxWithdrawCall { owner_: provider })
        .unwrap();
    assert!(most > market.world.quote_units("500000"), "{most}");
    market.withdraw(provider, most).unwrap();
    let refusal = market.buy(alice, call(month, "2500"), "1").unwrap_err();
    assert!(refusal.is::<IPool::PoolPaused>(), "{refusal}");
    market.sell(alice, put(month, "2300"), "10").unwrap();
    market.assert_backed();
}

/// Defence: a pool that has lost everything mints no shares for a recovery and burns none for nothing.
#[test]
fn a_pool_that_lost_everything_takes_no_deposit_and_burns_no_share() {
    let mut market = Market::new();
    let (alice, bob, provider) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
        market.world.actors.provider.address,
    );
    let month = market.expiries[1];
    market.buy(bob, call(month, "2500"), "90").unwrap();
    let most = market
        .view(IPool::maxRedeemCall { owner_: provider })
        .unwrap();
    let part = most * U256::from(9) / U256::from(10);
    market.redeem(provider, part).unwrap();
    // Nothing hedges a price that is eight times what it was.
    market.world.set_price(wad("20000")).unwrap();
    market.wait(600);
    market.world.arbitrage().unwrap();
    let nav = market.nav();
    assert!(nav.mid <= I256::ZERO, "{}", nav.mid);
    let shares = market.shares(provider);
    assert!(!shares.is_zero());

    let refusal = market.deposit(alice, U256::from(1)).unwrap_err();
    assert!(refusal.is::<IPool::NavBelowFloor>(), "{refusal}");
    let most = market
        .view(IPool::maxDepositCall { receiver: alice })
        .unwrap();
    assert!(most.is_zero());
    let refusal = market.redeem(provider, shares).unwrap_err();
    assert!(refusal.is::<IPool::NothingPaid>(), "{refusal}");
    assert_eq!(market.shares(provider), shares, "none is burnt");

    // The price comes back and with it what the shares are worth, to who kept them.
    // A day later, when what the provider took before no longer counts.
    market.wait(90_000);
    market.world.set_price(wad("2500")).unwrap();
    market.world.arbitrage().unwrap();
    assert!(market.nav().mid > I256::ZERO);
    market.leave_now(provider);
}
