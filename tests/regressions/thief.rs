//! A thief with ten billion who does what it likes in any order: moves the venue, waits there with liquidity of its own, trades as
//! its hands do, pokes, deposits, redeems, before and after the feed follows. Whatever it does, undoing it all leaves it with
//! less, but for what a poke is allowed to cost: its reward, the venue's fee and two basis points.

use std::fmt::Write;

use alloy_primitives::{Address, U256};
use smirk_world::{abi::IPool, price::wad, World};

use crate::{
    actions::*,
    common::{call, put, rng::Rng, Market, DAY},
};

const HOUR: u64 = 3_600;
/// Depth of the venue in base, the band's cap, and the time that is left to the first expiry.
const MARKETS: [(&str, &str, u64); 5] = [
    ("4000", "0.0001", 8 * DAY),
    ("40000", "0.02", 8 * DAY),
    ("40000", "0.0001", 5 * HOUR),
    ("400000", "0.0001", 75 * 60),
    ("4000", "0.02", 20 * 60),
];

/// Where a thief begins: a pool, and the price that its feed has still to arrive at.
pub struct Start {
    market: Market,
    price: f64,
}

/// A book with others' positions, hedged, at this time before the first expiry.
fn opened(depth: &str, band: &str, left: u64, lender: bool) -> Market {
    let world = World::builder().price(wad("2500")).depth(wad(depth));
    let world = if lender { world.with_lender() } else { world };
    let mut market = Market::with(world, |constructor| {
        constructor.parameters.set("bandCap", wad(band))
    });
    let (thief, bob) = (
        market.world.actors.alice.address,
        market.world.actors.bob.address,
    );
    market.enrich(thief);
    let [week, month, quarter] = market.expiries;
    for (id, size) in [
        (call(week, "2500"), "2"),
        (call(month, "2600"), "3"),
        (put(week, "2400"), "2"),
        (call(quarter, "3000"), "3"),
        (put(month, "2500"), "1"),
    ] {
        for _ in 0..4 {
            market.buy(bob, id, size).unwrap();
            market.push(thief, 2_500.0);
        }
    }
    let now = market.world.chain.now();
    if now + left < week {
        market.world.chain.set_time(week - left);
        market.world.refresh_feed().unwrap();
        market.scale_vols(1.0).unwrap();
        for _ in 0..3 {
            market.rebalance(bob);
            market.push(thief, 2_500.0);
        }
        market.pass(300);
    }
    market
}

/// How a thief trades.
#[derive(Clone, Copy)]
pub struct Hands {
    /// Opens something, or tries to.
    pub buy: fn(&mut Thief, &mut Market),
    /// Returns something of what is held, or tries to.
    pub sell: fn(&mut Thief, &mut Market),
}

pub struct Thief {
    pub who: Address,
    pub rng: Rng,
    /// Series and millionths of an option.
    pub held: Vec<(U256, u64)>,
    pub log: String,
    /// What went through.
    pub done: usize,
    hands: Hands,
    walls: Vec<(U256, u128)>,
    followed: bool,
    /// What its pokes may bring.
    allowed: f64,
}

impl Thief {
    fn at(&mut self, price: f64) -> f64 {
        price * (1.0 + (self.rng.below(1_101) as f64 - 550.0) * 1e-5)
    }

    fn act(&mut self, start: &mut Start) {
        let (market, price) = (&mut start.market, start.price);
        let who = self.who;
        match self.rng.below(12) {
            0 | 1 => {
                let target = self.at(price);
                market.push(who, target);
                write!(self.log, "push {target:.3}; ").unwrap();
            }
            2..=4 => (self.hands.buy)(self, market),
            5 | 6 => (self.hands.sell)(self, market),
            7 => {
                let traded = signed(market.rebalance(who).value);
                self.done += usize::from(traded != 0.0);
                self.allowed += 0.05 + traded.abs() * price * 7e-4;
                write!(self.log, "poke {traded:.4}; ").unwrap();
            }
            8 => {
                let target = self.at(price);
                let wall = market.wall(who, target);
                self.walls.push(wall);
                write!(self.log, "wall {target:.3}; ").unwrap();
            }
            9 => {
                for wall in self.walls.drain(..) {
                    market.take_down(who, wall);
                }
            }
            10 => self.provide(market),
            _ => self.follow(market, price),
        }
    }

