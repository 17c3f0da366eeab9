//! Orders that close carry the surface far beyond the shift's cap, to where an unbounded shift would have no maximum, and a small order
//! in options far out of the money, in another expiry, decides where that is. Whoever walks in and out of there, alone or with two
//! accounts that hold the opposite of each other, opens nothing on one side that it closes dearer on the other.

use alloy_primitives::{Address, U256};
use smirk_world::{abi::IPool, price::wad, CallFailure, Parameter};

use crate::{
    actions::*,
    common::{
        call,
        orders::{legs, on_account, trade},
        put,
        rng::Rng,
        Market,
    },
};

/// A thief with an account and a part of the pool, and options far out of the money with which it carries the surface beyond the cap.
pub struct Thief {
    pub market: Market,
    pub who: Address,
    far: U256,
}

impl Thief {
    fn new(deposit: f64) -> Thief {
        Thief::at_depth(deposit, "250000")
    }

    pub fn at_depth(deposit: f64, depth: &str) -> Thief {
        let mut market = market("400000", &[("depth", depth)]);
        let who = market.world.actors.alice.address;
        market.enrich(who);
        if deposit > 0.0 {
            market.deposit(who, deposit).unwrap();
        }
        let (amount, account_) = (atoms(5e6), who);
        market
            .send(who, IPool::depositMarginCall { amount, account_ })
            .unwrap();
        let far = call(market.expiries[0], "3250");
        Thief { market, who, far }
    }

    /// The same size of each series, in the wallet.
    pub fn trade(&mut self, series: &[U256], size: f64) -> Result<(), CallFailure> {
        let size = format!("{size:.6}");
        let parts: Vec<_> = series.iter().map(|id| (*id, size.as_str())).collect();
        let order = trade(legs(&parts), self.who);
        self.market.send(self.who, order).map(drop)
    }

