//! The chain: state, clock and the entry points for using it.

use std::mem;

use alloy_primitives::{Address, Bytes, B256, U256};

use crate::config::ChainConfig;
use crate::machine::{BlockInfo, Machine};
use crate::state::WorldState;
use crate::transaction::{Outcome, Transaction};

/// Seconds between L1 blocks.
const L1_BLOCK_TIME: u64 = 12;

/// An Arbitrum-like chain in this process. Every transaction is mined at once, in a block of its own.
#[derive(Clone, Debug)]
pub struct Chain {
    config: ChainConfig,
    state: WorldState,
    time: u64,
    block_number: u64,
}

/// A point in a chain's history to return to, any number of times and in any order.
#[derive(Clone, Debug)]
pub struct Snapshot(Chain);

impl Chain {
    /// A chain at its genesis block, holding nothing but the precompiles.
    pub fn new(config: ChainConfig) -> Self {
        Self {
            time: config.start_time,
            config,
            state: WorldState::default(),
            block_number: 0,
        }
    }

    /// Parameters that the chain was made with.
    pub fn config(&self) -> &ChainConfig {
        &self.config
    }

    /// Sets the balance of `who` to `wei`.
    pub fn fund(&mut self, who: Address, wei: U256) {
        self.state.set_balance(who, wei);
    }

    /// Timestamp that the next block will carry, in Unix seconds.
    pub fn now(&self) -> u64 {
        self.time
    }

    /// Sets the timestamp of the next block. Blocks do not move the clock by themselves.
    ///
    /// # Panics
    /// When `time` lies before [`Chain::now`].
    pub fn set_time(&mut self, time: u64) {
        assert!(
            time >= self.time,
            "time runs forward: {} to {time}",
            self.time
        );
        self.time = time;
    }

    /// Moves the clock forward.
    pub fn advance(&mut self, seconds: u64) {
        self.time += seconds;
    }

    /// Number of the latest L2 block.
    pub fn block_number(&self) -> u64 {
        self.block_number
    }

    /// Number of the L1 block that programs see, which follows from the time.
    pub fn l1_block_number(&self) -> u64 {
        self.config.l1_start_block + (self.time - self.config.start_time) / L1_BLOCK_TIME
    }

    /// Executes a transaction in a block of its own and keeps its effects.
    ///
    /// A transaction that fails still pays for its gas; one that cannot be admitted (no funds, gas limit below the
    /// intrinsic cost) changes nothing, uses no gas and reports [`crate::Status::Halt`].
    pub fn transact(&mut self, tx: Transaction) -> Outcome {
        self.block_number += 1;
        self.execute_in_block(&tx)
    }

    /// Executes transactions one after the other in the same block.
    pub fn transact_batch(&mut self, txs: Vec<Transaction>) -> Vec<Outcome> {
        self.block_number += 1;
        txs.iter().map(|tx| self.execute_in_block(tx)).collect()
    }

    /// Executes a transaction on top of the current state and discards its effects. Gas is free.
    pub fn call(&mut self, tx: Transaction) -> Outcome {
        let mut machine = self.open_machine();
        let outcome = machine.execute(&tx, false);
        self.state = machine.into_untouched_state();
        outcome
    }

    /// Creates a contract from EVM init code and gives its address.
    ///
    /// # Errors
    /// The outcome of the creation when it did not succeed.
    #[expect(clippy::result_large_err, reason = "the outcome is the error")]
    pub fn deploy(&mut self, from: Address, init_code: Bytes) -> Result<Address, Outcome> {
        let outcome = self.transact(Transaction::create(from, init_code));
        outcome.created.ok_or(outcome)
    }

    /// Remembers the present state, clock and block number.
    pub fn snapshot(&mut self) -> Snapshot {
        Snapshot(self.clone())
    }

    /// Returns to a snapshot.
    pub fn revert(&mut self, snapshot: Snapshot) {
        *self = snapshot.0;
    }

    /// Balance in wei.
    pub fn balance(&self, who: Address) -> U256 {
        self.state.balance(who)
    }

    /// Number of transactions sent, or of contracts created by a contract plus one.
    pub fn nonce(&self, who: Address) -> u64 {
        self.state.nonce(who)
    }

    /// Deployed code, with its prefix if it is a Stylus program.
    pub fn code(&self, who: Address) -> Bytes {
        self.state.code(who)
    }

    /// Keccak-256 of the deployed code; that of nothing for an account without.
    pub fn code_hash(&self, who: Address) -> B256 {
        self.state.code_hash(who)
    }

    /// Word in a storage slot.
    pub fn storage(&self, who: Address, slot: U256) -> U256 {
        self.state.slot(who, slot)
    }

    /// Overwrites a storage slot.
    pub fn set_storage(&mut self, who: Address, slot: U256, value: U256) {
        self.state.set_slot(who, slot, value);
    }

    /// Overwrites the code of an account.
    pub fn set_code(&mut self, who: Address, code: Bytes) {
        self.state.set_code(who, code);
    }

    /// Overwrites the nonce of an account.
    pub fn set_nonce(&mut self, who: Address, nonce: u64) {
        self.state.set_nonce(who, nonce);
    }

    fn execute_in_block(&mut self, tx: &Transaction) -> Outcome {
        let mut machine = self.open_machine();
        let outcome = machine.execute(tx, true);
        self.state = if outcome.gas_used == 0 {
            machine.into_untouched_state()
        } else {
            machine.into_committed_state()
        };
        outcome
    }

    fn open_machine(&mut self) -> Machine {
        let block = BlockInfo {
            l1_number: self.l1_block_number(),
            timestamp: self.time,
        };
        Machine::new(mem::take(&mut self.state), self.config.clone(), block)
    }
}
