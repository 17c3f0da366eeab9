//! Returning to an earlier state.

use serde_json::{json, Value};

use crate::support::{number, Served};

#[test]
fn everything_returns_to_where_it_was() {
    let node = Served::new();
    let contract = node.deploy();
    let count = || node.send(json!({ "from": node.accounts[0], "to": contract }));
    let stored = || node.rpc("eth_getStorageAt", json!([contract, "0x0", "latest"]));
    let before = (
        stored(),
        node.rpc("eth_getBlockByNumber", json!(["latest", true])),
    );
    node.rpc("hardhat_setPrevRandao", json!(["0x63"]));
    let snapshot = node.rpc("evm_snapshot", json!([]));
    node.rpc("hardhat_setPrevRandao", json!(["0x64"]));
    node.rpc("anvil_setBalance", json!([node.accounts[1], "0x1"]));
    node.rpc("evm_increaseTime", json!([1_000]));
    let receipt = count();
    assert_eq!(node.rpc("evm_revert", json!([snapshot])), true);
    let after = (
        stored(),
        node.rpc("eth_getBlockByNumber", json!(["latest", true])),
    );
    assert_eq!(before, after);
    assert_eq!(
        node.rpc(
            "eth_getTransactionReceipt",
            json!([receipt["transactionHash"]])
        ),
        Value::Null
    );
    assert_eq!(
        node.rpc("eth_getBalance", json!([node.accounts[1], "latest"])),
        "0x3635c9adc5dea00000"
    );
    // The same again has the same hashes.
    assert_eq!(count()["transactionHash"], receipt["transactionHash"]);
    let block = node.rpc("eth_getBlockByNumber", json!(["latest", false]));
    assert_eq!(
        number(&block["mixHash"]),
        0x63,
        "what was set for the next block, too"
    );
}

#[test]
fn snapshots_are_used_up_with_those_after_them() {
    let node = Served::new();
    let first = node.rpc("anvil_snapshot", json!([]));
    let second = node.rpc("evm_snapshot", json!([]));
    assert_ne!(first, second);
    assert_eq!(node.rpc("anvil_revert", json!([first])), true);
    assert_eq!(node.rpc("evm_revert", json!([first])), false);
    assert_eq!(node.rpc("evm_revert", json!([second])), false);
    assert_eq!(node.rpc("evm_revert", json!(["0x999"])), false);
}

#[test]
fn snapshots_nest() {
    let node = Served::new();
    let outer = node.rpc("evm_snapshot", json!([]));
    node.rpc("anvil_mine", json!([2]));
    let inner = node.rpc("evm_snapshot", json!([]));
    node.rpc("anvil_mine", json!([2]));
    assert_eq!(node.rpc("evm_revert", json!([inner])), true);
    assert_eq!(node.number("eth_blockNumber", json!([])), 2);
    assert_eq!(node.rpc("evm_revert", json!([outer])), true);
    assert_eq!(node.number("eth_blockNumber", json!([])), 0);
}

#[test]
fn reset_returns_to_the_start() {
    let node = Served::new();
    let genesis = node.rpc("eth_getBlockByNumber", json!(["0x0", false]));
    for (prefix, done) in [("anvil", Value::Null), ("hardhat", json!(true))] {
        node.deploy();
        node.rpc("anvil_addBalance", json!([node.accounts[1], "0x1"]));
        node.rpc(&format!("{prefix}_setLoggingEnabled"), json!([true]));
        assert_eq!(node.rpc(&format!("{prefix}_reset"), json!([])), done);
        // As viem asks for it.
        let empty = json!([{ "forking": { "blockNumber": null } }]);
        assert_eq!(node.rpc(&format!("{prefix}_reset"), empty), done);
        assert_eq!(
            node.rpc("eth_getBlockByNumber", json!(["latest", false])),
            genesis
        );
        assert_eq!(
            node.rpc("eth_getBalance", json!([node.accounts[1], "latest"])),
            "0x3635c9adc5dea00000"
        );
    }
}

#[test]
fn reset_returns_to_the_start_also_from_a_state_that_was_loaded() {
    let other = Served::new();
    other.rpc("anvil_addBalance", json!([other.accounts[1], "0x1"]));
    other.deploy();
    let dump = other.rpc("anvil_dumpState", json!([]));
    let node = Served::new();
    node.rpc("anvil_mine", json!([3]));
    let start = |node: &Served| {
        let first = node.rpc("eth_getBlockByNumber", json!(["0x0", false]));
        let latest = node.rpc("eth_getBlockByNumber", json!(["latest", false]));
        let funds = node.rpc("eth_getBalance", json!([node.accounts[1], "latest"]));
        (first, latest, funds)
    };
    node.rpc("anvil_reset", json!([]));
    let wanted = start(&node);
    for _ in 0..2 {
        node.rpc("anvil_loadState", json!([dump]));
        assert_eq!(node.number("eth_blockNumber", json!([])), 1);
        let logs = node.rpc("eth_newFilter", json!([{}]));
        let contract = other.rpc(
            "eth_getTransactionReceipt",
            json!([crate::support::hash_of_last(&other)]),
        );
        node.send(json!({ "from": node.accounts[0], "to": contract["contractAddress"] }));
        let found = node.rpc("eth_getFilterChanges", json!([logs]));
        assert_eq!(found[0]["removed"], false);
        node.rpc("hardhat_reset", json!([]));
        assert_eq!(start(&node), wanted);
        let found = node.rpc("eth_getFilterChanges", json!([logs]));
        assert_eq!(found[0]["removed"], true);
        node.deploy();
        node.rpc("anvil_reset", json!([]));
        assert_eq!(start(&node), wanted);
    }
}