    /// The same on the account.
    pub fn on_account(&mut self, series: &[U256], size: f64) -> Result<(), CallFailure> {
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

    /// The shift of the surface.
    pub fn shift(&mut self) -> f64 {
        float(self.market.quote_sell(self.far, "0.000001").shift)
    }

    /// Buys back pieces of a series that it is short of until the shift is held, at a quarter. Returns how many that took.
    fn carry_beyond(&mut self, id: U256, piece: f64) -> f64 {
        let mut pieces = 0;
        while self.shift() <= 0.25 {
            assert!(pieces < 200, "a shift of {}", self.shift());
            self.on_account(&[id], piece).unwrap();
            pieces += 1;
        }
        piece * f64::from(pieces)
    }

    /// What is in its wallet, base at the feed's price, and quote in the account.
    pub fn cash(&mut self) -> f64 {
        let spot = float(self.market.world.feed_price().unwrap());
        self.market.push(self.who, spot);
        self.market.wealth(self.who) + signed(self.market.state_of(self.who).quote) * 1e12
    }
}

/// A book that is carried beyond the cap by something else than orders: nothing opens there but what the anchor would be dearer for.
#[test]
fn beyond_the_cap_only_what_brings_the_book_back_opens() {
    let mut thief = Thief::new(1e6);
    let [week, month, _] = thief.market.expiries;
    let id = call(month, "2500");
    thief.trade(&[id], 40.0).unwrap();
    thief.market.push(thief.who, 2_500.0);
    let owner = thief.market.world.actors.owner.address;
    let index = U256::from(Parameter::named("depth").index);
    let value = wad("10000");
    thief
        .market
        .send(owner, IPool::setParameterCall { index, value })
        .unwrap();
    let shift = thief.shift();
    assert!(shift > 0.25, "{shift}");
    for id in [id, put(month, "2400"), call(week, "2500")] {
        let refusal = thief.trade(&[id], 1.0).unwrap_err();
        assert!(refusal.is::<IPool::ShiftAboveCap>(), "{refusal}");
    }
    thief.on_account(&[id], -1.0).unwrap();
    assert!(thief.shift() < shift);
    thief.trade(&[id], -20.0).unwrap();
}

/// What an order closes makes no room beyond the cap for what it opens elsewhere.
#[test]
fn an_order_that_also_closes_carries_no_shift_beyond_the_cap() {
    let mut thief = Thief::new(1e7);
    let [week, month, _] = thief.market.expiries;
    let far = [call(month, "2500"), put(month, "2500")];
    let near = [call(week, "2500"), put(week, "2500")];
    let mut held = 0.0;
    while thief.trade(&far, 5.0).is_ok() {
        thief.market.push(thief.who, 2_500.0);
        held += 5.0;
    }
    let (mut filled, mut refused) = (0, 0);
    for size in (5..25).map(|tens| 10.0 * f64::from(tens)) {
        let market = thief.market.clone();
        let parts: Vec<_> = far
            .map(|id| (id, -held))
            .into_iter()
            .chain(near.map(|id| (id, size)))
            .map(|(id, size)| (id, format!("{size:.6}")))
            .collect();
        let parts: Vec<_> = parts
            .iter()
            .map(|(id, size)| (*id, size.as_str()))
            .collect();
        let order = trade(legs(&parts), thief.who);
        match thief.market.send(thief.who, order) {
            Ok(_) => {
                let shift = thief.shift();
                assert!(shift <= 0.2, "{size} for {held} leave {shift}");
                filled += 1;
            }
            Err(refusal) => {
                assert!(refusal.is::<IPool::ShiftAboveCap>(), "{refusal}");
                refused += 1;
            }
        }
        thief.market = market;
    }
    assert!(filled > 0 && refused > 0, "{filled} {refused}");
}

/// Bought cheaply, where the pool is long, and sold far beyond the cap.
#[test]
fn what_is_sold_far_beyond_the_cap_was_not_bought_for_less_before_it() {
    let mut thief = Thief::new(1e7);
    let quarter = thief.market.expiries[2];
    let straddle = [call(quarter, "2500"), put(quarter, "2500")];
    for _ in 0..7 {
        thief.on_account(&straddle, -10.0).unwrap();
    }
    let far = thief.far;
    let refusal = thief.buy_all(&[far], &[200.0, 50.0, 10.0, 1.0]);
    assert!(refusal.is::<IPool::ShiftAboveCap>(), "{refusal}");
    let near = call(thief.market.expiries[0], "2700");
    let mut best = f64::MIN;
    for (size, written) in [(10.0, 12.0), (20.0, 24.0), (25.0, 30.0), (30.0, 40.0)] {
        let market = thief.market.clone();
        let before = thief.cash();
        thief.on_account(&[near], -written).unwrap();
        thief.trade(&straddle, size).unwrap();
        let covered = thief.carry_beyond(near, 0.5);
        thief.trade(&straddle, -size).unwrap();
        thief.on_account(&[near], written - covered).unwrap();
        let gain = thief.cash() - before;
        println!("{size} straddles, {covered} of {written} to carry it beyond: {gain:+.2}");
        best = best.max(gain);
        thief.market = market;
    }
    assert!(best < 0.0, "{best}");
}

/// Written dearly, where closing orders have carried the surface beyond the cap, and bought back further out.
#[test]
fn what_is_bought_back_far_beyond_the_cap_was_not_written_for_more_before_it() {
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
    assert!(shift > 0.25, "closing brought the shift to {shift}");
    let mut best = f64::MIN;
    for size in [5.0, 10.0, 20.0, 30.0] {
        let market = thief.market.clone();
        let before = thief.cash();
        thief.on_account(&straddle, -size).unwrap();
        let written = thief.shift();
        thief.on_account(&[near], 60.0).unwrap();
        let shift = thief.shift();
        assert!(shift > written, "{shift} from {written}");
        thief.on_account(&straddle, size).unwrap();
        thief.trade(&[near], -60.0).unwrap();
        let gain = thief.cash() - before;
        println!("{size} straddles, from {written:.3} to {shift:.3}: {gain:+.2}");
        best = best.max(gain);
        thief.market = market;
    }
    assert!(best < 0.0, "{best}");
}

/// Bought back by one order that carries the surface far beyond the cap, and sold from there.
#[test]
fn what_is_sold_from_far_beyond_the_cap_was_not_bought_back_for_less() {
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
        let shift = thief.shift();
        assert!(shift > 0.25, "sales begin at a shift of {shift}");
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

/// Bought back in the order that sells something else, and sold, or bought back, in two orders.
#[test]
fn what_is_bought_back_beside_a_sale_far_beyond_the_cap_is_not_sold_for_more() {
    let mut best = f64::MIN;
    for scale in [0.8, 0.9, 1.0] {
        let gain = Pair::new().round(scale);
        println!("{scale} of the straddles: {gain:+.2}");
        best = best.max(gain);
    }
    assert!(best < 0.0, "{best}");
}

/// A thief with two accounts, which hold the opposite of each other.
pub struct Pair {
    pub thief: Thief,
    pub other: Address,
}

impl Pair {
    fn new() -> Pair {
        Pair::of(Thief::new(3e7))
    }

    pub fn of(mut thief: Thief) -> Pair {
        let other = thief.market.world.actors.bob.address;
        thief.market.enrich(other);
        let (amount, account_) = (atoms(5e6), other);
        thief
            .market
            .send(other, IPool::depositMarginCall { amount, account_ })
            .unwrap();
        Pair { thief, other }
    }

    /// Straddles of a week, a month and a quarter on an account.
    pub fn trade(&mut self, who: Address, sizes: [f64; 3]) -> Result<(), CallFailure> {
        let expiries = self.thief.market.expiries;
        let parts: Vec<_> = expiries
            .into_iter()
            .zip(sizes)
            .filter(|(_, size)| *size != 0.0)
            .flat_map(|(expiry, size)| {
                let size = format!("{size:.6}");
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

    /// Opens so much of each on one account and the opposite on the other, in pieces.
    pub fn open(&mut self, sizes: [f64; 3]) {
        const PIECES: f64 = 40.0;
        let [one, other] = [self.thief.who, self.other];
        for _ in 0..PIECES as usize {
            self.trade(one, sizes.map(|size| size / PIECES)).unwrap();
            self.trade(other, sizes.map(|size| -size / PIECES)).unwrap();
        }
    }

    /// What both have in cash.
    pub fn cash(&mut self) -> f64 {
        let on_account = signed(self.thief.market.state_of(self.other).quote) * 1e12;
        self.thief.cash() + self.thief.market.wealth(self.other) + on_account
    }

    /// Opens both, closes one of them at once and the other in two orders, and says what that brought.
    fn round(mut self, scale: f64) -> f64 {
        let start = self.cash();
        // A week's, whose vega is that of both others.
        let sizes = [-696.0, 135.0, 130.0].map(|size| size * scale);
        self.open(sizes);
        self.trade(self.other, sizes).unwrap();
        let shift = self.thief.shift();
        assert!(shift > 0.25, "the other closes from a shift of {shift}");
        for _ in 0..2 {
            self.trade(self.thief.who, sizes.map(|size| -size / 2.0))
                .unwrap();
        }
        self.cash() - start
    }

    /// Opens both and closes parts of whichever until nothing is left. What that brought, and the farthest shift on the way.
    fn close_at_random(mut self, sizes: [f64; 3], rng: &mut Rng) -> (f64, f64) {
        let start = self.cash();
        self.open(sizes);
        // In eighths.
        let parts = sizes.map(|size| 8 * u64::from(size != 0.0));
        let mut left = [(self.thief.who, 1.0, parts), (self.other, -1.0, parts)];
        let (mut farthest, mut refused) = (0.0f64, 0);
        while left.iter().any(|(_, _, parts)| *parts != [0; 3]) {
            let (who, sign, parts) = &mut left[rng.below(2) as usize];
            let closed: [u64; 3] = parts.map(|part| rng.below(part + 1));
            let order = [0, 1, 2].map(|index| -*sign * sizes[index] / 8.0 * closed[index] as f64);
            if closed == [0; 3] {
                continue;
            }
            if let Err(refusal) = self.trade(*who, order) {
                refused += 1;
                assert!(refused < 100, "{refusal}");
                continue;
            }
            for (part, closed) in parts.iter_mut().zip(closed) {
                *part -= closed;
            }
            farthest = farthest.max(self.thief.shift());
        }
        (self.cash() - start, farthest)
    }
}

/// Whatever two accounts that hold the opposite of each other close, in whatever order, with a cover and a sale in one or each alone.
#[test]
fn two_that_hold_the_opposite_lose_in_whatever_order_they_close() {
    let mut rng = Rng(11);
    let (mut best, mut farthest) = (f64::MIN, 0.0f64);
    for sizes in [
        [-696.0, 135.0, 130.0],
        [0.0, -200.0, 120.0],
        [0.0, 0.0, 120.0],
        [300.0, -200.0, 80.0],
    ] {
        for _ in 0..3 {
            let (gain, shift) = Pair::new().close_at_random(sizes, &mut rng);
            println!("{sizes:?}, a shift of {shift:.3}: {gain:+.2}");
            best = best.max(gain);
            farthest = farthest.max(shift);
        }
    }
    assert!(farthest > 0.7, "{farthest}");
    assert!(best < 0.0, "{best}");
}
