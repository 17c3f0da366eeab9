//! The tries of a state: one of accounts, and one of slots for each account.

use std::collections::{BTreeMap, BTreeSet};

use alloy_primitives::{keccak256, Address, Bytes, B256, U256};
use alloy_trie::{TrieAccount, EMPTY_ROOT_HASH};
use rpds::HashTrieMapSync;

use crate::state::account::StoredAccount;
use crate::trie::Trie;

/// The tries, and what has changed since they were brought up to date.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tries {
    accounts: Trie,
    storages: HashTrieMapSync<Address, Trie>,
    changed: BTreeMap<Address, Changes>,
}

/// What changed of an account beside its balance, nonce and code.
#[derive(Clone, Debug, Default)]
struct Changes {
    /// The whole storage went or came.
    is_new: bool,
    slots: BTreeSet<U256>,
}

/// What proves an account and some of its slots against a state root (EIP-1186).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountProof {
    /// Balance in wei.
    pub balance: U256,
    /// Nonce.
    pub nonce: u64,
    /// Hash of the code.
    pub code_hash: B256,
    /// Root of the trie of the account's slots.
    pub storage_hash: B256,
    /// Nodes from the state root to the account.
    pub proof: Vec<Bytes>,
    /// The slots that were asked for.
    pub slots: Vec<SlotProof>,
}

/// What proves a slot against its account's storage root.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SlotProof {
    /// The slot.
    pub slot: U256,
    /// The word in it.
    pub value: U256,
    /// Nodes from the storage root to the slot.
    pub proof: Vec<Bytes>,
}

impl Tries {
    /// Notes that an account changed.
    pub(crate) fn note(&mut self, who: Address) {
        self.changed.entry(who).or_default();
    }

    /// Notes that a slot changed.
    pub(crate) fn note_slot(&mut self, who: Address, slot: U256) {
        self.changed.entry(who).or_default().slots.insert(slot);
    }

    /// Notes that an account's storage is another one.
    pub(crate) fn note_storage(&mut self, who: Address) {
        self.changed.entry(who).or_default().is_new = true;
    }

    /// Brings the tries up to date with the accounts.
    pub(crate) fn update<'a>(&mut self, account: impl Fn(Address) -> Option<&'a StoredAccount>) {
        for (who, changes) in std::mem::take(&mut self.changed) {
            let account = account(who).filter(|account| !account.is_nothing());
            let Some(account) = account else {
                self.accounts.remove(keccak256(who));
                self.storages.remove_mut(&who);
                continue;
            };
            let mut storage = self.storages.get(&who).cloned().unwrap_or_default();
            if changes.is_new {
                storage = Trie::default();
                for (slot, value) in account.slots() {
                    put(&mut storage, slot, value);
                }
            }
            for slot in changes.slots {
                put(&mut storage, slot, account.slot(slot));
            }
            let root = storage.root();
            if root == EMPTY_ROOT_HASH {
                self.storages.remove_mut(&who);
            } else {
                self.storages.insert_mut(who, storage);
            }
            let account = TrieAccount {
                storage_root: root,
                ..account.in_trie()
            };
            self.accounts
                .insert(keccak256(who), alloy_rlp::encode(account));
        }
    }

    /// Root of the trie of accounts.
    pub(crate) fn root(&self) -> B256 {
        self.accounts.root()
    }

    /// The proof of an account and of some of its slots.
    pub(crate) fn prove(
        &self,
        who: Address,
        account: Option<&StoredAccount>,
        slots: &[U256],
    ) -> AccountProof {
        let storage = self.storages.get(&who).cloned().unwrap_or_default();
        let shown = account.map(StoredAccount::in_trie).unwrap_or_default();
        AccountProof {
            balance: shown.balance,
            nonce: shown.nonce,
            code_hash: shown.code_hash,
            storage_hash: storage.root(),
            proof: self.accounts.proof(keccak256(who)),
            slots: slots
                .iter()
                .map(|slot| SlotProof {
                    slot: *slot,
                    value: account.map_or(U256::ZERO, |account| account.slot(*slot)),
                    proof: storage.proof(hashed(*slot)),
                })
                .collect(),
        }
    }
}

fn put(storage: &mut Trie, slot: U256, value: U256) {
    if value.is_zero() {
        storage.remove(hashed(slot));
    } else {
        storage.insert(hashed(slot), alloy_rlp::encode(value));
    }
}

fn hashed(slot: U256) -> B256 {
    keccak256(slot.to_be_bytes::<32>())
}
