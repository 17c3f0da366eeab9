//! Logs, and filters that are polled.

use alloy_primitives::{Address, B256};
use serde_json::{json, Value};

use crate::support::{word, Served};

fn count(node: &Served, contract: Address, times: usize) {
    for _ in 0..times {
        node.send(json!({ "from": node.accounts[0], "to": contract }));
    }
}

fn length(value: &Value) -> usize {
    value.as_array().expect("a list").len()
}

#[test]
fn logs_are_found_by_place_address_and_topic() {
    let node = Served::new();
    let contract = node.deploy();
    count(&node, contract, 3);
    let logs = |filter: Value| node.rpc("eth_getLogs", json!([filter]));
    let all = logs(json!({ "fromBlock": "0x0", "toBlock": "latest" }));
    assert_eq!(length(&all), 3);
    assert_eq!(all[2]["data"], json!(word(3)));
    assert_eq!(all[2]["blockNumber"], "0x4");
    let cases = [
        (json!({}), 1),
        (json!({ "fromBlock": "earliest", "address": contract }), 3),
        (
            json!({ "fromBlock": "0x0", "address": [Address::ZERO, contract] }),
            3,
        ),
        (json!({ "fromBlock": "0x0", "address": Address::ZERO }), 0),
        (json!({ "fromBlock": "0x3", "toBlock": "0x3" }), 1),
        (json!({ "fromBlock": 2, "toBlock": 3 }), 2),
        (json!({ "fromBlock": "0x0", "topics": [word(7)] }), 3),
        (
            json!({ "fromBlock": "0x0", "topics": [[word(6), word(7)]] }),
            3,
        ),
        (json!({ "fromBlock": "0x0", "topics": [null] }), 3),
        (json!({ "fromBlock": "0x0", "topics": [word(6)] }), 0),
        (json!({ "fromBlock": "0x0", "topics": [null, word(7)] }), 0),
        (json!({ "fromBlock": "0x64" }), 0),
        (json!({ "blockHash": all[1]["blockHash"] }), 1),
    ];
    for (filter, expected) in cases {
        assert_eq!(length(&logs(filter.clone())), expected, "{filter}");
    }
    let backwards = json!([{ "fromBlock": "0x4", "toBlock": "0x1" }]);
    assert_eq!(node.refused("eth_getLogs", backwards).code, -32_602);
    let nowhere = json!([{ "blockHash": B256::repeat_byte(1) }]);
    assert_eq!(
        node.refused("eth_getLogs", nowhere).message,
        "unknown block"
    );
}

#[test]
fn a_place_that_may_hold_anything_has_to_be_there() {
    let node = Served::new();
    // What two standards call by one name: an event with one indexed place, and one with two.
    let two = Address::repeat_byte(0x22);
    node.rpc(
        "anvil_setCode",
        json!([two, "0x600860075f5fa2600760075f5fa200"]),
    );
    let contract = node.deploy();
    let id = node.rpc("eth_newFilter", json!([{ "topics": [word(7), null] }]));
    count(&node, contract, 1);
    node.send(json!({ "from": node.accounts[0], "to": two }));
    let query = |topics: Value| {
        let logs = node.rpc(
            "eth_getLogs",
            json!([{ "fromBlock": "0x0", "topics": topics }]),
        );
        length(&logs)
    };
    for (topics, found) in [
        (json!([]), 3),
        (json!([word(7)]), 3),
        (json!([null]), 3),
        (json!([word(7), null]), 2),
        (json!([word(7), []]), 2),
        (json!([null, [word(7), word(9)]]), 1),
        (json!([word(7), null, null]), 0),
    ] {
        assert_eq!(query(topics.clone()), found, "{topics}");
    }
    let changes = node.rpc("eth_getFilterChanges", json!([id]));
    assert_eq!(length(&changes), 2);
}

