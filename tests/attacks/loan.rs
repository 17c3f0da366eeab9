//! The loan turned against whoever stays.

use alloy_primitives::{Address, I256, U256};
use smirk_world::{
    abi::{IPool, LendingPool, PoolConfigurator},
    price::wad,
    TokenKind, VARIABLE,
};

use crate::common::{put, Market};

fn risk(market: &mut Market) -> IPool::Risk {
    market.view(IPool::riskCall {}).unwrap()
}

/// The provider leaves with all that the gate allows, collateral that comes back included.
fn leave(market: &mut Market) {
    let provider = market.world.actors.provider.address;
    let mut ask = market.world.quote_units("400000");
    while ask > U256::from(1_000_000) {
        if market.withdraw(provider, ask).is_err() {
            ask /= U256::from(2);
        }
    }
}

/// Defence: a debt that the lender does not count any more is not owed.
#[test]
fn a_debt_that_a_stranger_repays_in_full_ends() {
    let mut market = Market::with_lender();
    let (lender, alice) = (market.lender(), market.world.actors.alice.address);
    let bob = market.world.actors.bob.address;
    let (base, pool) = (market.world.base, market.pool.address);
    let id = put(market.expiries[1], "2500");
    market.buy(alice, id, "60").unwrap();
    let before = market.nav();
    market
        .world
        .approve(base, bob, lender.pool, U256::MAX)
        .unwrap();
    market
        .world
        .mint(base, bob, before.owed * U256::from(2))
        .unwrap();
    let repay = LendingPool::repayCall {
        asset: base,
        amount: before.owed * U256::from(2),
        interestRateMode: VARIABLE,
        onBehalfOf: pool,
    };
    market.world.send(bob, lender.pool, &repay).unwrap();
    let debt = lender.base.variable_debt;
    assert!(market.world.balance_of(debt, pool).unwrap().is_zero());
    market.sell(alice, id, "60").unwrap();
    market.poke();
    let after = market.nav();
    assert!(after.owed.is_zero(), "{} owed to nobody", after.owed);
    assert!(after.supplied <= U256::from(1), "{}", after.supplied);
    market.assert_backed();
}

/// Sells all that the pool has borrowed for: loan and collateral go back.
fn assert_frees_collateral(market: &mut Market, who: Address, id: U256) {
    let before = market.nav();
    market.sell(who, id, "60").unwrap();
    market.poke();
    let after = market.nav();
    assert!(after.owed < before.owed / U256::from(2), "the path ran");
    assert!(
        after.supplied < before.supplied / U256::from(2),
        "{} of {} is stuck",
        after.supplied,
        before.supplied
    );
    market.assert_backed();
}

/// Defence: collateral that others gave is no collateral of the pool's.
#[test]
fn a_gift_whose_loan_to_value_falls_to_nothing_locks_no_collateral() {
    let mut market = Market::with_lender();
    let (lender, alice) = (market.lender(), market.world.actors.alice.address);
    let bob = market.world.actors.bob.address;
    let (base, pool) = (market.world.base, market.pool.address);
    let id = put(market.expiries[1], "2500");
    market.buy(alice, id, "60").unwrap();
    lender
        .supply_for(&mut market.world.chain, bob, base, U256::from(1_000), pool)
        .unwrap();
    let none = PoolConfigurator::configureReserveAsCollateralCall {
        asset: base,
        ltv: U256::ZERO,
        liquidationThreshold: U256::from(8_300),
        liquidationBonus: U256::from(10_500),
    };
    lender.administer(&mut market.world.chain, &none).unwrap();
    assert_frees_collateral(&mut market, alice, id);
}

/// Defence: of what others gave only what holds collateral back is let go. What counts for loans refuses while that is there.
#[test]
fn gifts_that_count_for_loans_hide_none_whose_loan_to_value_falls_to_nothing() {
    let mut market = Market::with_lender();
    let (lender, alice) = (market.lender(), market.world.actors.alice.address);
    let (bob, pool) = (market.world.actors.bob.address, market.pool.address);
    let id = put(market.expiries[1], "2500");
    market.buy(alice, id, "60").unwrap();
    let others = ["DAI", "LUSD", "FRAX"].map(|symbol| {
        let chain = &mut market.world.chain;
        let code = TokenKind::Honest.init_code(symbol, symbol, 18).unwrap();
        let token = chain.deploy(bob, code).unwrap();
        lender.list(chain, token, 18, symbol).unwrap();
        market.world.mint(token, bob, wad("1")).unwrap();
        token
    });
    for asset in [market.world.base].into_iter().chain(others) {
        lender
            .supply_for(&mut market.world.chain, bob, asset, wad("0.01"), pool)
            .unwrap();
    }
    let none = PoolConfigurator::configureReserveAsCollateralCall {
        asset: others[2],
        ltv: U256::ZERO,
        liquidationThreshold: U256::from(7_800),
        liquidationBonus: U256::from(10_500),
    };
    lender.administer(&mut market.world.chain, &none).unwrap();
    assert_frees_collateral(&mut market, alice, id);
}

