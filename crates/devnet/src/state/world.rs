//! Accounts and storage between transactions.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use alloy_primitives::{keccak256, Address, Bytes, B256, KECCAK256_EMPTY, U256};
use revm::bytecode::Bytecode;
use revm::state::{Account, AccountInfo, EvmState};
use revm::Database;

use crate::state::account::{DumpedAccount, SharedMap, StoredAccount};
use crate::state::origin::Origin;
use crate::state::tries::{AccountProof, Tries};

/// L2 blocks whose hash contracts may ask for.
pub(crate) const HASHED_BLOCKS: u64 = 256;

/// Committed accounts and the hashes of recent L2 blocks. Cloning is cheap, and so is writing to a clone.
#[derive(Clone, Debug, Default)]
pub(crate) struct WorldState {
    accounts: SharedMap<Address, StoredAccount>,
    block_hashes: SharedMap<u64, B256>,
    /// The tries of accounts and slots, once somebody has asked for a root.
    tries: Option<Tries>,
    /// What is beneath the state of a forked chain: whatever is not here is there.
    origin: Option<Arc<Origin>>,
}

impl WorldState {
    /// The state of a chain that goes on from another one.
    pub(crate) fn forked(origin: Origin) -> Self {
        Self {
            origin: Some(Arc::new(origin)),
            ..Self::default()
        }
    }

    /// What is beneath, on a forked chain.
    pub(crate) fn origin(&self) -> Option<&Origin> {
        self.origin.as_deref()
    }

    pub(crate) fn balance(&self, who: Address) -> U256 {
        self.look(who, |info| info.balance).unwrap_or_default()
    }

    pub(crate) fn nonce(&self, who: Address) -> u64 {
        self.look(who, |info| info.nonce).unwrap_or_default()
    }

    pub(crate) fn code(&self, who: Address) -> Bytes {
        let code = self.look(who, |info| info.code.as_ref().map(Bytecode::original_bytes));
        code.flatten().unwrap_or_default()
    }

    pub(crate) fn code_hash(&self, who: Address) -> B256 {
        self.look(who, |info| info.code_hash)
            .unwrap_or(KECCAK256_EMPTY)
    }

    pub(crate) fn slot(&self, who: Address, slot: U256) -> U256 {
        let account = self.accounts.get(&who);
        let word = account.and_then(|account| account.storage.get(&slot));
        let is_whole = account.is_some_and(|account| !account.goes_on_beneath);
        match (word, &self.origin) {
            (Some(word), _) => *word,
            (None, Some(origin)) if !is_whole => origin.slot(who, slot),
            (None, _) => U256::ZERO,
        }
    }

    /// Looks at an account, here or beneath, if it exists.
    fn look<R>(&self, who: Address, look: impl FnOnce(&AccountInfo) -> R) -> Option<R> {
        match (self.accounts.get(&who), &self.origin) {
            (Some(account), None) => Some(look(&account.info)),
            // An account that went is kept, so that what is beneath does not come back.
            (Some(account), Some(_)) => (!account.info.is_empty()).then(|| look(&account.info)),
            (None, Some(origin)) => {
                let info = origin.account(who);
                (!info.is_empty()).then(|| look(&info))
            }
            (None, None) => None,
        }
    }

    pub(crate) fn set_balance(&mut self, who: Address, wei: U256) {
        self.account_mut(who).info.balance = wei;
    }

    pub(crate) fn set_nonce(&mut self, who: Address, nonce: u64) {
        self.account_mut(who).info.nonce = nonce;
    }

    pub(crate) fn set_code(&mut self, who: Address, code: Bytes) {
        self.account_mut(who).set_code(code);
    }

    pub(crate) fn set_slot(&mut self, who: Address, slot: U256, value: U256) {
        self.account_mut(who).write(slot, value);
        if let Some(tries) = &mut self.tries {
            tries.note_slot(who, slot);
        }
    }

    pub(crate) fn clear_storage(&mut self, who: Address) {
        if self.origin.is_some() || self.accounts.contains_key(&who) {
            let account = self.account_mut(who);
            account.storage = SharedMap::default();
            account.goes_on_beneath = false;
        }
        if let Some(tries) = &mut self.tries {
            tries.note_storage(who);
        }
    }

