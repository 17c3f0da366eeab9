//! Fields that the node can't honour are refused, wherever they come.

use alloy_primitives::{Address, Bytes};
use serde_json::{json, Value};

use crate::support::Served;

const EVERY_REQUEST: [&str; 4] = [
    "eth_call",
    "eth_estimateGas",
    "eth_createAccessList",
    "eth_sendTransaction",
];

fn refusals(node: &Served, field: &str, value: Value) -> Vec<String> {
    let mut request = json!({
        "from": node.accounts[0], "to": node.accounts[1], "input": "0x01",
    });
    request[field] = value;
    EVERY_REQUEST
        .iter()
        .map(|method| node.refused(method, json!([request])).message)
        .collect()
}

#[test]
fn calls_and_transactions_refuse_what_the_chain_would_not_carry_out() {
    let node = Served::new();
    let authorization = json!([{
        "chainId": "0x64aba", "address": Address::ZERO, "nonce": "0x0",
        "yParity": "0x0", "r": "0x1", "s": "0x1",
    }]);
    for (field, value, reason) in [
        ("authorizationList", authorization, "EIP-7702"),
        ("chainId", json!("0x1"), "chainId does not match"),
        ("data", json!("0x02"), "not equal"),
    ] {
        for message in refusals(&node, field, value) {
            assert!(message.contains(reason), "{field}: {message}");
        }
    }
    let same = json!({
        "from": node.accounts[0], "to": node.accounts[1],
        "input": "0x01", "data": "0x01", "chainId": "0x64aba",
    });
    for method in EVERY_REQUEST {
        node.rpc(method, json!([same]));
    }
}

#[test]
fn code_of_precompiles_is_not_replaced() {
    let node = Served::new();
    for low in [0x01, 0x64, 0x6e, 0x71] {
        let precompile = Address::with_last_byte(low);
        let overrides = json!({ precompile.to_string(): { "code": "0x00" } });
        let call = json!([{ "to": precompile }, "latest", overrides]);
        let failure = node.refused("eth_call", call);
        assert!(failure.message.contains("is a precompile"));
        let failure = node.refused("anvil_setCode", json!([precompile, "0x00"]));
        assert!(failure.message.contains("is a precompile"));
    }
}

#[test]
fn ranges_that_are_none_are_refused_by_queries_and_filters() {
    let node = Served::new();
    node.rpc("anvil_mine", json!([5]));
    let reversed = json!([{ "fromBlock": "0x4", "toBlock": "0x2" }]);
    let pending = json!([{ "fromBlock": "0x1", "toBlock": "pending" }]);
    for method in ["eth_getLogs", "eth_newFilter"] {
        let failure = node.refused(method, reversed.clone());
        assert_eq!(failure.message, "invalid block range params");
    }
    let failure = node.refused("eth_getLogs", pending);
    assert_eq!(failure.message, "pending logs are not supported");
}

#[test]
fn transactions_are_no_longer_than_the_sequencer_takes() {
    let node = Served::new();
    let send = |length: usize| {
        let data = Bytes::from(vec![0; length]);
        let transaction = json!([{
            "from": node.accounts[0], "to": node.accounts[1], "data": data, "gas": "0x1000000",
        }]);
        node.try_rpc("eth_sendTransaction", transaction)
    };
    assert!(send(94_500).is_ok());
    let failure = send(95_001).unwrap_err();
    assert!(failure.message.starts_with("oversized data"), "{failure:?}");
}
