//! Blocks and time at the developer's command.

use std::time::{Duration, Instant};

use inkhorn_node::{Clock, ServerLimits};
use serde_json::{json, Value};

use crate::support::{ether, number, Served, START};

fn latest(node: &Served) -> Value {
    node.rpc("eth_getBlockByNumber", json!(["latest", false]))
}

#[test]
fn blocks_are_mined_on_demand() {
    let node = Served::new();
    node.rpc("evm_mine", json!([]));
    node.rpc("evm_mine", json!([START + 10]));
    assert_eq!(number(&latest(&node)["timestamp"]), START + 10);
    node.rpc(
        "evm_mine",
        json!([{ "timestamp": START + 20, "blocks": 2 }]),
    );
    assert_eq!(number(&latest(&node)["timestamp"]), START + 20);
    // Anvil's first block comes later, too; Hardhat's does not.
    for (method, time) in [("anvil_mine", START + 35), ("hardhat_mine", START + 45)] {
        node.rpc(method, json!(["0x3", "0x5"]));
        assert_eq!(number(&latest(&node)["timestamp"]), time, "{method}");
    }
    assert_eq!(node.number("eth_blockNumber", json!([])), 10);
    // More than there are states kept, as for a vote that takes days.
    node.rpc("hardhat_mine", json!([14_400, 12]));
    assert_eq!(node.number("eth_blockNumber", json!([])), 14_410);
    let time = START + 45 + 12 * (14_400 - 1);
    assert_eq!(number(&latest(&node)["timestamp"]), time);
    assert_eq!(
        node.refused("anvil_mine", json!(["0x1000000"])).code,
        -32_005
    );
    assert_eq!(node.refused("evm_mine", json!([1])).code, -32_000);
}

#[test]
fn transactions_wait_while_automatic_mining_is_off() {
    let node = Served::new();
    assert_eq!(node.rpc("anvil_getAutomine", json!([])), true);
    node.rpc("evm_setAutomine", json!([false]));
    assert_eq!(node.rpc("hardhat_getAutomine", json!([])), false);
    let [alice, bob, _] = node.accounts[..] else {
        panic!("three accounts")
    };
    for _ in 0..2 {
        node.rpc(
            "eth_sendTransaction",
            json!([{ "from": alice, "to": bob, "value": "0x1" }]),
        );
    }
    node.rpc("eth_sendTransaction", json!([{ "from": bob, "to": alice }]));
    let status = node.rpc("txpool_status", json!([]));
    assert_eq!(status, json!({ "pending": "0x3", "queued": "0x0" }));
    let content = node.rpc("txpool_content", json!([]));
    // As go-ethereum, with a checksum.
    let own = &content["pending"][alice.to_checksum(None)];
    assert_eq!(own["1"]["nonce"], "0x1");
    assert!(node.rpc("txpool_inspect", json!([]))["pending"].is_object());
    assert_eq!(
        node.number("eth_getTransactionCount", json!([alice, "pending"])),
        2
    );
    assert_eq!(
        node.number("eth_getTransactionCount", json!([alice, "latest"])),
        0
    );
    node.rpc("evm_mine", json!([]));
    let block = latest(&node);
    assert_eq!(block["transactions"].as_array().unwrap().len(), 3);
    assert_eq!(number(&block["gasUsed"]), 63_000);
    let receipts = node.rpc("eth_getBlockReceipts", json!(["latest"]));
    assert_eq!(number(&receipts[2]["cumulativeGasUsed"]), 63_000);
    assert_eq!(number(&receipts[2]["gasUsed"]), 21_000);
    // Switching it on mines what waits.
    node.rpc("eth_sendTransaction", json!([{ "from": bob, "to": alice }]));
    node.rpc("anvil_setAutomine", json!([true]));
    assert_eq!(node.number("eth_blockNumber", json!([])), 2);
}

#[test]
fn block_leaves_out_what_cannot_be_paid_for_any_more() {
    let node = Served::new();
    let [alice, bob, carol] = node.accounts[..] else {
        panic!("three accounts")
    };
    node.rpc("evm_setAutomine", json!([false]));
    node.rpc("anvil_addBalance", json!([alice, ether(1_000)]));
    let most = "0x3627e8f712373c0000";
    for nonce in ["0x0", "0x1", "0x2"] {
        let value = if nonce == "0x2" { "0x0" } else { most };
        let transfer =
            json!({ "from": alice, "to": bob, "value": value, "nonce": nonce, "gas": "0x5208" });
        node.rpc("eth_sendTransaction", json!([transfer]));
    }
    node.rpc("eth_sendTransaction", json!([{ "from": carol, "to": bob }]));
    // Now each of them could be paid for alone.
    node.rpc("anvil_setBalance", json!([alice, ether(1_000)]));
    node.rpc("evm_mine", json!([]));
    assert_eq!(latest(&node)["transactions"].as_array().unwrap().len(), 2);
    assert_eq!(
        node.number("eth_getTransactionCount", json!([alice, "latest"])),
        1
    );
    // The third waits for a second.
    assert_eq!(
        node.rpc("txpool_status", json!([])),
        json!({ "pending": "0x0", "queued": "0x1" })
    );
}

