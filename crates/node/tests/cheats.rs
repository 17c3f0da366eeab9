//! Changes that no transaction could make.

use alloy_primitives::Address;
use serde_json::{json, Value};

use crate::support::{number, word, Served};

#[test]
fn accounts_are_overwritten() {
    let node = Served::new();
    let who = Address::repeat_byte(0x42);
    for prefix in ["anvil", "hardhat"] {
        let set = |what: &str, params: Value| node.rpc(&format!("{prefix}_{what}"), params);
        set("setBalance", json!([who, "0x7b"]));
        set("setCode", json!([who, "0x6001"]));
        set("setNonce", json!([who, "0x9"]));
        set("setStorageAt", json!([who, "0x3", word(5)]));
        assert_eq!(node.rpc("eth_getBalance", json!([who, "latest"])), "0x7b");
        assert_eq!(node.rpc("eth_getCode", json!([who, "latest"])), "0x6001");
        assert_eq!(node.number("eth_getTransactionCount", json!([who])), 9);
        assert_eq!(
            node.rpc("eth_getStorageAt", json!([who, "0x3"])),
            json!(word(5))
        );
    }
    // Ganache.
    let set = |what: &str, params: Value| {
        assert_eq!(node.rpc(&format!("evm_setAccount{what}"), params), true);
    };
    set("Balance", json!([who, "0x7c"]));
    set("Code", json!([who, "0x6002"]));
    set("Nonce", json!([who, "0x1"]));
    set("StorageAt", json!([who, "0x3", word(6)]));
    assert_eq!(node.rpc("eth_getBalance", json!([who, "latest"])), "0x7c");
    assert_eq!(node.rpc("eth_getCode", json!([who, "latest"])), "0x6002");
    assert_eq!(node.number("eth_getTransactionCount", json!([who])), 1);
    assert_eq!(
        node.rpc("eth_getStorageAt", json!([who, "0x3"])),
        json!(word(6))
    );
    assert_eq!(node.number("eth_blockNumber", json!([])), 0);
}

#[test]
fn anybody_can_be_impersonated() {
    let node = Served::new();
    let whale = Address::repeat_byte(0x43);
    node.rpc("anvil_setBalance", json!([whale, "0xde0b6b3a7640000"]));
    let transfer = json!({ "from": whale, "to": node.accounts[0], "value": "0x1" });
    assert!(node
        .try_rpc("eth_sendTransaction", json!([transfer]))
        .is_err());
    for prefix in ["anvil", "hardhat"] {
        node.rpc(&format!("{prefix}_impersonateAccount"), json!([whale]));
        let receipt = node.send(transfer.clone());
        assert_eq!(receipt["from"], json!(whale));
        assert_eq!(receipt["status"], "0x1");
        node.rpc(
            &format!("{prefix}_stopImpersonatingAccount"),
            json!([whale]),
        );
        assert!(node
            .try_rpc("eth_sendTransaction", json!([transfer]))
            .is_err());
    }
    node.rpc("anvil_autoImpersonateAccount", json!([true]));
    assert_eq!(node.send(transfer.clone())["status"], "0x1");
    node.rpc("anvil_autoImpersonateAccount", json!([false]));
    assert!(node
        .try_rpc("eth_sendTransaction", json!([transfer]))
        .is_err());
}

#[test]
fn base_fee_is_set() {
    let node = Served::new();
    for (prefix, fee) in [("anvil", 20_000_000), ("hardhat", 30_000_000)] {
        let set = format!("{prefix}_setNextBlockBaseFeePerGas");
        node.rpc(&set, json!([format!("{fee:#x}")]));
        assert_eq!(node.number("eth_gasPrice", json!([])), fee);
        let receipt = node.send(json!({ "from": node.accounts[0], "to": node.accounts[1] }));
        assert_eq!(number(&receipt["effectiveGasPrice"]), fee);
        let block = node.rpc("eth_getBlockByNumber", json!(["latest", false]));
        assert_eq!(number(&block["baseFeePerGas"]), fee);
    }
}

#[test]
fn waiting_transactions_are_dropped() {
    let node = Served::new();
    node.rpc("evm_setAutomine", json!([false]));
    let send = |nonce: &str| {
        let transfer = json!({ "from": node.accounts[0], "to": node.accounts[1], "nonce": nonce });
        node.rpc("eth_sendTransaction", json!([transfer]))
    };
    let waiting = || {
        node.rpc("eth_pendingTransactions", json!([]))
            .as_array()
            .unwrap()
            .len()
    };
    let hash = send("0x0");
    assert_eq!(node.rpc("anvil_dropTransaction", json!([hash])), hash);
    assert_eq!(node.rpc("hardhat_dropTransaction", json!([hash])), false);
    assert_eq!(waiting(), 0);
    send("0x0");
    send("0x1");
    assert_eq!(waiting(), 2);
    node.rpc("anvil_dropAllTransactions", json!([]));
    assert_eq!(waiting(), 0);
    send("0x0");
    node.rpc("anvil_removePoolTransactions", json!([node.accounts[1]]));
    assert_eq!(waiting(), 1);
    node.rpc("anvil_removePoolTransactions", json!([node.accounts[0]]));
    assert_eq!(waiting(), 0);
}

#[test]
fn node_describes_itself_to_foundry_and_hardhat() {
    let node = Served::new();
    node.rpc("evm_mine", json!([]));
    let info = node.rpc("anvil_nodeInfo", json!([]));
    assert_eq!(info["currentBlockNumber"], "0x1");
    assert_eq!(info["environment"]["chainId"], 412_346);
    for method in ["anvil_metadata", "hardhat_metadata"] {
        let metadata = node.rpc(method, json!([]));
        assert_eq!(metadata["latestBlockNumber"], 1);
        assert_eq!(metadata["latestBlockHash"], info["currentBlockHash"]);
    }
}
