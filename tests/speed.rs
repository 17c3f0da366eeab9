//! How fast the embedded chain runs the pool on this machine. Prints times and judges none, so it runs when asked:
//! `cargo test --workspace --test speed -- --ignored --nocapture`.

mod common;

use std::time::Instant;

use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use common::{call, Market};
use inkhorn_chain::trace::TraceAs;
use inkhorn_chain::{Chain, Transaction};
use smirk_world::{abi::IPool, price::wad};

const RUNS: u32 = 200;

fn quote_and_buy(market: &Market) -> [Transaction; 2] {
    let alice = market.world.actors.alice.address;
    let (id, size) = (call(market.expiries[1], "2500"), wad("0.01"));
    let quote = IPool::quoteBuyCall { id, size };
    let buy = IPool::buyCall {
        id,
        size,
        maxCost: U256::MAX,
        deadline: U256::MAX,
        receiver: alice,
    };
    [quote.abi_encode(), buy.abi_encode()]
        .map(|input| Transaction::call(alice, market.pool.address, input))
}

#[test]
#[ignore = "measures wall time"]
fn quotes_and_purchases() {
    let start = Instant::now();
    let mut market = Market::new();
    println!("market from nothing: {:?}", start.elapsed());
    let [quote, buy] = quote_and_buy(&market);
    let chain = &mut market.world.chain;

    let mut quotes: Vec<_> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            assert!(chain.call(quote.clone()).is_success());
            start.elapsed()
        })
        .collect();
    quotes.sort_unstable();
    let median = quotes[quotes.len() / 2];

    // As a node does it, with a copy of the chain for every block.
    let mut blocks = Vec::new();
    let start = Instant::now();
    for _ in 0..RUNS {
        assert!(chain.transact(buy.clone()).is_success());
        blocks.push(chain.clone());
    }
    let mean = start.elapsed() / RUNS;

    let start = Instant::now();
    chain.trace_frames(&buy, TraceAs::Mined(&[]));
    let traced = start.elapsed();
    let gas = chain.call(quote.clone()).gas_used;
    println!("quoteBuy: {gas} gas, median {median:?}; buy: mean {mean:?}, traced {traced:?}");

    let mut dump = Vec::new();
    let start = Instant::now();
    chain.dump(&mut dump).expect("memory takes it");
    let written = start.elapsed();
    let start = Instant::now();
    Chain::load(&dump[..]).expect("a whole dump");
    let (size, read) = (dump.len(), start.elapsed());
    println!("dump: {size} bytes, written in {written:?}, read in {read:?}");
}
