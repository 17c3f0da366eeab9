//! Blocks, transactions and receipts as clients read them.

use alloy_consensus::proofs::calculate_receipt_root;
use alloy_consensus::{Block as WireBlock, Header, ReceiptEnvelope, TxEnvelope};
use alloy_eips::eip2718::Decodable2718;
use alloy_primitives::{keccak256, Bytes, B256};
use alloy_rlp::Decodable;
use inkhorn_chain::{Chain, ChainConfig, Transaction};
use inkhorn_node::{Clock, Node, NodeOptions, ServerLimits};
use serde_json::{json, Value};

use crate::support::{ether, number, parse, word, Served, START};

/// The hash that a block's fields have.
fn hash_of(block: &Value) -> B256 {
    let header: Header = parse(block);
    header.hash_slow()
}

#[test]
fn header_hashes_are_real_and_linked() {
    let node = Served::new();
    let contract = node.deploy();
    node.send(json!({ "from": node.accounts[0], "to": contract }));
    let mut parent = B256::ZERO;
    for height in 0..=2 {
        let block = node.rpc(
            "eth_getBlockByNumber",
            json!([format!("{height:#x}"), false]),
        );
        assert_eq!(number(&block["number"]), height);
        assert_eq!(parse::<B256>(&block["hash"]), hash_of(&block));
        assert_eq!(parse::<B256>(&block["parentHash"]), parent);
        parent = parse(&block["hash"]);
        assert_eq!(
            node.rpc("eth_getBlockByHash", json!([parent, false])),
            block
        );
    }
}

#[test]
fn block_has_what_nitro_has() {
    let node = Served::new();
    let contract = node.deploy();
    let receipt = node.send(json!({ "from": node.accounts[0], "to": contract }));
    let block = node.rpc("eth_getBlockByNumber", json!(["latest", true]));
    assert_eq!(block["miner"], "0xa4b000000000000000000073657175656e636572");
    assert_eq!(block["difficulty"], "0x1");
    assert_eq!(block["baseFeePerGas"], "0x1312d00");
    assert_eq!(block["gasLimit"], "0x4000000000000");
    assert_eq!(block["gasUsed"], receipt["gasUsed"]);
    assert_eq!(block["l1BlockNumber"], json!("0x16e3600"));
    assert_eq!(block["sendCount"], "0x0");
    assert_eq!(block["sendRoot"], json!(B256::ZERO));
    assert_eq!(block["uncles"], json!([]));
    assert_eq!(number(&block["timestamp"]), START);
    assert_eq!(block["logsBloom"], receipt["logsBloom"]);
    // Nitro packs the L1 block number and the ArbOS version into it.
    assert_eq!(
        block["mixHash"],
        "0x000000000000000000000000016e3600000000000000003d0000000000000000"
    );
    assert!(number(&block["size"]) > 500);
    assert_eq!(block["transactions"][0]["hash"], receipt["transactionHash"]);
    let hashes = node.rpc("eth_getBlockByNumber", json!(["latest", false]));
    assert_eq!(hashes["transactions"][0], receipt["transactionHash"]);
    assert_eq!(
        node.rpc("eth_getHeaderByNumber", json!(["latest"]))["hash"],
        block["hash"]
    );
    assert_eq!(
        node.rpc("eth_getHeaderByHash", json!([block["hash"]]))["number"],
        block["number"]
    );
}

