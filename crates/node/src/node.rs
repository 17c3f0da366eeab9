//! The node: a chain with its past, a pool, a clock, and the rules by which requests change them.
//!
//! One lock guards the state and is held for moments only. Whatever takes longer happens on clones of the chain, which
//! are cheap: calls run in parallel on theirs, and a block is executed on one that takes the head's place once it is
//! done. A second lock lets one request at a time change something. A panic while a block is executed therefore leaves
//! the state as it was.

use std::collections::{BTreeMap, HashSet};
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use alloy_consensus::{SignableTransaction, Transaction as _, TypedTransaction};
use alloy_eips::eip2718::Encodable2718;
use alloy_eips::BlockId;
use alloy_primitives::{Address, B256, U256};
use smirk_devnet::{Chain, ChainConfig, Said, Status};
use tokio::sync::{broadcast, watch};

use crate::accounts::{stand_in_signature, DevAccount};
use crate::block::{Block, Entry};
use crate::clock::Clock;
use crate::dump::{DumpError, NodeDump};
use crate::error::RpcError;
use crate::filter::Filters;
use crate::ledger::{At, Ledger};
use crate::pool::{Pool, PoolLimits};
use crate::transaction::{self, Sent};

/// Events that a slow subscriber may fall behind by.
const EVENT_BACKLOG: usize = 4_096;
/// Most snapshots that are kept; the oldest goes first.
const MAX_SNAPSHOTS: usize = 1_024;

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
}

impl Default for NodeOptions {
    fn default() -> Self {
        Self {
            accounts: DevAccount::from_mnemonic(10),
            clock: Clock::running(crate::clock::wall()),
            kept_states: 10_000,
            block_time: None,
            pool: PoolLimits::default(),
        }
    }
}

/// When blocks are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mining {
    /// At once, one for each transaction.
    Automatic,
    /// When asked to, or by the timer.
    OnDemand,
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

/// Everything that requests change.
#[derive(Debug)]
pub(crate) struct State {
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
    snapshots: BTreeMap<u64, Snapshot>,
    next_snapshot: u64,
    /// What the node was started with.
    origin: Snapshot,
}

/// What `evm_revert` returns to. Blocks before it are in the ledger.
#[derive(Clone, Debug)]
struct Snapshot {
    head: u64,
    chain: Chain,
    pool: Pool,
    clock: Clock,
    next_base_fee: Option<u64>,
}

/// A chain that is served.
#[derive(Debug)]
pub struct Node {
    accounts: Vec<DevAccount>,
    state: RwLock<State>,
    writer: Mutex<()>,
    /// Held from finding out a nonce until it is taken.
    numbering: Mutex<()>,
    pub(crate) filters: Mutex<Filters>,
    events: broadcast::Sender<Event>,
    block_time: watch::Sender<Option<Duration>>,
}

/// A transaction that a block could not take, and why.
type Rejected = (B256, String);

