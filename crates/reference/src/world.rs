//! Accounts and what a transaction does to them.

use std::collections::{BTreeMap, BTreeSet};

/// An account's address.
pub type Address = [u8; 20];
/// 256 bits, most significant byte first.
pub type Word = [u8; 32];

/// What an account's EVM code does, as far as this is known here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvmCode {
    /// Ends successfully without data.
    Stop,
    /// Returns so many zeros.
    Return(u8),
    /// Reverts with so many zeros.
    Revert(u8),
    /// Consumes all gas.
    Invalid,
}

impl EvmCode {
    /// The code.
    pub fn bytes(self) -> Vec<u8> {
        match self {
            Self::Stop => vec![0x00],
            // PUSH1 length, PUSH1 0, RETURN or REVERT
            Self::Return(length) => vec![0x60, length, 0x60, 0, 0xf3],
            Self::Revert(length) => vec![0x60, length, 0x60, 0, 0xfd],
            Self::Invalid => vec![0xfe],
        }
    }

    /// Gas that it takes: two pushes and memory that is expanded.
    pub(crate) fn gas(self) -> u64 {
        match self {
            Self::Stop => 0,
            Self::Return(length) | Self::Revert(length) => 6 + 3 * u64::from(length).div_ceil(32),
            Self::Invalid => u64::MAX,
        }
    }
}

/// An account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    /// Wei.
    pub balance: u128,
    /// Transactions sent.
    pub nonce: u64,
    /// Code, with a program's prefix.
    pub code: Vec<u8>,
    /// Slots that are not zero.
    pub storage: BTreeMap<Word, Word>,
}

impl Account {
    pub(crate) fn is_empty(&self) -> bool {
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
    /// Events so far.
    pub logs: Vec<Log>,
    pub(crate) transient: BTreeMap<(Address, Word), Word>,
    pub(crate) warm: BTreeSet<Address>,
    pub(crate) warm_slots: BTreeSet<(Address, Word)>,
    pub(crate) refund: i64,
}

impl World {
    pub(crate) fn account(&self, address: &Address) -> Account {
        self.accounts.get(address).cloned().unwrap_or_default()
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
