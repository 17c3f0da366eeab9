//! Fields that the node can't honour are refused, wherever they come.

use alloy_primitives::{Address, Bytes, B256, U256};
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
    for (field, value, reason) in [
        ("authorizationList", json!([]), "empty auth list"),
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

/// Parameters of a request around an object.
type Around = fn(Value) -> Value;

/// A request for a method with an object of each kind that the node reads.
fn requests() -> Vec<(&'static str, Vec<&'static str>, Around)> {
    vec![
        ("a transaction", EVERY_REQUEST.to_vec(), |object| {
            json!([object])
        }),
        (
            "a transaction",
            vec![
                "eth_signTransaction",
                "eth_fillTransaction",
                "eth_sendUnsignedTransaction",
            ],
            |object| json!([object]),
        ),
        ("a transaction", vec!["debug_traceCall"], |object| {
            json!([object, "latest"])
        }),
        (
            "a block's id",
            vec!["eth_call", "eth_estimateGas"],
            |object| json!([{}, object]),
        ),
        (
            "a block's id",
            vec!["eth_getBalance", "eth_getCode", "eth_getTransactionCount"],
            |object| json!([Address::ZERO, object]),
        ),
        ("a block's id", vec!["eth_getBlockReceipts"], |object| {
            json!([object])
        }),
        (
            "a state override",
            vec!["eth_call", "eth_estimateGas", "eth_createAccessList"],
            |object| json!([{}, "latest", { Address::ZERO.to_string(): object }]),
        ),
        (
            "a block override",
            vec!["eth_call", "eth_estimateGas"],
            |object| json!([{}, "latest", null, object]),
        ),
        (
            "a filter for logs",
            vec!["eth_getLogs", "eth_newFilter"],
            |object| json!([object]),
        ),
        (
            "the options of a trace",
            vec!["debug_traceCall"],
            |object| json!([{}, "latest", object]),
        ),
        (
            "the options of a trace",
            vec!["debug_traceBlockByNumber"],
            |object| json!(["0x0", object]),
        ),
    ]
}

#[test]
fn fields_that_nobody_knows_are_refused_wherever_they_come() {
    let node = Served::new();
    for (kind, methods, params) in requests() {
        for method in methods {
            let failure = node.refused(method, params(json!({ "unheardOf": "0x1" })));
            assert_eq!(failure.code, -32_602, "{method}: {failure:?}");
            let names = [kind, "`unheardOf`"];
            let named = names.iter().all(|name| failure.message.contains(name));
            assert!(named, "{method}: {failure:?}");
        }
    }
}

#[test]
fn fields_that_mean_nothing_here_are_refused_with_the_reason() {
    let node = Served::new();
    let transaction: Around = |object| json!([object]);
    let cases: [(&str, Around, Value, &str); 17] = [
        (
            "eth_call",
            transaction,
            json!({ "gasLimit": "0x1" }),
            "called `gas`",
        ),
        (
            "eth_call",
            transaction,
            json!({ "maxFeePerBlobGas": "0x1" }),
            "blob",
        ),
        (
            "eth_call",
            transaction,
            json!({ "blobVersionedHashes": [] }),
            "blob",
        ),
        (
            "eth_sendTransaction",
            transaction,
            json!({ "blobs": [] }),
            "blob",
        ),
        ("eth_call", transaction, json!({ "type": "0x3" }), "blob"),
        (
            "eth_call",
            transaction,
            json!({ "type": "0x64" }),
            "not supported",
        ),
        (
            "eth_call",
            transaction,
            json!({ "type": "0x0", "maxFeePerGas": "0x77359400" }),
            "has no `maxFeePerGas`",
        ),
        (
            "eth_call",
            transaction,
            json!({ "type": "0x2", "gasPrice": "0x77359400" }),
            "has no `gasPrice`",
        ),
        (
            "eth_call",
            transaction,
            json!({ "type": "0x0", "accessList": [] }),
            "has no `accessList`",
        ),
        (
            "eth_call",
            |object| json!([{}, "latest", { Address::ZERO.to_string(): object }]),
            json!({ "movePrecompileToAddress": Address::ZERO }),
            "can't be moved",
        ),
        (
            "eth_call",
            |object| json!([{}, "latest", null, object]),
            json!({ "difficulty": "0x2" }),
            "always 1",
        ),
        (
            "eth_call",
            |object| json!([{}, "latest", null, object]),
            json!({ "withdrawals": [] }),
            "beacon",
        ),
        (
            "debug_traceCall",
            |object| json!([{}, "latest", object]),
            json!({ "txIndex": "0x0" }),
            "txIndex",
        ),
        (
            "debug_traceCall",
            |object| json!([{}, "latest", object]),
            json!({ "tracer": "callTracer", "tracerConfig": { "diffMode": true } }),
            "`diffMode`",
        ),
        (
            "debug_traceCall",
            |object| json!([{}, "latest", object]),
            json!({ "tracerConfig": { "diffMode": true } }),
            "needs a `tracer`",
        ),
        (
            "evm_mine",
            transaction,
            json!({ "block": 3 }),
            "data did not match",
        ),
        (
            "hardhat_reset",
            transaction,
            json!({ "fork": {} }),
            "unknown field `fork`",
        ),
    ];
    for (method, params, object, reason) in cases {
        let failure = node.refused(method, params(object));
        assert!(failure.message.contains(reason), "{method}: {failure:?}");
    }
}

#[test]
fn parameters_beyond_those_of_a_method_are_refused() {
    let node = Served::new();
    for (method, params) in [
        ("eth_chainId", json!([1])),
        ("eth_getBalance", json!([Address::ZERO, "latest", true])),
        ("eth_sendRawTransaction", json!(["0x", {}])),
        ("evm_snapshot", json!(["0x1"])),
    ] {
        let failure = node.refused(method, params);
        assert_eq!(failure.code, -32_602, "{method}");
        assert!(
            failure.message.starts_with("too many arguments"),
            "{failure:?}"
        );
    }
}

#[test]
fn the_type_of_a_transaction_is_what_is_asked_for() {
    let node = Served::new();
    let list = json!([{ "address": node.accounts[2], "storageKeys": [] }]);
    for (fields, wanted) in [
        (json!({}), "0x2"),
        (json!({ "type": "0x0" }), "0x0"),
        (json!({ "type": "0x1" }), "0x1"),
        (json!({ "type": "0x1", "accessList": list }), "0x1"),
        (json!({ "type": "0x2", "accessList": list }), "0x2"),
        (json!({ "gasPrice": "0x77359400" }), "0x0"),
    ] {
        let mut transaction = json!({ "from": node.accounts[0], "to": node.accounts[1] });
        for (name, value) in fields.as_object().unwrap() {
            transaction[name] = value.clone();
        }
        assert_eq!(node.send(transaction)["type"], wanted, "{fields}");
    }
}

#[test]
fn block_overrides_are_what_contracts_see() {
    let node = Served::new();
    let probe = Address::repeat_byte(0x50);
    for (field, value, opcode) in [
        ("coinbase", json!(Address::repeat_byte(9)), "41"),
        ("feeRecipient", json!(Address::repeat_byte(9)), "41"),
        ("random", json!(B256::repeat_byte(7)), "44"),
        ("prevRandao", json!(B256::repeat_byte(7)), "44"),
        ("gasLimit", json!("0x1234"), "45"),
        ("time", json!("0x77359400"), "42"),
        ("baseFee", json!("0x77"), "48"),
    ] {
        let state = json!({ probe.to_string(): { "code": format!("0x{opcode}5f5260205ff3") } });
        let seen = node.rpc(
            "eth_call",
            json!([{ "to": probe }, "latest", state, { field: value }]),
        );
        let seen: U256 = serde_json::from_value(seen).unwrap();
        let wanted: U256 = serde_json::from_value(value).unwrap();
        assert_eq!(seen, wanted, "{field}");
    }
    // ArbSys.arbBlockNumber.
    for block in ["latest", "pending"] {
        let seen = node.rpc(
            "eth_call",
            json!([
                { "to": "0x0000000000000000000000000000000000000064", "data": "0xa3b1b31d" },
                block, null, { "number": "0x4d2" },
            ]),
        );
        assert_eq!(
            serde_json::from_value::<U256>(seen).unwrap(),
            U256::from(0x4d2),
            "{block}"
        );
    }
}
