//! Attacks on the hedge: what the pool pays at the venue, at a price that the attacker made.

use alloy_primitives::U256;

use super::{
    combined::cliff,
    stage::{Cell, Outcome, Stage, PRICE},
};
use crate::common::{call, put};

/// How far the venue is pushed.
const PUSHES: [f64; 3] = [0.001, 0.0022, 0.0044];
/// Sizes tried, largest first.
const SIZES: [f64; 4] = [300.0, 90.0, 30.0, 10.0];

/// Push up, buy calls of delta one, undo; push down, sell them, undo. The pool buys dear and sells cheap.
pub fn sandwich_calls(cell: Cell) -> Vec<Outcome> {
    PUSHES.map(|push| sandwich(cell, push, false)).to_vec()
}

/// The same with puts, against a hedge that the pool holds already.
pub fn sandwich_puts(cell: Cell) -> Vec<Outcome> {
    PUSHES.map(|push| sandwich(cell, -push, true)).to_vec()
}

fn sandwich(cell: Cell, push: f64, puts: bool) -> Outcome {
    let mut stage = Stage::new(cell);
    if puts {
        hold_a_hedge(&mut stage);
    }
    let id = if puts {
        stage.deep_put()
    } else {
        stage.deep_call()
    };
    stage.begin();
    for _ in 0..cell.cycles {
        let before = stage.hedge();
        stage.push(push);
        let size = stage.buy_most(id, &SIZES);
        let bought = stage.hedge() - before;
        stage.undo();
        if size == 0.0 {
            break;
        }
        stage.push(-push);
        let before = stage.hedge();
        stage.sell(id, size);
        let sold = stage.hedge() - before;
        stage.undo();
        stage.ran |= bought * push > 0.0 || sold * push < 0.0;
    }
    stage.sell_all();
    stage.finish(format!("push {push}"))
}

/// Somebody else holds calls and the pool base against them.
fn hold_a_hedge(stage: &mut Stage) {
    let other = stage.market.world.actors.bob.address;
    let id = call(stage.expiry(), "2500");
    for size in ["100", "30", "10"] {
        if stage.market.buy(other, id, size).is_ok() {
            break;
        }
    }
    stage
        .market
        .send(other, smirk_world::abi::IPool::rebalanceCall {})
        .unwrap();
}

/// The sandwich with the attacker's own liquidity in the tick where the pool's swap ends.
pub fn sandwich_with_wall(cell: Cell) -> Vec<Outcome> {
    PUSHES.map(|push| walled(cell, push)).to_vec()
}

/// The same with puts, whose hedge is sold: base that the pool borrows.
pub fn sandwich_puts_with_wall(cell: Cell) -> Vec<Outcome> {
    PUSHES.map(|push| walled(cell, -push)).to_vec()
}

fn walled(cell: Cell, push: f64) -> Outcome {
    let mut stage = Stage::new(cell);
    let id = deep(&mut stage, push);
    stage.begin();
    for _ in 0..cell.cycles {
        stage.push(push);
        let wall = stage.wall(push, 400.0);
        let before = stage.hedge();
        let size = stage.buy_most(id, &SIZES);
        stage.ran |= (stage.hedge() - before) * push > 0.0;
        stage.unwall(wall);
        stage.undo();
        if size == 0.0 {
            break;
        }
        stage.push(-push);
        let wall = stage.wall(-push, 400.0);
        stage.sell(id, size);
        stage.unwall(wall);
        stage.undo();
    }
    stage.sell_all();
    stage.finish(format!("push {push}"))
}

/// Calls of delta one for a push up, puts of delta minus one for a push down.
fn deep(stage: &mut Stage, push: f64) -> U256 {
    if push < 0.0 {
        stage.deep_put()
    } else {
        stage.deep_call()
    }
}

/// The price is left alone; the attacker's liquidity waits beside it for the pool's swap.
pub fn wall_beside(cell: Cell) -> Vec<Outcome> {
    BESIDE.map(|ratio| beside(cell, ratio)).to_vec()
}

/// The same below the price, for the hedge of puts.
pub fn wall_below(cell: Cell) -> Vec<Outcome> {
    BESIDE.map(|ratio| beside(cell, -ratio)).to_vec()
}

const BESIDE: [f64; 3] = [0.0005, 0.002, 0.004];

fn beside(cell: Cell, ratio: f64) -> Outcome {
    let mut stage = Stage::new(cell);
    let id = deep(&mut stage, ratio);
    stage.begin();
    for _ in 0..cell.cycles.min(10) {
        let wall = stage.wall(ratio, 400.0);
        let before = stage.hedge();
        let size = stage.buy_most(id, &SIZES);
        stage.ran |= (stage.hedge() - before) * ratio > 0.0;
        stage.unwall(wall);
        stage.undo();
        let wall = stage.wall(-ratio, 400.0);
        stage.sell(id, size);
        stage.unwall(wall);
        stage.undo();
    }
    stage.sell_all();
    stage.finish(format!("wall at {ratio}"))
}

