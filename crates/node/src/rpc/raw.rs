//! Transactions, headers, blocks and receipts as the bytes that hashes and roots are made of.

use alloy_consensus::{Block as WireBlock, BlockBody};
use alloy_eips::eip2718::Encodable2718;
use alloy_eips::BlockId;
use alloy_primitives::{Bytes, B256};
use alloy_rlp::Encodable;

use super::blocks::{by_hash, by_number};
use super::{reply, Arguments, Method, Quantity, Reply};
use crate::block::Block;
use crate::error::RpcError;
use crate::node::Node;

pub(super) const METHODS: &[Method] = &[
    Method::quick("eth_getRawTransactionByHash", 1, raw_by_hash),
    Method::quick("debug_getRawTransaction", 1, raw_by_hash),
    Method::quick(
        "eth_getRawTransactionByBlockNumberAndIndex",
        2,
        |node, arguments| {
            let id = by_number(arguments)?;
            raw_by_index(node, id, arguments)
        },
    ),
    Method::quick(
        "eth_getRawTransactionByBlockHashAndIndex",
        2,
        |node, arguments| {
            let id = by_hash(arguments)?;
            raw_by_index(node, id, arguments)
        },
    ),
    Method::quick("debug_getRawHeader", 1, |node, arguments| {
        of_block(node, arguments, |block| reply(rlp(block.header.inner())))
    }),
    Method::quick("debug_getRawBlock", 1, |node, arguments| {
        of_block(node, arguments, |block| reply(rlp(&wire_block(block))))
    }),
    Method::quick("debug_getRawReceipts", 1, |node, arguments| {
        of_block(node, arguments, |block| {
            let encoded = |entry: &crate::block::Entry| Bytes::from(entry.receipt.encoded_2718());
            reply(block.entries.iter().map(encoded).collect::<Vec<_>>())
        })
    }),
];

fn raw_by_hash(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let hash: B256 = arguments.next()?;
    let sent = node.find_sent(hash);
    reply(sent.map(|sent| Bytes::from(sent.encoded_2718())))
}

fn raw_by_index(node: &Node, id: BlockId, arguments: &mut Arguments<'_>) -> Reply {
    let index = usize::try_from(arguments.next::<Quantity>()?.to_u64()?).unwrap_or(usize::MAX);
    node.read(|state| {
        let block = state.ledger.resolve(id);
        let entry = block.and_then(|block| block.entries.get(index));
        reply(entry.map(|entry| Bytes::from(entry.transaction.encoded_2718())))
    })
}

fn of_block(node: &Node, arguments: &mut Arguments<'_>, form: fn(&Block) -> Reply) -> Reply {
    let id = arguments.object()?;
    let found = node.read(|state| state.ledger.resolve(id).cloned());
    let block = found.ok_or_else(|| RpcError::refused("block not found"))?;
    form(&block)
}

fn rlp(value: &impl Encodable) -> Bytes {
    alloy_rlp::encode(value).into()
}

/// Without ommers and withdrawals, which there are none of.
fn wire_block(block: &Block) -> impl Encodable {
    let transactions = block.entries.iter();
    WireBlock::new(
        block.header.inner().clone(),
        BlockBody {
            transactions: transactions
                .map(|entry| entry.transaction.inner().clone())
                .collect(),
            ommers: Vec::new(),
            withdrawals: None,
        },
    )
}
