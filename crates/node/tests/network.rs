//! What the node says about itself, and what it does with requests that are none.

use std::time::Duration;

use inkhorn_node::ServerLimits;
use serde_json::{json, Value};

use crate::support::http::{exchange, exchange_with_head, post, result, status};
use crate::support::websocket::WebSocket;
use crate::support::Served;

/// In which a machine of any speed answers.
const PATIENCE: Duration = Duration::from_secs(120);

#[test]
fn node_says_what_it_is() {
    let node = Served::new();
    let version = node.rpc("web3_clientVersion", json!([]));
    assert!(version.as_str().unwrap().starts_with("anvil/v"));
    assert_eq!(node.rpc("net_version", json!([])), "412346");
    assert_eq!(node.rpc("net_listening", json!([])), true);
    assert_eq!(node.rpc("net_peerCount", json!([])), "0x0");
    assert_eq!(node.rpc("eth_chainId", json!([])), "0x64aba");
    assert_eq!(node.rpc("eth_syncing", json!([])), false);
    assert_eq!(node.rpc("eth_mining", json!([])), false);
    assert_eq!(node.rpc("eth_hashrate", json!([])), "0x0");
    assert_eq!(node.rpc("eth_protocolVersion", json!([])), "0x41");
    assert_eq!(node.rpc("eth_coinbase", json!([])), json!(node.accounts[0]));
    assert_eq!(node.rpc("eth_baseFee", json!([])), "0x1312d00");
    let capabilities = node.rpc("eth_capabilities", json!([]));
    assert_eq!(capabilities["head"]["number"], "0x0");
    for part in ["state", "tx", "logs", "receipts", "blocks", "stateproofs"] {
        let there = json!({ "disabled": false, "oldestBlock": "0x0" });
        assert_eq!(capabilities[part], there, "{part}");
    }
    let modules = node.rpc("rpc_modules", json!([]));
    for namespace in ["eth", "net", "web3", "debug", "evm", "anvil", "hardhat"] {
        assert_eq!(modules[namespace], "1.0", "{modules}");
    }
    for namespace in ["trace", "arbtrace", "ots", "erigon", "timeboost"] {
        assert_eq!(modules[namespace], Value::Null, "{modules}");
    }
    assert_eq!(
        node.rpc("web3_sha3", json!(["0x68656c6c6f"])),
        "0x1c8aff950685c2ed4bc3174f3472287b56d9517b9c948127319a09a7a36deac8"
    );
}

#[test]
fn what_is_no_request_gets_an_error() {
    let node = Served::new();
    let unknown = node.refused("eth_nonsense", json!([]));
    assert_eq!(unknown.code, -32_601);
    assert_eq!(
        unknown.message,
        "the method eth_nonsense does not exist/is not available"
    );
    let failure = |body: &str| {
        let (_, response) = post(node.address(), body.as_bytes());
        let response: Value = serde_json::from_str(&response).expect("JSON");
        result(&response).unwrap_err().code
    };
    assert_eq!(failure("{"), -32_700);
    assert_eq!(failure("{\"jsonrpc\":\"2.0\",\"id\":1}"), -32_600);
    assert_eq!(failure("[]"), -32_600);
    assert_eq!(
        node.refused("eth_getBalance", json!([])).message,
        "missing value for required argument"
    );
    assert_eq!(
        node.refused("eth_getBalance", json!(["0x12"])).code,
        -32_602
    );
    assert_eq!(
        node.refused("eth_getBalance", json!({"address": 1})).code,
        -32_602
    );
}

