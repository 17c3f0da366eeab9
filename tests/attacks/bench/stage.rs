//! A market in one corner of the grid, an attacker with deep pockets in it, and what the attacker ends up with.
//!
//! The true price is what the attacker knows; venue and feed follow it when a scenario says so. Wealth is counted in quote at
//! the true price, in floating point: a bench reads it to the cent.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use alloy_primitives::{Address, I256, U256};
use smirk_world::{abi::IPool, price::wad, Actor, World, TICK_SPACING};

use crate::common::{call, put, Market};

/// ETH when the curtain rises.
pub const PRICE: f64 = 2_500.0;

/// One corner of the grid.
#[derive(Clone, Copy, Debug)]
pub struct Cell {
    /// Base on each side of the venue's full range.
    pub depth: &'static str,
    /// Quote that the provider has in the pool.
    pub equity: u64,
    /// Index of the expiry attacked: a week, four weeks, three months.
    pub expiry: usize,
    /// Most cycles of a repeated attack.
    pub cycles: usize,
    /// What the sizes of an attack are times: charges are convex, so that the largest order that is taken is the dearest.
    pub scale: f64,
}

/// What came of one run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the attacker has more than before, quote.
    pub profit: f64,
    /// The most that the attacker had laid out at any time, quote.
    pub capital: f64,
    /// Whether what was attacked really happened.
    pub ran: bool,
    /// The run's own parameters.
    pub with: String,
}

/// The play.
pub struct Stage {
    pub market: Market,
    pub cell: Cell,
    /// The attacker.
    pub me: Actor,
    /// What base is worth.
    pub price: f64,
    /// Set by a scenario when what it attacks has happened.
    pub ran: bool,
    /// Part of a vol that the keeper moves in one post.
    pub step: f64,
    positions: BTreeMap<U256, f64>,
    start: f64,
    start_cash: (f64, f64),
    capital: f64,
}

/// The market of a corner, with the attacker's pockets filled. Built once; every play gets a copy of its own.
fn built(cell: Cell) -> Market {
    static BUILT: Mutex<BTreeMap<(&str, u64), Market>> = Mutex::new(BTreeMap::new());
    let markets = || BUILT.lock().unwrap_or_else(PoisonError::into_inner);
    let key = (cell.depth, cell.equity);
    let known = markets().get(&key).cloned();
    known.unwrap_or_else(|| {
        let market = build(cell);
        markets().insert(key, market.clone());
        market
    })
}

fn build(cell: Cell) -> Market {
    let world = World::builder()
        .price(wad("2500"))
        .depth(wad(cell.depth))
        .with_lender();
    let mut market = Market::with(world, |_| {});
    let provider = market.world.actors.provider.address;
    let million = 1_000_000;
    let (quote, units) = (market.world.quote, |amount: u64| {
        U256::from(amount) * U256::from(1_000_000)
    });
    if cell.equity > million {
        let assets = units(cell.equity - million);
        market.world.mint(quote, provider, assets).unwrap();
        let receiver = provider;
        market
            .send(provider, IPool::depositCall { assets, receiver })
            .unwrap();
    } else if cell.equity < million {
        let withdraw = IPool::withdrawCall {
            assets: units(million - cell.equity),
            receiver: provider,
            owner_: provider,
        };
        market.send(provider, withdraw).unwrap();
    }
    let me = market.world.actors.alice.address;
    let base = market.world.base;
    market.world.mint(quote, me, units(1_000_000_000)).unwrap();
    market.world.mint(base, me, wad("1000000")).unwrap();
    let spenders = [market.pool.address, market.world.venue.router];
    for token in [base, quote] {
        for spender in spenders {
            market.world.approve(token, me, spender, U256::MAX).unwrap();
        }
    }
    market
}

impl Stage {
    /// A market as the cell says, and an attacker with a billion quote and a million base.
    pub fn new(cell: Cell) -> Stage {
        let market = built(cell);
        let me = market.world.actors.alice.clone();
        let mut stage = Stage {
            market,
            cell,
            me,
            price: PRICE,
            ran: false,
            step: Stage::STEP,
            positions: BTreeMap::new(),
            start: 0.0,
            start_cash: (0.0, 0.0),
            capital: 0.0,
        };
        stage.begin();
        stage
    }

    /// Counts wealth from here.
    pub fn begin(&mut self) {
        self.start_cash = self.purse();
        self.start = self.wealth();
    }

    /// The expiry attacked.
    pub fn expiry(&self) -> u64 {
        self.market.expiries[self.cell.expiry]
    }

