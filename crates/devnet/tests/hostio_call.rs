//! Calls between programs and contracts: ink, gas, results, context, static rules, nesting.

use crate::common::modules::{self, bytes};
use crate::common::probe::{ink_of, Probe};
use crate::common::relay::{forward, relay};
use crate::common::script::{interpreter, Kind, Script};
use crate::common::{chain, deploy, program, run, wat_program, word, ALICE};
use inkhorn_chain::{Address, Chain, Outcome, Status, Transaction, U256};

fn send(chain: &mut Chain, to: Address, data: impl Into<Vec<u8>>) -> Outcome {
    chain.transact(Transaction::call(ALICE, to, data.into()))
}

/// Measures a call of `to` with four bytes of data and `value` wei.
fn call_ink(chain: &mut Chain, to: Address, value: u8) -> u64 {
    let probe = Probe::new()
        .data(0, to)
        .data(95, [value])
        .measure("call_contract", &[0, 100, 4, 64, -1, 128]);
    let caller = probe.deploy(chain);
    chain.fund(caller, U256::from(100));
    probe.run_at(chain, caller, vec![])[0]
}

#[test]
fn fact_15_a_call_costs_its_overhead_and_what_the_callee_uses() {
    let mut chain = chain();
    // 203 JUMPDESTs and 18 gas to return a word.
    let callee = deploy(
        &mut chain,
        &format!("{} 602a 6000 52 6020 6000 f3", "5b".repeat(203)),
    );
    assert_eq!(call_ink(&mut chain, callee, 0), 28_325_955);
    assert_eq!(call_ink(&mut chain, callee, 1), 118_325_955);
    let probe = |name| {
        Probe::new()
            .data(0, callee)
            .measure(name, &[0, 100, 4, -1, 128])
            .run(&mut chain.clone())
    };
    assert_eq!(probe("delegate_call_contract"), [28_325_955]);
    assert_eq!(probe("static_call_contract"), [28_325_955]);
}

#[test]
fn fact_15_value_for_a_new_account_costs_25000_gas_more() {
    let mut chain = chain();
    let nobody = Address::repeat_byte(0x44);
    let overhead = 115_955;
    // 2,600 to reach it, 25,000 to make it, 9,000 for the value. An unused stipend is no gain.
    let gas = 2_600 + 25_000 + 9_000;
    assert_eq!(call_ink(&mut chain, nobody, 1), overhead + gas * 10_000);
    assert_eq!(call_ink(&mut chain, nobody, 0), overhead + 2_600 * 10_000);
}

#[test]
fn fact_15_precompiles_are_warm() {
    let mut chain = chain();
    let identity = crate::common::precompile(4);
    let gas = 100 + 15 + 3;
    assert_eq!(call_ink(&mut chain, identity, 0), 115_955 + gas * 10_000);
}

#[test]
fn calling_an_uncached_program_costs_what_nitro_measures() {
    let mut chain = chain();
    let mut echo = bytes(modules::ECHO).to_vec();
    // A custom section brings the module to the 187 bytes of the original.
    echo.extend([0, 54, 3, b'p', b'a', b'd']);
    echo.resize(187, 0);
    let check = chain.check_program(&echo).unwrap();
    assert_eq!((check.init_cost, check.cached_cost), (34, 11));
    let callee = program(&mut chain, &echo);
    assert_eq!(call_ink(&mut chain, callee, 0), 118_475_955);
    chain.cache_program(callee);
    let uncached_part = 8_832 + 34;
    assert_eq!(
        call_ink(&mut chain, callee, 0),
        118_475_955 - uncached_part * 10_000
    );
}

#[test]
fn fact_10_return_data_costs_by_the_bytes_copied() {
    let mut chain = chain();
    for (size, ink) in [
        (10, 73_113),
        (100, 75_153),
        (1_000, 102_153),
        (10_000, 372_153),
    ] {
        let callee = deploy(&mut chain, &format!("61{size:04x} 6000 f3"));
        let probe = Probe::new()
            .data(0, callee)
            .step("(drop (call $static_call_contract (i32.const 0) (i32.const 0) (i32.const 0) (i64.const -1) (i32.const 128)))")
            .measure("read_return_data", &[256, 0, 20_000]);
        assert_eq!(probe.run(&mut chain), [ink]);
    }
}

