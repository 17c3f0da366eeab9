//! Activation: gas, estimates, data fee and events against the reference implementation's numbers.

use crate::common::modules::{self, bytes};
use crate::common::{chain, ALICE};
use inkhorn_chain::Chain;

/// Gas that a first activation costs beside what depends on the module.
const OVERHEAD: u64 = 1_748_626;

fn assert_costs(module: &str, size: u64, gas: u64, init: u16, cached: u16, asm: u32, pages: u16) {
    let wasm = bytes(module);
    let mut chain = chain();
    let check = chain.check_program(&wasm).expect("the module is accepted");
    assert_eq!(check.wasm_size, size);
    assert_eq!((check.init_cost, check.cached_cost), (init, cached));
    assert_eq!((check.asm_estimate, check.footprint), (asm, pages));
    assert_eq!(check.activation_gas, gas);
    assert_eq!(activation_gas(&mut chain, &wasm), OVERHEAD + gas);
}

/// Gas that the activation itself used, without the transaction's own.
fn activation_gas(chain: &mut Chain, wasm: &[u8]) -> u64 {
    let program = chain.deploy_program(ALICE, wasm).expect("deployment");
    let activation = chain.activate(ALICE, program).expect("activation");
    let zeros = program.iter().filter(|byte| **byte == 0).count() as u64;
    let calldata = 4 * 16 + (12 + zeros) * 4 + (20 - zeros) * 16;
    activation.gas_used - 21_000 - calldata
}

#[test]
fn module_17_min() {
    assert_costs(modules::MIN, 64, 1_008, 18, 6, 513_418, 0);
}

#[test]
fn module_18_if_else() {
    assert_costs(modules::IF_ELSE, 72, 63_756, 19, 11, 513_468, 1);
}

#[test]
fn module_19_loop() {
    assert_costs(modules::LOOP, 82, 63_924, 20, 11, 513_531, 1);
}

#[test]
fn module_20_calls() {
    assert_costs(modules::CALLS, 126, 64_568, 37, 16, 514_839, 1);
}

#[test]
fn module_21_br_table() {
    assert_costs(modules::BR_TABLE, 86, 64_652, 21, 11, 513_556, 1);
}

#[test]
fn module_22_bulk() {
    assert_costs(modules::BULK, 85, 63_896, 20, 11, 513_550, 1);
}

#[test]
fn module_23_grow() {
    assert_costs(modules::GROW, 116, 63_840, 24, 11, 513_744, 1);
}

#[test]
fn module_26_echo() {
    assert_costs(modules::ECHO, 131, 64_120, 26, 11, 513_838, 1);
}

#[test]
fn module_17_with_128_pages() {
    let pages = modules::MIN.replace("050401010000", "0506010180018001");
    assert_costs(&pages, 66, 7_946_736, 18, 646, 513_431, 128);
}

#[test]
fn a_module_of_4096_functions() {
    let wasm = wat::parse_str(format!(
        r#"(module (memory (export "memory") 1 1)
            (func (export "user_entrypoint") (param i32) (result i32) (i32.const 0)) {})"#,
        "(func)".repeat(4_095)
    ))
    .unwrap();
    let check = chain().check_program(&wasm).unwrap();
    assert_eq!(check.wasm_size, 16_451);
    assert_eq!(check.activation_gas, 2_068_780);
    assert_eq!((check.init_cost, check.cached_cost), (35_917, 580));
    assert_eq!((check.asm_estimate, check.footprint), (4_698_062, 1));
}
