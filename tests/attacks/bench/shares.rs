//! Attacks through shares: coming in and going out around something that is known.

use smirk_world::abi::IPool;

use super::{
    stage::{Cell, Outcome, Stage},
    surface::{post_towards, ramp, several_posts, Goal, KNOWN_GOALS},
};
use crate::common::{call, put};

/// The book that the others have: the pool short calls and puts.
fn others_hold(stage: &mut Stage) {
    let bob = stage.market.world.actors.bob.address;
    let scale = (stage.cell.equity as f64 / 1_000_000.0).min(2.0);
    let size = format!("{:.2}", 50.0 * scale);
    let expiry = stage.expiry();
    for id in [call(expiry, "2600"), put(expiry, "2400")] {
        let _ = stage.market.buy(bob, id, &size);
    }
}

/// The keeper has begun to lower the vols to a level that everybody knows, over a book that is short: deposit after its
/// first post and redeem when it is there; or deposit before that post and redeem right after it.
pub fn known_anchor(cell: Cell) -> Vec<Outcome> {
    known_ramp(cell, &KNOWN_GOALS, Stage::STEP)
}

/// The same where it takes the keeper several posts.
pub fn known_ramps(cell: Cell) -> Vec<Outcome> {
    several_posts(cell, known_ramp)
}

fn known_ramp(cell: Cell, goals: &[Goal], step: f64) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for (rise, first, wait) in goals.iter().copied() {
        let ratio = 1.0 / rise;
        let mut stage = Stage::new(cell);
        stage.step = step;
        others_hold(&mut stage);
        stage.wait(600);
        if first {
            post_towards(&mut stage, ratio);
        }
        stage.begin();
        let entered = stage.deposit(cell.equity as f64 * cell.scale);
        let reached = ramp(&mut stage, ratio);
        stage.ran = entered && reached && stage.has_book();
        stage.wait(wait);
        stage.leave();
        let when = if first { "after" } else { "before" };
        outcomes.push(stage.finish(format!(
            "vols times {ratio:.2} by {step}, came {when} the first post, left {wait} s after the last"
        )));
    }
    outcomes
}

/// Deposit, buy until the surface is bent, redeem at marks that unwinding would not pay, sell back.
pub fn round(cell: Cell) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for part in [0.2, 0.5, 1.0] {
        for straddles in [true, false] {
            let mut stage = Stage::new(cell);
            let expiry = stage.expiry();
            let series = if straddles {
                [call(expiry, "2500"), put(expiry, "2500")]
            } else {
                [call(expiry, "2500"), call(expiry, "2600")]
            };
            stage.begin();
            for _ in 0..cell.cycles.min(4) {
                let entered = stage.deposit(cell.equity as f64 * part);
                let mut bought = false;
                for size in [100.0, 50.0, 25.0, 10.0, 5.0, 2.5, 1.0] {
                    for id in series {
                        bought |= stage.buy(id, size);
                    }
                }
                stage.leave();
                stage.ran |= entered && bought;
                stage.sell_all();
                stage.undo();
                stage.leave();
            }
            outcomes.push(stage.finish(format!("deposit of {part}, straddles {straddles}")));
        }
    }
    outcomes
}

/// An expiry has passed against the pool, spot has come back, and nobody has settled: leave before the loss is booked.
pub fn leave_before_settlement(cell: Cell) -> Vec<Outcome> {
    around_settlement(cell, 0.06, true)
}

/// An expiry has passed in the pool's favour and nobody has settled: enter before the gain is booked.
pub fn enter_before_settlement(cell: Cell) -> Vec<Outcome> {
    around_settlement(cell, 0.06, false)
}

fn around_settlement(cell: Cell, ratio: f64, leaves: bool) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for ratio in [ratio, -ratio] {
        let mut stage = Stage::new(cell);
        if leaves {
            stage.deposit(cell.equity as f64);
        }
        others_hold(&mut stage);
        let (provider, has_book) = (stage.market.world.actors.provider.address, stage.has_book());
        // Against the pool spot is beyond a strike at expiry and back later; in its favour it is the other way around.
        let (at_expiry, later) = if leaves {
            (ratio, -ratio / (1.0 + ratio))
        } else {
            (0.0, ratio)
        };
        let round = stage.expire(at_expiry);
        stage.market.world.chain.advance(600);
        stage.shift(later);
        stage.report();
        stage.begin();
        let shares = stage.shares_worth(stage.me.address);
        if leaves {
            stage.leave();
            stage.ran = has_book && stage.shares_worth(stage.me.address) < 0.9 * shares;
        } else {
            let entered = stage.deposit(cell.equity as f64);
            // The attack ends where it begins: nothing enters while a series waits for its price.
            stage.ran = has_book && !entered;
        }
        stage.settle(round);
        let stayed = stage.shares_worth(provider);
        let mut outcome = stage.finish(format!("spot {ratio}"));
        if leaves {
            // Both came with the same; what is compared is what the leaver has and what who stayed has.
            outcome.profit += shares - stayed;
        }
        outcomes.push(outcome);
    }
    outcomes
}

/// A deposit of borrowed money around an order of one's own that pays charges, to get a part of them back.
pub fn flash_own(cell: Cell) -> Vec<Outcome> {
    flash(cell, true)
}

/// The same around somebody else's order that is known.
pub fn flash_other(cell: Cell) -> Vec<Outcome> {
    flash(cell, false)
}

fn flash(cell: Cell, own: bool) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for times in [1.0, 10.0] {
        for strike in ["2500", "2700", "4000"] {
            let mut stage = Stage::new(cell);
            let bob = stage.market.world.actors.bob.address;
            let id = call(stage.expiry(), strike);
            stage.begin();
            let entered = stage.deposit(cell.equity as f64 * times);
            let bought = if own {
                stage.buy_most(id, &[300.0, 90.0, 30.0, 10.0]) > 0.0
            } else {
                let mut sizes = ["300", "90", "30", "10"].iter();
                sizes.any(|size| stage.market.buy(bob, id, size).is_ok())
            };
            stage.ran = entered && bought;
            stage.leave();
            outcomes.push(stage.finish(format!("{times} times the pool, calls {strike}")));
        }
    }
    outcomes
}

/// The venue is pushed around somebody else's redemption, within its second or in the one before, which is then paid at a lower side;
/// who stays has the rest.
pub fn push_around_redemption(cell: Cell) -> Vec<Outcome> {
    let mut outcomes = Vec::new();
    for (push, seconds) in [-0.5, -0.05, -0.004, 0.004, 0.05, 1.0]
        .into_iter()
        .flat_map(|push| [(push, 0), (push, 1)])
    {
        let mut stage = Stage::new(cell);
        stage.deposit(cell.equity as f64);
        others_hold(&mut stage);
        let exposed = stage.has_book();
        stage.shift(0.01);
        stage.report();
        stage.begin();
        stage.push(push);
        stage.wait(seconds);
        let victim = stage.market.world.actors.provider.address;
        let shares = stage
            .market
            .view(IPool::maxRedeemCall { owner_: victim })
            .unwrap();
        let redeem = IPool::redeemCall {
            shares,
            receiver: victim,
            owner_: victim,
        };
        stage.ran = stage.market.send(victim, redeem).is_ok() && exposed;
        stage.undo();
        outcomes.push(stage.finish(format!("push {push}, {seconds} s before")));
    }
    outcomes
}
