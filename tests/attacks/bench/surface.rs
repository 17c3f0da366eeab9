//! Attacks on what the pool believes: a feed behind the market, a forward that is known, vols that follow late.

use super::stage::{Cell, Outcome, Stage, PRICE};
use crate::common::{call, put};

const SIZES: [f64; 4] = [300.0, 90.0, 30.0, 10.0];

/// The market has moved and the feed has not: buy what has become dear, sell it back when the feed follows.
pub fn lagging_feed(cell: Cell) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for lag in [0.001, 0.002, 0.0048, 0.0096] {
        for direction in [1.0, -1.0] {
            let mut stage = Stage::new(cell);
            let id = if direction > 0.0 {
                stage.deep_call()
            } else {
                stage.deep_put()
            };
            stage.begin();
            for _ in 0..cell.cycles.min(5) {
                stage.shift(direction * lag);
                let size = stage.buy_most(id, &SIZES);
                stage.report();
                stage.undo();
                stage.ran |= size > 0.0;
                stage.sell(id, size);
                stage.undo();
                stage.shift(-direction * lag);
                stage.report();
            }
            stage.sell_all();
            outcomes.push(level(stage, format!("lag {}", direction * lag)));
        }
    }
    outcomes
}

/// The same without delta: a straddle, for its gamma.
pub fn lagging_feed_neutral(cell: Cell) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for lag in [0.002, 0.0048, 0.0096] {
        let mut stage = Stage::new(cell);
        // Minutes before the cut-off, where gamma is greatest.
        stage.go_to(stage.expiry() - 2 * 3_600);
        let (calls, puts) = (call(stage.expiry(), "2500"), put(stage.expiry(), "2500"));
        stage.begin();
        stage.shift(lag);
        let size = stage.buy_most(calls, &[30.0, 10.0, 3.0, 1.0, 0.3]);
        let both = size > 0.0 && stage.buy(puts, size);
        stage.ran = both;
        stage.report();
        stage.sell_all();
        stage.undo();
        stage.shift(-lag);
        outcomes.push(level(stage, format!("lag {lag}")));
    }
    outcomes
}

/// The forward of the market is known; what the options are worth by it is compared with what they cost.
pub fn known_forward(cell: Cell) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for carry in [-0.05, -0.02, 0.02, 0.05, 0.10] {
        for deep in [true, false] {
            let mut stage = Stage::new(cell);
            stage.market.world.chain.advance(600);
            stage.market.world.refresh_feed().unwrap();
            post_carry(&mut stage, carry);
            // What the post moved melts.
            stage.wait(1_900);
            let id = match (deep, carry > 0.0) {
                (true, true) => stage.deep_call(),
                (true, false) => stage.deep_put(),
                (false, true) => call(stage.expiry(), "2500"),
                (false, false) => put(stage.expiry(), "2500"),
            };
            stage.begin();
            let size = stage.buy_most(id, &SIZES);
            stage.ran = size > 0.0;
            let worth = stage.fair(id, carry) * size;
            let marked = stage.marked(id) * size;
            let mut outcome = stage.finish(format!("carry {carry}, deep {deep}"));
            outcome.profit += worth - marked;
            outcomes.push(outcome);
        }
    }
    outcomes
}

/// The keeper has begun to bring the vols to a level that everybody knows: buy after its first post and sell when it is
/// there; or buy before that post and sell right after it.
pub fn known_anchor(cell: Cell) -> Vec<Outcome> {
    known_ramp(cell, &KNOWN_GOALS, Stage::STEP)
}

/// The same where it takes the keeper several posts. No rule of the pool knows what has not been posted yet.
pub fn known_ramps(cell: Cell) -> Vec<Outcome> {
    several_posts(cell, known_ramp)
}

/// What who knows the goals brings home where the keeper takes several posts to them, because it goes in small steps or as far as the
/// limit on jumps lets it.
pub fn several_posts(cell: Cell, play: fn(Cell, &[Goal], f64) -> Vec<Outcome>) -> Vec<Outcome> {
    let far = play(cell, &FAR_GOALS, Stage::STEP);
    let small = play(cell, &SLOW_GOALS, SMALL_STEP);
    [far, small].concat()
}

fn known_ramp(cell: Cell, goals: &[Goal], step: f64) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for (ratio, first, wait) in goals.iter().copied() {
        let mut stage = Stage::new(cell);
        stage.step = step;
        stage.wait(600);
        if first {
            post_towards(&mut stage, ratio);
        }
        stage.begin();
        let id = call(stage.expiry(), "2500");
        let size = stage.buy_most(id, &SIZES);
        let reached = ramp(&mut stage, ratio);
        stage.ran = size > 0.0 && reached;
        stage.wait(wait);
        stage.sell_all();
        stage.undo();
        let when = if first { "after" } else { "before" };
        outcomes.push(stage.finish(format!(
            "{size} calls, vols times {ratio} by {step}, bought {when} the first post, sold {wait} s after the last"
        )));
    }
    outcomes
}

