//! Methods of other nodes that clients may ask for and this one does not offer, each with the reason. What is in no table is
//! answered as unknown.

use super::{Arguments, Method, Reply};
use crate::error::RpcError;
use crate::node::Node;

/// Most parameters that any method takes: they are not looked at.
const ANY: usize = usize::MAX;

macro_rules! unoffered {
    ($($name:literal: $why:literal,)*) => {
        &[$(Method::quick($name, ANY, |_: &Node, _: &mut Arguments<'_>| -> Reply {
            Err(RpcError::Unsupported(concat!($name, " is not offered: ", $why).to_owned()))
        }),)*]
    };
}

pub(super) const METHODS: &[Method] = unoffered! {
    "anvil_setRpcUrl": "use anvil_reset with forking.jsonRpcUrl",
    "anvil_enableTraces": "any transaction can be traced with debug_traceTransaction",
    "anvil_dealERC20": "where a token keeps balances is not known: use anvil_setStorageAt",
    "anvil_dealErc20": "where a token keeps balances is not known: use anvil_setStorageAt",
    "anvil_setERC20Allowance": "where a token keeps allowances is not known: use anvil_setStorageAt",
    "anvil_impersonateSignature": "signatures are checked as on chain",
    "anvil_getBlobByHash": "Arbitrum has no blob transactions",
    "anvil_getBlobsByTransactionHash": "Arbitrum has no blob transactions",
    "hardhat_addCompilationResult": "there are no stack traces of Solidity sources",
    "hardhat_getStackTraceFailuresCount": "there are no stack traces of Solidity sources",
    "hardhat_intervalMine": "the timer makes blocks by itself",
    "debug_storageRangeAt": "read slots with eth_getStorageAt, or prove them with eth_getProof",
    "debug_getRawReceipts": "receipts come from eth_getBlockReceipts",
    "debug_getRawHeader": "headers come from eth_getHeaderByNumber",
    "debug_getRawBlock": "blocks come from eth_getBlockByNumber",
    "debug_setHead": "use anvil_rollback",
    "eth_getWork": "Arbitrum is not mined",
    "eth_submitWork": "Arbitrum is not mined",
    "eth_submitHashrate": "Arbitrum is not mined",
    "eth_sendRawTransactionConditional": "there is no sequencer that checks conditions",
    "eth_resend": "send a transaction with the same nonce and a higher fee",
    "trace_transaction": "use debug_traceTransaction with flatCallTracer",
    "trace_block": "use debug_traceBlockByNumber with flatCallTracer",
    "trace_filter": "use debug_traceBlockByNumber with flatCallTracer",
    "trace_call": "use debug_traceCall with flatCallTracer",
    "trace_get": "use debug_traceTransaction with flatCallTracer",
    "trace_replayTransaction": "use debug_traceTransaction with prestateTracer",
    "ots_getApiLevel": "there is no index for Otterscan",
    "erigon_getHeaderByNumber": "headers come from eth_getHeaderByNumber",
    "arbtrace_transaction": "there was no chain before Nitro",
    "arbtrace_block": "there was no chain before Nitro",
    "arbtrace_call": "there was no chain before Nitro",
};
