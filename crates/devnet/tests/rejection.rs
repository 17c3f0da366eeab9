//! What activation refuses, and why.

use crate::common::modules::{self, bytes};
use crate::common::{chain, chain_at, chain_with, wat_program, ALICE};
use inkhorn_chain::{Chain, ChainConfig, Status, Transaction};

const MEMORY: &str = r#"(memory (export "memory") 1 1)"#;
const ENTRY: &str = r#"(func (export "user_entrypoint") (param i32) (result i32) (i32.const 0))"#;

fn debug_chain() -> Chain {
    chain_with(ChainConfig {
        debug: true,
        ..ChainConfig::default()
    })
}

/// Reason why a chain refuses a module, if it does.
fn refusal_on(chain: &Chain, text: &str) -> Option<String> {
    let wasm = wat::parse_str(text).expect("valid text");
    chain.check_program(&wasm).err()
}

fn refusal(text: &str) -> Option<String> {
    refusal_on(&chain(), text)
}

fn assert_refused(text: &str, reason: &str) {
    match refusal(text) {
        Some(given) => assert!(
            given.contains(reason),
            "{given:?} should contain {reason:?}"
        ),
        None => panic!("accepted: {text}"),
    }
}

fn assert_accepted(text: &str) {
    assert_eq!(refusal(text), None, "{text}");
}

/// A module with the usual memory and entrypoint, and more.
fn with(more: &str) -> String {
    format!("(module {more} {MEMORY} {ENTRY})")
}

/// A module whose entrypoint runs `body` first.
fn running(body: &str) -> String {
    format!(
        r#"(module {MEMORY} (func (export "user_entrypoint") (param i32) (result i32) {body} (i32.const 0)))"#
    )
}

#[test]
fn a_refused_activation_consumes_all_gas_and_says_why() {
    let mut chain = chain();
    let wasm = wat::parse_str(with("(func $f) (start $f)")).unwrap();
    let program = chain.deploy_program(ALICE, &wasm).unwrap();
    let outcome = chain.activate(ALICE, program).unwrap_err();
    let reason = "program activation failed: start functions not allowed";
    assert_eq!(outcome.status, Status::Halt(reason.to_owned()));
    assert_eq!((outcome.gas_used, outcome.output.len()), (32_000_000, 0));
}