    /// The deepest call that the pool sells: delta next to one, vega next to none.
    pub fn deep_call(&mut self) -> U256 {
        let id = call(self.expiry(), "1000");
        match self.market.quote_buy(id, "0.01") {
            Err(failure) if failure.is::<IPool::MoneynessOutOfRange>() => {
                call(self.expiry(), "2000")
            }
            _ => id,
        }
    }

    /// The deepest put that the pool sells.
    pub fn deep_put(&mut self) -> U256 {
        let id = put(self.expiry(), "5000");
        match self.market.quote_buy(id, "0.01") {
            Err(failure) if failure.is::<IPool::MoneynessOutOfRange>() => {
                put(self.expiry(), "3125")
            }
            _ => id,
        }
    }
}

/// Trades.
impl Stage {
    /// Buys options; whether the pool sold them.
    pub fn buy(&mut self, id: U256, size: f64) -> bool {
        let order = IPool::buyCall {
            id,
            size: lots(size),
            maxCost: U256::MAX,
            deadline: U256::MAX,
            receiver: self.me.address,
        };
        let bought = self.market.send(self.me.address, order).is_ok();
        if bought {
            *self.positions.entry(id).or_default() += size;
        }
        self.note();
        bought
    }

    /// Sells options back; whether the pool took them.
    pub fn sell(&mut self, id: U256, size: f64) -> bool {
        let order = IPool::sellCall {
            id,
            size: lots(size),
            minProceeds: U256::ZERO,
            deadline: U256::MAX,
            receiver: self.me.address,
        };
        let sold = self.market.send(self.me.address, order).is_ok();
        if sold {
            *self.positions.entry(id).or_default() -= size;
        }
        self.note();
        sold
    }

    /// Trades several series as one order; whether the pool took it.
    pub fn trade(&mut self, parts: &[(U256, f64)]) -> bool {
        let leg = |&(id, size): &(U256, f64)| {
            let lots = I256::from_raw(lots(size.abs()));
            let size = if size < 0.0 { -lots } else { lots };
            IPool::Leg { id, size }
        };
        let order = IPool::tradeCall {
            legs: parts.iter().map(leg).collect(),
            limit: I256::MAX,
            deadline: U256::MAX,
            receiver: self.me.address,
        };
        let done = self.market.send(self.me.address, order).is_ok();
        if done {
            for (id, size) in parts {
                *self.positions.entry(*id).or_default() += size;
            }
        }
        self.note();
        done
    }

    /// Sells everything back that the pool takes.
    pub fn sell_all(&mut self) {
        for (id, size) in self.positions.clone() {
            if size > 0.0 {
                self.sell(id, size);
            }
        }
    }

    /// The largest of these sizes, times the corner's scale, that the pool sells now; buys it. Zero when it sells none.
    pub fn buy_most(&mut self, id: U256, sizes: &[f64]) -> f64 {
        for size in sizes {
            let size = size * self.cell.scale;
            if self.buy(id, size) {
                return size;
            }
        }
        0.0
    }

    /// Base that the pool holds, less what it owes.
    pub fn hedge(&mut self) -> f64 {
        let held = self.market.view(IPool::riskCall {}).unwrap().hedgePosition;
        let size = number(held.unsigned_abs(), 18);
        if held.is_negative() {
            -size
        } else {
            size
        }
    }

    /// Pokes the hedge; the base that the pool traded.
    pub fn poke(&mut self) -> f64 {
        let before = self.hedge();
        let _ = self.market.send(self.me.address, IPool::rebalanceCall {});
        self.note();
        self.hedge() - before
    }

    /// Deposits quote; whether the pool took it.
    pub fn deposit(&mut self, amount: f64) -> bool {
        let deposit = IPool::depositCall {
            assets: U256::from((amount * 1e6) as u128),
            receiver: self.me.address,
        };
        let done = self.market.send(self.me.address, deposit).is_ok();
        self.note();
        done
    }

    /// Redeems as much as is allowed, a few times over.
    pub fn leave(&mut self) {
        for _ in 0..8 {
            let owner_ = self.me.address;
            let shares = self.market.view(IPool::maxRedeemCall { owner_ }).unwrap();
            let redeem = IPool::redeemCall {
                shares,
                receiver: owner_,
                owner_,
            };
            if self.market.send(owner_, redeem).is_err() {
                break;
            }
        }
    }
}

/// The venue, the feed and time.
impl Stage {
    /// Trades the venue to this much beside the true price.
    pub fn push(&mut self, ratio: f64) {
        let target = price_wad(self.price * (1.0 + ratio));
        let _ = self
            .market
            .world
            .trade_venue_to(self.me.address, target)
            .unwrap();
        self.note();
    }

    /// Trades the venue back to the true price.
    pub fn undo(&mut self) {
        self.push(0.0);
    }

