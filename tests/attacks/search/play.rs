//! Plays a sequence of operations in the real market, closes everything and counts what it brought.
//!
//! What time, the market's moves and other people do to the attacker's positions is nobody's skill: the change of what they are
//! worth at the anchor over such a step is counted out. What is left is what the operations themselves brought: below zero where
//! every trade pays its spread.

use std::collections::BTreeMap;

use alloy_primitives::{Address, I256, U256};
use smirk_world::{abi::IPool, price::wad, World};

use super::operation::{Legs, Operation, SERIES, WRITERS};
use crate::{
    bench::stage::{lots, number, price_wad},
    common::{call, put, Market, DAY},
};

const VOLS: [f64; 3] = [0.75, 0.70, 0.68];
/// What must never be: money that is free to leave was not let out.
pub const REFUSED: &str = "an exit that was refused";
const PRICE: f64 = 2_500.0;

/// The market, what is true in it, and what the attacker has.
#[derive(Clone)]
pub struct Play {
    market: Market,
    /// Two writers, and one that liquidates, pushes and owns shares.
    people: [Address; WRITERS + 1],
    series: Vec<U256>,
    held: [[f64; SERIES]; WRITERS],
    price: f64,
    /// The feed is behind the true price.
    is_behind: bool,
    /// What vols are times what they were first, and will be when they follow.
    vols: f64,
    vols_to_come: f64,
    /// Round that settles the first expiry.
    round: Option<u128>,
    /// What base was worth when it passed.
    end_price: f64,
    is_settled: bool,
    start: f64,
    /// What the pool was worth then.
    pool: f64,
    /// What time and the market brought.
    drift: f64,
    turnover: f64,
    /// What went through, by name.
    pub done: BTreeMap<&'static str, usize>,
}

/// What a sequence brought.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub profit: f64,
    /// What the pool is worth less, others' positions and time's work and all.
    pub lost: f64,
    /// Premiums paid and got.
    pub turnover: f64,
    pub done: BTreeMap<&'static str, usize>,
    /// Options that could not be closed.
    pub open: f64,
}

fn signed(value: U256) -> I256 {
    I256::try_from(value).unwrap()
}

fn real(value: I256, decimals: i32) -> f64 {
    let size = number(value.unsigned_abs(), decimals);
    if value.is_negative() {
        -size
    } else {
        size
    }
}

fn atoms(amount: f64) -> U256 {
    U256::from((amount.max(0.0) * 1e6) as u128)
}

fn signed_lots(size: f64) -> I256 {
    let lots = signed(lots(size.abs()));
    if size < 0.0 {
        -lots
    } else {
        lots
    }
}

/// The beginning, and what others do.
impl Play {
    /// A pool of a million beside a venue of so much base.
    pub fn new(depth: &str) -> Play {
        let world = World::builder().price(wad("2500")).depth(wad(depth));
        let mut market = Market::with(world.with_lender(), |_| {});
        let actors = &market.world.actors;
        let people = [
            actors.alice.address,
            actors.bob.address,
            actors.carol.address,
        ];
        let (base, quote) = (market.world.base, market.world.quote);
        for who in people {
            market.world.mint(quote, who, atoms(1e8)).unwrap();
        }
        market.world.mint(base, people[2], wad("1000000")).unwrap();
        for token in [base, quote] {
            let router = market.world.venue.router;
            market
                .world
                .approve(token, people[2], router, U256::MAX)
                .unwrap();
        }
        let mut series = Vec::new();
        for expiry in [market.expiries[0], market.expiries[1]] {
            for strike in ["2200", "2400", "2500", "2600", "2800"] {
                series.push(call(expiry, strike));
                series.push(put(expiry, strike));
            }
        }
        for account_ in [people[0], people[1]] {
            let amount = atoms(100_000.0);
            let deposit = IPool::depositMarginCall { amount, account_ };
            market.send(account_, deposit).unwrap();
        }
        let mut play = Play {
            market,
            people,
            series,
            held: [[0.0; SERIES]; WRITERS],
            price: PRICE,
            is_behind: false,
            vols: 1.0,
            vols_to_come: 1.0,
            round: None,
            end_price: PRICE,
            is_settled: false,
            start: 0.0,
            pool: 0.0,
            drift: 0.0,
            turnover: 0.0,
            done: BTreeMap::new(),
        };
        play.start = play.wealth();
        play.pool = play.pool_worth();
        play
    }