    /// A call or a put of any expiry, near the money or not.
    pub fn any_series(&mut self, market: &Market) -> (U256, String) {
        let expiry = self.rng.pick(&market.expiries);
        let strike = (2_000 + 25 * self.rng.below(46)).to_string();
        let (kind, id) = if self.rng.one_in(2) {
            ("call", call(expiry, &strike))
        } else {
            ("put", put(expiry, &strike))
        };
        (id, format!("{kind} {strike} of {expiry}"))
    }

    fn provide(&mut self, market: &mut Market) {
        if self.rng.one_in(2) {
            let assets = self.rng.pick(&[1e4, 1e6, 1e8]);
            if market.deposit(self.who, assets).is_ok() {
                self.done += 1;
                write!(self.log, "deposit {assets}; ").unwrap();
            }
        } else {
            let shares = market.most_shares_out(self.who);
            if let Ok(paid) = market.redeem(self.who, shares) {
                self.done += 1;
                write!(self.log, "redeem {paid:.2}; ").unwrap();
            }
        }
    }

    fn follow(&mut self, market: &mut Market, price: f64) {
        if !self.followed {
            self.followed = true;
            market.world.push_price(fixed(price)).unwrap();
            self.log.push_str("feed; ");
        }
    }

    /// Takes everything back.
    fn finish(&mut self, start: &mut Start) {
        let (market, price) = (&mut start.market, start.price);
        self.follow(market, price);
        for wall in self.walls.drain(..) {
            market.take_down(self.who, wall);
        }
        market.push(self.who, price);
        let mut tries = 0;
        while !self.held.is_empty() {
            (self.hands.sell)(self, market);
            market.push(self.who, price);
            tries += 1;
            assert!(tries < 60, "can't leave: {}", self.log);
        }
        for _ in 0..12 {
            let shares = market.most_shares_out(self.who);
            if market.redeem(self.who, shares).is_err() {
                break;
            }
        }
    }
}

/// Tokens at the price that the feed arrives at, and the middle worth of shares.
fn wealth(start: &mut Start, who: Address) -> f64 {
    let market = &mut start.market;
    let (base, cash) = (market.world.base, market.world.quote);
    let cash = market.world.balance_of(cash, who).unwrap();
    let base = market.world.balance_of(base, who).unwrap();
    let supply = market.view(IPool::totalSupply_0Call {}).unwrap();
    let part = f64::from(market.shares_of(who)) / f64::from(supply);
    quote(cash) + float(base) * start.price + part * signed(market.nav().mid)
}

/// What is left of a random run, and what was done in it.
fn run(opened: &Market, seed: u64, hands: Hands) -> (f64, Thief) {
    let mut rng = Rng(seed);
    let lead = rng.pick(&[0.0, 0.0, 0.001, -0.001, 0.003, -0.003, 0.0045, -0.0045]);
    let mut market = opened.clone();
    let who = market.world.actors.alice.address;
    let price = 2_500.0 * (1.0 + lead);
    market.push(market.world.actors.arbitrageur.address, price);
    let mut start = Start { market, price };
    let mut thief = Thief {
        who,
        rng,
        hands,
        held: Vec::new(),
        walls: Vec::new(),
        followed: false,
        allowed: 0.0,
        log: format!("at {price}: "),
        done: 0,
    };
    let before = wealth(&mut start, who);
    let steps = 3 + thief.rng.below(10);
    for _ in 0..steps {
        thief.act(&mut start);
    }
    thief.finish(&mut start);
    let gain = wealth(&mut start, who) - before;
    start.market.assert_backed();
    (gain, thief)
}

/// `SMIRK_THIEVES` runs of each market, 40 without it, from seeds that begin at `first`; beside a lender too, or not.
#[track_caller]
pub fn steal(hands: Hands, first: u64, lenders: &[bool]) {
    let runs = std::env::var("SMIRK_THIEVES").map_or(40, |runs| runs.parse().unwrap());
    let mut best = f64::MIN;
    let (mut done, mut paid, mut seed) = (0, Vec::new(), first);
    for (depth, band, left) in MARKETS {
        for lender in lenders {
            let opened = opened(depth, band, left, *lender);
            for run_index in 0..runs {
                let (gain, thief) = run(&opened, seed << 32 | run_index, hands);
                done += thief.done;
                if thief.done > 0 {
                    best = best.max(gain - thief.allowed);
                }
                if gain > 0.001 + thief.allowed {
                    println!("{gain:+.4} in {depth}, {band}, {left}: {}", thief.log);
                    paid.push(gain);
                }
            }
            seed += 1;
        }
    }
    println!("{done} things were done; the best of it brought {best:+.4}");
    assert!(done as u64 > 5 * runs);
    assert!(paid.is_empty(), "{paid:?}");
}
