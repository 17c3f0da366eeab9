//! Methods of Anvil and Hardhat with their units and answers.

use alloy_primitives::{Address, U256};
use serde_json::{json, Value};

use crate::support::{number, parse, word, Served};

/// Returns the environment that an opcode gives.
fn read_environment(node: &Served, opcode: &str) -> U256 {
    let probe = Address::repeat_byte(0x50);
    node.rpc(
        "anvil_setCode",
        json!([probe, format!("0x{opcode}5f5260205ff3")]),
    );
    parse(&node.rpc("eth_call", json!([{ "to": probe }, "latest"])))
}

#[test]
fn setters_answer_as_their_own_node_does() {
    let node = Served::new();
    let who = Address::repeat_byte(0x42);
    for (what, params) in [
        ("setBalance", json!([who, "0x1"])),
        ("setCode", json!([who, "0x00"])),
        ("setNonce", json!([who, "0x2"])),
        ("impersonateAccount", json!([who])),
        ("stopImpersonatingAccount", json!([who])),
        ("setCoinbase", json!([who])),
        ("setNextBlockBaseFeePerGas", json!(["0x1312d00"])),
        ("setPrevRandao", json!([word(9)])),
        ("setLoggingEnabled", json!([true])),
        ("autoImpersonateAccount", json!([false])),
        ("dropAllTransactions", json!([])),
        ("mine", json!(["0x2"])),
        ("reset", json!([])),
    ] {
        let anvil = node.rpc(&format!("anvil_{what}"), params.clone());
        assert_eq!(anvil, Value::Null, "anvil_{what}");
        if what == "stopImpersonatingAccount" {
            node.rpc("hardhat_impersonateAccount", params.clone());
        }
        let hardhat = node.rpc(&format!("hardhat_{what}"), params);
        assert_eq!(hardhat, true, "hardhat_{what}");
    }
    assert_eq!(
        node.rpc("hardhat_stopImpersonatingAccount", json!([who])),
        false,
        "it was not impersonated"
    );
    for prefix in ["anvil", "hardhat"] {
        let failure = node.refused(&format!("{prefix}_setMinGasPrice"), json!(["0x1"]));
        assert!(failure.message.contains("EIP-1559"), "{failure:?}");
    }
}

#[test]
fn further_names_of_the_same_do_the_same() {
    let node = Served::new();
    let who = Address::repeat_byte(0x42);
    let balance = || node.number("eth_getBalance", json!([who, "latest"]));
    for (method, wei) in [
        ("tenderly_setBalance", 5),
        ("tenderly_addBalance", 10),
        ("hardhat_addBalance", 15),
        ("anvil_addBalance", 20),
    ] {
        assert_eq!(node.rpc(method, json!([who, "0x5"])), Value::Null);
        assert_eq!(balance(), wei, "{method}");
    }
    node.rpc("anvil_setNextBlockPrevRandao", json!([word(7)]));
    node.rpc("evm_mine", json!([]));
    assert_eq!(read_environment(&node, "44"), U256::from(7));
    let sent = json!([{ "from": node.accounts[0], "to": who, "value": "0x1" }, 1_000]);
    let receipt = node.rpc("eth_sendTransactionSync", sent.clone());
    assert_eq!(receipt["status"], "0x1");
    node.rpc("evm_setAutomine", json!([false]));
    let waiting = node.refused("eth_sendTransactionSync", sent);
    assert!(waiting.message.contains("waits for a block"), "{waiting:?}");
}