    /// The market has just moved and the venue with it; the feed has not. Vols will be times this.
    pub fn ahead_of_the_feed(mut self, ratio: f64, vols: f64) -> Play {
        self.vols_to_come = vols;
        self.price *= 1.0 + ratio;
        let target = price_wad(self.price);
        self.market.world.arbitrage_to(target).unwrap();
        self.market.world.chain.advance(2);
        self.is_behind = true;
        self.start = self.wealth();
        self
    }

    fn note(&mut self, name: &'static str, went: bool) -> bool {
        if went {
            *self.done.entry(name).or_default() += 1;
        }
        went
    }

    /// Something that is not the attacker's doing.
    fn outside(&mut self, step: impl FnOnce(&mut Play)) {
        let before = self.marked(false);
        step(self);
        self.drift += self.marked(false) - before;
    }

    fn feed(&mut self) -> u128 {
        if self.is_behind {
            return self.market.world.refresh_feed().unwrap();
        }
        let price = price_wad(self.price);
        self.market.world.push_price(price).unwrap()
    }

    fn post(&mut self) {
        for (expiry, vol) in self.market.expiries.into_iter().zip(VOLS) {
            let vol = format!("{:.6}", vol * self.vols);
            let _ = self.market.post(expiry, &vol);
        }
    }

    /// Others bring the venue back and hedge the pool.
    fn tidy(&mut self) {
        let target = price_wad(self.price);
        for _ in 0..2 {
            self.market.world.arbitrage_to(target).unwrap();
            let provider = self.market.world.actors.provider.address;
            let _ = self.market.send(provider, IPool::rebalanceCall {});
        }
        self.market.world.arbitrage_to(target).unwrap();
    }

    fn wait(&mut self, seconds: u64) {
        self.outside(|play| {
            play.market.world.chain.advance(seconds);
            play.feed();
            if seconds >= 600 {
                play.post();
            }
            if seconds >= 60 && !play.is_behind {
                play.tidy();
            }
        });
    }

    /// The market moves, when others have settled what is over and liquidated what may be, if the attacker has not.
    fn move_(&mut self, ratio: f64) {
        self.settle();
        let liquidator = self.market.world.actors.provider.address;
        for who in 0..WRITERS {
            let (account_, receiver) = (self.people[who], liquidator);
            let liquidate = IPool::liquidateCall { account_, receiver };
            while self.market.send(liquidator, liquidate.clone()).is_ok() {}
        }
        self.outside(|play| {
            play.market.world.chain.advance(600);
            play.price *= 1.0 + ratio;
            play.feed();
            play.post();
            play.tidy();
        });
    }

    fn expire(&mut self) {
        let expiry = self.market.expiries[0];
        if self.round.is_some() || self.is_behind {
            return;
        }
        // Vols are fresh a day before, as a keeper's are.
        self.outside(|play| {
            let now = play.market.world.chain.now();
            play.market.world.chain.set_time((expiry - DAY).max(now));
            play.feed();
            play.post();
            play.tidy();
            play.market.world.chain.set_time((expiry - 20).max(now));
            play.feed();
            play.post();
            play.market.world.chain.set_time(expiry + 1);
            play.round = Some(play.feed());
            play.end_price = play.price;
            play.post();
            play.tidy();
        });
    }
}

/// The attacker's operations.
impl Play {
    pub fn step(&mut self, operation: &Operation) {
        match operation {
            Operation::Order { who, legs } => self.order(*who, legs),
            Operation::OnAccount { who, legs } => {
                self.on_account(*who, legs);
            }
            Operation::Close { who } => self.close(*who),
            Operation::Sell { who } => self.sell(*who),
            Operation::In { who } => self.move_in(*who),
            Operation::Out { who } => self.move_out(*who),
            Operation::Fund { who, amount } => {
                let (amount, account_) = (atoms(*amount), self.people[*who]);
                let fund = IPool::depositMarginCall { amount, account_ };
                let went = self.market.send(account_, fund).is_ok();
                self.note("margin in", went);
            }
            Operation::Take { who, part } => self.take(*who, *part),
            Operation::Flag { who } => {
                let account_ = self.people[*who];
                let flag = IPool::flagCall { account_ };
                let went = self.market.send(self.people[2], flag).is_ok();
                self.note("flag", went);
            }
            Operation::Liquidate { who } => {
                self.liquidate(*who);
            }
            Operation::Touch { who } => {
                let account_ = self.people[*who];
                let touch = IPool::touchCall { account_ };
                let went = self.market.send(self.people[2], touch).is_ok();
                self.note("touch", went);
            }
            Operation::Settle => self.settle(),
            Operation::Claim { who } => self.claim(*who),
            Operation::Deposit { amount } => {
                let (assets, receiver) = (atoms(*amount), self.people[2]);
                let deposit = IPool::depositCall { assets, receiver };
                let went = self.market.send(receiver, deposit).is_ok();
                self.note("deposit", went);
            }
            Operation::Redeem { part } => self.redeem(*part),
            Operation::Push { ratio } => self.push(*ratio),
            Operation::Undo => self.trade_venue(self.price),
            Operation::Follow => self.follow(),
            Operation::Poke => {
                let poke = self.market.send(self.people[2], IPool::rebalanceCall {});
                self.note("poke", poke.is_ok());
            }
            Operation::Report => self.report(),
            Operation::Wait { seconds } => self.wait(*seconds),
            Operation::Move { ratio } => {
                if !self.is_behind {
                    self.move_(*ratio);
                }
            }
            Operation::Expire => self.expire(),
        }
    }

