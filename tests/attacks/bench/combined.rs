//! Attacks that join what the others play apart: a feed behind, a hedge that misses, the end of a series, the window's clock.

use alloy_primitives::U256;
use smirk_world::{abi::IPool, TICK_SPACING};

use super::stage::{lots, number, price_wad, Cell, Outcome, Stage, PRICE};
use crate::common::{call, put};

/// Quote of the attacker's in the tick that ends where the price is.
const BORROWED: f64 = 10_000_000.0;
/// Base on either side in each tick of the attacker's own venue.
const OWN_DEPTH: f64 = 20_000.0;
/// A day and an hour before the end: deep options have no vega, and orders still open.
const LATE: u64 = 90_000;
const LAGS: [f64; 3] = [0.002, 0.003, 0.0045];

/// The feed is behind the market: the venue is brought back to it, looks deep and is not, so the pool sells calls at the feed and
/// stays without a hedge; the other way around when the market falls.
pub fn lag_and_miss(cell: Cell) -> Vec<Outcome> {
    let play = |lag: f64| {
        let mut stage = Stage::new(cell);
        late(&mut stage);
        let id = stage.deep_call();
        stage.begin();
        for _ in 0..cell.cycles.min(4) {
            stage.shift(lag);
            let cliff = cliff(&mut stage, PRICE, true);
            stage.ran |= stage.market.quote_buy(id, "40").is_ok();
            let size = stage.buy_most(id, &[40.0, 20.0]) + stage.buy_most(id, &[40.0, 20.0, 4.0]);
            stage.unwall(cliff);
            stage.undo();
            stage.report();
            stage.poke();
            let top = stage.price;
            stage.shift(1.0 / (1.0 + lag) - 1.0);
            let cliff = self::cliff(&mut stage, top, false);
            stage.sell(id, size);
            stage.unwall(cliff);
            stage.undo();
            stage.report();
            stage.poke();
        }
        stage.finish(format!("lag {lag}"))
    };
    LAGS.map(play).to_vec()
}

/// The same, but with orders that the band carries, of which none has a hedge to miss. The band is other people's gamma.
pub fn lag_inside_band(cell: Cell) -> Vec<Outcome> {
    let play = |lag: f64| {
        let mut stage = Stage::new(cell);
        late(&mut stage);
        let other = stage.market.world.actors.bob.address;
        let share = (cell.equity / 125_000).max(1).to_string();
        for _ in 0..10 {
            for kind in [call, put] {
                let id = kind(stage.market.expiries[0], "2500");
                let _ = stage.market.buy(other, id, &share);
            }
            stage.undo();
            stage.poke();
        }
        let id = stage.deep_call();
        stage.begin();
        let mut most = 0.0f64;
        for _ in 0..cell.cycles.min(4) {
            stage.shift(lag);
            let cliff = cliff(&mut stage, PRICE, true);
            let size = buy_inside_band(&mut stage, id);
            stage.ran |= size > 0.0;
            most = most.max(size);
            stage.unwall(cliff);
            stage.undo();
            stage.report();
            let top = stage.price;
            stage.shift(1.0 / (1.0 + lag) - 1.0);
            let cliff = self::cliff(&mut stage, top, false);
            stage.sell(id, size);
            stage.unwall(cliff);
            stage.undo();
            stage.report();
            stage.poke();
        }
        stage.finish(format!("lag {lag}, {most} calls at most"))
    };
    LAGS.map(play).to_vec()
}

/// Buys as much as the pool keeps without a hedge; how much that was.
fn buy_inside_band(stage: &mut Stage, id: U256) -> f64 {
    let risk = stage.market.view(IPool::riskCall {}).unwrap();
    let room = number(risk.band, 18) + risk.exposure.to_string().parse::<f64>().unwrap() * 1e-18;
    let size = (room * 0.97 * 100.0).floor() / 100.0;
    if size > 0.0 && stage.buy(id, size) {
        size
    } else {
        0.0
    }
}

