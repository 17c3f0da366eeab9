//! Calls and estimates.

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_rpc_types_eth::TransactionRequest;
use smirk_devnet::{Chain, Transaction};

use super::{quantity, reply, Arguments, Method, Reply};
use crate::call::{self, CALL_GAS_CAP};
use crate::error::RpcError;
use crate::node::Node;

pub(super) const METHODS: &[Method] = &[
    Method::long("eth_call", eth_call),
    Method::long("eth_estimateGas", estimate_gas),
];

fn eth_call(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let request = arguments.next()?;
    let block = arguments.block()?;
    let (mut chain, transaction) = prepare(node, &request, block, arguments)?;
    reply(call::run(&mut chain, transaction)?)
}

/// An estimate is for a transaction that comes next: at the head it runs with the next block's time.
fn estimate_gas(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let request = arguments.next()?;
    let block = match arguments.block()? {
        BlockId::Number(BlockNumberOrTag::Latest) => BlockId::pending(),
        other => other,
    };
    let (chain, transaction) = prepare(node, &request, block, arguments)?;
    quantity(call::estimate_gas(&chain, &transaction)?)
}

/// The chain that a call runs on, with the overrides that follow in the parameters, and what it runs.
pub(super) fn prepare(
    node: &Node,
    request: &TransactionRequest,
    block: BlockId,
    arguments: &mut Arguments<'_>,
) -> Result<(Chain, Transaction), RpcError> {
    let mut chain = node.chain_at(block)?;
    call::apply_overrides(&mut chain, arguments.optional()?, arguments.optional()?)?;
    let transaction = call::transaction(&chain, request, CALL_GAS_CAP)?;
    Ok((chain, transaction))
}
