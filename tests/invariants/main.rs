//! Random walks over everything that can be done to a pool and around it, and what has to hold after every step of them.
//!
//! `SMIRK_WALK_OPERATIONS` and `SMIRK_WALK_SEED` choose longer or other walks (`scripts/bench --walk`). A failure names world, seed
//! and step of its walk; with `SMIRK_WALK_WORLD` and its seed that world is walked through alone, as many operations as it would be
//! beside the others.

#[path = "../common/mod.rs"]
mod common;

mod account_choice;
mod accounts;
mod choice;
mod clock;
mod feed;
mod ledger;
mod lending;
mod liquidation;
mod liquidity;
mod margin;
mod market;
mod nonsense;
mod operation;
mod order;
mod outcome;
mod program;
mod spec;
mod state;
mod surface;
mod tally;
mod trade;
mod transfer;
mod trip;
mod venue;
mod writing;

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::Instant,
};

use smirk_world::{price::wad, TokenKind, World, WorldBuilder};
use state::Walk;
use tally::Tally;

/// Operations between two looks at everything, and between two lines on what is reached.
const THOROUGH: u64 = 100;
const PROGRESS: u64 = 10_000;
/// Below this the walks need not have met everything.
const LONG: u64 = 50_000;

/// A world, the number by which its pool's depth is multiplied, and whether its first provider leaves with four fifths.
type Surroundings = (WorldBuilder, u64, bool);

/// Four worlds, a walk in each: a deep venue beside a lender; the tokens the other way round at a thin one; a quote token of 18
/// decimals; tokens of few decimals beside a lender, and a pool that hardly minds what it is short, so that calls and more calls tie
/// up all its money.
fn worlds() -> [Surroundings; 4] {
    let world = || World::builder().price(wad("2500"));
    [
        (world().with_lender(), 1, false),
        (world().base_is_token0(false).depth(wad("3000")), 2, true),
        (
            world().quote(TokenKind::Honest, 18).depth(wad("20000")),
            4,
            false,
        ),
        (
            world()
                .base(TokenKind::Honest, 8)
                .base_is_token0(false)
                .with_lender(),
            40,
            true,
        ),
    ]
}

#[test]
fn random_walks_keep_every_invariant() {
    let number = |name: &str| {
        let text = std::env::var(name).ok().filter(|text| !text.is_empty())?;
        Some(text.parse::<u64>().expect("a whole number"))
    };
    let seed = number("SMIRK_WALK_SEED").unwrap_or(20_261_128);
    let operations = number("SMIRK_WALK_OPERATIONS").unwrap_or(100_000);
    let (start, done) = (Instant::now(), AtomicU64::new(0));
    let only = number("SMIRK_WALK_WORLD");
    let walk = |index: u64, (world, depth, shrink): Surroundings| {
        let mut walk = Walk::new(index, seed + index * only.is_none() as u64, world, depth);
        if shrink {
            walk.shrink();
        }
        walk.hungry = depth > 10;
        for step in 0..operations.div_ceil(4) {
            walk.step = step;
            let operation = walk.random_operation();
            walk.perform(operation);
            spec::check(&mut walk, step % THOROUGH == 0);
            let done = done.fetch_add(1, Ordering::Relaxed) + 1;
            if done % PROGRESS == 0 {
                println!("{done} operations, {} s", start.elapsed().as_secs());
            }
        }
        walk.tally
    };
    let mut reached = Tally::default();
    thread::scope(|threads| {
        let walk = &walk;
        let walks: Vec<_> = (0..)
            .zip(worlds())
            .filter(|(index, _)| only.is_none_or(|only| only == *index))
            .map(|(index, world)| threads.spawn(move || walk(index, world)))
            .collect();
        for walk in walks {
            match walk.join() {
                Ok(tally) => reached.add(tally),
                Err(failure) => std::panic::resume_unwind(failure),
            }
        }
    });
    println!("{reached}");
    if operations >= LONG && only.is_none() {
        let missing = reached.missing(operations);
        assert!(missing.is_empty(), "too seldom: {missing:?}");
    }
}
