//! Everything that lives for the length of one transaction.

pub(crate) mod pages;
pub(crate) mod params;
pub(crate) mod recent;

use std::collections::HashMap;
use std::ops::{Deref, DerefMut};

use alloy_primitives::{Address, Log, B256, U256};
use revm::bytecode::Bytecode;
use revm::context::{BlockEnv, CfgEnv, Context, Journal, TxEnv};
use revm::context_interface::JournalTr;
use revm::primitives::hardfork::SpecId;
use revm::state::{AccountInfo, EvmState};
use revm::Database;

use self::pages::Pages;
use self::params::StylusParams;
use self::recent::RecentPrograms;
use crate::address::ARBOS_STATE;
use crate::config::ChainConfig;
use crate::recording::Recorder;
use crate::state::WorldState;
use crate::transaction::{FrameReport, Said};

/// Rules of the EVM side: ArbOS has run Osaka from version 50 on.
pub(crate) const SPEC: SpecId = SpecId::OSAKA;

/// Most that is kept of what programs say in a transaction, in bytes.
const MAX_SAID: usize = 1 << 20;

/// First ArbOS version that allows no more pages than the chain's limit, whatever is paid.
const PAGES_CAPPED_SINCE: u64 = 59;

/// The EVM's surroundings, with the recorder of a trace if the transaction is traced.
pub(crate) type EvmContext =
    Context<BlockEnv, TxEnv, CfgEnv, WorldState, Journal<WorldState>, Option<Box<Recorder>>>;

/// Where and when a transaction runs.
#[derive(Clone, Copy, Debug)]
pub(crate) struct BlockInfo {
    /// L2 block number.
    pub number: u64,
    /// L1 block number, which the EVM and programs see.
    pub l1_number: u64,
    pub timestamp: u64,
}

/// Handle to the state of the running transaction. A program owns it while its WASM runs: the caller's handle is
/// empty until the program has ended.
pub(crate) struct Machine(Option<Box<MachineState>>);

/// State, block and counters of the transaction that is running.
pub(crate) struct MachineState {
    pub config: ChainConfig,
    pub block: BlockInfo,
    pub evm: EvmContext,
    /// WASM pages open in this transaction.
    pub pages: Pages,
    /// Programs called in this block.
    pub recent: RecentPrograms,
    /// What the Stylus frames used, in the order in which they were entered.
    pub reports: Vec<FrameReport>,
    /// What programs said.
    pub said: Vec<Said>,
    /// Wei per gas that the transaction offers, which programs see.
    pub offered_price: u128,
    /// Units of L1 data that the transaction pays for, and the gas that it does so with.
    pub l1_units: u64,
    pub l1_gas: u64,
    /// Open non-delegate frames by acting account; tells a program whether it was re-entered.
    open_frames: HashMap<Address, u32>,
    /// What `CALLER` is in each open frame of a contract, the transaction's own first.
    callers: Vec<Address>,
}

impl Deref for Machine {
    type Target = MachineState;

    fn deref(&self) -> &MachineState {
        self.0.as_ref().expect("the machine is here")
    }
}

impl DerefMut for Machine {
    fn deref_mut(&mut self) -> &mut MachineState {
        self.0.as_mut().expect("the machine is here")
    }
}

impl Machine {
    pub(crate) fn new(
        state: WorldState,
        config: ChainConfig,
        block: BlockInfo,
        recent: RecentPrograms,
    ) -> Self {
        let mut evm = EvmContext::new(state, SPEC);
        evm.cfg.chain_id = config.chain_id;
        evm.cfg.limit_contract_code_size = Some(config.max_code_size);
        evm.block.number = U256::from(block.l1_number);
        evm.block.timestamp = U256::from(block.timestamp);
        evm.block.beneficiary = config.coinbase;
        evm.block.gas_limit = config.block_gas_limit;
        evm.block.basefee = config.base_fee;
        evm.block.difficulty = U256::from(1);
        evm.block.prevrandao = Some(config.prev_randao);
        Self(Some(Box::new(MachineState {
            config,
            block,
            evm,
            pages: Pages::default(),
            recent,
            reports: Vec::new(),
            said: Vec::new(),
            offered_price: 0,
            l1_units: 0,
            l1_gas: 0,
            open_frames: HashMap::new(),
            callers: Vec::new(),
        })))
    }

    /// Sets the base fee of this block.
    pub(crate) fn set_base_fee(&mut self, wei: u64) {
        self.config.base_fee = wei;
        self.evm.block.basefee = wei;
    }

    /// Takes the state out of this handle.
    pub(crate) fn take(&mut self) -> Self {
        Self(self.0.take())
    }

