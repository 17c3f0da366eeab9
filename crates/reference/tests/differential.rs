//! Random modules on both.

use std::collections::BTreeMap;
use std::thread;

use crate::compare::{compare, Met};
use crate::scene::chain;

/// Modules of an ordinary run; `SMIRK_DIFFERENTIAL_MODULES` says another number.
const MODULES: u64 = 1_000;
/// Seed of the first module, the next has the next; `SMIRK_DIFFERENTIAL_SEED` says another.
const SEED: u64 = 0;
/// Most scenes in a thousand that may end where the reference has nothing.
const UNMODELLED: u64 = 2;
/// Native stack: both sides may nest as deep as a program's stack allows.
const STACK: usize = 1 << 30;

fn number(name: &str, otherwise: u64) -> u64 {
    let set = std::env::var(name).ok();
    set.map_or(otherwise, |text| text.parse().expect("a number"))
}

#[test]
fn random_modules_end_alike() {
    let modules = number("SMIRK_DIFFERENTIAL_MODULES", MODULES);
    let first = number("SMIRK_DIFFERENTIAL_SEED", SEED);
    let run = thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || differ(first, modules));
    let (met, differences) = run.expect("a thread").join().expect("no panic");
    let (unmodelled, met): (BTreeMap<_, _>, BTreeMap<_, _>) =
        (met.into_iter()).partition(|(kind, _)| matches!(kind, Met::Unmodelled(_)));
    println!("{modules} modules: {met:?}");
    let ended = unmodelled.values().sum::<u64>();
    println!(
        "{ended} of them ({:.2} %) ended where the reference has nothing: {unmodelled:?}",
        ended as f64 * 100.0 / modules as f64
    );
    for (seed, difference) in differences.iter().take(40) {
        println!("seed {seed}: {difference}");
    }
    assert!(
        differences.is_empty(),
        "{} modules differ",
        differences.len()
    );
    assert!(
        ended * 1_000 <= UNMODELLED * modules,
        "{ended} of {modules} were not compared to their end"
    );
    let share = |wanted: &[Met]| {
        wanted.iter().filter_map(|kind| met.get(kind)).sum::<u64>() * 100 / modules
    };
    assert!(
        share(&[Met::Ran("success"), Met::Ran("success with calls")]) >= 15,
        "{met:?}"
    );
    if modules < MODULES {
        // What is rare need not be among a few.
        return;
    }
    let ended = [
        "success with calls",
        "revert",
        "failure",
        "out of gas",
        "out of stack",
        "unusable",
    ];
    let did = [
        "created",
        "failed to create",
        "activated",
        "activated in fragments",
        "activated by a contract",
        "asked ArbOS",
        "refused by ArbOS",
        "recovered",
        "destroyed",
        "cached",
        "call",
        "activation",
        "deployment",
    ];
    let wanted = (ended.into_iter().map(Met::Ran)).chain(did.into_iter().map(Met::Did));
    for wanted in wanted.chain([Met::Refused]) {
        assert!(met.contains_key(&wanted), "nothing was {wanted:?}: {met:?}");
    }
}

/// How modules ended, how often, and what differed.
type Tally = (BTreeMap<Met, u64>, Vec<(u64, String)>);

fn differ(first: u64, modules: u64) -> Tally {
    let base = chain();
    let (mut met, mut differences) = (BTreeMap::new(), Vec::new());
    for seed in first..first + modules {
        match compare(&base, seed) {
            Ok(kinds) => {
                for kind in kinds {
                    *met.entry(kind).or_default() += 1;
                }
            }
            Err(difference) => differences.push((seed, difference)),
        }
    }
    (met, differences)
}
