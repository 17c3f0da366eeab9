//! Blocks: transactions that stay, and what is kept of them.

use std::mem;

use alloy_primitives::B256;

use crate::chain::value::Chain;
use crate::machine::recent::RecentPrograms;
use crate::machine::Machine;
use crate::precompile::outbox;
use crate::transaction::{MinedBlock, MinedTransaction, Outcome, Transaction};

impl Chain {
    /// Executes a transaction in a block of its own and keeps its effects.
    ///
    /// A transaction that fails still pays for its gas; one that cannot be admitted (no funds, gas limit below the
    /// intrinsic cost) changes nothing, uses no gas and reports [`crate::Status::Halt`].
    pub fn transact(&mut self, tx: Transaction) -> Outcome {
        self.open_block();
        let outcome = self.execute_in_block(&tx);
        self.close_block();
        outcome
    }

    /// Executes transactions one after the other in the same block.
    pub fn transact_batch(&mut self, txs: Vec<Transaction>) -> Vec<Outcome> {
        self.open_block();
        let outcomes = txs.iter().map(|tx| self.execute_in_block(tx)).collect();
        self.close_block();
        outcomes
    }

    /// Mines a block without transactions.
    pub fn mine(&mut self) {
        self.open_block();
        self.close_block();
    }

    /// Keeps every block mined from now on, and the state after it, until they are taken.
    pub fn keep_history(&mut self) {
        self.history.get_or_insert_default();
    }

    /// Blocks mined since the last time or since [`Chain::keep_history`], oldest first.
    pub fn take_history(&mut self) -> Vec<MinedBlock> {
        self.take_history_and_states().0
    }

    /// Like [`Chain::take_history`], with the chain as it stood after each block. Those keep no history themselves.
    pub fn take_history_and_states(&mut self) -> (Vec<MinedBlock>, Vec<Chain>) {
        let history = self.history.as_mut().map(mem::take).unwrap_or_default();
        (history.blocks, history.states)
    }

    pub(super) fn open_block(&mut self) {
        if let Some(changes) = self.due_changes() {
            self.govern(|machine| machine.apply(changes));
        }
        if self.config.base_fee_dynamics {
            self.govern(Machine::price_demand);
        }
        self.block_number += 1;
        self.recent = RecentPrograms::default();
        let is_kept = self.history.is_some();
        let parent_state_root = if is_kept {
            self.state_root()
        } else {
            B256::ZERO
        };
        let block = MinedBlock {
            parent_state_root,
            state_root: B256::ZERO,
            messages_to_l1: (0, B256::ZERO),
            number: self.block_number,
            timestamp: self.time,
            l1_number: self.l1_block_number(),
            base_fee: self.config.base_fee,
            transactions: Vec::new(),
        };
        if let Some(history) = &mut self.history {
            history.blocks.push(block);
        }
    }

    /// Keeps the state after the block that was opened, if blocks are kept.
    fn close_block(&mut self) {
        if let Some(mut history) = self.history.take() {
            let root = self.state_root();
            if let Some(block) = history.blocks.last_mut() {
                block.state_root = root;
                block.messages_to_l1 = outbox::committed(&self.state);
            }
            history.states.push(self.clone());
            self.history = Some(history);
        }
    }

    fn execute_in_block(&mut self, tx: &Transaction) -> Outcome {
        let nonce = self.nonce(tx.from);
        let mut machine = self.open_machine();
        let outcome = machine.execute(tx, true);
        self.recent = mem::take(&mut machine.recent);
        // A transaction that was not admitted leaves no trace.
        self.state = if outcome.gas_used == 0 {
            machine.discard().0
        } else {
            machine.commit()
        };
        self.record(tx, nonce, &outcome);
        outcome
    }

    /// Adds an admitted transaction to the block that is being mined, if blocks are kept.
    fn record(&mut self, tx: &Transaction, nonce: u64, outcome: &Outcome) {
        let history = self.history.as_mut();
        let block = history.and_then(|history| history.blocks.last_mut());
        if let Some(block) = block.filter(|_| outcome.gas_used > 0) {
            block.transactions.push(MinedTransaction {
                transaction: tx.clone(),
                nonce,
                outcome: outcome.clone(),
            });
        }
    }
}