    fn legs(&self, legs: &Legs) -> Vec<IPool::Leg> {
        let leg = |(index, size): &(usize, f64)| IPool::Leg {
            id: self.series[*index],
            size: signed_lots(*size),
        };
        legs.iter().map(leg).collect()
    }

    fn order(&mut self, who: usize, legs: &Legs) {
        let held = self.held[who];
        let mut legs = legs.clone();
        for leg in &mut legs {
            leg.1 = leg.1.max(-held[leg.0]);
        }
        legs.retain(|leg| leg.1 != 0.0);
        if legs.is_empty() {
            return;
        }
        let receiver = self.people[who];
        let order = IPool::tradeCall {
            legs: self.legs(&legs),
            limit: I256::MAX,
            deadline: U256::MAX,
            receiver,
        };
        let outcome = self.market.send(receiver, order);
        if let Ok(receipt) = &outcome {
            self.turnover += real(receipt.value, 6).abs();
            for (index, size) in legs {
                self.held[who][index] += size;
            }
        }
        self.note("order", outcome.is_ok());
    }

    fn on_account(&mut self, who: usize, legs: &Legs) -> bool {
        let account_ = self.people[who];
        let order = IPool::tradeOnAccountCall {
            legs: self.legs(legs),
            limit: I256::MAX,
            deadline: U256::MAX,
            account_,
        };
        let outcome = self.market.send(account_, order);
        if let Ok(receipt) = &outcome {
            self.turnover += real(receipt.value, 6).abs();
        }
        self.note("on account", outcome.is_ok())
    }

    fn account(&mut self, who: usize) -> IPool::Account {
        let account_ = self.people[who];
        self.market.view(IPool::accountCall { account_ }).unwrap()
    }

    /// The account's legs by index that have not expired.
    fn account_legs(&mut self, who: usize) -> Legs {
        let legs = self.account(who).legs;
        let index = |id: U256| self.series.iter().position(|series| *series == id).unwrap();
        legs.iter()
            .map(|leg| (index(leg.id), real(leg.size, 18)))
            .filter(|leg| !self.is_over(leg.0))
            .collect()
    }

    fn is_over(&self, index: usize) -> bool {
        index < SERIES / 2 && self.round.is_some()
    }

    /// As one order, else leg by leg, shorts first.
    fn close(&mut self, who: usize) {
        let mut legs = self.account_legs(who);
        for leg in &mut legs {
            leg.1 = -leg.1;
        }
        if legs.is_empty() || legs.len() <= 8 && self.on_account(who, &legs) {
            return;
        }
        legs.sort_by(|a, b| b.1.total_cmp(&a.1));
        for leg in legs {
            self.on_account(who, &vec![leg]);
        }
    }

    fn sell(&mut self, who: usize) {
        let legs: Legs = (0..SERIES)
            .filter(|index| self.held[who][*index] > 0.0 && !self.is_over(*index))
            .map(|index| (index, -self.held[who][index]))
            .collect();
        let orders = self.done.get("order").copied();
        for legs in legs.chunks(8) {
            self.order(who, &legs.to_vec());
        }
        if self.done.get("order").copied() == orders {
            for leg in legs {
                self.order(who, &vec![leg]);
            }
        }
    }

