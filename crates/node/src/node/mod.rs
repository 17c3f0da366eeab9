//! The node: a chain with its past, a pool, a clock, and the rules by which requests change them.
//!
//! One lock guards the state and is held for moments only. Whatever takes longer happens on clones of the chain, which
//! are cheap: calls run in parallel on theirs, and a block is executed on one that takes the head's place once it is
//! done. A second lock lets one request at a time change something. A panic while a block is executed therefore leaves
//! the state as it was.

mod admission;
mod at_rest;
mod forks;
mod keys;
mod mining;
mod rehearsal;
mod rewind;
mod state;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use alloy_eips::BlockId;
use alloy_primitives::{Address, B256};
use inkhorn_chain::Chain;
use tokio::sync::{broadcast, watch};

pub use self::mining::Distance;
pub use self::state::Mining;
pub(crate) use self::state::State;
use crate::accounts::DevAccount;
use crate::block::Block;
use crate::clock::Clock;
use crate::dump::{DumpError, NodeDump};
use crate::error::RpcError;
use crate::filter::Filters;
use crate::fork::{Fork, Forking};
use crate::ledger::At;
use crate::pool::{Pool, PoolLimits};
use crate::transaction::Sent;

/// Events that a slow subscriber may fall behind by.
const EVENT_BACKLOG: usize = 4_096;

/// What a node is started with.
#[derive(Clone, Debug)]
pub struct NodeOptions {
    /// Accounts that transactions may be sent from without a signature.
    pub accounts: Vec<DevAccount>,
    /// Where timestamps come from.
    pub clock: Clock,
    /// Number of blocks whose states can be asked for.
    pub kept_states: usize,
    /// Seconds between blocks; a block per transaction when not given.
    pub block_time: Option<u64>,
    /// How many transactions may wait.
    pub pool: PoolLimits,
    /// How chains are forked.
    pub forking: Forking,
}

impl Default for NodeOptions {
    fn default() -> Self {
        Self {
            accounts: DevAccount::from_mnemonic(10),
            clock: Clock::running(crate::clock::wall()),
            kept_states: 10_000,
            block_time: None,
            pool: PoolLimits::default(),
            forking: Forking::default(),
        }
    }
}

/// Something that subscribers may want to know.
#[derive(Clone, Debug)]
pub enum Event {
    /// A block was made.
    Block(Arc<Block>),
    /// A block was taken back, after those that came after it.
    Removed(Arc<Block>),
    /// A transaction was taken into the pool.
    Transaction(B256),
}

/// A chain that is served.
#[derive(Debug)]
pub struct Node {
    accounts: Vec<DevAccount>,
    forking: Forking,
    state: RwLock<State>,
    writer: Mutex<()>,
    /// Held from finding out a nonce until it is taken.
    numbering: Mutex<()>,
    pub(crate) filters: Mutex<Filters>,
    events: broadcast::Sender<Event>,
    block_time: watch::Sender<Option<Duration>>,
}

impl Node {
    /// A node that goes on from where `chain` stands. Blocks that the chain kept ([`Chain::keep_history`]) are its past,
    /// with their states.
    pub fn new(mut chain: Chain, options: NodeOptions) -> Self {
        let (mined, states) = chain.take_history_and_states();
        let blocks = Block::history(&mut chain, &mined);
        for block in &blocks {
            chain.set_block_hash(block.header.number, block.header.hash());
        }
        let blocks = blocks.into_iter().map(Arc::new).collect();
        let clock = options.clock.clone();
        let pool = Pool::new(options.pool);
        let mut state = State::new(blocks, chain, clock, options.kept_states, pool);
        state.ledger.remember(states);
        Self::with_state(state, options)
    }

    /// A node that goes on from where another one was written down. Its clock is that of the dump.
    ///
    /// # Errors
    /// The dump is damaged.
    pub fn restore(dump: NodeDump, options: NodeOptions) -> Result<Self, DumpError> {
        Self::restore_on(dump, None, options)
    }

