//! Fees. The base fee is all that anybody pays; tips are dropped.

use alloy_eips::BlockId;
use alloy_rpc_types_eth::FeeHistory;
use serde_json::json;

use super::{quantity, reply, Arguments, Method, Quantity, Reply};
use crate::block::Block;
use crate::error::RpcError;
use crate::node::Node;

/// Most blocks that a fee history covers.
const MAX_HISTORY: u64 = 1_024;
/// Most percentiles that a fee history is asked for.
const MAX_PERCENTILES: usize = 100;

pub(super) const METHODS: &[Method] = &[
    Method::quick("eth_gasPrice", 0, |node, _| {
        quantity(node.read(|state| state.base_fee()))
    }),
    Method::quick("eth_baseFee", 0, |node, _| {
        quantity(node.read(|state| state.base_fee()))
    }),
    Method::quick("eth_maxPriorityFeePerGas", 0, |_, _| quantity(0)),
    Method::quick("eth_blobBaseFee", 0, |_, _| quantity(1)),
    Method::quick("eth_feeHistory", 3, fee_history),
];

/// Of no blocks there is nothing to tell, as go-ethereum says it.
fn fee_history(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let count = arguments.next::<Quantity>()?.to_u64()?.min(MAX_HISTORY);
    let newest = arguments.tag()?;
    let percentiles: Option<Vec<f64>> = arguments.optional()?;
    check_percentiles(percentiles.as_deref().unwrap_or_default())?;
    if count == 0 {
        return Ok(json!({ "oldestBlock": "0x0", "gasUsedRatio": null }));
    }
    node.read(|state| {
        let ledger = &state.ledger;
        let newest = ledger
            .resolve(BlockId::Number(newest))
            .ok_or_else(|| RpcError::refused("request beyond head block"))?
            .header
            .number;
        let oldest = (newest + 1)
            .saturating_sub(count)
            .max(ledger.first_number());
        let blocks = oldest..=newest;
        let blocks: Vec<_> = blocks.filter_map(|number| ledger.block(number)).collect();
        let before = oldest
            .checked_sub(1)
            .and_then(|number| ledger.block(number));
        let mut load = Load::new(ledger.chain().speed_limit(), before.map(AsRef::as_ref));
        let base_fee = |block: &Block| block.header.base_fee_per_gas.unwrap_or_default();
        let mut history = FeeHistory {
            oldest_block: oldest,
            base_fee_per_gas: blocks.iter().map(|block| base_fee(block).into()).collect(),
            gas_used_ratio: blocks.iter().map(|block| load.add(block)).collect(),
            ..FeeHistory::default()
        };
        let after = ledger
            .block(newest + 1)
            .map_or(state.base_fee(), |next| base_fee(next));
        history.base_fee_per_gas.push(after.into());
        let wanted = percentiles.filter(|wanted| !wanted.is_empty());
        history.reward = wanted.map(|wanted| vec![vec![0; wanted.len()]; blocks.len()]);
        reply(history)
    })
}

/// How far the chain was used, as Nitro tells it: blocks have no size that means anything, so that it is the gas executed per second
/// between one half, which is the speed limit, and one, which is twice as much or more.
struct Load {
    speed_limit: f64,
    /// Timestamp of the block before.
    time: u64,
    /// Seconds between that time and the one before it; zero where it is not known.
    elapsed: u64,
    /// Gas executed since.
    gas: u64,
}

impl Load {
    fn new(speed_limit: u64, before: Option<&Block>) -> Self {
        Self {
            speed_limit: speed_limit as f64,
            time: before.map_or(0, |block| block.header.timestamp),
            elapsed: 0,
            gas: 0,
        }
    }

    /// The ratio after another block, from 0 to 1.
    fn add(&mut self, block: &Block) -> f64 {
        let time = block.header.timestamp;
        if time > self.time {
            (self.elapsed, self.gas) = (time - self.time, 0);
        }
        self.time = time;
        let entries = block.entries.iter();
        let executed = entries.map(|entry| entry.gas_used.saturating_sub(entry.gas_used_for_l1));
        self.gas = self.gas.saturating_add(executed.sum());
        match self.elapsed {
            0 => 1.0,
            elapsed => (self.gas as f64 / self.speed_limit / elapsed as f64 / 2.0).min(1.0),
        }
    }
}

fn check_percentiles(percentiles: &[f64]) -> Result<(), RpcError> {
    if percentiles.len() > MAX_PERCENTILES {
        return Err(RpcError::refused(format!(
            "invalid reward percentile: more than {MAX_PERCENTILES}"
        )));
    }
    let in_range = percentiles.iter().all(|p| (0.0..=100.0).contains(p));
    if !in_range || !percentiles.is_sorted_by(|lower, upper| lower < upper) {
        return Err(RpcError::refused(
            "invalid reward percentile: they lie between 0 and 100, each above the one before it",
        ));
    }
    Ok(())
}
