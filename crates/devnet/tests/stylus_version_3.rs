//! What Stylus version 3 and ArbOS 59 changed for modules and their memory.

use inkhorn_chain::{Address, Chain, Status, Transaction};

use crate::common::modules::{self, bytes};
use crate::common::{chain, chain_at, govern, halted, program, run, wat_program, ALICE};

const LATER: [u64; 3] = [59, 60, 61];

#[test]
fn fact_77_several_values_are_refused() {
    for (module, gas) in [(modules::MVFUNC, 63_672), (modules::MVBLOCK, 63_392)] {
        let wasm = bytes(module);
        let mut old = chain_at(51);
        assert_eq!(old.check_program(&wasm).unwrap().activation_gas, gas);
        let accepted = program(&mut old, &wasm);
        assert!(run(&mut old, accepted, vec![]).0.is_success());
        for version in LATER {
            let mut chain = chain_at(version);
            let refused = chain.deploy_program(ALICE, &wasm).unwrap();
            let outcome = chain.activate(ALICE, refused).unwrap_err();
            assert_eq!(outcome.gas_used, 32_000_000);
            let Status::Halt(reason) = outcome.status else {
                panic!("activation is refused");
            };
            assert!(reason.contains("failed to validate"), "{reason}");
        }
    }
}

#[test]
fn fact_78_a_type_with_two_results_is_refused_even_if_unused() {
    let wasm = wat::parse_str(
        r#"(module (type (func (result i32 i32))) (memory (export "memory") 0 0)
            (func (export "user_entrypoint") (param i32) (result i32) (i32.const 0)))"#,
    )
    .unwrap();
    assert!(chain_at(51).check_program(&wasm).is_ok());
    let reason = chain().check_program(&wasm).unwrap_err();
    assert!(reason.contains("failed to validate"), "{reason}");
}

#[test]
fn blocks_with_one_result_are_accepted() {
    let wasm = wat::parse_str(
        r#"(module (memory (export "memory") 0 0)
            (func (export "user_entrypoint") (param i32) (result i32)
                (block (result i32) (i32.const 0))))"#,
    )
    .unwrap();
    assert!(chain().check_program(&wasm).is_ok());
}

#[test]
fn fact_79_memory_fill_takes_the_low_byte() {
    let mut chain = chain();
    let check = chain.check_program(&bytes(modules::FILL)).unwrap();
    assert_eq!(
        (check.activation_gas, check.asm_estimate),
        (64_036, 513_719)
    );
    assert_eq!(
        (check.init_cost, check.cached_cost, check.footprint),
        (24, 11, 1)
    );
    assert_eq!((check.operators, check.wasm_size), (67, 112));
    let fill = program(&mut chain, &bytes(modules::FILL));
    let (outcome, report) = run(&mut chain, fill, vec![]);
    assert_eq!(outcome.output[..], [0xab; 10]);
    assert_eq!(report.ink_used, 51_819);
}

/// Calls a program with a number, little end first.
fn run_with(chain: &mut Chain, program: Address, number: u32) -> (Status, u64) {
    let (outcome, report) = run(chain, program, number.to_le_bytes());
    assert_eq!(outcome.output.len(), 0);
    (outcome.status, report.ink_used)
}

#[test]
fn fact_80_growth_by_more_than_65535_pages_is_not_for_sale() {
    for version in [51, 61] {
        let mut chain = chain_at(version);
        let wasm = bytes(modules::PAYGROW);
        let check = chain.check_program(&wasm).unwrap();
        assert_eq!((check.operators, check.activation_gas), (60, 64_148));
        assert_eq!((check.asm_estimate, check.init_cost), (513_863, 27));
        let paygrow = program(&mut chain, &wasm);
        let mut pay = |pages| run_with(&mut chain, paygrow, pages);
        let free = (Status::Success, 37_464);
        let one = (Status::Success, 29_064);
        assert_eq!(pay(0), free);
        assert_eq!(pay(1), one);
        assert_eq!(pay(2), (Status::Success, 29_064 + 10_000_000));
        if version == 51 {
            assert_eq!((pay(65_536), pay(65_537)), (free, one));
        } else {
            for pages in [65_536, 65_537, u32::MAX] {
                assert_eq!(pay(pages).0, halted("out of gas"));
            }
        }
    }
}

