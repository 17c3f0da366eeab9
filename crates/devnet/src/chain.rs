//! The chain: state, clock and the entry points for using it.

use std::io::{self, Read, Write};
use std::mem;
use std::sync::Arc;

use alloy_primitives::{Address, Bytes, B256, U256};
use alloy_sol_types::SolCall;

use crate::address::ARBOS_STATE;
use crate::code::kind::FRAGMENTS_SINCE;
use crate::code::packing::{classic_code, compressed, deployment_code, ProgramCode};
use crate::config::ChainConfig;
use crate::dump::{ChainDump, Contents, LoadError};
use crate::execute::upgrade::DueChanges;
use crate::machine::params::StylusParams;
use crate::machine::recent::RecentPrograms;
use crate::machine::{BlockInfo, Machine};
use crate::precompile::address_list::{CACHE_MANAGERS, CHAIN_OWNERS};
use crate::precompile::figure::L1_PRICE;
use crate::precompile::outbox;
use crate::precompile::setting::NEXT_BASE_FEE;
use crate::precompile::{self, ArbWasm, ARB_WASM};
use crate::program::engine::compile;
use crate::program::place::params_slot;
use crate::recording::Recorder;
use crate::remote::Remote;
use crate::state::{AccountProof, Origin, WorldState};
use crate::trace::{Frame, OpcodeOptions, OpcodeTrace, Touched, TraceAs};
use crate::transaction::{MinedBlock, MinedTransaction, Outcome, Transaction};
use crate::wasm::accept::Rules;
use crate::wasm::check::ProgramCheck;

/// Seconds between L1 blocks.
const L1_BLOCK_TIME: u64 = 12;

/// Value sent along with an activation; what the data fee leaves comes back.
const ACTIVATION_VALUE: u64 = 1_000_000_000_000_000_000;

/// An Arbitrum-like chain in this process. Every transaction is mined at once, in a block of its own. Clones share
/// their state until they differ, so that one may be kept for every block.
#[derive(Clone, Debug)]
pub struct Chain {
    config: ChainConfig,
    state: WorldState,
    time: u64,
    block_number: u64,
    recent: RecentPrograms,
    /// What was mined since it was taken, if it is kept.
    history: Option<History>,
}

/// Blocks, and the chain as it stood after each of them.
#[derive(Clone, Debug, Default)]
struct History {
    blocks: Vec<MinedBlock>,
    states: Vec<Chain>,
}

/// A point in a chain's history to return to, any number of times and in any order.
#[derive(Clone, Debug)]
pub struct Snapshot(Chain);

