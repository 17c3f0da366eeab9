//! Block, transaction and message: ink and values.

use crate::common::probe::{body_program, ink_of};
use crate::common::{chain, run, word, ALICE};
use inkhorn_chain::{Address, Transaction, U256};

#[test]
fn fact_01_plain_queries_cost_the_entry_fee() {
    let mut chain = chain();
    for name in [
        "evm_gas_left",
        "evm_ink_left",
        "chainid",
        "block_number",
        "block_timestamp",
        "block_gas_limit",
        "return_data_size",
        "msg_reentrant",
        "tx_ink_price",
    ] {
        assert_eq!(ink_of(&mut chain, name, &[]), 8_400, "{name}");
    }
}

#[test]
fn fact_01_exit_early_is_free() {
    let mut chain = chain();
    let program = body_program(&mut chain, "(call $exit_early (i32.const 0))");
    let (_, report) = run(&mut chain, program, vec![]);
    // The constant, the call and their block.
    assert_eq!(report.ink_used, 1 + 3_800 + 2_450);
}

#[test]
fn fact_02_queries_through_a_pointer_cost_one_more() {
    let mut chain = chain();
    for name in [
        "msg_sender",
        "msg_value",
        "tx_origin",
        "tx_gas_price",
        "block_basefee",
        "block_coinbase",
        "contract_address",
    ] {
        assert_eq!(ink_of(&mut chain, name, &[0]), 13_440, "{name}");
    }
}

/// Runs a program that returns `length` bytes which `body` puts at 0.
fn answer(body: &str, length: u32) -> (Vec<u8>, Address, inkhorn_chain::Chain) {
    let mut chain = chain();
    let finish = format!("{body} (call $write_result (i32.const 0) (i32.const {length}))");
    let program = body_program(&mut chain, &finish);
    chain.advance(120);
    let tx = Transaction::call(ALICE, program, vec![]).with_value(U256::from(77));
    (chain.transact(tx).output.to_vec(), program, chain)
}

#[test]
fn message_and_transaction_are_those_of_the_frame() {
    let (output, program, chain) = answer(
        "(call $msg_sender (i32.const 0)) (call $tx_origin (i32.const 20))
         (call $contract_address (i32.const 40)) (call $msg_value (i32.const 60))
         (call $tx_gas_price (i32.const 92))",
        124,
    );
    assert_eq!(output[..20], ALICE);
    assert_eq!(output[20..40], ALICE);
    assert_eq!(output[40..60], program);
    assert_eq!(output[60..92], word(77));
    assert_eq!(output[92..], word(chain.config().base_fee));
}

#[test]
fn the_block_is_the_chains() {
    let (output, _, chain) = answer(
        "(i64.store (i32.const 0) (call $block_timestamp))
         (i64.store (i32.const 8) (call $block_number))
         (i64.store (i32.const 16) (call $chainid))
         (i64.store (i32.const 24) (call $block_gas_limit))
         (i32.store (i32.const 32) (call $tx_ink_price))
         (call $block_basefee (i32.const 36))
         (call $block_coinbase (i32.const 68))",
        88,
    );
    assert_eq!(output[..8], chain.now().to_le_bytes());
    assert_eq!(output[8..16], chain.l1_block_number().to_le_bytes());
    assert_eq!(output[16..24], 412_346u64.to_le_bytes());
    assert_eq!(output[24..32], (1u64 << 50).to_le_bytes());
    assert_eq!(output[32..36], 10_000u32.to_le_bytes());
    assert_eq!(output[36..68], word(chain.config().base_fee));
    assert_eq!(&output[79..], b"sequencer");
}

#[test]
fn programs_see_what_the_transaction_offers_and_a_free_call_sees_nothing() {
    let mut chain = chain();
    let body = "(call $tx_gas_price (i32.const 0)) (call $block_basefee (i32.const 32))
        (call $write_result (i32.const 0) (i32.const 64))";
    let program = body_program(&mut chain, body);
    let mut tx = Transaction::call(ALICE, program, vec![]);
    let fee = chain.config().base_fee;
    let free = chain.call(tx.clone());
    assert_eq!(*free.output, [word(0), word(0)].concat());
    tx.gas_price = Some(u128::from(fee) + 5);
    for outcome in [chain.call(tx.clone()), chain.transact(tx)] {
        assert_eq!(*outcome.output, [word(fee + 5), word(fee)].concat());
    }
}
