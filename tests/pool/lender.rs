//! Short hedges: base is borrowed to be sold, bought back and repaid; collateral, interest, and a lender that refuses.

use alloy_primitives::{Address, I256, U256};
use smirk_world::{
    abi::{IPool, LendingPool, PoolConfigurator},
    price::wad,
    Receipt, VARIABLE,
};

use crate::{
    checks::{default_of, signed},
    common::{call, put, rng::Rng, Market, DAY, WAD},
};

/// A pool beside a lender, and Alice with `size` puts at the money, four weeks ahead.
fn short(size: &str) -> (Market, Address, U256) {
    let mut market = Market::with_lender();
    let alice = market.world.actors.alice.address;
    let id = put(market.expiries[1], "2500");
    market.buy(alice, id, size).unwrap();
    (market, alice, id)
}

impl Market {
    /// What the lender itself says that the pool owes and has there.
    fn counted(&mut self) -> (U256, U256) {
        let (lender, pool) = (self.lender(), self.pool.address);
        let mut balance = |token| self.world.balance_of(token, pool).unwrap();
        (
            balance(lender.base.variable_debt),
            balance(lender.quote.a_token),
        )
    }

    /// What is recorded is what the lender counts, and what the pool's own balances are.
    #[track_caller]
    fn check_loan(&mut self) -> IPool::Nav {
        let nav = self.nav();
        let (debt, collateral) = self.counted();
        // Each movement rounds by an atom, to the pool's loss.
        let atoms = U256::from(200);
        assert!(
            nav.owed >= debt && nav.owed - debt <= atoms,
            "{nav:?} {debt}"
        );
        assert!(
            nav.supplied <= collateral && collateral - nav.supplied <= atoms,
            "{nav:?} {collateral}"
        );
        assert_eq!(self.base_of(self.pool.address), nav.base);
        assert_eq!(
            self.quote_of(self.pool.address),
            nav.cash + nav.setAside + nav.insurance
        );
        nav
    }

    /// Health is twice what it has to be, to a millionth.
    #[track_caller]
    fn check_health(&mut self) {
        let health = self.risk().health;
        assert!(
            health.abs_diff(wad("2")) < wad("0.000001"),
            "health is {health}"
        );
    }

    fn steps<R>(&self, receipt: &Receipt<R>) -> Vec<IPool::LoanChanged> {
        receipt.events(self.pool.address)
    }

    /// What is supplied there less what is lent out: what the lender could pay.
    fn lender_has(&mut self) -> U256 {
        let token = self.lender().base.a_token;
        self.world.balance_of(self.world.base, token).unwrap()
    }

    fn administer<C: alloy_sol_types::SolCall>(&mut self, call: C) {
        let lender = self.lender();
        lender.administer(&mut self.world.chain, &call).unwrap();
    }

    /// Somebody borrows all base that the lender has.
    fn empty_the_lender(&mut self) {
        let (lender, bob) = (self.lender(), self.world.actors.bob.address);
        let (quote, base) = (self.world.quote, self.world.base);
        let collateral = self.world.quote_units("20000000");
        self.world.mint(quote, bob, collateral).unwrap();
        let chain = &mut self.world.chain;
        lender.supply(chain, bob, quote, collateral).unwrap();
        let all = self.lender_has();
        lender
            .borrow(&mut self.world.chain, bob, base, all)
            .unwrap();
    }

    /// Sells base at the venue until its price is the feed's, and the same for every later purchase of the pool's.
    fn move_to(&mut self, price: &str) {
        self.world.set_price(wad(price)).unwrap();
    }
}

