//! Storage through the cache, and transient storage: ink and behaviour.

use crate::common::probe::{ink_of, Probe};
use crate::common::script::{interpreter, Kind, Script};
use crate::common::{chain, halted, wat_program, word, ALICE};
use inkhorn_chain::{Chain, Outcome, Status, Transaction, U256};

const FIRST_LOAD: u64 = 21_068_480;
const CACHED: u64 = 18_480;

fn slot(word: u64) -> U256 {
    U256::from(word)
}

fn send(chain: &mut Chain, to: inkhorn_chain::Address, script: Script) -> Outcome {
    chain.transact(Transaction::call(ALICE, to, Vec::from(script)))
}

#[test]
fn fact_03_transient_storage_costs_100_gas() {
    let mut chain = chain();
    assert_eq!(
        ink_of(&mut chain, "transient_load_bytes32", &[0, 32]),
        1_078_153
    );
    assert_eq!(
        ink_of(&mut chain, "transient_store_bytes32", &[0, 32]),
        1_078_153
    );
}

#[test]
fn fact_11_loads_are_cold_then_cached_then_warm() {
    let probe = || {
        Probe::new()
            .measure("storage_load_bytes32", &[0, 64])
            .measure("storage_load_bytes32", &[0, 64])
            .step("(call $storage_flush_cache (i32.const 0))")
            .measure("storage_load_bytes32", &[0, 64])
            .step("(call $storage_flush_cache (i32.const 1))")
            .measure("storage_load_bytes32", &[0, 64])
    };
    let expected = [FIRST_LOAD, CACHED, CACHED, 1_068_480];
    let mut chain = chain();
    assert_eq!(probe().run(&mut chain), expected);
    let program = probe().deploy(&mut chain);
    chain.set_storage(program, U256::ZERO, U256::from(5));
    assert_eq!(probe().run_at(&mut chain, program, vec![]), expected);
}

#[test]
fn fact_12_a_cached_store_costs_the_entry() {
    assert_eq!(
        ink_of(&mut chain(), "storage_cache_bytes32", &[0, 32]),
        CACHED
    );
}

/// Ink of a flush after storing `new` in slot 0, which holds `old`.
fn flush_ink(old: u64, new: u8) -> u64 {
    let mut chain = chain();
    let probe = Probe::new()
        .data(63, [new])
        .step("(call $storage_cache_bytes32 (i32.const 0) (i32.const 32))")
        .measure("storage_flush_cache", &[0]);
    let program = probe.deploy(&mut chain);
    chain.set_storage(program, U256::ZERO, U256::from(old));
    probe.run_at(&mut chain, program, vec![])[0]
}

#[test]
fn fact_13_a_flush_pays_for_each_dirty_slot() {
    assert_eq!(flush_ink(0, 1), 221_068_073);
    assert_eq!(flush_ink(1, 2), 50_068_073);
    assert_eq!(flush_ink(1, 0), 50_068_073);
    assert_eq!(ink_of(&mut chain(), "storage_flush_cache", &[0]), 68_073);
}

#[test]
fn fact_13_a_slot_is_warm_and_dirty_the_second_time() {
    let mut chain = chain();
    let store = |from| format!("(call $storage_cache_bytes32 (i32.const 0) (i32.const {from}))");
    let probe = Probe::new()
        .data(63, [2])
        .data(95, [3])
        .step(&store(32))
        .measure("storage_flush_cache", &[0])
        .step(&store(64))
        .measure("storage_flush_cache", &[0]);
    let program = probe.deploy(&mut chain);
    chain.set_storage(program, U256::ZERO, U256::from(1));
    assert_eq!(
        probe.run_at(&mut chain, program, vec![]),
        [50_068_073, 1_068_073]
    );
}

#[test]
fn fact_13_two_stores_of_one_slot_are_flushed_once() {
    let mut chain = chain();
    let probe = Probe::new()
        .data(63, [2])
        .data(95, [3])
        .step("(call $storage_cache_bytes32 (i32.const 0) (i32.const 32))")
        .step("(call $storage_cache_bytes32 (i32.const 0) (i32.const 64))")
        .measure("storage_flush_cache", &[0]);
    let program = probe.deploy(&mut chain);
    chain.set_storage(program, U256::ZERO, U256::from(1));
    assert_eq!(probe.run_at(&mut chain, program, vec![]), [50_068_073]);
}

#[test]
fn many_accesses_cost_a_surcharge() {
    let mut chain = chain();
    let loads = (0..130).fold(Probe::new(), |probe, _| {
        probe.measure("storage_load_bytes32", &[0, 64])
    });
    let mut expected = vec![FIRST_LOAD];
    expected.extend([CACHED; 31]);
    expected.extend([38_480; 96]);
    expected.extend([118_480; 2]);
    assert_eq!(loads.run(&mut chain), expected);
    let stores = (0..66).fold(Probe::new(), |probe, _| {
        probe.measure("storage_cache_bytes32", &[0, 64])
    });
    let mut expected = vec![CACHED; 8];
    expected.extend([88_480; 56]);
    expected.extend([118_480; 2]);
    assert_eq!(stores.run(&mut chain), expected);
}

