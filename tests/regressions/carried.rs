//! Time, a post or the owner carries a book beyond the shift's cap, others are closed by force, providers come and leave: nobody gains by
//! what is paid at once. What is known to gain, because it is held while the potential changes or because the other side has no
//! limit, is bounded here.

use alloy_primitives::{Address, U256};
use smirk_world::abi::IPool;

use crate::{
    actions::*,
    beyond::{Pair, Thief},
    common::{
        call,
        orders::{legs, on_account, trade},
        put,
        rng::Rng,
        Market,
    },
};

/// What carries a book beyond the cap without an order.
#[derive(Clone, Copy, Debug)]
enum Event {
    /// So many hours are left of the week.
    Left(u64),
    /// Vols are posted up by almost half.
    Vols,
    /// The owner lowers the depth to a quarter.
    Depth,
}

impl Thief {
    fn meet(&mut self, event: Event) {
        let market = &mut self.market;
        match event {
            Event::Left(hours) => {
                let now = market.world.chain.now();
                market.wait(market.expiries[0] - hours * 3_600 - now);
            }
            Event::Vols => {
                market.pass(400);
                market.scale_vols(1.45).unwrap();
                // Until the jump has melted.
                market.pass(1_900);
            }
            Event::Depth => {
                let parameters = market.view(IPool::parametersCall {}).unwrap();
                let (index, value) = (U256::ZERO, parameters.depth / U256::from(4));
                let owner = market.world.actors.owner.address;
                let lower = IPool::setParameterCall { index, value };
                market.send(owner, lower).unwrap();
            }
        }
    }

    /// Options of one strike, calls and puts, until the pool refuses more. Returns how many.
    fn buy_until_refused(&mut self, straddle: &[U256], piece: f64) -> f64 {
        let spot = float(self.market.world.feed_price().unwrap());
        let mut bought = 0.0;
        while self.trade(straddle, piece).is_ok() {
            self.market.push(self.who, spot);
            bought += piece;
        }
        bought
    }
}

/// Two accounts that hold the opposite of each other, and a provider with an account who is with them.
struct Party {
    pair: Pair,
    provider: Address,
    /// What each of the accounts holds.
    held: [[f64; 3]; 3],
    farthest: f64,
    /// Orders that opened, and deposits and withdrawals, at a shift that was held.
    beyond: [u32; 2],
}

impl Party {
    /// In a pool of this size, each with this part of a quarter of what the pool may be short of.
    fn new(pool: f64, depth: &str, parts: [f64; 3]) -> Party {
        let mut pair = Pair::of(Thief::at_depth(0.0, depth));
        let market = &mut pair.thief.market;
        let actors = &market.world.actors;
        let (provider, other) = (actors.carol.address, actors.provider.address);
        market.enrich(provider);
        market.enrich(other);
        market.fund_account(provider, "5000000");
        if pool > 1e6 {
            market.deposit(other, pool - 1e6).unwrap();
        }
        let sizes = parts.map(|part| part * pool / 10_000.0);
        pair.open(sizes);
        Party {
            pair,
            provider,
            held: [sizes, sizes.map(|size| -size), [0.0; 3]],
            farthest: 0.0,
            beyond: [0; 2],
        }
    }

    /// What all of them have, shares at the middle of net asset value.
    fn cash(&mut self) -> f64 {
        let market = &mut self.pair.thief.market;
        let mid = signed(market.nav().mid);
        let supply = market.view(IPool::totalSupply_0Call {}).unwrap();
        let part = float(market.shares_of(self.provider)) / float(supply);
        let on_account = signed(market.state_of(self.provider).quote) * 1e12;
        let wealth = market.wealth(self.provider) + on_account;
        self.pair.cash() + wealth + part * mid
    }

    fn account(&self, index: usize) -> Address {
        [self.pair.thief.who, self.pair.other, self.provider][index]
    }

