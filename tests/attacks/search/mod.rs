//! A search for sequences of operations that bring an attacker with several identities more than they cost: at random, and from
//! the best by small changes. The seeds are fixed; `SMIRK_SEARCH` says how many times as much to
//! try: 14 takes three minutes.

mod operation;
mod play;

use std::collections::BTreeMap;

use self::{
    operation::{changed, in_wallets, sequence, Kinds, Operation},
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
    if outcome.profit > 0.01 {
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

impl Search {
    fn from(start: &Play, first: Vec<Operation>) -> Search {
        Search {
            outcome: play(start, &first),
            best: first,
            done: BTreeMap::new(),
        }
    }

    fn try_next(&mut self, start: &Play, next: Vec<Operation>) {
        let outcome = play(start, &next);
        for (name, count) in &outcome.done {
            *self.done.entry(name).or_default() += count;
        }
        if score(&outcome) >= score(&self.outcome) {
            (self.best, self.outcome) = (next, outcome);
        }
    }

    fn climb(mut self, start: &Play, rng: &mut Rng, kinds: Kinds) -> Search {
        for _ in 0..CHANGED * times() {
            let next = changed(&self.best, rng, kinds);
            self.try_next(start, next);
        }
        self
    }
}

fn search(start: &Play, rng: &mut Rng, kinds: Kinds) -> Search {
    let mut found = Search::from(start, sequence(rng, kinds));
    for _ in 0..DRAWN * times() {
        let next = sequence(rng, kinds);
        found.try_next(start, next);
    }
    found.climb(start, rng, kinds)
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
            let found = search(&start, &mut Rng(seed), Kinds::All);
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

/// Defence: an order pays for where the venue was a second ago. Being ahead of the feed is worth nothing, neither to who may only buy nor
/// to who may write, unless the venue is held at the old price until a second is over. What is known of vols beyond their spread is another
/// thing.
#[test]
fn being_ahead_of_the_feed_pays_nobody_who_does_not_hold_the_venue() {
    let mut failed = Vec::new();
    let (mut held, mut on_account) = (0.0f64, 0);
    for (seed, ratio, vols) in [
        (11, 0.003, 1.0),
        (12, -0.006, 1.0),
        (13, 0.02, 1.03),
        (14, -0.02, 1.03),
        (15, 0.02, 0.97),
        (16, -0.05, 0.92),
        (17, 0.1, 1.1),
        (18, -0.2, 1.15),
    ] {
        let start = Play::new("2000").ahead_of_the_feed(ratio, vols);
        let mut rng = Rng(seed);
        let wallets = search(&start, &mut rng, Kinds::AheadInWallets);
        let all = search(&start, &mut rng, Kinds::Ahead);
        // What was found with accounts, as near as wallets come to it, and from there.
        let translated = Search::from(&start, in_wallets(&all.best));
        let translated = translated.climb(&start, &mut rng, Kinds::AheadInWallets);
        for found in [&wallets, &all] {
            assert!(found.done.contains_key("push"), "{:?}", found.done);
            assert!(!found.done.contains_key(REFUSED), "{:?}", found.done);
        }
        on_account += all.done.get("on account").copied().unwrap_or(0);
        let line = format!("{ratio}, vols times {vols}");
        for (name, found) in [
            ("in wallets", &wallets),
            ("with accounts", &all),
            ("translated", &translated),
        ] {
            let Outcome { profit, lost, .. } = found.outcome;
            println!("{line}: {name} {profit:.2}, the pool loses {lost:.2}");
        }
        for found in [&wallets, &all, &translated] {
            if found.outcome.profit > 0.5 {
                failed.push(format!("{line}\n{}", told(&start, found)));
            }
        }
        if ratio.abs() >= 0.1 {
            let holding = search(&start, &mut rng, Kinds::AheadAndHolding);
            let Outcome { profit, lost, .. } = holding.outcome;
            println!("{line}: holding the venue {profit:.2}, the pool loses {lost:.2}");
            held = held.max(profit);
        }
    }
    // A search that finds nothing here finds nothing anywhere.
    assert!(held > 100.0 && on_account > 50, "{held} {on_account}");
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}
