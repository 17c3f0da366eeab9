//! Accounts and slots that a transaction met, as geth's `prestateTracer` gives them.

use std::collections::BTreeMap;

use alloy_primitives::{Address, Bytes, B256, U256};
use revm::state::{Account, AccountInfo, EvmState};
use serde_json::{json, Map, Value};

use crate::address::{ARBOS_STATE, NETWORK_FEE_ACCOUNT};
use crate::precompile::is_precompile;
use crate::state::WorldState;
use crate::trace::hex::{hex_address, hex_bytes, hex_number};
use crate::transaction::Transaction;

/// Accounts that a transaction met, by address, without what ArbOS keeps for itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// The accounts.
    pub accounts: BTreeMap<Address, TouchedAccount>,
}

/// An account before and after a transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TouchedAccount {
    /// As it was, with the slots that were loaded.
    pub before: AccountState,
    /// As it is, with the same slots.
    pub after: AccountState,
}

/// What an account held at a time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountState {
    /// Balance in wei.
    pub balance: U256,
    /// Nonce.
    pub nonce: u64,
    /// Deployed code.
    pub code: Bytes,
    /// Words in the slots that the transaction loaded.
    pub storage: BTreeMap<U256, U256>,
}

impl Touched {
    /// Accounts that the journal of a finished transaction names.
    pub(crate) fn new(state: &WorldState, changes: &EvmState) -> Self {
        let of_chain = |address: &&Address| **address != ARBOS_STATE;
        let addresses = changes.keys().filter(of_chain);
        Self {
            accounts: addresses
                .map(|address| (*address, touched(state, *address, &changes[address])))
                .collect(),
        }
    }

    /// Access list that makes warm what the transaction met: without accounts that are warm
    /// already, such as its sender and the precompiles, unless a slot of them was loaded.
    pub fn access_list(&self, tx: &Transaction) -> Vec<(Address, Vec<B256>)> {
        let warm = |address: &Address| {
            [tx.from, NETWORK_FEE_ACCOUNT].contains(address)
                || tx.to == Some(*address)
                || is_precompile(address)
        };
        let listed = self.accounts.iter().map(|(address, account)| {
            let slots = account.before.storage.keys();
            (*address, slots.map(|slot| B256::from(*slot)).collect())
        });
        listed
            .filter(|(address, slots): &(Address, Vec<B256>)| !slots.is_empty() || !warm(address))
            .collect()
    }
}

fn touched(state: &WorldState, address: Address, account: &Account) -> TouchedAccount {
    let before = AccountState {
        balance: state.balance(address),
        nonce: state.nonce(address),
        code: state.code(address),
        storage: words(
            account
                .storage
                .iter()
                .map(|(slot, value)| (slot, value.original_value())),
        ),
    };
    let after = match account.is_selfdestructed() {
        true => AccountState::default(),
        false => after(&account.info, &before, account),
    };
    TouchedAccount { before, after }
}

fn after(info: &AccountInfo, before: &AccountState, account: &Account) -> AccountState {
    AccountState {
        balance: info.balance,
        nonce: info.nonce,
        code: match &info.code {
            Some(code) => code.original_bytes(),
            None => before.code.clone(),
        },
        storage: words(
            account
                .storage
                .iter()
                .map(|(slot, value)| (slot, value.present_value())),
        ),
    }
}

fn words<'a>(slots: impl Iterator<Item = (&'a U256, U256)>) -> BTreeMap<U256, U256> {
    slots.map(|(slot, value)| (*slot, value)).collect()
}

/// Touched accounts in the shape of geth's `prestateTracer`; with `diff`, only what changed, before and after.
pub fn prestate_tracer(touched: &Touched, diff: bool) -> Value {
    if diff {
        return changes(touched);
    }
    let accounts = touched.accounts.iter();
    let shaped = accounts.map(|(address, account)| (hex_address(*address), shape(&account.before)));
    shaped.collect::<Map<_, _>>().into()
}

fn changes(touched: &Touched) -> Value {
    let (mut pre, mut post) = (Map::new(), Map::new());
    for (address, account) in &touched.accounts {
        let TouchedAccount { before, after } = account;
        if before == after {
            continue;
        }
        let key = hex_address(*address);
        let changed = |slot: &U256| before.storage.get(slot) != after.storage.get(slot);
        let mut old = before.clone();
        old.storage
            .retain(|slot, value| changed(slot) && !value.is_zero());
        if *before != empty_like(before) {
            pre.insert(key.clone(), shape(&old));
        }
        if *after != empty_like(after) {
            post.insert(key, shape_change(before, after, changed));
        }
    }
    json!({ "pre": pre, "post": post })
}

/// An account with nothing in it that has the same slots.
fn empty_like(account: &AccountState) -> AccountState {
    let slots = account.storage.keys().map(|slot| (*slot, U256::ZERO));
    AccountState {
        storage: slots.collect(),
        ..AccountState::default()
    }
}

fn shape(account: &AccountState) -> Value {
    let mut shaped = Map::new();
    shaped.insert("balance".into(), hex_number(account.balance).into());
    if account.nonce > 0 {
        shaped.insert("nonce".into(), account.nonce.into());
    }
    if !account.code.is_empty() {
        shaped.insert("code".into(), hex_bytes(&account.code).into());
    }
    add_storage(&mut shaped, account.storage.iter());
    shaped.into()
}

fn shape_change(
    before: &AccountState,
    after: &AccountState,
    changed: impl Fn(&U256) -> bool,
) -> Value {
    let mut shaped = Map::new();
    if before.balance != after.balance {
        shaped.insert("balance".into(), hex_number(after.balance).into());
    }
    if before.nonce != after.nonce {
        shaped.insert("nonce".into(), after.nonce.into());
    }
    if before.code != after.code {
        shaped.insert("code".into(), hex_bytes(&after.code).into());
    }
    let slots = after.storage.iter();
    let slots = slots.filter(|(slot, value)| changed(slot) && !value.is_zero());
    add_storage(&mut shaped, slots);
    shaped.into()
}

fn add_storage<'a>(
    shaped: &mut Map<String, Value>,
    slots: impl Iterator<Item = (&'a U256, &'a U256)>,
) {
    let word = |word: &U256| hex_bytes(word.to_be_bytes::<32>());
    let slots: Map<_, _> = slots
        .map(|(slot, value)| (word(slot), word(value).into()))
        .collect();
    if !slots.is_empty() {
        shaped.insert("storage".into(), slots.into());
    }
}