    /// Trades for an account, unless it is refused.
    fn trade(&mut self, index: usize, order: [f64; 3]) -> bool {
        let who = self.account(index);
        let is_done = order == [0.0; 3] || self.pair.trade(who, order).is_ok();
        if is_done {
            for (held, size) in self.held[index].iter_mut().zip(order) {
                *held += size;
            }
        }
        self.farthest = self.farthest.max(self.pair.thief.shift());
        is_done
    }

    /// Closes a part of what an account holds.
    fn unwind(&mut self, rng: &mut Rng) {
        let index = rng.below(3) as usize;
        let part = rng.pick(&[0.25, 0.5, 1.0]);
        let order = self.held[index].map(|held| (-held * part * 1e6).trunc() / 1e6);
        self.trade(index, order);
    }

    /// Opens whatever is let in first, of one expiry and on an account that does not hold the opposite.
    fn open(&mut self, rng: &mut Rng, largest: f64) {
        let is_beyond = self.pair.thief.shift() > 0.25;
        for _ in 0..12 {
            let (index, expiry) = (rng.below(3) as usize, rng.below(3) as usize);
            let size = largest / 16.0 * (1 + rng.below(8)) as f64;
            let size = if rng.one_in(2) { size } else { -size };
            let mut order = [0.0; 3];
            order[expiry] = size;
            if self.held[index][expiry] * size >= 0.0 && self.trade(index, order) {
                self.beyond[0] += u32::from(is_beyond);
                return;
            }
        }
    }

    /// Comes in or leaves, as far as the pool lets it.
    fn provide(&mut self, rng: &mut Rng, largest: f64) {
        let is_beyond = self.pair.thief.shift() > 0.25;
        let market = &mut self.pair.thief.market;
        let is_done = if rng.one_in(2) {
            let assets = largest * (1 + rng.below(3)) as f64 / 3.0;
            market.deposit(self.provider, assets).is_ok()
        } else {
            let shares = market.most_shares_out(self.provider);
            shares > U256::ZERO && market.redeem(self.provider, shares).is_ok()
        };
        if is_done && is_beyond {
            self.beyond[1] += 1;
        }
    }

    /// Closes all that is left.
    fn close(&mut self) {
        for index in 0..3 {
            // What is less than a size that is traded is rounding.
            let left = self.held[index].map(|held| if held.abs() > 1e-7 { -held } else { 0.0 });
            assert!(self.trade(index, left), "{left:?} can't be closed");
            let who = self.account(index);
            assert!(self.pair.thief.market.state_of(who).legs.is_empty());
        }
    }
}

/// Time, a post or the owner carries the book far beyond the cap, where they close, open what is let in, come and leave in any order.
#[test]
fn nobody_gains_where_a_book_was_carried_beyond_the_cap() {
    let (mut rng, mut opened_beyond) = (Rng(5), 0);
    for (pool, depth, event, parts) in [
        (1e6, "250000", Event::Left(7), [0.8, 0.0, 0.0]),
        (1e6, "250000", Event::Depth, [-0.7, 0.2, 0.0]),
        (1e7, "250000", Event::Left(7), [-0.7, 0.2, 0.0]),
        (1e7, "500000", Event::Left(26), [0.8, 0.0, 0.0]),
        (1e7, "500000", Event::Vols, [0.0, -0.5, 0.4]),
        (1e7, "250000", Event::Depth, [0.0, 0.3, 0.3]),
    ] {
        let mut party = Party::new(pool, depth, parts);
        let with = party.provider;
        party.pair.thief.market.deposit(with, pool / 2.0).unwrap();
        party.pair.thief.meet(event);
        let (market, held) = (party.pair.thief.market.clone(), party.held);
        let mut best = f64::MIN;
        for _ in 0..8 {
            party.pair.thief.market = market.clone();
            party.held = held;
            let start = party.cash();
            for _ in 0..14 {
                match rng.below(5) {
                    0 => party.provide(&mut rng, pool),
                    1 | 2 => party.open(&mut rng, pool / 10_000.0),
                    _ => party.unwind(&mut rng),
                }
            }
            party.close();
            best = best.max(party.cash() - start);
        }
        let (farthest, [opened, provided]) = (party.farthest, party.beyond);
        println!("{pool} {depth} {event:?} {parts:?}: {best:+.2}, to {farthest:.3}, {opened} opened, {provided} came or left beyond");
        assert!(farthest > 0.25 && provided > 0, "{farthest} {provided}");
        assert!(best < 0.0, "{best}");
        opened_beyond += opened;
    }
    assert!(opened_beyond > 10, "{opened_beyond}");
}

