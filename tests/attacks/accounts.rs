//! Accounts that are made to fail, or to pay somebody who should not be paid.

use alloy_primitives::{Address, I256, U256};
use alloy_sol_types::{SolCall, SolError};
use smirk_world::{
    abi::{IPool, ReentrantToken},
    price::wad,
    CallFailure, Receipt, TokenKind, World,
};

use crate::common::{call, orders::on_account, put, Market};

fn signed(value: U256) -> I256 {
    I256::try_from(value).unwrap()
}

impl Market {
    fn on_account(
        &mut self,
        owner: Address,
        parts: &[(U256, &str)],
    ) -> Result<Receipt<I256>, CallFailure> {
        self.send(owner, on_account(parts, owner))
    }

    fn liquidate(&mut self, by: Address, account_: Address) -> Result<Receipt<U256>, CallFailure> {
        let receiver = by;
        self.send(by, IPool::liquidateCall { account_, receiver })
    }

    /// Moves time and makes the feed say this price then. Returns the round.
    fn feed_at(&mut self, time: u64, price: &str) -> U256 {
        self.world.chain.set_time(time);
        U256::from(self.world.push_price(wad(price)).unwrap())
    }

    /// Takes everything that an account without legs has.
    fn empty_account(&mut self, owner: Address) {
        let state = self.state_of(owner);
        assert!(state.legs.is_empty());
        if state.quote > I256::ZERO {
            let amount = state.quote.into_raw();
            let receiver = owner;
            self.send(owner, IPool::withdrawMarginCall { amount, receiver })
                .unwrap();
        }
    }

    /// Follows the claim through a receipt's events, of which each says what it was changed by and to. Returns the change in all.
    #[track_caller]
    fn follow_claim<R>(&self, receipt: &Receipt<R>, claim: &mut U256) -> I256 {
        let events: Vec<IPool::ClaimChanged> = receipt.events(self.pool.address);
        assert!(!events.is_empty(), "the claim stays");
        let before = signed(*claim);
        for event in events {
            assert_eq!(signed(event.claim), signed(*claim) + event.change);
            *claim = event.claim;
        }
        signed(*claim) - before
    }

    /// Net asset value at the middle, and cash that the pool has lent to accounts, quote atoms.
    fn worth(&mut self) -> I256 {
        let scale = signed(U256::from(1_000_000_000_000u64));
        let claim = self.view(IPool::accountsCall {}).unwrap().claim;
        let nav = self.nav();
        nav.mid / scale + signed(nav.unearned / scale.into_raw() + nav.insurance + claim)
    }
}

fn people(market: &Market) -> (Address, Address, Address) {
    let actors = &market.world.actors;
    (
        actors.alice.address,
        actors.bob.address,
        actors.carol.address,
    )
}

/// Defence: the reward comes out of the account that is liquidated. Owning both ends pays less than closing oneself.
#[test]
fn liquidating_oneself_earns_less_than_closing() {
    for (percent, both) in [(1, false), (1, true), (4, true)] {
        let mut market = Market::new();
        let (alice, bob, _) = people(&market);
        let id = call(market.expiries[1], "2600");
        market.fund_account(alice, "6200");
        market.on_account(alice, &[(id, "-10")]).unwrap();
        let up = market.state_of(alice).liquidationUp;
        let price = up + up * U256::from(percent) / U256::from(100);
        market.world.set_price(price).unwrap();
        let owned = |market: &mut Market| {
            signed(market.cash_of(alice) + market.cash_of(bob)) + market.state_of(alice).quote
        };
        let start = owned(&mut market);
        let snapshot = market.world.chain.snapshot();
        market.on_account(alice, &[(id, "10")]).unwrap();
        let closed = owned(&mut market);
        market.world.chain.revert(snapshot);
        let mut rounds = 0;
        while both && market.liquidate(bob, alice).is_ok() {
            rounds += 1;
        }
        assert!(!both || rounds > 0, "nothing was liquidated");
        if let Some(leg) = market.state_of(alice).legs.first() {
            let rest = leg.size;
            let leg = IPool::Leg { id, size: -rest };
            let rest = IPool::tradeOnAccountCall {
                legs: vec![leg],
                ..on_account(&[], alice)
            };
            market.send(alice, rest).unwrap();
        }
        let liquidated = owned(&mut market);
        assert!(
            closed < start && liquidated <= closed,
            "{liquidated} {closed}"
        );
    }
}

