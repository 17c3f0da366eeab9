//! Going back: snapshots, blocks that are taken back, the start.

use std::sync::Arc;

use alloy_primitives::B256;

use super::state::{Origin, Snapshot};
use super::{Event, Node, State};
use crate::block::Block;
use crate::error::RpcError;
use crate::ledger::Ledger;
use crate::transaction::Sent;

/// Most snapshots that are kept; the oldest goes first.
const MAX_SNAPSHOTS: usize = 1_024;

impl Node {
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
    /// As for [`Node::roll_back`]; a transaction that a block can't take, or a fork's other chain that can't be read, after which
    /// there are only the blocks before it.
    pub fn reorganise(&self, contents: Vec<Vec<Sent>>) -> Result<(), RpcError> {
        let _writer = self.exclusively();
        for sent in contents.iter().flatten() {
            self.meet(sent.signer())?;
        }
        self.roll_back_exclusively(contents.len() as u64)?;
        for block in contents {
            if let Some((hash, reason)) = self.mine_block(block, true)?.into_iter().next() {
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

    /// Returns to what the node was started with.
    pub fn reset(&self) {
        let removed = self.change(|state| {
            let removed = state.restart();
            state.snapshots.clear();
            state.impersonated.clear();
            state.impersonate_all = false;
            self.rewind_filters(state, &removed);
            removed
        });
        self.publish_removed(removed);
    }

    /// Filters report what was taken back, and what comes after a head that went back.
    pub(super) fn rewind_filters(&self, state: &State, removed: &[Arc<Block>]) {
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
    fn remember(&self) -> Snapshot {
        Snapshot {
            head: self.ledger.head_number(),
            chain: self.ledger.chain().clone(),
            pool: self.pool.clone(),
            clock: self.clock.clone(),
            next_base_fee: self.next_base_fee,
            next_prev_randao: self.next_prev_randao,
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
        self.next_prev_randao = snapshot.next_prev_randao;
        removed
    }

    /// Goes back to what the node was started with, also where a dump that was loaded has put other blocks in its place; gives
    /// the blocks that are taken back, the latest first.
    fn restart(&mut self) -> Vec<Arc<Block>> {
        let Origin {
            fork,
            blocks,
            snapshot,
        } = self.origin.clone();
        let kept = |block: &Arc<Block>| blocks.iter().any(|old| Arc::ptr_eq(old, block));
        if kept(&self.ledger.blocks()[0]) {
            return self.return_to(snapshot);
        }
        let removed = self.ledger.blocks().iter().rev().cloned().collect();
        let kept_states = self.ledger.kept_states();
        self.fork = fork;
        self.ledger = Ledger::new(blocks, snapshot.chain.clone(), kept_states);
        self.return_to(snapshot);
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
}