#[test]
fn filters_report_what_is_new() {
    let node = Served::new();
    let contract = node.deploy();
    count(&node, contract, 1);
    let logs = node.rpc(
        "eth_newFilter",
        json!([{ "address": contract, "fromBlock": "0x0" }]),
    );
    let blocks = node.rpc("eth_newBlockFilter", json!([]));
    let transactions = node.rpc("eth_newPendingTransactionFilter", json!([]));
    let whole = node.rpc("eth_newPendingTransactionFilter", json!([true]));
    let changes = |id: &Value| node.rpc("eth_getFilterChanges", json!([id]));
    for id in [&logs, &blocks, &transactions, &whole] {
        assert_eq!(changes(id), json!([]));
    }
    count(&node, contract, 2);
    let latest = node.rpc("eth_getBlockByNumber", json!(["latest", false]));
    let new_logs = changes(&logs);
    assert_eq!(length(&new_logs), 2);
    assert_eq!(new_logs[1]["data"], json!(word(3)));
    let new_blocks = changes(&blocks);
    assert_eq!((length(&new_blocks), &new_blocks[1]), (2, &latest["hash"]));
    let new_transactions = changes(&transactions);
    assert_eq!(new_transactions[1], latest["transactions"][0]);
    let whole_transactions = changes(&whole);
    assert_eq!(whole_transactions[1]["hash"], new_transactions[1]);
    assert_eq!(whole_transactions[1]["to"], json!(contract));
    for id in [&logs, &blocks, &transactions] {
        assert_eq!(changes(id), json!([]));
    }
    assert_eq!(length(&node.rpc("eth_getFilterLogs", json!([logs]))), 3);
    assert!(node.try_rpc("eth_getFilterLogs", json!([blocks])).is_err());
    assert_eq!(node.rpc("eth_uninstallFilter", json!([logs])), true);
    assert_eq!(node.rpc("eth_uninstallFilter", json!([logs])), false);
    assert_eq!(
        node.refused("eth_getFilterChanges", json!([logs])).message,
        "filter not found"
    );
}

#[test]
fn filters_follow_a_head_that_goes_back() {
    let node = Served::new();
    let snapshot = node.rpc("evm_snapshot", json!([]));
    node.rpc("anvil_mine", json!([5]));
    let filter = node.rpc("eth_newBlockFilter", json!([]));
    node.rpc("evm_revert", json!([snapshot]));
    assert_eq!(node.rpc("eth_getFilterChanges", json!([filter])), json!([]));
    node.rpc("evm_mine", json!([]));
    assert_eq!(
        length(&node.rpc("eth_getFilterChanges", json!([filter]))),
        1
    );
}

#[test]
fn filters_are_limited() {
    let node = Served::new();
    let last = (0..=1_024)
        .map(|_| node.try_rpc("eth_newBlockFilter", json!([])))
        .last()
        .unwrap();
    assert_eq!(last.unwrap_err().code, -32_005);
}

#[test]
fn filters_report_every_block_between_polls() {
    let node = Served::new();
    let contract = node.deploy();
    let criteria = [
        json!({}),
        json!({ "fromBlock": "latest", "toBlock": "latest" }),
        json!({ "fromBlock": "0x1" }),
    ];
    let filters = criteria.map(|wanted| node.rpc("eth_newFilter", json!([wanted])));
    let later = node.rpc("eth_newFilter", json!([{ "fromBlock": "0x4" }]));
    count(&node, contract, 3);
    let changes = |id: &Value| length(&node.rpc("eth_getFilterChanges", json!([id])));
    for filter in &filters {
        assert_eq!((changes(filter), changes(filter)), (3, 0));
    }
    assert_eq!(changes(&later), 1);
}

#[test]
fn filters_report_what_replaces_what_was_taken_back() {
    let node = Served::new();
    let contract = node.deploy();
    let snapshot = node.rpc("evm_snapshot", json!([]));
    let logs = node.rpc("eth_newFilter", json!([{ "fromBlock": "0x0" }]));
    let blocks = node.rpc("eth_newBlockFilter", json!([]));
    let changes = |id: &Value| length(&node.rpc("eth_getFilterChanges", json!([id])));
    count(&node, contract, 2);
    assert_eq!((changes(&logs), changes(&blocks)), (2, 2));
    node.rpc("evm_revert", json!([snapshot]));
    count(&node, contract, 3);
    // Two that were reported are taken back, three are new.
    assert_eq!((changes(&logs), changes(&blocks)), (2 + 3, 3));
    node.rpc("anvil_reset", json!([]));
    node.rpc("anvil_mine", json!([2]));
    assert_eq!((changes(&logs), changes(&blocks)), (3, 2));
}