/// Defence: nothing is closed while the venue is further from the feed than the wait since the flag allows, and what closing at
/// a pushed venue costs the account goes to the pool, not to who pushes.
#[test]
fn pushing_the_venue_before_a_liquidation_pays_nobody() {
    let mut refused = 0;
    let mut reached = 0;
    let mut honest = I256::ZERO;
    for basis_points in [0u64, 3, 6, 10, 30] {
        let mut market = Market::new();
        let (alice, bob, _) = people(&market);
        let pusher = market.world.actors.arbitrageur.address;
        let id = call(market.expiries[1], "2600");
        market.fund_account(alice, "6200");
        market.on_account(alice, &[(id, "-10")]).unwrap();
        let up = market.state_of(alice).liquidationUp;
        market.world.set_price(up + up / U256::from(200)).unwrap();
        let feed = market.world.feed_price().unwrap();
        let worth = |market: &mut Market| {
            let base = market.world.balance_of(market.world.base, pusher).unwrap();
            let cash = market.cash_of(pusher) + market.cash_of(bob);
            signed(cash + base * feed / wad("1") / U256::from(1_000_000_000_000u64))
        };
        let before = worth(&mut market);
        let pushed = feed + feed * U256::from(basis_points) / U256::from(10_000);
        market.world.arbitrage_to(pushed).unwrap();
        let outcome = market.liquidate(bob, alice);
        market.world.arbitrage_to(feed).unwrap();
        let gained = worth(&mut market) - before;
        match outcome {
            Ok(_) if basis_points == 0 => honest = gained,
            Ok(_) => {
                reached += 1;
                assert!(gained <= honest, "{basis_points}: {gained} {honest}");
            }
            Err(failure) => {
                refused += 1;
                assert!(failure.error::<IPool::VenueTooFar>().is_some(), "{failure}");
                assert!(gained < I256::ZERO);
            }
        }
    }
    assert_eq!((reached, refused), (2, 2));
}

/// Defence: margin covers a fifth, limits cover the rest. Who writes to himself until the writer can't pay has paid for the jump
/// himself up to a fifth; beyond, the pool loses what the limits let it, and the gate has counted.
#[test]
fn both_sides_of_the_pool_until_the_writer_fails_is_bounded() {
    for (jump, most) in [
        ("2800", 0i64),
        ("2990", 0),
        ("3250", 20_000),
        ("4000", 80_000),
    ] {
        let mut market = Market::new();
        let (alice, bob, carol) = people(&market);
        let id = call(market.expiries[0], "2600");
        market.fund_account(alice, "60000");
        let scale = U256::from(1_000_000_000_000u64);
        for _ in 0..2 {
            market.on_account(alice, &[(id, "-40")]).unwrap();
            market.buy(bob, id, "40").unwrap();
        }
        // The writer keeps what it has to and no more.
        let state = market.state_of(alice);
        let spare = (state.value - signed(state.initial)).into_raw() / scale;
        let withdraw = IPool::withdrawMarginCall {
            amount: spare - U256::from(1),
            receiver: alice,
        };
        market.send(alice, withdraw).unwrap();
        let limits: IPool::AccountCallsAboveLimit = market
            .on_account(alice, &[(call(market.expiries[0], "3200"), "-30")])
            .err()
            .and_then(|failure| failure.error())
            .expect("a quarter of the equity is all there is");
        assert_eq!(limits.calls, wad("110"));
        let risk = market.view(IPool::riskCall {}).unwrap();
        // Counted by the gate: 80 calls at 0.6 of spot.
        assert!(risk.worstLoss >= wad("119000"), "{risk:?}");
        let start = signed(market.cash_of(alice) + market.cash_of(bob));
        let margin = state.quote - signed(spare);
        let worth = market.worth();
        market.world.set_price(wad(jump)).unwrap();
        market.sell(bob, id, "80").unwrap();
        let state = market.state_of(alice);
        let failed = state.value < I256::ZERO;
        if state.value < signed(state.maintenance) {
            market.liquidate(carol, alice).unwrap();
        } else {
            market.on_account(alice, &[(id, "80")]).unwrap();
        }
        while !market.state_of(alice).legs.is_empty() {
            let size = market.state_of(alice).legs[0].size;
            let leg = IPool::Leg { id, size: -size };
            let rest = IPool::tradeOnAccountCall {
                legs: vec![leg],
                ..on_account(&[], alice)
            };
            market.send(alice, rest).unwrap();
        }
        market.empty_account(alice);
        let end = signed(market.cash_of(alice) + market.cash_of(bob));
        let gained = end - start - margin;
        let lost = worth - market.worth();
        println!(
            "jump to {jump}: the pair {gained}, the pool loses {lost}, writer failed: {failed}"
        );
        let units = |quote: i64| signed(market.world.quote_units(&quote.to_string()));
        assert!(gained <= units(most), "{jump}: {gained}");
        assert!(lost <= units(most), "{jump}: {lost}");
    }
}