#[test]
fn receipt_has_what_nitro_has() {
    let node = Served::new();
    let contract = node.deploy();
    let receipt = node.send(json!({ "from": node.accounts[0], "to": contract }));
    assert_eq!(receipt["status"], "0x1");
    assert_eq!(receipt["type"], "0x2");
    assert_eq!(receipt["from"], json!(node.accounts[0]));
    assert_eq!(receipt["to"], json!(contract));
    assert_eq!(receipt["contractAddress"], Value::Null);
    assert_eq!(receipt["effectiveGasPrice"], "0x1312d00");
    assert_eq!(receipt["gasUsedForL1"], "0x0");
    assert_eq!(receipt["l1BlockNumber"], "0x16e3600");
    assert_eq!(receipt["cumulativeGasUsed"], receipt["gasUsed"]);
    assert_eq!(receipt["transactionIndex"], "0x0");
    let log = &receipt["logs"][0];
    assert_eq!(log["address"], json!(contract));
    assert_eq!(log["topics"], json!([B256::with_last_byte(7)]));
    assert_eq!(log["data"], json!(B256::with_last_byte(1)));
    assert_eq!(log["logIndex"], "0x0");
    assert_eq!(log["removed"], false);
    assert_eq!(log["blockHash"], receipt["blockHash"]);
    assert_eq!(log["transactionHash"], receipt["transactionHash"]);
    let all = node.rpc("eth_getBlockReceipts", json!(["latest"]));
    assert_eq!(all, json!([receipt]));
}

#[test]
fn transactions_are_found() {
    let node = Served::new();
    let receipt = node.send(json!({
        "from": node.accounts[0], "to": node.accounts[1], "value": "0x5",
    }));
    let hash = &receipt["transactionHash"];
    let found = node.rpc("eth_getTransactionByHash", json!([hash]));
    assert_eq!(found["hash"], *hash);
    assert_eq!(found["value"], "0x5");
    assert_eq!(found["input"], "0x");
    assert_eq!(found["nonce"], "0x0");
    assert_eq!(found["chainId"], "0x64aba");
    assert_eq!(found["gasPrice"], "0x1312d00");
    assert_eq!(found["blockHash"], receipt["blockHash"]);
    for (method, block) in [
        ("eth_getTransactionByBlockNumberAndIndex", json!("latest")),
        (
            "eth_getTransactionByBlockHashAndIndex",
            receipt["blockHash"].clone(),
        ),
    ] {
        assert_eq!(node.rpc(method, json!([block, "0x0"])), found);
        assert_eq!(node.rpc(method, json!([block, "0x1"])), Value::Null);
    }
    let raw: alloy_primitives::Bytes =
        parse(&node.rpc("eth_getRawTransactionByHash", json!([hash])));
    assert_eq!(json!(keccak256(raw)), *hash);
}

#[test]
fn counts_and_uncles() {
    let node = Served::new();
    node.send(json!({ "from": node.accounts[0], "to": node.accounts[1] }));
    let block = node.rpc("eth_getBlockByNumber", json!(["latest", false]));
    for (method, id) in [
        ("eth_getBlockTransactionCountByNumber", json!("latest")),
        ("eth_getBlockTransactionCountByHash", block["hash"].clone()),
    ] {
        assert_eq!(node.rpc(method, json!([id])), "0x1");
    }
    for (method, id) in [
        ("eth_getUncleCountByBlockNumber", json!("latest")),
        ("eth_getUncleCountByBlockHash", block["hash"].clone()),
    ] {
        assert_eq!(node.rpc(method, json!([id])), "0x0");
    }
    for (method, id) in [
        ("eth_getUncleByBlockNumberAndIndex", json!("latest")),
        ("eth_getUncleByBlockHashAndIndex", block["hash"].clone()),
    ] {
        assert_eq!(node.rpc(method, json!([id, "0x0"])), Value::Null);
    }
}

#[test]
fn tags_name_blocks() {
    let node = Served::new();
    node.rpc("anvil_mine", json!([3]));
    for (tag, height) in [
        ("latest", 3),
        ("pending", 3),
        ("safe", 3),
        ("finalized", 3),
        ("earliest", 0),
        ("0x2", 2),
    ] {
        let block = node.rpc("eth_getBlockByNumber", json!([tag, false]));
        assert_eq!(number(&block["number"]), height, "{tag}");
    }
    // Anvil takes numbers of JSON, too, which indexers send.
    let block = node.rpc("eth_getBlockByNumber", json!([2, false]));
    assert_eq!(number(&block["number"]), 2);
    assert_eq!(
        node.rpc("eth_getTransactionCount", json!([node.accounts[0], 2])),
        "0x0"
    );
    assert_eq!(
        node.rpc(
            "eth_getCode",
            json!([node.accounts[0], { "blockNumber": 2 }])
        ),
        "0x"
    );
    assert_eq!(
        node.number("eth_getBlockTransactionCountByNumber", json!([3])),
        0
    );
    assert_eq!(
        node.refused("eth_getBlockByNumber", json!([-1, false]))
            .code,
        -32_602
    );
}

