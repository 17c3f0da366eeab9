//! Calldata, results, logs, hashing and memory: ink and edge cases.

use crate::common::probe::{body_program, ink_of, Probe};
use crate::common::script::{interpreter, Kind, Script};
use crate::common::{chain, halted, run, run_with_gas, wat_program, ALICE};
use inkhorn_chain::{Address, Chain, Status, Transaction};

#[test]
fn fact_07_hashing_costs_by_the_word() {
    let mut chain = chain();
    for (length, ink) in [(10, 121_800), (100, 163_800), (1_000, 751_800)] {
        assert_eq!(
            ink_of(&mut chain, "native_keccak256", &[0, length, 2_000]),
            ink
        );
    }
}

#[test]
fn fact_08_a_log_costs_by_topics_and_bytes() {
    let mut chain = chain();
    for (topics, bytes, ink) in [
        (0, 0, 3_834_454),
        (0, 10, 4_634_454),
        (0, 100, 11_838_194),
        (1, 100, 15_589_954),
        (2, 100, 19_341_714),
        (3, 100, 23_093_474),
        (4, 100, 26_845_234),
    ] {
        let arguments = [0, 32 * topics + bytes, topics];
        assert_eq!(
            ink_of(&mut chain, "emit_log", &arguments),
            ink,
            "{arguments:?}"
        );
    }
}

#[test]
fn fact_09_calldata_and_results_cost_by_the_byte() {
    let mut chain = chain();
    let probe = Probe::new().measure("read_args", &[0]);
    let program = probe.deploy(&mut chain);
    for (length, ink) in [
        (0, 13_440),
        (4, 13_440),
        (32, 13_440),
        (36, 13_560),
        (100, 15_480),
    ] {
        assert_eq!(probe.run_at(&mut chain, program, vec![9; length]), [ink]);
    }
    for length in [0, 1, 32] {
        assert_eq!(ink_of(&mut chain, "write_result", &[0, length]), 41_162);
    }
    let ink = ink_of(&mut chain, "write_result", &[0, 500]);
    assert_eq!(ink, 8_400 + 2 * (16_381 + 55 * (500 - 32)));
}

#[test]
fn fact_14_paying_for_memory_by_hand() {
    let mut chain = chain();
    assert_eq!(ink_of(&mut chain, "pay_for_memory_grow", &[0]), 8_400);
    assert_eq!(
        ink_of(&mut chain, "pay_for_memory_grow", &[100]),
        9_320_660_000
    );
}

#[test]
fn fact_32_a_trap_discards_the_result_and_an_exit_keeps_it() {
    let mut chain = chain();
    let write = "(i32.store8 (i32.const 0) (i32.const 42)) (call $write_result (i32.const 0) (i32.const 1))";
    let trap = body_program(&mut chain, &format!("{write} (unreachable)"));
    let (outcome, report) = run(&mut chain, trap, vec![]);
    assert_eq!((outcome.status, outcome.output.len()), (Status::Revert, 0));
    assert!(report.failure.is_some());
    assert!(outcome.gas_used < 100_000, "a trap keeps unused gas");
    for (status, expected) in [(0, Status::Success), (1, Status::Revert)] {
        let exit = format!("{write} (call $exit_early (i32.const {status})) (unreachable)");
        let program = body_program(&mut chain, &exit);
        let (outcome, _) = run(&mut chain, program, vec![]);
        assert_eq!((outcome.status, &outcome.output[..]), (expected, &[42][..]));
    }
}

#[test]
fn fact_33_any_status_but_zero_reverts() {
    let mut chain = chain();
    for status in [1, 2, 0xff, -1] {
        let program = wat_program(
            &mut chain,
            &format!(
                r#"(module (memory (export "memory") 0 0)
                    (func (export "user_entrypoint") (param i32) (result i32) (i32.const {status})))"#
            ),
        );
        assert_eq!(run(&mut chain, program, vec![]).0.status, Status::Revert);
    }
}