/// An account that can be liquidated, and somebody who may buy all that is sold before that and sell it behind it.
struct Liquidation {
    thief: Thief,
    victim: Address,
    straddle: [U256; 2],
}

impl Liquidation {
    /// The account is short of these series, which another holds, at as little margin as is let in, and the price has risen.
    fn new(expiry: usize, parts: &[(f64, bool)]) -> Liquidation {
        let mut thief = Thief::at_depth(0.0, "500000");
        let (who, market) = (thief.who, &mut thief.market);
        let expiry = market.expiries[expiry];
        let (victim, holder) = (
            market.world.actors.bob.address,
            market.world.actors.carol.address,
        );
        market.enrich(holder);
        market.fund_account(victim, "1000000");
        for _ in 0..40 {
            for (size, is_call) in parts {
                let kind = if *is_call { call } else { put };
                let (id, size) = (kind(expiry, "2500"), format!("{:.6}", size / 40.0));
                let write = on_account(&[(id, &format!("-{size}"))], victim);
                market.send(victim, write).unwrap();
                market.buy(holder, id, &size).unwrap();
                market.push(who, 2_500.0);
            }
        }
        let state = market.state_of(victim);
        let (amount, receiver) = (
            atoms(signed(state.value) - float(state.initial) - 10.0),
            victim,
        );
        let withdraw = IPool::withdrawMarginCall { amount, receiver };
        market.send(victim, withdraw).unwrap();
        let price = float(market.state_of(victim).liquidationUp) * 1.004;
        market.pass(400);
        market.world.set_price(fixed(price)).unwrap();
        market.wait(1_900);
        market.push(who, price);
        let at = format!("{:.0}", (price / 25.0).round() * 25.0);
        Liquidation {
            straddle: [call(expiry, &at), put(expiry, &at)],
            thief,
            victim,
        }
    }

    /// What the liquidator has made, and what the account has lost.
    fn run(mut self, places: bool) -> (f64, f64) {
        let (thief, account_) = (&mut self.thief, self.victim);
        let start = thief.cash();
        let worth = signed(thief.market.state_of(account_).value);
        let mut held = 0.0;
        if places {
            held = thief.buy_until_refused(&self.straddle, 5.0);
            let shift = thief.shift();
            assert!(shift > 0.15, "{held} bought to {shift}");
        }
        let receiver = thief.who;
        let liquidate = IPool::liquidateCall { account_, receiver };
        thief.market.send(receiver, liquidate).unwrap();
        while held > 0.0 {
            thief.cash();
            thief.trade(&self.straddle, -5.0).unwrap();
            held -= 5.0;
        }
        let left = signed(thief.market.state_of(account_).value);
        (thief.cash() - start, worth - left)
    }

    /// What placing brought, and what it cost the account.
    fn placing(expiry: usize, parts: &[(f64, bool)]) -> (f64, f64) {
        let [without, with] =
            [false, true].map(|places| Liquidation::new(expiry, parts).run(places));
        let (gain, lost) = (with.0 - without.0, with.1 - without.1);
        println!(
            "{parts:?} of expiry {expiry}: {gain:+.2}, the account {:+.2}",
            -lost
        );
        (gain, lost)
    }
}