    /// The state with the transaction's effects applied to it.
    pub(crate) fn commit(self) -> WorldState {
        let (mut state, changes) = self.discard();
        state.commit(changes);
        state
    }

    /// The state as it was before the transaction, and what the transaction changed.
    pub(crate) fn discard(mut self) -> (WorldState, EvmState) {
        let machine = self.0.take().expect("the machine is here");
        let mut journal = machine.evm.journaled_state;
        let changes = journal.finalize();
        (journal.database, changes)
    }

    /// Gas for opening `new` pages more: more than there is when the chain does not allow so many.
    pub(crate) fn pages_gas(&self, new: u16, params: &StylusParams) -> u64 {
        let capped = self.config.arbos_version >= PAGES_CAPPED_SINCE && params.page_limit > 0;
        if capped && self.pages.open.saturating_add(new) > params.page_limit {
            return u64::MAX;
        }
        self.pages.cost(new, params)
    }

    /// What the recorder collected, if the transaction was traced.
    pub(crate) fn into_recorder(self) -> Option<Recorder> {
        let machine = self.0.expect("the machine is here");
        machine.evm.chain.map(|recorder| *recorder)
    }

    pub(crate) fn journal(&mut self) -> &mut Journal<WorldState> {
        &mut self.evm.journaled_state
    }

    /// What collects the trace, if the transaction is traced.
    pub(crate) fn recorder(&mut self) -> Option<&mut Recorder> {
        self.evm.chain.as_deref_mut()
    }

    /// The recorder, and the events that the transaction has emitted so far.
    pub(crate) fn recorder_and_logs(&mut self) -> Option<(&mut Recorder, &[Log])> {
        let evm = &mut self.evm;
        let recorder = evm.chain.as_deref_mut()?;
        Some((recorder, evm.journaled_state.logs()))
    }

    /// An account as it is now. Unlike the journal's own look-ups this does not make it warm.
    pub(crate) fn peek(&mut self, address: Address) -> AccountInfo {
        let journal = self.journal();
        if let Some(account) = journal.inner.state.get(&address) {
            return account.info.clone();
        }
        let Ok(account) = journal.database.basic(address);
        account.unwrap_or_default()
    }

    /// Hash and code of an account. Does not make it warm.
    pub(crate) fn code_of(&mut self, address: Address) -> (B256, Bytecode) {
        let account = self.peek(address);
        (account.code_hash, account.code.unwrap_or_default())
    }

    /// Whether an account was destroyed in this transaction.
    pub(crate) fn is_self_destructed(&mut self, address: Address) -> bool {
        let account = self.journal().inner.state.get(&address);
        account.is_some_and(|account| account.is_selfdestructed())
    }

    /// Word that ArbOS remembers.
    pub(crate) fn arbos_read(&mut self, slot: U256) -> U256 {
        let Ok(_) = self.journal().load_account(ARBOS_STATE);
        let Ok(word) = self.journal().sload(ARBOS_STATE, slot);
        word.data
    }

    /// Makes ArbOS remember a word; undone with the frame that does so.
    pub(crate) fn arbos_write(&mut self, slot: U256, word: U256) {
        let Ok(_) = self.journal().load_account(ARBOS_STATE);
        let Ok(_) = self.journal().sstore(ARBOS_STATE, slot, word);
        self.journal().touch_account(ARBOS_STATE);
    }

    /// Keeps what a program says. Saying is free, so that there has to be an end to it: what goes beyond a mebibyte is lost.
    pub(crate) fn hear(&mut self, program: Address, text: String) {
        let heard: usize = self.said.iter().map(Said::weight).sum();
        let said = Said { program, text };
        if heard + said.weight() <= MAX_SAID {
            self.said.push(said);
        }
    }

    /// Notes that a frame of `account` opened, with its `CALLER`. `None` stands for a delegate frame, which is not counted.
    pub(crate) fn enter(&mut self, account: Option<Address>, caller: Address) {
        self.callers.push(caller);
        if let Some(account) = account {
            *self.open_frames.entry(account).or_default() += 1;
        }
    }

    /// Notes that a frame of `account` closed.
    pub(crate) fn leave(&mut self, account: Option<Address>) {
        self.callers.pop();
        if let Some(count) = account.and_then(|account| self.open_frames.get_mut(&account)) {
            *count -= 1;
        }
    }

    /// `CALLER` of the contract that is running, if one is.
    pub(crate) fn innermost_caller(&self) -> Option<Address> {
        self.callers.last().copied()
    }

    /// Whether `account` has more than one frame open.
    pub(crate) fn is_reentered(&self, account: Address) -> bool {
        self.open_frames
            .get(&account)
            .is_some_and(|count| *count > 1)
    }
}
