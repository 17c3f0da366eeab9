//! The EVM side: transactions, frames, creation rules, clock and snapshots.

use crate::common::{chain, deploy, ether, hex, init_code, poke, word, ALICE};
use inkhorn_chain::{Address, Bytes, Status, Transaction, U256};

/// Adds one to slot 0 and returns it.
const COUNTER: &str = "6000 54 6001 01 80 6000 55 6000 52 6020 6000 f3";

#[test]
fn a_transfer_costs_21000_gas_at_the_base_fee() {
    let mut chain = chain();
    let bob = Address::repeat_byte(0xb0);
    let outcome = chain.transact(Transaction::transfer(ALICE, bob, ether(1)));
    assert_eq!(
        (&outcome.status, outcome.gas_used),
        (&Status::Success, 21_000)
    );
    assert_eq!(chain.balance(bob), ether(1));
    let fee = U256::from(21_000 * chain.config().base_fee);
    assert_eq!(chain.balance(ALICE), ether(999_999) - fee);
    assert_eq!((chain.nonce(ALICE), chain.block_number()), (1, 1));
}

#[test]
fn calldata_costs_4_and_16_gas_per_byte() {
    let mut chain = chain();
    let outcome = chain.transact(Transaction::call(ALICE, Address::ZERO, hex("0000ff")));
    assert_eq!(outcome.gas_used, 21_000 + 2 * 4 + 16);
}

#[test]
fn storage_is_cold_again_in_the_next_transaction() {
    let mut chain = chain();
    let counter = deploy(&mut chain, COUNTER);
    let first = poke(&mut chain, counter);
    let second = poke(&mut chain, counter);
    assert_eq!(first.output.to_vec(), word(1));
    assert_eq!(second.output.to_vec(), word(2));
    // SLOAD cold 2100, SSTORE 20000 and then 2900, 30 gas of other opcodes.
    assert_eq!(first.gas_used - second.gas_used, 20_000 - 2_900);
    assert_eq!(second.gas_used, 21_000 + 2_100 + 2_900 + 30);
    assert_eq!(chain.storage(counter, U256::ZERO), U256::from(2));
}

#[test]
fn a_call_leaves_no_trace_and_is_free() {
    let mut chain = chain();
    let counter = deploy(&mut chain, COUNTER);
    let pauper = Address::repeat_byte(0x77);
    let outcome = chain.call(Transaction::call(pauper, counter, Bytes::new()));
    assert_eq!(outcome.output.to_vec(), word(1));
    assert_eq!(chain.storage(counter, U256::ZERO), U256::ZERO);
    assert_eq!(chain.nonce(pauper), 0);
}

#[test]
fn a_sender_without_funds_is_turned_away() {
    let mut chain = chain();
    let pauper = Address::repeat_byte(0x77);
    let outcome = chain.transact(Transaction::call(pauper, ALICE, Bytes::new()));
    assert_eq!(outcome.gas_used, 0);
    match outcome.status {
        Status::Halt(reason) => assert!(reason.starts_with("insufficient funds"), "{reason}"),
        other => panic!("{other:?}"),
    }
    assert_eq!(chain.nonce(pauper), 0);
}

#[test]
fn a_revert_keeps_its_data_and_returns_unused_gas() {
    let mut chain = chain();
    let reverting = deploy(&mut chain, "6001 6000 55 602a 6000 52 6020 6000 fd");
    let outcome = poke(&mut chain, reverting);
    assert_eq!(outcome.status, Status::Revert);
    assert_eq!(outcome.output.to_vec(), word(42));
    assert!(outcome.gas_used < 50_000);
    assert_eq!(chain.storage(reverting, U256::ZERO), U256::ZERO);
}

#[test]
fn an_invalid_opcode_consumes_the_gas_limit() {
    let mut chain = chain();
    let broken = deploy(&mut chain, "fe");
    let tx = Transaction::call(ALICE, broken, Bytes::new()).with_gas(100_000);
    let outcome = chain.transact(tx);
    assert_eq!(outcome.status, Status::Halt("invalid opcode".to_owned()));
    assert_eq!(outcome.gas_used, 100_000);
}

#[test]
fn gas_above_the_transaction_limit_is_held_back() {
    let mut chain = chain();
    let broken = deploy(&mut chain, "fe");
    let tx = Transaction::call(ALICE, broken, Bytes::new()).with_gas(40_000_000);
    assert_eq!(chain.transact(tx).gas_used, 32_000_000);
}

#[test]
fn clearing_storage_refunds_at_most_a_fifth() {
    let mut chain = chain();
    let clearing = deploy(&mut chain, "6000 6000 55 00");
    chain.set_storage(clearing, U256::ZERO, U256::from(7));
    let outcome = poke(&mut chain, clearing);
    let spent = 21_000 + 5_000 + 6;
    assert_eq!(outcome.gas_used, spent - 4_800);
}

