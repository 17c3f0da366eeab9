//! JSON-RPC by hand.

use alloy_primitives::{hex, Address, B256, U256};
use alloy_sol_types::SolCall;
use serde_json::{json, Value};

use crate::http::{answer, post};

/// A node.
pub struct Rpc {
    /// Host and port.
    pub address: String,
}

impl Rpc {
    /// Calls a method that has to succeed.
    pub fn call(&self, method: &str, params: Value) -> Value {
        let mut response = self.ask(method, params);
        assert!(response.get("error").is_none(), "{method}: {response}");
        response["result"].take()
    }

    /// Calls a method. Returns the whole answer.
    pub fn ask(&self, method: &str, params: Value) -> Value {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let response = post(&self.address, request.to_string().as_bytes());
        serde_json::from_slice(answer(&response).1).expect("JSON")
    }

    /// Sends a transaction that has to succeed, from an account that the node signs for. Returns its receipt.
    pub fn send<C: SolCall>(&self, from: Address, to: Address, call: &C) -> Value {
        let data = hex::encode_prefixed(call.abi_encode());
        let transaction = json!({ "from": from, "to": to, "data": data, "gas": "0x1c9c380" });
        let hash = self.call("eth_sendTransaction", json!([transaction]));
        let receipt = self.call("eth_getTransactionReceipt", json!([hash]));
        assert_eq!(receipt["status"], "0x1", "{receipt}");
        receipt
    }

    /// Reads a contract.
    pub fn view<C: SolCall>(&self, to: Address, call: &C) -> C::Return {
        let call = json!({ "to": to, "data": hex::encode_prefixed(call.abi_encode()) });
        let output = self.call("eth_call", json!([call, "latest"]));
        let output = hex::decode(output.as_str().expect("data")).expect("hex");
        C::abi_decode_returns(&output).expect("an answer")
    }

    /// Whether a contract refuses a call.
    pub fn refuses<C: SolCall>(&self, to: Address, call: &C) -> bool {
        let call = json!({ "to": to, "data": hex::encode_prefixed(call.abi_encode()) });
        let response = self.ask("eth_call", json!([call, "latest"]));
        response["error"]["code"] == 3
    }

    /// The newest block's time, unix seconds.
    pub fn block_time(&self) -> u64 {
        let block = self.call("eth_getBlockByNumber", json!(["latest", false]));
        number(&block["timestamp"])
    }

    /// Data of a contract's logs of one event, in their order.
    pub fn logs(&self, address: Address, topic: B256) -> Vec<Vec<u8>> {
        let logs = self.raw_logs(address, topic);
        let data = |log: &Value| hex::decode(log["data"].as_str().expect("data")).expect("hex");
        logs.iter().map(data).collect()
    }

    /// The first indexed argument of a contract's logs of one event, in their order.
    pub fn indexed(&self, address: Address, topic: B256) -> Vec<U256> {
        let logs = self.raw_logs(address, topic);
        let first = |log: &Value| log["topics"][1].as_str().expect("a topic").parse();
        logs.iter().map(|log| first(log).expect("a word")).collect()
    }

    fn raw_logs(&self, address: Address, topic: B256) -> Vec<Value> {
        let filter = json!({ "fromBlock": "0x0", "toBlock": "latest", "address": address, "topics": [topic] });
        let logs = self.call("eth_getLogs", json!([filter]));
        logs.as_array().expect("logs").clone()
    }

    /// Receipts of everything that an account sent.
    pub fn receipts_of(&self, sender: Address) -> Vec<Value> {
        let latest = number(&self.call("eth_blockNumber", json!([])));
        let mut found = Vec::new();
        for block in 0..=latest {
            let block = self.call("eth_getBlockByNumber", json!([format!("{block:#x}"), true]));
            for transaction in block["transactions"].as_array().expect("transactions") {
                let from: Address = transaction["from"]
                    .as_str()
                    .expect("a sender")
                    .parse()
                    .expect("hex");
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
