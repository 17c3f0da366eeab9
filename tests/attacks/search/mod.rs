//! A search for sequences of operations that bring an attacker with several identities more than they cost: at random, and from
//! the best by small changes. The seeds are fixed; `SMIRK_SEARCH` plays so many times as much.

mod operation;
mod play;

use std::collections::BTreeMap;

use self::{
    operation::{changed, sequence, Kinds, Operation},
    play::{Outcome, Play, REFUSED},
};
use crate::common::rng::Rng;

/// Sequences drawn and changes tried for a seed.
const DRAWN: usize = 12;
const CHANGED: usize = 24;

fn times() -> usize {
    let set = std::env::var("SMIRK_SEARCH").ok();
    set.map_or(1, |count| count.parse().expect("a count"))
}

/// What one search found, and what ran in it.
struct Search {
    best: Vec<Operation>,
    outcome: Outcome,
    done: BTreeMap<&'static str, usize>,
}

/// What is climbed: profit, or while there is none the part of what was traded that is lost, so that doing nothing is no summit.
fn score(outcome: &Outcome) -> f64 {
    if outcome.profit > 0.0 {
        outcome.profit
    } else if outcome.turnover < 100.0 {
        -1e9
    } else {
        outcome.profit / outcome.turnover
    }
}

fn play(start: &Play, operations: &[Operation]) -> Outcome {
    let mut play = start.clone();
    for operation in operations {
        play.step(operation);
    }
    play.finish()
}

fn search(start: &Play, seed: u64, kinds: Kinds) -> Search {
    let mut rng = Rng(seed);
    let first = sequence(&mut rng, kinds);
    let mut found = Search {
        outcome: play(start, &first),
        best: first,
        done: BTreeMap::new(),
    };
    let drawn = DRAWN * times();
    for round in 0..drawn + CHANGED * times() {
        let next = if round < drawn {
            sequence(&mut rng, kinds)
        } else {
            changed(&found.best, &mut rng, kinds)
        };
        let outcome = play(start, &next);
        for (name, count) in &outcome.done {
            *found.done.entry(name).or_default() += count;
        }
        if score(&outcome) >= score(&found.outcome) {
            (found.best, found.outcome) = (next, outcome);
        }
    }
    found
}

/// The same with nothing in it that does not matter, and what each of its operations brought.
fn told(start: &Play, found: &Search) -> String {
    let mut least = found.best.clone();
    let most = found.outcome.profit;
    let mut at = 0;
    while at < least.len() {
        let mut less = least.clone();
        less.remove(at);
        if play(start, &less).profit > most * 0.9 {
            least = less;
        } else {
            at += 1;
        }
    }
    let mut play = start.clone();
    let mut lines = Vec::new();
    for operation in &least {
        play.step(operation);
        lines.push(format!("    {operation:?}: {}", play.told()));
    }
    let outcome = play.finish();
    lines.push(format!(
        "    the end: {:.4} {:?}",
        outcome.profit, outcome.done
    ));
    lines.join("\n")
}

/// Defence: every trade pays its spread, on either side and wherever it is held; rewards come out of who is liquidated.
#[test]
fn no_sequence_found_by_search_pays() {
    let mut done = BTreeMap::new();
    let mut failed = Vec::new();
    for (depth, seeds) in [("2000", [1, 2, 3]), ("100000", [4, 5, 6])] {
        let start = Play::new(depth);
        for seed in seeds {
            let found = search(&start, seed, Kinds::All);
            let line = format!(
                "depth {depth}, seed {seed}: {:.4} at a turnover of {:.0}, {} open: {:?}",
                found.outcome.profit, found.outcome.turnover, found.outcome.open, found.best
            );
            println!("{line}");
            for (name, count) in &found.done {
                *done.entry(*name).or_insert(0) += count;
            }
            if found.outcome.profit > 0.5 {
                failed.push(format!("{line}\n{}", told(&start, &found)));
            }
        }
    }
    println!("{done:?}");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    for name in [
        "order",
        "on account",
        "position in",
        "position out",
        "margin out",
        "flag",
        "liquidation",
        "settle",
        "claim",
        "deposit",
        "redeem",
        "push",
    ] {
        assert!(done.contains_key(name), "{name} never ran");
    }
    assert!(!done.contains_key(REFUSED), "{done:?}");
}

/// Defence: being ahead of the feed is worth no more to who may write than to who may only buy.
#[test]
fn accounts_add_nothing_to_being_ahead_of_the_feed() {
    let mut failed = Vec::new();
    for (seed, ratio, vols) in [
        (11, 0.003, 1.0),
        (12, -0.006, 1.0),
        (13, 0.02, 1.1),
        (14, -0.02, 1.1),
        (15, 0.02, 0.9),
        (16, -0.05, 0.92),
        (17, 0.1, 1.1),
        (18, -0.2, 1.15),
    ] {
        let start = Play::new("2000").ahead_of_the_feed(ratio, vols);
        let wallets = search(&start, seed, Kinds::AheadInWallets);
        let all = search(&start, seed, Kinds::Ahead);
        for found in [&wallets, &all] {
            assert!(found.done.contains_key("push"), "{:?}", found.done);
            assert!(!found.done.contains_key(REFUSED), "{:?}", found.done);
        }
        println!(
            "{ratio}, vols times {vols}: wallets {:.2}, with accounts {:.2}",
            wallets.outcome.profit, all.outcome.profit
        );
        if all.outcome.profit > 0.5 {
            println!("{}\n{}", told(&start, &wallets), told(&start, &all));
        }
        let most = wallets.outcome.profit.max(0.0) + 0.5;
        if all.outcome.profit > most {
            failed.push(format!("{ratio}: {} after {most}", all.outcome.profit));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