    fn move_in(&mut self, who: usize) {
        for index in 0..SERIES {
            let held = self.held[who][index];
            if held > 0.0 && !self.is_over(index) {
                let (id, size) = (self.series[index], lots(held));
                let deposit = IPool::depositPositionCall { id, size };
                let went = self.market.send(self.people[who], deposit).is_ok();
                if self.note("position in", went) {
                    self.held[who][index] = 0.0;
                }
            }
        }
    }

    fn move_out(&mut self, who: usize) {
        for (index, size) in self.account_legs(who) {
            if size > 0.0 {
                let (id, receiver) = (self.series[index], self.people[who]);
                let out = IPool::withdrawPositionCall {
                    id,
                    size: lots(size),
                    receiver,
                };
                let went = self.market.send(receiver, out).is_ok();
                if self.note("position out", went) {
                    self.held[who][index] += size;
                }
            }
        }
    }

    fn take(&mut self, who: usize, part: f64) {
        let account = self.account(who);
        let spare = real(account.value, 18) - number(account.initial, 18) - 0.000_01;
        let all = spare.min(real(account.quote, 6));
        let (amount, receiver) = (atoms(all * part), self.people[who]);
        let take = IPool::withdrawMarginCall { amount, receiver };
        if amount.is_zero() {
            return;
        }
        let went = self.market.send(receiver, take).is_ok();
        self.note("margin out", went);
        self.note(REFUSED, !went && account.legs.is_empty());
    }

    fn liquidate(&mut self, who: usize) -> bool {
        let (account_, receiver) = (self.people[who], self.people[2]);
        let call = IPool::liquidateCall { account_, receiver };
        let went = self.market.send(receiver, call).is_ok();
        self.note("liquidation", went)
    }

    fn settle(&mut self) {
        if let Some(round) = self.round.filter(|_| !self.is_settled) {
            let settle = IPool::settleCall {
                expiry: U256::from(self.market.expiries[0]),
                roundId: U256::from(round),
            };
            self.is_settled = self.market.send(self.people[2], settle).is_ok();
            self.note("settle", self.is_settled);
        }
    }

    fn claim(&mut self, who: usize) {
        for index in 0..SERIES / 2 {
            let held = self.held[who][index];
            if held > 0.0 && self.is_settled {
                let (id, receiver) = (self.series[index], self.people[who]);
                let size = lots(held);
                let claim = IPool::claimCall { id, size, receiver };
                let went = self.market.send(receiver, claim).is_ok();
                if self.note("claim", went) {
                    self.held[who][index] = 0.0;
                }
                self.note(REFUSED, !went);
            }
        }
    }

    fn shares(&mut self) -> U256 {
        let holder = self.people[2];
        self.market.view(IPool::balanceOf_0Call { holder }).unwrap()
    }

    fn redeem(&mut self, part: f64) {
        let owner_ = self.people[2];
        let most = self
            .market
            .view(IPool::maxRedeemCall { owner_ })
            .unwrap_or_default();
        let shares = most * U256::from((part * 1e3) as u64) / U256::from(1_000);
        if shares.is_zero() {
            return;
        }
        let redeem = IPool::redeemCall {
            shares,
            receiver: owner_,
            owner_,
        };
        let went = self.market.send(owner_, redeem).is_ok();
        self.note("redeem", went);
        self.note(REFUSED, !went);
    }

    fn push(&mut self, ratio: f64) {
        let feed = number(self.market.world.feed_price().unwrap(), 18);
        self.trade_venue(feed * (1.0 + ratio));
    }

    fn trade_venue(&mut self, price: f64) {
        let pusher = self.people[2];
        let went = self
            .market
            .world
            .trade_venue_to(pusher, price_wad(price))
            .is_ok();
        self.note("push", went);
    }

    /// What the vols do is known before: it is not counted out.
    fn follow(&mut self) {
        if self.is_behind || self.vols == self.vols_to_come {
            return;
        }
        self.outside(|play| {
            play.market.world.chain.advance(600);
            play.feed();
        });
        self.vols = self.vols_to_come;
        self.post();
        self.note("follow", true);
    }

    fn report(&mut self) {
        if self.is_behind {
            self.is_behind = false;
            self.feed();
            self.note("report", true);
        }
    }
}

