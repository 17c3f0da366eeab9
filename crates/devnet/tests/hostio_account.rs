//! Other accounts: ink and answers.

use crate::common::probe::{body_program, ink_of, Probe};
use crate::common::{chain, deploy, run, ALICE};
use inkhorn_chain::{Address, Transaction, U256};

use alloy_primitives::keccak256;

/// An account with this many bytes of code.
fn account(chain: &mut inkhorn_chain::Chain, size: usize) -> Address {
    let address = Address::repeat_byte(0x33);
    chain.set_code(address, vec![0; size].into());
    address
}

#[test]
fn fact_04_balance_of_a_warm_account() {
    let mut chain = chain();
    let probe = Probe::new()
        .data(0, ALICE)
        .measure("account_balance", &[0, 32]);
    assert_eq!(probe.run(&mut chain), [1_078_153]);
}

#[test]
fn fact_04_a_cold_account_costs_2600_gas() {
    let mut chain = chain();
    assert_eq!(ink_of(&mut chain, "account_codehash", &[0, 32]), 26_078_153);
    assert_eq!(ink_of(&mut chain, "account_balance", &[0, 32]), 26_078_153);
}

#[test]
fn fact_04_code_costs_700_gas_more() {
    let mut chain = chain();
    let probe = Probe::new()
        .measure("account_code_size", &[0])
        .step("(drop (call $account_code_size (i32.const 20)))")
        .measure("account_code_size", &[0]);
    assert_eq!(probe.run(&mut chain), [33_068_073, 8_068_073]);
}

#[test]
fn fact_05_code_costs_by_its_full_length() {
    let mut chain = chain();
    for size in [0, 32, 100, 400] {
        let address = account(&mut chain, size);
        let probe = Probe::new()
            .data(0, address)
            .measure("account_code", &[0, 0, 10, 64]);
        let extra = 30 * size.saturating_sub(32) as u64;
        assert_eq!(probe.run(&mut chain), [33_068_073 + 5_040 + extra]);
    }
}

#[test]
fn the_last_code_is_remembered() {
    let mut chain = chain();
    let address = account(&mut chain, 100);
    let probe = Probe::new()
        .data(0, address)
        .measure("account_code_size", &[0])
        .measure("account_code", &[0, 0, 10, 64]);
    assert_eq!(probe.run(&mut chain), [33_068_073, 75_153]);
}

#[test]
fn empty_code_is_not_remembered() {
    let mut chain = chain();
    let probe = Probe::new()
        .measure("account_code_size", &[0])
        .measure("account_code_size", &[0]);
    assert_eq!(probe.run(&mut chain), [33_068_073, 8_068_073]);
}

/// What a program answers that asks about the address in its calldata.
fn ask(chain: &mut inkhorn_chain::Chain, who: Address, query: &str) -> Vec<u8> {
    let body = format!(
        "(call $read_args (i32.const 0)) {query} (call $write_result (i32.const 32) (i32.const 32))"
    );
    let program = body_program(chain, &body);
    run(chain, program, who.to_vec()).0.output.to_vec()
}

#[test]
fn code_hashes_tell_empty_from_missing() {
    let mut chain = chain();
    let query = "(call $account_codehash (i32.const 0) (i32.const 32))";
    let contract = deploy(&mut chain, "00");
    assert_eq!(ask(&mut chain, contract, query), keccak256([0]).0);
    assert_eq!(ask(&mut chain, ALICE, query), keccak256([]).0);
    assert_eq!(ask(&mut chain, Address::repeat_byte(9), query), [0; 32]);
}

#[test]
fn balances_include_what_the_call_brought() {
    let mut chain = chain();
    let body = "(call $contract_address (i32.const 0))
        (call $account_balance (i32.const 0) (i32.const 32))
        (call $write_result (i32.const 32) (i32.const 32))";
    let program = body_program(&mut chain, body);
    let call = Transaction::call(ALICE, program, vec![]).with_value(U256::from(42));
    let balance = U256::from_be_slice(&chain.call(call).output);
    assert_eq!(balance, U256::from(42));
}

#[test]
fn code_is_copied_without_padding() {
    let mut chain = chain();
    let contract = deploy(&mut chain, "0102030405");
    let copy = |offset: u32, size: u32| {
        format!(
            "(i32.store8 (i32.const 63) (call $account_code (i32.const 0) (i32.const {offset}) (i32.const {size}) (i32.const 32)))"
        )
    };
    let mut expected = [0; 32];
    expected[..3].copy_from_slice(&[3, 4, 5]);
    expected[31] = 3;
    assert_eq!(ask(&mut chain, contract, &copy(2, 20)), expected);
    let mut expected = [0; 32];
    expected[..2].copy_from_slice(&[2, 3]);
    expected[31] = 2;
    assert_eq!(ask(&mut chain, contract, &copy(1, 2)), expected);
    assert_eq!(ask(&mut chain, contract, &copy(9, 2)), [0; 32]);
}