fn succeeds(chain: &mut Chain, body: &str) -> bool {
    let program = body_program(chain, body);
    run(chain, program, vec![]).0.is_success()
}

#[test]
fn fact_34_empty_ranges_may_end_where_memory_ends() {
    let mut chain = chain();
    let write = |pointer: u32, length: u32| {
        format!("(call $write_result (i32.const {pointer}) (i32.const {length}))")
    };
    assert!(succeeds(&mut chain, &write(65_536, 0)));
    assert!(!succeeds(&mut chain, &write(65_537, 0)));
    assert!(succeeds(&mut chain, &write(65_535, 1)));
    assert!(!succeeds(&mut chain, &write(65_535, 2)));
    assert!(!succeeds(&mut chain, &write(1, u32::MAX)));
    let empty = wat_program(
        &mut chain,
        r#"(module (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
            (memory (export "memory") 0 0)
            (func (export "user_entrypoint") (param i32) (result i32)
                (call $write_result (i32.const 0) (i32.const 0)) (i32.const 0)))"#,
    );
    assert!(run(&mut chain, empty, vec![]).0.is_success());
}

#[test]
fn fact_35_bulk_memory_out_of_bounds_is_a_cheap_revert() {
    let mut chain = chain();
    for body in [
        "(memory.fill (i32.const 65530) (i32.const 1) (i32.const 7))",
        "(memory.copy (i32.const 0) (i32.const 65530) (i32.const 7))",
    ] {
        let program = body_program(&mut chain, body);
        let (outcome, report) = run(&mut chain, program, vec![]);
        assert_eq!(outcome.status, Status::Revert);
        assert!(report.ink_used < 20_000);
    }
    assert!(succeeds(
        &mut chain,
        "(memory.fill (i32.const 65530) (i32.const 1) (i32.const 6))"
    ));
}

#[test]
fn fact_35_bytes_that_cannot_be_paid_for_run_out_of_ink() {
    let mut chain = chain();
    let program = body_program(
        &mut chain,
        "(memory.fill (i32.const 0) (i32.const 1) (i32.const 65536))",
    );
    let (outcome, _) = run_with_gas(&mut chain, program, vec![], 600);
    assert_eq!(outcome.status, halted("out of gas"));
    let (outcome, _) = run_with_gas(&mut chain, program, vec![], 700);
    assert!(outcome.is_success());
}

#[test]
fn fact_36_memory_of_fixed_size_does_not_grow() {
    let mut chain = chain();
    assert!(succeeds(
        &mut chain,
        "(if (i32.ne (memory.grow (i32.const 0)) (i32.const 1)) (then unreachable))
         (if (i32.ne (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))"
    ));
}

#[test]
fn fact_37_no_gas_pays_for_65535_pages() {
    let mut chain = chain();
    let program = body_program(&mut chain, "(call $pay_for_memory_grow (i32.const -1))");
    let tx = Transaction::call(ALICE, program, vec![]).with_gas(u32::MAX.into());
    assert_eq!(chain.call(tx).status, halted("out of gas"));
}

/// A program that starts with one page and grows by the steps given, and by `last` if that is more than zero.
fn growing(chain: &mut Chain, steps: u32, step: u32, last: u32) -> Address {
    wat_program(
        chain,
        &format!(
            r#"(module
                (import "vm_hooks" "pay_for_memory_grow" (func (param i32)))
                (memory (export "memory") 1)
                (func (export "user_entrypoint") (param i32) (result i32) (local $i i32)
                    (loop $more
                        (drop (memory.grow (i32.const {step})))
                        (local.set $i (i32.add (local.get $i) (i32.const 1)))
                        (br_if $more (i32.lt_u (local.get $i) (i32.const {steps}))))
                    (drop (memory.grow (i32.const {last})))
                    (i32.ne (memory.size) (i32.const 128))))"#
        ),
    )
}