#[test]
fn coinbase_random_value_and_gas_limit_are_what_contracts_and_headers_show() {
    let node = Served::new();
    let coinbase = Address::repeat_byte(0xc0);
    node.rpc("hardhat_setCoinbase", json!([coinbase]));
    node.rpc("hardhat_setPrevRandao", json!([word(77)]));
    assert_eq!(node.rpc("evm_setBlockGasLimit", json!(["0x1e8480"])), true);
    node.rpc("evm_mine", json!([]));
    let block = node.rpc("eth_getBlockByNumber", json!(["latest", false]));
    assert_eq!(block["miner"], json!(coinbase));
    assert_eq!(block["mixHash"], json!(word(77)));
    assert_eq!(number(&block["gasLimit"]), 2_000_000);
    assert_eq!(
        read_environment(&node, "41"),
        U256::from_be_bytes(coinbase.into_word().0)
    );
    assert_eq!(read_environment(&node, "44"), U256::from(77));
    assert_eq!(read_environment(&node, "45"), U256::from(2_000_000));
    node.rpc("evm_mine", json!([]));
    assert_eq!(
        read_environment(&node, "44"),
        U256::from(1),
        "it was for one block"
    );
    let block = node.rpc("eth_getBlockByNumber", json!(["latest", false]));
    assert_eq!(block["miner"], json!(coinbase), "the coinbase stays");
    let transfer = |gas: u64| json!([{ "from": node.accounts[0], "to": node.accounts[1], "gas": format!("{gas:#x}") }]);
    let failure = node.refused("eth_sendTransaction", transfer(2_000_001));
    assert!(
        failure.message.contains("exceeds block gas limit"),
        "{failure:?}"
    );
    // Two of these don't fit into one block.
    node.rpc("evm_setAutomine", json!([false]));
    for _ in 0..2 {
        node.rpc("eth_sendTransaction", transfer(1_500_000));
    }
    for _ in 0..2 {
        node.rpc("evm_mine", json!([]));
        let block = node.rpc("eth_getBlockByNumber", json!(["latest", false]));
        assert_eq!(block["transactions"].as_array().unwrap().len(), 1);
    }
    assert!(node
        .refused("evm_setBlockGasLimit", json!([0]))
        .message
        .contains("greater than 0"));
}

#[test]
fn chain_id_is_set() {
    let node = Served::new();
    node.rpc("anvil_setChainId", json!([1_337]));
    assert_eq!(node.rpc("eth_chainId", json!([])), "0x539");
    assert_eq!(node.rpc("net_version", json!([])), "1337");
    assert_eq!(read_environment(&node, "46"), U256::from(1_337));
    let receipt = node.send(json!({ "from": node.accounts[0], "to": node.accounts[1] }));
    let sent = node.rpc(
        "eth_getTransactionByHash",
        json!([receipt["transactionHash"]]),
    );
    assert_eq!(sent["chainId"], "0x539");
}

#[test]
fn blocks_of_hardhat_are_a_second_apart() {
    let node = Served::new();
    let time =
        |block: &str| number(&node.rpc("eth_getBlockByNumber", json!([block, false]))["timestamp"]);
    node.rpc("hardhat_mine", json!(["0x3"]));
    assert_eq!(time("0x3") - time("0x1"), 2);
    node.rpc("hardhat_mine", json!(["0x3", "0x3c"]));
    assert_eq!(time("0x6") - time("0x4"), 120);
    node.rpc("anvil_mine", json!(["0x2"]));
    assert_eq!(time("0x8"), time("0x7"));
}

#[test]
fn interval_mining_is_in_seconds_or_milliseconds() {
    let node = Served::new();
    let interval = || node.rpc("anvil_getIntervalMining", json!([]));
    for (method, value, seconds) in [
        ("anvil_setIntervalMining", json!(300), json!(300)),
        ("evm_setIntervalMining", json!(12), json!(12)),
        ("evm_setIntervalMining", json!(5_000), json!(5)),
        ("evm_setIntervalMining", json!([3_000, 3_000]), json!(3)),
        ("evm_setIntervalMining", json!(0), Value::Null),
    ] {
        node.rpc(method, json!([value]));
        assert_eq!(interval(), seconds, "{method} {value}");
    }
    let failure = node.refused("evm_setIntervalMining", json!([[1_000, 3_000]]));
    assert!(failure.message.contains("fixed distance"), "{failure:?}");
    node.rpc("evm_setIntervalMining", json!([200]));
    let begun = std::time::Instant::now();
    while node.number("eth_blockNumber", json!([])) < 3 {
        assert!(begun.elapsed().as_secs() < 120, "no blocks came");
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}

#[test]
fn blocks_are_rolled_back_and_replaced() {
    let node = Served::new();
    let contract = node.deploy();
    let call = json!({ "from": node.accounts[0], "to": contract, "gas": "0x186a0" });
    let filter = node.rpc("eth_newFilter", json!([{ "address": contract }]));
    let changes = || node.rpc("eth_getFilterChanges", json!([filter]));
    let logs: Vec<Value> = (0..2)
        .map(|_| node.send(call.clone())["logs"][0].clone())
        .collect();
    assert_eq!(changes(), json!(logs));
    let snapshot = node.rpc("evm_snapshot", json!([]));
    node.rpc("anvil_rollback", json!([]));
    assert_eq!(node.number("eth_blockNumber", json!([])), 2);
    let mut gone = logs[1].clone();
    gone["removed"] = json!(true);
    assert_eq!(changes(), json!([gone]), "what was reported is taken back");
    assert_eq!(changes(), json!([]));
    assert_eq!(
        node.rpc("evm_revert", json!([snapshot])),
        false,
        "its block is gone"
    );
    let before = node.rpc("eth_getBlockByNumber", json!(["0x2", false]))["hash"].clone();
    node.rpc("anvil_reorg", json!([1, [[call, 0], [call, 0]]]));
    let after = node.rpc("eth_getBlockByNumber", json!(["0x2", false]));
    assert_ne!(before, after["hash"]);
    assert_eq!(after["transactions"].as_array().unwrap().len(), 2);
    let told = changes();
    let told: Vec<bool> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|log| log["removed"] == true)
        .collect();
    assert_eq!(told, [true, false, false]);
    for params in [json!([9]), json!([1, [[call, 1]]]), json!([0])] {
        node.refused("anvil_reorg", params);
    }
    node.refused("anvil_rollback", json!([3]));
    assert_eq!(node.number("eth_blockNumber", json!([])), 2);
}

