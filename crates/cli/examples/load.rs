//! Measures a running devnet with a pool over HTTP: latency of `quoteBuy`, rate of `buy`.
//!
//! ```sh
//! taskset -c 0 smirk devnet --with-pool --frozen-clock --addresses /tmp/devnet.json &
//! cargo build --workspace --example load && target/debug/examples/load /tmp/devnet.json
//! ```

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope, TypedTransaction};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, Bytes, TxKind, B256, U256};
use alloy_sol_types::{sol, SolCall};
use inkhorn_node::DevAccount;
use serde_json::{json, Value};

sol! {
    function quoteBuy(uint256 id, uint256 size) external view returns (bytes32);
    function buy(uint256 id, uint256 size, uint256 maxCost, uint256 deadline, address receiver) external returns (uint256);
    function approve(address spender, uint256 amount) external returns (bool);
}

const QUOTES: usize = 2_000;
const BUYS: usize = 1_000;
/// Buyers; each order is small, so that the pool's limits do not come into it.
const SIZE: u64 = 10_000_000_000_000_000;

fn main() {
    let path = std::env::args().nth(1).expect("the address book");
    let text = std::fs::read_to_string(path).expect("the address book");
    let book: Value = serde_json::from_str(&text).expect("JSON");
    let mut client = Client::connect(book["rpcUrl"].as_str().expect("a URL"));
    let contract = |name: &str| -> Address {
        serde_json::from_value(book["contracts"][name].clone()).expect("an address")
    };
    let (pool, quote) = (contract("pool"), contract("quote"));
    let expiry = book["expiries"][1].as_u64().expect("an expiry");
    // A call struck at 2,600.
    let wad = U256::from(10).pow(U256::from(18));
    let id = (U256::from(2_600) * wad) | (U256::from(expiry) << 128);

    measure_quotes(&mut client, pool, id);
    measure_buys(&mut client, &book, pool, quote, id);
}

fn measure_quotes(client: &mut Client, pool: Address, id: U256) {
    let data = quoteBuyCall {
        id,
        size: U256::from(SIZE),
    };
    let params = json!([{ "to": pool, "data": Bytes::from(data.abi_encode()) }, "latest"]);
    let mut times: Vec<Duration> = (0..QUOTES)
        .map(|_| {
            let begun = Instant::now();
            client.call("eth_call", &params);
            begun.elapsed()
        })
        .collect();
    times.sort();
    println!(
        "quoteBuy over HTTP, {QUOTES} times: median {:.3} ms, 99 % {:.3} ms",
        times[QUOTES / 2].as_secs_f64() * 1e3,
        times[QUOTES * 99 / 100].as_secs_f64() * 1e3
    );
}

fn measure_buys(client: &mut Client, book: &Value, pool: Address, quote: Address, id: U256) {
    let chain_id = book["chainId"].as_u64().expect("a chain id");
    let key: B256 =
        serde_json::from_value(book["accounts"][0]["privateKey"].clone()).expect("a key");
    let account = DevAccount::from_key(key).expect("a key");
    let nonce = client.call(
        "eth_getTransactionCount",
        &json!([account.address, "pending"]),
    );
    let nonce: U256 = serde_json::from_value(nonce).expect("a nonce");
    let nonce: u64 = nonce.to();
    let sign = |nonce: u64, to: Address, input: Vec<u8>| {
        let transaction = TypedTransaction::Eip1559(TxEip1559 {
            chain_id,
            nonce,
            gas_limit: 2_000_000,
            max_fee_per_gas: 100_000_000,
            to: TxKind::Call(to),
            input: input.into(),
            ..TxEip1559::default()
        });
        let signature = account.sign(transaction.signature_hash());
        Bytes::from(TxEnvelope::new_unhashed(transaction, signature).encoded_2718())
    };
    let approve = approveCall {
        spender: pool,
        amount: U256::MAX,
    };
    let raw = sign(nonce, quote, approve.abi_encode());
    client.call("eth_sendRawTransaction", &json!([raw]));
    let buy = buyCall {
        id,
        size: U256::from(SIZE),
        maxCost: U256::MAX,
        deadline: U256::MAX,
        receiver: account.address,
    };
    let signed: Vec<Bytes> = (1..=BUYS as u64)
        .map(|nth| sign(nonce + nth, pool, buy.abi_encode()))
        .collect();
    let begun = Instant::now();
    let hashes: Vec<Value> = signed
        .iter()
        .map(|raw| client.call("eth_sendRawTransaction", &json!([raw])))
        .collect();
    let elapsed = begun.elapsed().as_secs_f64();
    let mut gas = Vec::new();
    for hash in &hashes {
        let receipt = client.call("eth_getTransactionReceipt", &json!([hash]));
        assert_eq!(receipt["status"], "0x1", "{receipt}");
        let used: U256 = serde_json::from_value(receipt["gasUsed"].clone()).expect("gas");
        gas.push(used.to::<u64>());
    }
    gas.sort_unstable();
    println!(
        "buy, {BUYS} signed transactions one after the other: {:.0} a second, {:.3} ms each, median gas {}",
        BUYS as f64 / elapsed,
        elapsed * 1e3 / BUYS as f64,
        gas[BUYS / 2]
    );
}

/// One connection that is kept open.
struct Client {
    stream: BufReader<TcpStream>,
}

impl Client {
    fn connect(url: &str) -> Self {
        let address = url.strip_prefix("http://").expect("an HTTP URL");
        let stream = TcpStream::connect(address).expect("a running devnet");
        stream.set_nodelay(true).expect("a socket");
        Self {
            stream: BufReader::new(stream),
        }
    }

    fn call(&mut self, method: &str, params: &Value) -> Value {
        let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let body = request.to_string();
        let head = format!(
            "POST / HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        let bytes = [head.as_bytes(), body.as_bytes()].concat();
        self.stream.get_mut().write_all(&bytes).expect("sent");
        let mut length = 0;
        loop {
            let mut line = String::new();
            self.stream.read_line(&mut line).expect("a header");
            if line == "\r\n" {
                break;
            }
            let line = line.to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().expect("a length");
            }
        }
        let mut body = vec![0; length];
        self.stream.read_exact(&mut body).expect("a body");
        let mut response: Value = serde_json::from_slice(&body).expect("JSON");
        assert!(response.get("error").is_none(), "{method}: {response}");
        response["result"].take()
    }
}
