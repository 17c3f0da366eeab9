//! Accounts, code and storage, now or after an earlier block.

use std::collections::BTreeMap;

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, B256, U256};
use serde_json::{json, Value};

use super::{invalid, quantity, reply, Arguments, Method, Reply, Slot};
use crate::error::RpcError;
use crate::node::Node;

/// Most slots that one request is about.
const MAX_SLOTS: usize = 1_024;

pub(super) const METHODS: &[Method] = &[
    Method::quick("eth_getBalance", 2, balance),
    Method::quick("eth_getCode", 2, code),
    Method::quick("eth_getStorageAt", 3, storage),
    Method::quick("eth_getStorageValues", 2, storage_values),
    Method::quick("eth_getTransactionCount", 2, nonce),
    Method::quick("eth_getAccountInfo", 2, account_info),
    Method::long("eth_getAccount", 2, account),
    Method::long("eth_getProof", 3, proof),
];

fn balance(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let address = arguments.next()?;
    let chain = node.chain_at(arguments.block()?)?;
    reply(chain.balance(address))
}

fn code(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let address = arguments.next()?;
    let chain = node.chain_at(arguments.block()?)?;
    reply(chain.code(address))
}

fn storage(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let (address, slot) = (arguments.next()?, arguments.next::<Slot>()?);
    let chain = node.chain_at(arguments.block()?)?;
    reply(B256::from(chain.storage(address, slot.0)))
}

/// Slots of several accounts.
fn storage_values(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let asked: BTreeMap<Address, Vec<Slot>> = arguments.next()?;
    let slots: usize = asked.values().map(Vec::len).sum();
    if slots == 0 {
        return Err(RpcError::invalid("empty request"));
    }
    check_slot_count(slots)?;
    let chain = node.chain_at(arguments.block()?)?;
    let values = asked.into_iter().map(|(address, slots)| {
        let values = slots
            .iter()
            .map(|slot| B256::from(chain.storage(address, slot.0)));
        (address, values.collect())
    });
    reply(values.collect::<BTreeMap<Address, Vec<B256>>>())
}

fn check_slot_count(slots: usize) -> Result<(), RpcError> {
    if slots > MAX_SLOTS {
        return Err(RpcError::LimitExceeded(format!(
            "too many keys: at most {MAX_SLOTS} slots at a time"
        )));
    }
    Ok(())
}

fn account_info(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let address = arguments.next()?;
    let chain = node.chain_at(arguments.block()?)?;
    reply(json!({
        "balance": chain.balance(address),
        "nonce": U256::from(chain.nonce(address)),
        "code": chain.code(address),
    }))
}

/// An account as it is in the trie.
fn account(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let address = arguments.next()?;
    let mut chain = node.chain_at(arguments.block()?)?;
    let account = chain.prove(address, &[]);
    let account = account.ok_or_else(|| without_root("eth_getAccount"))?;
    reply(json!({
        "balance": account.balance,
        "nonce": U256::from(account.nonce),
        "codeHash": account.code_hash,
        "storageRoot": account.storage_hash,
    }))
}

fn without_root(method: &str) -> RpcError {
    RpcError::Unsupported(format!(
        "{method} is not offered after a fork: its state has no root, because nobody here knows all accounts"
    ))
}

/// An account and some of its slots with the nodes that prove them against the state root (EIP-1186).
fn proof(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let address: Address = arguments.next()?;
    // The answer names the slots as they were asked for.
    let asked: Vec<Value> = arguments.next()?;
    let slots = asked.iter().cloned().map(|slot| {
        let slot: Slot = serde_json::from_value(slot).map_err(invalid)?;
        Ok(slot.0)
    });
    let slots = slots.collect::<Result<Vec<U256>, RpcError>>()?;
    check_slot_count(slots.len())?;
    let mut chain = node.chain_at(arguments.block()?)?;
    let account = chain.prove(address, &slots);
    let account = account.ok_or_else(|| without_root("eth_getProof"))?;
    let storage = account.slots.into_iter().zip(asked).map(|(slot, asked)| {
        json!({
            "key": asked,
            "value": slot.value,
            "proof": slot.proof,
        })
    });
    reply(json!({
        "address": address,
        "balance": account.balance,
        "codeHash": account.code_hash,
        "nonce": U256::from(account.nonce),
        "storageHash": account.storage_hash,
        "accountProof": account.proof,
        "storageProof": storage.collect::<Vec<_>>(),
    }))
}

fn nonce(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let address: Address = arguments.next()?;
    let block = arguments.block()?;
    if block == BlockId::Number(BlockNumberOrTag::Pending) {
        return quantity(node.pending_nonce(address)?);
    }
    quantity(node.chain_at(block)?.nonce(address))
}
