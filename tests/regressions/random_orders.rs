//! A thief with ten billion who does what it likes in any order: moves the venue, waits there with liquidity of its own, buys,
//! sells, pokes, deposits, redeems, before and after the feed follows, in orders of several legs. Whatever it does, undoing it
//! all leaves it with less, but for what a poke is allowed to cost: its reward, the venue's fee and two basis points.

use std::fmt::Write;

use alloy_primitives::{Address, I256, U256};
use smirk_world::abi::IPool;

use crate::{
    actions::*,
    common::{call, put, rng::Rng, Market, DAY},
};

const HOUR: u64 = 3_600;

/// Where a thief begins: a pool, and the price that its feed has still to arrive at.
struct Start {
    market: Market,
    price: f64,
}

/// A book with others' positions, hedged, at this time before the first expiry.
fn opened(depth: &str, band: &str, left: u64, lender: bool) -> Market {
    let world = smirk_world::World::builder()
        .price(smirk_world::price::wad("2500"))
        .depth(smirk_world::price::wad(depth));
    let world = if lender { world.with_lender() } else { world };
    let mut market = Market::with(world, |constructor| {
        constructor
            .parameters
            .set("bandCap", smirk_world::price::wad(band))
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

struct Thief {
    who: Address,
    rng: Rng,
    held: Vec<(U256, u64)>,
    walls: Vec<(U256, u128)>,
    followed: bool,
    /// What its pokes may bring.
    allowed: f64,
    log: String,
    done: usize,
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
            2..=4 => self.buy(market),
            5 | 6 => self.sell(market),
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

    fn buy(&mut self, market: &mut Market) {
        let count = 1 + self.rng.below(8);
        let mut legs: Vec<(U256, i64)> = Vec::new();
        for _ in 0..count {
            if !self.held.is_empty() && self.rng.one_in(2) {
                let index = self.rng.below(self.held.len() as u64) as usize;
                let (id, micros) = self.held[index];
                let part = self.rng.pick(&[1u64, 1, 2, 3]);
                let size = (micros / part).max(1);
                legs.push((id, -(size as i64)));
            } else {
                let expiry = self.rng.pick(&market.expiries);
                let strike = 2_000 + 25 * self.rng.below(46);
                let strike = strike.to_string();
                let id = if self.rng.one_in(2) {
                    call(expiry, &strike)
                } else {
                    put(expiry, &strike)
                };
                let micros = self.rng.pick(&[
                    10_000,
                    16_000,
                    500_000,
                    3_000_000,
                    12_000_000,
                    45_000_000i64,
                ]);
                legs.push((id, micros));
            }
        }
        self.order(market, &legs);
    }

    fn order(&mut self, market: &mut Market, legs: &[(U256, i64)]) -> bool {
        let asked: Vec<IPool::Leg> = legs
            .iter()
            .map(|&(id, micros)| IPool::Leg {
                id,
                size: I256::try_from(micros as i128 * 1_000_000_000_000).unwrap(),
            })
            .collect();
        let quoted = market.view(IPool::quoteCall {
            legs: asked.clone(),
            onAccount: false,
        });
        let sent = market.send(
            self.who,
            IPool::tradeCall {
                legs: asked,
                limit: I256::MAX,
                deadline: U256::MAX,
                receiver: self.who,
            },
        );
        let Ok(receipt) = sent else {
            let error = sent.unwrap_err();
            if quoted.is_ok()
                && !error.is::<IPool::ExposureAboveLimit>()
                && !error.is::<IPool::InsufficientBalance>()
                && !error.is::<IPool::InsufficientFreeCash>()
            {
                println!("quoted and refused {error}");
            }
            if legs.iter().all(|l| l.1 < 0) && !error.is::<IPool::LegRepeated>() {
                println!("exit refused: {error} {legs:?}");
            }
            return false;
        };
        let quoted = quoted.unwrap();
        assert_eq!(receipt.value, quoted.total, "{}", self.log);
        self.done += 1;
        let hedged = market.hedged(&receipt);
        write!(
            self.log,
            "order {legs:?}, total {}, hedged {hedged:.4}; ",
            receipt.value
        )
        .unwrap();
        for &(id, micros) in legs {
            match self.held.iter_mut().find(|h| h.0 == id) {
                Some(held) => held.1 = (held.1 as i64 + micros) as u64,
                None => self.held.push((id, micros as u64)),
            }
        }
        self.held.retain(|h| h.1 != 0);
        true
    }

    fn sell(&mut self, market: &mut Market) {
        let many = 1 + self.rng.below(8) as usize;
        let legs: Vec<(U256, i64)> = self
            .held
            .iter()
            .rev()
            .take(many)
            .map(|h| (h.0, -(h.1 as i64)))
            .collect();
        if !legs.is_empty() {
            self.order(market, &legs);
        }
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
            self.sell(market);
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
fn run(opened: &Market, seed: u64) -> (f64, Thief) {
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

/// `SMIRK_THIEVES` runs of each market, 40 without it.
#[test]
fn nothing_in_any_order_pays() {
    let runs = std::env::var("SMIRK_THIEVES").map_or(40, |runs| runs.parse().unwrap());
    let mut best = f64::MIN;
    let (mut done, mut paid) = (0, Vec::new());
    for (index, (depth, band, left)) in [
        ("4000", "0.0001", 8 * DAY),
        ("40000", "0.02", 8 * DAY),
        ("40000", "0.0001", 5 * HOUR),
        ("400000", "0.0001", 75 * 60),
        ("4000", "0.02", 20 * 60),
    ]
    .into_iter()
    .enumerate()
    {
        for lender in [false, true] {
            let opened = opened(depth, band, left, lender);
            for run_index in 0..runs {
                let (gain, thief) = run(
                    &opened,
                    (index as u64 * 2 + lender as u64 + 100) << 32 | run_index,
                );
                done += thief.done;
                if thief.done > 0 {
                    best = best.max(gain - thief.allowed);
                }
                if gain > 0.001 + thief.allowed {
                    println!("{gain:+.4} in {depth}, {band}, {left}: {}", thief.log);
                    paid.push(gain);
                }
            }
        }
    }
    println!("{done} things were done; the best of it brought {best:+.4}");
    assert!(done as u64 > 5 * runs);
    assert!(paid.is_empty(), "{paid:?}");
}

/// Few series and many orders: nodes are emptied and opened by legs of one order all the time.
#[test]
fn the_book_is_what_takers_hold_after_any_order() {
    let mut rng = Rng(7);
    let mut market = market("400000", &[]);
    let who = market.world.actors.alice.address;
    market.enrich(who);
    let [week, month, _] = market.expiries;
    let mut ids = Vec::new();
    for expiry in [week, month] {
        for strike in ["2400", "2500", "2600"] {
            ids.extend([call(expiry, strike), put(expiry, strike)]);
        }
    }
    let mut held = vec![0i64; ids.len()];
    let mut filled = 0;
    for _ in 0..400 {
        let mut legs: Vec<(usize, i64)> = Vec::new();
        for _ in 0..1 + rng.below(8) {
            let index = rng.below(ids.len() as u64) as usize;
            if legs.iter().any(|leg| leg.0 == index) {
                continue;
            }
            let micros = match held[index] {
                0 => 10_000 + rng.below(2_000_000) as i64,
                all if rng.one_in(4) => -(1 + rng.below(all as u64) as i64),
                all => -all,
            };
            legs.push((index, micros));
        }
        let asked = legs.iter().map(|&(index, micros)| IPool::Leg {
            id: ids[index],
            size: I256::try_from(micros as i128 * 1_000_000_000_000).unwrap(),
        });
        let order = IPool::tradeCall {
            legs: asked.collect(),
            limit: I256::MAX,
            deadline: U256::MAX,
            receiver: who,
        };
        market.send(who, order).unwrap();
        filled += 1;
        for (index, micros) in legs {
            held[index] += micros;
        }
        let nodes = market.view(IPool::bookCall {}).unwrap();
        let mut wanted = 0;
        for pair in ids.chunks(2).zip(held.chunks(2)) {
            let ([id, _], [calls, puts]) = pair else {
                unreachable!()
            };
            let found = nodes
                .iter()
                .find(|node| (node.strike | node.expiry << 128) == *id);
            let lots = |part: I256| {
                -i64::try_from(part / I256::try_from(1_000_000_000_000u64).unwrap()).unwrap()
            };
            let found = found.map_or((0, 0), |node| (lots(node.calls), lots(node.puts)));
            assert_eq!(found, (*calls, *puts));
            wanted += usize::from(found != (0, 0));
        }
        assert_eq!(nodes.len(), wanted);
        market.assert_backed();
    }
    assert_eq!(filled, 400);
}
