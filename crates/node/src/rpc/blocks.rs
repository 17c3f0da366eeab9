//! Blocks.

use alloy_eips::BlockId;
use alloy_primitives::B256;
use serde_json::Value;

use super::{block_id, quantity, reply, Arguments, Method, Reply};
use crate::node::Node;
use crate::receipt;

pub(super) const METHODS: &[Method] = &[
    Method::quick("eth_blockNumber", 0, |node, _| {
        quantity(node.read(|state| state.ledger.head_number()))
    }),
    Method::quick("eth_getBlockByNumber", 2, |node, arguments| {
        let id = by_number(arguments)?;
        block(node, id, arguments)
    }),
    Method::quick("eth_getBlockByHash", 2, |node, arguments| {
        let id = by_hash(arguments)?;
        block(node, id, arguments)
    }),
    Method::quick("eth_getHeaderByNumber", 1, |node, arguments| {
        header(node, by_number(arguments)?)
    }),
    Method::quick("eth_getHeaderByHash", 1, |node, arguments| {
        header(node, by_hash(arguments)?)
    }),
    Method::quick("eth_getBlockReceipts", 1, receipts),
    Method::quick(
        "eth_getBlockTransactionCountByNumber",
        1,
        |node, arguments| transaction_count(node, by_number(arguments)?),
    ),
    Method::quick(
        "eth_getBlockTransactionCountByHash",
        1,
        |node, arguments| transaction_count(node, by_hash(arguments)?),
    ),
    Method::quick("eth_getUncleCountByBlockNumber", 1, |node, arguments| {
        uncle_count(node, by_number(arguments)?)
    }),
    Method::quick("eth_getUncleCountByBlockHash", 1, |node, arguments| {
        uncle_count(node, by_hash(arguments)?)
    }),
    Method::quick("eth_getUncleByBlockNumberAndIndex", 2, |_, _| {
        Ok(Value::Null)
    }),
    Method::quick("eth_getUncleByBlockHashAndIndex", 2, |_, _| Ok(Value::Null)),
];

/// A block by number or tag.
pub(super) fn by_number(arguments: &mut Arguments<'_>) -> Result<BlockId, crate::RpcError> {
    arguments.tag().map(BlockId::Number)
}

/// A block by hash.
pub(super) fn by_hash(arguments: &mut Arguments<'_>) -> Result<BlockId, crate::RpcError> {
    arguments.next::<B256>().map(BlockId::from)
}

fn block(node: &Node, id: BlockId, arguments: &mut Arguments<'_>) -> Reply {
    let whole_transactions = arguments.optional::<bool>()?.unwrap_or_default();
    let found = node.read(|state| state.ledger.resolve(id).cloned());
    Ok(found.map_or(Value::Null, |block| block.view(whole_transactions)))
}

fn header(node: &Node, id: BlockId) -> Reply {
    let found = node.read(|state| state.ledger.resolve(id).cloned());
    Ok(found.map_or(Value::Null, |block| block.header_view()))
}

fn receipts(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let id = block_id(arguments.next()?)?;
    let Some(block) = node.read(|state| state.ledger.resolve(id).cloned()) else {
        return Ok(Value::Null);
    };
    let receipts = (0..block.entries.len()).map(|index| receipt::view(&block, index));
    Ok(receipts.collect())
}

fn transaction_count(node: &Node, id: BlockId) -> Reply {
    let found = node.read(|state| state.ledger.resolve(id).cloned());
    match found {
        Some(block) => quantity(block.entries.len()),
        None => reply(Value::Null),
    }
}

fn uncle_count(node: &Node, id: BlockId) -> Reply {
    match node.read(|state| state.ledger.resolve(id).cloned()) {
        Some(_) => quantity(0),
        None => reply(Value::Null),
    }
}
