//! Where the potential has no solution orders that close are priced without it, and a small order in options far out of the money,
//! in another expiry, decides whether it has one. Whoever turns it on and off opens nothing with it that it closes dearer without.

use alloy_primitives::{Address, U256};
use smirk_world::{abi::IPool, CallFailure};

use crate::{
    actions::*,
    common::{
        call,
        orders::{legs, on_account, trade},
        put, Market,
    },
};

/// A thief with an account and a part of the pool, and options far out of the money with which it turns the solution off.
struct Thief {
    market: Market,
    who: Address,
    far: U256,
}

impl Thief {
    fn new(deposit: f64) -> Thief {
        let mut market = market("400000", &[("depth", "250000")]);
        let who = market.world.actors.alice.address;
        market.enrich(who);
        market.deposit(who, deposit).unwrap();
        let (amount, account_) = (atoms(5e6), who);
        market
            .send(who, IPool::depositMarginCall { amount, account_ })
            .unwrap();
        let far = call(market.expiries[0], "3250");
        Thief { market, who, far }
    }

    /// The same size of each series, in the wallet.
    fn trade(&mut self, series: &[U256], size: f64) -> Result<(), CallFailure> {
        let size = format!("{size:.6}");
        let parts: Vec<_> = series.iter().map(|id| (*id, size.as_str())).collect();
        let order = trade(legs(&parts), self.who);
        self.market.send(self.who, order).map(drop)
    }

    /// The same on the account.
    fn on_account(&mut self, series: &[U256], size: f64) -> Result<(), CallFailure> {
        let size = format!("{size:.6}");
        let parts: Vec<_> = series.iter().map(|id| (*id, size.as_str())).collect();
        let order = on_account(&parts, self.who);
        self.market.send(self.who, order).map(drop)
    }

    /// Buys in ever smaller pieces until nothing more of it is sold. Returns the refusal.
    fn buy_all(&mut self, series: &[U256], pieces: &[f64]) -> CallFailure {
        let mut refusal = None;
        for piece in pieces {
            refusal = loop {
                if let Err(failure) = self.trade(series, *piece) {
                    break Some(failure);
                }
                self.market.push(self.who, 2_500.0);
            };
        }
        refusal.unwrap()
    }

    /// The shift of the surface; zero where there is no solution.
    fn shift(&mut self) -> f64 {
        float(self.market.quote_sell(self.far, "0.000001").shift)
    }

    /// Buys back pieces of a series that it is short of until the potential has no solution. Returns how many that took.
    fn turn_off(&mut self, id: U256, piece: f64) -> f64 {
        let mut pieces = 0;
        while self.shift() > 0.0 {
            assert!(pieces < 200, "there is a solution still");
            self.on_account(&[id], piece).unwrap();
            pieces += 1;
        }
        piece * f64::from(pieces)
    }

    /// Sells pieces of a series that it holds until the potential has a solution.
    fn turn_on(&mut self, id: U256, piece: f64) {
        while self.shift() == 0.0 {
            self.trade(&[id], -piece).unwrap();
        }
    }

    /// Quote in wallet and account.
    fn cash(&mut self) -> f64 {
        self.market.push(self.who, 2_500.0);
        let quote_token = self.market.world.quote;
        let cash = self.market.world.balance_of(quote_token, self.who).unwrap();
        quote(cash) + signed(self.market.state_of(self.who).quote) * 1e12
    }
}