/// Multiple of the vols, whether the attacker comes after the first post, and how long it stays after the last.
pub type Goal = (f64, bool, u64);

/// Goals that the largest post reaches.
pub const KNOWN_GOALS: [Goal; 6] = [
    (1.05, true, 0),
    (1.2, true, 0),
    (1.2, true, 1_900),
    (1.4, true, 1_900),
    (1.05, false, 0),
    (1.2, false, 0),
];

/// Goals beyond the limit on jumps.
pub const FAR_GOALS: [Goal; 2] = [(2.0, true, 0), (2.0, true, 1_900)];

/// Goals that take three to five small steps.
pub const SLOW_GOALS: [Goal; 3] = [(1.2, true, 1_900), (1.4, true, 0), (1.4, true, 1_900)];

/// Part of a vol in such a step.
pub const SMALL_STEP: f64 = 0.08;

/// Spot falls and the vols will rise half as much again, of their own: the options are counted at the new vols.
pub fn gap_kept(cell: Cell) -> Vec<Outcome> {
    gap(cell, LIFT, false)
}

/// The same, sold back to the pool.
pub fn gap_sold(cell: Cell) -> Vec<Outcome> {
    gap(cell, LIFT, true)
}

/// Vols rise by more than the spread that spot's move adds.
pub fn gap_beyond_kept(cell: Cell) -> Vec<Outcome> {
    gap(cell, LIFT_BEYOND, false)
}

/// The same, sold back to the pool.
pub fn gap_beyond_sold(cell: Cell) -> Vec<Outcome> {
    gap(cell, LIFT_BEYOND, true)
}

/// What the vols rise by, of their own, for a fall of one.
const LIFT: f64 = 1.5;
const LIFT_BEYOND: f64 = 2.5;

fn gap(cell: Cell, lift: f64, sold: bool) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    // Past eight per cent nothing opens before a post.
    for fall in [0.02, 0.05, 0.075] {
        let mut stage = Stage::new(cell);
        let ratio = 1.0 + lift * fall;
        stage.wait(600);
        stage.shift(-fall);
        stage.report();
        stage.begin();
        let id = put(stage.expiry(), "2300");
        let size = stage.buy_most(id, &SIZES);
        let reached = ramp(&mut stage, ratio);
        stage.ran = size > 0.0 && reached;
        if sold {
            stage.wait(1_900);
            stage.sell_all();
        }
        stage.undo();
        outcomes.push(stage.finish(format!("{size} puts, fall {fall}, vols times {ratio:.3}")));
    }
    outcomes
}

/// The keeper brings every vol to this multiple of the first ones, as fast as it may; whether it came there.
pub fn ramp(stage: &mut Stage, ratio: f64) -> bool {
    for _ in 0..60 {
        if post_towards(stage, ratio) {
            return true;
        }
        stage.wait(310);
    }
    false
}

/// Posts every vol as near to this multiple of the first ones as a post may go; whether all are there.
pub fn post_towards(stage: &mut Stage, ratio: f64) -> bool {
    // Later expiries first, so that no two cross on the way up; the other way around on the way down.
    let order = if ratio > 1.0 { [2, 1, 0] } else { [0, 1, 2] };
    for index in order {
        let (expiry, goal) = (stage.market.expiries[index], VOLS[index] * ratio);
        let now = stage.anchor(index);
        let step = now * stage.step;
        let posted = goal.clamp(now - step, now + step);
        if (now / goal - 1.0).abs() > 1e-6 {
            let _ = stage.market.post(expiry, &format!("{posted:.9}"));
        }
    }
    (0..3).all(|index| (stage.anchor(index) / (VOLS[index] * ratio) - 1.0).abs() < 1e-6)
}

/// The vols that a market begins with.
const VOLS: [f64; 3] = [0.75, 0.70, 0.68];

/// The outcome with base counted at the first price again.
fn level(mut stage: Stage, with: String) -> Outcome {
    stage.price = PRICE;
    stage.finish(with)
}

fn post_carry(stage: &mut Stage, carry: f64) {
    use alloy_primitives::I256;
    use smirk_world::abi::IPool;
    let keeper = stage.market.world.actors.keeper.address;
    for anchor in stage.market.view(IPool::surfaceCall {}).unwrap() {
        let post = IPool::postAnchorCall {
            expiry: anchor.expiry,
            atmVol: anchor.atmVol,
            leftWing: anchor.leftWing,
            rightWing: anchor.rightWing,
            carry: I256::try_from((carry * 1e18) as i128).unwrap(),
        };
        stage.market.send(keeper, post).unwrap();
    }
}
