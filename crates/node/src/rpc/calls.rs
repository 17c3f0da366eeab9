//! Calls and estimates.

use alloy_eips::eip2930::{AccessList, AccessListItem, AccessListResult};
use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::U256;
use alloy_rpc_types_eth::TransactionRequest;
use inkhorn_chain::trace::TraceAs;
use inkhorn_chain::{Chain, Status, Transaction};

use super::{quantity, reply, Arguments, Method, Reply};
use crate::call::{self, RunsIn, CALL_GAS_CAP};
use crate::error::RpcError;
use crate::node::Node;
use crate::node_interface;
use crate::simulate::simulate;

pub(super) const METHODS: &[Method] = &[
    Method::long("eth_call", 4, eth_call),
    Method::long("eth_estimateGas", 4, estimate_gas),
    Method::long("eth_createAccessList", 4, create_access_list),
    Method::long("eth_simulateV1", 2, simulate_blocks),
];

fn eth_call(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let request = arguments.object()?;
    let block = arguments.block()?;
    let (mut chain, transaction) = prepare(node, &request, block, arguments)?;
    call::check_funds(&chain, &request, &transaction)?;
    if node_interface::is_asked(&request) {
        let input = &transaction.input;
        return reply(node_interface::answer(
            node,
            &chain,
            &request,
            input,
            CALL_GAS_CAP,
        )?);
    }
    let outcome = if block == BlockId::pending() {
        chain.call(transaction)
    } else {
        chain.call_in_latest(transaction)
    };
    call::print_said(&outcome);
    reply(call::outcome(outcome)?)
}

/// An estimate is for a transaction that comes next: at the head it runs with the next block's time.
fn estimate_gas(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let request = arguments.object()?;
    let block = match arguments.block()? {
        BlockId::Number(BlockNumberOrTag::Latest) => BlockId::pending(),
        other => other,
    };
    let (chain, transaction) = prepare(node, &request, block, arguments)?;
    quantity(call::estimate_gas(&chain, &transaction)?)
}

/// What the transaction touches, and what it costs when it says so up front.
fn create_access_list(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let request = arguments.object()?;
    let block = match arguments.block()? {
        BlockId::Number(BlockNumberOrTag::Latest) => BlockId::pending(),
        other => other,
    };
    let (mut chain, transaction) = prepare(node, &request, block, arguments)?;
    let (outcome, touched) = chain.trace_touched(&transaction, TraceAs::Call);
    if let (Status::Halt(reason), 0) = (&outcome.status, outcome.gas_used) {
        return Err(RpcError::refused(reason.clone()));
    }
    let list = touched.access_list(&transaction);
    let outcome = chain.call(transaction.with_access_list(list.clone()));
    let items = list
        .into_iter()
        .map(|(address, storage_keys)| AccessListItem {
            address,
            storage_keys,
        });
    reply(AccessListResult {
        access_list: AccessList(items.collect()),
        gas_used: U256::from(outcome.gas_used),
        // Without what a revert says.
        error: match outcome.status {
            Status::Success => None,
            Status::Revert => Some("execution reverted".to_owned()),
            Status::Halt(reason) => Some(reason),
        },
    })
}

fn simulate_blocks(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let payload = arguments.object()?;
    let id = match arguments.block()? {
        BlockId::Number(BlockNumberOrTag::Pending) => BlockId::latest(),
        other => other,
    };
    let parent = node
        .read(|state| Some(state.ledger.resolve(id)?.header.hash()))
        .ok_or_else(|| RpcError::refused("header not found"))?;
    simulate(node.chain_at(id)?, parent, payload)
}

/// The chain that a call runs on, with the overrides that follow in the parameters, and what it runs.
pub(super) fn prepare(
    node: &Node,
    request: &TransactionRequest,
    block: BlockId,
    arguments: &mut Arguments<'_>,
) -> Result<(Chain, Transaction), RpcError> {
    let mut chain = node.chain_at(block)?;
    let (state, changes) = (arguments.optional_object()?, arguments.optional_object()?);
    let at = if block == BlockId::pending() {
        RunsIn::Next
    } else {
        RunsIn::Latest
    };
    let transaction = call::prepare(&mut chain, request, state, changes, at)?;
    Ok((chain, transaction))
}