#[test]
fn fact_38_all_ways_to_grow_to_128_pages_cost_the_same() {
    let mut chain = chain();
    for (steps, step, last) in [(127, 1, 0), (1, 127, 0), (63, 2, 1), (12, 10, 7)] {
        let program = growing(&mut chain, steps, step, last);
        let tx = Transaction::call(ALICE, program, vec![]).with_gas(50_000_000);
        let outcome = chain.call(tx);
        assert!(outcome.is_success());
        let gas = outcome.frames[0].ink_used / 10_000;
        assert!(
            gas.abs_diff(31_999_998) < 3_000,
            "{steps} steps of {step}: {gas}"
        );
    }
}

#[test]
fn fact_38_pages_open_before_in_the_transaction_cost_the_linear_part() {
    let mut chain = crate::common::chain_at(51);
    let program = growing(&mut chain, 1, 127, 0);
    let caller = interpreter(&mut chain);
    let script =
        Script::new()
            .call(Kind::Call, program, 0, vec![])
            .call(Kind::Call, program, 0, vec![]);
    let tx = Transaction::call(ALICE, caller, script).with_gas(60_000_000);
    let outcome = chain.call(tx);
    // The caller holds two pages, so that no gas pays for 128 more. Having asked for them counts all the same:
    // from then on the transaction pays only the linear part. That ended when the number of open pages was limited.
    assert_eq!(outcome.output[..], [2, 0]);
    let small = growing(&mut chain, 1, 125, 0);
    let script =
        Script::new()
            .call(Kind::Call, small, 0, vec![])
            .call(Kind::Call, small, 0, vec![]);
    let tx = Transaction::call(ALICE, caller, script).with_gas(60_000_000);
    let frames = chain.call(tx).frames;
    let growth = |frame: usize| frames[frame].ink_used / 10_000;
    assert!(growth(1) > 30_000_000);
    assert!((125_000..126_000).contains(&growth(2)), "{}", growth(2));
}

#[test]
fn fact_42_logs_carry_topics_and_data() {
    let mut chain = chain();
    let topic = [3; 32];
    let program = Probe::new()
        .data(0, topic)
        .data(32, [1, 2, 3])
        .measure("emit_log", &[0, 35, 1])
        .deploy(&mut chain);
    let outcome = chain.transact(Transaction::call(ALICE, program, vec![]));
    let log = &outcome.logs[0];
    assert_eq!((log.address, log.topics()), (program, &[topic.into()][..]));
    assert_eq!(log.data.data[..], [1, 2, 3]);
}

#[test]
fn a_log_with_five_topics_or_too_few_bytes_fails() {
    let mut chain = chain();
    for arguments in [
        "(i32.const 0) (i32.const 200) (i32.const 5)",
        "(i32.const 0) (i32.const 31) (i32.const 1)",
    ] {
        let program = body_program(&mut chain, &format!("(call $emit_log {arguments})"));
        let (outcome, report) = run(&mut chain, program, vec![]);
        assert_eq!(outcome.status, Status::Revert);
        // Three constants, the call, their block, and no more of the host function than its entry.
        assert_eq!(report.ink_used, 3 + 3_800 + 2_450 + 68_073);
    }
}

#[test]
fn fact_52_output_costs_at_least_what_the_evm_charges_for_memory() {
    let mut chain = chain();
    let megabyte = 1u64 << 20;
    let words = megabyte / 32;
    let memory_gas = 3 * words + words * words / 512;
    let program = wat_program(
        &mut chain,
        r#"(module
            (import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
            (memory (export "memory") 16 16)
            (func (export "user_entrypoint") (param i32) (result i32)
                (call $write_result (i32.const 0) (i32.const 1048576)) (i32.const 0)))"#,
    );
    let stylus = run(&mut chain, program, vec![]).0.gas_used - 21_000;
    let evm = crate::common::deploy(&mut chain, "62100000 6000 f3");
    let evm = chain.call(Transaction::call(ALICE, evm, vec![])).gas_used - 21_000;
    assert_eq!(stylus, memory_gas);
    assert!(evm.abs_diff(stylus) < 100, "{evm} {stylus}");
}
