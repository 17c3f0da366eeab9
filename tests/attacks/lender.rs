//! The lender turned against the pool that borrows from it.

use alloy_primitives::{Address, Bytes, I256, U256};
use alloy_sol_types::SolCall;
use smirk_world::{
    abi::{
        FlashBorrower::{runCall, Step},
        IPool, LendingPool, Token, VariableDebtToken,
    },
    price::wad,
    test_contract, VARIABLE,
};

use crate::common::{put, Market, DAY};

fn step<C: SolCall>(target: Address, call: C) -> Step {
    Step {
        target,
        data: Bytes::from(call.abi_encode()),
    }
}

/// Everything that the pool hedges now and everything that it missed, base WAD.
fn missed<R>(market: &Market, receipt: &smirk_world::Receipt<R>) -> I256 {
    let missed = receipt.events::<IPool::HedgeMissed>(market.pool.address);
    missed.iter().map(|event| event.baseAmount).sum()
}

/// Base and quote of an account, and puts, in quote at this price and at what the pool pays for them.
fn wealth(market: &mut Market, who: Address, id: U256) -> U256 {
    let base = market.world.base;
    let base = market.world.balance_of(base, who).unwrap();
    let value = base * U256::from(2_500) / U256::from(1_000_000_000_000_u64);
    let held = market.position(who, id);
    let puts = market
        .view(IPool::quoteSellCall { id, size: held })
        .map_or(U256::ZERO, |quote| quote.total);
    market.cash_of(who) + value + puts
}

/// Defence: what the lender refuses is missed, never more than the exposure limit, and done by anyone's poke afterwards.
#[test]
fn a_lender_emptied_by_a_flash_loan_costs_the_pool_nothing() {
    let mut market = Market::with_lender();
    let (lender, alice) = (market.lender(), market.world.actors.alice.address);
    let (base, quote, pool) = (market.world.base, market.world.quote, market.pool.address);
    let deployer = market.world.actors.deployer.address;
    let code = test_contract("FlashBorrower", &[]).unwrap();
    let borrower = market.world.chain.deploy(deployer, code).unwrap();
    let (cash, premium) = (
        market.world.quote_units("1000000"),
        market.world.base_units("10"),
    );
    market.world.mint(quote, borrower, cash).unwrap();
    market.world.mint(base, borrower, premium).unwrap();
    let id = put(market.expiries[1], "2500");
    let before = wealth(&mut market, borrower, id);
    for round in 0..6 {
        let run = |market: &mut Market, size: &str| {
            let all = market.world.balance_of(base, lender.base.a_token).unwrap();
            let purchase = IPool::buyCall {
                id,
                size: wad(size),
                maxCost: U256::MAX,
                deadline: U256::MAX,
                receiver: borrower,
            };
            let approve = Token::approveCall {
                spender: pool,
                amount: U256::MAX,
            };
            let steps = vec![step(quote, approve), step(pool, purchase)];
            let call = runCall {
                lender: lender.pool,
                asset: base,
                amount: all,
                steps,
            };
            market.world.send(alice, borrower, &call)
        };
        let receipt = run(&mut market, "60").unwrap();
        assert!(
            missed(&market, &receipt) < I256::ZERO,
            "{round}: the path ran"
        );
        let loan = receipt.events::<IPool::LoanChanged>(pool);
        assert!(loan.iter().all(|step| step.borrowed <= I256::ZERO));
        // More than the limit allows is not to be had that way.
        assert!(run(&mut market, "110").is_err(), "{round}");
        // The same base is there again for the poke, near the feed.
        assert!(market.poke(), "still due after an hour");
        let risk = market.view(IPool::riskCall {}).unwrap();
        assert!(risk.exposure.unsigned_abs() <= risk.band, "{risk:?}");
        let nav = market.nav();
        assert!(nav.owed > U256::ZERO);
        // And back, with the lender as it is.
        let sale = IPool::sellCall {
            id,
            size: wad("60"),
            minProceeds: U256::ZERO,
            deadline: U256::MAX,
            receiver: borrower,
        };
        let act = smirk_world::abi::FlashBorrower::actCall {
            steps: vec![step(pool, sale)],
        };
        market.world.send(alice, borrower, &act).unwrap();
        assert!(market.poke(), "still due after an hour");
    }
    let after = wealth(&mut market, borrower, id);
    assert!(after < before, "{after} of {before}");
    market.assert_backed();
}

