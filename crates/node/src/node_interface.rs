//! NodeInterface (0xc8): no contract, but what a node answers when a call is made to that address.

use alloy_eips::{BlockId, BlockNumberOrTag};
use alloy_primitives::{address, Address, Bytes, TxKind, U256};
use alloy_rpc_types_eth::TransactionRequest;
use alloy_sol_types::{sol, Revert, SolError, SolInterface, SolValue};
use inkhorn_chain::Chain;

use crate::call;
use crate::error::RpcError;
use crate::ledger::Ledger;
use crate::node::Node;

/// Where calls to it go.
pub const ADDRESS: Address = address!("00000000000000000000000000000000000000c8");

sol! {
    interface NodeInterface {
        function gasEstimateComponents(address to, bool contractCreation, bytes data) external payable
            returns (uint64 gasEstimate, uint64 gasEstimateForL1, uint256 baseFee, uint256 l1BaseFeeEstimate);
        function gasEstimateL1Component(address to, bool contractCreation, bytes data) external view
            returns (uint64 gasEstimateForL1, uint256 baseFee, uint256 l1BaseFeeEstimate);
        function nitroGenesisBlock() external pure returns (uint256 number);
        function blockL1Num(uint64 l2BlockNum) external view returns (uint64 l1BlockNum);
        function l2BlockRangeForL1(uint64 blockNum) external view returns (uint64 firstBlock, uint64 lastBlock);
        function getL1Confirmations(bytes32 blockHash) external view returns (uint64 confirmations);
        function findBatchContainingBlock(uint64 blockNum) external view returns (uint64 batch);
        function estimateRetryableTicket(address sender, uint256 deposit, address to, uint256 l2CallValue,
            address excessFeeRefundAddress, address callValueRefundAddress, bytes data) external;
        function constructOutboxProof(uint64 size, uint64 leaf) external view
            returns (bytes32 send, bytes32 root, bytes32[] proof);
        function legacyLookupMessageBatchProof(uint256 batchNum, uint64 index) external view
            returns (bytes32[] proof, uint256 path, address l2Sender, address l1Dest, uint256 l2Block,
                uint256 l1Block, uint256 timestamp, uint256 amount, bytes calldataForL1);
    }
}

use NodeInterface::NodeInterfaceCalls as Method;

/// Whether a call is for NodeInterface.
pub fn is_asked(request: &TransactionRequest) -> bool {
    request.to == Some(TxKind::Call(ADDRESS))
}

/// Answers a call to NodeInterface at a block, on whose state `chain` stands.
///
/// # Errors
/// A revert that says what this node does not know; the failure of the transaction whose gas is asked for.
pub fn answer(
    node: &Node,
    chain: &Chain,
    request: &TransactionRequest,
    input: &[u8],
    gas_cap: u64,
) -> Result<Bytes, RpcError> {
    let method = Method::abi_decode(input)
        .map_err(|_| refused("no such method, or arguments that don't fit it"))?;
    let base_fee = U256::from(chain.next_base_fee());
    let output = match method {
        Method::gasEstimateComponents(asked) => {
            let inner = inner(request, asked.to, asked.contractCreation, asked.data);
            let inner = call::transaction(chain, &inner, gas_cap)?;
            let gas = call::estimate_gas(chain, &inner)?;
            let for_l1 = chain.l1_gas_to_allow(&inner, false);
            (gas, for_l1, base_fee, chain.l1_price()).abi_encode()
        }
        Method::gasEstimateL1Component(asked) => {
            let inner = inner(request, asked.to, asked.contractCreation, asked.data);
            let inner = call::transaction(chain, &inner, gas_cap)?;
            let for_l1 = chain.l1_gas_to_allow(&inner, false);
            (for_l1, base_fee, chain.l1_price()).abi_encode()
        }
        // Nitro runs this chain from its first block on.
        Method::nitroGenesisBlock(_) => U256::ZERO.abi_encode(),
        Method::blockL1Num(asked) => {
            let found = node.read(|state| l1_number(&state.ledger, asked.l2BlockNum));
            let number = found.ok_or_else(|| refused("there is no such L2 block"))?;
            number.abi_encode()
        }
        Method::l2BlockRangeForL1(asked) => {
            let range = node.read(|state| l2_range(&state.ledger, asked.blockNum));
            range
                .ok_or_else(|| refused("no L2 block belongs to that L1 block"))?
                .abi_encode()
        }
        Method::getL1Confirmations(asked) => {
            node.read(|state| state.ledger.number_of(asked.blockHash))
                .ok_or_else(|| refused("there is no such L2 block"))?;
            // Blocks are not posted to L1.
            0u64.abi_encode()
        }
        Method::findBatchContainingBlock(_) => return Err(refused("nobody posts batches")),
        Method::estimateRetryableTicket(_) => {
            return Err(refused("there are no retryable tickets"));
        }
        Method::constructOutboxProof(_) => {
            return Err(refused(
                "the tree of messages to L1 is not kept, only its root",
            ));
        }
        Method::legacyLookupMessageBatchProof(_) => {
            return Err(refused("there was no chain before Nitro"));
        }
    };
    Ok(output.into())
}

fn refused(why: &str) -> RpcError {
    let reason = format!("NodeInterface (0xc8) can't answer on this chain: {why}");
    RpcError::Revert(Revert::from(reason).abi_encode().into())
}

/// The transaction whose gas is asked for: sender and value are those of the call.
fn inner(
    request: &TransactionRequest,
    to: Address,
    is_creation: bool,
    data: Bytes,
) -> TransactionRequest {
    TransactionRequest {
        from: request.from,
        to: Some(if is_creation {
            TxKind::Create
        } else {
            TxKind::Call(to)
        }),
        value: request.value,
        gas: request.gas,
        input: data.into(),
        ..TransactionRequest::default()
    }
}

/// Number of the L1 block that an L2 block's transactions saw.
fn l1_number(ledger: &Ledger, number: u64) -> Option<u64> {
    let tag = BlockId::Number(BlockNumberOrTag::Number(number));
    Some(ledger.resolve(tag)?.l1_number)
}

/// First and last of the L2 blocks whose transactions saw an L1 block. L1 numbers never fall.
fn l2_range(ledger: &Ledger, l1_number: u64) -> Option<(u64, u64)> {
    let blocks = ledger.blocks();
    let first = blocks.partition_point(|block| block.l1_number < l1_number);
    let end = blocks.partition_point(|block| block.l1_number <= l1_number);
    let last = blocks.get(first..end)?.last()?;
    Some((blocks[first].header.number, last.header.number))
}
