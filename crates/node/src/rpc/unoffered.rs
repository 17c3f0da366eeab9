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

/// Whether a method is one of these.
pub(super) fn is_unoffered(name: &str) -> bool {
    METHODS.iter().any(|method| method.name == name)
}

pub(super) const METHODS: &[Method] = unoffered! {
    "anvil_setRpcUrl": "use anvil_reset with forking.jsonRpcUrl",
    "anvil_enableTraces": "any transaction can be traced with debug_traceTransaction",
    "anvil_impersonateSignature": "signatures are checked as on chain",
    "anvil_getBlobByHash": "Arbitrum has no blob transactions",
    "anvil_getBlobsByTransactionHash": "Arbitrum has no blob transactions",
    "anvil_getBlobSidecarsByBlockId": "Arbitrum has no blob transactions",
    "hardhat_addCompilationResult": "there are no stack traces of Solidity sources",
    "hardhat_getStackTraceFailuresCount": "there are no stack traces of Solidity sources",
    "hardhat_intervalMine": "the timer makes blocks by itself",
    "debug_storageRangeAt": "read slots with eth_getStorageAt, or prove them with eth_getProof",
    "debug_getBadBlocks": "every block here is good",
    "debug_traceBlock": "use debug_traceBlockByNumber or debug_traceBlockByHash",
    "debug_traceChain": "use debug_traceBlockByNumber block by block",
    "debug_traceBadBlock": "every block here is good",
    "debug_accountRange": "accounts are read by their address; anvil_dumpState gives all",
    "debug_dumpBlock": "anvil_dumpState gives the latest state",
    "debug_preimage": "keys of the tries are not kept",
    "debug_intermediateRoots": "a block has one state root, after its last transaction",
    "debug_codeByHash": "code is read by its address: use eth_getCode",
    "debug_dbGet": "there is no database",
    "debug_accountInfoAt": "use eth_getAccountInfo",
    "debug_clearTxpool": "use anvil_dropAllTransactions",
    "debug_freeOSMemory": "memory is given back by itself",
    "debug_getRawTransactions": "use debug_getRawBlock, or debug_getRawTransaction one by one",
    "debug_executionWitness": "prove single slots with eth_getProof",
    "debug_getModifiedAccountsByHash": "use prestateTracer with diffMode",
    "debug_getModifiedAccountsByNumber": "use prestateTracer with diffMode",
    "debug_setHead": "use anvil_rollback",
    "eth_config": "there is no schedule of forks: anvil_nodeInfo says which ArbOS runs",
    "eth_getBlockAccessList": "blocks of Arbitrum have no access lists",
    "eth_getBlockAccessListByBlockHash": "blocks of Arbitrum have no access lists",
    "eth_getBlockAccessListByBlockNumber": "blocks of Arbitrum have no access lists",
    "eth_getBlockAccessListRaw": "blocks of Arbitrum have no access lists",
    "eth_getWork": "Arbitrum is not mined",
    "eth_submitWork": "Arbitrum is not mined",
    "eth_submitHashrate": "Arbitrum is not mined",
    "eth_sendRawTransactionConditional": "there is no sequencer that checks conditions",
    "eth_callMany": "use eth_simulateV1",
    "eth_callBundle": "use eth_simulateV1",
    "eth_sendBundle": "send the transactions one after the other, with evm_setAutomine off",
    "eth_resend": "send a transaction with the same nonce and a higher fee",
    "trace_transaction": "use debug_traceTransaction with flatCallTracer",
    "trace_block": "use debug_traceBlockByNumber with flatCallTracer",
    "trace_filter": "use debug_traceBlockByNumber with flatCallTracer",
    "trace_call": "use debug_traceCall with flatCallTracer",
    "trace_get": "use debug_traceTransaction with flatCallTracer",
    "trace_replayTransaction": "use debug_traceTransaction with prestateTracer",
    "trace_replayBlockTransactions": "use debug_traceBlockByNumber with prestateTracer",
    "trace_rawTransaction": "use debug_traceCall with flatCallTracer",
    "trace_blockOpcodeGas": "use debug_traceBlockByNumber",
    "trace_transactionOpcodeGas": "use debug_traceTransaction",
    "trace_callMany": "use eth_simulateV1",
    "personal_unlockAccount": "accounts of the node are never locked, others are unlocked with anvil_impersonateAccount",
    "personal_lockAccount": "accounts of the node are never locked",
    "personal_newAccount": "start the node with more accounts",
    "personal_importRawKey": "use a wallet, or anvil_impersonateAccount",
    "personal_sendTransaction": "use eth_sendTransaction",
    "personal_signTransaction": "use eth_signTransaction",
    "evm_addAccount": "use anvil_impersonateAccount",
    "evm_removeAccount": "use anvil_stopImpersonatingAccount",
    "wallet_switchEthereumChain": "the node is no wallet and has one chain",
    "wallet_addEthereumChain": "the node is no wallet and has one chain",
    "eth_sendUserOperation": "there is no bundler",
    "eth_estimateUserOperationGas": "there is no bundler",
    "eth_supportedEntryPoints": "there is no bundler",
    "admin_nodeInfo": "there are no peers: anvil_nodeInfo tells of the chain",
    "admin_peers": "there are no peers",
    "miner_start": "use evm_setAutomine",
    "miner_stop": "use evm_setAutomine",
    "wallet_sendTransaction": "the node is no wallet: use eth_sendTransaction",
    "odyssey_sendTransaction": "the node is no wallet: use eth_sendTransaction",
    "anvil_addCapability": "the node is no wallet",
    "anvil_setExecutor": "the node is no wallet",
    "wallet_getCapabilities": "the node is no wallet",
    "wallet_sendCalls": "the node is no wallet: use eth_sendTransaction",
    "ots_getApiLevel": "there is no index for Otterscan",
    "ots_getBlockDetails": "there is no index for Otterscan",
    "ots_hasCode": "there is no index for Otterscan: use eth_getCode",
    "ots_getBlockDetailsByHash": "there is no index for Otterscan",
    "ots_getBlockTransactions": "there is no index for Otterscan: use eth_getBlockByNumber",
    "ots_getContractCreator": "there is no index for Otterscan",
    "ots_getInternalOperations": "there is no index for Otterscan: use debug_traceTransaction",
    "ots_getTransactionBySenderAndNonce": "there is no index for Otterscan: use eth_getTransactionBySenderAndNonce",
    "ots_getTransactionError": "there is no index for Otterscan: use debug_traceTransaction",
    "ots_searchTransactionsAfter": "there is no index for Otterscan",
    "ots_searchTransactionsBefore": "there is no index for Otterscan",
    "ots_traceTransaction": "there is no index for Otterscan: use debug_traceTransaction",
    "erigon_getHeaderByNumber": "headers come from eth_getHeaderByNumber",
    "arbtrace_transaction": "there was no chain before Nitro",
    "arbtrace_block": "there was no chain before Nitro",
    "arbtrace_call": "there was no chain before Nitro",
    "arb_checkPublisherHealth": "there is no sequencer",
    "arb_getRawBlockMetadata": "there is no sequencer that orders by auction",
    "arb_maintenanceStatus": "there is nothing to maintain",
    "arbdebug_pricingModel": "read it from ArbGasInfo",
    "arbdebug_timeoutQueue": "there are no retryable tickets",
    "arbdebug_validateMessageNumber": "nothing is validated",
    "timeboost_sendExpressLaneTransaction": "there is no express lane",
    "auctioneer_submitAuctionTransaction": "there is no express lane",
};
