//! Requests about what was before the fork: the other node answers them.

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{Address, B256, U64};
use alloy_rpc_types_eth::FilterBlockOption;
use serde::Deserialize;
use serde_json::{json, Value};

use crate::error::RpcError;
use crate::filter::{refuse_pending, Wanted};
use crate::fork::Fork;
use crate::node::Node;

/// What a method asks about, and which of its parameters says where.
#[derive(Clone, Copy)]
enum About {
    /// A block itself.
    Block(usize),
    /// The state after a block.
    State(usize),
    /// A transaction, by its hash.
    Transaction,
}

/// Methods that may be about the past.
const METHODS: [(&str, About); 37] = [
    ("eth_getBlockByNumber", About::Block(0)),
    ("eth_getBlockByHash", About::Block(0)),
    ("eth_getHeaderByNumber", About::Block(0)),
    ("eth_getHeaderByHash", About::Block(0)),
    ("eth_getBlockReceipts", About::Block(0)),
    ("eth_getBlockTransactionCountByNumber", About::Block(0)),
    ("eth_getBlockTransactionCountByHash", About::Block(0)),
    ("eth_getUncleCountByBlockNumber", About::Block(0)),
    ("eth_getUncleCountByBlockHash", About::Block(0)),
    ("eth_getTransactionByBlockNumberAndIndex", About::Block(0)),
    ("eth_getTransactionByBlockHashAndIndex", About::Block(0)),
    (
        "eth_getRawTransactionByBlockNumberAndIndex",
        About::Block(0),
    ),
    ("eth_getRawTransactionByBlockHashAndIndex", About::Block(0)),
    ("debug_getRawHeader", About::Block(0)),
    ("debug_getRawBlock", About::Block(0)),
    ("debug_getRawReceipts", About::Block(0)),
    ("debug_traceBlockByNumber", About::Block(0)),
    ("debug_traceBlockByHash", About::Block(0)),
    ("eth_feeHistory", About::Block(1)),
    ("eth_getBalance", About::State(1)),
    ("eth_getCode", About::State(1)),
    ("eth_getTransactionCount", About::State(1)),
    ("eth_getStorageAt", About::State(2)),
    ("eth_getStorageValues", About::State(1)),
    ("eth_getAccount", About::State(1)),
    ("eth_getAccountInfo", About::State(1)),
    ("eth_getProof", About::State(2)),
    ("eth_call", About::State(1)),
    ("eth_estimateGas", About::State(1)),
    ("eth_createAccessList", About::State(1)),
    ("eth_simulateV1", About::State(1)),
    ("debug_traceCall", About::State(1)),
    ("eth_getTransactionByHash", About::Transaction),
    ("eth_getTransactionReceipt", About::Transaction),
    ("eth_getRawTransactionByHash", About::Transaction),
    ("debug_getRawTransaction", About::Transaction),
    ("debug_traceTransaction", About::Transaction),
];

/// The other node's answer, if the request is about what was before the fork.
///
/// # Errors
/// The other node refuses it, or can't be asked.
pub(crate) fn forwarded(
    node: &Node,
    method: &str,
    params: &[Value],
) -> Result<Option<Value>, RpcError> {
    let Some(fork) = node.fork() else {
        return Ok(None);
    };
    let about = match METHODS.iter().find(|(name, _)| *name == method) {
        Some((_, about)) => *about,
        None => return Ok(None),
    };
    match about {
        About::Block(index) | About::State(index) => {
            let is_state = matches!(about, About::State(_));
            let Some(block) = params.get(index).and_then(read_block) else {
                // Without a block the latest one is meant, whose contents the other node may have.
                return Ok(None);
            };
            let Some(number) = past_block(node, &fork, block, is_state)? else {
                return Ok(None);
            };
            let mut params = params.to_vec();
            if !matches!(block, BlockId::Hash(_)) {
                params[index] = number;
            }
            fork.request(method, params.into()).map(Some)
        }
        About::Transaction => transaction(node, &fork, method, params),
    }
}

/// A block as any of these methods take it: a hash alone and a number of JSON, too.
fn read_block(block: &Value) -> Option<BlockId> {
    if let Some(number) = block.as_u64() {
        return Some(BlockId::number(number));
    }
    match B256::deserialize(block) {
        Ok(hash) if block.as_str().is_some_and(|text| text.len() == 66) => Some(hash.into()),
        _ => BlockId::deserialize(block).ok(),
    }
}

