//! Programs called before in a block cost as if they were cached.

use inkhorn_chain::{Address, Chain, Outcome, Status, Transaction};

use crate::common::modules::{self, bytes};
use crate::common::relay::{forward, relay};
use crate::common::script::{interpreter, Kind, Script};
use crate::common::{
    chain, chain_at, govern, halted, method, program, ALICE, ARB_OWNER, ARB_WASM, ARB_WASM_CACHE,
};
use alloy_primitives::U256;

/// Gas for entering the echo program and the fill program, for the first time in a block and later.
const ECHO: [u64; 2] = [9_221, 363];
const FILL: [u64; 2] = [9_219, 363];
const PAYGROW: [u64; 2] = [9_222, 363];

fn call(to: Address) -> Transaction {
    Transaction::call(ALICE, to, vec![])
}

/// Gas for entering the only program of each outcome.
fn entries(outcomes: &[Outcome]) -> Vec<u64> {
    let framed = outcomes.iter().filter(|outcome| !outcome.frames.is_empty());
    framed.map(|outcome| outcome.frames[0].entry_gas).collect()
}

/// Gas for entering programs that are called in one block.
fn in_a_block(chain: &mut Chain, programs: &[Address]) -> Vec<u64> {
    let outcomes = chain.transact_batch(programs.iter().map(|program| call(*program)).collect());
    entries(&outcomes)
}

fn echo(chain: &mut Chain) -> Address {
    program(chain, &bytes(modules::ECHO))
}

fn fill(chain: &mut Chain) -> Address {
    program(chain, &bytes(modules::FILL))
}

#[test]
fn fact_107_the_second_call_in_a_block_is_as_cheap_as_if_cached() {
    let mut chain = chain();
    let echo = echo(&mut chain);
    let gas = method("programInitGas(address)", &[echo.into_word().into()]);
    let gas = chain.call(Transaction::call(ALICE, ARB_WASM, gas)).output;
    let [init, cached] = [&gas[..32], &gas[32..]].map(|word| U256::from_be_slice(word).to::<u64>());
    assert_eq!((init, cached), (9_221, 363));
    let outcomes = chain.transact_batch(vec![call(echo), call(echo)]);
    assert_eq!(entries(&outcomes), ECHO);
    assert_eq!(outcomes[0].gas_used - outcomes[1].gas_used, 8_858);
    assert_eq!(init - cached, 8_858);
}

#[test]
fn fact_107_the_second_call_in_a_transaction_is_as_cheap() {
    let mut chain = chain();
    let echo = echo(&mut chain);
    let caller = interpreter(&mut chain);
    let twice = Script::new()
        .call(Kind::Call, echo, 0, vec![1])
        .call(Kind::Call, echo, 0, vec![2]);
    for outcome in [
        chain.transact(Transaction::call(ALICE, caller, twice.clone())),
        chain.call(Transaction::call(ALICE, caller, twice)),
    ] {
        let frames = &outcome.frames;
        // The third page is open in both calls and costs the same.
        assert_eq!(frames[1].entry_gas - frames[2].entry_gas, 8_858);
    }
}

#[test]
fn fact_108_the_next_block_knows_nothing() {
    let mut chain = chain();
    let echo = echo(&mut chain);
    for _ in 0..2 {
        assert_eq!(in_a_block(&mut chain, &[echo, echo]), ECHO);
    }
}

#[test]
fn fact_109_a_call_that_cannot_pay_for_its_entry_counts() {
    let mut chain = chain();
    let echo = echo(&mut chain);
    let short = call(echo);
    let short = short.clone().with_gas(short.intrinsic_gas() + 9_220);
    let outcomes = chain.transact_batch(vec![short, call(echo)]);
    assert_eq!(outcomes[0].status, halted("out of gas"));
    assert_eq!(outcomes[1].frames[0].entry_gas, 363);
}

#[test]
fn fact_109_a_call_that_is_undone_counts() {
    let mut chain = chain();
    let echo = echo(&mut chain);
    let caller = interpreter(&mut chain);
    let undone = Script::new().call(Kind::Call, echo, 0, vec![1]).exit(1);
    let undone = Transaction::call(ALICE, caller, undone);
    let outcomes = chain.transact_batch(vec![undone, call(echo)]);
    assert_eq!(outcomes[0].status, Status::Revert);
    assert_eq!(outcomes[1].frames[0].entry_gas, 363);
}

