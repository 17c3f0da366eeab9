//! `smirk devnet`: the embedded chain as a node, with the pool on it if it is to be there.

use std::path::PathBuf;
use std::sync::Arc;

use alloy_primitives::Address;
use anyhow::{ensure, Result};
use clap::Args;
use inkhorn::{nothing_more, AddressBook, Options};
use inkhorn_chain::{Chain, ChainConfig};
use smirk_replay::Flow;

use crate::devnet::entries::enter_market;
use crate::devnet::market;
use crate::live::Live;

/// Serve the embedded chain as a node: JSON-RPC over HTTP and WebSocket on one port.
///
/// A chain that runs Solidity and Stylus contracts by Nitro's rules, in this process, with funded accounts (those of
/// Foundry's and Hardhat's mnemonic, and Nitro's development account) and the contracts that cargo stylus looks for. Any
/// Ethereum client connects to it: viem, ethers, alloy, web3.py, cast, cargo stylus. Ctrl-C ends it.
#[derive(Args)]
pub struct Devnet {
    #[command(flatten)]
    options: Options,
    #[command(flatten)]
    pool: PoolOptions,
}

/// What is on the chain beside what every chain has.
#[derive(Args)]
struct PoolOptions {
    /// Deploy the pool with its venue, feeds, listed expiries and liquidity, and give every account quote and base tokens.
    /// Feed and anchors are written once: push a round as `oracle` before an hour and a half has passed, or say --live.
    #[arg(long, conflicts_with = "fork_url")]
    with_pool: bool,
    /// Replay a market folder first, as `smirk demo` does, and go on from its end with the pool in it. Every block of the
    /// replay and its state can be asked for.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["with_pool", "timestamp", "fork_url"])]
    market: Option<PathBuf>,
    /// Keep the market going: the price walks, the feed follows every minute, arbitrageurs and keeper do their work, expiries are
    /// settled and listed, also after the clock was moved on. Needs a pool: --with-pool, --market or a state file with one.
    #[arg(long)]
    live: bool,
    /// Seed of the traders and providers of the replay, and of the live market.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Leave out of the replay those who write options on margin accounts.
    #[arg(long, requires = "market")]
    takers: bool,
}

impl Devnet {
    /// Serves until told to stop.
    pub fn run(self) -> Result<()> {
        let pool = self.pool;
        let (is_live, seed) = (pool.live, pool.seed);
        self.options.run_beside(
            |config, holders, book| pool.start(config, holders, book),
            |node, book| {
                let live = is_live.then(|| Live::new(book, seed)).transpose()?;
                let node = Arc::clone(node);
                Ok(async move {
                    match live {
                        Some(live) => live.run(node).await,
                        None => std::future::pending().await,
                    }
                })
            },
        )
    }
}

impl PoolOptions {
    /// The chain with what is to be on it, entered in the book.
    fn start(
        &self,
        config: ChainConfig,
        holders: &[Address],
        book: &mut AddressBook,
    ) -> Result<Chain> {
        let from_folder = self.with_pool || self.market.is_some();
        ensure!(
            !from_folder || smirk_world::find_workspace_root().is_some(),
            "the pool's program and the contracts around it are read from the project's folder: run smirk in it, or where it was built"
        );
        let market = match &self.market {
            Some(folder) => {
                let flow = if self.takers {
                    Flow::TAKERS
                } else {
                    Flow::TWO_SIDED
                };
                market::replayed(config, folder, (self.seed, flow), holders)?
            }
            None if self.with_pool => market::build(config, holders)?,
            None => return nothing_more(config, holders, book),
        };
        enter_market(book, &market)?;
        Ok(market.world.chain)
    }
}
