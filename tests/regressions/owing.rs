//! What accounts owe after a settlement is the pool's as long as they can pay it, and nobody's who leaves as soon as that is in doubt.

use alloy_primitives::{Address, U256};
use smirk_world::{abi::IPool, price::wad};

use crate::{
    actions::*,
    common::{call, orders::on_account, Market},
};

/// An account that was short of calls of a week, is long of as many of a quarter, and owes for those that were settled.
struct Debtor {
    market: Market,
    owner: Address,
    other: Address,
    /// What the provider's shares would bring before the expiry.
    before: f64,
}

impl Debtor {
    /// It has taken out of its account whatever it may need no more before the expiry, but for this much.
    fn new(kept: f64) -> Debtor {
        let mut market = Market::new();
        let actors = &market.world.actors;
        let (owner, other) = (actors.alice.address, actors.bob.address);
        let [week, _, quarter] = market.expiries;
        market.fund_account(owner, "60000");
        let calendar = [(call(week, "2000"), "-10"), (call(quarter, "2000"), "10")];
        for _ in 0..9 {
            market.send(owner, on_account(&calendar, owner)).unwrap();
        }
        market.world.chain.set_time(week - 60);
        market.refresh();
        let amount = atoms(signed(market.state_of(owner).value) - kept);
        let receiver = owner;
        let withdraw = IPool::withdrawMarginCall { amount, receiver };
        market.send(owner, withdraw).unwrap();
        let before = part_of_provider(&mut market);
        Debtor {
            market,
            owner,
            other,
            before,
        }
    }

    /// The week is settled where it was. Whether the account is well once it has met that; then how much it owes.
    fn settle(&mut self) -> (bool, f64) {
        let week = self.market.expiries[0];
        self.market.world.chain.set_time(week + 1);
        let round = self.market.world.push_price(wad("2500")).unwrap();
        let settle = IPool::settleCall {
            expiry: U256::from(week),
            roundId: U256::from(round),
        };
        self.market.send(self.other, settle).unwrap();
        self.touch()
    }

    fn touch(&mut self) -> (bool, f64) {
        let account_ = self.owner;
        let touch = IPool::touchCall { account_ };
        self.market.send(self.other, touch).unwrap();
        let state = self.market.state_of(account_);
        let is_well = signed(state.value) >= float(state.maintenance);
        assert!(state.quote.is_negative());
        (is_well, quote(state.quote.unsigned_abs()))
    }
}

/// What a leaver would get for all of the provider's shares, at the price of a tenth of them.
fn part_of_provider(market: &mut Market) -> f64 {
    let provider = market.world.actors.provider.address;
    let shares = market.shares_of(provider) / U256::from(10);
    10.0 * market.preview_redeem(shares)
}

/// An account of one's own that lets itself owe, for a quarter and for nothing, makes no share cheaper for those who leave meanwhile.
#[test]
fn what_an_account_owes_and_can_pay_is_not_left_behind_by_who_leaves() {
    let mut debtor = Debtor::new(29_000.0);
    let (is_well, owed) = debtor.settle();
    let claim = debtor.market.view(IPool::accountsCall {}).unwrap().claim;
    let part = part_of_provider(&mut debtor.market);
    println!(
        "{owed:.0} owed, {:.0} lent: {:.2} and {part:.2} for a leaver",
        quote(claim),
        debtor.before
    );
    assert!(is_well && owed > 20_000.0 && quote(claim) > 20_000.0);
    assert!((part / debtor.before - 1.0).abs() < 0.001, "{part}");
}