    /// The true price moves and others bring the venue there, seconds before anything else happens; the feed stays where it was.
    pub fn shift(&mut self, ratio: f64) {
        self.price *= 1.0 + ratio;
        let target = price_wad(self.price);
        let others = self.market.world.actors.arbitrageur.address;
        self.market.world.trade_venue_to(others, target).unwrap();
        self.market.world.chain.advance(2);
    }

    /// The feed says the true price.
    pub fn report(&mut self) {
        self.market.world.push_price(price_wad(self.price)).unwrap();
    }

    /// The clock goes to a time; the feed says the true price and the keeper posts its first vols again.
    pub fn go_to(&mut self, time: u64) {
        self.market.world.chain.set_time(time);
        self.report();
        let expiries = self.market.expiries;
        for (expiry, vol) in expiries.into_iter().zip(["0.75", "0.70", "0.68"]) {
            let _ = self.market.post(expiry, vol);
        }
    }

    /// Time passes; the feed's heartbeat goes on.
    pub fn wait(&mut self, seconds: u64) {
        self.market.world.chain.advance(seconds);
        self.market.world.refresh_feed().unwrap();
    }

    /// Puts the attacker's own base (above the price) or quote (below it) in one tick this much beside the true price.
    pub fn wall(&mut self, ratio: f64, base: f64) -> (U256, u128) {
        let raw = self.price * (1.0 + ratio) * 1e-12;
        let tick = (raw.ln() / 1.0001f64.ln() / f64::from(TICK_SPACING)).floor() as i32;
        let lower = if ratio > 0.0 { tick + 1 } else { tick - 1 } * TICK_SPACING;
        let amounts = if ratio > 0.0 {
            [lots(base), U256::ZERO]
        } else {
            [U256::ZERO, U256::from((base * self.price * 1e6) as u128)]
        };
        let venue = self.market.world.venue;
        let position = venue
            .provide_between(
                &mut self.market.world.chain,
                self.me.address,
                [lower, lower + TICK_SPACING],
                amounts,
            )
            .unwrap();
        self.note();
        position
    }

    /// Puts the attacker's liquidity in the tick where the price is: the venue looks deep and is not.
    pub fn pretend_depth(&mut self, base: f64) -> (U256, u128) {
        let raw = self.price * 1e-12;
        let tick = (raw.ln() / 1.0001f64.ln() / f64::from(TICK_SPACING)).floor() as i32;
        let lower = tick * TICK_SPACING;
        let amounts = [lots(base), U256::from((base * self.price * 1e6) as u128)];
        let venue = self.market.world.venue;
        let position = venue
            .provide_between(
                &mut self.market.world.chain,
                self.me.address,
                [lower, lower + TICK_SPACING],
                amounts,
            )
            .unwrap();
        self.note();
        position
    }

    /// Takes the wall down.
    pub fn unwall(&mut self, position: (U256, u128)) {
        let venue = self.market.world.venue;
        venue
            .remove(&mut self.market.world.chain, self.me.address, position)
            .unwrap();
        self.note();
    }
}

/// Expiry.
impl Stage {
    /// Lets the expiry attacked pass with the true price moved by this much. Returns the round that settles it.
    pub fn expire(&mut self, ratio: f64) -> u128 {
        let expiry = self.expiry();
        self.market.world.chain.set_time(expiry - 20);
        self.report();
        self.market.world.chain.set_time(expiry + 1);
        self.shift(ratio);
        let price = price_wad(self.price);
        self.market.world.push_price(price).unwrap()
    }

    /// Settles the expiry attacked.
    pub fn settle(&mut self, round: u128) {
        let anyone = self.market.world.actors.carol.address;
        let settle = IPool::settleCall {
            expiry: U256::from(self.expiry()),
            roundId: U256::from(round),
        };
        self.market.send(anyone, settle).unwrap();
    }

    /// Claims options of a settled series.
    pub fn claim(&mut self, id: U256, size: f64) {
        let receiver = self.me.address;
        let size = lots(size);
        let claim = IPool::claimCall { id, size, receiver };
        if self.market.send(receiver, claim).is_ok() {
            self.positions.remove(&id);
        }
    }

    /// Whether the pool has positions.
    pub fn has_book(&mut self) -> bool {
        !self.market.view(IPool::bookCall {}).unwrap().is_empty()
    }
}

/// Accounts.
impl Stage {
    fn purse(&mut self) -> (f64, f64) {
        let (quote, base, me) = (
            self.market.world.quote,
            self.market.world.base,
            self.me.address,
        );
        let held = |market: &mut Market, token| market.world.balance_of(token, me).unwrap();
        (
            number(held(&mut self.market, quote), 6),
            number(held(&mut self.market, base), 18),
        )
    }