#[test]
fn time_is_moved() {
    let node = Served::new();
    let mined = |expected: u64| {
        node.rpc("evm_mine", json!([]));
        assert_eq!(number(&latest(&node)["timestamp"]), expected);
    };
    node.rpc("evm_increaseTime", json!([100]));
    mined(START + 100);
    node.rpc("anvil_increaseTime", json!(["0x64"]));
    mined(START + 200);
    node.rpc("evm_setNextBlockTimestamp", json!([START + 300]));
    mined(START + 300);
    mined(START + 300);
    node.rpc("anvil_setNextBlockTimestamp", json!([START + 400]));
    mined(START + 400);
    let back = json!([START + 1]);
    assert_eq!(
        node.refused("evm_setNextBlockTimestamp", back).code,
        -32_000
    );
    node.rpc("anvil_setTime", json!([START + 500]));
    mined(START + 500);
    node.rpc("evm_setTime", json!([START + 600]));
    mined(START + 600);
    node.rpc("anvil_setBlockTimestampInterval", json!([12]));
    mined(START + 612);
    mined(START + 624);
    assert_eq!(
        node.rpc("anvil_removeBlockTimestampInterval", json!([])),
        true
    );
    mined(START + 624);
}

#[test]
fn time_never_runs_back() {
    let node = Served::with(ServerLimits::default(), |options| {
        options.clock = Clock::running(START);
    });
    node.rpc("evm_setNextBlockTimestamp", json!([START + 10_000]));
    node.rpc("evm_mine", json!([]));
    node.rpc("evm_setTime", json!([START]));
    node.rpc("evm_mine", json!([]));
    assert_eq!(number(&latest(&node)["timestamp"]), START + 10_000);
}

#[test]
fn timer_makes_blocks() {
    let node = Served::new();
    assert_eq!(node.rpc("anvil_getIntervalMining", json!([])), Value::Null);
    node.rpc("anvil_setIntervalMining", json!([1]));
    assert_eq!(node.rpc("anvil_getIntervalMining", json!([])), 1);
    let transfer = json!({ "from": node.accounts[0], "to": node.accounts[1] });
    let hash = node.rpc("eth_sendTransaction", json!([transfer]));
    assert_eq!(
        node.rpc("eth_getTransactionReceipt", json!([hash])),
        Value::Null
    );
    let begun = Instant::now();
    while node
        .rpc("eth_getTransactionReceipt", json!([hash]))
        .is_null()
    {
        assert!(begun.elapsed() < Duration::from_secs(120), "no block came");
        std::thread::sleep(Duration::from_millis(50));
    }
    node.rpc("anvil_setIntervalMining", json!([0]));
    assert_eq!(node.rpc("anvil_getIntervalMining", json!([])), Value::Null);
}

#[test]
fn nobody_pays_more_than_offered() {
    let node = Served::new();
    node.rpc("evm_setAutomine", json!([false]));
    let send = |nonce: u64, price: &str| {
        let from = node.accounts[0];
        let transfer =
            json!({ "from": from, "to": from, "gas": "0x5208", "gasPrice": price, "nonce": nonce });
        node.rpc("eth_sendTransaction", json!([transfer]))
    };
    let [poor, next] = [send(0, "0x1312d00"), send(1, "0x3b9aca00")];
    let receipt = |hash: &Value| node.rpc("eth_getTransactionReceipt", json!([hash]));
    node.rpc("anvil_setNextBlockBaseFeePerGas", json!(["0x3b9aca00"]));
    node.rpc("evm_mine", json!([]));
    assert_eq!([receipt(&poor), receipt(&next)], [Value::Null, Value::Null]);
    node.rpc("anvil_setNextBlockBaseFeePerGas", json!(["0x1312d00"]));
    node.rpc("evm_mine", json!([]));
    assert_eq!(receipt(&poor)["effectiveGasPrice"], "0x1312d00");
    assert_eq!(receipt(&next)["status"], "0x1");
}
