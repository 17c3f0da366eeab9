//! `eth_subscribe` over WebSocket.

use inkhorn_node::ServerLimits;
use serde_json::{json, Value};

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
    assert_eq!(socket.call("eth_unsubscribe", json!([id]))["result"], true);
    assert_eq!(socket.call("eth_unsubscribe", json!([id]))["result"], false);
    node.rpc("evm_mine", json!([]));
    // The next message is the answer to this and no head.
    assert_eq!(socket.call("eth_blockNumber", json!([]))["result"], "0x1");
}

#[test]
fn a_batch_answers_its_subscriptions_once_and_before_what_they_say() {
    let node = Served::new();
    let mut socket = WebSocket::connect(node.address());
    let request = |id: u64, method: &str, params: Value| json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
    let batch = json!([
        request(1, "eth_subscribe", json!(["newHeads"])),
        request(2, "evm_mine", json!([])),
        request(3, "eth_subscribe", json!(["newHeads"])),
        request(4, "eth_subscribe", json!(["nonsense"])),
        request(5, "eth_blockNumber", json!([])),
    ]);
    socket.send(&batch.to_string());
    let answers = socket.receive();
    let ids: Vec<_> = (0..5).map(|index| answers[index]["id"].clone()).collect();
    assert_eq!(ids, [1, 2, 3, 4, 5], "{answers}");
    assert_eq!(answers[3]["error"]["code"], -32_602);
    assert_eq!(answers[4]["result"], "0x1");
    let (early, late) = (&answers[0]["result"], &answers[2]["result"]);
    assert_ne!(early, late);
    // What was mined within the batch comes behind its answer, and only where it was subscribed before.
    assert_eq!(socket.notification(early)["number"], "0x1");
    assert_eq!(
        socket.call("eth_unsubscribe", json!([early]))["result"],
        true
    );
    node.rpc("evm_mine", json!([]));
    assert_eq!(socket.notification(late)["number"], "0x2");
    assert_eq!(
        socket.call("eth_unsubscribe", json!([late]))["result"],
        true
    );
    assert_eq!(socket.call("eth_blockNumber", json!([]))["result"], "0x2");
}

#[test]
fn connections_know_only_their_own_subscriptions_and_have_so_many() {
    let limits = ServerLimits {
        subscriptions: 2,
        ..ServerLimits::default()
    };
    let node = Served::with(limits, |_| {});
    let mut own = WebSocket::connect(node.address());
    let mut other = WebSocket::connect(node.address());
    let [first, _] =
        [(); 2].map(|()| own.call("eth_subscribe", json!(["newHeads"]))["result"].clone());
    let third = own.call("eth_subscribe", json!(["newHeads"]));
    assert_eq!(third["error"]["code"], -32_006, "{third}");
    assert_eq!(
        other.call("eth_unsubscribe", json!([first]))["result"],
        false
    );
    assert_eq!(own.call("eth_unsubscribe", json!([first]))["result"], true);
    let again = own.call("eth_subscribe", json!(["newHeads"]));
    assert!(again["result"].is_string(), "{again}");
    for params in [json!([]), json!([first, 1]), json!([{}])] {
        let refused = own.call("eth_unsubscribe", params);
        assert_eq!(refused["error"]["code"], -32_602, "{refused}");
    }
}

#[test]
fn a_node_that_is_never_behind_says_so_at_once() {
    let node = Served::new();
    let mut socket = WebSocket::connect(node.address());
    let id = socket.call("eth_subscribe", json!(["syncing"]))["result"].clone();
    assert_eq!(socket.notification(&id), false);
    node.rpc("evm_mine", json!([]));
    // Nothing else comes.
    assert_eq!(socket.call("eth_unsubscribe", json!([id]))["result"], true);
}

#[test]
fn unknown_subscriptions_are_refused() {
    let node = Served::new();
    let mut socket = WebSocket::connect(node.address());
    for params in [
        json!(["nonsense"]),
        json!([]),
        json!(["transactionReceipts"]),
    ] {
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
