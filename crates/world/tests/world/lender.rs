//! Aave v3 as its published bytecode behaves: what the pool relies on, and every way in which it refuses.

use alloy_primitives::{Address, U256};
use smirk_world::{
    abi::{LendingPool, PoolConfigurator, VariableDebtToken},
    price::wad,
    Lender, World, SENTINEL_GRACE, VARIABLE,
};

const RAY: u128 = 1_000_000_000_000_000_000_000_000_000;
const YEAR: u64 = 31_536_000;

fn world() -> (World, Lender) {
    let world = World::builder().with_lender().build().unwrap();
    let lender = world.lender.unwrap();
    (world, lender)
}

/// Alice with this much quote supplied.
fn with_collateral(quote: &str) -> (World, Lender, Address) {
    let (mut world, lender) = world();
    let alice = world.actors.alice.address;
    let (token, amount) = (world.quote, world.quote_units(quote));
    lender
        .supply(&mut world.chain, alice, token, amount)
        .unwrap();
    (world, lender, alice)
}

fn borrow(world: &mut World, lender: &Lender, user: Address, base: &str) -> Result<(), String> {
    let (token, amount) = (world.base, world.base_units(base));
    lender
        .borrow(&mut world.chain, user, token, amount)
        .map_err(|error| error.to_string())
}

/// What the market refuses with: a number of its own list of errors.
fn refused(outcome: Result<(), String>, number: u32) {
    let message = outcome.unwrap_err();
    assert!(
        message.ends_with(&format!("reverted: {number}")),
        "{message}"
    );
}

/// The market caps the quote that it takes, of which a dear base is worth much.
#[test]
fn a_lender_opens_at_the_price_of_any_base() {
    for price in ["237", "4000", "80000"] {
        let world = World::builder().price(wad(price)).with_lender().build();
        assert!(world.is_ok(), "{price}: {:#}", world.err().unwrap());
    }
}

#[test]
fn loan_is_taken_and_repaid_with_interest() {
    let (mut world, lender, alice) = with_collateral("100000");
    let before = world.balance_of(world.base, alice).unwrap();
    borrow(&mut world, &lender, alice, "10").unwrap();
    let base = world.base;
    assert_eq!(
        world.balance_of(base, alice).unwrap() - before,
        world.base_units("10")
    );
    let account = world
        .view(
            lender.pool,
            &LendingPool::getUserAccountDataCall { user: alice },
        )
        .unwrap();
    // 100,000 of quote at a threshold of 78 % against 10 base at 3,000.
    let health = account.healthFactor.to::<u128>() as f64 / 1e18;
    assert!((health - 2.6).abs() < 1e-6, "{health}");

    world.chain.advance(YEAR);
    world.refresh_feed().unwrap();
    let debt = world.balance_of(lender.base.variable_debt, alice).unwrap();
    let interest = debt - world.base_units("10");
    // Some 82 % of base is lent out: 2.7 % at 90 %, less below, and compound.
    assert!(
        interest > world.base_units("0.23") && interest < world.base_units("0.27"),
        "{interest}"
    );

    world.approve(base, alice, lender.pool, U256::MAX).unwrap();
    let repay = LendingPool::repayCall {
        asset: base,
        amount: U256::MAX,
        interestRateMode: VARIABLE,
        onBehalfOf: alice,
    };
    let repaid = world.send(alice, lender.pool, &repay).unwrap().value;
    assert!(repaid >= debt && repaid - debt < world.base_units("0.00001"));
    assert_eq!(
        world.balance_of(lender.base.variable_debt, alice).unwrap(),
        U256::ZERO
    );
    let quote = world.quote;
    let withdraw = LendingPool::withdrawCall {
        asset: quote,
        amount: U256::MAX,
        to: alice,
    };
    let withdrawn = world.send(alice, lender.pool, &withdraw).unwrap().value;
    assert!(withdrawn > world.quote_units("100000"), "{withdrawn}");
}

#[test]
fn indices_say_what_scaled_amounts_are_worth() {
    let (mut world, lender, alice) = with_collateral("100000");
    borrow(&mut world, &lender, alice, "10").unwrap();
    world.chain.advance(30 * 86_400);
    let asset = world.base;
    let index = world
        .view(
            lender.pool,
            &LendingPool::getReserveNormalizedVariableDebtCall { asset },
        )
        .unwrap();
    assert!(index > U256::from(RAY));
    let scaled = world
        .view(
            lender.base.variable_debt,
            &VariableDebtToken::scaledBalanceOfCall { user: alice },
        )
        .unwrap();
    let debt = world.balance_of(lender.base.variable_debt, alice).unwrap();
    let half = U256::from(RAY / 2);
    assert_eq!((scaled * index + half) / U256::from(RAY), debt);
}