#[test]
fn fact_81_the_page_limit_holds_for_growth() {
    for version in [51, 61] {
        let mut chain = chain_at(version);
        let wasm = bytes(modules::MEMGROW);
        let check = chain.check_program(&wasm).unwrap();
        assert_eq!((check.operators, check.activation_gas), (53, 64_036));
        let memgrow = program(&mut chain, &wasm);
        govern(&mut chain, "setWasmPageLimit(uint16)", 10);
        let mut grow = |pages| run_with(&mut chain, memgrow, pages).0;
        for pages in [8, 9] {
            assert_eq!(grow(pages), Status::Success);
        }
        let over = if version == 51 {
            Status::Success
        } else {
            halted("out of gas")
        };
        assert_eq!((grow(10), grow(50)), (over.clone(), over));
        let far = if version == 51 {
            Status::Revert
        } else {
            halted("out of gas")
        };
        assert_eq!(grow(65_536), far);
    }
}

/// A program with so many pages that does nothing.
fn idle(chain: &mut Chain, pages: u32) -> Address {
    program(chain, &idle_wasm(pages))
}

fn idle_wasm(pages: u32) -> Vec<u8> {
    let text = format!(
        r#"(module (memory (export "memory") {pages} {pages})
            (func (export "user_entrypoint") (param i32) (result i32) (i32.const 0)))"#
    );
    wat::parse_str(text).unwrap()
}

#[test]
fn fact_82_a_program_larger_than_a_lowered_limit_cannot_be_entered() {
    for (version, status) in [(51, Status::Success), (61, halted("out of gas"))] {
        let mut chain = chain_at(version);
        let large = idle(&mut chain, 120);
        govern(&mut chain, "setWasmPageLimit(uint16)", 50);
        let outcome = chain.transact(Transaction::call(ALICE, large, vec![]));
        assert_eq!(outcome.status, status, "{version}");
        assert_eq!(outcome.gas_used == 32_000_000, version == 61);
    }
}

/// A program of four pages that grows by ten and then calls the address that it is given; reverts if that fails.
fn growing_caller(chain: &mut Chain, pages: u32) -> Address {
    wat_program(
        chain,
        &format!(
            r#"(module {}
                (memory (export "memory") {pages})
                (func (export "user_entrypoint") (param i32) (result i32)
                    (drop (memory.grow (i32.const 10)))
                    (call $read_args (i32.const 0))
                    (call $call_contract (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 32) (i64.const -1) (i32.const 64))))"#,
            crate::common::probe::IMPORTS
        ),
    )
}

#[test]
fn fact_83_the_pages_of_nested_programs_add_up() {
    let mut chain = chain();
    for (own, inner, fits) in [
        (4, 120, false),
        (14, 120, false),
        (4, 115, false),
        (4, 114, true),
    ] {
        let outer = growing_caller(&mut chain, own);
        let inner = idle(&mut chain, inner);
        let tx = Transaction::call(ALICE, outer, inner.to_vec()).with_gas(100_000_000);
        let outcome = chain.call(tx);
        let status = if fits {
            Status::Success
        } else {
            Status::Revert
        };
        assert_eq!(outcome.status, status);
        assert_eq!((outcome.frames.len(), outcome.frames[1].success), (2, fits));
    }
}

#[test]
fn fact_84_a_page_limit_of_zero_is_none() {
    let mut chain = chain();
    let (large, late) = (idle(&mut chain, 120), idle_wasm(1));
    govern(&mut chain, "setWasmPageLimit(uint16)", 0);
    assert!(run(&mut chain, large, vec![]).0.is_success());
    let late = chain.deploy_program(ALICE, &late).unwrap();
    let refused = chain.activate(ALICE, late).unwrap_err();
    assert_eq!(
        refused.gas_used, 32_000_000,
        "no page is left for activations"
    );
}