    /// The same for a fork, which goes on reading the other chain.
    ///
    /// # Errors
    /// The dump is damaged, or goes on from another block.
    pub fn restore_on(
        dump: NodeDump,
        fork: Option<Fork>,
        options: NodeOptions,
    ) -> Result<Self, DumpError> {
        let fork = fork.map(Arc::new);
        let state = State::restore(dump, fork, options.kept_states, options.pool)?;
        Ok(Self::with_state(state, options))
    }

    fn with_state(mut state: State, options: NodeOptions) -> Self {
        if options.block_time.is_some() {
            state.mining = Mining::OnDemand;
        }
        let block_time = options.block_time.map(Duration::from_secs);
        Self {
            state: RwLock::new(state),
            accounts: options.accounts,
            forking: options.forking,
            writer: Mutex::new(()),
            numbering: Mutex::new(()),
            filters: Mutex::default(),
            events: broadcast::channel(EVENT_BACKLOG).0,
            block_time: watch::channel(block_time).0,
        }
    }

    /// The accounts whose keys the node holds.
    pub fn accounts(&self) -> &[DevAccount] {
        &self.accounts
    }

    /// Blocks and transactions from now on.
    pub fn subscribe(&self) -> broadcast::Receiver<Event> {
        self.events.subscribe()
    }

    /// Time between blocks, and every change of it.
    pub fn block_time(&self) -> watch::Receiver<Option<Duration>> {
        self.block_time.subscribe()
    }

    /// Makes blocks at such a distance, or stops doing so.
    pub fn set_block_time(&self, distance: Option<Duration>) {
        let distance = distance.filter(|distance| !distance.is_zero());
        self.block_time.send_replace(distance);
    }

    /// Looks at the state. `look` must be quick.
    pub(crate) fn read<R>(&self, look: impl FnOnce(&State) -> R) -> R {
        look(&self.state.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the state; the caller holds the writer's lock. `change` must be quick and must not panic half-way.
    fn write<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        change(&mut self.state.write().unwrap_or_else(PoisonError::into_inner))
    }

    fn exclusively(&self) -> MutexGuard<'_, ()> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets one request at a time choose the nonce of what it sends: two at once would choose the same.
    pub(crate) fn number_alone(&self) -> MutexGuard<'_, ()> {
        self.numbering
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the state outside of any block.
    pub(crate) fn change<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let _writer = self.exclusively();
        self.write(change)
    }

    /// The chain in the context that a request is about, ready to run calls.
    pub(crate) fn chain_at(&self, id: BlockId) -> Result<Chain, RpcError> {
        self.read(|state| match state.ledger.at(id)? {
            At::Block(number) => state.ledger.state(number).cloned(),
            At::Pending => Ok(state.next_chain()),
        })
    }

    /// A transaction, mined or waiting.
    pub(crate) fn find_sent(&self, hash: B256) -> Option<Sent> {
        self.read(|state| {
            let mined = state.ledger.entry(hash).map(|entry| &entry.transaction);
            mined.or_else(|| state.pool.get(hash)).cloned()
        })
    }

    /// The nonce that the sender's next transaction takes.
    ///
    /// # Errors
    /// The chain is a fork, and the other one can't be read.
    pub fn pending_nonce(&self, sender: Address) -> Result<u64, RpcError> {
        self.meet(sender)?;
        Ok(self.read(|state| {
            let nonce = state.ledger.chain().nonce(sender);
            state.pool.next_nonce(sender, nonce)
        }))
    }

    /// Nobody may be listening.
    fn publish(&self, event: Event) {
        let _ = self.events.send(event);
    }

    pub(crate) fn filters(&self) -> MutexGuard<'_, Filters> {
        self.filters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use inkhorn_chain::ChainConfig;
    use std::panic::{catch_unwind, AssertUnwindSafe};

    #[test]
    fn a_panic_does_not_spread() {
        let node = Node::new(Chain::new(ChainConfig::default()), NodeOptions::default());
        for _ in 0..2 {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                node.change(|_| panic!("on purpose"));
            }));
            assert!(panicked.is_err());
        }
        node.mine(1, None).unwrap();
        assert_eq!(node.read(|state| state.ledger.head_number()), 1);
    }
}
