//! The chain as the keeper reads it. Reads are tried again with growing pauses, because nodes drop answers.

use std::{future::Future, time::Duration};

use alloy_network::Ethereum;
use alloy_primitives::{address, aliases::U80, keccak256, Address, Bytes, TxKind, B256, U256};
use alloy_provider::{Provider, RootProvider};
use alloy_rpc_client::RpcClient;
use alloy_rpc_types_eth::{BlockNumberOrTag, Filter, Log, TransactionInput, TransactionRequest};
use alloy_sol_types::{SolCall, SolInterface};
use anyhow::{anyhow, ensure, Context, Result};
use smirk_engine::state::Slice;
use tokio::sync::OnceCell;

use crate::{config::Config, transport::Transport};

#[allow(missing_docs, clippy::too_many_arguments)]
mod abi {
    alloy_sol_types::sol! {
        #![sol(all_derives)]
        "../../abi/Pool.sol"
    }
    alloy_sol_types::sol! {
        #![sol(all_derives)]
        interface Feed {
            function latestRoundData() external view returns (uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredIn);
            function getRoundData(uint80 round) external view returns (uint80 id, int256 answer, uint256 startedAt, uint256 updatedAt, uint80 answeredIn);
        }
        interface ArbWasm {
            error ProgramInsufficientValue(uint256 have, uint256 want);
            error ProgramKeepaliveTooSoon(uint64 ageInSeconds);
            function programTimeLeft(address program) external view returns (uint64 secs);
            function codehashKeepalive(bytes32 codehash) external payable;
        }
        interface ArbWasmCache {
            function codehashIsCached(bytes32 codehash) external view returns (bool cached);
        }
        interface Token {
            function decimals() external view returns (uint8 count);
        }
    }
}
pub use abi::{ArbWasm, ArbWasmCache, Feed, IPool, Token};

/// How often a read is tried.
const ATTEMPTS: u32 = 7;
/// Between the first two attempts; most lost answers are a connection that broke, so that the next one comes at once.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
/// By how much each pause is longer than the one before: all together seven seconds.
const PAUSE_GROWTH: u32 = 3;
/// Where programs are activated and kept alive.
pub const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");
const ARB_WASM_CACHE: Address = address!("0000000000000000000000000000000000000072");
/// Blocks in a request for logs that is not split further when a node refuses it.
const SHORTEST_RANGE: u64 = 500;

/// A chain, and the pool on it.
pub struct Chain {
    provider: RootProvider<Ethereum>,
    /// The pool.
    pub pool: Address,
    /// Chain id.
    pub id: u64,
    /// The pool's EIP-712 domain.
    pub domain: B256,
    quote_decimals: u8,
    /// Hash of the pool's code, once it was asked for.
    codehash: OnceCell<B256>,
}

/// The newest block.
#[derive(Clone, Copy, Debug)]
pub struct Head {
    /// Its number.
    pub number: u64,
    /// Its time, unix seconds.
    pub time: u64,
    /// Its base fee, wei.
    pub base_fee: u128,
}

/// What a call came to.
pub enum Answer<T> {
    /// What it returned.
    Value(T),
    /// Why it was refused.
    Refused(String),
}

/// The pool as the duties need it.
#[derive(Clone, Debug)]
pub struct PoolState {
    /// The newest block's time.
    pub now: u64,
    /// The feed's price, WAD.
    pub price: U256,
    /// Listed expiries with their anchors; jumps as they are now.
    pub surface: Vec<Slice>,
    /// Reports that a post takes.
    pub threshold: usize,
    /// Who may sign, in order.
    pub signers: Vec<Address>,
    /// The newest report that was posted.
    pub newest: u64,
    /// When a live expiry was last posted, by the block that has it.
    pub posted_at: u64,
    /// Limits on a post.
    pub limits: Limits,
    /// Whether the pool is paused.
    pub is_paused: bool,
}

/// The pool's limits on a post.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Least time between two posts of an expiry, seconds.
    pub interval: u64,
    /// Largest jump that posts may leave, relative to the vol before.
    pub jump: f64,
    /// Lowest and highest strike over spot at which jumps are looked at.
    pub moneyness: [f64; 2],
}

