//! From transactions that were sent to blocks.

use std::panic::{catch_unwind, AssertUnwindSafe};
use std::sync::Arc;

use alloy_primitives::B256;
use inkhorn_chain::{attempt, Chain, Said, Status};

use super::{Event, Mining, Node, State};
use crate::block::{Block, Entry};
use crate::error::RpcError;
use crate::transaction::{self, Sent};

/// A transaction that a block could not take, and why.
type Rejected = (B256, String);

/// What a program said, and the transaction in which it did so.
type SaidIn = (B256, Said);

/// Seconds between blocks that one request makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Distance {
    /// Before the first one, too, which comes so much later than now.
    Before(u64),
    /// From the second one on.
    Between(u64),
}

impl Node {
    /// Takes a transaction: into a block at once, or into the pool.
    ///
    /// # Errors
    /// The transaction can't be admitted, or the chain is a fork and the other one can't be read; nothing has changed.
    pub fn submit(&self, sent: Sent) -> Result<B256, RpcError> {
        let _writer = self.exclusively();
        self.meet(sent.signer())?;
        let hash = transaction::hash(&sent);
        let mining = self.write(|state| {
            state.admit(sent)?;
            Ok::<_, RpcError>(state.mining)
        })?;
        self.filters().note_transaction(hash);
        self.publish(Event::Transaction(hash));
        if mining == Mining::Automatic {
            let rejected = self.mine_ready().inspect_err(|_| {
                self.write(|state| state.pool.remove(hash));
            })?;
            if let Some((_, reason)) = rejected.into_iter().find(|(which, _)| *which == hash) {
                return Err(RpcError::Refused(reason));
            }
        }
        Ok(hash)
    }

    /// Makes `count` blocks with this distance, if given; the first takes what is executable.
    ///
    /// # Errors
    /// The chain is a fork, and the other one can't be read: the block that needed it was not made, nor any after it.
    pub fn mine(&self, count: u64, distance: Option<Distance>) -> Result<(), RpcError> {
        let _writer = self.exclusively();
        for nth in 0..count {
            match distance {
                Some(Distance::Before(seconds)) if nth == 0 => {
                    self.write(|state| state.clock.increase(seconds));
                }
                Some(Distance::Before(seconds) | Distance::Between(seconds)) if nth > 0 => {
                    self.write(|state| {
                        let previous = state.ledger.chain().now();
                        state.clock.set(previous.saturating_add(seconds));
                    });
                }
                _ => {}
            }
            let ready = self.read(State::fitting);
            for (hash, reason) in self.mine_block(ready, true)? {
                eprintln!("Transaction {hash} can't be executed any more and is dropped: {reason}");
            }
        }
        Ok(())
    }

    /// Whether a transaction is mined as soon as it is sent.
    pub fn is_automatic(&self) -> bool {
        self.read(|state| state.mining == Mining::Automatic)
    }

    /// Switches automatic mining on or off; on, it mines what waits and stops the timer.
    ///
    /// # Errors
    /// What waits can't be mined, because the chain is a fork and the other one can't be read; nothing is switched.
    pub fn set_automatic(&self, on: bool) -> Result<(), RpcError> {
        let _writer = self.exclusively();
        if on {
            self.mine_ready()?;
            self.set_block_time(None);
        }
        self.write(|state| {
            state.mining = if on {
                Mining::Automatic
            } else {
                Mining::OnDemand
            };
        });
        Ok(())
    }

    /// A block for each executable transaction.
    fn mine_ready(&self) -> Result<Vec<Rejected>, RpcError> {
        let mut rejected = Vec::new();
        while let Some(first) = self.read(|state| state.ready().into_iter().next()) {
            rejected.extend(self.mine_block(vec![first], false)?);
        }
        Ok(rejected)
    }

    /// Makes a block of the candidates that can be executed. Without any there is a block only when `even_empty`.
    ///
    /// # Errors
    /// A forked chain can't be read; there is no block.
    pub(super) fn mine_block(
        &self,
        mut candidates: Vec<Sent>,
        even_empty: bool,
    ) -> Result<Vec<Rejected>, RpcError> {
        let next = self.read(State::next_chain);
        let mut rejected = Vec::new();
        let parent = self.read(|state| state.ledger.head().header.hash());
        loop {
            let executed = catch_unwind(AssertUnwindSafe(|| {
                attempt(|| execute_block(next.clone(), parent, &candidates))
            }));
            let refused = match executed {
                Ok(Ok(Ok((chain, block, said)))) => {
                    if even_empty || !block.entries.is_empty() {
                        self.install(chain, Arc::new(block));
                        said.iter().for_each(print_said);
                    }
                    return Ok(rejected);
                }
                Ok(Ok(Err(refused))) => refused,
                Ok(Err(unread)) => return Err(unread.into()),
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