#[test]
fn sale_beyond_what_is_held_is_of_borrowed_base() {
    let mut market = Market::with_lender();
    let alice = market.world.actors.alice.address;
    let id = put(market.expiries[1], "2500");
    let before = market.nav();
    let quote = market.quote_buy(id, "20").unwrap();
    let receipt = market.buy(alice, id, "20").unwrap();
    let hedged: IPool::Hedged = market.event(&receipt);
    assert!(quote.plannedHedge < I256::ZERO);
    assert!(
        (hedged.baseAmount - quote.plannedHedge).unsigned_abs() < wad("0.000001"),
        "{hedged:?}"
    );
    assert!(receipt
        .events::<IPool::HedgeMissed>(market.pool.address)
        .is_empty());
    let [supplied, borrowed] = market.steps(&receipt).try_into().unwrap();
    assert_eq!(
        (supplied.borrowed, borrowed.supplied),
        (I256::ZERO, I256::ZERO)
    );
    let nav = market.check_loan();
    assert_eq!(signed(nav.owed), borrowed.borrowed);
    // What was borrowed beyond the sale is held.
    assert_eq!(signed(nav.base), borrowed.borrowed + hedged.baseAmount);
    assert!(nav.base > U256::ZERO);
    // Collateral is cash that is not free: 25,000 a base at a threshold of 78 %, twice.
    let collateral = nav.owed * U256::from(2500 * 2) / U256::from(780_000_000_000_u64);
    assert!(
        nav.supplied.abs_diff(collateral) < U256::from(10),
        "{nav:?}"
    );
    let paid = signed(nav.cash + nav.supplied) - signed(before.cash);
    assert_eq!(
        paid,
        signed(receipt.value) - signed(nav.rent) + nav.hedgeCashFlow
    );
    market.check_health();
    let risk = market.risk();
    assert_eq!(risk.hedgePosition, signed(nav.base) - signed(nav.owed));
    assert!(risk.exposure.unsigned_abs() <= risk.band);
    market.check_status(&receipt);
}

#[test]
fn what_was_borrowed_beyond_a_sale_serves_the_next() {
    let (mut market, alice, id) = short("20");
    let held = market.nav().base;
    let mut without = 0;
    for _ in 0..12 {
        let receipt = market.buy(alice, id, "1.5").unwrap();
        let hedges: Vec<IPool::Hedged> = receipt.events(market.pool.address);
        if !hedges.is_empty() && market.steps(&receipt).is_empty() {
            without += 1;
        }
        market.check_loan();
    }
    assert!(
        held > U256::ZERO && without >= 2,
        "{without} hedges of held base"
    );
}

/// Defence: what an earlier sale of borrowed base left at its last price, which is roundings, is worth no loan. Whether any is left
/// depends on the price.
#[test]
fn nothing_is_borrowed_for_a_sale_that_the_venue_would_not_fill() {
    for price in [
        "2200", "2201.37", "2202.91", "2204.13", "2205.77", "2207.19",
    ] {
        let (mut market, alice, _) = short("100");
        market.move_to(price);
        let ahead = wad(price) * U256::from(9_999) / U256::from(10_000);
        market.world.arbitrage_to(ahead).unwrap();
        let poke = |market: &mut Market| market.send(alice, IPool::rebalanceCall {}).unwrap();
        let sold = poke(&mut market);
        assert!(sold.value < I256::ZERO && !market.steps(&sold).is_empty());
        assert!(market.risk().hedgeDue < I256::ZERO, "more is due");
        let again = poke(&mut market);
        assert_eq!(again.value, I256::ZERO);
        assert!(market.steps(&again).is_empty(), "{price}");
        // What is held goes as the window opens.
        let held = market.nav().base;
        assert!(held > U256::ZERO);
        let now = market.world.chain.now();
        market.world.chain.set_time(now + 1_800);
        let later = poke(&mut market);
        assert!(
            later.value < I256::ZERO && later.value >= -signed(held),
            "{price}"
        );
        assert!(market.steps(&later).is_empty());
    }
}

#[test]
fn purchase_repays_and_brings_collateral_back() {
    let (mut market, alice, id) = short("60");
    let before = market.check_loan();
    let receipt = market.sell(alice, id, "60").unwrap();
    let hedged: IPool::Hedged = market.event(&receipt);
    assert!(hedged.baseAmount > I256::ZERO);
    let [repaid, withdrawn] = market.steps(&receipt).try_into().unwrap();
    assert!(repaid.borrowed < I256::ZERO && withdrawn.supplied < I256::ZERO);
    let after = market.check_loan();
    assert_eq!(signed(before.owed) - signed(after.owed), -repaid.borrowed);
    assert!(after.supplied < before.supplied / U256::from(2));
    if after.owed > U256::ZERO {
        market.check_health();
    }
    let risk = market.risk();
    assert!(risk.exposure.unsigned_abs() <= risk.band);
    market.check_status(&receipt);
}

