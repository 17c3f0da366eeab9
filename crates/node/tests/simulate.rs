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
    assert_eq!(calls[0]["returnData"], "0x");
    assert_eq!(calls[1]["error"]["code"], -32_015);
    assert_eq!(number(&calls[1]["gasUsed"]), 100_000);
    assert_eq!(
        (&calls[2]["status"], calls[2].get("error")),
        (&json!("0x1"), None)
    );
}

#[test]
fn a_block_has_the_gas_that_it_has() {
    let node = Served::new();
    let burner = Address::repeat_byte(3);
    let limited = |calls: Value| {
        json!({ "blockStateCalls": [{
            "blockOverrides": { "gasLimit": "0xf4240" },
            "stateOverrides": { burner.to_string(): { "code": "0x5b5f56" } },
            "calls": calls,
        }, { "calls": [{ "to": node.accounts[0] }] }] })
    };
    // What the first leaves over is what the second may use, and the next block begins anew.
    let calls = json!([{ "to": node.accounts[0] }, { "to": burner }]);
    let blocks = simulate(&node, limited(calls));
    assert_eq!(number(&blocks[0]["gasUsed"]), 1_000_000);
    let spent = &blocks[0]["calls"][1];
    assert_eq!(number(&spent["gasUsed"]), 979_000);
    assert_eq!(number(&spent["maxUsedGas"]), 979_000);
    assert_eq!(spent["error"]["code"], -32_015);
    assert_eq!(blocks[1]["calls"][0]["status"], "0x1");
    let calls = json!([{ "to": node.accounts[0] }, { "to": burner, "gas": "0xef421" }]);
    let failure = node.refused("eth_simulateV1", json!([limited(calls)]));
    assert_eq!(failure.code, -38_015, "{failure:?}");
}

#[test]
fn a_nonce_matters_only_where_it_is_validated() {
    let node = Served::new();
    let last = Address::repeat_byte(9);
    let call = json!({ "from": last, "to": node.accounts[0], "maxFeePerGas": "0x2540be400" });
    let payload = |validation: bool| {
        let last = json!({ "nonce": "0xffffffffffffffff", "balance": "0xde0b6b3a7640000" });
        json!({ "validation": validation, "returnFullTransactions": true, "blockStateCalls": [{
            "stateOverrides": { "0x0909090909090909090909090909090909090909": last },
            "calls": [call, call],
        }] })
    };
    let blocks = simulate(&node, payload(false));
    let transactions = blocks[0]["transactions"].as_array().unwrap();
    let nonces: Vec<&Value> = transactions.iter().map(|sent| &sent["nonce"]).collect();
    assert_eq!(nonces, ["0xffffffffffffffff", "0x0"]);
    for sent in transactions {
        assert_eq!(sent["from"], json!(last));
        assert_eq!((&sent["r"], &sent["s"]), (&json!("0x0"), &json!("0x0")));
        assert_eq!(sent["blockTimestamp"], blocks[0]["timestamp"]);
    }
    let failure = node.refused("eth_simulateV1", json!([payload(true)]));
    assert_eq!(failure.code, -32_603, "{failure:?}");
    assert!(failure.message.starts_with("nonce has max value"));
    // Neither does it matter in a call.
    node.rpc("anvil_setNonce", json!([last, "0xffffffffffffffff"]));
    let free = json!({ "from": last, "to": node.accounts[0] });
    assert_eq!(node.rpc("eth_call", json!([free])), "0x");
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
    let paid = |mut call: Value| {
        call["maxFeePerGas"] = json!("0x2540be400");
        call
    };
    for (call, code) in [
        (json!({ "from": from, "to": poor, "nonce": "0x1" }), -38_011),
        // Who offers nothing is not taken to offer what it costs.
        (json!({ "from": from, "to": poor }), -38_012),
        (
            json!({ "from": from, "to": poor, "maxFeePerGas": "0x1" }),
            -38_012,
        ),
        (
            json!({ "from": from, "to": poor, "maxFeePerGas": "0x2540be400", "maxPriorityFeePerGas": "0x2540be401" }),
            -32_602,
        ),
        (
            paid(json!({ "from": poor, "to": from, "gas": "0x5208" })),
            -38_014,
        ),
        (
            paid(json!({ "from": from, "to": poor, "gas": "0x10" })),
            -38_013,
        ),
        (
            paid(
                json!({ "from": from, "data": format!("0x{}", "00".repeat(49_153)), "gas": "0x1e8480" }),
            ),
            -38_025,
        ),
    ] {
        let failure = node.refused("eth_simulateV1", validated(call.clone()));
        assert_eq!(failure.code, code, "{call}: {failure:?}");
    }
    let fine = node.rpc(
        "eth_simulateV1",
        validated(paid(json!({ "from": from, "to": poor, "gas": "0x5208" }))),
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
