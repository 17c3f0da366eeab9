//! What is set from outside: fees, the clock, what contracts see of a block, who may govern.

use alloy_primitives::{Address, B256, U256};

use crate::chain::value::Chain;
use crate::precompile::address_list::{CACHE_MANAGERS, CHAIN_OWNERS};
use crate::precompile::figure::{L1_PRICE, SPEED_LIMIT};
use crate::precompile::setting::NEXT_BASE_FEE;
use crate::transaction::Transaction;

/// Seconds between L1 blocks.
const L1_BLOCK_TIME: u64 = 12;

impl Chain {
    /// Sets the balance of `who` to `wei`.
    pub fn fund(&mut self, who: Address, wei: U256) {
        self.state.set_balance(who, wei);
    }

    /// Sets the base fee, in wei per gas, from the next transaction on, whatever owners decided for the next block.
    pub fn set_base_fee(&mut self, wei: u64) {
        if self.next_base_fee() != self.config.base_fee {
            self.govern(|machine| NEXT_BASE_FEE.set(machine, U256::ZERO));
        }
        self.config.base_fee = wei;
    }

    /// Sets the price of L1 data from the next transaction on, in wei per unit: a compressed byte of a transaction is sixteen. It is
    /// zero on a new chain, so that nothing is paid for it.
    pub fn set_l1_price(&mut self, wei: u64) {
        self.govern(|machine| L1_PRICE.set(machine, U256::from(wei)));
    }

    /// The price of L1 data, in wei per unit.
    pub fn l1_price(&self) -> U256 {
        L1_PRICE.committed(&self.state)
    }

    /// Gas per second that the chain is meant to process; at least one.
    pub fn speed_limit(&self) -> u64 {
        let limit: u64 = SPEED_LIMIT.committed(&self.state).saturating_to();
        limit.max(1)
    }

    /// Gas to allow for the L1 data of a transaction to come, at the next block's base fee and a price a tenth above the present one;
    /// for an estimate also at a base fee an eighth below, but not below the minimum.
    pub fn l1_gas_to_allow(&self, tx: &Transaction, for_estimate: bool) -> u64 {
        let mut chain = self.clone();
        let mut machine = chain.open_next_machine();
        machine.padded_l1_gas(tx, for_estimate)
    }

    /// Base fee of the next block, in wei per gas: the present one unless an owner decided otherwise.
    pub fn next_base_fee(&self) -> u64 {
        let changes = self.due_changes();
        let decided = changes.and_then(|changes| changes.base_fee);
        decided.unwrap_or(self.config.base_fee)
    }

    /// Sets the chain's id from the next transaction on.
    pub fn set_chain_id(&mut self, id: u64) {
        self.config.chain_id = id;
    }

    /// Sets the beneficiary that contracts see.
    pub fn set_coinbase(&mut self, coinbase: Address) {
        self.config.coinbase = coinbase;
    }

    /// Sets the gas limit of blocks that contracts see.
    pub fn set_block_gas_limit(&mut self, gas: u64) {
        self.config.block_gas_limit = gas;
    }

    /// Sets what `PREVRANDAO` gives.
    pub fn set_prev_randao(&mut self, random: B256) {
        self.config.prev_randao = random;
    }

    /// Sets the number of the latest L2 block, from which the next one counts.
    pub fn set_block_number(&mut self, number: u64) {
        self.block_number = number;
    }

    /// Number of the latest L2 block.
    pub fn block_number(&self) -> u64 {
        self.block_number
    }

    /// Number of the L1 block that programs see, which follows from the time.
    pub fn l1_block_number(&self) -> u64 {
        self.config.l1_start_block
            + self.time.saturating_sub(self.config.start_time) / L1_BLOCK_TIME
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

    /// Lets calls see another time, which may lie before [`Chain::now`]. A chain whose clock was turned back makes no blocks.
    pub fn pretend_time(&mut self, time: u64) {
        self.time = time;
    }

    /// Moves the clock forward.
    pub fn advance(&mut self, seconds: u64) {
        self.time += seconds;
    }

    /// Makes an account a chain owner, who may call ArbOwner.
    pub fn add_chain_owner(&mut self, owner: Address) {
        self.govern(|machine| CHAIN_OWNERS.insert(machine, owner));
    }

    /// Lets an account cache and evict programs through ArbWasmCache.
    pub fn add_cache_manager(&mut self, manager: Address) {
        self.govern(|machine| CACHE_MANAGERS.insert(machine, manager));
    }

    /// Moves the chain to a later version of ArbOS.
    ///
    /// # Panics
    /// When `version` is earlier than the present one.
    pub fn upgrade_arbos(&mut self, version: u64) {
        let from = self.config.arbos_version;
        assert!(
            version >= from,
            "ArbOS is upgraded, from {from} to {version}"
        );
        self.govern(|machine| machine.upgrade_arbos(version));
    }
}