    /// Every account, in no particular order; on a forked chain those that were changed here.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = Address> + '_ {
        self.accounts.keys().copied()
    }

    /// Slots of an account that are not zero, in no particular order; on a forked chain those that were written here.
    pub(crate) fn slots(&self, who: Address) -> impl Iterator<Item = (U256, U256)> + '_ {
        let storage = self.accounts.get(&who).map(|account| &account.storage);
        let slots = storage.into_iter().flat_map(|storage| storage.iter());
        slots
            .map(|(slot, value)| (*slot, *value))
            .filter(|(_, value)| !value.is_zero())
    }

    /// Hash of an L2 block: what it was set to, or else drawn from the number.
    pub(crate) fn l2_block_hash(&self, number: u64) -> B256 {
        let beneath = || self.origin.as_ref()?.l2_block_hash(number);
        let known = self.block_hashes.get(&number).copied();
        known
            .or_else(beneath)
            .unwrap_or_else(|| drawn_hash("L2 block", number))
    }

    /// Sets the hash of an L2 block and forgets one that is out of reach.
    pub(crate) fn set_l2_block_hash(&mut self, number: u64, hash: B256) {
        self.block_hashes.insert_mut(number, hash);
        if let Some(old) = number.checked_sub(HASHED_BLOCKS) {
            self.block_hashes.remove_mut(&old);
        }
    }

    /// Root of the state's trie. The first time it is built from everything, later on from what has changed. Zero on a forked
    /// chain, where nobody knows everything.
    pub(crate) fn root(&mut self) -> B256 {
        match self.origin {
            Some(_) => B256::ZERO,
            None => self.tries_up_to_date().root(),
        }
    }

    /// What proves an account and some of its slots against [`WorldState::root`], where there is one.
    pub(crate) fn prove(&mut self, who: Address, slots: &[U256]) -> Option<AccountProof> {
        if self.origin.is_some() {
            return None;
        }
        self.tries_up_to_date();
        let tries = self.tries.as_ref()?;
        Some(tries.prove(who, self.accounts.get(&who), slots))
    }

    fn tries_up_to_date(&mut self) -> &Tries {
        let Self {
            accounts, tries, ..
        } = self;
        let tries = tries.get_or_insert_with(|| {
            let mut tries = Tries::default();
            accounts.keys().for_each(|who| tries.note_storage(*who));
            tries
        });
        tries.update(|who| accounts.get(&who));
        tries
    }

    fn account_mut(&mut self, who: Address) -> &mut StoredAccount {
        if let Some(tries) = &mut self.tries {
            tries.note(who);
        }
        if !self.accounts.contains_key(&who) {
            let account = self.origin.as_ref().map(|origin| StoredAccount {
                info: origin.account(who),
                goes_on_beneath: true,
                ..StoredAccount::default()
            });
            self.accounts.insert_mut(who, account.unwrap_or_default());
        }
        let account = self.accounts.get_mut(&who);
        account.expect("inserted if it was missing")
    }

    /// Every account as it is written down.
    pub(crate) fn dump_accounts(&self) -> BTreeMap<Address, DumpedAccount> {
        let accounts = self.accounts.iter();
        accounts
            .map(|(address, account)| (*address, account.dump()))
            .collect()
    }

    /// Hashes of L2 blocks that were set.
    pub(crate) fn dump_block_hashes(&self) -> BTreeMap<u64, B256> {
        let hashes = self.block_hashes.iter();
        hashes.map(|(number, hash)| (*number, *hash)).collect()
    }

    /// The state that was written down.
    pub(crate) fn restore(
        accounts: BTreeMap<Address, DumpedAccount>,
        block_hashes: BTreeMap<u64, B256>,
        origin: Option<Origin>,
    ) -> Self {
        let mut state = Self {
            origin: origin.map(Arc::new),
            ..Self::default()
        };
        for (address, account) in accounts {
            state
                .accounts
                .insert_mut(address, StoredAccount::restore(account));
        }
        for (number, hash) in block_hashes {
            state.block_hashes.insert_mut(number, hash);
        }
        state
    }

    /// Applies the touched accounts of a finished transaction; empty ones disappear (EIP-161).
    pub(crate) fn commit(&mut self, changes: EvmState) {
        for (address, account) in changes {
            if !account.is_touched() {
                continue;
            }
            self.note_commit(address, &account);
            if account.is_selfdestructed() || account.is_empty() {
                self.remove(address);
            } else {
                self.account_mut(address).apply(account);
            }
        }
    }
}

impl WorldState {
    /// Takes an account away, and what is beneath it.
    fn remove(&mut self, who: Address) {
        match self.origin {
            Some(_) => self.accounts.insert_mut(who, StoredAccount::default()),
            None => {
                self.accounts.remove_mut(&who);
            }
        }
    }

    /// Makes an account the only one of its address: nothing of it is beneath.
    pub(crate) fn make_whole(&mut self, who: Address) {
        self.remove(who);
    }

    /// Notes what a finished transaction changed of an account.
    fn note_commit(&mut self, address: Address, account: &Account) {
        let Some(tries) = &mut self.tries else {
            return;
        };
        if account.is_created() || account.is_selfdestructed() || account.is_empty() {
            tries.note_storage(address);
            return;
        }
        tries.note(address);
        for (slot, _) in account.changed_storage_slots() {
            tries.note_slot(address, *slot);
        }
    }
}

impl Database for WorldState {
    type Error = Infallible;

    fn basic(&mut self, address: Address) -> Result<Option<AccountInfo>, Infallible> {
        Ok(self.look(address, AccountInfo::clone))
    }

    fn code_by_hash(&mut self, _: B256) -> Result<Bytecode, Infallible> {
        unreachable!("account records carry their code")
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Infallible> {
        Ok(self.slot(address, slot))
    }

    /// `BLOCKHASH` asks for L1 blocks on Arbitrum.
    fn block_hash(&mut self, l1_number: u64) -> Result<B256, Infallible> {
        let beneath = self.origin.as_ref();
        let beneath = beneath.and_then(|origin| origin.l1_block_hash(l1_number));
        Ok(beneath.unwrap_or_else(|| drawn_hash("L1 block", l1_number)))
    }
}

/// Stands in for the hash of a header that does not exist.
fn drawn_hash(kind: &str, number: u64) -> B256 {
    keccak256([kind.as_bytes(), &number.to_be_bytes()].concat())
}
