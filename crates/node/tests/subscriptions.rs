//! `eth_subscribe` over WebSocket.

use serde_json::json;

use crate::support::websocket::WebSocket;
use crate::support::{word, Served};

#[test]
fn websocket_answers_what_http_answers() {
    let node = Served::new();
    let mut socket = WebSocket::connect(node.address());
    assert_eq!(socket.call("eth_chainId", json!([]))["result"], "0x64aba");
    assert_eq!(
        socket.call("eth_nonsense", json!([]))["error"]["code"],
        -32_601
    );
}

#[test]
fn heads_logs_and_transactions_come_by_themselves() {
    let node = Served::new();
    let contract = node.deploy();
    let mut heads = WebSocket::connect(node.address());
    let mut logs = WebSocket::connect(node.address());
    let mut transactions = WebSocket::connect(node.address());
    let heads_id = heads.call("eth_subscribe", json!(["newHeads"]))["result"].clone();
    assert!(heads_id.as_str().unwrap().starts_with("0x"));
    let wanted = json!(["logs", { "address": contract, "topics": [word(7)] }]);
    let logs_id = logs.call("eth_subscribe", wanted)["result"].clone();
    let pending = json!(["newPendingTransactions"]);
    let transactions_id = transactions.call("eth_subscribe", pending)["result"].clone();
    node.send(json!({ "from": node.accounts[0], "to": node.accounts[1] }));
    let receipt = node.send(json!({ "from": node.accounts[0], "to": contract }));
    let first = heads.notification(&heads_id);
    assert_eq!(first["number"], "0x2");
    assert!(first["hash"].is_string() && first["l1BlockNumber"].is_string());
    let second = heads.notification(&heads_id);
    assert_eq!(second["hash"], receipt["blockHash"]);
    assert_eq!(second["parentHash"], first["hash"]);
    assert_eq!(logs.notification(&logs_id), receipt["logs"][0]);
    transactions.notification(&transactions_id);
    assert_eq!(
        transactions.notification(&transactions_id),
        receipt["transactionHash"]
    );
}

#[test]
fn subscriptions_end_when_asked() {
    let node = Served::new();
    let mut socket = WebSocket::connect(node.address());
    let id = socket.call("eth_subscribe", json!(["newHeads"]))["result"].clone();
    // The server answers a moment before it has noted the subscription.
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(socket.call("eth_unsubscribe", json!([id]))["result"], true);
    node.rpc("evm_mine", json!([]));
    // The next message is the answer to this and no head.
    assert_eq!(socket.call("eth_blockNumber", json!([]))["result"], "0x1");
}

#[test]
fn unknown_subscriptions_are_refused() {
    let node = Served::new();
    let mut socket = WebSocket::connect(node.address());
    for params in [json!(["nonsense"]), json!([]), json!(["syncing"])] {
        let response = socket.call("eth_subscribe", params);
        assert!(response["error"]["code"].is_number(), "{response}");
    }
    let failure = node.refused("eth_subscribe", json!(["newHeads"]));
    assert!(failure.code < 0);
}

#[test]
fn logs_that_a_revert_takes_back_come_again_as_removed() {
    let node = Served::new();
    let contract = node.deploy();
    let snapshot = node.rpc("evm_snapshot", json!([]));
    let mut logs = WebSocket::connect(node.address());
    let wanted = json!(["logs", { "address": contract }]);
    let id = logs.call("eth_subscribe", wanted)["result"].clone();
    let call = json!({ "from": node.accounts[0], "to": contract });
    let mut sent = [(); 2].map(|()| node.send(call.clone())["logs"][0].clone());
    for log in &sent {
        assert_eq!(logs.notification(&id), *log);
    }
    assert_eq!(node.rpc("evm_revert", json!([snapshot])), true);
    for log in sent.iter_mut().rev() {
        log["removed"] = json!(true);
        assert_eq!(logs.notification(&id), *log);
    }
}