    /// Notes what is laid out now.
    fn note(&mut self) {
        let (quote, base) = self.purse();
        let out =
            (self.start_cash.0 - quote).max(0.0) + (self.start_cash.1 - base).max(0.0) * self.price;
        self.capital = self.capital.max(out);
    }

    /// Quote, base at the true price, options at the anchor, shares at the low side of net asset value.
    pub fn wealth(&mut self) -> f64 {
        let (quote, base) = self.purse();
        let nodes = self.market.view(IPool::bookCall {}).unwrap();
        let mut options = 0.0;
        for (id, size) in &self.positions {
            let (strike, expiry) = (
                *id & U256::from(u128::MAX),
                *id >> 128 & U256::from(u64::MAX),
            );
            let node = nodes
                .iter()
                .find(|node| node.strike == strike && node.expiry == expiry);
            if let Some(node) = node {
                let mark = if id.bit(192) { node.put } else { node.call };
                options += size * number(mark, 18);
            }
        }
        let shares = self.shares_worth(self.me.address);
        quote + base * self.price + options + shares
    }

    /// Someone's shares at the low side of net asset value, which is what they are redeemed at.
    pub fn shares_worth(&mut self, holder: Address) -> f64 {
        let shares = self.market.view(IPool::balanceOf_0Call { holder }).unwrap();
        let supply = self.market.view(IPool::totalSupply_0Call {}).unwrap();
        let low = self.market.view(IPool::navCall {}).unwrap().low;
        if shares.is_zero() || low.is_negative() {
            return 0.0;
        }
        number(low.into_raw(), 18) * number(shares, 9) / number(supply, 9)
    }

    /// What the attacker has more than at the beginning.
    pub fn gain(&mut self) -> f64 {
        self.wealth() - self.start
    }

    /// The end: what the attacker has more than at the beginning.
    pub fn finish(mut self, with: String) -> Outcome {
        Outcome {
            profit: self.gain(),
            capital: self.capital,
            ran: self.ran,
            with,
        }
    }
}

/// A size on the lot grid, WAD.
pub fn lots(size: f64) -> U256 {
    U256::from((size * 1e6).round() as u128) * U256::from(1_000_000_000_000u64)
}

/// A price, WAD.
pub fn price_wad(price: f64) -> U256 {
    U256::from((price * 1e9).round() as u128) * U256::from(1_000_000_000)
}

/// An integer with so many decimals as a number.
pub fn number(value: U256, decimals: i32) -> f64 {
    value.to_string().parse::<f64>().unwrap() / 10f64.powi(decimals)
}

/// What things are worth.
impl Stage {
    /// An anchor's at-the-money vol.
    pub fn anchor(&mut self, index: usize) -> f64 {
        let surface = self.market.view(IPool::surfaceCall {}).unwrap();
        number(surface[index].atmVol, 18)
    }

    /// Part of a vol that the keeper moves in one post, unless it signs in small parts.
    pub const STEP: f64 = 0.45;

    /// The pool's mark of an option that it is short.
    pub fn marked(&mut self, id: U256) -> f64 {
        let (strike, expiry) = (id & U256::from(u128::MAX), id >> 128 & U256::from(u64::MAX));
        let nodes = self.market.view(IPool::bookCall {}).unwrap();
        let node = nodes
            .iter()
            .find(|node| node.strike == strike && node.expiry == expiry);
        node.map_or(0.0, |node| {
            number(if id.bit(192) { node.put } else { node.call }, 18)
        })
    }

    /// What an option is worth on the forward that this carry gives, at the pool's own vol, not discounted.
    pub fn fair(&mut self, id: U256, carry: f64) -> f64 {
        let strike = number(id & U256::from(u128::MAX), 18);
        let vol = self.market.view(IPool::impliedVolCall {
            expiry: U256::from(self.expiry()),
            strike: id & U256::from(u128::MAX),
        });
        let vol = number(vol.unwrap(), 18);
        let tau = (self.expiry() - self.market.world.chain.now()) as f64 / 31_536_000.0;
        let forward = self.price * (carry * tau).exp();
        let total = vol * tau.sqrt();
        let d1 = (forward / strike).ln() / total + total / 2.0;
        let call = forward * normal(d1) - strike * normal(d1 - total);
        if id.bit(192) {
            call - forward + strike
        } else {
            call
        }
    }
}

/// The normal distribution, by the trapezoidal rule: to a dozen digits.
fn normal(x: f64) -> f64 {
    let density = |t: f64| (-t * t / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let steps = 2_000;
    let width = x.clamp(-8.0, 8.0) / f64::from(steps);
    let inner: f64 = (1..steps).map(|i| density(width * f64::from(i))).sum();
    0.5 + width * (inner + (density(0.0) + density(width * f64::from(steps))) / 2.0)
}
