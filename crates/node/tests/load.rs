//! Many clients at once.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{json, Value};

use crate::support::{number, word, Served};

const CLIENTS: usize = 16;

/// Seconds to run for: two, or what the environment says.
fn duration() -> Duration {
    let seconds = std::env::var("SMIRK_LOAD_SECONDS")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(2);
    Duration::from_secs(seconds)
}

/// Each client sends, calls, and asks for blocks, logs and receipts; in the end every count adds up.
#[test]
fn sixteen_clients_at_once_lose_nothing() {
    let node = Served::with(inkhorn_node::ServerLimits::default(), |options| {
        options.accounts = inkhorn_node::DevAccount::from_mnemonic(CLIENTS as u32);
    });
    for account in &node.accounts {
        node.rpc("anvil_setBalance", json!([account, "0x56bc75e2d63100000"]));
    }
    let contract = node.deploy();
    let until = Instant::now() + duration();
    let sent = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for &account in &node.accounts {
            let (node, sent) = (&node, &sent);
            scope.spawn(move || {
                while Instant::now() < until {
                    let receipt =
                        node.send(json!({ "from": account, "to": contract, "gas": "0x186a0" }));
                    assert_eq!(receipt["status"], "0x1");
                    sent.fetch_add(1, Ordering::Relaxed);
                    let height = &receipt["blockNumber"];
                    let logged = &receipt["logs"][0]["data"];
                    let call = json!([{ "to": contract, "data": "0x010203" }, height]);
                    assert_eq!(&node.rpc("eth_call", call), logged);
                    let block = node.rpc("eth_getBlockByNumber", json!([height, true]));
                    assert_eq!(block["hash"], receipt["blockHash"]);
                    let filter = json!([{ "fromBlock": height, "toBlock": height }]);
                    assert_eq!(node.rpc("eth_getLogs", filter)[0], receipt["logs"][0]);
                    assert_eq!(node.rpc("eth_chainId", json!([])), "0x64aba");
                }
            });
        }
    });
    let sent = sent.into_inner();
    assert!(sent >= CLIENTS as u64, "{sent}");
    assert_eq!(
        node.rpc("eth_getStorageAt", json!([contract, "0x0", "latest"])),
        json!(word(sent))
    );
    assert_eq!(node.number("eth_blockNumber", json!([])), sent + 1);
    let nonces: u64 = node
        .accounts
        .iter()
        .map(|account| node.number("eth_getTransactionCount", json!([account])))
        .sum();
    assert_eq!(nonces, sent + 1);
    chain_is_linked(&node, sent + 1);
}

fn chain_is_linked(node: &Served, head: u64) {
    let mut parent = Value::Null;
    for height in head.saturating_sub(200)..=head {
        let block = node.rpc(
            "eth_getBlockByNumber",
            json!([format!("{height:#x}"), false]),
        );
        assert_eq!(number(&block["number"]), height);
        assert!(parent.is_null() || block["parentHash"] == parent);
        parent = block["hash"].clone();
    }
}

#[test]
fn long_calls_hold_up_nobody() {
    let node = Served::new();
    let endless = node.accounts[2];
    // Loops until its gas is gone.
    node.rpc("anvil_setCode", json!([endless, "0x5b5f56"]));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                let call = json!([{ "to": endless, "gas": "0x2faf080" }]);
                assert_eq!(node.refused("eth_call", call).message, "out of gas");
            });
        }
        let begun = Instant::now();
        for _ in 0..20 {
            node.rpc("eth_chainId", json!([]));
            node.rpc("eth_blockNumber", json!([]));
        }
        assert!(
            begun.elapsed() < Duration::from_secs(60),
            "{:?}",
            begun.elapsed()
        );
    });
}
