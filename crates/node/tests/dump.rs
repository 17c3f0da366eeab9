//! Nodes written down and read back.

use std::io::Read;
use std::sync::Arc;

use alloy_primitives::Bytes;
use flate2::write::GzEncoder;
use flate2::Compression;
use inkhorn_node::{Node, NodeDump, NodeOptions, ServerLimits};
use serde_json::{json, Value};

use crate::support::{word, Served};

/// Everything that has to survive.
fn picture(node: &Served, contract: &Value) -> Value {
    let head = node.number("eth_blockNumber", json!([]));
    let blocks: Vec<Value> = (0..=head)
        .map(|height| {
            node.rpc(
                "eth_getBlockByNumber",
                json!([format!("{height:#x}"), true]),
            )
        })
        .collect();
    let receipts: Vec<Value> = (0..=head)
        .map(|height| node.rpc("eth_getBlockReceipts", json!([format!("{height:#x}")])))
        .collect();
    json!({
        "blocks": blocks,
        "receipts": receipts,
        "logs": node.rpc("eth_getLogs", json!([{ "fromBlock": "0x0" }])),
        "count": node.rpc("eth_call", json!([{ "to": contract, "data": "0x010203" }])),
        "time": node.rpc("eth_call", json!([{ "to": contract, "data": "0x0101" }, "pending"])),
        "waiting": node.rpc("txpool_content", json!([])),
        "balance": node.rpc("eth_getBalance", json!([node.accounts[0], "latest"])),
        "fee": node.rpc("eth_gasPrice", json!([])),
    })
}

/// A node that has something of everything.
fn busy() -> (Served, Value) {
    let node = Served::new();
    let contract = json!(node.deploy());
    for _ in 0..3 {
        node.send(json!({ "from": node.accounts[0], "to": contract }));
    }
    let whale = "0x4343434343434343434343434343434343434343";
    node.rpc("anvil_setBalance", json!([whale, "0xde0b6b3a7640000"]));
    node.rpc("anvil_impersonateAccount", json!([whale]));
    node.send(json!({ "from": whale, "to": contract, "gasPrice": "0x1312d00" }));
    node.rpc("evm_increaseTime", json!([77]));
    node.rpc("anvil_setNextBlockBaseFeePerGas", json!(["0xf4240"]));
    let ahead =
        json!({ "from": node.accounts[1], "to": contract, "nonce": "0x5", "gas": "0x186a0" });
    node.rpc("eth_sendTransaction", json!([ahead]));
    (node, contract)
}

#[test]
fn nothing_is_lost_over_a_restart() {
    let (node, contract) = busy();
    let before = picture(&node, &contract);
    let text = serde_json::to_string(&node.node.dump()).unwrap();
    drop(node);
    let dump: NodeDump = serde_json::from_str(&text).unwrap();
    let options = NodeOptions {
        accounts: inkhorn_node::DevAccount::from_mnemonic(3),
        ..NodeOptions::default()
    };
    let restored = Arc::new(Node::restore(dump, options).unwrap());
    assert_eq!(serde_json::to_string(&restored.dump()).unwrap(), text);
    let node = Served::serve(restored, ServerLimits::default());
    assert_eq!(picture(&node, &contract), before);
    let receipt = node.send(json!({ "from": node.accounts[0], "to": contract }));
    assert_eq!(receipt["logs"][0]["data"], json!(word(5)));
    let early = node.refused("eth_getBalance", json!([node.accounts[0], "0x1"]));
    assert!(early.message.contains("is not kept"));
}

#[test]
fn state_is_dumped_and_loaded_over_the_wire() {
    let (node, contract) = busy();
    let before = picture(&node, &contract);
    for prefix in ["anvil", "hardhat"] {
        let dump = node.rpc(&format!("{prefix}_dumpState"), json!([]));
        node.rpc("anvil_mine", json!([4]));
        node.send(json!({ "from": node.accounts[0], "to": contract }));
        assert_eq!(
            node.rpc(&format!("{prefix}_loadState"), json!([dump])),
            true
        );
        assert_eq!(picture(&node, &contract), before);
        let other = Served::new();
        assert_eq!(
            other.rpc(&format!("{prefix}_loadState"), json!([dump])),
            true
        );
        assert_eq!(picture(&other, &contract), before);
    }
}

#[test]
fn damaged_dumps_are_refused() {
    let (node, contract) = busy();
    let before = picture(&node, &contract);
    let dump = serde_json::to_value(node.node.dump()).unwrap();
    let damage = |at: &[&str], to: Value| {
        let mut damaged = dump.clone();
        *at.iter()
            .fold(&mut damaged, |value, key| match key.parse::<usize>() {
                Ok(index) => &mut value[index],
                Err(_) => &mut value[key],
            }) = to;
        serde_json::from_value::<NodeDump>(damaged)
            .map_err(|error| error.to_string())
            .and_then(|dump| node.node.load(dump).map_err(|error| error.to_string()))
    };
    assert!(damage(&["blocks"], json!([])).is_err());
    assert!(damage(&["blocks", "1"], dump["blocks"][2].clone()).is_err());
    assert!(damage(&["blocks", "2", "entries"], json!([])).is_err());
    assert!(damage(&["blocks", "2", "l1_number"], json!(1)).is_err());
    assert!(damage(&["blocks", "2", "entries", "0", "first_log"], json!(1)).is_err());
    assert!(damage(&["chain"], json!({})).is_err());
    assert!(damage(&["clock"], Value::Null).is_err());
    for packed in ["0x", "0x00", "0x1f8b0800"] {
        assert_eq!(
            node.refused("anvil_loadState", json!([packed])).code,
            -32_000
        );
    }
    // Half a megabyte of it are more than a quarter of a gigabyte.
    let mut bomb = GzEncoder::new(Vec::new(), Compression::best());
    std::io::copy(&mut std::io::repeat(b' ').take((256 << 20) + 1), &mut bomb).unwrap();
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 1 << 20);
    let refused = node.refused("anvil_loadState", json!([Bytes::from(bomb)]));
    assert_eq!(refused.code, -32_005, "{refused:?}");
    assert!(refused.message.contains("268435456 bytes"), "{refused:?}");
    assert_eq!(picture(&node, &contract), before);
}