/// Defence: collateral and debt are what the pool recorded, at the lender's indices.
#[test]
fn a_donation_of_collateral_or_a_repaid_debt_moves_no_share_price() {
    let mut market = Market::with_lender();
    let (lender, bob) = (market.lender(), market.world.actors.bob.address);
    let alice = market.world.actors.alice.address;
    let (base, quote, pool) = (market.world.base, market.world.quote, market.pool.address);
    let gift = market.world.quote_units("500000");
    let supply = |market: &mut Market, asset, amount| {
        let chain = &mut market.world.chain;
        lender.supply_for(chain, bob, asset, amount, pool).unwrap();
    };
    // Before the pool's first loan: neither does it stop that.
    for asset in [base, quote] {
        supply(&mut market, asset, U256::from(1));
    }
    let id = put(market.expiries[1], "2500");
    let receipt = market.buy(alice, id, "60").unwrap();
    assert!(missed(&market, &receipt).is_zero());
    let price = |market: &mut Market| {
        market
            .view(IPool::previewRedeemCall {
                shares: U256::from(1_000_000_000_000_u64),
            })
            .unwrap()
    };
    let (nav, redeem) = (market.nav(), price(&mut market));
    supply(&mut market, quote, gift);
    market
        .world
        .approve(base, bob, lender.pool, U256::MAX)
        .unwrap();
    let repay = LendingPool::repayCall {
        asset: base,
        amount: market.world.base_units("20"),
        interestRateMode: VARIABLE,
        onBehalfOf: pool,
    };
    market.world.send(bob, lender.pool, &repay).unwrap();
    let given = market.nav();
    assert!(
        (given.mid - nav.mid).unsigned_abs() < wad("0.5"),
        "a minute's interest"
    );
    let now = price(&mut market);
    assert!(now.abs_diff(redeem) * U256::from(1_000_000) < redeem);

    // Debt in the pool's name needs its consent, which it gives to nobody.
    let borrow = LendingPool::borrowCall {
        asset: base,
        amount: market.world.base_units("1"),
        interestRateMode: VARIABLE,
        referralCode: 0,
        onBehalfOf: pool,
    };
    assert!(market.world.send(bob, lender.pool, &borrow).is_err());
    let scaled = VariableDebtToken::scaledBalanceOfCall { user: pool };
    let counted = market
        .world
        .view(lender.base.variable_debt, &scaled)
        .unwrap();
    assert!(counted < given.owed);

    // The book unwinds over what was given: nothing is owed in the end, and what is recorded is there.
    market.sell(alice, id, "60").unwrap();
    assert!(market.poke(), "still due after an hour");
    market.assert_backed();
}

/// Defence: interest is a loss like any other, no larger than the rate; repaying needs no liquidity of the lender's.
#[test]
fn a_spike_of_the_lenders_rate_costs_its_interest_and_stops_nothing() {
    let mut market = Market::with_lender();
    let (lender, bob) = (market.lender(), market.world.actors.bob.address);
    let alice = market.world.actors.alice.address;
    let base = market.world.base;
    let id = put(market.expiries[1], "2500");
    market.buy(alice, id, "60").unwrap();
    let before = market.nav();

    market.borrow_all_base(bob);
    let data = LendingPool::getReserveDataCall { asset: base };
    let rate = market
        .world
        .view(lender.pool, &data)
        .unwrap()
        .currentVariableBorrowRate;
    assert!(
        rate > 800_000_000_000_000_000_000_000_000,
        "the path ran: {rate}"
    );

    market.wait(DAY);
    let after = market.nav();
    let interest = after.owed - before.owed;
    // 82.7 % a year for a day.
    let share = interest * wad("1") / before.owed;
    assert!(share > wad("0.0021") && share < wad("0.0024"), "{share}");
    assert_eq!(
        (after.interestOwed - before.interestOwed).unsigned_abs(),
        interest
    );
    market.refresh();
    let sold = market.sell(alice, id, "50").unwrap();
    assert!(!sold
        .events::<IPool::LoanChanged>(market.pool.address)
        .is_empty());
    assert!(market.nav().owed < after.owed * U256::from(2) / U256::from(3));
    let provider = market.world.actors.provider.address;
    let assets = market.world.quote_units("100000");
    market.withdraw(provider, assets).unwrap();
    // What can't be borrowed is missed.
    let bought = market.buy(alice, id, "70").unwrap();
    assert!(missed(&market, &bought) < I256::ZERO);
    market.assert_backed();
}

