//! Random requests: every one is answered or refused, and the node stays what it was.

use std::time::Duration;

use serde_json::{json, Map, Value};

use crate::support::http::{exchange, post};
use crate::support::{parse, Served};

/// Random choices that every run makes the same (SplitMix64).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> &'a T {
        &items[self.below(items.len() as u64) as usize]
    }

    fn hex(&mut self, bytes: u64) -> Value {
        let digits: String = (0..2 * bytes)
            .map(|_| format!("{:x}", self.below(16)))
            .collect();
        json!(format!("0x{digits}"))
    }
}

const KEYS: [&str; 24] = [
    "from",
    "to",
    "value",
    "data",
    "input",
    "gas",
    "gasPrice",
    "maxFeePerGas",
    "nonce",
    "chainId",
    "type",
    "accessList",
    "fromBlock",
    "toBlock",
    "blockHash",
    "address",
    "topics",
    "balance",
    "code",
    "state",
    "stateDiff",
    "time",
    "tracer",
    "timestamp",
];

/// A value that looks like something a method takes, or like nothing.
fn value(random: &mut Random, depth: u32) -> Value {
    match random.below(if depth == 0 { 12 } else { 15 }) {
        0 => Value::Null,
        1 => json!(random.below(2) == 0),
        2 => json!(random.below(1_000)),
        3 => json!(random.next()),
        4 => json!(-(random.below(1_000) as i64)),
        5 => random.hex(20),
        6 => random.hex(32),
        7 => {
            let bytes = random.below(100);
            random.hex(bytes)
        }
        8 => json!(format!("{:#x}", random.below(1_000))),
        9 => json!(
            *random.pick(&["latest", "pending", "earliest", "safe", "", "0x", "0xzz", "\u{0}"])
        ),
        10 => json!(0.5),
        11 => json!("0x")
            .as_str()
            .map(|zero| json!(zero.repeat(3)))
            .unwrap_or_default(),
        12 => (0..random.below(4))
            .map(|_| value(random, depth - 1))
            .collect(),
        _ => {
            let mut object = Map::new();
            for _ in 0..random.below(5) {
                let key = *random.pick(&KEYS);
                object.insert(key.to_owned(), value(random, depth - 1));
            }
            Value::Object(object)
        }
    }
}

/// Names of every method, from the node itself.
fn names() -> Vec<&'static str> {
    inkhorn_node::method_names().collect()
}

/// Methods that would make the run long: they mine many blocks or start a timer.
const SLOW: [&str; 5] = [
    "anvil_mine",
    "hardhat_mine",
    "evm_mine",
    "evm_setIntervalMining",
    "anvil_setIntervalMining",
];

#[test]
fn random_parameters_for_every_method() {
    let node = Served::new();
    let contract = node.deploy();
    let mut random = Random(0x5317_c0de);
    let names = names();
    assert!(names.len() > 90, "{}", names.len());
    for name in names.iter().filter(|name| !SLOW.contains(name)) {
        for _ in 0..24 {
            let mut params: Vec<Value> = (0..random.below(5))
                .map(|_| value(&mut random, 3))
                .collect();
            if random.below(3) == 0 {
                params.insert(0, json!(contract));
            }
            if let Err(failure) = node.try_rpc(name, Value::Array(params.clone())) {
                assert_ne!(failure.code, -32_603, "{name} {params:?}: {failure:?}");
            }
        }
    }
    check_health(&node);
}

/// The node answers, and what it writes down can be read back.
fn check_health(node: &Served) {
    assert!(node.rpc("eth_chainId", json!([])).is_string());
    let options = inkhorn_node::NodeOptions::default();
    let restored = inkhorn_node::Node::restore(node.node.dump(), options);
    restored.expect("the dump is whole");
}

#[test]
fn mutated_transactions() {
    let node = Served::new();
    let [alice, bob, _] = node.accounts[..] else {
        panic!("three accounts")
    };
    let signed = node.rpc(
        "eth_signTransaction",
        json!([{ "from": alice, "to": bob, "value": "0x5" }]),
    );
    let raw: alloy_primitives::Bytes = parse(&signed["raw"]);
    let mut random = Random(0x007a_1517);
    for _ in 0..500 {
        let mut bytes = raw.to_vec();
        for _ in 0..=random.below(3) {
            let at = random.below(bytes.len() as u64) as usize;
            bytes[at] = random.next() as u8;
        }
        bytes.truncate((bytes.len() as u64 - random.below(4)) as usize);
        let bytes = alloy_primitives::Bytes::from(bytes);
        // Some recover to a stranger, who has no funds.
        if let Err(failure) = node.try_rpc("eth_sendRawTransaction", json!([bytes])) {
            assert_eq!(failure.code, -32_000, "{bytes}: {failure:?}");
        }
    }
    assert!(node.number("eth_getTransactionCount", json!([alice, "latest"])) <= 1);
}

#[test]
fn random_parameters_for_mining() {
    let node = Served::new();
    let mut random = Random(0x0009_11e5);
    for name in SLOW {
        for _ in 0..20 {
            let params: Vec<Value> = (0..random.below(3))
                .map(|_| match random.below(4) {
                    0 => json!(random.below(20)),
                    1 => json!(format!("{:#x}", random.below(20))),
                    2 => json!(u64::MAX - random.below(3)),
                    _ => value(&mut random, 2),
                })
                .collect();
            if let Err(failure) = node.try_rpc(name, Value::Array(params.clone())) {
                assert_ne!(failure.code, -32_603, "{name} {params:?}: {failure:?}");
            }
        }
    }
    node.rpc("evm_setAutomine", json!([true]));
    check_health(&node);
}

#[test]
fn random_bytes_as_bodies() {
    let node = Served::new();
    let mut random = Random(0x00b0_d1e5);
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": "eth_getBalance", "params": ["0x00", "latest"] });
    let text = request.to_string();
    for _ in 0..300 {
        let mut body = text.clone().into_bytes();
        match random.below(4) {
            0 => body.truncate(random.below(body.len() as u64) as usize),
            1 => {
                let at = random.below(body.len() as u64) as usize;
                body[at] = random.next() as u8;
            }
            2 => {
                body = (0..random.below(200))
                    .map(|_| random.next() as u8)
                    .collect()
            }
            _ => body = value(&mut random, 4).to_string().into_bytes(),
        }
        let (status, _) = post(node.address(), &body);
        assert!(status < 500, "{status}: {}", String::from_utf8_lossy(&body));
    }
    // Bodies that end early.
    for length in [0, 1, 50] {
        let head = format!(
            "POST / HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{}",
            length + 10,
            &text[..length]
        );
        let mut stream = std::net::TcpStream::connect(node.address()).unwrap();
        std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
        drop(stream);
    }
    let deep = "[".repeat(100_000);
    let (status, _) = post(node.address(), deep.as_bytes());
    assert!(status < 500, "{status}");
    assert!(
        exchange(node.address(), b"\r\n\r\n", Duration::from_millis(300))
            .is_none_or(|(status, _)| status < 500)
    );
    assert_eq!(node.rpc("eth_chainId", json!([])), "0x64aba");
}

#[test]
fn deep_and_long_parameters() {
    let node = Served::new();
    let deep = format!(
        "{{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"eth_call\",\"params\":{}{}}}",
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    let (status, _) = post(node.address(), deep.as_bytes());
    assert!(status < 500, "{status}");
    let long = json!([{ "to": node.accounts[0], "data": format!("0x{}", "00".repeat(1 << 20)) }]);
    assert_eq!(node.rpc("eth_call", long), "0x");
}