/// A hedge has become due by an honest move; the attacker pushes the venue, pokes, and undoes.
pub fn poke_pushed(cell: Cell) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for push in [0.0001, 0.0002, 0.001, 0.0025, 0.0044] {
        for wait in [0, 900, 1_800, 3_600] {
            let mut stage = Stage::new(cell);
            hold_a_hedge(&mut stage);
            stage.shift(0.06);
            stage.report();
            stage.begin();
            for _ in 0..cell.cycles.min(5) {
                stage.wait(wait);
                stage.push(push);
                let wall = stage.wall(push, 100.0);
                stage.ran |= stage.poke() > 0.0;
                stage.unwall(wall);
                stage.undo();
            }
            outcomes.push(stage.finish(format!("push {push}, every {wait} s")));
        }
    }
    outcomes
}

/// The own hedge is made to miss, by a depth that ends a hair beyond the price, so that a later poke trades at a price of the
/// attacker's making, within the window as it then is.
pub fn missed_and_poked(cell: Cell) -> Vec<Outcome> {
    LATER
        .map(|(wait, later)| miss_and_poke(cell, wait, later))
        .to_vec()
}

/// The same with puts, whose hedge is sold.
pub fn missed_and_poked_puts(cell: Cell) -> Vec<Outcome> {
    LATER
        .map(|(wait, later)| miss_and_poke(cell, wait, -later))
        .to_vec()
}

/// Seconds that are waited, and how far the venue is pushed then: the window is two points wide beyond the venue's fee for a quarter
/// of an hour, then a point more a minute.
const LATER: [(u64, f64); 5] = [
    (0, 0.00015),
    (60, 0.0006),
    (1_860, 0.0016),
    (3_600, 0.003),
    (3_600, 0.004),
];

fn miss_and_poke(cell: Cell, wait: u64, later: f64) -> Outcome {
    let mut stage = Stage::new(cell);
    let id = deep(&mut stage, later);
    stage.begin();
    for _ in 0..cell.cycles.min(5) {
        let mut size = 0.0;
        for _ in 0..4 {
            let cliff = cliff(&mut stage, PRICE, later > 0.0);
            size += stage.buy_most(id, &SIZES);
            stage.unwall(cliff);
            stage.undo();
        }
        stage.wait(wait);
        poke_at_own_wall(&mut stage, later);
        stage.sell(id, size);
        stage.undo();
    }
    stage.sell_all();
    stage.finish(format!("poked at {later} after {wait} s"))
}

/// Pushes the venue, puts a wall where a swap of the pool would end, and pokes.
fn poke_at_own_wall(stage: &mut Stage, ratio: f64) {
    stage.push(ratio);
    let wall = stage.wall(ratio, 200.0);
    stage.ran |= stage.poke() * ratio > 0.0;
    stage.unwall(wall);
    stage.undo();
}

/// Exposure is built with options at the money that stay within the band one by one or whose hedge misses, time passes, and what
/// is due then meets the attacker's wall.
pub fn made_due(cell: Cell) -> Vec<Outcome> {
    LATER
        .map(|(wait, ratio)| make_due(cell, wait, ratio))
        .to_vec()
}

/// The same with puts.
pub fn made_due_puts(cell: Cell) -> Vec<Outcome> {
    LATER
        .map(|(wait, ratio)| make_due(cell, wait, -ratio))
        .to_vec()
}

fn make_due(cell: Cell, wait: u64, ratio: f64) -> Outcome {
    let mut stage = Stage::new(cell);
    let kind = if ratio > 0.0 { call } else { put };
    let id = kind(stage.expiry(), "2500");
    stage.begin();
    for _ in 0..cell.cycles.min(3) {
        let cliff = cliff(&mut stage, PRICE, ratio > 0.0);
        for _ in 0..12 {
            stage.buy_most(id, &[20.0, 5.0, 1.0]);
        }
        stage.unwall(cliff);
        stage.undo();
        stage.wait(wait);
        poke_at_own_wall(&mut stage, ratio);
        stage.sell_all();
        stage.undo();
    }
    stage.sell_all();
    stage.finish(format!("after {wait} s at {ratio}"))
}

/// Options about to expire are sold back at a pushed venue, with the attacker's own liquidity where the pool's swap goes:
/// what is charged is limited by a premium that is next to nothing, what the swap costs is not.
pub fn sale_at_the_end(cell: Cell) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for seconds in [1, 60, 600, 3_600] {
        for (money, push) in [
            (0.0008, -0.0044),
            (0.0008, -0.002),
            (0.0, -0.0044),
            (0.004, -0.0044),
        ] {
            let mut stage = Stage::new(cell);
            let expiry = stage.expiry();
            stage.go_to(expiry - 3 * 3_600);
            let id = call(expiry, "2500");
            let mut size = 0.0;
            for _ in 0..8 {
                size += stage.buy_most(id, &[30.0, 10.0, 3.0, 1.0]);
            }
            stage.undo();
            stage.go_to(expiry - seconds - 20);
            stage.shift(money);
            stage.go_to(expiry - seconds);
            stage.begin();
            let before = stage.hedge();
            stage.push(push);
            let wall = stage.wall(push, 200.0);
            let sold = size > 0.0 && stage.sell(id, size);
            stage.ran = sold && stage.hedge() < before;
            stage.unwall(wall);
            stage.undo();
            outcomes.push(stage.finish(format!(
                "{seconds} s before, {money} in the money, push {push}"
            )));
        }
    }
    outcomes
}