#[cfg(test)]
impl PoolState {
    /// A pool with one signer and the usual limits, at a price of 2,500.
    pub fn example(now: u64, surface: Vec<Slice>) -> PoolState {
        PoolState {
            now,
            price: U256::from(2_500_000_000_000_000_000_000u128),
            surface,
            threshold: 1,
            signers: Vec::new(),
            newest: 0,
            posted_at: 0,
            limits: Limits {
                interval: 300,
                jump: 0.5,
                moneyness: [0.8, 1.25],
            },
            is_paused: false,
        }
    }
}

/// Tries until it works, with growing pauses.
pub async fn persist<T, F: Future<Output = Result<T>>>(
    mut attempt: impl FnMut() -> F,
) -> Result<T> {
    let mut pause = FIRST_PAUSE;
    for _ in 1..ATTEMPTS {
        if let Ok(value) = attempt().await {
            return Ok(value);
        }
        tokio::time::sleep(pause).await;
        pause *= PAUSE_GROWTH;
    }
    attempt().await
}

impl Chain {
    /// Connects and reads what never changes.
    pub async fn connect(config: &Config) -> Result<Chain> {
        let client = reqwest::Client::builder()
            .timeout(config.rpc_timeout())
            .build()?;
        let url = config.rpc.parse().context("rpc is no URL")?;
        let provider = RootProvider::new(RpcClient::new(Transport { client, url }, false));
        let mut chain = Chain {
            provider,
            pool: config.pool,
            id: 0,
            domain: B256::ZERO,
            quote_decimals: 0,
            codehash: OnceCell::new(),
        };
        let provider = &chain.provider;
        chain.id = persist(|| async { Ok(provider.get_chain_id().await?) })
            .await
            .context("the RPC does not answer")?;
        if let Some(expected) = config.chain_id {
            ensure!(chain.id == expected, "the RPC serves chain {}", chain.id);
        }
        // What signers sign is for this pool and this chain, whatever a node says.
        chain.domain = domain(chain.id, chain.pool);
        let said = chain.read(&IPool::DOMAIN_SEPARATORCall {}).await?;
        ensure!(
            said == chain.domain,
            "{} on chain {} signs by another domain: {said}",
            chain.pool,
            chain.id
        );
        let surroundings = chain.read(&IPool::surroundingsCall {}).await?;
        let decimals = Token::decimalsCall {};
        chain.quote_decimals = chain.read_at(surroundings.quote, &decimals).await?;
        Ok(chain)
    }

    /// The provider itself.
    pub fn provider(&self) -> &RootProvider<Ethereum> {
        &self.provider
    }

    /// The newest block.
    pub async fn head(&self) -> Result<Head> {
        persist(|| async {
            let block = self
                .provider
                .get_block_by_number(BlockNumberOrTag::Latest)
                .await?
                .context("no latest block")?;
            Ok(Head {
                number: block.header.number,
                time: block.header.timestamp,
                base_fee: block.header.base_fee_per_gas.unwrap_or_default() as u128,
            })
        })
        .await
    }

    /// Calls the pool from an account without sending anything.
    pub async fn simulate<C: SolCall>(&self, from: Address, call: &C) -> Result<Answer<C::Return>> {
        self.call(from, self.pool, U256::ZERO, call).await
    }

    /// Reads the pool.
    pub async fn read<C: SolCall>(&self, call: &C) -> Result<C::Return> {
        self.read_at(self.pool, call).await
    }

    /// What the pool and its feed say now.
    pub async fn state(&self) -> Result<PoolState> {
        let now = self.head().await?.time;
        let (signers, parameters, feed, anchors, is_paused) = tokio::try_join!(
            self.read(&IPool::signersCall {}),
            self.read(&IPool::parametersCall {}),
            self.read(&IPool::oracleStatusCall {}),
            self.read(&IPool::surfaceCall {}),
            self.read(&IPool::pausedCall {}),
        )?;
        Ok(PoolState {
            now,
            price: feed.price,
            surface: anchors.iter().map(|anchor| slice(anchor, now)).collect(),
            threshold: signers.threshold.to(),
            newest: signers.newest.to(),
            posted_at: anchors
                .iter()
                .filter(|anchor| anchor.expiry > U256::from(now))
                .map(|anchor| anchor.postedAt.saturating_to())
                .max()
                .unwrap_or_default(),
            signers: signers
                .signers_
                .into_iter()
                .filter(|signer| !signer.is_zero())
                .collect(),
            limits: Limits {
                interval: parameters.anchorInterval.saturating_to(),
                jump: float(parameters.anchorJump),
                moneyness: [parameters.moneynessLow, parameters.moneynessHigh].map(float),
            },
            is_paused,
        })
    }

