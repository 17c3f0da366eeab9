//! What activations pay at ArbOS 61.

use inkhorn_chain::{Address, Chain, Outcome, Status, Transaction, U256};

use crate::common::modules::{self, bytes};
use crate::common::{
    chain, chain_at, ether, execution_gas, govern, hex, init_code, method, word, ALICE, ARB_OWNER,
    ARB_WASM,
};

fn echo(chain: &mut Chain) -> Address {
    chain.deploy_program(ALICE, &bytes(modules::ECHO)).unwrap()
}

/// The echo program cut into two fragments.
fn echo_in_two(chain: &mut Chain) -> Address {
    let stream = hex(modules::ECHO_STREAM);
    let fragments = [&stream[..52], &stream[52..]].map(|piece| {
        let code = [&[0xef, 0xf0, 0x01], piece].concat();
        chain.deploy(ALICE, init_code(&code)).unwrap()
    });
    let root = [&hex("eff0020000000083")[..], &fragments.concat()].concat();
    chain.deploy(ALICE, init_code(&root)).unwrap()
}

fn activate(chain: &mut Chain, program: Address) -> (u64, Outcome) {
    let call = method("activateProgram(address)", &[program.into_word().into()]);
    let tx = Transaction::call(ALICE, ARB_WASM, call).with_value(ether(1));
    let outcome = chain.transact(tx.clone());
    (execution_gas(&outcome, &tx), outcome)
}

#[test]
fn fact_99_a_first_activation_of_the_echo_program() {
    for (version, gas) in [(51, 1_811_946), (59, 1_812_746), (61, 1_812_746)] {
        let mut chain = chain_at(version);
        let echo = echo(&mut chain);
        assert_eq!(activate(&mut chain, echo).0, gas);
    }
}

#[test]
fn fact_103_owners_make_activations_dearer() {
    let mut chain = chain();
    govern(&mut chain, "setWasmActivationGas(uint64)", 1_000_000);
    let asked = Transaction::call(ALICE, ARB_WASM, method("activationGas()", &[]));
    let answer = chain.call(asked.clone());
    assert_eq!(*answer.output, *word(1_000_000));
    // The state is opened, a word read and a word returned: it is none of the parameters.
    assert_eq!(execution_gas(&answer, &asked), 800 + 800 + 3);
    let echo = echo(&mut chain);
    assert_eq!(activate(&mut chain, echo).0, 2_812_746);
}

#[test]
fn fact_103_owners_stop_activations() {
    let mut chain = chain();
    let echo = echo(&mut chain);
    govern(&mut chain, "setWasmActivationGas(uint64)", 33_000_000);
    let (_, outcome) = activate(&mut chain, echo);
    assert_eq!(
        (outcome.status, outcome.gas_used),
        (Status::Revert, 32_000_000)
    );
    govern(&mut chain, "setWasmActivationGas(uint64)", 0);
    assert!(activate(&mut chain, echo).1.is_success());
}

#[test]
fn fact_103_the_setting_exists_from_59_on() {
    let call = method("setWasmActivationGas(uint64)", &[U256::from(1)]);
    for (version, status) in [(58, Status::Revert), (59, Status::Success)] {
        let mut chain = chain_at(version);
        chain.add_chain_owner(ALICE);
        let outcome = chain.transact(Transaction::call(ALICE, ARB_OWNER, call.clone()));
        assert_eq!(outcome.status, status);
    }
}

#[test]
fn fact_105_activating_a_cached_program_again_reads_its_module_hash() {
    for (cached, gas) in [(false, 1_812_746), (true, 1_813_546)] {
        let mut chain = chain_at(51);
        let echo = echo(&mut chain);
        chain.activate(ALICE, echo).unwrap();
        if cached {
            chain.cache_program(echo);
        }
        chain.upgrade_arbos(61);
        assert_eq!(activate(&mut chain, echo).0, gas);
    }
}

#[test]
fn fact_106_the_data_fee_of_the_echo_program() {
    for deploy in [echo, echo_in_two] {
        let mut chain = chain();
        let program = deploy(&mut chain);
        let before = chain.balance(ALICE);
        let activation = chain.activate(ALICE, program).unwrap();
        assert_eq!(activation.data_fee, U256::from(43_642_862_901_794_u64));
        let gas = U256::from(activation.gas_used) * U256::from(20_000_000);
        assert_eq!(before - chain.balance(ALICE), gas + activation.data_fee);
    }
}