#[test]
fn fact_48_return_data_is_read_where_it_overlaps() {
    let mut chain = chain();
    let callee = deploy(&mut chain, "6004 6000 f3");
    let mut body = String::from(
        "(drop (call $static_call_contract (i32.const 0) (i32.const 0) (i32.const 0) (i64.const -1) (i32.const 128)))
         (if (i32.ne (call $return_data_size) (i32.const 4)) (then unreachable))"
    );
    for (offset, size, copied) in [
        (0, 5, 4),
        (0, 1, 1),
        (5, 1, 0),
        (0, 0, 0),
        (0, 4, 4),
        (4, 1, 0),
    ] {
        body += &format!(
            "(if (i32.ne (call $read_return_data (i32.const 256) (i32.const {offset}) (i32.const {size})) (i32.const {copied}))
                (then unreachable))"
        );
    }
    // Nothing is copied, so the destination does not matter.
    body += "(drop (call $read_return_data (i32.const -1) (i32.const 4) (i32.const 8)))";
    let probe = Probe::new().data(0, callee).step(&body);
    assert!(probe.run(&mut chain).is_empty());
}

#[test]
fn fact_46_nothing_may_change_in_a_static_call() {
    let mut chain = chain();
    let callee = interpreter(&mut chain);
    let through = relay(&mut chain);
    let changes = [
        Script::new().store(1, 2).flush(false),
        Script::new().log(0, b"hello"),
        Script::new().transient_store(1, 2),
        Script::new().create(0, &[]),
        Script::new().create2(1, 0, &[]),
    ];
    for script in changes {
        let direct = forward(Kind::Static, callee, script.clone());
        let outcome = send(&mut chain, through, direct);
        assert_eq!(
            (outcome.status, outcome.output.len()),
            (Status::Revert, 0),
            "{script:?}"
        );
        let nested = Script::new()
            .call(Kind::Static, callee, 0, script)
            .propagate();
        let outcome = send(&mut chain, callee, nested);
        assert_eq!((outcome.status, outcome.output.len()), (Status::Revert, 0));
    }
    let harmless = Script::new().store(1, 2).load(1).flush(false);
    let harmless_without_flush = Script::new().store(1, 2).load(1);
    let outcome = send(
        &mut chain,
        through,
        forward(Kind::Static, callee, harmless_without_flush),
    );
    assert_eq!(outcome.output.to_vec(), word(2));
    assert!(!send(&mut chain, through, forward(Kind::Static, callee, harmless)).is_success());
    let clean = Script::new().load(1).flush(true);
    assert!(send(&mut chain, through, forward(Kind::Static, callee, clean)).is_success());
}

#[test]
fn fact_46_value_in_a_static_frame_fails_without_cost() {
    let mut chain = chain();
    let callee = interpreter(&mut chain);
    chain.fund(callee, U256::from(100));
    let pays = Script::new().call(Kind::Call, Address::repeat_byte(5), 1, vec![]);
    let script = Script::new().call(Kind::Static, callee, 0, pays);
    let output = send(&mut chain, callee, script).output.to_vec();
    assert_eq!(output, [0, 2]);
}

#[test]
fn fact_47_delegate_calls_act_on_the_callers_storage() {
    let mut chain = chain();
    let stylus = interpreter(&mut chain);
    let evm = relay(&mut chain);
    let store = |key| Script::new().store(key, 9).flush(true);
    // EVM delegates to Stylus.
    assert!(send(&mut chain, evm, forward(Kind::Delegate, stylus, store(1))).is_success());
    assert_eq!(chain.storage(evm, U256::from(1)), U256::from(9));
    // EVM delegates to Stylus, which delegates to itself.
    let twice = Script::new().call(Kind::Delegate, stylus, 0, store(2));
    assert!(send(&mut chain, evm, forward(Kind::Delegate, stylus, twice)).is_success());
    assert_eq!(chain.storage(evm, U256::from(2)), U256::from(9));
    // Stylus delegates to EVM, which delegates to Stylus.
    let mixed = Script::new().call(
        Kind::Delegate,
        evm,
        0,
        forward(Kind::Delegate, stylus, store(3)),
    );
    assert!(send(&mut chain, stylus, mixed).is_success());
    assert_eq!(chain.storage(stylus, U256::from(3)), U256::from(9));
    // Stylus calls EVM, which calls Stylus.
    let plain = Script::new().call(Kind::Call, evm, 0, forward(Kind::Call, stylus, store(4)));
    assert!(send(&mut chain, stylus, plain).is_success());
    assert_eq!(chain.storage(stylus, U256::from(4)), U256::from(9));
    assert_eq!(chain.storage(evm, U256::from(4)), U256::ZERO);
}

