//! Attacks on the hedge: what the pool pays at the venue, at a price that the attacker made.

use super::stage::{Cell, Outcome, Stage};
use crate::common::call;

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
    let mut outcomes = Vec::new();
    for push in PUSHES {
        let mut stage = Stage::new(cell);
        let id = stage.deep_call();
        stage.begin();
        for _ in 0..cell.cycles {
            stage.push(push);
            let wall = stage.wall(push, 400.0);
            let before = stage.hedge();
            let size = stage.buy_most(id, &SIZES);
            stage.ran |= stage.hedge() > before;
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
        outcomes.push(stage.finish(format!("push {push}")));
    }
    outcomes
}

/// The price is left alone; the attacker's liquidity waits beside it for the pool's swap.
pub fn wall_beside(cell: Cell) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for ratio in [0.0005, 0.002, 0.004] {
        let mut stage = Stage::new(cell);
        let id = stage.deep_call();
        stage.begin();
        for _ in 0..cell.cycles.min(10) {
            let wall = stage.wall(ratio, 400.0);
            let before = stage.hedge();
            let size = stage.buy_most(id, &SIZES);
            stage.ran |= stage.hedge() > before;
            stage.unwall(wall);
            stage.undo();
            let wall = stage.wall(-ratio, 400.0);
            stage.sell(id, size);
            stage.unwall(wall);
            stage.undo();
        }
        stage.sell_all();
        outcomes.push(stage.finish(format!("wall at {ratio}")));
    }
    outcomes
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

/// The own hedge is made to miss, by a price or by a depth that is not there, so that a later poke trades at a price of the
/// attacker's making.
pub fn missed_and_poked(cell: Cell) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for (push, later, wait) in [
        (0.0, 0.0022, 0),
        (0.0, 0.0044, 0),
        (0.0, 0.0006, 60),
        (0.0, 0.004, 3_600),
        (0.0044, 0.0022, 0),
        (0.0048, 0.004, 3_600),
    ] {
        let mut stage = Stage::new(cell);
        let id = stage.deep_call();
        stage.begin();
        for _ in 0..cell.cycles.min(5) {
            stage.push(push);
            let pretence = (push == 0.0).then(|| stage.pretend_depth(200.0));
            let mut size = 0.0;
            for _ in 0..4 {
                size += stage.buy_most(id, &SIZES);
            }
            pretence.into_iter().for_each(|wall| stage.unwall(wall));
            stage.undo();
            stage.wait(wait);
            stage.push(later);
            let wall = stage.wall(later, 200.0);
            stage.ran |= stage.poke() > 0.0;
            stage.unwall(wall);
            stage.undo();
            stage.sell(id, size);
            stage.undo();
        }
        stage.sell_all();
        outcomes.push(stage.finish(format!("push {push}, then {later} after {wait} s")));
    }
    outcomes
}

/// Exposure is built with options that stay within the band one by one, time passes, and what is due then meets the
/// attacker's wall.
pub fn made_due(cell: Cell) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for (wait, ratio) in [
        (0, 0.0006),
        (1_000, 0.0006),
        (3_000, 0.003),
        (7_200, 0.0045),
    ] {
        let mut stage = Stage::new(cell);
        let id = call(stage.expiry(), "2500");
        stage.begin();
        for _ in 0..cell.cycles.min(5) {
            let pretence = stage.pretend_depth(50.0);
            for _ in 0..20 {
                stage.buy_most(id, &[20.0, 5.0, 1.0]);
            }
            stage.unwall(pretence);
            stage.undo();
            stage.poke();
            stage.wait(wait);
            stage.push(ratio);
            let wall = stage.wall(ratio, 200.0);
            stage.ran |= stage.poke() > 0.0;
            stage.unwall(wall);
            stage.undo();
            stage.sell_all();
            stage.undo();
        }
        stage.sell_all();
        outcomes.push(stage.finish(format!("after {wait} s at {ratio}")));
    }
    outcomes
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