#[test]
fn blocks_are_made_with_their_details() {
    let node = Served::new();
    let reverting = Address::repeat_byte(0x66);
    // Returns 5; reverts with it when there is calldata.
    node.rpc(
        "anvil_setCode",
        json!([reverting, "0x60055f5236600c5760205ff35b60205ffd"]),
    );
    node.rpc("evm_setAutomine", json!([false]));
    for data in ["0x", "0x01"] {
        let call =
            json!([{ "from": node.accounts[0], "to": reverting, "data": data, "gas": "0x186a0" }]);
        node.rpc("eth_sendTransaction", call);
    }
    let blocks = node.rpc("anvil_mine_detailed", json!([]));
    let sent = &blocks[0]["transactions"];
    assert_eq!(blocks.as_array().unwrap().len(), 1);
    assert_eq!(sent[0]["output"], json!(word(5)));
    assert_eq!(sent[0].get("revertReason"), None);
    assert_eq!(sent[1]["revertReason"], "execution reverted");
    let blocks = node.rpc("evm_mine_detailed", json!([{ "blocks": 2 }]));
    assert_eq!(blocks.as_array().unwrap().len(), 2);
}

#[test]
fn anybody_sends_unsigned_and_impersonated_accounts_are_listed() {
    let node = Served::new();
    let whale = Address::repeat_byte(0x43);
    node.rpc("anvil_setBalance", json!([whale, "0xde0b6b3a7640000"]));
    let transfer = json!([{ "from": whale, "to": node.accounts[0], "value": "0x1" }]);
    node.refused("eth_sendTransaction", transfer.clone());
    let hash = node.rpc("eth_sendUnsignedTransaction", transfer);
    let receipt = node.rpc("eth_getTransactionReceipt", json!([hash]));
    assert_eq!(
        (&receipt["from"], &receipt["status"]),
        (&json!(whale), &json!("0x1"))
    );
    node.rpc("hardhat_impersonateAccount", json!([whale]));
    let accounts = node.rpc("eth_accounts", json!([]));
    assert!(accounts.as_array().unwrap().contains(&json!(whale)));
}

#[test]
fn metadata_tells_of_snapshots_and_forks() {
    let node = Served::new();
    let id = node.rpc("evm_snapshot", json!([]));
    let metadata = node.rpc("anvil_metadata", json!([]));
    assert_eq!(metadata["snapshots"][id.as_str().unwrap()][0], 0);
    let info = node.rpc("anvil_nodeInfo", json!([]));
    assert_eq!(info["environment"]["gasLimit"], "0x4000000000000");
    assert_eq!(info["forkConfig"]["forkUrl"], Value::Null);
}

#[test]
fn methods_that_other_nodes_have_are_refused_by_name() {
    let node = Served::new();
    for method in [
        "trace_transaction",
        "personal_unlockAccount",
        "hardhat_addCompilationResult",
        "debug_intermediateRoots",
        "eth_config",
        "arb_getRawBlockMetadata",
        "timeboost_sendExpressLaneTransaction",
    ] {
        let failure = node.refused(method, json!([1, 2]));
        assert_eq!(failure.code, -32_004);
        assert!(failure.message.starts_with(method), "{failure:?}");
    }
}
