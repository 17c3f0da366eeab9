//! What owners decided and the next block brings: an upgrade of ArbOS, another base fee or gas limit.

use alloy_primitives::{Bytes, U256};
use revm::bytecode::Bytecode;
use revm::context_interface::JournalTr;

use crate::machine::Machine;
use crate::precompile;
use crate::precompile::figure::NEXT_TX_GAS_LIMIT;
use crate::precompile::setting::{NEXT_BASE_FEE, UPGRADE_TIME, UPGRADE_VERSION};
use crate::state::WorldState;

/// Changes that a block begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct DueChanges {
    arbos_version: Option<u64>,
    pub base_fee: Option<u64>,
    tx_gas_limit: Option<u64>,
}

impl DueChanges {
    /// Changes for a block at `time` on a chain that runs `arbos_version`, if there are any.
    pub(crate) fn find(state: &WorldState, arbos_version: u64, time: u64) -> Option<Self> {
        let version: u64 = UPGRADE_VERSION.committed(state).saturating_to();
        let is_upgrade =
            version > arbos_version && UPGRADE_TIME.committed(state) <= U256::from(time);
        let base_fee = NEXT_BASE_FEE.committed(state).checked_sub(U256::ONE);
        let gas_limit = NEXT_TX_GAS_LIMIT.committed(state);
        let changes = Self {
            arbos_version: is_upgrade.then_some(version),
            base_fee: base_fee.map(|wei| wei.saturating_to()),
            tx_gas_limit: (!gas_limit.is_zero()).then(|| gas_limit.saturating_to()),
        };
        let is_any = is_upgrade || changes.base_fee.is_some() || changes.tx_gas_limit.is_some();
        is_any.then_some(changes)
    }
}

impl Machine {
    pub(crate) fn apply(&mut self, changes: DueChanges) {
        if let Some(version) = changes.arbos_version {
            self.upgrade_arbos(version);
        }
        if let Some(base_fee) = changes.base_fee {
            self.set_base_fee(base_fee);
            NEXT_BASE_FEE.set(self, U256::ZERO);
        }
        if let Some(limit) = changes.tx_gas_limit {
            self.config.tx_gas_limit = limit;
            NEXT_TX_GAS_LIMIT.set(self, U256::ZERO);
        }
    }

    /// Runs a version of ArbOS, whose precompiles are warm from now on.
    pub(crate) fn run_arbos(&mut self, version: u64) {
        self.config.arbos_version = version;
        self.journal()
            .warm_precompiles(precompile::addresses(version));
    }

    /// Moves the chain to a later version of ArbOS.
    pub(crate) fn upgrade_arbos(&mut self, version: u64) {
        let (from, debug) = (self.config.arbos_version, self.config.debug);
        let params = self.stylus_params().upgraded(from, version);
        self.set_stylus_params(&params);
        self.run_arbos(version);
        for address in precompile::arbitrum_addresses(version, debug) {
            let Ok(account) = self.journal().load_account(address);
            if account.info.is_empty_code_hash() {
                let code = Bytes::from_static(&precompile::CODE);
                self.journal().set_code(address, Bytecode::new_legacy(code));
            }
        }
    }
}