/// Defence: the pool's cash stands in where the pot lacks it, and is paid back; nobody's quote is locked by another's calendar.
#[test]
fn a_settlement_that_the_pot_cannot_pay_locks_nobody() {
    let mut market = Market::new();
    let (alice, bob, carol) = people(&market);
    let [week, month, _] = market.expiries;
    // Bob's quote is all that is in the pot, but for what Alice's calendar left.
    market.fund_account(bob, "1000");
    market.fund_account(alice, "4600");
    let (near, far) = (call(week, "2300"), call(month, "2300"));
    market
        .on_account(alice, &[(near, "-10"), (far, "10")])
        .unwrap();
    market.feed_at(week - 100, "2500");
    let round = market.feed_at(week, "2800");
    let worth = market.worth();
    let settle = IPool::settleCall {
        expiry: U256::from(week),
        roundId: round,
    };
    let receipt = market.send(carol, settle).unwrap();
    let pot = market.view(IPool::accountsCall {}).unwrap();
    assert!(pot.pot.is_zero() && !pot.claim.is_zero(), "{pot:?}");
    let mut claim = U256::ZERO;
    market.follow_claim(&receipt, &mut claim);
    assert_eq!(claim, pot.claim, "the event says what the view says");
    assert!((market.worth() - worth).unsigned_abs() < U256::from(50_000_000u64));
    market
        .send(carol, IPool::touchCall { account_: alice })
        .unwrap();
    let state = market.state_of(alice);
    assert!(state.quote < I256::ZERO && state.value > signed(state.maintenance));
    let recorded = |market: &mut Market| {
        let pot = market.view(IPool::accountsCall {}).unwrap().pot;
        let nav = market.nav();
        nav.cash + nav.setAside + nav.insurance + pot
    };
    // Bob leaves with every atom of his.
    let before = market.cash_of(bob);
    let amount = market.world.quote_units("1000");
    let receiver = bob;
    let withdraw = IPool::withdrawMarginCall { amount, receiver };
    let receipt = market.send(bob, withdraw).unwrap();
    assert_eq!(market.cash_of(bob) - before, amount);
    let lent = market.follow_claim(&receipt, &mut claim);
    assert_eq!(lent, signed(amount), "the pot had nothing of it");
    assert_eq!(claim, market.view(IPool::accountsCall {}).unwrap().claim);
    assert_eq!(signed(claim), -state.quote);
    market.world.arbitrage().unwrap();
    // Alice may close, not open or leave, and pays back what the pool has lent for her.
    market.post(month, "0.70").unwrap();
    let failure = market.on_account(alice, &[(far, "1")]).unwrap_err();
    assert!(
        failure.error::<IPool::AccountInDebt>().is_some(),
        "{failure}"
    );
    let receipt = market.on_account(alice, &[(far, "-10")]).unwrap();
    let paid_back = market.follow_claim(&receipt, &mut claim);
    assert_eq!(paid_back, state.quote, "all that she owed");
    assert!(claim.is_zero());
    assert!(market.state_of(alice).quote > I256::ZERO);
    assert!(market.view(IPool::accountsCall {}).unwrap().claim.is_zero());
    market.empty_account(alice);
    let pool = market.pool.address;
    assert_eq!(market.cash_of(pool), recorded(&mut market));
    assert!(market.view(IPool::accountsCall {}).unwrap().pot.is_zero());
}