#[test]
fn a_request_is_answered_under_its_id_or_refused() {
    let node = Served::new();
    let ask = |body: &str| -> Value {
        let (status, body) = post(node.address(), body.as_bytes());
        assert_eq!(status, 200);
        serde_json::from_str(&body).expect("JSON")
    };
    let send = |id: &str| {
        let [from, to, ..] = node.accounts[..] else {
            panic!("two accounts")
        };
        format!(
            r#"{{"jsonrpc":"2.0","id":{id},"method":"eth_sendTransaction","params":[{{"from":"{from}","to":"{to}"}}]}}"#
        )
    };
    let nameless = send("0").replace("\"id\":0,", "");
    let others = ["1.5", "-1", "1e3", "{\"a\":1}", "[1]", "true"].map(send);
    let mut socket = WebSocket::connect(node.address());
    for request in others.into_iter().chain([nameless]) {
        socket.send(&request);
        let answers = [
            ask(&request),
            ask(&format!(" [{request}]"))[0].clone(),
            socket.receive(),
        ];
        for answer in answers {
            assert_eq!(answer["error"]["code"], -32_600, "{request}: {answer}");
            assert_eq!(answer["id"], Value::Null);
        }
    }
    assert_eq!(node.rpc("eth_blockNumber", json!([])), "0x0");
    for id in ["0", "18446744073709551615", "\"x\"", "null"] {
        let answer = ask(&send(id));
        assert!(answer["result"].is_string(), "{id}: {answer}");
        assert_eq!(answer["id"], serde_json::from_str::<Value>(id).unwrap());
    }
    let answer = ask(r#"{"jsonrpc":"2.0","id":9,"method":"eth_subscribe","params":["newHeads"]}"#);
    assert_eq!(answer["error"]["code"], -32_000);
    assert_eq!(answer["id"], 9);
    let answers = ask(
        r#"[{"jsonrpc":"2.0","id":9,"method":"eth_unsubscribe","params":["0x1"]},{"jsonrpc":"2.0","id":10,"method":"eth_chainId"}]"#,
    );
    assert_eq!(answers[0]["error"]["code"], -32_000, "{answers}");
    assert_eq!(
        (&answers[0]["id"], &answers[1]["result"]),
        (&json!(9), &json!("0x64aba"))
    );
}

#[test]
fn parameters_by_name_are_taken_where_they_have_names() {
    let node = Served::new();
    node.rpc("anvil_mine", json!(["0x3"]));
    let reorganised = node.rpc("anvil_reorg", json!({ "depth": 2, "tx_block_pairs": [] }));
    assert_eq!(reorganised, Value::Null);
    let unknown = node.refused("anvil_reorg", json!({ "depth": 2, "pairs": [] }));
    assert!(
        unknown.message.contains("no parameter pairs"),
        "{unknown:?}"
    );
    let array = node.refused("eth_getBalance", json!({ "address": node.accounts[0] }));
    assert_eq!(array.code, -32_602);
    assert!(array.message.contains("as an array"), "{array:?}");
    assert_eq!(node.rpc("eth_chainId", json!({})), "0x64aba");
}

#[test]
fn batches_are_answered_in_order() {
    let node = Served::new();
    let batch = json!([
        { "jsonrpc": "2.0", "id": "a", "method": "eth_chainId", "params": [] },
        { "jsonrpc": "2.0", "id": 7, "method": "eth_nonsense" },
        { "jsonrpc": "2.0", "id": 8, "method": "eth_blockNumber" },
    ]);
    let (status, body) = post(node.address(), batch.to_string().as_bytes());
    assert_eq!(status, 200);
    let responses: Vec<Value> = serde_json::from_str(&body).unwrap();
    assert_eq!(responses[0]["id"], "a");
    assert_eq!(responses[0]["result"], "0x64aba");
    assert_eq!(responses[1]["error"]["code"], -32_601);
    assert_eq!(responses[2]["result"], "0x0");
}

#[test]
fn limits_hold() {
    let limits = ServerLimits {
        request_bytes: 2_000,
        batch: 3,
        ..ServerLimits::default()
    };
    let node = Served::with(limits, |_| {});
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_chainId", "params": [] });
    let (_, body) = post(
        node.address(),
        json!([request, request, request, request])
            .to_string()
            .as_bytes(),
    );
    assert!(body.contains("error"), "{body}");
    let (status, _) = post(node.address(), &[b' '; 3_000]);
    assert_eq!(status, 413);
    assert_eq!(node.rpc("eth_chainId", json!([])), "0x64aba");
}

#[test]
fn requests_are_of_a_type_of_json_whatever_parameters_it_has() {
    let node = Served::new();
    let status = |kind: &str| {
        let body = r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"#;
        let request = format!(
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-type: {kind}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        let (status, body) =
            exchange(node.address(), request.as_bytes(), PATIENCE).expect("an answer");
        assert_eq!(status == 200, body.contains("0x64aba"), "{kind}: {body}");
        status
    };
    for kind in [
        "application/json",
        "Application/JSON",
        "application/json;charset=utf8",
        "application/json ; charset=\"utf-8\"; version=1",
        "application/json-rpc; charset=utf-8",
        "application/jsonrequest",
    ] {
        assert_eq!(status(kind), 200, "{kind}");
    }
    // What a page may send without being asked first.
    for kind in [
        "text/plain",
        "text/plain; application/json",
        "application/x-www-form-urlencoded",
    ] {
        assert_eq!(status(kind), 415, "{kind}");
    }
}

#[test]
fn broken_http_does_not_matter() {
    let node = Served::new();
    let address = node.address();
    for bytes in [
        &b"GET /nothing HTTP/1.1\r\n\r\n"[..],
        b"\x00\xff\x17\x03",
        b"POST / HTTP/1.1\r\ncontent-length: 99999999999999999999\r\n\r\n",
        b"PUT / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n",
        b"POST / HTTP/1.1\r\nhost: a\r\ncontent-type: text/plain\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}",
    ] {
        if let Some((status, _)) = exchange(address, bytes, Duration::from_millis(300)) {
            assert!((400..500).contains(&status), "{status}");
        }
    }
    assert_eq!(node.rpc("eth_chainId", json!([])), "0x64aba");
}

#[test]
fn whoever_looks_sees_that_the_node_is_up() {
    let node = Served::new();
    for path in ["/", "/health"] {
        let request = format!("GET {path} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
        let answer = exchange(node.address(), request.as_bytes(), PATIENCE);
        assert_eq!(answer.map(|(status, _)| status), Some(200), "{path}");
    }
}

#[test]
fn half_a_request_does_not_hold_up_the_end() {
    let node = Served::new();
    let mut client = std::net::TcpStream::connect(node.address()).unwrap();
    std::io::Write::write_all(
        &mut client,
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{",
    )
    .unwrap();
    // Whoever is served afterwards came after the half request.
    node.rpc("eth_chainId", json!([]));
    let start = std::time::Instant::now();
    drop(node);
    assert!(start.elapsed() < PATIENCE);
}

#[test]
fn pages_of_this_machine_may_read_answers_and_others_may_not() {
    let node = Served::new();
    let allowed = |origin: &str| {
        let request = format!(
            "OPTIONS / HTTP/1.1\r\nhost: a\r\norigin: {origin}\r\naccess-control-request-method: POST\r\n\
             access-control-request-headers: content-type\r\nconnection: close\r\n\r\n"
        );
        let (head, _) =
            exchange_with_head(node.address(), request.as_bytes(), PATIENCE).expect("a response");
        head.to_lowercase()
            .contains(&format!("access-control-allow-origin: {origin}"))
    };
    for origin in [
        "http://localhost:3000",
        "http://127.0.0.1:5173",
        "https://localhost",
        "http://[::1]:80",
    ] {
        assert!(allowed(origin), "{origin}");
    }
    for origin in [
        "https://example.com",
        "http://localhost.example.com:3000",
        "http://example.com:localhost",
        "null",
    ] {
        assert!(!allowed(origin), "{origin}");
    }
}

/// A browser lets any page open a WebSocket anywhere, and a page whose name is turned to this address is of its own origin.
#[test]
fn pages_of_other_machines_reach_nothing() {
    let node = Served::new();
    let ask = |head: &str, body: &str| {
        let length = body.len();
        let request = format!(
            "{head}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        );
        exchange(node.address(), request.as_bytes(), PATIENCE).expect("a response")
    };
    let mine = json!({ "jsonrpc": "2.0", "id": 1, "method": "evm_mine", "params": [] }).to_string();
    let posted = |origin: &str, host: &str| {
        let head = format!("POST / HTTP/1.1\r\nhost: {host}\r\norigin: {origin}");
        ask(&head, &mine).0
    };
    let upgraded = |origin: &str| {
        let request = format!(
            "GET / HTTP/1.1\r\nhost: {}\r\norigin: {origin}\r\nupgrade: websocket\r\nconnection: upgrade\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: c21pcmstbm9kZS10ZXN0cyE=\r\n\r\n",
            node.address()
        );
        status(node.address(), request.as_bytes(), PATIENCE)
    };
    for origin in [
        "https://evil.example",
        "http://localhost.evil.example",
        "null",
    ] {
        assert_eq!(upgraded(origin), Some(403), "{origin}");
        assert_eq!(posted(origin, "localhost"), 403, "{origin}");
    }
    // The name of the page was made to point here.
    assert_eq!(posted("http://evil.example:8547", "evil.example:8547"), 403);
    assert_eq!(
        node.rpc("eth_blockNumber", json!([])),
        "0x0",
        "nothing was mined"
    );
    assert_eq!(upgraded("http://localhost:3000"), Some(101));
    assert_eq!(posted("http://localhost:3000", "localhost"), 200);
    assert_eq!(
        posted(
            "chrome-extension://nkbihfbeogaeaoehlefnkodbefgpgknn",
            "localhost"
        ),
        200
    );
    assert_eq!(node.rpc("eth_blockNumber", json!([])), "0x2");
}