#[test]
fn somebody_else_lends_and_owes() {
    let (mut world, lender) = world();
    let lent = world.balance_of(world.base, lender.base.a_token).unwrap();
    assert_eq!(lent, world.base_units("2700"));
    let asset = world.base;
    let rate = world
        .view(lender.pool, &LendingPool::getReserveDataCall { asset })
        .unwrap()
        .currentVariableBorrowRate;
    let rate = rate as f64 / RAY as f64;
    // 2.7 % times what is lent out over 90 %.
    assert!(
        (rate - 0.027 * 12_000.0 / 14_700.0 / 0.9).abs() < 1e-6,
        "{rate}"
    );
}

#[test]
fn paused_frozen_and_capped_markets_refuse() {
    let (mut world, lender, alice) = with_collateral("100000");
    borrow(&mut world, &lender, alice, "1").unwrap();
    let asset = world.base;
    let chain = &mut world.chain;
    let pause = |paused| PoolConfigurator::setReservePauseCall { asset, paused };
    lender.administer(chain, &pause(true)).unwrap();
    refused(borrow(&mut world, &lender, alice, "1"), 29);
    lender.administer(&mut world.chain, &pause(false)).unwrap();

    let freeze = |frozen| PoolConfigurator::setReserveFreezeCall { asset, frozen };
    lender.administer(&mut world.chain, &freeze(true)).unwrap();
    refused(borrow(&mut world, &lender, alice, "1"), 28);
    lender.administer(&mut world.chain, &freeze(false)).unwrap();

    let cap = PoolConfigurator::setBorrowCapCall {
        asset,
        cap: U256::from(12_001),
    };
    lender.administer(&mut world.chain, &cap).unwrap();
    refused(borrow(&mut world, &lender, alice, "1"), 50);

    let cap = PoolConfigurator::setSupplyCapCall {
        asset: world.quote,
        cap: U256::from(90_000_000),
    };
    lender.administer(&mut world.chain, &cap).unwrap();
    let (quote, amount) = (world.quote, world.quote_units("1"));
    let supply = lender.supply(&mut world.chain, alice, quote, amount);
    refused(supply.map_err(|error| error.to_string()), 51);
}

#[test]
fn market_without_money_pays_nobody() {
    let (mut world, lender, alice) = with_collateral("9000000");
    let outcome = borrow(&mut world, &lender, alice, "2701").unwrap_err();
    assert!(outcome.contains("borrow"), "{outcome}");
    borrow(&mut world, &lender, alice, "2000").unwrap();
}

#[test]
fn sequencer_that_just_came_up_stops_loans() {
    let (mut world, lender, alice) = with_collateral("100000");
    let now = world.chain.now();
    world.set_sequencer(true, now).unwrap();
    refused(borrow(&mut world, &lender, alice, "1"), 59);
    world.chain.advance(SENTINEL_GRACE + 1);
    borrow(&mut world, &lender, alice, "1").unwrap();
}

#[test]
fn loan_beyond_its_threshold_is_liquidated_by_anyone() {
    let (mut world, lender, alice) = with_collateral("50000");
    borrow(&mut world, &lender, alice, "12").unwrap();
    world.push_price(wad("3400")).unwrap();
    let bob = world.actors.bob.address;
    let (base, quote) = (world.base, world.quote);
    world.approve(base, bob, lender.pool, U256::MAX).unwrap();
    let liquidate = LendingPool::liquidationCallCall {
        collateral: quote,
        debt: base,
        user: alice,
        debtToCover: U256::MAX,
        receiveAToken: false,
    };
    let before = world.balance_of(quote, bob).unwrap();
    world.send(bob, lender.pool, &liquidate).unwrap();
    let debt = world.balance_of(lender.base.variable_debt, alice).unwrap();
    assert!(
        debt < world.base_units("6.001"),
        "half is what one call covers"
    );
    // Six base with a bonus of 5 %, a tenth of which is the protocol's.
    let gained = world.balance_of(quote, bob).unwrap() - before;
    assert!(
        gained.abs_diff(world.quote_units("21318")) < world.quote_units("1"),
        "{gained}"
    );
}