#[test]
fn fact_47_a_static_ancestor_forbids_stores() {
    let mut chain = chain();
    let stylus = interpreter(&mut chain);
    let evm = relay(&mut chain);
    let store = Script::new().store(1, 9).flush(true);
    for inner in [Kind::Call, Kind::Delegate] {
        let chain_of_calls = forward(Kind::Static, evm, forward(inner, stylus, store.clone()));
        let outcome = send(&mut chain, evm, chain_of_calls);
        assert_eq!(outcome.status, Status::Revert);
        let from_stylus = Script::new()
            .call(Kind::Static, evm, 0, forward(inner, stylus, store.clone()))
            .propagate();
        assert_eq!(send(&mut chain, stylus, from_stylus).status, Status::Revert);
    }
    assert_eq!(chain.storage(stylus, U256::from(1)), U256::ZERO);
}

#[test]
fn a_delegate_call_keeps_sender_and_value() {
    let mut chain = chain();
    let who = crate::common::probe::body_program(
        &mut chain,
        "(call $msg_sender (i32.const 0)) (call $msg_value (i32.const 20))
         (call $contract_address (i32.const 52)) (call $write_result (i32.const 0) (i32.const 72))",
    );
    let evm = relay(&mut chain);
    let data = forward(Kind::Delegate, who, vec![]);
    let tx = Transaction::call(ALICE, evm, data).with_value(U256::from(3));
    let expected = [ALICE.to_vec(), word(3), evm.to_vec()].concat();
    assert_eq!(chain.call(tx).output.to_vec(), expected);
}

#[test]
fn value_moves_with_calls_and_comes_back_with_reverts() {
    let mut chain = chain();
    let stylus = interpreter(&mut chain);
    chain.fund(stylus, U256::from(100));
    let bob = Address::repeat_byte(0xb0);
    let pay = Script::new().call(Kind::Call, bob, 30, vec![]);
    assert!(send(&mut chain, stylus, pay.clone()).is_success());
    assert_eq!(chain.balance(bob), U256::from(30));
    assert_eq!(send(&mut chain, stylus, pay.exit(1)).status, Status::Revert);
    assert_eq!(chain.balance(bob), U256::from(30));
    let too_much = Script::new().call(Kind::Call, bob, 71, vec![]);
    assert_eq!(send(&mut chain, stylus, too_much).output.to_vec(), [2]);
}

#[test]
fn a_failing_callee_does_not_fail_its_caller() {
    let mut chain = chain();
    let stylus = interpreter(&mut chain);
    let reverting = deploy(&mut chain, "602a 6000 52 6020 6000 fd");
    let invalid = deploy(&mut chain, "fe");
    let inactive = chain.deploy_program(ALICE, &bytes(modules::MIN)).unwrap();
    let script = Script::new().call(Kind::Call, reverting, 0, vec![]);
    assert_eq!(
        send(&mut chain, stylus, script).output.to_vec(),
        [vec![2], word(42)].concat()
    );
    for broken in [invalid, inactive] {
        let outcome = send(
            &mut chain,
            stylus,
            Script::new().call(Kind::Call, broken, 0, vec![]),
        );
        assert_eq!(outcome.output.to_vec(), [2]);
        assert!(outcome.gas_used > 31_000_000, "the gas passed on is gone");
    }
}

#[test]
fn reentrancy_is_reported_to_programs_whose_account_is_open() {
    let mut chain = chain();
    let stylus = interpreter(&mut chain);
    let evm = relay(&mut chain);
    let ask = Script::new().reentrant();
    let mut output = |to, data: Vec<u8>| send(&mut chain, to, data).output.to_vec();
    assert_eq!(output(stylus, ask.clone().into()), [0]);
    assert_eq!(output(evm, forward(Kind::Call, stylus, ask.clone())), [0]);
    let itself = Script::new().call(Kind::Call, stylus, 0, ask.clone());
    assert_eq!(output(stylus, itself.into()), [0, 1]);
    let around = Script::new().call(Kind::Call, evm, 0, forward(Kind::Call, stylus, ask.clone()));
    assert_eq!(output(stylus, around.into()), [0, 1]);
    // A delegate frame does not count itself, but sees the count of the account it acts as.
    let delegate = Script::new().call(Kind::Delegate, stylus, 0, ask.clone());
    assert_eq!(output(stylus, delegate.into()), [0, 0]);
    assert_eq!(output(evm, forward(Kind::Delegate, stylus, ask)), [0]);
}