/// Defence: what a post jumped is in the spread right after it. Writing before a fall of vols and covering after earns nothing.
#[test]
fn writing_before_a_post_and_buying_back_after_it_pays_nothing() {
    let mut tried = 0;
    for (vol, kind) in [
        ("0.69", 0),
        ("0.665", 0),
        ("0.63", 0),
        ("0.56", 1),
        ("0.63", 2),
    ] {
        let mut market = Market::new();
        let (alice, ..) = people(&market);
        let month = market.expiries[1];
        market.fund_account(alice, "100000");
        let legs: Vec<(U256, &str)> = match kind {
            0 => vec![(call(month, "2500"), "-30")],
            1 => vec![(put(month, "2400"), "-20"), (call(month, "2700"), "-20")],
            _ => vec![(call(month, "2500"), "-30"), (put(month, "2500"), "-30")],
        };
        let back: Vec<(U256, &str)> = legs.iter().map(|(id, size)| (*id, &size[1..])).collect();
        let start = market.state_of(alice).quote;
        market.on_account(alice, &legs).unwrap();
        market.world.chain.advance(3_600);
        market.world.refresh_feed().unwrap();
        if market.post(month, vol).is_err() {
            continue;
        }
        market.on_account(alice, &back).unwrap();
        tried += 1;
        let end = market.state_of(alice).quote;
        assert!(end < start, "{vol}: {end} after {start}");
    }
    assert!(tried >= 3, "{tried}");
}

/// Defence: no short is smaller than an order's least size, so that closing the smallest earns its liquidator more than its gas:
/// 0.3 % of spot of a hundredth option. What an account of many of them can cost beyond its margin is bounded by their number.
#[test]
fn an_account_of_dust_is_worth_liquidating_and_can_cost_little() {
    let mut market = Market::new();
    let (alice, bob, _) = people(&market);
    let [week, ..] = market.expiries;
    market.fund_account(alice, "100");
    let strikes: Vec<String> = (0..24)
        .map(|step| (2_525 + 25 * step).to_string())
        .collect();
    for chunk in strikes.chunks(8) {
        let parts: Vec<(U256, &str)> = chunk
            .iter()
            .map(|strike| (call(week, strike), "-0.01"))
            .collect();
        market.on_account(alice, &parts).unwrap();
    }
    let failure = market
        .on_account(alice, &[(call(week, "2525"), "0.009")])
        .unwrap_err();
    assert!(failure.error::<IPool::SizeBelowMinimum>().is_some());
    let state = market.state_of(alice);
    let spare = (state.value - signed(state.initial)).into_raw() / U256::from(1_000_000_000_000u64);
    let withdraw = IPool::withdrawMarginCall {
        amount: spare - U256::from(1),
        receiver: alice,
    };
    market.send(alice, withdraw).unwrap();
    // A doubling within the block: 0.24 calls.
    market.world.set_price(wad("5000")).unwrap();
    let before = market.worth();
    let receipt = market.liquidate(bob, alice).unwrap();
    // 0.3 % of 5,000 for each of 24 hundredths; it has nothing left to pay more with.
    assert!(
        receipt.value >= market.world.quote_units("3.6"),
        "{}",
        receipt.value
    );
    println!("reward {} for {} gas", receipt.value, receipt.gas_used);
    assert!(receipt.value > gas_in_quote(&mut market, receipt.gas_used));
    let lost = before - market.worth();
    assert!(lost < signed(market.world.quote_units("500")), "{lost}");
    assert!(market.state_of(alice).legs.is_empty());
}

