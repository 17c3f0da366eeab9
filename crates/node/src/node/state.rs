//! What requests change: the ledger, what waits, the clock, and what the next block is to be like.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use alloy_consensus::Transaction as _;
use alloy_primitives::{Address, B256};
use inkhorn_chain::{Chain, ChainConfig};

use crate::block::Block;
use crate::clock::Clock;
use crate::fork::Fork;
use crate::ledger::Ledger;
use crate::pool::Pool;
use crate::transaction::Sent;

/// When blocks are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mining {
    /// At once, one for each transaction.
    Automatic,
    /// When asked to, or by the timer.
    OnDemand,
}

/// Everything that requests change.
#[derive(Debug)]
pub(crate) struct State {
    /// The chain that this one goes on from, if it is a fork.
    pub fork: Option<Arc<Fork>>,
    pub ledger: Ledger,
    pub pool: Pool,
    pub clock: Clock,
    pub mining: Mining,
    /// Base fee of the next block, if it was set.
    pub next_base_fee: Option<u64>,
    /// What `PREVRANDAO` gives in the next block, if it was set.
    pub next_prev_randao: Option<B256>,
    pub impersonated: HashSet<Address>,
    pub impersonate_all: bool,
    pub(super) snapshots: BTreeMap<u64, Snapshot>,
    pub(super) next_snapshot: u64,
    /// What the node was started with.
    pub(super) origin: Origin,
}

/// What a reset returns to, with the blocks up to it: a dump that is loaded has others.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub fork: Option<Arc<Fork>>,
    pub blocks: Vec<Arc<Block>>,
    pub snapshot: Snapshot,
}

/// What `evm_revert` returns to. Blocks before it are in the ledger.
#[derive(Clone, Debug)]
pub(super) struct Snapshot {
    pub head: u64,
    pub chain: Chain,
    pub pool: Pool,
    pub clock: Clock,
    pub next_base_fee: Option<u64>,
    pub next_prev_randao: Option<B256>,
}

impl State {
    pub(super) fn new(
        blocks: Vec<Arc<Block>>,
        chain: Chain,
        clock: Clock,
        kept_states: usize,
        pool: Pool,
    ) -> Self {
        let snapshot = Snapshot {
            head: chain.block_number(),
            chain: chain.clone(),
            pool: pool.clone(),
            clock: clock.clone(),
            next_base_fee: None,
            next_prev_randao: None,
        };
        let origin = Origin {
            fork: None,
            blocks: blocks.clone(),
            snapshot,
        };
        Self {
            fork: None,
            ledger: Ledger::new(blocks, chain, kept_states),
            pool,
            clock,
            mining: Mining::Automatic,
            next_base_fee: None,
            next_prev_randao: None,
            impersonated: HashSet::new(),
            impersonate_all: false,
            snapshots: BTreeMap::new(),
            next_snapshot: 1,
            origin,
        }
    }

    /// The same on a chain that goes on from another one.
    pub(super) fn after(mut self, fork: Option<Arc<Fork>>) -> Self {
        self.origin.fork.clone_from(&fork);
        self.fork = fork;
        self
    }

    /// Base fee of the next block, wei per gas.
    pub fn base_fee(&self) -> u64 {
        self.next_base_fee
            .unwrap_or_else(|| self.ledger.chain().next_base_fee())
    }

    /// The head's chain with the next block's time and fee.
    pub fn next_chain(&self) -> Chain {
        let mut chain = self.ledger.chain().clone();
        chain.set_time(self.clock.next_timestamp(chain.now()));
        chain.set_base_fee(self.base_fee());
        let constant = ChainConfig::default().prev_randao;
        chain.set_prev_randao(self.next_prev_randao.unwrap_or(constant));
        chain
    }

    /// What is executable and fits into a block.
    pub(super) fn fitting(&self) -> Vec<Sent> {
        let mut room = self.ledger.chain().config().block_gas_limit;
        let mut ready = self.ready();
        let fitting = ready.iter().take_while(|sent| {
            let left = room.checked_sub(sent.gas_limit());
            room = left.unwrap_or(room);
            left.is_some()
        });
        let fitting = fitting.count();
        ready.truncate(fitting);
        ready
    }

    pub(super) fn ready(&self) -> Vec<Sent> {
        let chain = self.ledger.chain();
        self.pool
            .ready(|who| chain.nonce(who), self.base_fee().into())
    }
}