/// Defence: a purchase that repays may take collateral from below the floor, because it leaves the loan healthier.
#[test]
fn who_left_with_all_cash_does_not_stop_the_hedge_of_who_stayed() {
    let mut market = Market::with_lender();
    let alice = market.world.actors.alice.address;
    for expiry in market.expiries {
        for strike in ["2900", "3000", "3100"] {
            for _ in 0..8 {
                if market.buy(alice, put(expiry, strike), "8").is_err() {
                    break;
                }
            }
        }
    }
    market.poke();
    leave(&mut market);
    let health = risk(&mut market).health;
    assert!(health < wad("1.75"), "the path ran: {health}");
    // More than the spare collateral stands for, before anybody poked.
    market.world.set_price(wad("2800")).unwrap();
    let jumped = risk(&mut market);
    assert!(jumped.health < wad("1.6") && jumped.hedgeDue > I256::ZERO);
    market.poke();
    let after = risk(&mut market);
    assert!(after.hedgeDue.is_zero(), "{} is due", after.hedgeDue);
    assert!(after.health >= wad("1.6"), "health is {}", after.health);
    let id = put(market.expiries[0], "3000");
    market.sell(alice, id, "8").unwrap();
    market.assert_backed();
}

/// Defence: the same after an expiry, when nothing is left of what the short hedge was for.
#[test]
fn a_loan_unwinds_after_holders_were_paid_from_all_cash() {
    let mut market = Market::with_lender();
    let alice = market.world.actors.alice.address;
    let expiry = market.expiries[0];
    let strikes = ["2900", "2950", "3000", "3050"];
    for strike in strikes {
        for _ in 0..9 {
            market.buy(alice, put(expiry, strike), "8").unwrap();
            market.world.arbitrage().unwrap();
        }
    }
    market.poke();
    leave(&mut market);
    market.world.set_price(wad("2750")).unwrap();
    market.world.chain.set_time(expiry);
    let round = market.world.push_price(wad("2750")).unwrap();
    market.world.arbitrage().unwrap();
    market.settle(expiry, round).unwrap();
    let claim = |market: &mut Market| {
        for strike in strikes {
            let id = put(expiry, strike);
            let size = market.position(alice, id);
            let _ = size.is_zero() || market.claim(alice, id, size).is_ok();
        }
    };
    claim(&mut market);
    let due = risk(&mut market).hedgeDue;
    assert!(due > I256::from_raw(wad("200")), "the path ran: {due}");
    market.poke();
    let due = risk(&mut market).hedgeDue;
    assert!(due.is_zero(), "{due} is due");
    claim(&mut market);
    for strike in strikes {
        assert!(market.position(alice, put(expiry, strike)).is_zero());
    }
    assert!(market.nav().cash > market.world.quote_units("500000"));
    market.assert_backed();
}

/// Defence: what the pool supplies is collateral, also where somebody's gift came first at a time when it could not be.
#[test]
fn a_gift_while_nothing_counts_as_collateral_stops_no_later_loan() {
    let mut market = Market::with_lender();
    let (lender, alice) = (market.lender(), market.world.actors.alice.address);
    let bob = market.world.actors.bob.address;
    let (quote, pool) = (market.world.quote, market.pool.address);
    let set = |market: &mut Market, ltv: u64| {
        let terms = PoolConfigurator::configureReserveAsCollateralCall {
            asset: quote,
            ltv: U256::from(ltv),
            liquidationThreshold: U256::from(7_800),
            liquidationBonus: U256::from(10_500),
        };
        lender.administer(&mut market.world.chain, &terms).unwrap();
    };
    set(&mut market, 0);
    lender
        .supply_for(&mut market.world.chain, bob, quote, U256::from(10), pool)
        .unwrap();
    set(&mut market, 7_500);
    let id = put(market.expiries[1], "2500");
    let receipt = market.buy(alice, id, "40").unwrap();
    assert!(market.nav().owed > U256::ZERO, "nothing is lent");
    assert!(receipt.events::<IPool::HedgeMissed>(pool).is_empty());
    market.assert_backed();
}