/// Defence: the window opens with time only while the pool can trade.
#[test]
fn a_window_does_not_open_while_the_lender_is_kept_empty() {
    let mut market = Market::with_lender();
    let (alice, carol) = (
        market.world.actors.alice.address,
        market.world.actors.carol.address,
    );
    let all = market.borrow_all_base(carol);
    let id = put(market.expiries[1], "2500");
    let receipt = market.buy(alice, id, "60").unwrap();
    assert!(missed(&market, &receipt) < I256::ZERO, "the path ran");
    for minute in 0..75 {
        market.wait(60);
        if minute % 10 == 0 {
            let receipt = market.send(alice, IPool::rebalanceCall {}).unwrap();
            assert!(missed(&market, &receipt) < I256::ZERO);
        }
    }
    // The attacker brings the base back and pokes at a venue pushed by less than an old clock would have allowed.
    market.repay_base(carol, carol, all);
    market.world.arbitrage_to(wad("2495")).unwrap();
    let receipt = market.send(carol, IPool::rebalanceCall {}).unwrap();
    assert_eq!(receipt.value, I256::ZERO);
    // Near the feed it fills at once.
    market.world.arbitrage().unwrap();
    let receipt = market.send(carol, IPool::rebalanceCall {}).unwrap();
    assert!(receipt.value < I256::ZERO);
}

/// Defence: collateral is cash that is not free, the hedge takes what there is, and the exposure limit bounds the rest.
#[test]
fn free_cash_withdrawn_between_trade_and_hedge_pays_nobody() {
    let mut market = Market::with_lender();
    let (alice, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    let provider = market.world.actors.provider.address;
    let id = put(market.expiries[1], "2500");
    let deposit = market.world.quote_units("1000000");
    let before = [alice, bob].map(|who| wealth(&mut market, who, id));
    market.deposit(bob, deposit).unwrap();
    market.leave_now(provider);
    // All base is lent to the attacker's own, so that the pool's hedge has to wait.
    let carol = market.world.actors.carol.address;
    let all = market.borrow_all_base(carol);
    let receipt = market.buy(alice, id, "60").unwrap();
    let waiting = missed(&market, &receipt);
    assert!(waiting < I256::ZERO, "the path ran");
    market.leave_now(bob);
    market.repay_base(carol, carol, all);
    let free = market.nav().cash;
    // Now the hedge is due, and there is less to put up for it.
    assert!(market.poke(), "still due after an hour");
    let nav = market.nav();
    assert!(nav.owed > U256::ZERO && nav.cash < free);
    assert!(market.view(IPool::riskCall {}).unwrap().health >= wad("1.6"));
    market.sell(alice, id, "60").unwrap();
    assert!(market.poke(), "still due after an hour");
    market.leave(bob);
    let after = [alice, bob].map(|who| wealth(&mut market, who, id));
    let shares = market.shares(bob);
    let left = market
        .view(IPool::previewRedeemCall { shares })
        .unwrap_or_default();
    let gain = I256::from_raw(after[0] + after[1] + left) - I256::from_raw(before[0] + before[1]);
    assert!(gain < I256::ZERO, "{gain}");
    market.assert_backed();
}
