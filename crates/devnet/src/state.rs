//! Accounts and storage between transactions.

use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use alloy_primitives::{keccak256, Address, Bytes, B256, KECCAK256_EMPTY, U256};
use revm::bytecode::Bytecode;
use revm::state::{Account, AccountInfo, EvmState};
use revm::Database;

/// Committed accounts. Cloning is cheap: storage is shared until one side writes.
#[derive(Clone, Debug, Default)]
pub(crate) struct WorldState {
    accounts: HashMap<Address, StoredAccount>,
}

#[derive(Clone, Debug, Default)]
struct StoredAccount {
    info: AccountInfo,
    storage: Arc<HashMap<U256, U256>>,
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
        self.accounts.entry(who).or_default().info.balance = wei;
    }

    pub(crate) fn set_nonce(&mut self, who: Address, nonce: u64) {
        self.accounts.entry(who).or_default().info.nonce = nonce;
    }

    pub(crate) fn set_code(&mut self, who: Address, code: Bytes) {
        let info = &mut self.accounts.entry(who).or_default().info;
        info.code_hash = keccak256(&code);
        info.code = Some(Bytecode::new_legacy(code));
    }

    pub(crate) fn set_slot(&mut self, who: Address, slot: U256, value: U256) {
        self.accounts.entry(who).or_default().write(slot, value);
    }

    /// Applies the touched accounts of a finished transaction; empty ones disappear (EIP-161).
    pub(crate) fn commit(&mut self, changes: EvmState) {
        for (address, account) in changes {
            if !account.is_touched() {
                continue;
            }
            if account.is_selfdestructed() || account.is_empty() {
                self.accounts.remove(&address);
            } else {
                self.accounts.entry(address).or_default().apply(account);
            }
        }
    }
}

impl StoredAccount {
    fn apply(&mut self, account: Account) {
        if account.is_created() {
            self.storage = Arc::default();
        }
        for (slot, value) in account.changed_storage_slots() {
            self.write(*slot, value.present_value());
        }
        let code = match account.info.code {
            Some(code) => Some(code),
            None if account.info.code_hash == self.info.code_hash => self.info.code.take(),
            None => Some(Bytecode::default()),
        };
        self.info = AccountInfo {
            code,
            ..account.info
        };
    }

    fn write(&mut self, slot: U256, value: U256) {
        let storage = Arc::make_mut(&mut self.storage);
        if value.is_zero() {
            storage.remove(&slot);
        } else {
            storage.insert(slot, value);
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

    fn block_hash(&mut self, number: u64) -> Result<B256, Infallible> {
        Ok(block_hash(number))
    }
}

/// Hash of a block: there are no headers, so it is drawn from the number.
pub(crate) fn block_hash(number: u64) -> B256 {
    keccak256(number.to_be_bytes())
}