#[test]
fn writing_back_the_known_value_needs_no_flush() {
    let mut chain = chain();
    let program = interpreter(&mut chain);
    chain.set_storage(program, slot(1), U256::from(5));
    let unchanged = Script::new().load(1).store(1, 6).store(1, 5).flush(false);
    let blind = Script::new().store(1, 5).flush(false);
    let unchanged = send(&mut chain, program, unchanged).frames[0].ink_used;
    let blind = send(&mut chain, program, blind).frames[0].ink_used;
    // A store of a word that was not loaded is written even if it changes nothing: 2,100 + 100 gas.
    assert!(
        blind > 22_000_000 && unchanged < 23_000_000,
        "{unchanged} {blind}"
    );
    let clean = Script::new().load(1).flush(false);
    let clean = send(&mut chain, program, clean).frames[0].ink_used;
    assert!(unchanged - clean < 200_000);
}

#[test]
fn what_is_not_flushed_is_lost() {
    let mut chain = chain();
    let program = interpreter(&mut chain);
    let outcome = send(&mut chain, program, Script::new().store(1, 5).load(1));
    assert_eq!(outcome.output.to_vec(), word(5));
    assert_eq!(chain.storage(program, slot(1)), U256::ZERO);
    send(&mut chain, program, Script::new().store(1, 5).flush(true));
    assert_eq!(chain.storage(program, slot(1)), U256::from(5));
}

#[test]
fn a_revert_undoes_what_was_flushed() {
    let mut chain = chain();
    let program = interpreter(&mut chain);
    let outcome = send(
        &mut chain,
        program,
        Script::new().store(1, 5).flush(true).exit(1),
    );
    assert_eq!(outcome.status, Status::Revert);
    assert_eq!(chain.storage(program, slot(1)), U256::ZERO);
}

#[test]
fn a_cache_outlives_reentry_and_goes_stale() {
    let mut chain = chain();
    let program = interpreter(&mut chain);
    let write = Script::new().store(1, 9).flush(true);
    let stale = Script::new()
        .load(1)
        .call(Kind::Call, program, 0, write.clone())
        .load(1)
        .flush(true)
        .load(1);
    let output = send(&mut chain, program, stale).output.to_vec();
    let expected = [word(0), vec![0], word(0), word(9)].concat();
    assert_eq!(output, expected);
}

#[test]
fn clearing_a_slot_earns_a_refund() {
    let mut chain = chain();
    let program = interpreter(&mut chain);
    let zero = Script::new().store(1, 0).flush(true);
    chain.set_storage(program, slot(1), U256::from(5));
    let cleared = send(&mut chain, program, zero.clone()).gas_used;
    let again = send(&mut chain, program, zero).gas_used;
    // 5,000 gas less 4,800 against the 2,200 of a cold store that changes nothing.
    assert_eq!(again - cleared, 2_200 - (5_000 - 4_800));
}

#[test]
fn fact_49_transient_storage_lasts_one_transaction() {
    let mut chain = chain();
    let program = interpreter(&mut chain);
    let other = interpreter_twin(&mut chain);
    let read = Script::new().transient_load(7);
    let script = Script::new()
        .transient_store(7, 3)
        .call(Kind::Call, program, 0, read.clone())
        .call(Kind::Call, other, 0, read.clone())
        .call(Kind::Delegate, other, 0, read.clone());
    let output = send(&mut chain, program, script).output.to_vec();
    let zero = [0];
    let expected = [&zero[..], &word(3), &zero, &word(0), &zero, &word(3)].concat();
    assert_eq!(output, expected);
    assert_eq!(send(&mut chain, program, read).output.to_vec(), word(0));
}

/// Another account with the same code.
fn interpreter_twin(chain: &mut Chain) -> inkhorn_chain::Address {
    let first = interpreter_code(chain);
    let twin = inkhorn_chain::Address::repeat_byte(0x22);
    chain.set_code(twin, first);
    twin
}

fn interpreter_code(chain: &mut Chain) -> inkhorn_chain::Bytes {
    let mut scratch = chain.clone();
    let address = interpreter(&mut scratch);
    scratch.code(address)
}

/// A program that writes as many fresh slots as the first calldata byte says, and flushes once.
const SPRAY: &str = r#"(module
    (import "vm_hooks" "read_args" (func $read_args (param i32)))
    (import "vm_hooks" "storage_cache_bytes32" (func $store (param i32 i32)))
    (import "vm_hooks" "storage_flush_cache" (func $flush (param i32)))
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param i32) (result i32) (local $i i32)
        (call $read_args (i32.const 0))
        (loop $next
            (local.set $i (i32.add (local.get $i) (i32.const 1)))
            (i32.store8 (i32.const 95) (local.get $i))
            (call $store (i32.const 64) (i32.const 64))
            (br_if $next (i32.lt_u (local.get $i) (i32.load8_u (i32.const 0)))))
        (call $flush (i32.const 1))
        (i32.const 0)))"#;

#[test]
fn fact_53_an_unaffordable_flush_is_out_of_gas() {
    let mut chain = chain();
    let spray = wat_program(&mut chain, SPRAY);
    let call = |count: u8| Transaction::call(ALICE, spray, vec![count]).with_gas(2_210_000);
    let outcome = chain.transact(call(200));
    assert_eq!(outcome.status, halted("out of gas"));
    assert_eq!(outcome.gas_used, 2_210_000);
    assert!(chain.transact(call(50)).is_success());
    assert_eq!(chain.storage(spray, slot(50)), slot(50));
}

#[test]
fn a_flush_may_spend_all_but_not_more() {
    let mut chain = chain();
    let spray = wat_program(&mut chain, SPRAY);
    let call = |gas| Transaction::call(ALICE, spray, vec![20]).with_gas(gas);
    let least = chain.call(call(32_000_000)).gas_used;
    assert!(chain.call(call(least)).is_success());
    assert_eq!(chain.call(call(least - 1)).status, halted("out of gas"));
}
