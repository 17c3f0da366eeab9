//! Traces of transactions and calls.

use std::sync::Arc;

use alloy_eips::BlockId;
use alloy_primitives::B256;
use alloy_rpc_types_eth::state::StateOverride;
use alloy_rpc_types_eth::{BlockOverrides, TransactionRequest};
use serde::Deserialize;
use serde_json::{json, Value};
use smirk_devnet::trace::{
    call_tracer, prestate_tracer, struct_logs, stylus_tracer, OpcodeOptions, TraceAs,
};
use smirk_devnet::{Chain, Outcome, Status, Transaction};

use super::blocks::{by_hash, by_number};
use super::{reply, Arguments, Method, Reply};
use crate::block::Block;
use crate::call;
use crate::error::RpcError;
use crate::node::Node;
use crate::transaction;

/// Most steps of the EVM that a trace holds, and most when each carries the memory.
const MAX_STEPS: [usize; 2] = [200_000, 20_000];

pub(super) const METHODS: &[Method] = &[
    Method::long("debug_traceTransaction", trace_transaction),
    Method::long("debug_traceCall", trace_call),
    Method::long("debug_traceBlockByNumber", |node, arguments| {
        let id = by_number(arguments)?;
        trace_block(node, id, arguments)
    }),
    Method::long("debug_traceBlockByHash", |node, arguments| {
        let id = by_hash(arguments)?;
        trace_block(node, id, arguments)
    }),
];

/// How to trace, as go-ethereum takes it.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Options {
    /// Name of a tracer, or the source of one in JavaScript.
    tracer: Option<String>,
    tracer_config: Option<TracerConfig>,
    enable_memory: bool,
    disable_stack: bool,
    disable_storage: bool,
    enable_return_data: bool,
    limit: usize,
    state_overrides: Option<StateOverride>,
    block_overrides: Option<BlockOverrides>,
}

#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct TracerConfig {
    only_top_call: bool,
    with_log: bool,
    diff_mode: bool,
}

/// The tracers there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tracer {
    StructLogs,
    Calls,
    Stylus,
    Prestate,
    Nothing,
}

impl Options {
    fn tracer(&self) -> Result<Tracer, RpcError> {
        match self.tracer.as_deref() {
            None | Some("") => Ok(Tracer::StructLogs),
            Some("callTracer") => Ok(Tracer::Calls),
            Some("stylusTracer") => Ok(Tracer::Stylus),
            Some("prestateTracer") => Ok(Tracer::Prestate),
            Some("noopTracer") => Ok(Tracer::Nothing),
            // What cargo-stylus sends: its JavaScript gives what the native tracer gives.
            Some(source) if source.contains("hostio") => Ok(Tracer::Stylus),
            Some(_) => Err(RpcError::refused(
                "tracer not found: there are callTracer, stylusTracer, prestateTracer and noopTracer, \
                 and no JavaScript",
            )),
        }
    }

    fn opcodes(&self) -> OpcodeOptions {
        OpcodeOptions {
            stack: !self.disable_stack,
            memory: self.enable_memory,
            storage: !self.disable_storage,
            return_data: self.enable_return_data,
            limit: match self.limit {
                0 => self.max_steps() + 1,
                limit => limit.min(self.max_steps()),
            },
        }
    }

    fn max_steps(&self) -> usize {
        MAX_STEPS[usize::from(self.enable_memory)]
    }

    fn trace(&self, chain: &Chain, run: &Transaction, how: TraceAs<'_>) -> Reply {
        let config = self.tracer_config.unwrap_or_default();
        match self.tracer()? {
            Tracer::StructLogs => {
                let (outcome, trace) = chain.trace_opcodes(run, how, self.opcodes());
                check_admitted(&outcome)?;
                if trace.overflowed || trace.steps.len() > self.max_steps() {
                    return Err(too_long());
                }
                Ok(struct_logs(&outcome, &trace))
            }
            Tracer::Calls | Tracer::Stylus => {
                let (outcome, frame) = chain.trace_frames(run, how);
                check_admitted(&outcome)?;
                let frame = frame.ok_or_else(too_long)?;
                Ok(match self.tracer()? {
                    Tracer::Stylus => stylus_tracer(&frame),
                    _ => call_tracer(&frame, config.only_top_call, config.with_log),
                })
            }
            Tracer::Prestate => {
                let (outcome, touched) = chain.trace_touched(run, how);
                check_admitted(&outcome)?;
                Ok(prestate_tracer(&touched, config.diff_mode))
            }
            Tracer::Nothing => reply(json!({})),
        }
    }
}

fn too_long() -> RpcError {
    RpcError::LimitExceeded(
        "too much happened to be told: set a limit, leave something out or use another tracer"
            .to_owned(),
    )
}

/// A transaction that is not admitted has no trace.
fn check_admitted(outcome: &Outcome) -> Result<(), RpcError> {
    match &outcome.status {
        Status::Halt(reason) if outcome.gas_used == 0 => {
            Err(RpcError::refused(format!("tracing failed: {reason}")))
        }
        _ => Ok(()),
    }
}

fn trace_transaction(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let hash: B256 = arguments.next()?;
    let options: Options = arguments.optional()?.unwrap_or_default();
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
    let options: Options = arguments.optional()?.unwrap_or_default();
    let block = node
        .read(|state| state.ledger.resolve(id).cloned())
        .ok_or_else(|| RpcError::refused("block not found"))?;
    if block.entries.is_empty() {
        return reply(Value::Array(Vec::new()));
    }
    let chain = before_block(node, &block)?;
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
    options.trace(chain, run, TraceAs::Mined(before))
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
    Ok(chain)
}

fn trace_call(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let request: TransactionRequest = arguments.next()?;
    let block = arguments.block()?;
    let options: Options = arguments.optional()?.unwrap_or_default();
    let mut chain = node.chain_at(block)?;
    let run = call::prepare(
        &mut chain,
        &request,
        options.state_overrides.clone(),
        options.block_overrides.clone(),
    )?;
    options.trace(&chain, &run, TraceAs::Call)
}