/// Bought at the potential, cheaply, where the pool is long, and sold where there is none.
#[test]
fn what_is_sold_without_a_solution_was_not_bought_for_less_with_one() {
    let mut thief = Thief::new(1e7);
    let quarter = thief.market.expiries[2];
    let straddle = [call(quarter, "2500"), put(quarter, "2500")];
    for _ in 0..7 {
        thief.on_account(&straddle, -10.0).unwrap();
    }
    let far = thief.far;
    let refusal = thief.buy_all(&[far], &[200.0, 50.0, 10.0, 1.0]);
    assert!(refusal.is::<IPool::QuoteUnavailable>(), "{refusal}");
    let near = call(thief.market.expiries[0], "2700");
    let mut best = f64::MIN;
    for (size, written) in [(10.0, 12.0), (20.0, 24.0), (25.0, 30.0), (30.0, 40.0)] {
        let market = thief.market.clone();
        let before = thief.cash();
        thief.on_account(&[near], -written).unwrap();
        thief.trade(&straddle, size).unwrap();
        let covered = thief.turn_off(near, 0.5);
        thief.trade(&straddle, -size).unwrap();
        thief.on_account(&[near], written - covered).unwrap();
        let gain = thief.cash() - before;
        println!("{size} straddles, {covered} of {written} to turn it off: {gain:+.2}");
        best = best.max(gain);
        thief.market = market;
    }
    assert!(best < 0.0, "{best}");
}

/// Written at the potential, dearly, where closing orders have carried it beyond the cap, and bought back where there is none.
#[test]
fn what_is_bought_back_without_a_solution_was_not_written_for_more_with_one() {
    let mut thief = Thief::new(3e7);
    let quarter = thief.market.expiries[2];
    let straddle = [call(quarter, "2500"), put(quarter, "2500")];
    // As much of each on either side, so that closing one of them turns the solution off and the other on.
    let (far, near) = (thief.far, call(thief.market.expiries[0], "2700"));
    for (id, size, times) in [(far, 200.0, 9), (near, 30.0, 10), (straddle[0], 10.0, 6)] {
        let series = if id == straddle[0] {
            &straddle[..]
        } else {
            &[id]
        };
        for _ in 0..times {
            thief.on_account(series, -size).unwrap();
            thief.trade(series, size).unwrap();
            thief.market.push(thief.who, 2_500.0);
        }
    }
    let refusal = thief.buy_all(&straddle, &[10.0, 2.0]);
    assert!(refusal.is::<IPool::ShiftAboveCap>(), "{refusal}");
    for _ in 0..6 {
        thief.on_account(&straddle, 10.0).unwrap();
    }
    let shift = thief.shift();
    assert!(shift > 0.4, "closing brought the shift to {shift}");
    thief.turn_off(far, 16.0);
    thief.turn_on(far, 4.0);
    let mut best = f64::MIN;
    for size in [5.0, 10.0, 20.0, 30.0] {
        let market = thief.market.clone();
        let before = thief.cash();
        thief.on_account(&straddle, -size).unwrap();
        let covered = thief.turn_off(near, 2.0);
        thief.on_account(&straddle, size).unwrap();
        thief.trade(&[near], -covered).unwrap();
        let gain = thief.cash() - before;
        println!("{size} straddles, {covered} to turn it off: {gain:+.2}");
        best = best.max(gain);
        thief.market = market;
    }
    assert!(best < 0.0, "{best}");
}

/// Bought back by one order that leaves no solution, at no more than a quarter's shift, and sold at the potential far beyond it.
#[test]
fn what_is_sold_with_a_solution_was_not_bought_back_for_less_without_one() {
    let mut thief = Thief::new(1e7);
    let quarter = thief.market.expiries[2];
    let straddle = [call(quarter, "2500"), put(quarter, "2500")];
    let start = thief.cash();
    let (mut held, written) = (75.0, 75.0);
    for _ in 0..15 {
        thief.on_account(&straddle, -5.0).unwrap();
        thief.trade(&straddle, 5.0).unwrap();
        thief.market.push(thief.who, 2_500.0);
    }
    let refusal = loop {
        match thief.trade(&straddle, 2.0) {
            Ok(()) => held += 2.0,
            Err(refusal) => break refusal,
        }
    };
    assert!(refusal.is::<IPool::ShiftAboveCap>(), "{refusal}");
    thief.market.push(thief.who, 2_500.0);
    let mut best = f64::MIN;
    for covered in [60.0, 68.0, 69.0, 70.0, 72.0, 75.0] {
        let market = thief.market.clone();
        thief.on_account(&straddle, covered).unwrap();
        let mut left = held;
        while thief.shift() == 0.0 {
            thief.trade(&straddle, -0.5).unwrap();
            left -= 0.5;
        }
        let shift = thief.shift();
        assert!(shift > 0.5, "sales begin at a shift of {shift}");
        while left > 0.0 {
            let size = f64::min(left, 5.0);
            thief.trade(&straddle, -size).unwrap();
            thief.market.push(thief.who, 2_500.0);
            left -= size;
        }
        if written > covered {
            thief.on_account(&straddle, written - covered).unwrap();
        }
        let gain = thief.cash() - start;
        println!("{covered} of {written} bought back, {held} sold from {shift:.3}: {gain:+.2}");
        best = best.max(gain);
        thief.market = market;
    }
    assert!(best < 0.0, "{best}");
}

