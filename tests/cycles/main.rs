//! Ten thousand random cycles through the real program with everything switched on: a venue beside the feed, tails in use,
//! nodes to rent, posts that jumped and spot that has moved since, carry. A taker buys and sells back in any order: never at a
//! gain, each trade for what it was quoted, and in pieces never cheaper than whole but for the venue's impact.

#[path = "../common/mod.rs"]
mod common;

mod pieces;
mod stage;
mod trade;

use alloy_primitives::{Address, U256};
use common::{rng::Rng, Market};
use stage::{any_series, any_size, keep, stages};
use trade::{trade, Account, Side};

/// What a taker holds on the way.
type Open = Vec<(U256, U256)>;

/// One more trade of a cycle: something bought, or some of what was bought sold back.
fn step(market: &mut Market, who: Address, rng: &mut Rng, open: &mut Open, account: &mut Account) {
    if !open.is_empty() && rng.one_in(3) {
        sell_some(market, who, rng, open, account);
        return;
    }
    let (id, size) = (any_series(market, rng), any_size(rng));
    if let Some(fill) = trade(market, who, Side::Buy, id, size) {
        account.note(&fill);
        open.push((id, size));
    }
}

/// Sells back all or a part of something.
fn sell_some(
    market: &mut Market,
    who: Address,
    rng: &mut Rng,
    open: &mut Open,
    account: &mut Account,
) {
    let at = rng.below(open.len() as u64) as usize;
    let (id, held) = open[at];
    let lot = U256::from(1_000_000_000_000u64);
    let part = held / lot / U256::from(1 + rng.below(3)) * lot;
    let size = if part.is_zero() { held } else { part };
    let fill = trade(market, who, Side::Sell, id, size).expect("what was bought can be sold back");
    account.note(&fill);
    match size == held {
        true => drop(open.swap_remove(at)),
        false => open[at].1 = held - size,
    }
}

/// Cycles from random stages, with `wait` between trades, each judged at its end.
fn cycles(
    seed: u64,
    count: u64,
    depth: &str,
    wait: impl Fn(&mut Market, &mut Rng),
    judge: impl Fn(&Account) -> bool,
) {
    let mut rng = Rng(seed);
    let stages = stages(&mut rng, depth);
    let (mut trades, mut traded) = (0, 0);
    for cycle in 0..count {
        let mut market = stages[rng.below(stages.len() as u64) as usize].clone();
        let alice = market.world.actors.alice.address;
        let (mut open, mut account) = (Open::new(), Account::default());
        for _ in 0..1 + rng.below(6) {
            step(&mut market, alice, &mut rng, &mut open, &mut account);
            wait(&mut market, &mut rng);
        }
        while !open.is_empty() {
            sell_some(&mut market, alice, &mut rng, &mut open, &mut account);
            wait(&mut market, &mut rng);
        }
        let place = format!("seed {seed}, cycle {cycle}");
        assert!(judge(&account), "{place}: {account:?}");
        trades += account.trades;
        traded += (account.trades > 0) as u64;
    }
    assert!(
        traded * 10 >= count * 9,
        "only {traded} of {count} cycles traded"
    );
    println!("{count} cycles, {traded} with trades, {trades} trades");
}

/// Nothing is gained, and within a block the premiums alone add up to nothing but roundings, each for the pool.
fn within_a_block(account: &Account) -> bool {
    let gap = account.premium_paid.checked_sub(account.premium_received);
    let telescopes = gap.is_some_and(|gap| gap <= U256::from(account.trades));
    telescopes && account.received <= account.paid
}

/// Defence: one potential over the whole book, of which every trade pays the difference, and charges on top.
#[test]
fn no_cycle_within_a_block_gains_at_a_thin_venue() {
    cycles(71, 3_500, "3000", |_, _| {}, within_a_block);
}

#[test]
fn no_cycle_within_a_block_gains_at_a_deep_venue() {
    cycles(72, 3_500, "100000", |_, _| {}, within_a_block);
}

/// Defence: spread and charges outweigh what jumps that melt, carry that accrues and charges that are earned give back.
#[test]
fn no_cycle_across_minutes_without_outside_moves_gains() {
    let wait = |market: &mut Market, rng: &mut Rng| {
        match rng.below(4) {
            0 => market.world.chain.advance(rng.below(60)),
            1 => market.world.chain.advance(60 + rng.below(900)),
            2 => {
                market.world.chain.advance(300);
                keep(market, U256::from(1_000), 0);
            }
            _ => {}
        }
        if rng.one_in(4) {
            market.world.refresh_feed().unwrap();
        }
    };
    cycles(73, 3_000, "30000", wait, |account| {
        account.received <= account.paid
    });
}
