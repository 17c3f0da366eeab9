//! Forks: a node whose chain goes on from a block of another one, which it reads over JSON-RPC.

mod cache;
mod client;
mod remote;

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use alloy_eips::BlockNumberOrTag;
use alloy_primitives::{Sealed, B256, U256, U64};
use alloy_rpc_types_eth::Header as RpcHeader;
use inkhorn_chain::{Chain, ChainConfig, ForkPoint, Remote, RemoteError};
use serde::Deserialize;
use serde_json::{json, Value};

use crate::block::Block;
use crate::error::RpcError;
use cache::Cache;
pub use client::Patience;
use client::{parse, Client};
use remote::HttpRemote;

/// What to fork, and how.
#[derive(Clone, Debug, Default)]
pub struct ForkOptions {
    /// Where the other chain's node is.
    pub url: String,
    /// Block after which the fork goes on; the latest one when not given.
    pub block_number: Option<u64>,
    /// Headers that are sent with each request, by name and value.
    pub headers: Vec<(String, String)>,
    /// Where answers are kept.
    pub cache: CacheChoice,
    /// How long the other node is asked before it counts as gone.
    pub patience: Patience,
}

/// Where answers of another chain are kept on disk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum CacheChoice {
    /// Nowhere.
    #[default]
    Off,
    /// In this folder, unless the other node is on this machine: state there may change without a new block.
    Distant(PathBuf),
    /// In this folder, whatever is forked.
    Always(PathBuf),
}

/// What the forks of a node have in common, whichever chain they go on from.
#[derive(Clone, Debug, Default)]
pub struct Forking {
    /// What holds where the other chain says nothing.
    pub config: ChainConfig,
    /// Id instead of the other chain's.
    pub chain_id: Option<u64>,
    /// Where answers are kept.
    pub cache: CacheChoice,
    /// How long another node is asked before it counts as gone.
    pub patience: Patience,
    /// What is done with a chain before it is served.
    pub prepare: Preparation,
}

/// Something that is done with every chain that is forked.
#[derive(Clone)]
pub struct Preparation(Arc<dyn Fn(&mut Chain) + Send + Sync>);

impl Preparation {
    /// What is to be done.
    pub fn new(act: impl Fn(&mut Chain) + Send + Sync + 'static) -> Self {
        Self(Arc::new(act))
    }

    /// Does it.
    pub fn run(&self, chain: &mut Chain) {
        (self.0)(chain);
    }
}

impl Default for Preparation {
    fn default() -> Self {
        Self::new(|_| {})
    }
}

impl fmt::Debug for Preparation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Preparation")
    }
}

/// Another chain at a block.
#[derive(Clone, Debug)]
pub struct Fork {
    client: Arc<Client>,
    remote: Arc<dyn Remote>,
    point: ForkPoint,
    block: Arc<Block>,
    options: ForkOptions,
}

/// What is read of a block beside its header.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct NitroFields {
    l1_block_number: Option<U64>,
}

impl Fork {
    /// Asks the other node for its chain and the block. Blocks the thread for as long as that takes, and must not be called
    /// from an asynchronous function.
    ///
    /// # Errors
    /// The node can't be asked, or has no such block.
    pub fn connect(options: ForkOptions) -> Result<Self, RemoteError> {
        let client = Client::new(&options.url, &options.headers, options.patience)
            .map(Arc::new)
            .map_err(|reason| RemoteError(format!("nothing can be forked: {reason}")))?;
        let chain_id: U64 = ask(&client, "eth_chainId", json!([]))?;
        let tag = options
            .block_number
            .map_or(BlockNumberOrTag::Latest, BlockNumberOrTag::Number);
        let block: Value = ask(&client, "eth_getBlockByNumber", json!([tag, false]))?;
        if block.is_null() {
            return Err(RemoteError(format!(
                "the chain at {} has no block {tag}",
                client.name()
            )));
        }
        let unreadable = |error: serde_json::Error| {
            let name = client.name();
            RemoteError(format!(
                "block {tag} of the chain at {name} can't be read: {error}"
            ))
        };
        let header: RpcHeader = RpcHeader::deserialize(&block).map_err(unreadable)?;
        let nitro = NitroFields::deserialize(&block).map_err(unreadable)?;
        let number = header.inner.number;
        let state = HttpRemote::new(Arc::clone(&client), number, None);
        let point = ForkPoint {
            chain_id: chain_id.to(),
            number,
            hash: header.hash,
            timestamp: header.inner.timestamp,
            l1_number: nitro.l1_block_number.map_or(number, |number| number.to()),
            base_fee: header.inner.base_fee_per_gas.unwrap_or_default(),
            gas_limit: header.inner.gas_limit,
            coinbase: header.inner.beneficiary,
            arbos_version: ForkPoint::find_arbos(&state)?,
        };
        let state = state.with_cache(open_cache(&options.cache, &client, &point)?);
        let block = Block {
            header: Sealed::new_unchecked(header.inner, header.hash),
            l1_number: point.l1_number,
            entries: Vec::new(),
        };
        Ok(Self {
            client,
            remote: Arc::new(state),
            point,
            block: Arc::new(block),
            options,
        })
    }

