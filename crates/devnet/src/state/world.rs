//! Accounts and storage between transactions.

use std::collections::BTreeMap;
use std::convert::Infallible;

use alloy_primitives::{keccak256, Address, Bytes, B256, KECCAK256_EMPTY, U256};
use revm::bytecode::Bytecode;
use revm::state::{Account, AccountInfo, EvmState};
use revm::Database;

use crate::state::account::{DumpedAccount, SharedMap, StoredAccount};
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
}

impl WorldState {
    pub(crate) fn balance(&self, who: Address) -> U256 {
        self.accounts
            .get(&who)
            .map_or(U256::ZERO, |account| account.info.balance)
    }

    pub(crate) fn nonce(&self, who: Address) -> u64 {
        self.accounts
            .get(&who)
            .map_or(0, |account| account.info.nonce)
    }

    pub(crate) fn code(&self, who: Address) -> Bytes {
        self.accounts
            .get(&who)
            .and_then(|account| account.info.code.as_ref())
            .map_or_else(Bytes::new, Bytecode::original_bytes)
    }

    pub(crate) fn code_hash(&self, who: Address) -> B256 {
        self.accounts
            .get(&who)
            .map_or(KECCAK256_EMPTY, |account| account.info.code_hash)
    }

    pub(crate) fn slot(&self, who: Address, slot: U256) -> U256 {
        self.accounts
            .get(&who)
            .and_then(|account| account.storage.get(&slot))
            .copied()
            .unwrap_or_default()
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
        if let Some(account) = self.accounts.get_mut(&who) {
            account.storage = SharedMap::default();
        }
        if let Some(tries) = &mut self.tries {
            tries.note_storage(who);
        }
    }

    /// Every account, in no particular order.
    pub(crate) fn addresses(&self) -> impl Iterator<Item = Address> + '_ {
        self.accounts.keys().copied()
    }

    /// Slots of an account that are not zero, in no particular order.
    pub(crate) fn slots(&self, who: Address) -> impl Iterator<Item = (U256, U256)> + '_ {
        let storage = self.accounts.get(&who).map(|account| &account.storage);
        let slots = storage.into_iter().flat_map(|storage| storage.iter());
        slots.map(|(slot, value)| (*slot, *value))
    }

    /// Hash of an L2 block: what it was set to, or else drawn from the number.
    pub(crate) fn l2_block_hash(&self, number: u64) -> B256 {
        match self.block_hashes.get(&number) {
            Some(hash) => *hash,
            None => drawn_hash("L2 block", number),
        }
    }

    /// Sets the hash of an L2 block and forgets one that is out of reach.
    pub(crate) fn set_l2_block_hash(&mut self, number: u64, hash: B256) {
        self.block_hashes.insert_mut(number, hash);
        if let Some(old) = number.checked_sub(HASHED_BLOCKS) {
            self.block_hashes.remove_mut(&old);
        }
    }

    /// Root of the state's trie. The first time it is built from everything, later on from what has changed.
    pub(crate) fn root(&mut self) -> B256 {
        self.tries_up_to_date().root()
    }

    /// What proves an account and some of its slots against [`WorldState::root`].
    pub(crate) fn prove(&mut self, who: Address, slots: &[U256]) -> AccountProof {
        self.tries_up_to_date();
        let tries = self.tries.as_ref().expect("they were made");
        tries.prove(who, self.accounts.get(&who), slots)
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
            self.accounts.insert_mut(who, StoredAccount::default());
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
    ) -> Self {
        let mut state = Self::default();
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
                self.accounts.remove_mut(&address);
            } else {
                self.account_mut(address).apply(account);
            }
        }
    }
}

impl WorldState {
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
        Ok(self
            .accounts
            .get(&address)
            .map(|account| account.info.clone()))
    }

    fn code_by_hash(&mut self, _: B256) -> Result<Bytecode, Infallible> {
        unreachable!("account records carry their code")
    }

    fn storage(&mut self, address: Address, slot: U256) -> Result<U256, Infallible> {
        Ok(self.slot(address, slot))
    }

    /// `BLOCKHASH` asks for L1 blocks on Arbitrum.
    fn block_hash(&mut self, l1_number: u64) -> Result<B256, Infallible> {
        Ok(drawn_hash("L1 block", l1_number))
    }
}

/// Stands in for the hash of a header that does not exist.
fn drawn_hash(kind: &str, number: u64) -> B256 {
    keccak256([kind.as_bytes(), &number.to_be_bytes()].concat())
}
