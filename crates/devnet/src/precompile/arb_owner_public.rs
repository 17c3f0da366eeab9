//! ArbOwnerPublic (0x6b): what anyone may know about the owners' settings.

use alloy_sol_types::{sol, SolInterface, SolValue};

use crate::execute::NETWORK_FEE_ACCOUNT;
use crate::precompile::address_list::CHAIN_OWNERS;
use crate::precompile::context::{Context, Fault, Purity, READ_GAS};
use crate::precompile::{CALLDATA_PRICE_INCREASE, CALLDATA_PRICE_INCREASE_SINCE};

sol! {
    interface ArbOwnerPublic {
        function isChainOwner(address addr) external view returns (bool);
        function getAllChainOwners() external view returns (address[] owners);
        function getNetworkFeeAccount() external view returns (address account);
        function getInfraFeeAccount() external view returns (address account);
        function getBrotliCompressionLevel() external view returns (uint64 level);
        function getMaxStylusContractFragments() external view returns (uint8 count);
        function isCalldataPriceIncreaseEnabled() external view returns (bool enabled);
    }
}

use ArbOwnerPublic::ArbOwnerPublicCalls as Method;

const FRAGMENTS_SINCE: u64 = 60;

pub(crate) fn run(context: &mut Context) -> Result<Vec<u8>, Fault> {
    let method = Method::abi_decode(&context.call.input).map_err(|_| Fault::BurnOut)?;
    context.open(Purity::View)?;
    Ok(match method {
        Method::isChainOwner(call) => CHAIN_OWNERS.look_up(context, call.addr)?.abi_encode(),
        Method::getAllChainOwners(_) => CHAIN_OWNERS.read(context)?.abi_encode(),
        Method::getNetworkFeeAccount(_) | Method::getInfraFeeAccount(_) => {
            context.burn(READ_GAS)?;
            NETWORK_FEE_ACCOUNT.abi_encode()
        }
        Method::getBrotliCompressionLevel(_) => {
            context.burn(READ_GAS)?;
            1u64.abi_encode()
        }
        Method::isCalldataPriceIncreaseEnabled(_) => {
            context.since(CALLDATA_PRICE_INCREASE_SINCE)?;
            (!context.read(CALLDATA_PRICE_INCREASE)?.is_zero()).abi_encode()
        }
        Method::getMaxStylusContractFragments(_) => {
            context.since(FRAGMENTS_SINCE)?;
            context.burn(READ_GAS)?;
            u16::from(context.machine.stylus_params().max_fragment_count).abi_encode()
        }
    })
}