    /// The round of the feed's present phase that settles an expiry, if there is one: the first with a price at or after it.
    pub async fn settling_round(&self, expiry: u64) -> Result<Option<U256>> {
        // The owner may have replaced it.
        let feed = self.read(&IPool::surroundingsCall {}).await?.feed;
        let latest = self.read_at(feed, &Feed::latestRoundDataCall {}).await?;
        let id = U256::from(latest.id);
        let phase = id >> 64 << 64;
        let newest = id.as_limbs()[0];
        if latest.updatedAt < U256::from(expiry) {
            return Ok(None);
        }
        let round = |number: u64| Feed::getRoundDataCall {
            round: U80::from(phase | U256::from(number)),
        };
        // Times don't fall within a phase.
        let (mut first, mut last) = (1, newest);
        while first < last {
            let middle = first + (last - first) / 2;
            let found = self.read_at(feed, &round(middle)).await?;
            if found.updatedAt >= U256::from(expiry) {
                last = middle;
            } else {
                first = middle + 1;
            }
        }
        // A round without a price settles nothing.
        for number in last..=newest {
            let found = self.read_at(feed, &round(number)).await?;
            if found.answer.is_positive() && found.updatedAt >= U256::from(expiry) {
                return Ok(Some(phase | U256::from(number)));
            }
        }
        Ok(None)
    }

    /// Seconds that the program stays active without anybody's doing; `None` where the chain does not say.
    pub async fn program_time_left(&self) -> Result<Option<u64>> {
        let call = ArbWasm::programTimeLeftCall { program: self.pool };
        match self
            .call(Address::ZERO, ARB_WASM, U256::ZERO, &call)
            .await?
        {
            Answer::Value(seconds) => Ok(Some(seconds)),
            Answer::Refused(_) => Ok(None),
        }
    }

    /// Hash of the pool's code, which stays what it is.
    pub async fn codehash(&self) -> Result<B256> {
        let codehash = self.codehash.get_or_try_init(|| {
            persist(|| async { Ok(keccak256(self.provider.get_code_at(self.pool).await?)) })
        });
        Ok(*codehash.await?)
    }

    /// What keeping the program alive costs beside gas, wei, or why it is not possible.
    pub async fn keep_alive_fee(&self, from: Address) -> Result<Answer<U256>> {
        let call = ArbWasm::codehashKeepaliveCall {
            codehash: self.codehash().await?,
        };
        // Called without any, it says how much it wants.
        let refusal = match self.call(from, ARB_WASM, U256::ZERO, &call).await? {
            Answer::Value(_) => return Ok(Answer::Value(U256::ZERO)),
            Answer::Refused(refusal) => refusal,
        };
        let data: Bytes = refusal.parse().unwrap_or_default();
        Ok(match ArbWasm::ArbWasmErrors::abi_decode(&data) {
            Ok(ArbWasm::ArbWasmErrors::ProgramInsufficientValue(error)) => {
                Answer::Value(error.want)
            }
            Ok(other) => Answer::Refused(format!("{other:?}")),
            Err(_) => Answer::Refused(refusal),
        })
    }

    /// Whether the program is in the chain's cache; `None` where the chain does not say.
    pub async fn program_is_cached(&self) -> Result<Option<bool>> {
        let call = ArbWasmCache::codehashIsCachedCall {
            codehash: self.codehash().await?,
        };
        match self
            .call(Address::ZERO, ARB_WASM_CACHE, U256::ZERO, &call)
            .await?
        {
            Answer::Value(cached) => Ok(Some(cached)),
            Answer::Refused(_) => Ok(None),
        }
    }

    /// Atoms of the quote token as a float.
    pub fn cash(&self, atoms: U256) -> f64 {
        atoms.saturating_to::<u128>() as f64 / 10f64.powi(self.quote_decimals.into())
    }

