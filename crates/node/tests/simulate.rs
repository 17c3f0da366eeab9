//! `eth_simulateV1`.

use alloy_primitives::{Address, U256};
use serde_json::{json, Value};

use crate::support::{number, parse, word, Served};

fn simulate(node: &Served, payload: Value) -> Value {
    node.rpc("eth_simulateV1", json!([payload, "latest"]))
}

#[test]
fn calls_follow_on_one_another_and_leave_nothing() {
    let node = Served::new();
    let contract = node.deploy();
    let call = json!({ "from": node.accounts[0], "to": contract });
    let read = json!({ "to": contract, "data": "0x010203" });
    let blocks = simulate(
        &node,
        json!({ "blockStateCalls": [
        { "calls": [call, call] },
        { "calls": [call, read], "blockOverrides": { "number": "0x5", "time": "0x7fffffff" } },
    ] }),
    );
    let blocks = blocks.as_array().unwrap();
    let numbers: Vec<u64> = blocks
        .iter()
        .map(|block| number(&block["number"]))
        .collect();
    assert_eq!(numbers, [2, 3, 4, 5], "the gap is filled");
    for pair in blocks.windows(2) {
        assert_eq!(pair[1]["parentHash"], pair[0]["hash"]);
        assert!(number(&pair[1]["timestamp"]) > number(&pair[0]["timestamp"]));
    }
    assert_eq!(number(&blocks[3]["timestamp"]), 0x7fff_ffff);
    let log = &blocks[0]["calls"][1]["logs"][0];
    assert_eq!(log["data"], json!(word(2)));
    assert_eq!(log["blockHash"], blocks[0]["hash"]);
    assert_eq!(log["transactionHash"], blocks[0]["transactions"][1]);
    assert_eq!(blocks[3]["calls"][1]["returnData"], json!(word(3)));
    assert_eq!(
        node.rpc("eth_call", json!([read])),
        json!(word(0)),
        "nothing is kept"
    );
    assert_eq!(node.number("eth_blockNumber", json!([])), 1);
}

#[test]
fn failures_are_told_call_by_call() {
    let node = Served::new();
    let (reverting, halting) = (Address::repeat_byte(1), Address::repeat_byte(2));
    let blocks = simulate(
        &node,
        json!({ "blockStateCalls": [{
        "stateOverrides": {
            reverting.to_string(): { "code": "0x60055f5260205ffd" },
            halting.to_string(): { "code": "0xfe" },
        },
        "calls": [{ "to": reverting }, { "to": halting, "gas": "0x186a0" }, { "to": node.accounts[0] }],
    }] }),
    );
    let calls = &blocks[0]["calls"];
    assert_eq!(
        (&calls[0]["status"], &calls[0]["error"]["code"]),
        (&json!("0x0"), &json!(3))
    );
    assert_eq!(calls[0]["error"]["data"], json!(word(5)));
    assert_eq!(calls[1]["error"]["code"], -32_015);
    assert_eq!(number(&calls[1]["gasUsed"]), 100_000);
    assert_eq!(
        (&calls[2]["status"], calls[2].get("error")),
        (&json!("0x1"), None)
    );
}

#[test]
fn transfers_are_told_as_logs() {
    let node = Served::new();
    let (middle, end) = (Address::repeat_byte(3), Address::repeat_byte(4));
    // Passes on what it gets.
    let code = format!("0x5f5f5f5f3473{}5af100", alloy_primitives::hex::encode(end));
    let blocks = simulate(
        &node,
        json!({ "traceTransfers": true, "returnFullTransactions": true, "blockStateCalls": [{
        "stateOverrides": { middle.to_string(): { "code": code } },
        "calls": [{ "from": node.accounts[0], "to": middle, "value": "0x5" }],
    }] }),
    );
    let logs = blocks[0]["calls"][0]["logs"].as_array().unwrap();
    assert_eq!(logs.len(), 2);
    for (log, (from, to)) in logs.iter().zip([(node.accounts[0], middle), (middle, end)]) {
        assert_eq!(log["address"], "0xeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee");
        assert_eq!(log["topics"][1], json!(from.into_word()));
        assert_eq!(log["topics"][2], json!(to.into_word()));
        assert_eq!(parse::<U256>(&log["data"]), U256::from(5));
    }
    assert_eq!(blocks[0]["transactions"][0]["value"], "0x5");
}

#[test]
fn validation_refuses_what_no_block_would_take() {
    let node = Served::new();
    let from = node.accounts[0];
    let poor = Address::repeat_byte(9);
    let validated = |call: Value| json!([{ "validation": true, "blockStateCalls": [{ "calls": [call] }] }, "latest"]);
    for (call, code) in [
        (json!({ "from": from, "to": poor, "nonce": "0x1" }), -38_011),
        (
            json!({ "from": from, "to": poor, "maxFeePerGas": "0x1" }),
            -32_000,
        ),
        (
            json!({ "from": poor, "to": from, "value": "0x1", "gas": "0x5208" }),
            -32_000,
        ),
        (json!({ "from": from, "to": poor, "gas": "0x10" }), -38_013),
    ] {
        let failure = node.refused("eth_simulateV1", validated(call.clone()));
        assert!(
            failure.code == code || failure.code <= -38_000,
            "{call}: {failure:?}"
        );
    }
    let fine = node.rpc(
        "eth_simulateV1",
        validated(json!({ "from": from, "to": poor, "gas": "0x5208" })),
    );
    assert_eq!(fine[0]["calls"][0]["gasUsed"], "0x5208");
    assert!(number(&fine[0]["baseFeePerGas"]) > 0);
    for (payload, code) in [
        (json!({ "blockStateCalls": [] }), -32_602),
        (
            json!({ "blockStateCalls": [{ "blockOverrides": { "number": "0x0" } }] }),
            -38_020,
        ),
        (
            json!({ "blockStateCalls": [{ "blockOverrides": { "time": "0x1" } }] }),
            -38_021,
        ),
        // Nothing comes after the end of time.
        (
            json!({ "blockStateCalls": [{ "blockOverrides": { "time": "0xffffffffffffffff" } }, {}] }),
            -32_000,
        ),
        (
            json!({ "blockStateCalls": [{ "blockOverrides": { "number": "0xfff" } }] }),
            -38_026,
        ),
        (json!({ "blockStateCalls": [{ "call": [] }] }), -32_602),
    ] {
        let failure = node.refused("eth_simulateV1", json!([payload]));
        assert_eq!(failure.code, code, "{payload}: {failure:?}");
    }
}