/// Calls are bought at an honest venue and sold while the feed is above the market, with the hedge missed. The attacker holds
/// no delta: the base it holds too much or too little is traded elsewhere, at the market.
pub fn lag_and_sell(cell: Cell) -> Vec<Outcome> {
    let play = |lag: f64| {
        let mut stage = Stage::new(cell);
        late(&mut stage);
        let id = stage.deep_call();
        stage.begin();
        let mut elsewhere = Elsewhere::default();
        for _ in 0..cell.cycles.min(4) {
            let venue = own_venue(&mut stage, 0.0);
            let bought = stage.buy_most(id, &[cell.equity as f64 / 5_000.0]);
            stage.undo();
            take_down(&mut stage, venue);
            stage.undo();
            stage.poke();
            elsewhere.level(&mut stage, bought);
            let (at, before) = (stage.price, stage.hedge());
            stage.shift(-lag);
            let cliff = cliff(&mut stage, at, false);
            let sold = stage.sell(id, bought);
            stage.ran |= bought > 0.0 && sold && before - stage.hedge() < bought / 2.0;
            stage.unwall(cliff);
            stage.undo();
            elsewhere.level(&mut stage, 0.0);
            stage.report();
            stage.poke();
        }
        stage.undo();
        let all = elsewhere.worth(&mut stage);
        let mut outcome = stage.finish(format!("lag {lag}"));
        outcome.profit += all;
        outcome
    };
    LAGS.map(play).to_vec()
}

/// Deep calls are held to their end, where no sale pays for the hedge that the pool then sells to the attacker.
pub fn held_to_the_end(cell: Cell) -> Vec<Outcome> {
    vec![to_the_end(cell, true, -0.00018)]
}

/// The same, but nobody calls the pool in between, and the hedge is sold as far from the feed as an old clock would let it.
pub fn old_clock(cell: Cell) -> Vec<Outcome> {
    vec![to_the_end(cell, false, -0.0044)]
}

fn to_the_end(cell: Cell, is_poked: bool, at: f64) -> Outcome {
    let mut stage = Stage::new(Cell { expiry: 0, ..cell });
    let time = stage.expiry() - 6_100;
    refresh(&mut stage, time);
    let id = stage.deep_call();
    stage.begin();
    let venue = own_venue(&mut stage, 0.0);
    let bought = stage.buy_most(id, &[cell.equity as f64 / 5_000.0]);
    take_down(&mut stage, venue);
    stage.undo();
    if is_poked {
        stage.poke();
    }
    let round = stage.expire(0.0);
    stage.settle(round);
    stage.claim(id, bought);
    stage.push(at);
    let venue = own_venue(&mut stage, at);
    let due = stage.market.view(IPool::riskCall {}).unwrap().hedgeDue;
    stage.poke();
    stage.undo();
    take_down(&mut stage, venue);
    stage.undo();
    stage.ran = bought > 0.0 && due.is_negative();
    stage.finish(format!("{bought} calls, sold at {at}"))
}

/// The pool is short puts and has nothing to sell against them; calls turn its exposure around, and what is then due meets the
/// attacker's own venue at the distance that the old exposure has waited for.
pub fn turned_around(cell: Cell) -> Vec<Outcome> {
    let play = |puts: &str| {
        let mut stage = Stage::new(Cell { expiry: 0, ..cell });
        late(&mut stage);
        let other = stage.market.world.actors.bob.address;
        let id = put(stage.market.expiries[1], "2500");
        for _ in 0..8 {
            let _ = stage.market.buy(other, id, puts);
        }
        stage.undo();
        let id = stage.deep_call();
        stage.begin();
        let now = stage.market.world.chain.now();
        refresh(&mut stage, now + 7_200);
        let cliff = cliff(&mut stage, PRICE, true);
        let exposure = stage.market.view(IPool::riskCall {}).unwrap().exposure;
        stage.ran = exposure.is_positive() && stage.market.quote_buy(id, "58").is_ok();
        let mut bought = stage.buy_most(id, &[70.0, 66.0, 62.0, 58.0]);
        bought += stage.buy_most(id, &[4.0, 1.0]);
        stage.unwall(cliff);
        stage.undo();
        stage.push(0.0042);
        let venue = own_venue(&mut stage, 0.0042);
        stage.poke();
        take_down(&mut stage, venue);
        stage.undo();
        let venue = own_venue(&mut stage, 0.0);
        stage.sell(id, bought);
        take_down(&mut stage, venue);
        stage.undo();
        stage.finish(format!("8 times {puts} puts of others, {bought} calls"))
    };
    ["7", "9"].map(play).to_vec()
}