/// Nor does anybody who leaves before it is closed leave to the others what it can't pay, as soon as it was touched.
#[test]
fn what_an_account_owes_and_may_not_be_able_to_pay_is_nobodys_who_leaves() {
    let mut debtor = Debtor::new(29_000.0);
    let (_, owed) = debtor.settle();
    let market = &mut debtor.market;
    market.world.set_price(wad("1950")).unwrap();
    market.world.arbitrage().unwrap();
    market.world.chain.advance(400);
    market.refresh();
    let untouched = part_of_provider(market);
    let (is_well, _) = debtor.touch();
    let market = &mut debtor.market;
    let touched = part_of_provider(market);
    assert!(!is_well && untouched - touched > 0.99 * owed);
    let (account_, receiver) = (debtor.owner, debtor.other);
    let liquidate = IPool::liquidateCall { account_, receiver };
    let receipt = market.send(receiver, liquidate).unwrap();
    let debts: Vec<IPool::DebtCovered> = receipt.events(market.pool.address);
    let borne = debts.first().map_or(0.0, |debt| quote(debt.pool));
    let ended = part_of_provider(market);
    println!("{owed:.0} owed: {untouched:.0}, {touched:.0} touched, {ended:.0} at the end, {borne:.0} borne");
    assert!(borne > 1_000.0, "it has too little");
    assert!(touched <= ended, "{touched} touched, {ended} at the end");
}

/// A part closed by force, after which the account is well, ends the doubt that the touch before it began.
#[test]
fn what_is_left_of_a_debt_is_in_no_doubt_once_the_account_is_well_again() {
    let mut debtor = Debtor::new(29_000.0);
    let (is_well, _) = debtor.settle();
    assert!(is_well);
    let mut price = 2_500.0;
    let is_well = loop {
        price -= 10.0;
        let market = &mut debtor.market;
        market.world.set_price(wad(&price.to_string())).unwrap();
        market.world.arbitrage().unwrap();
        market.world.chain.advance(20);
        let (is_well, _) = debtor.touch();
        if !is_well {
            break is_well;
        }
    };
    assert!(!is_well);
    let (account_, receiver) = (debtor.owner, debtor.other);
    let market = &mut debtor.market;
    let doubted = part_of_provider(market);
    let liquidate = IPool::liquidateCall { account_, receiver };
    let receipt = market.send(receiver, liquidate).unwrap();
    let closed: Vec<IPool::Liquidated> = receipt.events(market.pool.address);
    assert!(closed[0].part < wad("1"), "closed in part");
    let ended = part_of_provider(market);
    let (is_well, owed) = debtor.touch();
    let touched = part_of_provider(&mut debtor.market);
    println!(
        "at {price}: {doubted:.0} in doubt, {ended:.0} after a part was closed, {owed:.0} owed"
    );
    assert!(is_well && owed > 5_000.0 && ended - doubted > 0.9 * owed);
    assert!((touched / ended - 1.0).abs() < 1e-6, "{touched}");
}

/// Nor does a deposit of margin, at whose beginning the account was not well.
#[test]
fn what_makes_an_account_well_ends_the_doubt() {
    let mut debtor = Debtor::new(29_000.0);
    debtor.settle();
    let market = &mut debtor.market;
    market.world.set_price(wad("2300")).unwrap();
    market.world.arbitrage().unwrap();
    let (is_well, owed) = debtor.touch();
    assert!(!is_well && owed > 20_000.0);
    let market = &mut debtor.market;
    let doubted = part_of_provider(market);
    market.fund_account(debtor.owner, "15000");
    let state = market.state_of(debtor.owner);
    assert!(signed(state.value) >= float(state.maintenance));
    let left = quote(state.quote.unsigned_abs());
    let ended = part_of_provider(market);
    println!("{doubted:.0} in doubt, {ended:.0} once {left:.0} is owed");
    assert!(state.quote.is_negative() && ended - doubted > 0.99 * owed);
}

/// Nor does a touch while there is no price make a doubt of what could be paid at the last one.
#[test]
fn a_touch_without_a_price_makes_no_doubts() {
    let mut debtor = Debtor::new(29_000.0);
    let (is_well, owed) = debtor.settle();
    assert!(is_well && owed > 20_000.0);
    let before = part_of_provider(&mut debtor.market);
    debtor.market.world.chain.advance(6_000);
    let account_ = debtor.owner;
    let touch = IPool::touchCall { account_ };
    debtor.market.send(debtor.other, touch).unwrap();
    debtor.market.refresh();
    let after = part_of_provider(&mut debtor.market);
    println!("{before:.2} before, {after:.2} after");
    assert!((after / before - 1.0).abs() < 0.002, "{after}");
}