/// A forced closing has no limit: whoever buys before it and sells after it is paid what it moves the vols by, less two spreads on all it
/// bought. In a pool of 1,000,000 that takes an account short of most of what all accounts may be.
#[test]
fn placing_the_book_before_a_liquidation_gains_on_the_largest_accounts_alone() {
    for (expiry, parts) in [
        (1, &[(90.0, true)][..]),
        (2, &[(70.0, true)]),
        (2, &[(25.0, true), (25.0, false)]),
    ] {
        let (gain, lost) = Liquidation::placing(expiry, parts);
        assert!(gain < 0.0 && lost > 0.0, "{gain} {lost}");
    }
    // Known to gain.
    let (gain, lost) = Liquidation::placing(2, &[(80.0, true), (80.0, false)]);
    assert!(gain < 6_000.0 && gain < lost, "{gain} {lost}");
}

/// A condor that bends nothing when it is opened.
struct Condor {
    thief: Thief,
    legs: [(U256, f64); 4],
}

impl Condor {
    fn order(&mut self, size: f64) {
        let parts = self
            .legs
            .map(|(id, part)| (id, format!("{:.6}", part * size)));
        let parts: Vec<_> = parts
            .iter()
            .map(|(id, size)| (*id, size.as_str()))
            .collect();
        let who = self.thief.who;
        let order = on_account(&parts, who);
        self.thief.market.send(who, order).unwrap();
        self.thief.market.push(who, 2_500.0);
    }

    /// What it is worth at the anchor.
    fn mark(&mut self, size: f64) -> f64 {
        let market = &mut self.thief.market;
        let mark = |(id, part)| float(market.quote_sell(id, "0.000001").mark) * part * size;
        self.legs.map(mark).iter().sum()
    }

    /// What opening and closing it brings beside the anchor's marks, and the shift that it is closed at.
    fn hold(deposit: f64) -> (f64, f64) {
        let thief = Thief::at_depth(deposit, "500000");
        let week = thief.market.expiries[0];
        let [low, high] = ["2150", "2900"];
        let legs = [
            (call(week, "2500"), -1.0),
            (put(week, "2500"), -1.0),
            (call(week, high), 2.5),
            (put(week, low), 2.5),
        ];
        let mut condor = Condor { thief, legs };
        let size = (1e6 + deposit) / 10_000.0 * 0.7;
        let start = condor.thief.cash();
        for _ in 0..10 {
            condor.order(size / 10.0);
        }
        let opened = condor.thief.cash() + condor.mark(size) - start;
        condor.thief.meet(Event::Left(40));
        let shift = condor.thief.shift();
        let start = condor.thief.cash() + condor.mark(size);
        condor.order(-size);
        (opened + condor.thief.cash() - start, shift)
    }
}

/// A condor bends the surface once its wings have lost their vega, and who closes it then is paid for what it never paid. In a pool of
/// twice the depth that is less than its spreads. In one of twenty times the depth it is more where spot has stayed, which nobody knows.
#[test]
fn what_time_bends_pays_for_no_spread_but_in_a_pool_far_larger_than_its_depth() {
    let [(small, _), (large, shift)] = [0.0, 9e6].map(Condor::hold);
    println!("{small:+.2}; {large:+.2} from {shift:.3}");
    assert!(shift > 0.25, "{shift}");
    assert!(small < 0.0, "{small}");
    // Known to gain.
    assert!(large < 4_000.0, "{large}");
}

