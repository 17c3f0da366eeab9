//! Receipts and logs as clients read them.

use alloy_primitives::U256;
use alloy_rpc_types_eth::{Log as RpcLog, TransactionReceipt};
use serde_json::{json, Value};

use alloy_consensus::Transaction as _;

use crate::block::Block;
use crate::transaction;

/// The receipt of a block's transaction, with Nitro's extra fields.
pub fn view(block: &Block, index: usize) -> Value {
    let entry = &block.entries[index];
    let mut logs = logs(block, index).into_iter();
    let receipt = TransactionReceipt {
        inner: entry.receipt.clone().map_logs(|log| {
            logs.next().unwrap_or_else(|| RpcLog {
                inner: log,
                ..RpcLog::default()
            })
        }),
        transaction_hash: transaction::hash(&entry.transaction),
        transaction_index: Some(index as u64),
        block_hash: Some(block.header.hash()),
        block_number: Some(block.header.number),
        gas_used: entry.gas_used,
        effective_gas_price: block.header.base_fee_per_gas.unwrap_or_default().into(),
        blob_gas_used: None,
        blob_gas_price: None,
        from: entry.transaction.signer(),
        to: entry.transaction.to(),
        contract_address: transaction::created_address(&entry.transaction),
    };
    let mut view = json!(receipt);
    view["gasUsedForL1"] = json!(U256::from(entry.gas_used_for_l1));
    view["l1BlockNumber"] = json!(U256::from(block.l1_number));
    view
}

/// The logs of a block's transaction with their place in the chain.
pub fn logs(block: &Block, index: usize) -> Vec<RpcLog> {
    let entry = &block.entries[index];
    let place = |(offset, log): (usize, &alloy_primitives::Log)| RpcLog {
        inner: log.clone(),
        block_hash: Some(block.header.hash()),
        block_number: Some(block.header.number),
        block_timestamp: Some(block.header.timestamp),
        transaction_hash: Some(transaction::hash(&entry.transaction)),
        transaction_index: Some(index as u64),
        log_index: Some(entry.first_log + offset as u64),
        removed: false,
    };
    entry.receipt.logs().iter().enumerate().map(place).collect()
}