#[test]
fn what_is_not_there_is_null() {
    let node = Served::new();
    let nowhere = B256::repeat_byte(1);
    for (method, params) in [
        ("eth_getBlockByNumber", json!(["0x64", true])),
        ("eth_getBlockByHash", json!([nowhere, true])),
        ("eth_getHeaderByNumber", json!(["0x64"])),
        ("eth_getBlockReceipts", json!(["0x64"])),
        ("eth_getBlockTransactionCountByNumber", json!(["0x64"])),
        ("eth_getTransactionByHash", json!([nowhere])),
        ("eth_getRawTransactionByHash", json!([nowhere])),
        ("eth_getTransactionReceipt", json!([nowhere])),
    ] {
        assert_eq!(node.rpc(method, params), Value::Null, "{method}");
    }
}

#[test]
fn what_the_chain_did_before_is_the_nodes_past() {
    let mut chain = Chain::new(ChainConfig {
        start_time: START,
        ..ChainConfig::default()
    });
    chain.keep_history();
    let [alice, bob] = [1, 2].map(alloy_primitives::Address::repeat_byte);
    chain.fund(alice, ether(1));
    for value in [5, 6] {
        chain.transact(Transaction::transfer(
            alice,
            bob,
            alloy_primitives::U256::from(value),
        ));
    }
    let options = NodeOptions {
        clock: Clock::frozen(START),
        ..NodeOptions::default()
    };
    let node = Served::serve(
        std::sync::Arc::new(Node::new(chain, options)),
        ServerLimits::default(),
    );
    let block = node.rpc("eth_getBlockByNumber", json!(["0x2", true]));
    let transaction = &block["transactions"][0];
    assert_eq!(transaction["from"], json!(alice));
    assert_eq!(transaction["value"], "0x6");
    assert_eq!(transaction["nonce"], "0x1");
    let receipt = node.rpc("eth_getTransactionReceipt", json!([transaction["hash"]]));
    assert_eq!(receipt["gasUsed"], "0x5208");
    assert_eq!(parse::<B256>(&block["hash"]), hash_of(&block));
    for (number, balance) in [("0x1", "0x5"), ("0x2", "0xb")] {
        assert_eq!(node.rpc("eth_getBalance", json!([bob, number])), balance);
    }
    let failure = node.refused("eth_getBalance", json!([bob, "0x0"]));
    assert!(failure.message.contains("is not kept"), "{failure:?}");
}

