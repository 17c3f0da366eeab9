//! What can be chosen when a chain is made.

use alloy_primitives::{address, Address, B256};
use serde::{Deserialize, Serialize};

/// First version of ArbOS that runs programs.
pub(crate) const FIRST_ARBOS: u64 = 30;
/// Latest version of ArbOS that is known here, and the one that Arbitrum One runs.
pub(crate) const LATEST_ARBOS: u64 = 61;

/// Numbers that count blocks or seconds stay below this, so that adding to them cannot overflow.
pub(crate) const LARGEST_COUNT: u64 = 1 << 62;
/// Latest timestamp that blocks carry, Unix seconds: the last that JavaScript's dates can show.
pub const LATEST_TIMESTAMP: u64 = 8_640_000_000_000;

/// Beneficiary of Nitro's blocks: the sequencer.
const SEQUENCER: Address = address!("a4b000000000000000000073657175656e636572");

/// Fixed parameters of a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainConfig {
    /// Chain id, as `CHAINID` and the `chainid` host function report it.
    pub chain_id: u64,
    /// ArbOS version that the chain runs, from 30 to 61; the README says what each changed.
    pub arbos_version: u64,
    /// Timestamp of the genesis block, in Unix seconds.
    pub start_time: u64,
    /// Base fee and effective gas price, in wei per gas. Transactions pay it; [`crate::Chain::call`] does not.
    pub base_fee: u64,
    /// Debug chain: tolerates start functions, offers the `console` and `debug` host modules and `ArbDebug`.
    pub debug: bool,
    /// Most gas a transaction executes with, intrinsic cost included; a higher gas limit is held back and returned.
    pub tx_gas_limit: u64,
    /// Largest deployed code in bytes; create transactions may carry twice as much init code.
    pub max_code_size: usize,
    /// Number of the L1 block at [`ChainConfig::start_time`]. It grows by one every 12 seconds; `NUMBER` and the
    /// `block_number` host function report it, as on Arbitrum.
    pub l1_start_block: u64,
    /// Beneficiary that contracts see. Nobody is paid for being it: fees go to the network fee account.
    #[serde(default = "sequencer")]
    pub coinbase: Address,
    /// Gas limit of blocks that contracts see.
    #[serde(default = "nitro_gas_limit")]
    pub block_gas_limit: u64,
    /// Whether the base fee follows the demand: gas executed beyond the speed limit piles up and raises it block by block.
    /// Otherwise it stays where it is put.
    #[serde(default)]
    pub base_fee_dynamics: bool,
    /// What `PREVRANDAO` gives, which on Arbitrum is always 1.
    #[serde(default = "constant_random")]
    pub prev_randao: B256,
}

fn sequencer() -> Address {
    SEQUENCER
}

fn nitro_gas_limit() -> u64 {
    1 << 50
}

fn constant_random() -> B256 {
    B256::with_last_byte(1)
}

impl Default for ChainConfig {
    fn default() -> Self {
        Self {
            chain_id: 412_346,
            arbos_version: LATEST_ARBOS,
            start_time: 1_767_225_600,
            base_fee: 20_000_000,
            debug: false,
            tx_gas_limit: 32_000_000,
            max_code_size: 24_576,
            l1_start_block: 24_000_000,
            coinbase: sequencer(),
            block_gas_limit: nitro_gas_limit(),
            base_fee_dynamics: false,
            prev_randao: constant_random(),
        }
    }
}