/// What it is worth.
impl Play {
    /// Positions and shares that the world can change the worth of, and base. At the end, what an account owes is not the
    /// attacker's to pay, and shares are worth what leaving pays.
    fn marked(&mut self, is_end: bool) -> f64 {
        let mut sum = 0.0;
        for who in 0..WRITERS {
            let value = real(self.account(who).value, 18);
            sum += if is_end { value.max(0.0) } else { value };
            sum += self.wallet(who);
        }
        let shares = self.shares();
        if !shares.is_zero() {
            let supply = self.market.view(IPool::totalSupply_0Call {}).unwrap();
            let nav = self.market.view(IPool::navCall {}).unwrap();
            let nav = if is_end { nav.low } else { nav.mid };
            sum += real(nav, 18) * number(shares, 9) / number(supply, 9);
        }
        let (base, pusher) = (self.market.world.base, self.people[2]);
        let base = self.market.world.balance_of(base, pusher).unwrap();
        sum + number(base, 18) * self.price
    }

    fn wallet(&mut self, who: usize) -> f64 {
        let (mut sum, mut legs) = (0.0, Legs::new());
        for index in 0..SERIES {
            let held = self.held[who][index];
            if held <= 0.0 {
                continue;
            }
            if self.is_over(index) {
                let strike = number(self.series[index] & U256::from(u128::MAX), 18);
                let gain = self.end_price - strike;
                let gain = if self.series[index].bit(192) {
                    -gain
                } else {
                    gain
                };
                sum += held * gain.max(0.0);
            } else {
                legs.push((index, held));
            }
        }
        for legs in legs.chunks(8) {
            let legs = self.legs(&legs.to_vec());
            let view = self.market.view(IPool::marginForCall { legs }).unwrap();
            sum += real(view.value, 18);
        }
        sum
    }

    /// Net asset value at the middle, charges not yet earned, the insurance and what is lent to accounts.
    fn pool_worth(&mut self) -> f64 {
        let nav = self.market.view(IPool::navCall {}).unwrap();
        let claim = self.market.view(IPool::accountsCall {}).unwrap().claim;
        real(nav.mid, 18) + number(nav.unearned, 18) + number(nav.insurance + claim, 6)
    }

    fn wealth(&mut self) -> f64 {
        let quote = self.market.world.quote;
        let mut sum = self.marked(true);
        for who in self.people {
            sum += number(self.market.world.balance_of(quote, who).unwrap(), 6);
        }
        sum
    }

    /// The tokens are there for all that is recorded.
    fn check_tokens(&mut self) {
        let nav = self.market.view(IPool::navCall {}).unwrap();
        let pot = self.market.view(IPool::accountsCall {}).unwrap().pot;
        let recorded = nav.cash + nav.setAside + nav.insurance + pot;
        let (quote, pool) = (self.market.world.quote, self.market.pool.address);
        let held = self.market.world.balance_of(quote, pool).unwrap();
        assert!(held >= recorded, "{held} of {recorded}");
    }

    /// What was brought so far at the anchor, and the accounts.
    pub fn told(&mut self) -> String {
        let so_far = self.wealth() - self.start - self.drift;
        let accounts = [0, 1].map(|who| {
            let account = self.account(who);
            let (quote, value) = (real(account.quote, 6), real(account.value, 18));
            format!(
                "{quote:.2} worth {value:.2} of {:.2}/{:.2}, {} legs",
                number(account.initial, 18),
                number(account.maintenance, 18),
                account.legs.len()
            )
        });
        format!("{so_far:.4} (drift {:.2}) {accounts:?}", self.drift)
    }

    /// Closes, withdraws and claims everything and counts.
    pub fn finish(mut self) -> Outcome {
        self.check_tokens();
        self.report();
        self.trade_venue(self.price);
        self.follow();
        self.settle();
        self.outside(|play| {
            play.market.world.chain.advance(600);
            play.feed();
            play.post();
        });
        for who in 0..WRITERS {
            while !self.account_legs(who).is_empty() && self.liquidate(who) {}
            self.close(who);
            self.sell(who);
            self.claim(who);
            self.trade_venue(self.price);
        }
        for who in 0..WRITERS {
            self.take(who, 1.0);
        }
        self.redeem(1.0);
        self.trade_venue(self.price);
        self.check_tokens();
        let open = self.held.iter().flatten().sum::<f64>()
            + (0..WRITERS)
                .map(|who| self.account_legs(who).len() as f64)
                .sum::<f64>();
        Outcome {
            lost: self.pool - self.pool_worth(),
            profit: self.wealth() - self.start - self.drift,
            turnover: self.turnover,
            done: self.done,
            open,
        }
    }
}
