//! Contracts created by programs: ink, addresses, endowment, revert data.

use alloy_primitives::keccak256;

use crate::common::modules::{self, bytes};
use crate::common::probe::{body_program, Probe};
use crate::common::relay::{forward, relay};
use crate::common::script::{interpreter, Kind, Script};
use crate::common::{chain, hex, init_code, run, run_with_gas, word, ALICE};
use inkhorn_chain::{Address, Chain, Outcome, Status, Transaction, U256};

fn send(chain: &mut Chain, to: Address, script: Script) -> Outcome {
    chain.transact(Transaction::call(ALICE, to, script))
}

/// Ink of creating a contract from init code that does nothing, by `create1` and by `create2`.
fn create_ink(length: i64) -> [u64; 2] {
    let measure = |name, arguments: &[i64]| {
        let probe = Probe::new().measure(name, arguments);
        probe.run(&mut chain())[0]
    };
    [
        measure("create1", &[4_096, length, 0, 64, 128]),
        measure("create2", &[4_096, length, 0, 32, 64, 128]),
    ]
}

#[test]
fn fact_16_create2_costs_a_pointer_and_the_hash_more() {
    for (length, words) in [(0, 0), (32, 1), (33, 2), (1_000, 32)] {
        let [create1, create2] = create_ink(length);
        assert_eq!(create2 - create1, 5_040 + 6 * words * 10_000);
    }
}

#[test]
fn a_creation_costs_32000_gas_and_no_init_code_words() {
    // Entry, three pointers, the node, the code twice; an empty creation uses no gas.
    let ink = 8_400 + 3 * 5_040 + 59_673 + 2 * (16_381 + 55 * (1_000 - 32));
    assert_eq!(create_ink(1_000)[0], ink + 32_000 * 10_000);
}

#[test]
fn fact_50_addresses_are_those_of_the_evm() {
    let mut chain = chain();
    let creator = interpreter(&mut chain);
    let code = init_code(&hex("00"));
    for nonce in [1, 2] {
        let output = send(&mut chain, creator, Script::new().create(0, &code)).output;
        assert_eq!(output[..], creator.create(nonce)[..]);
    }
    let output = send(&mut chain, creator, Script::new().create2(9, 0, &code)).output;
    let salt = U256::from(9).to_be_bytes::<32>();
    assert_eq!(output[..], creator.create2(salt, keccak256(&code))[..]);
    assert_eq!(chain.code(Address::from_slice(&output)), hex("00"));
    assert_eq!(chain.nonce(creator), 4);
}

#[test]
fn fact_50_a_collision_gives_no_address() {
    let mut chain = chain();
    let creator = interpreter(&mut chain);
    let code = init_code(&hex("00"));
    let script = Script::new().create2(9, 0, &code);
    assert!(send(&mut chain, creator, script.clone()).is_success());
    assert_eq!(send(&mut chain, creator, script).output[..], [0; 20]);
}

#[test]
fn fact_50_the_endowment_arrives() {
    let mut chain = chain();
    let creator = interpreter(&mut chain);
    chain.fund(creator, U256::from(100));
    let code = init_code(&hex("00"));
    let output = send(&mut chain, creator, Script::new().create(60, &code)).output;
    let created = Address::from_slice(&output);
    assert_eq!(chain.balance(created), U256::from(60));
    assert_eq!(chain.balance(creator), U256::from(40));
    let output = send(&mut chain, creator, Script::new().create(60, &code)).output;
    assert_eq!(output[..], [0; 20], "more than there is");
}

#[test]
fn fact_50_revert_data_of_init_code_can_be_read() {
    let mut chain = chain();
    let creator = interpreter(&mut chain);
    let reverting = hex("602a 6000 52 6020 6000 fd");
    let output = send(&mut chain, creator, Script::new().create(0, &reverting)).output;
    assert_eq!(output.to_vec(), [vec![0; 20], word(42)].concat());
    let invalid = hex("fe");
    let outcome = send(&mut chain, creator, Script::new().create(0, &invalid));
    assert_eq!(outcome.output[..], [0; 20]);
    assert!(outcome.gas_used > 31_000_000, "the gas passed on is gone");
}

#[test]
fn init_code_may_leave_a_program() {
    let mut chain = chain();
    let creator = interpreter(&mut chain);
    let donor = chain.deploy_program(ALICE, &bytes(modules::ECHO)).unwrap();
    let code = chain.code(donor);
    let output = send(
        &mut chain,
        creator,
        Script::new().create(0, &init_code(&code)),
    )
    .output;
    let program = Address::from_slice(&output);
    assert_eq!(chain.code(program), code);
    chain.activate(ALICE, program).unwrap();
    let (outcome, _) = run(&mut chain, program, vec![5]);
    assert_eq!(outcome.output[..], [5]);
}

#[test]
fn too_little_gas_for_a_creation_traps() {
    let mut chain = chain();
    let body =
        "(call $create1 (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 64) (i32.const 128))";
    let creator = body_program(&mut chain, body);
    let (outcome, report) = run_with_gas(&mut chain, creator, vec![], 31_000);
    assert_eq!(outcome.status, Status::Revert);
    assert!(
        report.ink_used < 1_000_000,
        "nothing but the host function's own ink is charged"
    );
}

#[test]
fn self_destruction_of_a_program_reverts() {
    let mut chain = chain();
    let stylus = interpreter(&mut chain);
    let bomb = crate::common::deploy(&mut chain, "6000 ff");
    let script = Script::new().call(Kind::Delegate, bomb, 0, vec![]);
    assert_eq!(send(&mut chain, stylus, script).output[..], [2]);
    let alone = crate::common::poke(&mut chain, bomb);
    assert!(alone.is_success());
}

#[test]
fn self_destruction_of_a_program_is_paid_for_before_it_reverts() {
    let mut chain = chain();
    let stylus = interpreter(&mut chain);
    // To an heir that is cold and gets nothing, and a revert like it.
    let bomb = crate::common::deploy(&mut chain, "61dead ff");
    let revert = crate::common::deploy(&mut chain, "5f 5f fd");
    let mut ink = |callee| {
        let script = Script::new().call(Kind::Delegate, callee, 0, vec![]);
        let outcome = send(&mut chain, stylus, script);
        assert_eq!(outcome.output[..], [2]);
        outcome.frames[0].ink_total
    };
    let gas = (ink(bomb) - ink(revert)) / 10_000;
    assert_eq!(gas, 3 + 5_000 + 2_600 - 4);
}

#[test]
fn self_destruction_of_a_program_in_a_static_call_takes_all_gas() {
    let mut chain = chain();
    let (stylus, relay) = (interpreter(&mut chain), relay(&mut chain));
    let bomb = crate::common::deploy(&mut chain, "61dead ff");
    let revert = crate::common::deploy(&mut chain, "5f 5f fd");
    let mut gas = |callee| {
        let script = Script::new().call(Kind::Delegate, callee, 0, vec![]);
        let data = forward(Kind::Static, stylus, script);
        let tx = Transaction::call(ALICE, relay, data).with_gas(1_000_000);
        chain.transact(tx).gas_used
    };
    assert!(gas(revert) < 100_000);
    assert!(gas(bomb) > 900_000);
}
