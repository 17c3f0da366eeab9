//! Everything that lives for the length of one transaction.

use std::collections::HashMap;

use alloy_primitives::{Address, B256, U256};
use revm::bytecode::Bytecode;
use revm::context::{BlockEnv, CfgEnv, Context, Journal, TxEnv};
use revm::context_interface::JournalTr;
use revm::primitives::hardfork::SpecId;

use crate::config::ChainConfig;
use crate::precompile;
use crate::state::WorldState;

/// Rules of the EVM side. ArbOS 51 runs Osaka.
pub(crate) const SPEC: SpecId = SpecId::OSAKA;

/// Address that ArbOS reports as the block's beneficiary.
pub(crate) const SEQUENCER: Address =
    Address::new(*b"\xa4\xb0\x00\x00\x00\x00\x00\x00\x00\x00\x00sequencer");

pub(crate) type EvmContext = Context<BlockEnv, TxEnv, CfgEnv, WorldState, Journal<WorldState>, ()>;

/// Where and when a transaction runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockInfo {
    /// L1 block number, which the EVM and programs see.
    pub l1_number: u64,
    pub timestamp: u64,
}

/// State, block and counters of the transaction that is running.
pub(crate) struct Machine {
    pub config: ChainConfig,
    pub evm: EvmContext,
    /// Open non-delegate frames by acting account; tells a program whether it was re-entered.
    open_frames: HashMap<Address, u32>,
}

impl Machine {
    pub(crate) fn new(state: WorldState, config: ChainConfig, block: BlockInfo) -> Self {
        let mut evm = EvmContext::new(state, SPEC);
        evm.cfg.chain_id = config.chain_id;
        evm.cfg.limit_contract_code_size = Some(config.max_code_size);
        evm.block.number = U256::from(block.l1_number);
        evm.block.timestamp = U256::from(block.timestamp);
        evm.block.beneficiary = SEQUENCER;
        evm.block.gas_limit = 1 << 50;
        evm.block.basefee = config.base_fee;
        evm.block.difficulty = U256::from(1);
        evm.block.prevrandao = Some(B256::with_last_byte(1));
        evm.journaled_state
            .warm_precompiles(precompile::addresses());
        Self {
            config,
            evm,
            open_frames: HashMap::new(),
        }
    }

    /// The state with the transaction's effects applied to it.
    pub(crate) fn into_committed_state(mut self) -> WorldState {
        let changes = self.journal().finalize();
        let mut state = self.evm.journaled_state.database;
        state.commit(changes);
        state
    }

    /// The state as it was before the transaction.
    pub(crate) fn into_untouched_state(self) -> WorldState {
        self.evm.journaled_state.database
    }

    pub(crate) fn journal(&mut self) -> &mut Journal<WorldState> {
        &mut self.evm.journaled_state
    }

    /// Hash and code of an account; marks it warm.
    pub(crate) fn code_of(&mut self, address: Address) -> (B256, Bytecode) {
        let Ok(account) = self.journal().load_account_with_code(address);
        let code = account.info.code.clone().unwrap_or_default();
        (account.info.code_hash, code)
    }

    /// Notes that a frame of `account` opened. `None` stands for a delegate frame, which is not counted.
    pub(crate) fn enter(&mut self, account: Option<Address>) {
        if let Some(account) = account {
            *self.open_frames.entry(account).or_default() += 1;
        }
    }

    /// Notes that a frame of `account` closed.
    pub(crate) fn leave(&mut self, account: Option<Address>) {
        if let Some(count) = account.and_then(|account| self.open_frames.get_mut(&account)) {
            *count -= 1;
        }
    }
}
