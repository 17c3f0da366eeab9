//! Three notions of the price of gas: the base fee, what contracts see as the price, what the sender offers.

use alloy_primitives::{hex, Address, Bytes};
use serde_json::{json, Value};

use crate::support::{parse, word, Served};

const BASE_FEE: u64 = 20_000_000;

/// Returns `GASPRICE` and `BASEFEE`.
const PRICES: [u8; 12] = hex!("3a5f524860205260405ff300");

fn asked(node: &Served, method: &str, mut request: Value) -> (Value, Value) {
    let contract = Address::repeat_byte(0xcc);
    node.rpc("anvil_setCode", json!([contract, Bytes::from(PRICES)]));
    request["to"] = json!(contract);
    let output: Bytes = parse(&node.rpc(method, json!([request])));
    let part = |at: usize| json!(Bytes::copy_from_slice(&output[at..at + 32]));
    (part(0), part(32))
}

#[test]
fn a_call_without_a_price_sees_no_base_fee() {
    let node = Served::new();
    let from = node.accounts[0];
    let nothing = (json!(word(0)), json!(word(0)));
    let base_fee = (json!(word(BASE_FEE)), json!(word(BASE_FEE)));
    for (free, prices) in [
        (json!({}), &nothing),
        (json!({ "from": from }), &nothing),
        (json!({ "from": from, "gasPrice": "0x0" }), &nothing),
        (json!({ "from": from, "gasPrice": "0x1312d05" }), &base_fee),
        (
            json!({ "from": from, "maxFeePerGas": "0x2312d00", "maxPriorityFeePerGas": "0x5" }),
            &base_fee,
        ),
    ] {
        assert_eq!(asked(&node, "eth_call", free.clone()), *prices, "{free}");
    }
}

#[test]
fn contracts_store_the_base_fee_as_the_price_that_a_transaction_pays() {
    let node = Served::new();
    let contract = Address::repeat_byte(0xdd);
    // Slot 0 becomes GASPRICE, slot 1 BASEFEE.
    node.rpc("anvil_setCode", json!([contract, "0x3a5f554860015500"]));
    let receipt = node.send(json!({
        "from": node.accounts[0], "to": contract,
        "maxFeePerGas": "0x5f5e100", "maxPriorityFeePerGas": "0x5f5e0",
    }));
    assert_eq!(receipt["status"], "0x1");
    for slot in ["0x0", "0x1"] {
        let stored = node.rpc("eth_getStorageAt", json!([contract, slot]));
        assert_eq!(stored, json!(word(BASE_FEE)));
    }
    // A trace runs it again with the same prices.
    let hash = &receipt["transactionHash"];
    let trace = node.rpc("debug_traceTransaction", json!([hash]));
    assert_eq!(
        trace["gas"],
        json!(crate::support::number(&receipt["gasUsed"]))
    );
}