/// A program's activation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activation {
    /// Stylus version that the program was activated for.
    pub version: u16,
    /// Wei paid for storing the native code.
    pub data_fee: U256,
    /// Gas that the transaction used.
    pub gas_used: u64,
}

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

    /// Opens a block that is simulated, for calls to run in one after the other.
    pub fn open_simulated(&mut self) {
        self.open_block();
    }

    /// Runs a transaction in the block that was opened, and keeps its effects. Without paying, as [`Chain::call`] runs it,
    /// its nonce counts all the same.
    pub fn simulate(&mut self, tx: &Transaction, pays: bool) -> Outcome {
        let mut machine = self.open_machine();
        let outcome = machine.execute(tx, pays);
        self.recent = mem::take(&mut machine.recent);
        self.state = if outcome.gas_used == 0 {
            machine.discard().0
        } else {
            machine.commit()
        };
        outcome
    }

    /// Mines a block without transactions.
    pub fn mine(&mut self) {
        self.open_block();
        self.close_block();
    }

    /// Why a transaction would not be admitted to the next block, in a node's words. Nonces are not looked at.
    ///
    /// # Errors
    /// When its gas limit is below the intrinsic cost, its init code too long or its sender short of funds.
    pub fn check_transaction(&mut self, tx: &Transaction) -> Result<(), String> {
        let mut machine = self.open_next_machine();
        let refusal = machine.refusal(tx);
        self.state = machine.discard().0;
        refusal.map_or(Ok(()), Err)
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

    /// Executes a transaction on top of the current state, in the block that would come next, and discards its effects.
    /// Gas is free.
    pub fn call(&mut self, tx: Transaction) -> Outcome {
        let machine = self.open_next_machine();
        self.call_on(machine, &tx)
    }

    /// Like [`Chain::call`] in the latest block, as a node executes a call at a block.
    pub fn call_in_latest(&mut self, tx: Transaction) -> Outcome {
        let mut machine = self.open_machine();
        machine.recent = RecentPrograms::default();
        self.call_on(machine, &tx)
    }

    fn call_on(&mut self, mut machine: Machine, tx: &Transaction) -> Outcome {
        let outcome = machine.execute(tx, false);
        self.state = machine.discard().0;
        outcome
    }

    /// Executes a transaction as `how` says and gives its frames with the host functions that programs called. There
    /// is no frame when the transaction is not admitted, or when what happened takes up more than 64 MiB.
    pub fn trace_frames(&self, tx: &Transaction, how: TraceAs) -> (Outcome, Option<Frame>) {
        let (outcome, machine) = self.traced(tx, how, Recorder::default());
        let mut root = machine.into_recorder().and_then(Recorder::into_root);
        if let Some(root) = &mut root {
            root.gas = tx.gas_limit();
            root.gas_used = outcome.gas_used;
        }
        (outcome, root)
    }

    /// Executes a transaction as `how` says and gives the steps of its EVM frames.
    pub fn trace_opcodes(
        &self,
        tx: &Transaction,
        how: TraceAs,
        options: OpcodeOptions,
    ) -> (Outcome, OpcodeTrace) {
        let recorder = Recorder::with_opcodes(options);
        let (outcome, machine) = self.traced(tx, how, recorder);
        let steps = machine.into_recorder().and_then(Recorder::into_opcodes);
        (outcome, steps.unwrap_or_default())
    }

    /// Executes a transaction as `how` says and gives the accounts and slots that it met.
    pub fn trace_touched(&self, tx: &Transaction, how: TraceAs) -> (Outcome, Touched) {
        let (outcome, machine) = self.traced(tx, how, Recorder::default());
        let (state, changes) = machine.discard();
        (outcome, Touched::new(&state, &changes))
    }

    /// A machine that has executed `tx` on a copy of this chain.
    fn traced(&self, tx: &Transaction, how: TraceAs, recorder: Recorder) -> (Outcome, Machine) {
        let mut chain = self.clone();
        let mut machine = match how {
            TraceAs::Call => chain.open_next_machine(),
            TraceAs::Mined(before) => {
                chain.transact_batch(before.to_vec());
                chain.open_machine()
            }
        };
        machine.evm.chain = Some(Box::new(recorder));
        let outcome = machine.execute(tx, how != TraceAs::Call);
        (outcome, machine)
    }

    /// Creates a contract from EVM init code and gives its address.
    ///
    /// # Errors
    /// The outcome of the creation when it did not succeed.
    pub fn deploy(&mut self, from: Address, init_code: Bytes) -> Result<Address, Outcome> {
        let outcome = self.transact(Transaction::create(from, init_code));
        outcome.created.ok_or(outcome)
    }

    /// Deploys a Stylus program from its WASM, packed as cargo-stylus does it: in one account if that can hold it, or
    /// else in fragments and a root, whose address this gives. It has to be activated before it can be called.
    ///
    /// # Errors
    /// The outcome of the first creation that did not succeed.
    pub fn deploy_program(&mut self, from: Address, wasm: &[u8]) -> Result<Address, Outcome> {
        let code = match ProgramCode::new(wasm) {
            ProgramCode::Classic(code) => code,
            ProgramCode::Fragmented(code) if self.config.arbos_version >= FRAGMENTS_SINCE => {
                let fragments: Result<Vec<Address>, Outcome> = code
                    .fragments()
                    .iter()
                    .map(|fragment| self.deploy(from, deployment_code(fragment)))
                    .collect();
                code.root(&fragments?)
            }
            ProgramCode::Fragmented(_) => classic_code(wasm),
        };
        self.deploy(from, deployment_code(&code))
    }

    /// Checks a module as activation would, without touching the chain.
    ///
    /// # Errors
    /// The reason why activation would reject it.
    pub fn check_program(&self, wasm: &[u8]) -> Result<ProgramCheck, String> {
        ProgramCheck::new(wasm, self.rules())
    }

    /// Rules by which programs are activated now.
    fn rules(&self) -> Rules {
        Rules {
            arbos_version: self.config.arbos_version,
            stylus_version: self.stylus_params().version,
            debug: self.config.debug,
        }
    }

    fn stylus_params(&self) -> StylusParams {
        StylusParams::unpack(self.state.slot(ARBOS_STATE, params_slot()))
    }

    /// Compresses, checks and compiles modules, each on a thread of its own, so that deploying, activating and calling
    /// them takes no time later in this process. A module that activation would refuse is refused then.
    pub fn prepare_programs(&self, modules: &[&[u8]]) {
        let rules = self.rules();
        std::thread::scope(|threads| {
            for wasm in modules {
                threads.spawn(move || {
                    compressed(wasm);
                    // Activation tells why a module is refused.
                    let _ = compile(wasm, rules);
                });
            }
        });
    }

    /// Activates a deployed program through ArbWasm, sending one ether of which all but the data fee comes back.
    ///
    /// # Errors
    /// The outcome of the transaction when it did not succeed; its status names the rule that the program breaks.
    pub fn activate(&mut self, from: Address, program: Address) -> Result<Activation, Outcome> {
        let call = ArbWasm::activateProgramCall { program };
        let tx = Transaction::call(from, ARB_WASM, call.abi_encode())
            .with_value(U256::from(ACTIVATION_VALUE));
        let outcome = self.transact(tx);
        if !outcome.is_success() {
            return Err(outcome);
        }
        let returned = ArbWasm::activateProgramCall::abi_decode_returns(&outcome.output)
            .expect("ArbWasm returns what its interface says");
        Ok(Activation {
            version: returned.version,
            data_fee: returned.dataFee,
            gas_used: outcome.gas_used,
        })
    }

    /// Marks an activated program as cached, as a cache manager would, outside of any transaction.
    pub fn cache_program(&mut self, program: Address) {
        let code_hash = self.code_hash(program);
        self.govern(|machine| {
            let mut record = machine.program_record(code_hash);
            record.cached = true;
            machine.set_program_record(code_hash, &record);
        });
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

    /// Remembers the present state, clock and block number.
    pub fn snapshot(&mut self) -> Snapshot {
        Snapshot(self.clone())
    }

    /// Returns to a snapshot.
    pub fn revert(&mut self, snapshot: Snapshot) {
        *self = snapshot.0;
    }

    /// Writes the chain down, complete but for its history: accounts, clock, block number and hashes, rules, programs
    /// called in the latest block. The same chain always gives the same bytes.
    ///
    /// # Errors
    /// When `out` does not take it.
    pub fn dump(&self, out: impl Write) -> io::Result<()> {
        self.to_dump().write(out)
    }

    /// Reads a chain that was written down. It does what the other would have done; its history is not kept.
    ///
    /// # Errors
    /// When the dump is damaged, was altered, or was not written by this version of the format.
    pub fn load(input: impl Read) -> Result<Self, LoadError> {
        Self::restore(ChainDump::read(input)?)
    }

    /// The chain at rest, as a part of a larger file.
    pub fn to_dump(&self) -> ChainDump {
        ChainDump::new(Contents {
            config: self.config.clone(),
            time: self.time,
            block_number: self.block_number,
            recent_programs: self.recent.list().to_vec(),
            block_hashes: self.state.dump_block_hashes(),
            accounts: self.state.dump_accounts(),
            fork: self.fork_point().cloned(),
        })
    }

    /// The chain that was put to rest.
    ///
    /// # Errors
    /// As for [`Chain::load`]; the chain is a fork.
    pub fn restore(dump: ChainDump) -> Result<Self, LoadError> {
        Self::restore_on(dump, None)
    }

    /// The same for a fork, which goes on reading `remote` at the block that [`ChainDump::fork_point`] names.
    ///
    /// # Errors
    /// As for [`Chain::load`]; the chain is a fork and there is no `remote`.
    pub fn restore_on(dump: ChainDump, remote: Option<Arc<dyn Remote>>) -> Result<Self, LoadError> {
        let Contents {
            config,
            time,
            block_number,
            recent_programs,
            block_hashes,
            accounts,
            fork,
        } = dump.into_contents()?;
        let origin = match (fork, remote) {
            (None, _) => None,
            (Some(point), Some(remote)) => {
                let own = precompile::arbitrum_addresses(config.arbos_version, config.debug);
                Some(Origin::new(remote, point, own.collect()))
            }
            (Some(point), None) => {
                return Err(LoadError::Forked {
                    chain_id: point.chain_id,
                    number: point.number,
                })
            }
        };
        Ok(Self {
            config,
            state: WorldState::restore(accounts, block_hashes, origin),
            time,
            block_number,
            recent: recent_programs.into(),
            history: None,
        })
    }

    /// Root of the Merkle Patricia trie of all accounts, those of precompiles and of ArbOS among them. What ArbOS remembers is
    /// laid out otherwise than by Nitro, so that roots differ from those of a Nitro chain with the same contracts. The first
    /// call builds the tries; later ones cost what has changed, on clones too. A fork has no root, because it does not know all
    /// accounts: this is zero.
    pub fn state_root(&mut self) -> B256 {
        self.state.root()
    }

    /// What proves an account and some of its slots against [`Chain::state_root`]; nothing does on a fork.
    pub fn prove(&mut self, who: Address, slots: &[U256]) -> Option<AccountProof> {
        self.state.prove(who, slots)
    }

    /// Number of messages that were sent to L1, and the root of the tree of all of them. Nobody carries them out.
    pub fn messages_to_l1(&self) -> (u64, B256) {
        outbox::committed(&self.state)
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

    /// Overwrites a storage slot. The words that ArbOS keeps for itself change through ArbOwner only: for its account
    /// this does nothing.
    pub fn set_storage(&mut self, who: Address, slot: U256, value: U256) {
        if who != ARBOS_STATE {
            self.state.set_slot(who, slot, value);
        }
    }

    /// Zeroes every storage slot of an account other than ArbOS's own.
    pub fn clear_storage(&mut self, who: Address) {
        if who != ARBOS_STATE {
            self.state.clear_storage(who);
        }
    }

    /// Addresses of the accounts that exist, in no particular order; on a fork, of those that changed since.
    pub fn accounts(&self) -> impl Iterator<Item = Address> + '_ {
        self.state.addresses()
    }

    /// Storage slots of an account that are not zero with their words, in no particular order; on a fork, those that were
    /// written since.
    pub fn storage_slots(&self, who: Address) -> impl Iterator<Item = (U256, U256)> + '_ {
        self.state.slots(who)
    }

    /// Hash of an L2 block as `ArbSys.arbBlockHash` reports it for the last 256: the one set by
    /// [`Chain::set_block_hash`], or else one drawn from the number.
    pub fn block_hash(&self, number: u64) -> B256 {
        self.state.l2_block_hash(number)
    }

    /// Sets the hash of an L2 block. Call it with rising numbers: hashes more than 256 blocks back are forgotten.
    pub fn set_block_hash(&mut self, number: u64, hash: B256) {
        self.state.set_l2_block_hash(number, hash);
    }

    /// Overwrites the code of an account.
    pub fn set_code(&mut self, who: Address, code: Bytes) {
        self.state.set_code(who, code);
    }

    /// Whether an account is the one that holds what ArbOS remembers.
    pub fn is_arbos_state(who: Address) -> bool {
        who == ARBOS_STATE
    }

    /// Whether a contract of the chain itself is at an address, which runs whatever code is put there.
    pub fn is_precompile(&self, who: Address) -> bool {
        precompile::is_precompile(&who)
    }

    /// Overwrites the nonce of an account.
    pub fn set_nonce(&mut self, who: Address, nonce: u64) {
        self.state.set_nonce(who, nonce);
    }

    fn open_block(&mut self) {
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

    /// Changes what ArbOS remembers, outside of any transaction.
    pub(crate) fn govern(&mut self, change: impl FnOnce(&mut Machine)) {
        let mut machine = self.open_machine();
        change(&mut machine);
        self.config = machine.config.clone();
        self.state = machine.commit();
    }

    /// What owners decided that takes effect in the next block.
    fn due_changes(&self) -> Option<DueChanges> {
        DueChanges::find(&self.state, self.config.arbos_version, self.time)
    }

    /// A machine in the present block.
    fn open_machine(&mut self) -> Machine {
        let block = BlockInfo {
            number: self.block_number,
            l1_number: self.l1_block_number(),
            timestamp: self.time,
        };
        let state = mem::take(&mut self.state);
        let mut machine = Machine::new(state, self.config.clone(), block, self.recent.clone());
        machine.run_arbos(self.config.arbos_version);
        machine
    }

    /// A machine in the block that the next transaction would open.
    fn open_next_machine(&mut self) -> Machine {
        let changes = self.due_changes();
        let mut machine = self.open_machine();
        if let Some(changes) = changes {
            machine.apply(changes);
        }
        machine.block.number += 1;
        machine.recent = RecentPrograms::default();
        machine
    }
}
