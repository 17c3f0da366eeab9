//! What transactions pay, and limits and instructions that stay as they were.

use inkhorn_chain::{Address, Chain, Status, Transaction, U256};

use crate::common::modules::{self, bytes};
use crate::common::script::{interpreter, Script};
use crate::common::{chain, deploy, execution_gas, halted, precompile, program, word, ALICE};

#[test]
fn fact_122_a_sender_pays_for_the_gas_used_and_nothing_else() {
    let mut chain = chain();
    let stylus = interpreter(&mut chain);
    let echo = program(&mut chain, &bytes(modules::ECHO));
    let reverting = deploy(&mut chain, "5f 5f fd");
    let stored = Script::new().store(1, 2).flush(true);
    let undone = stored.clone().exit(1);
    let cleared = Script::new().store(1, 0).flush(true);
    let wei = U256::from(5);
    let txs = [
        (Transaction::call(ALICE, stylus, stored), Status::Success),
        (Transaction::call(ALICE, stylus, cleared), Status::Success),
        (Transaction::call(ALICE, stylus, undone), Status::Revert),
        (
            Transaction::call(ALICE, echo, vec![]).with_value(wei),
            Status::Success,
        ),
        (
            Transaction::call(ALICE, reverting, vec![]).with_value(wei),
            Status::Revert,
        ),
        (
            Transaction::call(ALICE, echo, vec![]).with_gas(22_000),
            halted("out of gas"),
        ),
    ];
    for (tx, status) in txs {
        let moved = if status == Status::Success {
            tx.value
        } else {
            U256::ZERO
        };
        let before = chain.balance(ALICE);
        let outcome = chain.transact(tx);
        assert_eq!(outcome.status, status);
        let price = U256::from(chain.config().base_fee);
        let paid = moved + U256::from(outcome.gas_used) * price;
        assert_eq!(before - chain.balance(ALICE), paid);
    }
}

/// Gas that a transaction without end uses when it may use so much.
fn spent(chain: &mut Chain, to: Address, gas: u64) -> u64 {
    chain
        .transact(Transaction::call(ALICE, to, vec![]).with_gas(gas))
        .gas_used
}

#[test]
fn fact_123_a_transaction_executes_with_32_million_gas_at_most() {
    let mut chain = chain();
    let endless = deploy(&mut chain, "5b 5f 56");
    assert_eq!(spent(&mut chain, endless, 31_000_000), 31_000_000);
    assert_eq!(spent(&mut chain, endless, 50_000_000), 32_000_000);
}

#[test]
fn fact_124_the_instructions_and_precompiles_of_osaka_work() {
    let mut chain = chain();
    let zeros = deploy(&mut chain, "5f 1e 5f 52 6020 5f f3");
    let outcome = chain.call(Transaction::call(ALICE, zeros, vec![]));
    assert_eq!(*outcome.output, *word(256));
    let mut verifier = precompile(0);
    verifier[18] = 1;
    let tx = Transaction::call(ALICE, verifier, vec![0; 160]);
    let outcome = chain.call(tx.clone());
    assert!(outcome.is_success());
    assert_eq!(execution_gas(&outcome, &tx), 6_900);
}
