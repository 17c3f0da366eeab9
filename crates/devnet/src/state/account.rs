//! An account between transactions, and at rest.

use std::collections::hash_map::DefaultHasher;
use std::collections::BTreeMap;
use std::hash::BuildHasherDefault;

use alloy_primitives::{keccak256, Bytes, U256};
use alloy_trie::TrieAccount;
use revm::bytecode::Bytecode;
use revm::state::{Account, AccountInfo};
use rpds::HashTrieMapSync;
use serde::{Deserialize, Serialize};

/// A map whose clones share what neither side has written since. Its hasher has no secret, so that equal chains
/// behave equally.
pub(super) type SharedMap<K, V> = HashTrieMapSync<K, V, BuildHasherDefault<DefaultHasher>>;

/// What the state holds of an account.
#[derive(Clone, Debug, Default)]
pub(crate) struct StoredAccount {
    pub(super) info: AccountInfo,
    pub(super) storage: SharedMap<U256, U256>,
    /// Whether slots that are not here are beneath, on the chain that was forked. Then slots that are here may be zero.
    pub(super) goes_on_beneath: bool,
}

/// An account at rest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DumpedAccount {
    pub balance: U256,
    pub nonce: u64,
    pub code: Bytes,
    pub storage: BTreeMap<U256, U256>,
    /// Whether the other slots are those of the chain that was forked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub goes_on_beneath: bool,
}

impl StoredAccount {
    /// Word in a slot.
    pub(crate) fn slot(&self, slot: U256) -> U256 {
        self.storage.get(&slot).copied().unwrap_or_default()
    }

    /// Slots that are not zero.
    pub(crate) fn slots(&self) -> impl Iterator<Item = (U256, U256)> + '_ {
        self.storage.iter().map(|(slot, value)| (*slot, *value))
    }

    /// Whether there is nothing in it, so that tries leave it out.
    pub(crate) fn is_nothing(&self) -> bool {
        self.info.is_empty() && self.storage.is_empty()
    }

    /// The account as it is in the trie, but for its storage's root.
    pub(crate) fn in_trie(&self) -> TrieAccount {
        TrieAccount {
            nonce: self.info.nonce,
            balance: self.info.balance,
            code_hash: self.info.code_hash,
            ..TrieAccount::default()
        }
    }

    pub(super) fn dump(&self) -> DumpedAccount {
        let code = self.info.code.as_ref();
        let slots = self.storage.iter();
        DumpedAccount {
            balance: self.info.balance,
            nonce: self.info.nonce,
            code: code.map_or_else(Bytes::new, Bytecode::original_bytes),
            storage: slots.map(|(slot, value)| (*slot, *value)).collect(),
            goes_on_beneath: self.goes_on_beneath,
        }
    }

    pub(super) fn restore(dump: DumpedAccount) -> Self {
        let mut account = Self {
            info: AccountInfo {
                balance: dump.balance,
                nonce: dump.nonce,
                ..AccountInfo::default()
            },
            goes_on_beneath: dump.goes_on_beneath,
            ..Self::default()
        };
        account.set_code(dump.code);
        for (slot, value) in dump.storage {
            account.write(slot, value);
        }
        account
    }

    pub(super) fn set_code(&mut self, code: Bytes) {
        self.info.code_hash = keccak256(&code);
        self.info.code = Some(bytecode(code));
    }

    pub(super) fn apply(&mut self, account: Account) {
        if account.is_created() {
            self.storage = SharedMap::default();
            self.goes_on_beneath = false;
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

    pub(super) fn write(&mut self, slot: U256, value: U256) {
        if value.is_zero() && !self.goes_on_beneath {
            self.storage.remove_mut(&slot);
        } else {
            self.storage.insert_mut(slot, value);
        }
    }
}

/// Code as it runs: what delegates to another account's (EIP-7702) is told from the rest.
pub(crate) fn bytecode(code: Bytes) -> Bytecode {
    match Bytecode::new_eip7702_raw(code.clone()) {
        Ok(delegation) => delegation,
        Err(_) => Bytecode::new_legacy(code),
    }
}