#[test]
fn fact_51_deep_nesting_ends_in_a_clean_revert() {
    let mut chain = chain();
    let stylus = interpreter(&mut chain);
    let mut script = Script::new().store(1, 2).flush(true).trap();
    for _ in 0..32 {
        script = Script::new()
            .call(Kind::Call, stylus, 0, script)
            .propagate();
    }
    let outcome = send(&mut chain, stylus, script);
    assert_eq!((outcome.status, outcome.output.len()), (Status::Revert, 0));
    assert_eq!(outcome.frames.len(), 33);
    assert_eq!(chain.storage(stylus, U256::from(1)), U256::ZERO);
}

/// Calls itself until it cannot, and returns how many frames there were.
const RECURSIVE: &str = r#"(module
    (import "vm_hooks" "contract_address" (func $self (param i32)))
    (import "vm_hooks" "static_call_contract" (func $call (param i32 i32 i32 i64 i32) (result i32)))
    (import "vm_hooks" "read_return_data" (func $read (param i32 i32 i32) (result i32)))
    (import "vm_hooks" "write_result" (func $write (param i32 i32)))
    (memory (export "memory") 1 1)
    (func (export "user_entrypoint") (param i32) (result i32)
        (call $self (i32.const 0))
        (drop (call $call (i32.const 0) (i32.const 0) (i32.const 0) (i64.const -1) (i32.const 32)))
        (drop (call $read (i32.const 64) (i32.const 0) (i32.const 4)))
        (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (i32.const 1)))
        (call $write (i32.const 64) (i32.const 4))
        (i32.const 0)))"#;

#[test]
fn programs_may_nest_to_the_depth_limit_of_the_evm() {
    let mut chain = chain();
    let recursive = wat_program(&mut chain, RECURSIVE);
    chain.cache_program(recursive);
    crate::common::govern(&mut chain, "setWasmFreePages(uint16)", 2_000);
    crate::common::govern(&mut chain, "setWasmPageLimit(uint16)", 2_000);
    let tx = Transaction::call(ALICE, recursive, vec![]).with_gas(1 << 45);
    let outcome = chain.call(tx);
    assert!(outcome.is_success());
    assert_eq!(outcome.output[..], 1_025u32.to_le_bytes());
}

#[test]
fn own_ink_leaves_out_what_callees_used() {
    let mut chain = chain();
    let stylus = interpreter(&mut chain);
    let callee = deploy(&mut chain, "5a6000525a60205260406000f3");
    let script = Script::new().call(Kind::Call, callee, 0, vec![]);
    let (outcome, report) = run(&mut chain, stylus, script);
    assert!(outcome.is_success());
    // GAS costs 2, PUSH and MSTORE 3, and each of two words of memory 3.
    let callee_gas = 2 * 2 + 6 * 3 + 2 * 3;
    assert_eq!(report.ink_total - report.ink_used, callee_gas * 10_000);
}

#[test]
fn fact_31_recursion_ends_where_the_stack_does() {
    let mut chain = chain();
    // Two locals, a peak of three operands and the overhead make frames of nine words.
    let recursive = wat_program(
        &mut chain,
        r#"(module
            (memory (export "memory") 0 0)
            (func $recurse (export "user_entrypoint") (param $more i32) (result i32)
                (local f32 f64)
                (if (local.get $more)
                    (then (drop (call $recurse (i32.sub (local.get $more) (i32.const 1))))))
                (i32.const 0)))"#,
    );
    for (words, entries) in [(9, 0), (10, 1), (18, 1), (19, 2), (36, 3), (40, 4)] {
        crate::common::govern(&mut chain, "setWasmMaxStackDepth(uint32)", words);
        if entries > 0 {
            let (outcome, _) = run(&mut chain, recursive, vec![0; entries - 1]);
            assert!(outcome.is_success(), "{entries} entries in {words} words");
        }
        let (outcome, _) = run(&mut chain, recursive, vec![0; entries]);
        assert_eq!(
            outcome.status,
            crate::common::halted("max call depth exceeded")
        );
        assert_eq!(outcome.gas_used, 32_000_000);
    }
}

#[test]
fn a_pointer_out_of_bounds_fails_after_the_call_and_undoes_it() {
    let mut chain = chain();
    let bob = Address::repeat_byte(0xb0);
    let probe = Probe::new().data(0, bob).data(63, [1]).step(
        "(drop (call $call_contract (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 32) (i64.const -1) (i32.const 65535)))",
    );
    let caller = probe.deploy(&mut chain);
    chain.fund(caller, U256::from(10));
    let outcome = send(&mut chain, caller, vec![]);
    assert_eq!(outcome.status, Status::Revert);
    assert_eq!(chain.balance(bob), U256::ZERO);
    assert_eq!(ink_of(&mut chain, "return_data_size", &[]), 8_400);
}