/// Bought back in the order that sells something else, which nets to nothing where both are priced without a solution at one vol, and
/// sold, or bought back, at the potential far beyond a quarter.
#[test]
fn what_is_bought_back_beside_a_sale_without_a_solution_is_not_sold_for_more_with_one() {
    let mut best = f64::MIN;
    for scale in [1.0, 1.1, 1.4] {
        let gain = Pair::new().round(scale);
        println!("{scale} of the straddles: {gain:+.2}");
        best = best.max(gain);
    }
    assert!(best < 0.0, "{best}");
}

/// A thief with two accounts, which hold the opposite of each other.
struct Pair {
    thief: Thief,
    other: Address,
}

impl Pair {
    fn new() -> Pair {
        let mut thief = Thief::new(3e7);
        let other = thief.market.world.actors.bob.address;
        thief.market.enrich(other);
        let (amount, account_) = (atoms(5e6), other);
        thief
            .market
            .send(other, IPool::depositMarginCall { amount, account_ })
            .unwrap();
        Pair { thief, other }
    }

    /// So much of straddles of a month and a quarter on an account, and the opposite of a week's, whose vega is that of both.
    fn trade(&mut self, who: Address, size: f64) -> Result<(), CallFailure> {
        let [week, month, quarter] = self.thief.market.expiries;
        let parts: Vec<_> = [(month, 1.35), (quarter, 1.3), (week, -6.96)]
            .into_iter()
            .flat_map(|(expiry, part)| {
                let size = format!("{:.6}", part * size);
                [
                    (call(expiry, "2500"), size.clone()),
                    (put(expiry, "2500"), size),
                ]
            })
            .collect();
        let parts: Vec<_> = parts
            .iter()
            .map(|(id, size)| (*id, size.as_str()))
            .collect();
        let sent = self.thief.market.send(who, on_account(&parts, who));
        self.thief.market.push(self.thief.who, 2_500.0);
        sent.map(drop)
    }

    /// What both have in cash.
    fn cash(&mut self) -> f64 {
        let quote_token = self.thief.market.world.quote;
        let held = self
            .thief
            .market
            .world
            .balance_of(quote_token, self.other)
            .unwrap();
        let on_account = signed(self.thief.market.state_of(self.other).quote) * 1e12;
        self.thief.cash() + quote(held) + on_account
    }

    /// Opens both, closes one of them at once and the other in two orders, and says what that brought.
    fn round(mut self, scale: f64) -> f64 {
        let (one, other) = (self.thief.who, self.other);
        let start = self.cash();
        const PIECES: usize = 40;
        let whole = 100.0 * scale;
        for _ in 0..PIECES {
            self.trade(one, whole / PIECES as f64).unwrap();
            self.trade(other, -whole / PIECES as f64).unwrap();
        }
        self.trade(other, whole).unwrap();
        assert_eq!(self.thief.shift(), 0.0, "there is a solution still");
        let mut left = whole;
        while self.thief.shift() == 0.0 {
            self.trade(one, -whole / 100.0).unwrap();
            left -= whole / 100.0;
        }
        let shift = self.thief.shift();
        assert!(shift > 0.5, "the rest is closed from a shift of {shift}");
        self.trade(one, -left).unwrap();
        self.cash() - start
    }
}