    /// What the gas of a call to the pool costs now, ether.
    pub async fn cost_in_ether<C: SolCall>(&self, from: Address, call: &C) -> Result<f64> {
        let input = Bytes::from(call.abi_encode());
        let gas = persist(|| async {
            let request = TransactionRequest {
                from: Some(from),
                to: Some(TxKind::Call(self.pool)),
                input: TransactionInput::new(input.clone()),
                ..TransactionRequest::default()
            };
            Ok(self.provider.estimate_gas(request).await?)
        })
        .await?;
        Ok(gas as f64 * self.head().await?.base_fee as f64 / 1e18)
    }

    /// The pool's logs of some events in a range of blocks; what is too much for a node is asked for in halves.
    pub async fn logs(&self, events: &[B256], from: u64, to: u64) -> Result<Vec<Log>> {
        let filter = Filter::new()
            .address(self.pool)
            .event_signature(events.to_vec());
        let mut found = Vec::new();
        let mut ranges = vec![(from, to)];
        while let Some((from, to)) = ranges.pop() {
            if from > to {
                continue;
            }
            let part = filter.clone().from_block(from).to_block(to);
            let answer = persist(|| async {
                match self.provider.get_logs(&part).await {
                    Ok(logs) => Ok(Some(logs)),
                    // The node understood and won't.
                    Err(error) if error.is_error_resp() && to - from >= SHORTEST_RANGE => Ok(None),
                    Err(error) => Err(error.into()),
                }
            })
            .await?;
            match answer {
                Some(logs) => found.extend(logs),
                None => {
                    let middle = from + (to - from) / 2;
                    ranges.extend([(from, middle), (middle + 1, to)]);
                }
            }
        }
        Ok(found)
    }

    async fn read_at<C: SolCall>(&self, to: Address, call: &C) -> Result<C::Return> {
        match self.call(Address::ZERO, to, U256::ZERO, call).await? {
            Answer::Value(value) => Ok(value),
            Answer::Refused(why) => Err(anyhow!("{} is refused: {why}", C::SIGNATURE)),
        }
    }

    /// Calls any contract with ether, wei, without sending anything.
    pub async fn call<C: SolCall>(
        &self,
        from: Address,
        to: Address,
        value: U256,
        call: &C,
    ) -> Result<Answer<C::Return>> {
        let input = Bytes::from(call.abi_encode());
        persist(|| async {
            let request = TransactionRequest {
                from: Some(from),
                to: Some(TxKind::Call(to)),
                value: Some(value),
                input: TransactionInput::new(input.clone()),
                ..TransactionRequest::default()
            };
            match self.provider.call(request).await {
                Ok(output) => Ok(Answer::Value(C::abi_decode_returns(&output)?)),
                Err(error) => match error.as_error_resp() {
                    Some(response) => match response.as_revert_data() {
                        Some(data) => Ok(Answer::Refused(reason(&data))),
                        None => Err(anyhow!("{}", response.message)),
                    },
                    None => Err(error.into()),
                },
            }
        })
        .await
    }
}

/// The EIP-712 domain of a pool.
fn domain(chain_id: u64, pool: Address) -> B256 {
    let domain = alloy_sol_types::eip712_domain! {
        name: "Smirk Pool Share",
        version: "1",
        chain_id: chain_id,
        verifying_contract: pool,
    };
    domain.separator()
}

/// A refusal of the pool in words.
fn reason(data: &Bytes) -> String {
    match IPool::IPoolErrors::abi_decode(data) {
        Ok(error) => format!("{error:?}"),
        Err(_) => format!("{data}"),
    }
}

/// A WAD as a float.
pub fn float(wad: U256) -> f64 {
    wad.saturating_to::<u128>() as f64 / 1e18
}

fn slice(anchor: &IPool::Anchor, now: u64) -> Slice {
    let narrow = |wad: U256| wad.saturating_to::<u64>();
    Slice {
        expiry: narrow(anchor.expiry),
        atm_vol: narrow(anchor.atmVol),
        left_wing: narrow(anchor.leftWing),
        right_wing: narrow(anchor.rightWing),
        carry: i64::try_from(anchor.carry).unwrap_or_default(),
        // Jumps are told as they are now, so that is when they are counted from.
        posted_at: if anchor.volJump.is_zero() && anchor.carryJump.is_zero() {
            narrow(anchor.postedAt)
        } else {
            now
        },
        spot: anchor.spot.saturating_to(),
        vol_jump: narrow(anchor.volJump),
        carry_jump: narrow(anchor.carryJump),
        ..Slice::default()
    }
}
