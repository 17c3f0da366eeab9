//! Contracts of Arbitrum that the chain does not carry out: nobody may take their silence for success.

use alloy_primitives::address;
use alloy_sol_types::{Revert, SolError};
use inkhorn_chain::{Address, Status, Transaction, U256};

use crate::common::relay::{forward, relay};
use crate::common::script::Kind;
use crate::common::{chain, chain_at, hex, method, precompile, ALICE};

const NAMES: [(u8, &str); 10] = [
    (0x66, "ArbAddressTable"),
    (0x67, "ArbBLS"),
    (0x68, "ArbFunctionTable"),
    (0x69, "ArbosTest"),
    (0x6d, "ArbAggregator"),
    (0x6e, "ArbRetryableTx"),
    (0x6f, "ArbStatistics"),
    (0x73, "ArbNativeTokenManager"),
    (0xc8, "NodeInterface"),
    (0xff, "ArbDebug"),
];

fn reason(output: &[u8]) -> String {
    Revert::abi_decode(output).expect("a reason").reason
}

#[test]
fn contracts_that_are_not_carried_out_revert_with_their_name_and_keep_nothing() {
    let mut chain = chain();
    for (low, name) in NAMES {
        let to = precompile(low);
        let ticket = method("redeem(bytes32)", &[U256::from(7)]);
        for data in [ticket, Vec::new()] {
            let tx = Transaction::call(ALICE, to, data);
            let outcome = chain.transact(tx.with_value(U256::from(1_000)));
            assert_eq!(outcome.status, Status::Revert, "{name}");
            assert!(reason(&outcome.output).starts_with(name), "{name}");
            assert!(outcome.gas_used < 50_000, "{name} keeps the gas");
            assert_eq!(chain.balance(to), U256::ZERO, "{name}");
        }
    }
}

#[test]
fn contracts_learn_that_a_contract_is_not_carried_out() {
    let mut chain = chain();
    let through = relay(&mut chain);
    for (low, name) in NAMES {
        for kind in [Kind::Call, Kind::Delegate, Kind::Static] {
            let data = forward(kind, precompile(low), [1, 2, 3, 4]);
            let outcome = chain.call(Transaction::call(ALICE, through, data));
            assert_eq!(outcome.status, Status::Revert, "{name}");
            assert!(reason(&outcome.output).contains(name), "{name}");
        }
    }
}

#[test]
fn they_have_code_on_chain_but_for_node_interface_and_arb_debug() {
    let chain = chain();
    for (low, name) in NAMES {
        let expected: &[u8] = if low < 0xc8 { &[0xfe] } else { &[] };
        assert_eq!(chain.code(precompile(low))[..], *expected, "{name}");
    }
}

#[test]
fn the_minter_of_native_tokens_is_an_account_like_any_other_before_version_41() {
    let minter = precompile(0x73);
    assert!(chain_at(40).code(minter).is_empty());
    let outcome = chain_at(40).call(Transaction::call(ALICE, minter, vec![]));
    assert!(outcome.is_success());
}

#[test]
fn what_arbos_does_itself_is_refused_to_others() {
    let mut acts = Address::ZERO;
    acts[17..].copy_from_slice(&[0x0a, 0x4b, 0x05]);
    let outcome = chain().call(Transaction::call(ALICE, acts, vec![1, 2, 3, 4]));
    assert!(reason(&outcome.output).starts_with("ArbosActs"));
}

#[test]
fn the_history_of_block_hashes_is_no_empty_account_that_answers_nothing() {
    let history = address!("0000F90827F1C53a10cb7A02335B175320002935");
    let ask = Transaction::call(ALICE, history, U256::from(1).to_be_bytes_vec());
    let mut chain = chain();
    let outcome = chain.call(ask.clone());
    assert_eq!(outcome.status, Status::Revert);
    assert!(reason(&outcome.output).contains("arbBlockHash"));
    assert!(chain_at(39).call(ask.clone()).is_success());
    // A fork has what the other chain has.
    chain.set_code(history, hex("5f5f f3"));
    assert!(chain.call(ask).is_success());
}