/// Time passes to shortly before the end of the first expiry.
fn late(stage: &mut Stage) {
    let time = stage.market.expiries[0] - LATE;
    refresh(stage, time);
}

/// At this time anchors are as they were, and what their posts moved has melted.
fn refresh(stage: &mut Stage, time: u64) {
    stage.market.world.chain.set_time(time - 1_900);
    stage.report();
    for (expiry, vol) in stage
        .market
        .expiries
        .into_iter()
        .zip(["0.75", "0.70", "0.68"])
    {
        let _ = stage.market.post(expiry, vol);
    }
    stage.wait(1_900);
}

/// A tick's edge at or below a price, or at or above it, and the price there.
fn edge(price: f64, is_above: bool) -> (i32, f64) {
    let tick = (price * 1e-12).ln() / 1.0001f64.ln() / f64::from(TICK_SPACING);
    let tick = if is_above { tick.ceil() } else { tick.floor() } as i32 * TICK_SPACING;
    (tick, 1.0001f64.powi(tick) * 1e12)
}

/// Brings the venue to a hair inside an edge near a price, with liquidity in the tick that ends there in the direction in which
/// the pool trades: it looks deep and is used up.
pub fn cliff(stage: &mut Stage, price: f64, is_buying: bool) -> (U256, u128) {
    let (tick, at) = edge(price, !is_buying);
    let hair = if is_buying { -1e-7 } else { 1e-7 };
    let me = stage.me.address;
    let target = price_wad(at * (1.0 + hair));
    stage.market.world.trade_venue_to(me, target).unwrap();
    let (range, amounts) = if is_buying {
        (
            [tick - TICK_SPACING, tick],
            [lots(1_000.0), quote(BORROWED)],
        )
    } else {
        (
            [tick, tick + TICK_SPACING],
            [lots(BORROWED / price), quote(BORROWED)],
        )
    };
    provide(stage, range, amounts)
}

/// The attacker's liquidity in five ticks around the true price and this much beside it: fees go to itself.
fn own_venue(stage: &mut Stage, ratio: f64) -> Vec<(U256, u128)> {
    let price = stage.price * (1.0 + ratio);
    let (tick, _) = edge(price, false);
    let amounts = [lots(OWN_DEPTH), quote(OWN_DEPTH * price)];
    (-2..=2)
        .map(|step| {
            let lower = tick + step * TICK_SPACING;
            provide(stage, [lower, lower + TICK_SPACING], amounts)
        })
        .collect()
}

fn provide(stage: &mut Stage, range: [i32; 2], amounts: [U256; 2]) -> (U256, u128) {
    let venue = stage.market.world.venue;
    let chain = &mut stage.market.world.chain;
    venue
        .provide_between(chain, stage.me.address, range, amounts)
        .unwrap()
}

fn take_down(stage: &mut Stage, positions: Vec<(U256, u128)>) {
    for position in positions {
        stage.unwall(position);
    }
}

fn quote(amount: f64) -> U256 {
    U256::from((amount * 1e6) as u128)
}

/// Base bought or sold at the market, away from pool and venue.
#[derive(Default)]
struct Elsewhere {
    base: f64,
    cash: f64,
}

impl Elsewhere {
    /// Trades until the attacker holds no delta beside this of its options. It began with a million of base.
    fn level(&mut self, stage: &mut Stage, delta: f64) {
        let (base, me) = (stage.market.world.base, stage.me.address);
        let held = number(stage.market.world.balance_of(base, me).unwrap(), 18) - 1e6;
        let trade = -(delta + held + self.base);
        self.base += trade;
        self.cash -= trade * stage.price;
    }

    /// What it brought, and what the million lost or gained in price, which is no part of the attack.
    fn worth(&self, stage: &mut Stage) -> f64 {
        self.cash + self.base * stage.price + 1e6 * (PRICE - stage.price)
    }
}