#[test]
fn fact_55_reserved_names() {
    assert_refused(
        &with(r#"(func (export "stylus_ink_left"))"#),
        "reserved symbol",
    );
    assert_refused(
        &with(r#"(global (export "stylus_ink_left") i64 (i64.const 0))"#),
        "reserved symbol",
    );
    assert_refused(
        &with(r#"(func (export "any__stylus_thing"))"#),
        "reserved symbol",
    );
    assert_refused(
        &with(r#"(import "vm_hooks" "stylus_thing" (func))"#),
        "reserved symbol",
    );
    assert_accepted(&with(r#"(func (export "my_stylus"))"#));
}

#[test]
fn fact_56_an_export_named_like_an_import() {
    let import = r#"(import "vm_hooks" "read_args" (func (param i32)))"#;
    for name in ["read_args", "prefix__read_args"] {
        let module = with(&format!("{import} (func (export \"{name}\"))"));
        assert_refused(&module, "exports an import with the same name");
    }
    assert_accepted(&with(&format!("{import} (func (export \"read_args2\"))")));
}

#[test]
fn fact_57_memory_must_be_exported() {
    assert_refused(&format!("(module {ENTRY})"), "missing memory");
    assert_refused(&format!("(module (memory 1 1) {ENTRY})"), "missing memory");
    let function = format!(r#"(module (memory 1 1) (func (export "memory")) {ENTRY})"#);
    assert_refused(&function, "missing memory");
}

#[test]
fn fact_57_the_entrypoint_must_be_a_function_of_its_type() {
    let missing = format!("(module {MEMORY})");
    assert_refused(&missing, "missing export with name user_entrypoint");
    let kind =
        format!(r#"(module {MEMORY} (global (export "user_entrypoint") i32 (i32.const 0)))"#);
    assert_refused(&kind, "missing export with name user_entrypoint");
    let reason = refusal_on(&debug_chain(), &kind).unwrap();
    assert!(reason.contains("must be a function"), "{reason}");
    let ty = format!(
        r#"(module {MEMORY} (func (export "user_entrypoint") (result i32) (i32.const 0)))"#
    );
    assert_refused(&ty, "wrong type for user_entrypoint");
}

#[test]
fn fact_58_growable_memory_needs_the_import_that_pays() {
    let growable = r#"(memory (export "memory") 1)"#;
    assert_refused(
        &format!("(module {growable} {ENTRY})"),
        "missing import pay_for_memory_grow",
    );
    let larger = r#"(memory (export "memory") 1 2)"#;
    assert_refused(
        &format!("(module {larger} {ENTRY})"),
        "missing import pay_for_memory_grow",
    );
    let wrong = r#"(import "vm_hooks" "pay_for_memory_grow" (func (param i64)))"#;
    assert_refused(
        &format!("(module {wrong} {growable} {ENTRY})"),
        "wrong type for pay_for_memory_grow",
    );
    let right = r#"(import "vm_hooks" "pay_for_memory_grow" (func (param i32)))"#;
    assert_accepted(&format!("(module {right} {growable} {ENTRY})"));
}

#[test]
fn fact_59_imports_must_be_host_functions() {
    assert_refused(
        &with(r#"(import "vm_hooks" "no_such_thing" (func))"#),
        "No such import",
    );
    assert_refused(
        &with(r#"(import "env" "read_args" (func (param i32)))"#),
        "No such import",
    );
    let signature = r#"(import "vm_hooks" "read_args" (func (param i64)))"#;
    assert_refused(&with(signature), "different function signature");
    let twice = r#"(import "vm_hooks" "read_args" (func (param i32)))
        (import "vm_hooks" "read_args" (func (param i64)))"#;
    assert_refused(&with(twice), "inconsistent imports");
}

#[test]
fn fact_59_debug_imports_need_a_debug_chain() {
    let console = with(r#"(import "console" "log_i32" (func $log (param i32)))"#);
    assert_refused(&console, "not enabled");
    assert_eq!(refusal_on(&debug_chain(), &console), None);
}

#[test]
fn fact_60_start_functions() {
    let module = with("(func $f) (start $f)");
    assert_refused(&module, "start functions not allowed");
    let mut chain = debug_chain();
    assert_eq!(refusal_on(&chain, &module), None);
    // A debug chain accepts it and does not run it.
    let trap = with("(func $f unreachable) (start $f)");
    let program = wat_program(&mut chain, &trap);
    assert!(crate::common::run(&mut chain, program, vec![])
        .0
        .is_success());
}

#[test]
fn fact_61_memory_of_at_most_128_pages() {
    let pages =
        |count: u32| format!(r#"(module (memory (export "memory") {count} {count}) {ENTRY})"#);
    assert_refused(&pages(129), "exceeds bound 128");
    assert_accepted(&pages(128));
    let mut chain = chain();
    crate::common::govern(&mut chain, "setWasmPageLimit(uint16)", 100);
    let wasm = wat::parse_str(pages(128)).unwrap();
    let program = chain.deploy_program(ALICE, &wasm).unwrap();
    match chain.activate(ALICE, program).unwrap_err().status {
        Status::Halt(reason) => assert!(reason.contains("memory exceeds limit"), "{reason}"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn fact_61_imports_of_other_kinds_and_segments_out_of_bounds() {
    let memory =
        format!(r#"(module (import "env" "m" (memory 1 1)) (export "memory" (memory 0)) {ENTRY})"#);
    assert_refused(&memory, "unsupported import kind");
    let global = with(r#"(import "env" "g" (global i32))"#);
    assert_refused(&global, "unsupported import kind");
    assert_refused(
        &with(r#"(data (i32.const 65535) "ab")"#),
        "Out-of-bounds data memory init",
    );
    assert_accepted(&with(r#"(data (i32.const 65534) "ab")"#));
    let element = |offset: u32| {
        with(&format!(
            "(func $f) (table 2 funcref) (elem (i32.const {offset}) $f)"
        ))
    };
    assert_refused(&element(2), "Out-of-bounds element");
    assert_accepted(&element(1));
}

#[test]
fn fact_62_later_proposals_do_not_validate() {
    for module in [
        running("(drop (i32x4.splat (i32.const 0)))"),
        running("(drop (ref.null func))"),
        with("(func $f (return_call $f))"),
        with("(global i32 (i32.add (i32.const 1) (i32.const 2)))"),
        format!("(module {MEMORY} (memory 1 1) {ENTRY})"),
        format!(r#"(module (memory (export "memory") i64 1 1) {ENTRY})"#),
        with("(tag)"),
    ] {
        assert_refused(&module, "failed to validate");
    }
}

#[test]
fn fact_63_bulk_memory_beyond_copy_and_fill() {
    let init = format!(
        r#"(module {MEMORY} {ENTRY} (data $d "ab")
        (func (memory.init $d (i32.const 0) (i32.const 0) (i32.const 1))))"#
    );
    assert_refused(&init, "unsupported section type");
    let copy =
        with("(table 2 funcref) (func (table.copy (i32.const 0) (i32.const 0) (i32.const 1)))");
    assert_refused(&copy, "opcode not supported");
    assert_accepted(&with(r#"(data "passive")"#));
}

#[test]
fn fact_64_float_arithmetic_has_no_implementation() {
    for body in [
        "(drop (f32.add (f32.const 1) (f32.const 2)))",
        "(drop (i32.trunc_sat_f32_s (f32.const 1)))",
        "(drop (f64.lt (f64.const 1) (f64.const 2)))",
        "(drop (f64.convert_i32_s (i32.const 1)))",
    ] {
        assert_refused(
            &running(body),
            "No implementation for floating point operation",
        );
    }
    for body in [
        "(drop (f32.const 1))",
        "(drop (f32.load (i32.const 0)))",
        "(f64.store (i32.const 0) (f64.const 1))",
        "(drop (i32.reinterpret_f32 (f32.const 1)))",
        "(local f32 f64)",
    ] {
        assert_accepted(&running(body));
    }
}

/// Accepts `most` of something and refuses one more.
fn assert_bound(most: usize, module: impl Fn(usize) -> String) {
    assert_eq!(refusal(&module(most)), None, "{most} are allowed");
    assert!(
        refusal(&module(most + 1)).is_some(),
        "{} are too many",
        most + 1
    );
}

#[test]
fn fact_65_counts_are_bounded() {
    assert_bound(348, |count| {
        running(&format!("(local {})", "i64 ".repeat(count)))
    });
    assert_bound(4_095, |count| with(&"(func)".repeat(count)));
    assert_bound(128, |count| {
        with(&r#"(data (i32.const 0) "a")"#.repeat(count))
    });
    assert_bound(4_096, |count| with(&format!("(table {count} funcref)")));
    let import = r#"(import "vm_hooks" "chainid" (func (result i64)))"#;
    assert_bound(513, |count| with(&import.repeat(count)));
    assert_bound(32_764, |count| {
        with(&"(global i32 (i32.const 0))".repeat(count))
    });
}

#[test]
fn fact_65_function_bodies_have_at_most_65536_operators() {
    // Beside the operators counted here: 12 for depth, 12 for ink, the constant, a return with 4 and the end.
    assert_bound(65_536 - 31, |count| running(&"nop ".repeat(count)));
}

#[test]
fn fact_65_operands_and_frames_are_bounded() {
    // The ink meter adds two operands before the last block.
    let operands = |count: usize| {
        let push = "(i32.const 0)".repeat(count);
        running(&format!("{push} (block) {}", "drop ".repeat(count)))
    };
    assert_bound(4_094, operands);
    assert!(refusal(&operands(4_095))
        .unwrap()
        .contains("exceeds bound 4096"));
}

#[test]
fn fact_66_several_results_are_refused_from_stylus_version_3_on() {
    let function = with("(func (result i32 i32) (i32.const 0) (i32.const 1))");
    let block = running(
        "(drop (block (param) (result i32) (i32.const 3)))
        (i32.const 1) (block (param i32) (drop))",
    );
    for module in [&function, &block] {
        assert_eq!(refusal_on(&chain_at(51), module), None, "{module}");
        for later in [59, 60, 61] {
            let reason = refusal_on(&chain_at(later), module).unwrap();
            assert!(reason.contains("failed to validate"), "{reason}");
        }
    }
}

#[test]
fn a_padded_table_index_does_not_validate() {
    // As LLVM encodes indirect calls when reference types are on.
    let short = "0a1902040020000b12004107420810001a4100420841011100000b";
    let padded = "0a1a02040020000b13004107420810001a410042084101110080000b";
    let module = modules::CALLS.replace(short, padded);
    assert_ne!(module, modules::CALLS);
    let reason = chain().check_program(&bytes(&module)).unwrap_err();
    assert!(reason.contains("zero byte expected"), "{reason}");
}

#[test]
fn bytes_that_are_not_wasm_are_refused() {
    assert!(chain().check_program(b"\0asm\x01\0\0").is_err());
    assert!(chain().check_program(b"").is_err());
}

/// Numbers that look random and are the same every time.
struct Sequence(u64);

impl Sequence {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.0 >> 33) as usize % bound
    }
}

#[test]
fn spoiled_modules_are_refused_or_run_and_never_crash() {
    let mut sequence = Sequence(7);
    let mut ran = 0;
    for module in [
        modules::ECHO,
        modules::CALLS,
        modules::GROW,
        modules::BR_TABLE,
        modules::BULK,
    ] {
        let original = bytes(module).to_vec();
        for _ in 0..2_000 {
            let mut wasm = original.clone();
            for _ in 0..1 + sequence.below(3) {
                let at = 8 + sequence.below(wasm.len() - 8);
                wasm[at] = sequence.below(256) as u8;
            }
            let mut chain = chain();
            if chain.check_program(&wasm).is_ok() {
                let program = crate::common::program(&mut chain, &wasm);
                let tx = Transaction::call(ALICE, program, vec![1, 2, 3]).with_gas(1_000_000);
                chain.call(tx);
                ran += 1;
            }
        }
    }
    assert!(ran > 100, "{ran} modules survived");
}