    /// The block after which the fork goes on.
    pub fn point(&self) -> &ForkPoint {
        &self.point
    }

    /// A chain that goes on from there, with `config` where the other chain says nothing and its id unless another one is given.
    ///
    /// # Errors
    /// As for [`Chain::fork`].
    pub fn chain(&self, config: ChainConfig, chain_id: Option<u64>) -> Result<Chain, RemoteError> {
        let config = ChainConfig {
            chain_id: chain_id.unwrap_or(self.point.chain_id),
            ..config
        };
        let mut chain = Chain::fork(Arc::clone(&self.remote), self.point.clone(), config)?;
        chain.set_block_hash(self.point.number, self.point.hash);
        Ok(chain)
    }

    /// What this was connected with.
    pub fn options(&self) -> &ForkOptions {
        &self.options
    }

    /// Where the other node is.
    pub fn url(&self) -> &str {
        self.client.url()
    }

    pub(crate) fn remote(&self) -> Arc<dyn Remote> {
        Arc::clone(&self.remote)
    }

    /// The block, as far as this node knows it: without its transactions.
    pub(crate) fn block(&self) -> Arc<Block> {
        Arc::clone(&self.block)
    }

    /// What the other node answers to a request.
    ///
    /// # Errors
    /// What it refuses, in its words; that it can't be asked.
    pub(crate) fn request(&self, method: &str, params: Value) -> Result<Value, RpcError> {
        let answer = self.client.ask(method, params);
        answer
            .map_err(RpcError::Refused)?
            .map_err(|refusal| RpcError::Forwarded {
                code: i32::try_from(refusal.code).unwrap_or(-32_000),
                reason: refusal.message,
                data: refusal.data,
            })
    }

    /// Number of a block of the other chain up to the fork, by its hash.
    pub(crate) fn number_of(&self, hash: B256) -> Result<Option<u64>, RpcError> {
        let block = self.request("eth_getBlockByHash", json!([hash, false]))?;
        Ok(self.past_number(&block["number"]))
    }

    /// A block number that lies not after the fork.
    pub(crate) fn past_number(&self, number: &Value) -> Option<u64> {
        let number = U256::deserialize(number).ok()?;
        let number = u64::try_from(number).ok()?;
        (number <= self.point.number).then_some(number)
    }
}

fn ask<T: serde::de::DeserializeOwned>(
    client: &Client,
    method: &str,
    params: Value,
) -> Result<T, RemoteError> {
    let answer = client.ask(method, params).map_err(RemoteError)?;
    parse(answer).map_err(|reason| {
        let name = client.name();
        RemoteError(format!(
            "the chain at {name} can't be forked: {method}: {reason}"
        ))
    })
}

fn open_cache(
    choice: &CacheChoice,
    client: &Client,
    point: &ForkPoint,
) -> Result<Option<Cache>, RemoteError> {
    let folder = match choice {
        CacheChoice::Always(folder) => folder,
        CacheChoice::Distant(folder) if !client.is_local() => folder,
        CacheChoice::Off | CacheChoice::Distant(_) => return Ok(None),
    };
    Cache::open(folder, point, &client.name())
        .map(Some)
        .map_err(|error| {
            let folder = folder.display();
            RemoteError(format!("nothing can be kept in {folder}: {error}"))
        })
}
