//! A devnet with a pool under load over HTTP: latency of `quoteBuy`, rate of `buy`.

use std::time::{Duration, Instant};

use alloy_consensus::{SignableTransaction, TxEip1559, TxEnvelope, TypedTransaction};
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::{Address, Bytes, TxKind, B256, U256};
use alloy_sol_types::{sol, SolCall};
use inkhorn_node::DevAccount;
use serde_json::{json, Value};

use crate::client::Client;

sol! {
    function quoteBuy(uint256 id, uint256 size) external view returns (bytes32);
    function buy(uint256 id, uint256 size, uint256 maxCost, uint256 deadline, address receiver) external returns (uint256);
    function approve(address spender, uint256 amount) external returns (bool);
}

const QUOTES: usize = 2_000;
const BUYS: usize = 1_000;
/// Buyers; each order is small, so that the pool's limits do not come into it.
const SIZE: u64 = 10_000_000_000_000_000;

/// A devnet, and an order that its pool takes.
pub struct Load<'b> {
    client: Client,
    book: &'b Value,
    pool: Address,
    id: U256,
}

/// What a thousand purchases took.
pub struct Purchases {
    /// How many went through in a second.
    pub a_second: f64,
    /// Median gas of one.
    pub gas: u64,
}

fn contract(book: &Value, name: &str) -> Address {
    serde_json::from_value(book["contracts"][name].clone()).expect("an address")
}

impl<'b> Load<'b> {
    /// Connects to the devnet that wrote this address book.
    pub fn connect(book: &'b Value) -> Self {
        let expiry = book["expiries"][1].as_u64().expect("an expiry");
        // A call struck at 2,600.
        let wad = U256::from(10).pow(U256::from(18));
        Self {
            client: Client::connect(book["rpcUrl"].as_str().expect("a URL")),
            book,
            pool: contract(book, "pool"),
            id: (U256::from(2_600) * wad) | (U256::from(expiry) << 128),
        }
    }

    /// How long a quote takes: the median of 2,000, and what 99 in 100 stay below.
    pub fn quote(&mut self) -> [Duration; 2] {
        let data = quoteBuyCall {
            id: self.id,
            size: U256::from(SIZE),
        };
        let params = json!([{ "to": self.pool, "data": Bytes::from(data.abi_encode()) }, "latest"]);
        let mut times: Vec<Duration> = (0..QUOTES)
            .map(|_| {
                let begun = Instant::now();
                self.client.call("eth_call", &params);
                begun.elapsed()
            })
            .collect();
        times.sort();
        [times[QUOTES / 2], times[QUOTES * 99 / 100]]
    }

    /// Sends a thousand signed purchases, one after the other.
    pub fn buy(&mut self) -> Purchases {
        let (client, book, pool, id) = (&mut self.client, self.book, self.pool, self.id);
        let quote = contract(book, "quote");
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
        Purchases {
            a_second: BUYS as f64 / elapsed,
            gas: gas[BUYS / 2],
        }
    }
}