/// Somebody buys twenty options of a month at the money and sells them at once, wherever that is let in: two spreads. Who holds twenty
/// where the shift is held at a quarter gets what a quarter is worth and no more.
#[test]
fn twenty_options_and_back_cost_two_spreads_wherever_the_book_is() {
    let mut party = Party::new(1e7, "500000", [0.0, -0.5, 0.0]);
    let month = party.pair.thief.market.expiries[1];
    let (id, spot) = (call(month, "2500"), 2_500.0);
    let [buyer, holder] = [party.provider, party.pair.other];
    for target in [0.0, 0.1, 0.16, 0.26, 0.4] {
        while party.pair.thief.shift() < target {
            assert!(party.trade(0, [0.0, 2.0, 0.0]));
        }
        let shift = party.pair.thief.shift();
        let market = &mut party.pair.thief.market;
        let found = market.clone();
        let mark = float(market.quote_sell(id, "0.000001").mark);
        let mut worth = market.wealth(buyer);
        let mut paid = |market: &mut Market| {
            let before = std::mem::replace(&mut worth, market.wealth(buyer));
            (before - worth) / 20.0
        };
        let bought = market.buy(buyer, id, "20").map(drop);
        assert_eq!(bought.is_ok(), shift < 0.18, "at a shift of {shift}");
        if bought.is_ok() {
            let cost = paid(market) - mark;
            market.push(party.pair.thief.who, spot);
            market.sell(buyer, id, "20").unwrap();
            let back = -paid(market) - mark;
            println!(
                "{shift:.3}: {:+.1} bp of spot, and {:+.1} back",
                cost / spot * 1e4,
                back / spot * 1e4
            );
            let lost = (cost - back) / spot * 1e4;
            assert!(lost > 30.0 && lost < 45.0, "{lost} bp at {shift}");
        }
        *market = found.clone();
        let before = market.state_of(holder).quote;
        market
            .send(holder, on_account(&[(id, "-20")], holder))
            .unwrap();
        let got = signed(market.state_of(holder).quote - before) * 1e12 / 20.0 - mark;
        println!("{shift:.3}: {:+.1} bp for twenty held", got / spot * 1e4);
        // A quarter of the vol is 0.284 of an option at the money.
        assert!(got < 0.285 * mark, "{got} over {mark}");
        *market = found;
    }
}

/// Others hold what carries the book to the cap. Whoever writes against them lowers net asset value by what the potential falls by,
/// deposits, and buys back: once the others' options have expired its shares are worth more than it paid. It gains where that is more than
/// spreads and what leaving costs.
#[test]
fn who_lowers_the_potential_before_it_deposits_gains_little() {
    let mut best = f64::MIN;
    for deposit in [1e6, 3e6, 3e7] {
        let mut thief = Thief::at_depth(0.0, "500000");
        let (who, holder) = (thief.who, thief.market.world.actors.carol.address);
        thief.market.enrich(holder);
        let quarter = thief.market.expiries[2];
        let straddle = [call(quarter, "2500"), put(quarter, "2500")];
        let parts = straddle.map(|id| (id, "5"));
        while thief
            .market
            .send(holder, trade(legs(&parts), holder))
            .is_ok()
        {
            thief.market.push(who, 2_500.0);
        }
        let (start, cap) = (thief.cash(), thief.shift());
        for _ in 0..10 {
            thief.on_account(&straddle, -6.6).unwrap();
            thief.market.push(who, 2_500.0);
        }
        let lowered = thief.shift();
        assert!(lowered < cap - 0.1, "{lowered} from {cap}");
        thief.market.deposit(who, deposit).unwrap();
        for _ in 0..10 {
            thief.on_account(&straddle, 6.6).unwrap();
            thief.market.push(who, 2_500.0);
        }
        let mid = signed(thief.market.nav().mid);
        let supply = thief.market.view(IPool::totalSupply_0Call {}).unwrap();
        let part = float(thief.market.shares_of(who)) / float(supply);
        // It leaves two basis points behind.
        let gain = part * mid * 0.9998 + thief.cash() - start;
        println!("{deposit} deposited at a shift of {lowered:.3} instead of {cap:.3}: {gain:+.2}");
        best = best.max(gain);
    }
    // Known to gain.
    assert!(best < 2_000.0, "{best}");
}
