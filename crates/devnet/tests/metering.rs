//! Ink of operators, block by block, against the reference implementation's numbers.

use crate::common::modules::{self, bytes};
use crate::common::{chain, govern, halted, program, run, run_with_gas, wat_program};
use inkhorn_chain::Status;

/// Runs a module and checks the ink it burns and the operators it has after instrumentation.
fn assert_metered(module: &str, input: &[u8], status: Status, ink: u64, operators: u64) {
    let mut chain = chain();
    let wasm = bytes(module);
    assert_eq!(chain.check_program(&wasm).unwrap().operators, operators);
    let address = program(&mut chain, &wasm);
    let (outcome, report) = run(&mut chain, address, input.to_vec());
    assert_eq!(outcome.status, status);
    assert_eq!((report.ink_used, report.ink_total), (ink, ink));
}

#[test]
fn fact_17_a_constant() {
    assert_metered(modules::MIN, &[], Status::Success, 2_452, 31);
}

#[test]
fn fact_18_if_and_else() {
    assert_metered(modules::IF_ELSE, &[1], Status::Success, 8_193, 72);
    assert_metered(modules::IF_ELSE, &[], Status::Revert, 8_193, 72);
}

#[test]
fn fact_19_a_loop() {
    assert_metered(modules::LOOP, &[], Status::Success, 41_925, 76);
}

#[test]
fn fact_20_direct_and_indirect_calls() {
    assert_metered(modules::CALLS, &[], Status::Success, 31_127, 93);
}

#[test]
fn fact_21_a_branch_table() {
    assert_metered(modules::BR_TABLE, &[], Status::Success, 8_030, 123);
    assert_metered(modules::BR_TABLE, &[1], Status::Success, 8_030, 123);
}

#[test]
fn fact_22_bulk_memory() {
    assert_metered(modules::BULK, &[], Status::Success, 19_358, 73);
}

#[test]
fn fact_23_memory_growth() {
    assert_metered(modules::GROW, &[], Status::Success, 30_035_032, 52);
}

#[test]
fn fact_24_a_trap_keeps_the_gas_beyond_its_block() {
    assert_metered(modules::TRAP, &[], Status::Revert, 2_534, 36);
}

#[test]
fn fact_25_ink_and_gas_left_are_what_the_program_sees() {
    let mut chain = chain();
    let wasm = bytes(modules::INK_LEFT);
    assert_eq!(chain.check_program(&wasm).unwrap().operators, 76);
    let address = program(&mut chain, &wasm);
    let (outcome, report) = run_with_gas(&mut chain, address, vec![], 100);
    assert_eq!(outcome.output[..8], 985_349u64.to_le_bytes());
    assert_eq!(outcome.output[8..], 96u64.to_le_bytes());
    assert_eq!(report.ink_used, 81_068);
}

#[test]
fn fact_26_echo() {
    assert_metered(modules::ECHO, &[7], Status::Success, 69_631, 60);
    assert_metered(modules::ECHO, &[7; 100], Status::Success, 79_151, 60);
}

#[test]
fn fact_27_a_frame_needs_more_words_than_it_takes() {
    let mut chain = chain();
    let address = program(&mut chain, &bytes(modules::MIN));
    govern(&mut chain, "setWasmMaxStackDepth(uint32)", 6);
    let (outcome, _) = run(&mut chain, address, vec![]);
    assert_eq!(outcome.status, halted("max call depth exceeded"));
    assert_eq!(outcome.gas_used, 32_000_000);
    govern(&mut chain, "setWasmMaxStackDepth(uint32)", 7);
    let (outcome, _) = run(&mut chain, address, vec![]);
    assert_eq!(outcome.status, Status::Success);
}

#[test]
fn fact_28_the_stack_is_checked_before_ink() {
    let mut chain = chain();
    let address = program(&mut chain, &bytes(modules::MIN));
    let (outcome, _) = run_with_gas(&mut chain, address, vec![], 0);
    assert_eq!(outcome.status, halted("out of gas"));
    govern(&mut chain, "setWasmMaxStackDepth(uint32)", 6);
    let (outcome, _) = run_with_gas(&mut chain, address, vec![], 0);
    assert_eq!(outcome.status, halted("max call depth exceeded"));
}

#[test]
fn fact_29_a_float_constant_cannot_be_paid_for() {
    let mut chain = chain();
    let address = program(&mut chain, &bytes(modules::FLOAT_CONSTANT));
    let (outcome, _) = run(&mut chain, address, vec![]);
    assert_eq!(outcome.status, halted("out of gas"));
    assert_eq!(outcome.gas_used, 32_000_000);
}

#[test]
fn fact_30_an_infinite_loop_consumes_all_gas() {
    let mut chain = chain();
    let address = wat_program(
        &mut chain,
        r#"(module
            (memory (export "memory") 1 1)
            (func (export "user_entrypoint") (param i32) (result i32)
                (loop (br 0)) (unreachable)))"#,
    );
    let (outcome, report) = run(&mut chain, address, vec![]);
    assert_eq!(outcome.status, halted("out of gas"));
    assert_eq!(outcome.gas_used, 32_000_000);
    assert_eq!(
        report.ink_used,
        (report.gas_limit - report.entry_gas) * 10_000
    );
}

#[test]
fn the_native_stack_outlasts_the_stack_of_the_chain() {
    let mut chain = chain();
    // Many values alive across the call make large native frames.
    let locals: String = (0..300)
        .map(|i| {
            format!(
                "(local.set {} (i64.add (i64.extend_i32_u (local.get 0)) (i64.const {i})))",
                i + 1
            )
        })
        .collect();
    let sums: String = (0..300)
        .map(|i| {
            format!(
                "(local.set 1 (i64.xor (local.get 1) (local.get {})))",
                i + 1
            )
        })
        .collect();
    let address = wat_program(
        &mut chain,
        &format!(
            r#"(module (memory (export "memory") 1 1)
                (func $f (export "user_entrypoint") (param i32) (result i32) (local {})
                    {locals} (drop (call $f (local.get 0))) {sums} (i32.wrap_i64 (local.get 1))))"#,
            "i64 ".repeat(300)
        ),
    );
    for words in [22_000, 262_144] {
        govern(&mut chain, "setWasmMaxStackDepth(uint32)", words);
        let (outcome, _) = run(&mut chain, address, vec![]);
        assert_eq!(outcome.status, halted("max call depth exceeded"));
    }
}