#[test]
fn raw_forms_are_those_that_hashes_and_roots_are_made_of() {
    let node = Served::new();
    let contract = node.deploy();
    let sent = node.send(json!({ "from": node.accounts[0], "to": contract }));
    let block = node.rpc("eth_getBlockByNumber", json!(["latest", false]));
    let raw = |method: &str, params: Value| -> Bytes { parse(&node.rpc(method, params)) };
    let header = raw("debug_getRawHeader", json!(["latest"]));
    assert_eq!(json!(keccak256(&header)), block["hash"]);
    let whole = raw("debug_getRawBlock", json!([block["hash"]]));
    let whole = WireBlock::<TxEnvelope>::decode(&mut whole.as_ref()).unwrap();
    assert_eq!(json!(whole.header.hash_slow()), block["hash"]);
    let hashes: Vec<B256> = whole
        .body
        .transactions
        .iter()
        .map(|sent| *sent.hash())
        .collect();
    assert_eq!(json!(hashes), block["transactions"]);
    let receipts: Vec<Bytes> = parse(&node.rpc("debug_getRawReceipts", json!(["latest"])));
    let receipts = receipts
        .iter()
        .map(|raw| ReceiptEnvelope::decode_2718(&mut raw.as_ref()).unwrap());
    let root = calculate_receipt_root(&receipts.collect::<Vec<_>>());
    assert_eq!(json!(root), block["receiptsRoot"]);
    let hash = &sent["transactionHash"];
    let transaction = raw("eth_getRawTransactionByHash", json!([hash]));
    assert_eq!(json!(keccak256(&transaction)), *hash);
    for (method, params) in [
        ("debug_getRawTransaction", json!([hash])),
        (
            "eth_getRawTransactionByBlockNumberAndIndex",
            json!(["latest", "0x0"]),
        ),
        (
            "eth_getRawTransactionByBlockHashAndIndex",
            json!([block["hash"], 0]),
        ),
    ] {
        assert_eq!(raw(method, params), transaction, "{method}");
    }
    for (method, params) in [
        ("debug_getRawTransaction", json!([word(1)])),
        (
            "eth_getRawTransactionByBlockNumberAndIndex",
            json!(["latest", "0x1"]),
        ),
        (
            "eth_getRawTransactionByBlockHashAndIndex",
            json!([word(1), "0x0"]),
        ),
    ] {
        assert_eq!(node.rpc(method, params), Value::Null, "{method}");
    }
    for method in [
        "debug_getRawHeader",
        "debug_getRawBlock",
        "debug_getRawReceipts",
    ] {
        let refused = node.refused(method, json!(["0x99"]));
        assert_eq!(refused.message, "block not found", "{method}");
    }
}

#[test]
fn transactions_are_found_by_sender_and_nonce() {
    let node = Served::new();
    let [from, to] = [node.accounts[0], node.accounts[1]];
    let find = |who, nonce: u64| {
        node.rpc(
            "eth_getTransactionBySenderAndNonce",
            json!([who, format!("{nonce:#x}")]),
        )
    };
    let sent: Vec<Value> = (0..2)
        .map(|_| node.send(json!({ "from": from, "to": to })))
        .collect();
    for (nonce, receipt) in sent.iter().enumerate() {
        let found = find(from, nonce as u64);
        assert_eq!(found["hash"], receipt["transactionHash"]);
        assert_eq!(found["blockNumber"], receipt["blockNumber"]);
    }
    let ahead = json!([{ "from": from, "to": to, "nonce": "0x7" }]);
    let waiting = node.rpc("eth_sendTransaction", ahead);
    assert_eq!(find(from, 7)["hash"], waiting);
    assert_eq!(find(from, 7)["blockHash"], Value::Null);
    assert_eq!(find(from, 2), Value::Null);
    assert_eq!(find(to, 0), Value::Null);
    let own = node.rpc("txpool_contentFrom", json!([from]));
    assert_eq!(own["queued"]["7"]["hash"], waiting);
    assert_eq!(own["pending"], json!({}));
    let other = node.rpc("txpool_contentFrom", json!([to]));
    assert_eq!(other, json!({ "pending": {}, "queued": {} }));
}

#[test]
fn accounts_are_told_whole() {
    let node = Served::new();
    let contract = node.deploy();
    node.send(json!({ "from": node.accounts[0], "to": contract }));
    let proof = node.rpc("eth_getProof", json!([contract, [], "latest"]));
    let account = node.rpc("eth_getAccount", json!([contract, "latest"]));
    assert_eq!(account["storageRoot"], proof["storageHash"]);
    for field in ["balance", "nonce", "codeHash"] {
        assert_eq!(account[field], proof[field], "{field}");
    }
    let info = node.rpc("eth_getAccountInfo", json!([contract, "latest"]));
    assert_eq!(
        info["code"],
        node.rpc("eth_getCode", json!([contract, "latest"]))
    );
    assert_eq!(
        (&info["balance"], &info["nonce"]),
        (&json!("0x0"), &json!("0x1"))
    );
    assert_eq!(
        node.rpc("eth_getAccountInfo", json!([contract, "0x0"]))["nonce"],
        "0x0"
    );
    assert_eq!(node.rpc("eth_networkId", json!([])), "412346");
}
