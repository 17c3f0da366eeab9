//! A random walk over everything that can be done to a pool, and what has to hold after every step of it.
//!
//! `SMIRK_WALK_SEED` and `SMIRK_WALK_STEPS` choose another walk. A failure names seed and step.

#[path = "../common/mod.rs"]
mod common;

mod choice;
mod liquidity;
mod market;
mod nonsense;
mod operation;
mod outcome;
mod spec;
mod state;
mod trade;
mod transfer;

use state::Walk;

#[test]
fn a_random_walk_keeps_every_invariant() {
    let number = |name: &str, default: u64| {
        std::env::var(name).map_or(default, |text| text.parse().expect("a whole number"))
    };
    let seed = number("SMIRK_WALK_SEED", 20_261_123);
    let steps = number("SMIRK_WALK_STEPS", 10_000);
    let mut walk = Walk::new(seed);
    for step in 0..steps {
        walk.step = step;
        let operation = walk.random_operation();
        walk.perform(operation);
        spec::check(&mut walk, step % 50 == 0);
    }
    println!("{}", walk.tally);
    walk.tally.assert_covered();
}