/// Gas at five times the base fee, quote atoms.
fn gas_in_quote(market: &mut Market, gas: u64) -> U256 {
    let wei = U256::from(5 * market.world.chain.next_base_fee());
    let base = U256::from(gas) * wei;
    base * market.world.feed_price().unwrap() / wad("1") / U256::from(1_000_000_000_000u64)
}

/// Defence: an order's least size. The smallest short that there is earns its liquidator more than its gas.
#[test]
fn the_smallest_short_is_worth_liquidating() {
    let mut market = Market::new();
    let (alice, bob, _) = people(&market);
    let id = call(market.expiries[1], "2600");
    market.fund_account(alice, "100");
    let failure = market.on_account(alice, &[(id, "-0.009999")]).unwrap_err();
    assert!(failure.error::<IPool::SizeBelowMinimum>().is_some());
    market.on_account(alice, &[(id, "-0.01")]).unwrap();
    strip(&mut market, alice);
    let up = market.state_of(alice).liquidationUp;
    market.world.set_price(up + up / U256::from(50)).unwrap();
    let receipt = market.liquidate(bob, alice).unwrap();
    let gas = gas_in_quote(&mut market, receipt.gas_used);
    println!("reward {} for {gas} of gas", receipt.value);
    assert!(receipt.value > gas, "{} for {gas}", receipt.value);
    assert!(market.state_of(alice).legs.is_empty());
}

/// Defence: only its owner and its delegates add legs to an account; quote that a stranger pays in adds none.
#[test]
fn a_stranger_cannot_fill_the_legs_of_an_account() {
    let mut market = Market::new();
    let (alice, bob, _) = people(&market);
    let id = call(market.expiries[1], "2600");
    market.buy(bob, id, "1").unwrap();
    market.fund_account(bob, "10");
    let failure = market
        .send(bob, on_account(&[(id, "0.01")], alice))
        .unwrap_err();
    assert!(failure.error::<IPool::NotAuthorised>().is_some());
    let size = wad("1");
    market
        .send(bob, IPool::depositPositionCall { id, size })
        .unwrap();
    let amount = U256::from(1);
    let account_ = alice;
    market
        .send(bob, IPool::depositMarginCall { amount, account_ })
        .unwrap();
    assert!(market.state_of(alice).legs.is_empty());
    assert_eq!(market.state_of(bob).legs.len(), 1);
    assert_eq!(market.state_of(alice).quote, signed(amount));
}

/// Defence: an account has so many legs and no more, and a full one is still closed by its owner, by liquidators and by settlement.
#[test]
fn a_full_account_can_still_be_closed() {
    let mut market = Market::new();
    let (alice, bob, _) = people(&market);
    let [week, month, _] = market.expiries;
    market.fund_account(alice, "60000");
    let strikes: Vec<String> = (0..12)
        .map(|step| (2_525 + 25 * step).to_string())
        .collect();
    let mut legs = Vec::new();
    for expiry in [week, month] {
        for strike in &strikes {
            legs.push((call(expiry, strike), "-1"));
        }
    }
    for eight in legs.chunks(8) {
        market.on_account(alice, eight).unwrap();
    }
    assert_eq!(market.state_of(alice).legs.len(), 24);
    let one_more = (call(week, "3000"), "-0.01");
    let failure = market.on_account(alice, &[one_more]).unwrap_err();
    let full: IPool::TooManyLegs = failure.error().unwrap_or_else(|| panic!("{failure}"));
    assert_eq!(full.limit, U256::from(24));
    // A stranger's money takes no leg of it, and one that is closed is there for another.
    let amount = U256::from(1);
    let account_ = alice;
    market
        .send(bob, IPool::depositMarginCall { amount, account_ })
        .unwrap();
    let first = legs[0].0;
    market.on_account(alice, &[(first, "1"), one_more]).unwrap();
    assert_eq!(market.state_of(alice).legs.len(), 24);
    market
        .on_account(alice, &[(one_more.0, "0.01"), (first, "-1")])
        .unwrap();
    let start = market.world.chain.snapshot();
    // Liquidated,
    strip(&mut market, alice);
    let up = market.state_of(alice).liquidationUp;
    market.world.set_price(up + up / U256::from(100)).unwrap();
    let before = market.state_of(alice);
    let receipt = market.liquidate(bob, alice).unwrap();
    let after = market.state_of(alice);
    println!("{} gas for 24 legs", receipt.gas_used);
    assert!(before.value < signed(before.maintenance));
    assert!(after.value >= signed(after.maintenance));
    assert!(receipt.gas_used < 3_000_000, "{}", receipt.gas_used);
    // or settled, half of it, which makes room for as many.
    market.world.chain.revert(start);
    market.feed_at(week - 100, "2500");
    let round = market.feed_at(week, "2600");
    let settle = IPool::settleCall {
        expiry: U256::from(week),
        roundId: round,
    };
    market.send(bob, settle).unwrap();
    market
        .send(bob, IPool::touchCall { account_: alice })
        .unwrap();
    assert_eq!(market.state_of(alice).legs.len(), 12);
    market.world.arbitrage().unwrap();
    market.post(month, "0.70").unwrap();
    market
        .on_account(alice, &[(call(month, "3000"), "-0.01")])
        .unwrap();
}