#[test]
fn fact_110_calls_of_programs_that_cannot_run_do_not_count() {
    let mut chain = chain();
    let echo = chain.deploy_program(ALICE, &bytes(modules::ECHO)).unwrap();
    let activate = || {
        let data = method("activateProgram(address)", &[echo.into_word().into()]);
        Transaction::call(ALICE, ARB_WASM, data).with_value(crate::common::ether(1))
    };
    let outcomes = chain.transact_batch(vec![call(echo), activate(), call(echo)]);
    assert_eq!(outcomes[0].status, halted("error ProgramNotActivated()"));
    assert_eq!(entries(&outcomes), [9_221], "nor does the activation");
    chain.advance(366 * 86_400);
    let outcomes = chain.transact_batch(vec![call(echo), activate(), call(echo)]);
    assert!(outcomes[1].is_success());
    assert_eq!(entries(&outcomes), [9_221]);

    let mut chain = chain_at(51);
    let echo = program(&mut chain, &bytes(modules::ECHO));
    chain.upgrade_arbos(61);
    let outcomes = chain.transact_batch(vec![call(echo), activate(), call(echo)]);
    assert_eq!(
        outcomes[0].status,
        halted("error ProgramNeedsUpgrade(2, 3)")
    );
    assert_eq!(entries(&outcomes), [9_221]);
}

#[test]
fn fact_111_small_capacities() {
    let mut chain = chain();
    let (a, b) = (echo(&mut chain), fill(&mut chain));
    govern(&mut chain, "setWasmBlockCacheSize(uint16)", 1);
    assert_eq!(
        in_a_block(&mut chain, &[a, b, a]),
        [ECHO[0], FILL[0], ECHO[0]]
    );
    govern(&mut chain, "setWasmBlockCacheSize(uint16)", 0);
    assert_eq!(
        in_a_block(&mut chain, &[a, a, b, a]),
        [ECHO[0], ECHO[1], FILL[0], ECHO[0]]
    );
}

#[test]
fn fact_111_the_capacity_changes_with_the_next_block() {
    let mut chain = chain();
    let (a, b) = (echo(&mut chain), fill(&mut chain));
    chain.add_chain_owner(ALICE);
    let shrink = method("setWasmBlockCacheSize(uint16)", &[U256::from(1)]);
    let shrink = Transaction::call(ALICE, ARB_OWNER, shrink);
    let outcomes = chain.transact_batch(vec![call(a), shrink, call(b), call(a)]);
    assert_eq!(entries(&outcomes), [ECHO[0], FILL[0], ECHO[1]]);
    assert_eq!(
        in_a_block(&mut chain, &[a, b, a]),
        [ECHO[0], FILL[0], ECHO[0]]
    );
}

#[test]
fn fact_112_the_least_recently_called_program_is_forgotten() {
    let mut chain = chain();
    let (a, b) = (echo(&mut chain), fill(&mut chain));
    let c = program(&mut chain, &bytes(modules::PAYGROW));
    govern(&mut chain, "setWasmBlockCacheSize(uint16)", 2);
    assert_eq!(
        in_a_block(&mut chain, &[a, b, a, c, a, b]),
        [ECHO[0], FILL[0], ECHO[1], PAYGROW[0], ECHO[1], FILL[0]]
    );
}

#[test]
fn fact_113_a_cached_program_takes_a_place_all_the_same() {
    let mut chain = chain();
    let (a, b) = (echo(&mut chain), fill(&mut chain));
    chain.cache_program(a);
    assert_eq!(in_a_block(&mut chain, &[a, a]), [363, 363]);
    chain.add_cache_manager(ALICE);
    let evict = method("evictCodehash(bytes32)", &[chain.code_hash(a).into()]);
    let evict = || Transaction::call(ALICE, ARB_WASM_CACHE, evict.clone());
    let mut evicted = chain.clone();
    let outcomes = evicted.transact_batch(vec![call(a), evict(), call(a)]);
    assert_eq!(entries(&outcomes), [363, 363], "it was called before");
    assert_eq!(in_a_block(&mut evicted, &[a]), [9_221]);
    govern(&mut chain, "setWasmBlockCacheSize(uint16)", 1);
    assert_eq!(in_a_block(&mut chain, &[b, a, b]), [FILL[0], 363, FILL[0]]);
}

#[test]
fn fact_114_calls_begin_with_an_empty_cache() {
    let mut chain = chain();
    let echo = echo(&mut chain);
    assert_eq!(in_a_block(&mut chain, &[echo]), [9_221]);
    let here = chain.call_in_latest(call(echo));
    let next = chain.call(call(echo));
    assert_eq!(entries(&[here, next]), [9_221, 9_221]);
}

#[test]
fn fact_115_the_code_counts_not_the_way_of_calling() {
    let mut chain = chain();
    let echo = echo(&mut chain);
    let twin = chain.deploy_program(ALICE, &bytes(modules::ECHO)).unwrap();
    let relay = relay(&mut chain);
    let delegated = Transaction::call(ALICE, relay, forward(Kind::Delegate, echo, vec![1]));
    for (first, second) in [(delegated.clone(), call(echo)), (call(echo), delegated)] {
        let outcomes = chain.transact_batch(vec![first, second, call(twin)]);
        assert_eq!(entries(&outcomes), [9_221, 363, 363]);
    }
}

#[test]
fn fact_116_before_60_every_call_pays_in_full() {
    for version in [51, 59] {
        let mut chain = chain_at(version);
        let echo = echo(&mut chain);
        assert_eq!(in_a_block(&mut chain, &[echo, echo]), [9_221, 9_221]);
    }
}
