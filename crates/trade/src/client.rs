//! A pool on a chain, and what an account sends to it.

use std::{
    fmt,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use alloy_network::{Ethereum, EthereumWallet, TransactionBuilder};
use alloy_primitives::{Address, Bytes, TxHash, B256, U256};
use alloy_provider::{DynProvider, Provider, ProviderBuilder};
use alloy_rpc_types_eth::{BlockNumberOrTag, Filter, Log, TransactionReceipt, TransactionRequest};
use alloy_signer_local::PrivateKeySigner;
use alloy_sol_types::{SolCall, SolInterface};
use anyhow::{bail, ensure, Context, Result};
use tokio::time::{sleep, Instant};

use crate::{
    abi::{
        IPool::{self, IPoolErrors},
        Token,
    },
    moment,
    number::Units,
    report::harmless,
    sentence::{sentence, Holding},
};

/// Longest time that a node is waited for.
const ANSWER_TIME: Duration = Duration::from_secs(30);
/// Longest time that a block with a transaction is waited for.
const MINING_TIME: Duration = Duration::from_secs(180);
/// Between two looks for a receipt.
const POLL: Duration = Duration::from_millis(200);
/// Tip, wei. Arbitrum takes none; other chains want some.
const TIP: u128 = 1_000_000;
/// Blocks in a request for logs that is not split further when a node refuses it.
const SHORTEST_RANGE: u64 = 500;
/// How far the newest block may be ahead of this machine's clock, seconds: deadlines count from it.
const MOST_AHEAD: u64 = 300;
/// Most letters of a token's symbol.
const SYMBOL: usize = 16;

/// What a node is held to.
#[derive(Clone, Copy, Default)]
pub struct Expected {
    /// The chain's id, if it is known.
    pub chain_id: Option<u64>,
    /// Whether its clock may say what it likes.
    pub any_clock: bool,
}

/// A refusal of the pool.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The error's name in the ABI.
    pub name: String,
    /// What it means.
    pub sentence: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

impl std::error::Error for Refusal {}

/// A connection to a pool.
pub struct Client {
    provider: DynProvider<Ethereum>,
    key: Option<PrivateKeySigner>,
    /// The pool.
    pub pool: Address,
    /// What its numbers are in.
    pub units: Units,
    /// Its quote token.
    pub quote: Address,
    /// Its price feed.
    pub feed: Address,
    /// Chain id.
    pub chain_id: u64,
    /// The newest block's time when the connection was made, unix seconds.
    pub now: u64,
}

impl Client {
    /// Connects, with a key if something is to be signed: then a node of another machine has to keep to the time.
    pub async fn connect(
        rpc: &str,
        pool: Address,
        key: Option<PrivateKeySigner>,
        expected: Expected,
    ) -> Result<Client> {
        let url: reqwest::Url = rpc.parse().with_context(|| format!("{rpc} is no URL"))?;
        let is_timed = key.is_some() && !expected.any_clock && !is_local(&url);
        let provider = provider(url, key.as_ref())?;
        let chain_id = provider
            .get_chain_id()
            .await
            .with_context(|| format!("no node answers at {rpc}"))?;
        if let Some(wanted) = expected.chain_id {
            ensure!(
                chain_id == wanted,
                "the node at {rpc} serves chain {chain_id}, not {wanted}"
            );
        }
        let block = provider
            .get_block_by_number(BlockNumberOrTag::Latest)
            .await?
            .context("the node has no latest block")?;
        if is_timed {
            check_clock(block.header.timestamp, own_clock())?;
        }
        let mut client = Client {
            provider,
            key,
            pool,
            units: Units::default(),
            quote: Address::ZERO,
            feed: Address::ZERO,
            chain_id,
            now: block.header.timestamp,
        };
        let code = client.provider.get_code_at(pool).await?;
        ensure!(!code.is_empty(), "there is no contract at {pool} on {rpc}");
        client.read_surroundings().await?;
        Ok(client)
    }

    /// Reads the pool's tokens and feed, and what its numbers are in.
    async fn read_surroundings(&mut self) -> Result<()> {
        let surroundings = self
            .read(&IPool::surroundingsCall {})
            .await
            .with_context(|| format!("{} does not answer as a pool does", self.pool))?;
        let IPool::Surroundings {
            base, quote, feed, ..
        } = surroundings;
        self.quote = quote;
        self.feed = feed;
        self.units = Units {
            base: underlying(self.symbol(base).await?),
            quote: self.symbol(quote).await?,
            quote_decimals: self.read_at(quote, &Token::decimalsCall {}).await?,
            share_decimals: self.read(&IPool::decimals_0Call {}).await?,
        };
        Ok(())
    }

    /// The account that signs.
    pub fn account(&self) -> Result<Address> {
        Ok(self.signer()?.address())
    }

    /// Its key.
    pub fn signer(&self) -> Result<&PrivateKeySigner> {
        self.key.as_ref().context("this needs a key")
    }

    /// A token's symbol, as far as it is one line of letters.
    async fn symbol(&self, token: Address) -> Result<String> {
        let symbol = self.read_at(token, &Token::symbolCall {}).await?;
        let line = harmless(&symbol).replace('\n', " ");
        Ok(line.chars().take(SYMBOL).collect())
    }

    /// Reads the pool.
    pub async fn read<C: SolCall>(&self, call: &C) -> Result<C::Return> {
        self.read_at(self.pool, call).await
    }

    /// Reads another contract.
    pub async fn read_at<C: SolCall>(&self, to: Address, call: &C) -> Result<C::Return> {
        let from = self.key.as_ref().map(PrivateKeySigner::address);
        let output = self
            .call(from, to, call.abi_encode().into(), holding(C::SIGNATURE))
            .await?;
        C::abi_decode_returns(&output)
            .with_context(|| format!("{to} does not answer {} as it should", C::SIGNATURE))
    }

    async fn call(
        &self,
        from: Option<Address>,
        to: Address,
        data: Bytes,
        of: Holding,
    ) -> Result<Bytes> {
        let mut request = TransactionRequest::default().with_to(to).with_input(data);
        request.from = from;
        match self.provider.call(request).await {
            Ok(output) => Ok(output),
            Err(error) => {
                let response = error.as_error_resp();
                match response.and_then(|response| response.as_revert_data()) {
                    Some(data) => Err(self.refusal(&data, of)),
                    None => Err(error).context("the node does not answer"),
                }
            }
        }
    }

    fn refusal(&self, data: &Bytes, of: Holding) -> anyhow::Error {
        match IPoolErrors::abi_decode(data) {
            Ok(error) => {
                let debug = format!("{error:?}");
                // `Name(Name { field: ... })`
                let name = debug
                    .split(['(', ' '])
                    .next()
                    .unwrap_or_default()
                    .to_owned();
                Refusal {
                    name,
                    sentence: sentence(&error, &self.units, of),
                }
                .into()
            }
            Err(_) => anyhow::anyhow!("the call was refused with {data}"),
        }
    }

    /// Sends a call of the pool once it has been simulated, and waits until a block has it.
    pub async fn send<C: SolCall>(&self, call: &C) -> Result<TransactionReceipt> {
        self.transact(self.pool, call.abi_encode().into(), holding(C::SIGNATURE))
            .await
    }

    /// The same for several calls of the pool in one; the last says what balances are of.
    pub async fn send_together(
        &self,
        calls: Vec<Bytes>,
        of: Holding,
    ) -> Result<TransactionReceipt> {
        let all = IPool::multicallCall { data: calls };
        self.transact(self.pool, all.abi_encode().into(), of).await
    }

    /// The same for a call of another contract.
    pub async fn send_to<C: SolCall>(&self, to: Address, call: &C) -> Result<TransactionReceipt> {
        self.transact(to, call.abi_encode().into(), Holding::Quote)
            .await
    }

    async fn transact(&self, to: Address, data: Bytes, of: Holding) -> Result<TransactionReceipt> {
        let from = self.account()?;
        self.call(Some(from), to, data.clone(), of).await?;
        let block = self
            .provider
            .get_block_by_number(BlockNumberOrTag::Latest)
            .await?
            .context("the node has no latest block")?;
        let base_fee = u128::from(block.header.base_fee_per_gas.unwrap_or_default());
        let request = TransactionRequest::default()
            .with_from(from)
            .with_to(to)
            .with_input(data)
            .with_max_fee_per_gas(2 * base_fee + TIP)
            .with_max_priority_fee_per_gas(TIP);
        let gas = self.provider.estimate_gas(request.clone()).await?;
        let request = request.with_gas_limit(gas + gas / 4);
        let pending = self.provider.send_transaction(request).await?;
        let receipt = self.wait(*pending.tx_hash()).await?;
        ensure!(
            receipt.status(),
            "{} was mined and failed: the pool changed between simulation and block",
            receipt.transaction_hash
        );
        Ok(receipt)
    }

    async fn wait(&self, hash: TxHash) -> Result<TransactionReceipt> {
        let begun = Instant::now();
        while begun.elapsed() < MINING_TIME {
            if let Some(receipt) = self.provider.get_transaction_receipt(hash).await? {
                return Ok(receipt);
            }
            sleep(POLL).await;
        }
        bail!(
            "no block has {hash} after {} s; it may still come",
            MINING_TIME.as_secs()
        )
    }

    /// The pool's logs of some events in which an account is the first or second indexed argument, in order.
    pub async fn logs_of(
        &self,
        account: Address,
        events: &[B256],
        from_block: u64,
    ) -> Result<Vec<Log>> {
        let last = self.provider.get_block_number().await?;
        let filter = Filter::new()
            .address(self.pool)
            .event_signature(events.to_vec());
        let who = account.into_word();
        let mut logs = self
            .logs_between(&filter.clone().topic1(who), from_block, last)
            .await?;
        logs.extend(
            self.logs_between(&filter.topic2(who), from_block, last)
                .await?,
        );
        let place = |log: &Log| (log.block_number, log.log_index);
        logs.sort_by_key(place);
        logs.dedup_by_key(|log| place(log));
        Ok(logs)
    }

    /// Logs of a range; what is too much for a node is asked for in halves.
    async fn logs_between(&self, filter: &Filter, from: u64, to: u64) -> Result<Vec<Log>> {
        let mut found = Vec::new();
        let mut ranges = vec![(from, to)];
        while let Some((from, to)) = ranges.pop() {
            if from > to {
                continue;
            }
            let part = filter.clone().from_block(from).to_block(to);
            match self.provider.get_logs(&part).await {
                Ok(logs) => found.extend(logs),
                Err(error) if to - from < SHORTEST_RANGE => return Err(error.into()),
                Err(_) => {
                    let middle = from + (to - from) / 2;
                    ranges.extend([(from, middle), (middle + 1, to)]);
                }
            }
        }
        Ok(found)
    }

    /// What the account has of the quote token, atoms.
    pub async fn cash(&self) -> Result<U256> {
        let holder = self.account()?;
        self.read_at(self.quote, &Token::balanceOfCall { holder })
            .await
    }
}

/// What asks a node, and signs where there is a key.
fn provider(url: reqwest::Url, key: Option<&PrivateKeySigner>) -> Result<DynProvider<Ethereum>> {
    let http = reqwest::Client::builder().timeout(ANSWER_TIME).build()?;
    Ok(match key {
        Some(key) => ProviderBuilder::new()
            .wallet(EthereumWallet::from(key.clone()))
            .connect_reqwest(http, url)
            .erased(),
        None => ProviderBuilder::new().connect_reqwest(http, url).erased(),
    })
}

/// Whether a node is on this machine, where clocks are moved for tests.
fn is_local(url: &reqwest::Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let address = host.parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// This machine's clock, unix seconds.
fn own_clock() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// Refuses a node whose newest block is from the future: a transaction that it kept back would hardly ever be too late.
fn check_clock(block: u64, own: u64) -> Result<()> {
    ensure!(
        block <= own.saturating_add(MOST_AHEAD),
        "the node's newest block is of {}, {} ahead of this machine's clock, and deadlines would count from then; --any-clock takes it so",
        moment::format(U256::from(block)),
        moment::duration(U256::from(block - own))
    );
    Ok(())
}

/// A wrapped coin's symbol without the wrapping: `WETH` is ether, as a series names it.
fn underlying(symbol: String) -> String {
    match symbol.as_str() {
        "WETH" | "WBTC" => symbol[1..].to_owned(),
        _ => symbol,
    }
}

/// What the balances that a function of the pool complains about are of.
pub fn holding(signature: &str) -> Holding {
    match signature.split('(').next().unwrap_or_default() {
        "sell" | "claim" | "trade" | "depositPosition" | "withdrawPosition" => Holding::Options,
        "withdraw" | "redeem" | "withdrawAtMost" | "redeemAtLeast" => Holding::Shares,
        _ => Holding::Quote,
    }
}