/// The block as the other node is asked for it, if the answer is there. The fork's own block belongs to the other chain, but the
/// state after it may have changed here.
fn past_block(
    node: &Node,
    fork: &Fork,
    block: BlockId,
    is_state: bool,
) -> Result<Option<Value>, RpcError> {
    let last = fork.point().number;
    let named = |number: u64| {
        let is_past = number < last || (number == last && !is_state);
        is_past.then(|| json!(U64::from(number)))
    };
    match block {
        BlockId::Number(BlockNumberOrTag::Earliest) => Ok(Some(json!("earliest"))),
        BlockId::Number(BlockNumberOrTag::Number(number)) => Ok(named(number)),
        BlockId::Number(_) => Ok(named(node.read(|state| state.ledger.head_number()))),
        BlockId::Hash(hash) => {
            let hash = hash.block_hash;
            let known = node.read(|state| state.ledger.number_of(hash));
            match known {
                Some(number) => Ok(named(number)),
                None => Ok(fork.number_of(hash)?.and_then(named)),
            }
        }
    }
}

/// What the other node says of a transaction that this one does not know. What came after the fork did not happen here.
fn transaction(
    node: &Node,
    fork: &Fork,
    method: &str,
    params: &[Value],
) -> Result<Option<Value>, RpcError> {
    let Some(hash) = params.first().and_then(|hash| B256::deserialize(hash).ok()) else {
        return Ok(None);
    };
    if node.find_sent(hash).is_some() {
        return Ok(None);
    }
    let found = fork.request("eth_getTransactionByHash", json!([hash]))?;
    if fork.past_number(&found["blockNumber"]).is_none() {
        return Ok(None);
    }
    match method {
        "eth_getTransactionByHash" => Ok(Some(found)),
        _ => fork.request(method, params.into()).map(Some),
    }
}

/// A transaction from before the fork by its sender and nonce, as the other node finds it; null where there is none.
///
/// # Errors
/// The other node does not answer that, or can't be asked.
pub(crate) fn by_nonce(node: &Node, sender: Address, nonce: u64) -> Result<Value, RpcError> {
    let Some(fork) = node.fork() else {
        return Ok(Value::Null);
    };
    let params = json!([sender, U64::from(nonce)]);
    let found = fork.request("eth_getTransactionBySenderAndNonce", params)?;
    // What came after the fork, or waits there, did not happen here.
    let is_past = fork.past_number(&found["blockNumber"]).is_some();
    Ok(if is_past { found } else { Value::Null })
}

/// Logs up to the fork that match, if any block before it is asked for; and whether blocks after it are, too.
///
/// # Errors
/// Pending blocks are asked for; the other node refuses, or can't be asked.
pub(crate) fn logs_before(
    node: &Node,
    wanted: &Wanted,
) -> Result<Option<(Vec<Value>, bool)>, RpcError> {
    let Some(fork) = node.fork() else {
        return Ok(None);
    };
    refuse_pending(wanted)?;
    let (mut past, mut goes_on) = (wanted.filter.clone(), false);
    match wanted.block_option {
        FilterBlockOption::AtBlockHash(hash) => {
            let known = node.read(|state| state.ledger.number_of(hash));
            let is_past = match known {
                Some(number) => number <= fork.point().number,
                None => fork.number_of(hash)?.is_some(),
            };
            if !is_past {
                return Ok(None);
            }
        }
        FilterBlockOption::Range {
            from_block,
            to_block,
        } => {
            let last = fork.point().number;
            let (first, end) = node.read(|state| {
                let number = |tag: Option<BlockNumberOrTag>| match tag {
                    Some(BlockNumberOrTag::Earliest) => 0,
                    Some(tag) => state.ledger.number(tag),
                    None => state.ledger.head_number(),
                };
                (number(from_block), number(to_block))
            });
            if first > last || first > end {
                return Ok(None);
            }
            past.block_option = FilterBlockOption::Range {
                from_block: Some(BlockNumberOrTag::Number(first)),
                to_block: Some(BlockNumberOrTag::Number(end.min(last))),
            };
            goes_on = end > last;
        }
    }
    match fork.request("eth_getLogs", json!([past]))? {
        Value::Array(mut logs) => {
            // The other node was not told of places that may hold anything.
            logs.retain(|log| wanted.has_places(log["topics"].as_array().map_or(0, Vec::len)));
            Ok(Some((logs, goes_on)))
        }
        other => Err(RpcError::refused(format!(
            "the forked chain answers eth_getLogs with {other}"
        ))),
    }
}
