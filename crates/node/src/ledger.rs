//! The chain's past: every block, where each transaction is, and the states of the latest blocks.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::B256;
use inkhorn_chain::Chain;

use crate::block::{Block, Entry};
use crate::error::RpcError;

/// Blocks without a gap up to the head, and the chain as it stood after each of the latest ones.
#[derive(Clone, Debug)]
pub struct Ledger {
    blocks: Vec<Arc<Block>>,
    /// The chain after each block, the head's last; changes made between blocks are in the head's.
    states: VecDeque<Chain>,
    kept_states: usize,
    numbers: HashMap<B256, u64>,
    places: HashMap<B256, (u64, usize)>,
}

/// Which state a request is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The state after a block.
    Block(u64),
    /// The head's state in the block that would come next.
    Pending,
}

impl Ledger {
    /// A past that consists of `blocks`, of which there is at least one and the last has just been made by `chain`.
    /// At most `kept_states` states are kept.
    pub fn new(blocks: Vec<Arc<Block>>, chain: Chain, kept_states: usize) -> Self {
        let mut ledger = Self {
            blocks: Vec::with_capacity(blocks.len()),
            states: VecDeque::from([chain]),
            kept_states: kept_states.max(1),
            numbers: HashMap::new(),
            places: HashMap::new(),
        };
        for block in blocks {
            ledger.index(block);
        }
        ledger
    }

    /// Puts the states after the latest blocks, the head's last, before the chain as it stands, which is the head's.
    pub fn remember(&mut self, states: Vec<Chain>) {
        for state in states.into_iter().rev().skip(1) {
            if self.states.len() == self.kept_states {
                break;
            }
            self.states.push_front(state);
        }
    }

    /// Number of states that are kept at most.
    pub fn kept_states(&self) -> usize {
        self.kept_states
    }

    /// Appends a block and the chain after it.
    pub fn push(&mut self, block: Arc<Block>, chain: Chain) {
        self.index(block);
        self.states.push_back(chain);
        if self.states.len() > self.kept_states {
            self.states.pop_front();
        }
    }

    fn index(&mut self, block: Arc<Block>) {
        let number = block.header.number;
        self.numbers.insert(block.header.hash(), number);
        for (index, hash) in block.hashes().into_iter().enumerate() {
            self.places.insert(hash, (number, index));
        }
        self.blocks.push(block);
    }

    /// Forgets the blocks after `number` and puts the chain as it stood then in the head's place.
    pub fn truncate(&mut self, number: u64, chain: Chain) {
        while self.blocks.len() > 1 && self.head().header.number > number {
            let Some(block) = self.blocks.pop() else {
                break;
            };
            self.states.pop_back();
            self.numbers.remove(&block.header.hash());
            for hash in block.hashes() {
                self.places.remove(&hash);
            }
        }
        self.states.pop_back();
        self.states.push_back(chain);
    }

    /// The latest block.
    pub fn head(&self) -> &Arc<Block> {
        self.blocks.last().expect("there is always a block")
    }

    /// The chain as it stands.
    pub fn chain(&self) -> &Chain {
        self.states.back().expect("the head's state is kept")
    }

    /// The chain as it stands, to be changed outside of any block.
    pub fn chain_mut(&mut self) -> &mut Chain {
        self.states.back_mut().expect("the head's state is kept")
    }

    /// Number of the first block.
    pub fn first_number(&self) -> u64 {
        self.blocks[0].header.number
    }

    /// Number of the first block whose state is kept.
    pub fn first_state(&self) -> u64 {
        (self.head_number() + 1).saturating_sub(self.states.len() as u64)
    }

    /// Number of the latest block.
    pub fn head_number(&self) -> u64 {
        self.head().header.number
    }

    /// A block by its number.
    pub fn block(&self, number: u64) -> Option<&Arc<Block>> {
        let index = number.checked_sub(self.first_number())?;
        self.blocks.get(usize::try_from(index).ok()?)
    }

    /// Every block, the first one first.
    pub fn blocks(&self) -> &[Arc<Block>] {
        &self.blocks
    }

    /// Number of the block with this hash.
    pub fn number_of(&self, hash: B256) -> Option<u64> {
        self.numbers.get(&hash).copied()
    }

    /// The block that holds a transaction, and its index in there.
    pub fn find(&self, transaction: B256) -> Option<(&Arc<Block>, usize)> {
        let (number, index) = *self.places.get(&transaction)?;
        Some((self.block(number)?, index))
    }

    /// The entry of a transaction.
    pub fn entry(&self, transaction: B256) -> Option<&Entry> {
        self.find(transaction)
            .map(|(block, index)| &block.entries[index])
    }

    /// Number that a tag stands for. There are no reorganisations: safe and finalized are the head, and so is pending.
    pub fn number(&self, tag: BlockNumberOrTag) -> u64 {
        match tag {
            BlockNumberOrTag::Number(number) => number,
            BlockNumberOrTag::Earliest => self.first_number(),
            _ => self.head_number(),
        }
    }

    /// A block by number, tag or hash.
    pub fn resolve(&self, id: BlockId) -> Option<&Arc<Block>> {
        match id {
            BlockId::Hash(hash) => self.block(self.number_of(hash.block_hash)?),
            BlockId::Number(tag) => self.block(self.number(tag)),
        }
    }

    /// The state that a request is about.
    ///
    /// # Errors
    /// No such block.
    pub fn at(&self, id: BlockId) -> Result<At, RpcError> {
        if id == BlockId::Number(BlockNumberOrTag::Pending) {
            return Ok(At::Pending);
        }
        self.resolve(id)
            .map(|block| At::Block(block.header.number))
            .ok_or_else(|| RpcError::refused("header not found"))
    }

    /// The chain as it stood after a block.
    ///
    /// # Errors
    /// The state is not kept any more.
    pub fn state(&self, number: u64) -> Result<&Chain, RpcError> {
        let age = self.head_number().checked_sub(number);
        age.and_then(|age| {
            let last = self.states.len() - 1;
            self.states
                .get(last.checked_sub(usize::try_from(age).ok()?)?)
        })
        .ok_or_else(|| {
            RpcError::refused(format!(
                "the state of block {number} is not kept: only those of the latest {} blocks are",
                self.states.len()
            ))
        })
    }
}
