//! ArbSys (0x64): the L2 block, the chain, address aliases, and messages to L1, which are kept and carried out by nobody.

use alloy_primitives::{address, Address, B256, U256};
use alloy_sol_types::{sol, SolInterface, SolValue};

use crate::precompile::context::{solidity, Context, Fault, Purity};
use crate::precompile::outbox;
use crate::state::HASHED_BLOCKS;

sol! {
    interface ArbSys {
        function arbBlockNumber() external view returns (uint256);
        function arbBlockHash(uint256 arbBlockNum) external view returns (bytes32);
        function arbChainID() external view returns (uint256);
        function arbOSVersion() external view returns (uint256);
        function getStorageGasAvailable() external view returns (uint256);
        function isTopLevelCall() external view returns (bool);
        function mapL1SenderContractAddressToL2Alias(address sender, address unused) external pure returns (address);
        function wasMyCallersAddressAliased() external view returns (bool);
        function myCallersAddressWithoutAliasing() external view returns (address);
        function withdrawEth(address destination) external payable returns (uint256);
        function sendTxToL1(address destination, bytes data) external payable returns (uint256);
        function sendMerkleTreeState() external view returns (uint256 size, bytes32 root, bytes32[] partials);

        error InvalidBlockNumber(uint256 requested, uint256 current);
    }
}

use ArbSys::ArbSysCalls as Method;

/// Offset between an L1 contract and its address on L2.
const ALIAS_OFFSET: Address = address!("1111000000000000000000000000000000001111");
/// What the version counter had reached when Nitro began.
const CLASSIC_VERSIONS: u64 = 55;

pub(crate) fn run(context: &mut Context) -> Result<Vec<u8>, Fault> {
    let method = Method::abi_decode(&context.call.input).map_err(|_| Fault::BurnOut)?;
    if let Method::mapL1SenderContractAddressToL2Alias(call) = &method {
        context.open(Purity::Pure)?;
        return Ok(alias(call.sender).abi_encode());
    }
    match &method {
        Method::withdrawEth(call) => {
            context.open(Purity::Payable)?;
            let number = outbox::send(context, call.destination, Vec::new())?;
            return Ok(U256::from(number).abi_encode());
        }
        Method::sendTxToL1(call) => {
            context.open(Purity::Payable)?;
            let number = outbox::send(context, call.destination, call.data.to_vec())?;
            return Ok(U256::from(number).abi_encode());
        }
        _ => {}
    }
    context.open(Purity::View)?;
    let number = context.machine.block.number;
    Ok(match method {
        Method::arbBlockNumber(_) => number.abi_encode(),
        Method::arbBlockHash(call) => hash_of(context, call.arbBlockNum)?.abi_encode(),
        Method::arbChainID(_) => context.machine.config.chain_id.abi_encode(),
        Method::arbOSVersion(_) => {
            (CLASSIC_VERSIONS + context.machine.config.arbos_version).abi_encode()
        }
        Method::getStorageGasAvailable(_) => U256::ZERO.abi_encode(),
        Method::isTopLevelCall(_) => (context.call.depth <= 1).abi_encode(),
        Method::wasMyCallersAddressAliased(_) => false.abi_encode(),
        // Without messages from L1, nobody's address is an alias.
        Method::myCallersAddressWithoutAliasing(_) => {
            let caller = context.machine.innermost_caller();
            caller.unwrap_or_default().abi_encode()
        }
        // For calls from outside by nobody only; free of gas therefore.
        Method::sendMerkleTreeState(_) => {
            if !context.call.caller.is_zero() {
                return Err(Fault::Plain);
            }
            let (count, root, partials) = outbox::state(context.machine);
            (U256::from(count), root, partials).abi_encode_params()
        }
        Method::mapL1SenderContractAddressToL2Alias(_)
        | Method::withdrawEth(_)
        | Method::sendTxToL1(_) => {
            unreachable!("methods that are not views are handled before")
        }
    })
}

fn hash_of(context: &mut Context, requested: U256) -> Result<B256, Fault> {
    let current = context.machine.block.number;
    match u64::try_from(requested) {
        Ok(number) if number < current && number + HASHED_BLOCKS >= current => {
            Ok(context.machine.journal().database.l2_block_hash(number))
        }
        _ => solidity(ArbSys::InvalidBlockNumber {
            requested,
            current: U256::from(current),
        }),
    }
}

fn alias(sender: Address) -> Address {
    let number = |address: Address| U256::from_be_bytes(address.into_word().0);
    let sum = number(sender).wrapping_add(number(ALIAS_OFFSET));
    Address::from_word(sum.into())
}