#[test]
fn loan_ends_with_the_book() {
    let (mut market, ..) = short("40");
    let bob = market.world.actors.bob.address;
    let expiry = market.expiries[1];
    market.expire(expiry - 100, "2500");
    let round = market.expire(expiry, "2550");
    market.settle(expiry, round);
    market.world.arbitrage().unwrap();
    for _ in 0..30 {
        market.send(bob, IPool::rebalanceCall {}).unwrap();
        market.world.chain.advance(60);
        market.world.refresh_feed().unwrap();
        market.world.arbitrage().unwrap();
    }
    let nav = market.check_loan();
    // What no band asks to be traded stays.
    assert!(nav.owed < wad("0.6"), "{nav:?}");
    let risk = market.risk();
    assert!(risk.exposure.unsigned_abs() <= risk.band, "{risk:?}");
}

#[test]
fn net_asset_value_follows_the_lenders_indices() {
    let (mut market, ..) = short("100");
    let before = market.check_loan();
    let atoms = |interest: I256| interest.unsigned_abs() <= U256::from(4);
    assert!(atoms(before.interestOwed) && atoms(before.interestEarned));
    market.world.chain.advance(5 * DAY);
    market.world.refresh_feed().unwrap();
    let after = market.check_loan();
    let (owed, earned) = (after.owed - before.owed, after.supplied - before.supplied);
    assert_eq!(after.interestOwed - before.interestOwed, signed(owed));
    assert_eq!(after.interestEarned - before.interestEarned, signed(earned));
    // 2.45 % a year on some 46 base for five days.
    let share = owed * WAD / before.owed;
    assert!(share > wad("0.00030") && share < wad("0.00036"), "{share}");
    assert!(earned > U256::ZERO);
    // The same book at the same spot, but for what five days took from the puts.
    let risk = market.risk();
    let hedge = signed(after.base) - signed(after.owed);
    assert_eq!(risk.hedgePosition, hedge);
    let scale = U256::from(1_000_000_000_000_u64);
    let money = signed((after.cash + after.supplied) * scale) - signed(after.unearned)
        + hedge * signed(U256::from(2500));
    let book = market
        .view(IPool::bookCall {})
        .unwrap()
        .iter()
        .fold(I256::ZERO, |sum, node| {
            sum + node.puts * signed(node.put) / signed(WAD)
        });
    let difference = (after.mid - money - book).unsigned_abs();
    assert!(difference < wad("0.001"), "{difference}");
}

#[test]
fn anyone_tops_up_collateral_below_the_floor_and_is_paid_for_it() {
    let (mut market, ..) = short("100");
    let bob = market.world.actors.bob.address;
    let reward = default_of("hedgeGas") / U256::from(1_000_000_000_000_u64);
    // The price is up and the venue is not: no hedge is due that could be filled, only the loan is in need.
    market.world.push_price(wad("3000")).unwrap();
    let health = market.risk().health;
    assert!(health > wad("1.6"), "{health}");
    let steps = |market: &mut Market| {
        let before = market.quote_of(bob);
        let receipt = market.send(bob, IPool::rebalanceCall {}).unwrap();
        let paid = market.quote_of(bob) - before;
        (market.steps(&receipt), paid, receipt)
    };
    let mut calm = market.clone();
    let (loan, ..) = steps(&mut calm);
    assert!(
        loan.iter().all(|step| step.supplied <= I256::ZERO),
        "{loan:?}"
    );

    market.world.push_price(wad("3150")).unwrap();
    let before = market.check_loan();
    assert!(market.risk().health < wad("1.6"));
    let (loan, paid, receipt) = steps(&mut market);
    assert!(loan[0].supplied > I256::ZERO, "{loan:?}");
    assert!(market.risk().health >= wad("2") - wad("0.000001"));
    assert_eq!(paid, reward);
    let after = market.check_loan();
    assert!(after.supplied > before.supplied || after.owed < before.owed);
    market.check_status(&receipt);
    let (.., paid, _) = steps(&mut market);
    assert_eq!(paid, U256::ZERO, "nothing is in need any more");
}

/// A way in which the lender refuses to lend.
type Vice = fn(&mut Market);