/// What a program said, and the transaction in which it did so.
type SaidIn = (B256, Said);

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
        let state = State::restore(dump, options.kept_states, options.pool)?;
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

    /// Takes a transaction: into a block at once, or into the pool.
    ///
    /// # Errors
    /// The transaction can't be admitted; nothing has changed.
    pub fn submit(&self, sent: Sent) -> Result<B256, RpcError> {
        let _writer = self.exclusively();
        let hash = transaction::hash(&sent);
        let mining = self.write(|state| {
            state.admit(sent)?;
            Ok::<_, RpcError>(state.mining)
        })?;
        self.filters().note_transaction(hash);
        self.publish(Event::Transaction(hash));
        if mining == Mining::Automatic {
            let rejected = self.mine_ready();
            if let Some((_, reason)) = rejected.into_iter().find(|(which, _)| *which == hash) {
                return Err(RpcError::Refused(reason));
            }
        }
        Ok(hash)
    }

    /// Signs with one of the node's keys, or with a stand-in for an impersonated account.
    pub(crate) fn sign(
        &self,
        sender: Address,
        transaction: TypedTransaction,
    ) -> Result<Sent, RpcError> {
        self.check_unlocked(sender)?;
        let signature = match self.account(sender) {
            Ok(account) => account.sign(transaction.signature_hash()),
            Err(_) => stand_in_signature(sender),
        };
        Ok(transaction::sign(transaction, sender, signature))
    }

    /// Checks that the node may send for an account: it holds its key or impersonates it.
    pub(crate) fn check_unlocked(&self, sender: Address) -> Result<(), RpcError> {
        let impersonated =
            self.read(|state| state.impersonate_all || state.impersonated.contains(&sender));
        if impersonated {
            return Ok(());
        }
        self.account(sender).map(drop)
    }

    /// One of the accounts whose keys the node holds.
    pub(crate) fn account(&self, address: Address) -> Result<&DevAccount, RpcError> {
        self.accounts
            .iter()
            .find(|account| account.address == address)
            .ok_or_else(|| RpcError::refused(format!("unknown account {address}")))
    }

    /// A transaction, mined or waiting.
    pub(crate) fn find_sent(&self, hash: B256) -> Option<Sent> {
        self.read(|state| {
            let mined = state.ledger.entry(hash).map(|entry| &entry.transaction);
            mined.or_else(|| state.pool.get(hash)).cloned()
        })
    }

    /// The nonce that the sender's next transaction takes.
    pub fn pending_nonce(&self, sender: Address) -> u64 {
        self.read(|state| {
            let nonce = state.ledger.chain().nonce(sender);
            state.pool.next_nonce(sender, nonce)
        })
    }

    /// Makes `count` blocks, `interval` seconds apart if given; the first takes what is executable.
    pub fn mine(&self, count: u64, interval: Option<u64>) {
        let _writer = self.exclusively();
        for nth in 0..count {
            if let Some(interval) = interval.filter(|_| nth > 0) {
                self.write(|state| {
                    let previous = state.ledger.chain().now();
                    state.clock.set(previous.saturating_add(interval));
                });
            }
            let ready = self.read(State::fitting);
            self.mine_block(ready, true);
        }
    }

    /// Whether a transaction is mined as soon as it is sent.
    pub fn is_automatic(&self) -> bool {
        self.read(|state| state.mining == Mining::Automatic)
    }

    /// Switches automatic mining on or off; on, it mines what waits and stops the timer.
    pub fn set_automatic(&self, on: bool) {
        let _writer = self.exclusively();
        self.write(|state| {
            state.mining = if on {
                Mining::Automatic
            } else {
                Mining::OnDemand
            };
        });
        if on {
            self.set_block_time(None);
            self.mine_ready();
        }
    }

    /// A block for each executable transaction.
    fn mine_ready(&self) -> Vec<Rejected> {
        let mut rejected = Vec::new();
        while let Some(first) = self.read(|state| state.ready().into_iter().next()) {
            rejected.extend(self.mine_block(vec![first], false));
        }
        rejected
    }

    /// Makes a block of the candidates that can be executed. Without any there is a block only when `even_empty`.
    fn mine_block(&self, mut candidates: Vec<Sent>, even_empty: bool) -> Vec<Rejected> {
        let next = self.read(State::next_chain);
        let mut rejected = Vec::new();
        let parent = self.read(|state| state.ledger.head().header.hash());
        loop {
            let attempt = catch_unwind(AssertUnwindSafe(|| {
                execute_block(next.clone(), parent, &candidates)
            }));
            let refused = match attempt {
                Ok(Ok((chain, block, said))) => {
                    if even_empty || !block.entries.is_empty() {
                        self.install(chain, Arc::new(block));
                        said.iter().for_each(print_said);
                    }
                    return rejected;
                }
                Ok(Err(refused)) => refused,
                Err(_) => candidates
                    .iter()
                    .map(|sent| (transaction::hash(sent), "internal error".to_owned()))
                    .collect(),
            };
            self.drop_refused(&mut candidates, &refused);
            rejected.extend(refused);
        }
    }

    /// Takes refused transactions out of the pool and of the candidates. Later ones of the same sender stay in the pool
    /// and wait for another transaction with the refused one's nonce.
    fn drop_refused(&self, candidates: &mut Vec<Sent>, refused: &[Rejected]) {
        for (hash, _) in refused {
            let same = |sent: &Sent| transaction::hash(sent) == *hash;
            let Some(position) = candidates.iter().position(same) else {
                continue;
            };
            let sender = candidates[position].signer();
            let mut index = 0;
            candidates.retain(|sent| {
                index += 1;
                index <= position || sent.signer() != sender
            });
            self.write(|state| state.pool.remove(*hash));
        }
    }

    fn install(&self, chain: Chain, block: Arc<Block>) {
        self.write(|state| {
            state.clock.mined(block.header.timestamp);
            state.next_base_fee = None;
            state.next_prev_randao = None;
            state.ledger.push(Arc::clone(&block), chain);
            for hash in block.hashes() {
                state.pool.remove(hash);
            }
            let chain = state.ledger.chain();
            state.pool.prune(|who| chain.nonce(who));
        });
        self.publish(Event::Block(block));
    }

    /// Nobody may be listening.
    fn publish(&self, event: Event) {
        let _ = self.events.send(event);
    }

    pub(crate) fn filters(&self) -> MutexGuard<'_, Filters> {
        self.filters.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Remembers everything as it is; gives a number to return with.
    pub fn snapshot(&self) -> u64 {
        self.change(|state| {
            let id = state.next_snapshot;
            state.next_snapshot += 1;
            state.snapshots.insert(id, state.remember());
            if state.snapshots.len() > MAX_SNAPSHOTS {
                state.snapshots.pop_first();
            }
            id
        })
    }

    /// Returns to a snapshot, which is used up with those taken after it. False when there is no such snapshot.
    pub fn revert(&self, id: u64) -> bool {
        let removed = self.change(|state| {
            let mut later = state.snapshots.split_off(&id);
            let Some(snapshot) = later.remove(&id) else {
                state.snapshots.append(&mut later);
                return None;
            };
            let removed = state.return_to(snapshot);
            self.rewind_filters(state, &removed);
            Some(removed)
        });
        let is_found = removed.is_some();
        self.publish_removed(removed.unwrap_or_default());
        is_found
    }

    /// Takes the latest `depth` blocks back, with what was set since; snapshots taken in them are gone.
    ///
    /// # Errors
    /// There are not that many, or the state before them is not kept any more.
    pub fn roll_back(&self, depth: u64) -> Result<(), RpcError> {
        let _writer = self.exclusively();
        self.roll_back_exclusively(depth)
    }

    fn roll_back_exclusively(&self, depth: u64) -> Result<(), RpcError> {
        let removed = self.write(|state| {
            let removed = state.roll_back(depth)?;
            self.rewind_filters(state, &removed);
            Ok::<_, RpcError>(removed)
        })?;
        self.publish_removed(removed);
        Ok(())
    }

    /// Replaces the latest blocks by as many others, which hold what is given for each.
    ///
    /// # Errors
    /// As for [`Node::roll_back`]; a transaction that a block can't take, after which there are only the blocks before it.
    pub fn reorganise(&self, contents: Vec<Vec<Sent>>) -> Result<(), RpcError> {
        let _writer = self.exclusively();
        self.roll_back_exclusively(contents.len() as u64)?;
        for block in contents {
            if let Some((hash, reason)) = self.mine_block(block, true).into_iter().next() {
                return Err(RpcError::refused(format!("transaction {hash}: {reason}")));
            }
        }
        Ok(())
    }

    fn publish_removed(&self, blocks: Vec<Arc<Block>>) {
        for block in blocks {
            self.publish(Event::Removed(block));
        }
    }

    /// Writes the node down as it is.
    pub fn dump(&self) -> NodeDump {
        let _writer = self.exclusively();
        let chain = self.read(|state| state.ledger.chain().clone());
        let chain = chain.to_dump();
        self.read(|state| NodeDump {
            chain,
            blocks: state.ledger.blocks().to_vec(),
            waiting: state.pool.all().cloned().collect(),
            clock: state.clock.clone(),
            next_base_fee: state.next_base_fee,
            impersonated: state.impersonated.iter().copied().collect(),
            impersonate_all: state.impersonate_all,
        })
    }

    /// Puts a node that was written down in the place of this one. Accounts and mining mode stay.
    ///
    /// # Errors
    /// The dump is damaged; nothing has changed.
    pub fn load(&self, dump: NodeDump) -> Result<(), DumpError> {
        let (kept_states, limits) =
            self.read(|state| (state.ledger.kept_states(), state.pool.limits()));
        let mut loaded = State::restore(dump, kept_states, limits)?;
        self.change(|state| {
            loaded.mining = state.mining;
            *state = loaded;
            self.rewind_filters(state, &[]);
        });
        Ok(())
    }

    /// Returns to what the node was started with.
    pub fn reset(&self) {
        let removed = self.change(|state| {
            let removed = state.return_to(state.origin.clone());
            state.snapshots.clear();
            state.impersonated.clear();
            state.impersonate_all = false;
            self.rewind_filters(state, &removed);
            removed
        });
        self.publish_removed(removed);
    }

    /// Filters report what was taken back, and what comes after a head that went back.
    fn rewind_filters(&self, state: &State, removed: &[Arc<Block>]) {
        self.filters().rewind(&state.ledger, removed);
    }

    /// The snapshots that can be returned to: their numbers, with the block that each was taken at.
    pub(crate) fn snapshots(&self) -> Vec<(u64, u64, B256)> {
        self.read(|state| {
            let snapshots = state.snapshots.iter();
            let placed = snapshots.filter_map(|(id, snapshot)| {
                let block = state.ledger.block(snapshot.head)?;
                Some((*id, snapshot.head, block.header.hash()))
            });
            placed.collect()
        })
    }
}

