//! Fees. The base fee is all that anybody pays; tips are dropped.

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_rpc_types_eth::FeeHistory;

use super::{quantity, reply, Arguments, Method, Quantity, Reply};
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
    Method::quick("eth_maxPriorityFeePerGas", 0, |_, _| quantity(0)),
    Method::quick("eth_blobBaseFee", 0, |_, _| quantity(1)),
    Method::quick("eth_feeHistory", 3, fee_history),
];

fn fee_history(node: &Node, arguments: &mut Arguments<'_>) -> Reply {
    let count = arguments.next::<Quantity>()?.to_u64()?.min(MAX_HISTORY);
    let newest: BlockNumberOrTag = arguments.next()?;
    let percentiles: Option<Vec<f64>> = arguments.optional()?;
    check_percentiles(percentiles.as_deref().unwrap_or_default())?;
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
        let mut history = FeeHistory {
            oldest_block: oldest,
            ..FeeHistory::default()
        };
        for block in (oldest..=newest).filter_map(|number| ledger.block(number)) {
            let header = &block.header;
            let base_fee = header.base_fee_per_gas.unwrap_or_default();
            history.base_fee_per_gas.push(base_fee.into());
            history
                .gas_used_ratio
                .push(header.gas_used as f64 / header.gas_limit as f64);
        }
        let after = ledger.block(newest + 1).map_or(state.base_fee(), |next| {
            next.header.base_fee_per_gas.unwrap_or_default()
        });
        history.base_fee_per_gas.push(after.into());
        let blocks = history.gas_used_ratio.len();
        let wanted = percentiles.filter(|wanted| !wanted.is_empty());
        history.reward = wanted.map(|wanted| vec![vec![0; wanted.len()]; blocks]);
        reply(history)
    })
}

fn check_percentiles(percentiles: &[f64]) -> Result<(), RpcError> {
    if percentiles.len() > MAX_PERCENTILES {
        return Err(RpcError::refused(format!(
            "invalid reward percentile: more than {MAX_PERCENTILES}"
        )));
    }
    let in_range = percentiles.iter().all(|p| (0.0..=100.0).contains(p));
    if !in_range || !percentiles.is_sorted() {
        return Err(RpcError::refused(
            "invalid reward percentile: they lie between 0 and 100, in ascending order",
        ));
    }
    Ok(())
}
