//! Accounts and what a transaction does to them.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Deref;
use std::rc::Rc;

use crate::keccak::keccak256;
use crate::record::{Pricer, Record};

/// An account's address.
pub type Address = [u8; 20];
/// 256 bits, most significant byte first.
pub type Word = [u8; 32];

/// Code of an account, with its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    bytes: Rc<[u8]>,
    hash: Word,
}

impl Code {
    /// Keccak-256 of the code.
    pub fn hash(&self) -> Word {
        self.hash
    }
}

impl From<Vec<u8>> for Code {
    fn from(bytes: Vec<u8>) -> Self {
        Self {
            hash: keccak256(&bytes),
            bytes: bytes.into(),
        }
    }
}

impl Default for Code {
    fn default() -> Self {
        vec![].into()
    }
}

impl Deref for Code {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// An account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Wei.
    pub balance: u128,
    /// Transactions sent, or contracts created plus one.
    pub nonce: u64,
    /// Code, with a program's prefix.
    pub code: Code,
    /// Slots that are not zero.
    pub storage: BTreeMap<Word, Word>,
}

impl Account {
    /// Whether there is nothing that would make it exist.
    pub fn is_empty(&self) -> bool {
        self.balance == 0 && self.nonce == 0 && self.code.is_empty()
    }
}

/// An event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Who emitted it.
    pub address: Address,
    /// At most four.
    pub topics: Vec<Word>,
    /// The rest.
    pub data: Vec<u8>,
}

/// All that a revert takes back.
#[derive(Clone, Debug, Default)]
pub struct World {
    /// Accounts that exist.
    pub accounts: BTreeMap<Address, Account>,
    /// Events of the transaction so far.
    pub logs: Vec<Log>,
    /// What is known of activated programs, by the hash of their code.
    pub(crate) records: BTreeMap<Word, Record>,
    pub(crate) pricer: Pricer,
    pub(crate) transient: BTreeMap<(Address, Word), Word>,
    pub(crate) warm: BTreeSet<Address>,
    pub(crate) warm_slots: BTreeSet<(Address, Word)>,
    pub(crate) refund: i64,
    /// Contracts that the transaction created.
    pub(crate) created: BTreeSet<Address>,
    /// Those of them that destroyed themselves, and are gone when it ends.
    pub(crate) destroyed: BTreeSet<Address>,
}

impl World {
    pub(crate) fn account(&self, address: &Address) -> Account {
        self.accounts.get(address).cloned().unwrap_or_default()
    }

    /// Code of an account; that of nothing for one that does not exist.
    pub(crate) fn code(&self, address: &Address) -> Code {
        let account = self.accounts.get(address);
        account
            .map(|account| account.code.clone())
            .unwrap_or_default()
    }

    /// Forgets what belongs to one transaction.
    pub(crate) fn settle(&mut self) {
        self.logs.clear();
        self.transient.clear();
        self.warm.clear();
        self.warm_slots.clear();
        self.refund = 0;
        self.created.clear();
        self.destroyed.clear();
    }

    /// Gives what an account has to its heir. One that the transaction created is gone when that ends; until then its code stays.
    pub(crate) fn destroy(&mut self, address: &Address, heir: &Address) {
        let balance = self.account(address).balance;
        self.transfer(address, heir, balance);
        if self.created.contains(address) {
            // What it leaves to itself is nobody's.
            self.accounts.entry(*address).or_default().balance = 0;
            self.destroyed.insert(*address);
        }
    }

    /// Empties the accounts that destroyed themselves.
    pub(crate) fn bury(&mut self) {
        for address in std::mem::take(&mut self.destroyed) {
            self.accounts.insert(address, Account::default());
        }
    }

    /// Marks an account warm and says whether it was cold.
    pub(crate) fn touch(&mut self, address: &Address) -> bool {
        self.warm.insert(*address)
    }

    pub(crate) fn slot(&self, address: &Address, key: &Word) -> Word {
        let account = self.accounts.get(address);
        account
            .and_then(|account| account.storage.get(key))
            .copied()
            .unwrap_or_default()
    }

    pub(crate) fn set_slot(&mut self, address: &Address, key: Word, value: Word) {
        let storage = &mut self.accounts.entry(*address).or_default().storage;
        if value == [0; 32] {
            storage.remove(&key);
        } else {
            storage.insert(key, value);
        }
    }

    /// Moves wei, unless there is too little.
    pub(crate) fn transfer(&mut self, from: &Address, to: &Address, value: u128) -> bool {
        if value == 0 {
            return true;
        }
        let payer = self.accounts.entry(*from).or_default();
        let Some(rest) = payer.balance.checked_sub(value) else {
            return false;
        };
        payer.balance = rest;
        self.accounts.entry(*to).or_default().balance += value;
        true
    }
}