impl State {
    fn new(
        blocks: Vec<Arc<Block>>,
        chain: Chain,
        clock: Clock,
        kept_states: usize,
        pool: Pool,
    ) -> Self {
        let origin = Snapshot {
            head: chain.block_number(),
            chain: chain.clone(),
            pool: pool.clone(),
            clock: clock.clone(),
            next_base_fee: None,
        };
        Self {
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

    fn restore(dump: NodeDump, kept_states: usize, limits: PoolLimits) -> Result<Self, DumpError> {
        let chain = dump.check()?;
        let pool = Pool::new(limits);
        let mut state = Self::new(dump.blocks, chain, dump.clock, kept_states, pool);
        let chain = state.ledger.chain();
        for sent in dump.waiting {
            // A pool took them before; where this one is smaller, the nearest stay.
            let _ = state.pool.insert(sent, |who| chain.nonce(who));
        }
        state.next_base_fee = dump.next_base_fee;
        state.impersonated = dump.impersonated.into_iter().collect();
        state.impersonate_all = dump.impersonate_all;
        Ok(state)
    }

    fn remember(&self) -> Snapshot {
        Snapshot {
            head: self.ledger.head_number(),
            chain: self.ledger.chain().clone(),
            pool: self.pool.clone(),
            clock: self.clock.clone(),
            next_base_fee: self.next_base_fee,
        }
    }

    /// Goes back to a snapshot; gives the blocks that are taken back, the latest first.
    fn return_to(&mut self, snapshot: Snapshot) -> Vec<Arc<Block>> {
        let blocks = self.ledger.blocks().iter().rev();
        let later = blocks.take_while(|block| block.header.number > snapshot.head);
        let removed = later.cloned().collect();
        self.ledger.truncate(snapshot.head, snapshot.chain);
        self.pool = snapshot.pool;
        self.clock = snapshot.clock;
        self.next_base_fee = snapshot.next_base_fee;
        removed
    }

    /// Takes blocks back; gives them, the latest first.
    fn roll_back(&mut self, depth: u64) -> Result<Vec<Arc<Block>>, RpcError> {
        let head = self.ledger.head_number();
        let target = head
            .checked_sub(depth)
            .filter(|target| *target >= self.ledger.first_number())
            .ok_or_else(|| {
                RpcError::refused(format!(
                    "{depth} blocks can't be taken back from block {head}"
                ))
            })?;
        let chain = self.ledger.state(target)?.clone();
        let blocks = self.ledger.blocks().iter().rev();
        let removed = blocks
            .take_while(|block| block.header.number > target)
            .cloned()
            .collect();
        self.ledger.truncate(target, chain);
        self.snapshots.retain(|_, snapshot| snapshot.head <= target);
        Ok(removed)
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
    fn fitting(&self) -> Vec<Sent> {
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

    fn ready(&self) -> Vec<Sent> {
        let chain = self.ledger.chain();
        self.pool
            .ready(|who| chain.nonce(who), self.base_fee().into())
    }

    /// Takes a transaction into the pool if the account can pay for it now.
    fn admit(&mut self, sent: Sent) -> Result<(), RpcError> {
        let sender = sent.signer();
        let chain = self.ledger.chain();
        let nonce = chain.nonce(sender);
        transaction::check_length(sent.encode_2718_len())?;
        let room = chain.config().block_gas_limit;
        if sent.gas_limit() > room {
            return Err(RpcError::refused(format!(
                "exceeds block gas limit: the transaction's is {}, the block's {room}",
                sent.gas_limit()
            )));
        }
        // EIP-2681: there would be no nonce after it.
        if sent.nonce() == u64::MAX {
            return Err(RpcError::refused("nonce has max value"));
        }
        if sent.nonce() < nonce {
            return Err(RpcError::refused(format!(
                "nonce too low: address {sender}, tx: {} state: {nonce}",
                sent.nonce()
            )));
        }
        if self.ledger.find(transaction::hash(&sent)).is_some() {
            return Err(RpcError::refused("already known"));
        }
        let (max_fee, base_fee) = (sent.max_fee_per_gas(), u128::from(self.base_fee()));
        let tip = sent.max_priority_fee_per_gas().unwrap_or_default();
        if max_fee < base_fee {
            return Err(RpcError::refused(format!(
                "max fee per gas less than block base fee: address {sender}, maxFeePerGas: {max_fee}, baseFee: {base_fee}"
            )));
        }
        if tip > max_fee {
            return Err(RpcError::refused(format!(
                "max priority fee per gas higher than max fee per gas: address {sender}, \
                 maxPriorityFeePerGas: {tip}, maxFeePerGas: {max_fee}"
            )));
        }
        let fee = U256::from(max_fee).saturating_mul(U256::from(sent.gas_limit()));
        let (have, want) = (chain.balance(sender), fee.saturating_add(sent.value()));
        if have < want {
            return Err(RpcError::refused(format!(
                "insufficient funds for gas * price + value: address {sender} have {have} want {want}"
            )));
        }
        chain
            .clone()
            .check_transaction(&transaction::for_chain(&sent, self.base_fee()))
            .map_err(RpcError::Refused)?;
        self.pool.insert(sent, |who| chain.nonce(who))
    }
}

/// Executes the candidates in a block on top of `parent`; gives the chain after it, and what programs said meanwhile.
///
/// # Errors
/// The candidates that could not be admitted; nothing stands then.
fn execute_block(
    mut chain: Chain,
    parent: B256,
    candidates: &[Sent],
) -> Result<(Chain, Block, Vec<SaidIn>), Vec<Rejected>> {
    let base_fee = chain.next_base_fee();
    let transactions = candidates
        .iter()
        .map(|sent| transaction::for_chain(sent, base_fee))
        .collect();
    let outcomes = chain.transact_batch(transactions);
    // The ledger keeps the past.
    chain.take_history();
    let mut entries: Vec<Entry> = Vec::with_capacity(candidates.len());
    let (mut refused, mut said) = (Vec::new(), Vec::new());
    for (sent, outcome) in candidates.iter().zip(&outcomes) {
        let hash = transaction::hash(sent);
        said.extend(outcome.said.iter().map(|said| (hash, said.clone())));
        // What is not admitted uses no gas.
        if outcome.gas_used == 0 {
            refused.push((hash, halt_reason(&outcome.status)));
        } else {
            let entry = Entry::new(&entries, sent.clone(), outcome);
            entries.push(entry);
        }
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    let block = Block::seal(parent, &mut chain, entries);
    chain.set_block_hash(block.header.number, block.header.hash());
    Ok((chain, block, said))
}

/// Prints what a program said in a transaction.
fn print_said((hash, said): &SaidIn) {
    eprintln!("{} says in {hash}: {}", said.program, said.text);
}

fn halt_reason(status: &Status) -> String {
    match status {
        Status::Halt(reason) => reason.clone(),
        Status::Revert => "execution reverted".to_owned(),
        Status::Success => "not admitted".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use smirk_devnet::ChainConfig;

    #[test]
    fn a_panic_does_not_spread() {
        let node = Node::new(Chain::new(ChainConfig::default()), NodeOptions::default());
        for _ in 0..2 {
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                node.change(|_| panic!("on purpose"));
            }));
            assert!(panicked.is_err());
        }
        node.mine(1, None);
        assert_eq!(node.read(|state| state.ledger.head_number()), 1);
    }
}
