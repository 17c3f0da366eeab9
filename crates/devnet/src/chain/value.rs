//! The chain as a value.

use alloy_primitives::Bytes;

use crate::address::ARBOS_STATE;
use crate::config::ChainConfig;
use crate::machine::params::StylusParams;
use crate::machine::recent::RecentPrograms;
use crate::precompile;
use crate::program::place::params_slot;
use crate::state::WorldState;
use crate::transaction::MinedBlock;

/// An Arbitrum-like chain in this process. Every transaction is mined at once, in a block of its own. Clones share
/// their state until they differ, so that one may be kept for every block.
#[derive(Clone, Debug)]
pub struct Chain {
    pub(super) config: ChainConfig,
    pub(super) state: WorldState,
    pub(super) time: u64,
    pub(super) block_number: u64,
    pub(super) recent: RecentPrograms,
    /// What was mined since it was taken, if it is kept.
    pub(super) history: Option<History>,
}

/// Blocks, and the chain as it stood after each of them.
#[derive(Clone, Debug, Default)]
pub(super) struct History {
    pub blocks: Vec<MinedBlock>,
    pub states: Vec<Chain>,
}

/// A point in a chain's history to return to, any number of times and in any order.
#[derive(Clone, Debug)]
pub struct Snapshot(Chain);

impl Chain {
    /// A chain at its genesis block, holding nothing but the precompiles.
    pub fn new(config: ChainConfig) -> Self {
        let mut state = WorldState::default();
        for address in precompile::arbitrum_addresses(config.arbos_version, config.debug) {
            state.set_code(address, Bytes::from_static(&precompile::CODE));
        }
        let params = StylusParams::genesis(config.arbos_version);
        state.set_nonce(ARBOS_STATE, 1);
        state.set_slot(ARBOS_STATE, params_slot(), params.pack());
        Self::with_state(config, state, 0)
    }

    /// A chain whose latest block is the one with this number.
    pub(crate) fn with_state(config: ChainConfig, state: WorldState, block_number: u64) -> Self {
        Self {
            time: config.start_time,
            config,
            state,
            block_number,
            recent: RecentPrograms::default(),
            history: None,
        }
    }

    pub(crate) fn state(&self) -> &WorldState {
        &self.state
    }

    /// Parameters that the chain was made with, as changed since.
    pub fn config(&self) -> &ChainConfig {
        &self.config
    }

    /// Remembers the present state, clock and block number.
    pub fn snapshot(&mut self) -> Snapshot {
        Snapshot(self.clone())
    }

    /// Returns to a snapshot.
    pub fn revert(&mut self, snapshot: Snapshot) {
        *self = snapshot.0;
    }
}