/// Defence: what an account is short of binds what it is paid. Boxes that the pool buys bring its writer no quote that can leave, and
/// less than nothing at their end.
#[test]
fn a_box_on_an_account_lends_its_writer_nothing() {
    for boxes in ["10", "40"] {
        let mut market = Market::new();
        let (alice, bob, _) = people(&market);
        let month = market.expiries[1];
        market.fund_account(alice, "30000");
        let short = format!("-{boxes}");
        let legs = [
            (call(month, "2000"), short.as_str()),
            (call(month, "3000"), boxes),
            (put(month, "3000"), short.as_str()),
            (put(month, "2000"), boxes),
        ];
        let free = market.nav().cash;
        let worth = market.worth();
        let start = market.state_of(alice).quote;
        let paid = market.on_account(alice, &legs).unwrap().value;
        let width = market.world.quote_units("1000") * U256::from(boxes.parse::<u64>().unwrap());
        let owed = signed(width);
        println!("{boxes} boxes for {} of {owed}", -paid);
        assert!(-paid > owed / signed(U256::from(2)) && -paid < owed);
        assert!(
            market.nav().cash < free,
            "the pool's cash is with the account"
        );
        assert!(market.worth() >= worth, "the pool is none the poorer");
        // All but what it put in stays there: the account cannot take the pool's quote away.
        let state = market.state_of(alice);
        strip(&mut market, alice);
        let left = market.state_of(alice).quote;
        println!("{} may leave of {}", state.quote - left, state.quote);
        assert!(state.quote - left < start, "it borrows nothing");
        assert!(left >= owed, "what is owed at the end is there");
        market.feed_at(month - 100, "2500");
        let round = market.feed_at(month, "2700");
        let settle = IPool::settleCall {
            expiry: U256::from(month),
            roundId: round,
        };
        market.send(bob, settle).unwrap();
        market
            .send(bob, IPool::touchCall { account_: alice })
            .unwrap();
        let end = market.state_of(alice).quote + (state.quote - left);
        println!("{} of profit", end - start);
        assert!(end < start, "{end} after {start}");
        market.empty_account(alice);
    }
}