#[test]
fn logs_are_reported_in_order_and_dropped_on_revert() {
    let mut chain = chain();
    let logging = deploy(&mut chain, "6007 6000 6000 a1 6008 6000 6000 a1 00");
    let outcome = poke(&mut chain, logging);
    let topics: Vec<U256> = outcome
        .logs
        .iter()
        .map(|log| log.topics()[0].into())
        .collect();
    assert_eq!(topics, [U256::from(7), U256::from(8)]);
    assert!(outcome.logs.iter().all(|log| log.address == logging));
    let undone = deploy(&mut chain, "6007 6000 6000 a1 6000 6000 fd");
    assert!(poke(&mut chain, undone).logs.is_empty());
}

#[test]
fn deployed_code_may_have_24576_bytes_and_no_more() {
    let mut chain = chain();
    assert!(chain.deploy(ALICE, init_code(&vec![0; 24_576])).is_ok());
    let refused = chain
        .deploy(ALICE, init_code(&vec![0; 24_577]))
        .unwrap_err();
    assert_eq!(
        refused.status,
        Status::Halt("max code size exceeded".to_owned())
    );
    let too_long = Transaction::create(ALICE, vec![0; 49_153]);
    let refused = chain.transact(too_long);
    assert_eq!(
        refused.status,
        Status::Halt("max initcode size exceeded".to_owned())
    );
}

#[test]
fn code_starting_with_ef_must_be_a_program() {
    let mut chain = chain();
    let refused = chain.deploy(ALICE, init_code(&hex("ef00"))).unwrap_err();
    let reason = "invalid code: must not begin with 0xef".to_owned();
    assert_eq!(refused.status, Status::Halt(reason));
    assert!(chain.deploy(ALICE, init_code(&hex("eff00000"))).is_ok());
    assert!(chain.deploy(ALICE, init_code(&hex("eff000"))).is_err());
    assert!(chain.deploy(ALICE, init_code(&hex("eff00300"))).is_err());
}

#[test]
fn a_contract_may_call_itself_1024_deep() {
    let mut chain = chain();
    // Calls itself with all gas, then adds one to what came back and returns it.
    let recursive = deploy(
        &mut chain,
        "6020 6000 6000 6000 6000 30 5a f1 50 6000 51 6001 01 6000 52 6020 6000 f3",
    );
    let call = Transaction::call(ALICE, recursive, Bytes::new()).with_gas(u64::MAX / 2);
    let outcome = chain.call(call);
    assert_eq!(outcome.output.to_vec(), word(1_025));
}

#[test]
fn create_and_create2_use_the_standard_addresses() {
    let mut chain = chain();
    let creating = deploy(&mut chain, "6000 6000 6000 f0 6000 52 6020 6000 f3");
    let first = Address::from_word(poke(&mut chain, creating).output[..].try_into().unwrap());
    assert_eq!(first, creating.create(1));
    let second = Address::from_word(poke(&mut chain, creating).output[..].try_into().unwrap());
    assert_eq!(second, creating.create(2));
    let salted = deploy(&mut chain, "6005 6000 6000 6000 f5 6000 52 6020 6000 f3");
    let made = Address::from_word(poke(&mut chain, salted).output[..].try_into().unwrap());
    assert_eq!(
        made,
        salted.create2_from_code(U256::from(5).to_be_bytes::<32>(), [])
    );
}

#[test]
fn snapshots_restore_state_clock_and_block_number() {
    let mut chain = chain();
    let counter = deploy(&mut chain, COUNTER);
    let before = chain.snapshot();
    poke(&mut chain, counter);
    let after = chain.snapshot();
    chain.advance(1_000);
    chain.revert(before.clone());
    assert_eq!(chain.storage(counter, U256::ZERO), U256::ZERO);
    chain.revert(after);
    assert_eq!(chain.storage(counter, U256::ZERO), U256::from(1));
    chain.revert(before);
    assert_eq!(chain.storage(counter, U256::ZERO), U256::ZERO);
    assert_eq!(
        (chain.now(), chain.block_number()),
        (chain.config().start_time, 1)
    );
}

#[test]
fn a_batch_shares_one_block() {
    let mut chain = chain();
    let counter = deploy(&mut chain, COUNTER);
    let tx = Transaction::call(ALICE, counter, Bytes::new());
    let outcomes = chain.transact_batch(vec![tx.clone(), tx]);
    assert_eq!(outcomes[1].output.to_vec(), word(2));
    assert_eq!(chain.block_number(), 2);
}

#[test]
fn programs_see_the_clock_and_the_l1_block() {
    let mut chain = chain();
    let clock = deploy(&mut chain, "42 6000 52 43 6020 52 6040 6000 f3");
    chain.advance(24);
    let output = poke(&mut chain, clock).output;
    assert_eq!(output[..32], word(chain.now()));
    assert_eq!(output[32..], word(chain.config().l1_start_block + 2));
}
