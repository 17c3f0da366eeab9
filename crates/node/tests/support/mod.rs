//! A served node and clients for it.

pub mod contract;
pub mod http;
pub mod websocket;

use std::sync::Arc;

use alloy_primitives::{Address, B256, U256};
use inkhorn_chain::{Chain, ChainConfig};
use inkhorn_node::{serve, Clock, DevAccount, Node, NodeOptions, ServerLimits, Serving};
use serde_json::{json, Value};
use tokio::runtime::Runtime;

use http::Failure;

/// Timestamp that the clock stands at.
pub const START: u64 = 1_800_000_000;

/// A node with a stopped clock and three rich accounts, served until dropped.
pub struct Served {
    pub node: Arc<Node>,
    pub accounts: Vec<Address>,
    serving: Option<Serving>,
    runtime: Option<Runtime>,
}

impl Served {
    pub fn new() -> Self {
        Self::with(ServerLimits::default(), |_| {})
    }

    /// The same with other limits and options.
    pub fn with(limits: ServerLimits, adjust: impl FnOnce(&mut NodeOptions)) -> Self {
        let mut chain = Chain::new(ChainConfig {
            start_time: START,
            ..ChainConfig::default()
        });
        chain.keep_history();
        let accounts = DevAccount::from_mnemonic(3);
        for account in &accounts {
            chain.fund(account.address, ether(1_000));
        }
        let mut options = NodeOptions {
            accounts,
            clock: Clock::frozen(START),
            ..NodeOptions::default()
        };
        adjust(&mut options);
        Self::serve(Arc::new(Node::new(chain, options)), limits)
    }

    /// Serves a node that is there already.
    pub fn serve(node: Arc<Node>, limits: ServerLimits) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(16)
            .enable_all()
            .build()
            .expect("a runtime");
        let serving = runtime
            .block_on(serve(Arc::clone(&node), 0, limits))
            .expect("a free port");
        Self {
            accounts: node.accounts().iter().map(|own| own.address).collect(),
            node,
            serving: Some(serving),
            runtime: Some(runtime),
        }
    }

    pub fn address(&self) -> std::net::SocketAddr {
        self.serving.as_ref().expect("it serves").address
    }

    /// Sends a request; gives its result.
    pub fn try_rpc(&self, method: &str, params: Value) -> Result<Value, Failure> {
        http::call(self.address(), method, params)
    }

    /// Sends a request that has to succeed.
    pub fn rpc(&self, method: &str, params: Value) -> Value {
        self.try_rpc(method, params.clone())
            .unwrap_or_else(|failure| panic!("{method} {params}: {failure:?}"))
    }

    /// Sends a request that has to fail.
    pub fn refused(&self, method: &str, params: Value) -> Failure {
        match self.try_rpc(method, params.clone()) {
            Ok(result) => panic!("{method} {params} was answered with {result}"),
            Err(failure) => failure,
        }
    }

    /// A result that is a number.
    pub fn number(&self, method: &str, params: Value) -> u64 {
        number(&self.rpc(method, params))
    }

    /// Sends a transaction from an unlocked account; gives its receipt.
    pub fn send(&self, transaction: Value) -> Value {
        let hash = self.rpc("eth_sendTransaction", json!([transaction]));
        self.rpc("eth_getTransactionReceipt", json!([hash]))
    }

    /// Deploys [`contract::CODE`].
    pub fn deploy(&self) -> Address {
        let receipt = self.send(json!({
            "from": self.accounts[0],
            "data": contract::init_code(),
        }));
        assert_eq!(receipt["status"], "0x1");
        parse(&receipt["contractAddress"])
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        if let (Some(serving), Some(runtime)) = (self.serving.take(), self.runtime.take()) {
            runtime.block_on(serving.stop());
            runtime.shutdown_background();
        }
    }
}

/// Hash of the latest block's first transaction.
pub fn hash_of_last(node: &Served) -> Value {
    node.rpc("eth_getBlockByNumber", json!(["latest", false]))["transactions"][0].clone()
}

/// Names of the host functions in a trace of `stylusTracer`.
pub fn names(trace: &Value) -> Vec<&str> {
    let steps = trace.as_array().expect("steps");
    (steps
        .iter()
        .map(|step| step["name"].as_str().expect("a name")))
    .collect()
}

/// Wei.
pub fn ether(amount: u64) -> U256 {
    U256::from(amount) * U256::from(10).pow(U256::from(18))
}

/// A JSON quantity.
pub fn number(value: &Value) -> u64 {
    parse::<U256>(value).to()
}

/// Anything that is written as a string.
pub fn parse<T: serde::de::DeserializeOwned>(value: &Value) -> T {
    serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{value}: {error}"))
}

/// A word as JSON has it.
pub fn word(number: u64) -> B256 {
    U256::from(number).into()
}
