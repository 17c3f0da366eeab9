//! Traces of transactions and calls.

use std::sync::Arc;

use alloy_eips::BlockId;
use alloy_primitives::B256;
use alloy_rpc_types_eth::TransactionRequest;
use inkhorn_chain::trace::{TraceAs, TracedPlace};
use inkhorn_chain::{Chain, Outcome, Transaction};
use serde_json::{json, Value};

use super::blocks::{by_hash, by_number};
use super::{reply, Arguments, Method, Reply};
use crate::block::Block;
use crate::call::{self, RunsIn};
use crate::error::RpcError;
use crate::node::Node;
use crate::tracer::{Options, Run};
use crate::transaction;

pub(super) const METHODS: &[Method] = &[
    Method::long("debug_traceTransaction", 2, trace_transaction),
    Method::long("debug_traceCall", 3, trace_call),
    Method::long("debug_traceBlockByNumber", 2, |node, arguments| {
        let id = by_number(arguments)?;
        trace_block(node, id, arguments)
    }),
    Method::long("debug_traceBlockByHash", 2, |node, arguments| {
        let id = by_hash(arguments)?;
        trace_block(node, id, arguments)
    }),
];

fn trace_transaction(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let hash: B256 = arguments.next()?;
    let options: Options = arguments.optional_object()?.unwrap_or_default();
    let (block, index) = node
        .read(|state| {
            let found = state.ledger.find(hash);
            found.map(|(block, index)| (Arc::clone(block), index))
        })
        .ok_or_else(|| RpcError::refused("transaction not found"))?;
    let chain = before_block(node, &block)?;
    trace_entry(&chain, &block, index, &options)
}

fn trace_block(node: &Node, id: BlockId, arguments: &mut Arguments<'_>) -> Reply {
    let options: Options = arguments.optional_object()?.unwrap_or_default();
    let block = node
        .read(|state| state.ledger.resolve(id).cloned())
        .ok_or_else(|| RpcError::refused("block not found"))?;
    let chain = match block.entries.is_empty() && block.header.number > 0 {
        true => return reply(Value::Array(Vec::new())),
        false => before_block(node, &block)?,
    };
    let hashes = block.hashes();
    let traces = (0..block.entries.len()).map(|index| {
        let result = trace_entry(&chain, &block, index, &options)?;
        Ok(json!({ "txHash": hashes[index], "result": result }))
    });
    traces
        .collect::<Result<Vec<_>, RpcError>>()
        .map(Value::Array)
}

fn trace_entry(chain: &Chain, block: &Block, index: usize, options: &Options) -> Reply {
    let base_fee = block.header.base_fee_per_gas.unwrap_or_default();
    let transactions: Vec<Transaction> = block.entries[..=index]
        .iter()
        .map(|entry| transaction::for_chain(&entry.transaction, base_fee))
        .collect();
    let (run, before) = transactions.split_last().ok_or(RpcError::Internal)?;
    options.trace(&Run {
        chain,
        transaction: run,
        how: TraceAs::Mined(before),
        place: Some(TracedPlace {
            block_number: block.header.number,
            block_hash: block.header.hash(),
            transaction: transaction::hash(&block.entries[index].transaction),
            index,
        }),
    })
}

/// What a block's transactions came to, found by running them again.
pub(super) fn outcomes(node: &Node, block: &Block) -> Result<Vec<Outcome>, RpcError> {
    let base_fee = block.header.base_fee_per_gas.unwrap_or_default();
    let entries = block.entries.iter();
    let transactions: Vec<Transaction> = entries
        .map(|entry| transaction::for_chain(&entry.transaction, base_fee))
        .collect();
    if transactions.is_empty() {
        return Ok(Vec::new());
    }
    Ok(before_block(node, block)?.transact_batch(transactions))
}

/// The chain as it stood when a block was made.
fn before_block(node: &Node, block: &Block) -> Result<Chain, RpcError> {
    let parent = block
        .header
        .number
        .checked_sub(1)
        .ok_or_else(|| RpcError::refused("genesis is not traceable"))?;
    let mut chain = node.read(|state| state.ledger.state(parent).cloned())?;
    // The head before may have been moved on by what was set between the blocks.
    chain.set_time(block.header.timestamp.max(chain.now()));
    chain.set_base_fee(block.header.base_fee_per_gas.unwrap_or_default());
    block.give_environment(&mut chain);
    Ok(chain)
}

fn trace_call(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let request: TransactionRequest = arguments.object()?;
    let block = arguments.block()?;
    let options: Options = arguments.optional_object()?.unwrap_or_default();
    let mut chain = node.chain_at(block)?;
    // As the call itself would run.
    let (runs_in, how) = match block == BlockId::pending() {
        true => (RunsIn::Next, TraceAs::Call),
        false => (RunsIn::Latest, TraceAs::CallInLatest),
    };
    let run = call::prepare(
        &mut chain,
        &request,
        options.state_overrides.clone(),
        options.block_overrides.clone(),
        runs_in,
    )?;
    call::check_funds(&chain, &request, &run)?;
    options.trace(&Run {
        chain: &chain,
        transaction: &run,
        how,
        place: None,
    })
}