/// Defence: the lock. A token that calls back while a liquidator is paid changes nothing.
#[test]
fn a_token_that_calls_back_in_the_middle_of_a_liquidation_gets_nothing() {
    let world = World::builder()
        .price(wad("2500"))
        .quote(TokenKind::Reentrant, 6);
    let mut market = Market::with(world, |_| {});
    let (alice, bob, _) = people(&market);
    let (quote, pool) = (market.world.quote, market.pool.address);
    let id = call(market.expiries[1], "2600");
    market.fund_account(alice, "6200");
    market.on_account(alice, &[(id, "-10")]).unwrap();
    let up = market.state_of(alice).liquidationUp;
    market.world.set_price(up + up / U256::from(100)).unwrap();
    let start = market.world.chain.snapshot();
    let honest = market.liquidate(bob, alice).unwrap().value;
    let state = market.state_of(alice);
    let receiver = quote;
    let amount = U256::from(1);
    let payloads = [
        IPool::liquidateCall {
            account_: alice,
            receiver,
        }
        .abi_encode(),
        IPool::touchCall { account_: alice }.abi_encode(),
        IPool::withdrawMarginCall { amount, receiver }.abi_encode(),
        IPool::accountCall { account_: alice }.abi_encode(),
    ];
    for payload in payloads {
        market.world.chain.revert(start.clone());
        let arm = ReentrantToken::setReentryCall {
            target: pool,
            payload: payload.into(),
        };
        market.world.send(alice, quote, &arm).unwrap();
        assert_eq!(market.liquidate(bob, alice).unwrap().value, honest);
        let attempts = ReentrantToken::attemptsCall {};
        assert!(market.world.view(quote, &attempts).unwrap() >= U256::from(1));
        let said = ReentrantToken::lastOutputCall {};
        let said = market.world.view(quote, &said).unwrap();
        assert!(said.starts_with(&IPool::Reentered::SELECTOR), "{said}");
        let after = market.state_of(alice);
        assert_eq!((after.quote, after.value), (state.quote, state.value));
    }
}

/// An account keeps what it has to and no more.
fn strip(market: &mut Market, owner: Address) {
    let state = market.state_of(owner);
    let spare = (state.value - signed(state.initial)).into_raw() / wad("0.000001");
    let amount = state.quote.into_raw().min(spare - U256::from(1));
    let receiver = owner;
    let withdraw = IPool::withdrawMarginCall { amount, receiver };
    market.send(owner, withdraw).unwrap();
}

/// Defence: closing pays the same potential as everybody's orders. Who buys before a liquidation what it has to buy, and sells after
/// it, pays more in charges than the potential moved; nor does it pay to be a provider for its moment.
#[test]
fn trading_around_a_liquidation_earns_no_more_than_its_reward() {
    let mut tried = 0;
    for price in ["2750", "3000", "3100"] {
        let mut market = Market::new();
        let (alice, _, carol) = people(&market);
        let [_, month, _] = market.expiries;
        let id = call(month, "2600");
        market.fund_account(alice, "60000");
        for _ in 0..2 {
            market.on_account(alice, &[(id, "-30")]).unwrap();
        }
        strip(&mut market, alice);
        market.world.set_price(wad(price)).unwrap();
        market.world.chain.advance(7_200);
        market.world.refresh_feed().unwrap();
        market.post(month, "0.70").unwrap();
        let start = market.world.chain.snapshot();
        let before = market.cash_of(carol);
        let reward = market.liquidate(carol, alice).unwrap().value;
        for (strike, size) in [("2600", "1"), ("2600", "5"), ("2600", "40"), ("2800", "20")] {
            market.world.chain.revert(start.clone());
            let near = call(month, strike);
            market.buy(carol, near, size).unwrap();
            market.liquidate(carol, alice).unwrap();
            market.sell(carol, near, size).unwrap();
            let earned = signed(market.cash_of(carol)) - signed(before);
            println!("{price}, {size} of {strike}: {earned} of {reward}");
            assert!(earned < signed(reward), "{earned} {reward}");
            tried += 1;
        }
        for amount in ["1000000", "10000000"] {
            market.world.chain.revert(start.clone());
            let assets = market.world.quote_units(amount);
            let quote = market.world.quote;
            market.world.mint(quote, carol, assets).unwrap();
            let receiver = carol;
            let join = IPool::depositCall { assets, receiver };
            let shares = market.send(carol, join).unwrap().value;
            let (alice, bob, _) = people(&market);
            market.liquidate(bob, alice).unwrap();
            let leave = IPool::previewRedeemCall { shares };
            let worth = market.view(leave).unwrap();
            println!(
                "{price}, joining with {amount}: {}",
                signed(worth) - signed(assets)
            );
            assert!(worth < assets, "{worth} {assets}");
            tried += 1;
        }
    }
    assert_eq!(tried, 18);
}