fn vices() -> [(&'static str, Vice); 5] {
    [
        ("paused", |market| {
            market.administer(PoolConfigurator::setPoolPauseCall { paused: true });
        }),
        ("frozen", |market| {
            let asset = market.world.base;
            market.administer(PoolConfigurator::setReserveFreezeCall {
                asset,
                frozen: true,
            });
        }),
        ("capped", |market| {
            let asset = market.world.base;
            let cap = U256::from(12_000);
            market.administer(PoolConfigurator::setBorrowCapCall { asset, cap });
        }),
        ("empty", Market::empty_the_lender),
        ("after an outage", |market| {
            // Up for longer than the pool waits, and not for as long as the lender.
            market.set_parameter("sequencerGrace", U256::ZERO);
            let now = market.world.chain.now();
            market.world.set_sequencer(true, now).unwrap();
            market.world.chain.advance(60);
        }),
    ]
}

#[test]
fn lender_that_refuses_leaves_trades_within_the_exposure_limit() {
    for (name, vice) in vices() {
        let mut market = Market::with_lender();
        let alice = market.world.actors.alice.address;
        let id = put(market.expiries[1], "2500");
        vice(&mut market);
        let receipt = market.buy(alice, id, "40").unwrap();
        let missed: IPool::HedgeMissed = market.event(&receipt);
        assert!(missed.baseAmount < I256::ZERO, "{name}");
        // What was put up came back, but for an atom of rounding.
        let steps = market.steps(&receipt);
        let left: I256 = steps.iter().map(|step| step.supplied).sum();
        assert!(left <= I256::ONE, "{name}: {left}");
        let nav = market.check_loan();
        assert_eq!(nav.owed, U256::ZERO, "{name}");
        market.check_status(&receipt);
        let refusal = market.buy(alice, id, "80").unwrap_err();
        assert!(
            refusal.is::<IPool::ExposureAboveLimit>(),
            "{name}: {refusal}"
        );
        market.sell(alice, id, "40").unwrap();
    }
}

#[test]
fn lender_that_refuses_stands_in_no_exits_way() {
    for (name, vice) in vices() {
        everybody_leaves(name, vice).0.check_loan();
    }
}

/// A lender whose code is one that takes all gas it is given: it says nothing, but costs.
#[test]
fn lender_that_burns_all_gas_stands_in_no_exits_way() {
    let (_, asked) = everybody_leaves("burning", |market| {
        let lender = market.world.lender.as_ref().unwrap().pool;
        market.world.chain.set_code(lender, vec![0xfe].into());
    });
    assert!(
        (500_000..2_000_000).contains(&asked),
        "it has been asked, and took {asked} gas"
    );
}

/// With a loan standing and this wrong with the lender a holder sells, a provider withdraws, an expiry is settled and its holder paid.
/// Returns the gas of the withdrawal as well.
fn everybody_leaves(name: &str, vice: Vice) -> (Market, u64) {
    let (mut market, alice, id) = short("60");
    let provider = market.world.actors.provider.address;
    vice(&mut market);
    market.sell(alice, id, "20").unwrap();
    let most = market
        .view(IPool::maxWithdrawCall { owner_: provider })
        .unwrap();
    assert!(most > market.world.quote_units("100000"), "{name}: {most}");
    let withdraw = |assets| IPool::withdrawCall {
        assets,
        receiver: provider,
        owner_: provider,
    };
    let receipt = market
        .send(provider, withdraw(most / U256::from(2)))
        .unwrap();
    let expiry = market.expiries[1];
    market.expire(expiry - 100, "2500");
    let round = market.expire(expiry, "2450");
    market.settle(expiry, round);
    let before = market.quote_of(alice);
    market
        .send(
            alice,
            IPool::claimCall {
                id,
                size: wad("40"),
                receiver: alice,
            },
        )
        .unwrap();
    let payout = market.quote_of(alice) - before;
    assert_eq!(payout, market.world.quote_units("2000"), "{name}");
    (market, receipt.gas_used)
}

#[test]
fn collateral_comes_back_for_who_leaves() {
    let (mut market, ..) = short("150");
    let provider = market.world.actors.provider.address;
    // Free cash binds: no gate stands before it.
    market.set_parameter("equityFloor", default_of("equityFloor").min(wad("0.01")));
    let before = market.check_loan();
    let most = market
        .view(IPool::maxWithdrawCall { owner_: provider })
        .unwrap();
    let withdraw = |assets| IPool::withdrawCall {
        assets,
        receiver: provider,
        owner_: provider,
    };
    let more = most + market.world.quote_units("20000");
    let mut stuck = market.clone();
    let receipt = market.send(provider, withdraw(more));
    let Ok(receipt) = receipt else {
        panic!("{:?} of {most}: {}", before, receipt.unwrap_err());
    };
    let steps = market.steps(&receipt);
    assert!(steps[0].supplied < I256::ZERO);
    market.check_loan();
    let health = market.risk().health;
    assert!(health >= wad("1.6") && health < wad("2"), "{health}");

    // What the lender does not give back is not there.
    stuck.administer(PoolConfigurator::setPoolPauseCall { paused: true });
    let refusal = stuck.send(provider, withdraw(more)).unwrap_err();
    assert!(refusal.is::<IPool::WithdrawAboveLimit>(), "{refusal}");
    stuck.send(provider, withdraw(most)).unwrap();
}

#[test]
fn gifts_change_nothing() {
    let (mut market, ..) = short("60");
    let (lender, bob) = (market.lender(), market.world.actors.bob.address);
    let (base, quote, pool) = (market.world.base, market.world.quote, market.pool.address);
    let before = market.check_loan();
    let now = market.world.chain.now();
    let gift = market.world.quote_units("50000");
    let one = market.world.base_units("1");
    for (asset, amount) in [(quote, gift), (base, one)] {
        lender
            .supply_for(&mut market.world.chain, bob, asset, amount, pool)
            .unwrap();
    }
    market.world.approve(base, bob, lender.pool, one).unwrap();
    let repay = LendingPool::repayCall {
        asset: base,
        amount: one,
        interestRateMode: VARIABLE,
        onBehalfOf: pool,
    };
    market.world.send(bob, lender.pool, &repay).unwrap();
    let after = market.nav();
    assert!(market.world.chain.now() - now < 60);
    let same = |a: U256, b: U256| a.abs_diff(b) < b / U256::from(10_000_000);
    assert!(same(after.owed, before.owed) && same(after.supplied, before.supplied));
    assert!((after.mid - before.mid).unsigned_abs() < wad("0.1"));
    // The pool goes on as if nothing had been given: it buys back and repays what is really owed, and keeps the rest.
    let alice = market.world.actors.alice.address;
    let id = put(market.expiries[1], "2500");
    market.sell(alice, id, "60").unwrap();
    let nav = market.nav();
    assert!(nav.owed < before.owed);
    assert_eq!(market.base_of(pool), nav.base);
    assert_eq!(
        market.quote_of(pool),
        nav.cash + nav.setAside + nav.insurance
    );
}

#[test]
fn liquidation_lowers_what_is_recorded_and_is_booked() {
    let (mut market, alice, id) = short("100");
    let (lender, carol) = (market.lender(), market.world.actors.carol.address);
    let (base, quote, pool) = (market.world.base, market.world.quote, market.pool.address);
    market.move_to("5200");
    assert!(market.risk().health < WAD);
    let before = market.nav();
    market
        .world
        .approve(base, carol, lender.pool, U256::MAX)
        .unwrap();
    let liquidate = LendingPool::liquidationCallCall {
        collateral: quote,
        debt: base,
        user: pool,
        debtToCover: U256::MAX,
        receiveAToken: false,
    };
    market.world.send(carol, lender.pool, &liquidate).unwrap();
    let seen = market.check_loan();
    let (debt, collateral) = (before.owed - seen.owed, before.supplied - seen.supplied);
    assert!(debt > before.owed / U256::from(3) && collateral > U256::ZERO);
    // Five per cent of what was covered is lost, and no more.
    let covered = debt * U256::from(5200) / U256::from(1_000_000_000_000_u64);
    let lost = (before.mid - seen.mid).unsigned_abs() / U256::from(1_000_000_000_000_u64);
    let expected = covered / U256::from(20);
    assert!(
        lost.abs_diff(expected) < expected / U256::from(100),
        "{lost} {expected}"
    );

    let receipt = market.send(carol, IPool::rebalanceCall {}).unwrap();
    let booked: IPool::LoanLiquidated = market.event(&receipt);
    assert_eq!((booked.debt, booked.collateral), (debt, collateral));
    let after = market.check_loan();
    assert_eq!(after.premiums, before.premiums);
    assert!((after.interestOwed - before.interestOwed).unsigned_abs() < wad("0.0001"));
    assert!(after.hedgeCost - before.hedgeCost >= signed(expected));
    market.check_status(&receipt);
    assert!(market
        .send(carol, IPool::rebalanceCall {})
        .unwrap()
        .events::<IPool::LoanLiquidated>(pool)
        .is_empty());
    market.sell(alice, id, "100").unwrap();
}

/// The part of a pool of a million that stands open, in options of four weeks at the money, when one more purchase is
/// refused, per cent, and the vol of the last one over the anchor's.
fn notional_of_equity(series: fn(u64, &str) -> U256, depth: &str) -> (u64, f64) {
    const SIZE: u64 = 4;
    let mut market = Market::with_lender();
    market.set_parameter("depth", wad(depth));
    let alice = market.world.actors.alice.address;
    let id = series(market.expiries[1], "2500");
    let anchor = market.quote_buy(id, "1").unwrap().volBefore;
    let mut last = anchor;
    for bought in (0..).step_by(SIZE as usize) {
        let quote = market.quote_buy(id, &SIZE.to_string());
        match market.buy(alice, id, &SIZE.to_string()) {
            Ok(_) => last = quote.unwrap().volAfter,
            Err(refusal) => {
                assert!(refusal.is::<IPool::ShiftAboveCap>(), "{bought}: {refusal}");
                let share = bought * 2_500 * 100 / 1_000_000;
                return (share, f64::from(last) / f64::from(anchor));
            }
        }
    }
    unreachable!("no purchase is refused")
}

/// The table of docs/pricing.md: nothing but the shift's cap refuses either kind, and depth says where.
#[test]
fn puts_at_the_money_are_sold_as_far_as_calls_and_the_depth_says_how_far() {
    for (depth, share) in [
        ("250000", 42),
        ("360000", 61),
        ("480000", 81),
        ("500000", 84),
    ] {
        for series in [put, call] {
            let (found, dearer) = notional_of_equity(series, depth);
            println!("depth {depth}: {found} % of equity, the last at {dearer:.3} times the anchor's vol");
            assert_eq!(found, share, "depth {depth}");
            assert!((1.2..=0.2f64.exp()).contains(&dearer), "{dearer}");
        }
    }
}

/// Trades of both kinds and sides, prices, time, pokes, providers and a lender with moods.
#[test]
fn record_and_lender_agree_after_every_step_of_a_random_walk() {
    let mut reached = [0u32; 4];
    for seed in 1..=4 {
        let mut rng = Rng(seed);
        let mut market = Market::with_lender();
        let (alice, bob) = (
            market.world.actors.alice.address,
            market.world.actors.bob.address,
        );
        let asset = market.world.base;
        let mut price = 2_500.0;
        for step in 0..150 {
            let expiry = market.expiries[1 + rng.below(2) as usize];
            let strike = (2_300 + 100 * rng.below(5)).to_string();
            let series = if rng.below(4) == 0 { call } else { put };
            let id = series(expiry, &strike);
            let size = (1 + rng.below(25)).to_string();
            let loan = match rng.below(13) {
                12 => {
                    let owner = market.world.actors.owner.address;
                    let share = wad("0.2") * U256::from(rng.below(4));
                    market
                        .send(owner, IPool::setIdleShareCall { share })
                        .unwrap();
                    None
                }
                0..=4 => market.buy(alice, id, &size).map(|r| market.steps(&r)).ok(),
                5 | 6 => {
                    let held = market.position_of(alice, id).min(wad(&size));
                    let call = crate::checks::sell(id, held, alice);
                    market.send(alice, call).map(|r| market.steps(&r)).ok()
                }
                7 => {
                    price *= 0.95 + 0.001 * rng.below(101) as f64;
                    market.move_to(&format!("{price:.2}"));
                    None
                }
                8 => {
                    let receipt = market.send(bob, IPool::rebalanceCall {});
                    receipt.map(|r| market.steps(&r)).ok()
                }
                9 => {
                    let assets = market
                        .world
                        .quote_units(&(1_000 * (1 + rng.below(90))).to_string());
                    let receiver = bob;
                    drop(market.send(bob, IPool::depositCall { assets, receiver }));
                    None
                }
                10 => {
                    let most = market.view(IPool::maxWithdrawCall { owner_: bob }).unwrap();
                    // At times more than there is without collateral.
                    let assets = most * U256::from(50 + rng.below(70)) / U256::from(100);
                    let call = IPool::withdrawCall {
                        assets,
                        receiver: bob,
                        owner_: bob,
                    };
                    market.send(bob, call).map(|r| market.steps(&r)).ok()
                }
                _ => {
                    let frozen = rng.below(3) == 0;
                    market.administer(PoolConfigurator::setReserveFreezeCall { asset, frozen });
                    None
                }
            };
            for step in loan.into_iter().flatten() {
                let signs = [step.borrowed, -step.borrowed, step.supplied, -step.supplied];
                for (reached, moved) in reached.iter_mut().zip(signs) {
                    *reached += (moved > I256::ZERO) as u32;
                }
            }
            market.world.chain.advance(300);
            market.refresh();
            let nav = market.check_loan();
            let risk = market.risk();
            assert!(
                nav.owed.is_zero() || risk.health > WAD,
                "{seed} {step}: {risk:?}"
            );
            market.check_value(&nav);
        }
    }
    assert!(
        reached.iter().all(|times| *times > 5),
        "borrowed, repaid, supplied, withdrawn: {reached:?}"
    );
}

impl Market {
    /// Net asset value is cash, collateral, base less debt at the feed's price, and the book, less what is not earned.
    #[track_caller]
    fn check_value(&mut self, nav: &IPool::Nav) {
        let scale = U256::from(1_000_000_000_000_u64);
        let spot = signed(self.world.feed_price().unwrap());
        let money = signed((nav.cash + nav.supplied) * scale) - signed(nav.shortfall * scale);
        let hedge = (signed(nav.base) - signed(nav.owed)) * spot / signed(WAD);
        let nodes = self.view(IPool::bookCall {}).unwrap();
        let book = nodes.iter().fold(I256::ZERO, |sum, node| {
            sum + (node.calls * signed(node.call) + node.puts * signed(node.put)) / signed(WAD)
        });
        let expected = money + hedge + book - signed(nav.unearned);
        let difference = (nav.mid - expected).unsigned_abs();
        assert!(difference < wad("0.001"), "{difference}: {nav:?}");
    }
}

/// A pool that keeps half of its cash at the lender.
fn idle() -> (Market, Address) {
    let mut market = Market::with_lender();
    let (owner, bob) = (
        market.world.actors.owner.address,
        market.world.actors.bob.address,
    );
    let share = wad("0.5");
    let receipt = market
        .send(owner, IPool::setIdleShareCall { share })
        .unwrap();
    let event: IPool::IdleShareSet = market.event(&receipt);
    assert_eq!(event.share, share);
    market.send(bob, IPool::rebalanceCall {}).unwrap();
    (market, bob)
}

#[test]
fn idle_cash_stands_at_the_lender_as_the_owner_says() {
    let mut market = Market::with_lender();
    let (owner, bob) = (
        market.world.actors.owner.address,
        market.world.actors.bob.address,
    );
    assert_eq!(market.view(IPool::idleShareCall {}).unwrap(), U256::ZERO);
    let receipt = market.send(bob, IPool::rebalanceCall {}).unwrap();
    assert!(market.steps(&receipt).is_empty(), "nothing by default");
    let share = |share| IPool::setIdleShareCall { share };
    market.refuses(
        owner,
        share(wad("0.800001")),
        IPool::ValueTooLarge {
            value: wad("0.800001"),
            limit: wad("0.8"),
        },
    );
    let (caller, required) = (bob, owner);
    market.refuses(
        bob,
        share(wad("0.5")),
        IPool::NotAuthorised { caller, required },
    );

    let (mut market, bob) = idle();
    let nav = market.check_loan();
    let half = market.world.quote_units("500000");
    assert!(nav.supplied.abs_diff(half) <= U256::from(1), "{nav:?}");
    assert_eq!(nav.cash, half);
    market.world.chain.advance(5 * DAY);
    market.refresh();
    let later = market.check_loan();
    assert!(later.interestEarned > I256::ONE && later.mid > nav.mid);
    // Within a quarter nothing moves.
    let receipt = market.send(bob, IPool::rebalanceCall {}).unwrap();
    assert!(market.steps(&receipt).is_empty());
    market.send(owner, share(U256::ZERO)).unwrap();
    let receipt = market.send(bob, IPool::rebalanceCall {}).unwrap();
    assert_eq!(market.steps(&receipt).len(), 1);
    let nav = market.check_loan();
    assert_eq!((nav.supplied, nav.owed), (U256::ZERO, U256::ZERO));
    let receipt = market.send(bob, IPool::rebalanceCall {}).unwrap();
    assert!(market.steps(&receipt).is_empty());
}

#[test]
fn idle_cash_is_collateral_and_comes_back_for_whoever_needs_it() {
    let (mut market, bob) = idle();
    let (alice, provider) = (
        market.world.actors.alice.address,
        market.world.actors.provider.address,
    );
    let [week, month, _] = market.expiries;
    // What stands there secures a loan without another step.
    let id = put(month, "2500");
    let receipt = market.buy(alice, id, "60").unwrap();
    let [borrowed] = market.steps(&receipt).try_into().unwrap();
    assert!(borrowed.borrowed > I256::ZERO);
    assert!(market.risk().health > wad("2"));
    market.sell(alice, id, "60").unwrap();

    // A provider takes more than lies at hand.
    let withdraw = |assets| IPool::withdrawCall {
        assets,
        receiver: provider,
        owner_: provider,
    };
    let hand = market.nav().cash;
    let most = hand + market.world.quote_units("200000");
    let receipt = market.send(provider, withdraw(most)).unwrap();
    assert!(market.steps(&receipt)[0].supplied < I256::ZERO);
    market.check_loan();

    // So do a seller of options and a holder of settled ones, with cash put away again before each.
    let ids = [put(month, "2600"), call(week, "2400")];
    for id in ids {
        market.buy(alice, id, "20").unwrap();
    }
    market.set_parameter("navSpread", U256::ZERO);
    for _ in 0..3 {
        market.send(bob, IPool::rebalanceCall {}).unwrap();
    }
    let supplied = market.check_loan().supplied;
    assert!(supplied > market.world.quote_units("90000"), "{supplied}");
    let spent = market.nav().cash - market.world.quote_units("100");
    let most = market
        .view(IPool::maxWithdrawCall { owner_: provider })
        .unwrap();
    market.send(provider, withdraw(spent.min(most))).unwrap();
    let cash = market.nav().cash;
    let receipt = market.sell(alice, ids[0], "20").unwrap();
    assert!(receipt.value > cash, "{cash} at hand");
    assert!(market.steps(&receipt)[0].supplied < I256::ZERO);
    market.check_loan();
    market.expire(week - 100, "3400");
    market.world.arbitrage().unwrap();
    let round = market.expire(week, "3400");
    let receipt = market.settle(week, round);
    let cash = market.nav();
    assert_eq!(cash.shortfall, U256::ZERO, "{:?}", market.steps(&receipt));
    let claim = IPool::claimCall {
        id: ids[1],
        size: wad("20"),
        receiver: alice,
    };
    let before = market.quote_of(alice);
    market.send(alice, claim).unwrap();
    let payout = market.quote_of(alice) - before;
    assert_eq!(payout, market.world.quote_units("20000"));
    market.check_loan();
}

#[test]
fn idle_cash_that_the_lender_keeps_stops_nothing_that_is_at_hand() {
    let (mut market, _) = idle();
    let (alice, provider) = (
        market.world.actors.alice.address,
        market.world.actors.provider.address,
    );
    let id = call(market.expiries[1], "2500");
    market.buy(alice, id, "10").unwrap();
    market.administer(PoolConfigurator::setPoolPauseCall { paused: true });
    market.sell(alice, id, "10").unwrap();
    let most = market
        .view(IPool::maxWithdrawCall { owner_: provider })
        .unwrap();
    let withdraw = |assets| IPool::withdrawCall {
        assets,
        receiver: provider,
        owner_: provider,
    };
    let more = most + market.world.quote_units("10000");
    let refusal = market.send(provider, withdraw(more)).unwrap_err();
    assert!(refusal.is::<IPool::WithdrawAboveLimit>(), "{refusal}");
    market.send(provider, withdraw(most)).unwrap();
    market.check_loan();
}
