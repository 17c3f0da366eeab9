//! A base fee that follows the demand.

use inkhorn_chain::{Chain, ChainConfig, Transaction, U256};

use crate::common::{chain_with, govern, method, precompile, ALICE};

const MINIMUM: u64 = 20_000_000;

fn dynamic() -> Chain {
    chain_with(ChainConfig {
        base_fee: MINIMUM,
        base_fee_dynamics: true,
        ..ChainConfig::default()
    })
}

/// A word that ArbGasInfo tells.
fn told(chain: &mut Chain, signature: &str) -> u64 {
    let call = Transaction::call(ALICE, precompile(0x6c), method(signature, &[]));
    let outcome = chain.call_in_latest(call);
    assert!(outcome.is_success(), "{signature}: {:?}", outcome.status);
    U256::from_be_slice(&outcome.output[..32]).to()
}

fn fees(chain: &Chain) -> (u64, u64) {
    (chain.config().base_fee, chain.next_base_fee())
}

#[test]
fn what_is_executed_piles_up_and_runs_off_at_the_speed_limit() {
    let mut chain = dynamic();
    let transfer = || Transaction::transfer(ALICE, ALICE, U256::ZERO);
    for count in 1..=3 {
        assert_eq!(chain.transact(transfer()).gas_used, 21_000);
        assert_eq!(told(&mut chain, "getGasBacklog()"), 21_000 * count);
    }
    // A call executes nothing that counts.
    chain.call(transfer());
    assert_eq!(told(&mut chain, "getGasBacklog()"), 63_000);
    chain.advance(1);
    chain.mine();
    assert_eq!(told(&mut chain, "getGasBacklog()"), 0);
    assert_eq!(fees(&chain), (MINIMUM, MINIMUM));
}

/// What has to be set so that so much is there once the transaction that sets it is counted, too. Owners pay for its data alone.
fn backlog_that_leaves(wanted: u64) -> u64 {
    let intrinsic = |backlog: u64| {
        let call = method("setGasBacklog(uint64)", &[U256::from(backlog)]);
        Transaction::call(ALICE, precompile(0x70), call).intrinsic_gas()
    };
    (wanted - 30_000..wanted)
        .find(|backlog| backlog + intrinsic(*backlog) == wanted)
        .expect("data costs a few hundred gas")
}

#[test]
fn the_fee_found_in_a_block_is_the_next_ones() {
    let mut chain = dynamic();
    govern(
        &mut chain,
        "setGasBacklog(uint64)",
        backlog_that_leaves(784_000_000),
    );
    chain.mine();
    assert_eq!(told(&mut chain, "getGasBacklog()"), 784_000_000);
    assert_eq!(
        chain.next_base_fee(),
        54_166_000,
        "the minimum times 27,083 / 10,000"
    );
    chain.advance(10);
    chain.mine();
    assert_eq!(fees(&chain), (54_166_000, 49_166_000));
    // Who pays, pays the block's fee: the minimum to one account, the rest to another.
    let before = chain.balance(ALICE);
    let outcome = chain.transact(Transaction::transfer(ALICE, ALICE, U256::ZERO));
    assert_eq!(
        before - chain.balance(ALICE),
        U256::from(outcome.gas_used * 49_166_000)
    );
    assert_eq!(told(&mut chain, "getMinimumGasPrice()"), MINIMUM);
    chain.advance(1_000);
    chain.mine();
    chain.mine();
    assert_eq!(fees(&chain), (MINIMUM, MINIMUM));
}

#[test]
fn a_fee_that_is_set_holds_for_a_block() {
    let mut chain = dynamic();
    chain.set_base_fee(90_000_000);
    chain.mine();
    // Set before anything was priced, it is the minimum.
    assert_eq!(fees(&chain), (90_000_000, 90_000_000));
    chain.set_base_fee(MINIMUM);
    chain.mine();
    assert_eq!(fees(&chain), (MINIMUM, 90_000_000));
    chain.mine();
    assert_eq!(fees(&chain), (90_000_000, 90_000_000));
}

#[test]
fn without_it_the_fee_stays() {
    let mut chain = chain_with(ChainConfig {
        base_fee: MINIMUM,
        ..ChainConfig::default()
    });
    govern(&mut chain, "setGasBacklog(uint64)", 784_000_000);
    chain.mine();
    chain.mine();
    assert_eq!(fees(&chain), (MINIMUM, MINIMUM));
    assert_eq!(told(&mut chain, "getGasBacklog()"), 784_000_000);
}
