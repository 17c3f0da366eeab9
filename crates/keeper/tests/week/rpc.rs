//! JSON-RPC by hand, and a proxy that loses answers.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        atomic::{AtomicUsize, Ordering},
        Arc,
    },
};

use alloy_primitives::{hex, Address, B256, U256};
use serde_json::{json, Value};

/// A node.
pub struct Rpc {
    /// Host and port.
    pub address: String,
}

impl Rpc {
    /// Calls a method that has to succeed.
    pub fn call(&self, method: &str, params: Value) -> Value {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let answer = exchange(&self.address, request.to_string().as_bytes());
        let (_, body) = split(&answer);
        let answer: Value = serde_json::from_slice(body).expect("JSON");
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer["result"].clone()
    }

    /// Sends a transaction that has to succeed.
    pub fn send(&self, from: Address, to: Address, data: Vec<u8>) {
        let data = hex::encode_prefixed(data);
        let transaction = json!({ "from": from, "to": to, "data": data, "gas": "0x1c9c380" });
        let hash = self.call("eth_sendTransaction", json!([transaction]));
        let receipt = self.call("eth_getTransactionReceipt", json!([hash]));
        assert_eq!(receipt["status"], "0x1", "{receipt}");
    }

    /// Reads a contract.
    pub fn view(&self, to: Address, data: Vec<u8>) -> Vec<u8> {
        let call = json!({ "to": to, "data": hex::encode_prefixed(data) });
        let output = self.call("eth_call", json!([call, "latest"]));
        hex::decode(output.as_str().unwrap()).unwrap()
    }

    /// The newest block's time.
    pub fn block_time(&self) -> u64 {
        let block = self.call("eth_getBlockByNumber", json!(["latest", false]));
        number(&block["timestamp"])
    }

    /// Data of a contract's logs of one event.
    pub fn logs(&self, address: Address, topic: B256) -> Vec<Vec<u8>> {
        let filter = json!({ "fromBlock": "0x0", "toBlock": "latest", "address": address, "topics": [topic] });
        let logs = self.call("eth_getLogs", json!([filter]));
        let data = |log: &Value| hex::decode(log["data"].as_str().unwrap()).unwrap();
        logs.as_array().unwrap().iter().map(data).collect()
    }

    /// The first indexed argument of a contract's logs of one event, in their order.
    pub fn indexed(&self, address: Address, topic: B256) -> Vec<U256> {
        let filter = json!({ "fromBlock": "0x0", "toBlock": "latest", "address": address, "topics": [topic] });
        let logs = self.call("eth_getLogs", json!([filter]));
        let first = |log: &Value| log["topics"][1].as_str().unwrap().parse().unwrap();
        logs.as_array().unwrap().iter().map(first).collect()
    }

    /// Receipts of everything that an account sent.
    pub fn receipts_of(&self, sender: Address) -> Vec<Value> {
        let latest = number(&self.call("eth_blockNumber", json!([])));
        let mut found = Vec::new();
        for block in 0..=latest {
            let block = self.call("eth_getBlockByNumber", json!([format!("{block:#x}"), true]));
            for transaction in block["transactions"].as_array().unwrap() {
                let from: Address = transaction["from"].as_str().unwrap().parse().unwrap();
                if from == sender {
                    let hash = transaction["hash"].clone();
                    found.push(self.call("eth_getTransactionReceipt", json!([hash])));
                }
            }
        }
        found
    }
}

fn number(value: &Value) -> u64 {
    let text = value.as_str().expect("a quantity");
    u64::from_str_radix(text.trim_start_matches("0x"), 16).expect("hex")
}

/// Posts a body and returns the whole answer.
fn exchange(address: &str, body: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).expect("a connection");
    let head = format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).expect("sent");
    stream.write_all(body).expect("sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("an answer");
    answer
}

fn split(answer: &[u8]) -> (&[u8], &[u8]) {
    let at = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, body) = answer.split_at(at.expect("a head"));
    (head, &body[4..])
}

/// A proxy before a node that does what it is asked and then loses every nth answer. Returns its URL.
pub fn lossy(node: &str, every: usize) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (node, count) = (node.to_owned(), Arc::new(AtomicUsize::new(0)));
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (node, count) = (node.clone(), count.clone());
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream);
                let Some(body) = read_request(&mut reader).map(|(_, body)| body) else {
                    return;
                };
                let answer = exchange(&node, &body);
                if count.fetch_add(1, Ordering::Relaxed) % every != every - 1 {
                    // Whoever asked may be gone.
                    let _ = reader.get_mut().write_all(&answer);
                }
            });
        }
    });
    url
}

/// The first line and the body of a request.
pub fn read_request(reader: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    Some((first, body))
}
