//! ArbOwnerPublic (0x6b): what anyone may know about the owners' settings.

use alloy_primitives::Address;
use alloy_sol_types::{sol, SolInterface, SolValue};

use crate::precompile::address_list::{CHAIN_OWNERS, NATIVE_TOKEN_OWNERS, TRANSACTION_FILTERERS};
use crate::precompile::arb_wasm::PARAMS_GAS;
use crate::precompile::context::{Context, Fault, Purity, READ_GAS};
use crate::precompile::figure;
use crate::precompile::setting::{
    CALLDATA_PRICE_INCREASE, FILTERED_FUNDS_RECIPIENT, FILTERING_FROM, UPGRADE_TIME,
    UPGRADE_VERSION,
};

sol! {
    interface ArbOwnerPublic {
        function isChainOwner(address addr) external view returns (bool);
        function getAllChainOwners() external view returns (address[] owners);
        function getNetworkFeeAccount() external view returns (address account);
        function getInfraFeeAccount() external view returns (address account);
        function getBrotliCompressionLevel() external view returns (uint64 level);
        function getScheduledUpgrade() external view returns (uint64 arbosVersion, uint64 scheduledForTimestamp);
        function rectifyChainOwner(address ownerToRectify) external;
        function isNativeTokenOwner(address addr) external view returns (bool);
        function getAllNativeTokenOwners() external view returns (address[] owners);
        function getNativeTokenManagementFrom() external view returns (uint64 timestamp);
        function getParentGasFloorPerToken() external view returns (uint64 gas);
        function isCalldataPriceIncreaseEnabled() external view returns (bool enabled);
        function getMaxStylusContractFragments() external view returns (uint8 count);
        function getCollectTips() external view returns (bool collected);
        function isTransactionFilterer(address filterer) external view returns (bool);
        function getAllTransactionFilterers() external view returns (address[] filterers);
        function getTransactionFilteringFrom() external view returns (uint64 timestamp);
        function getFilteredFundsRecipient() external view returns (address recipient);
    }
}

use ArbOwnerPublic::ArbOwnerPublicCalls as Method;

pub(crate) fn run(context: &mut Context) -> Result<Vec<u8>, Fault> {
    let method = Method::abi_decode(&context.call.input).map_err(|_| Fault::BurnOut)?;
    context.since(first_version(&method))?;
    context.open(match method {
        Method::rectifyChainOwner(_) => Purity::Write,
        _ => Purity::View,
    })?;
    Ok(match method {
        Method::isChainOwner(call) => CHAIN_OWNERS.look_up(context, call.addr)?.abi_encode(),
        Method::getAllChainOwners(_) => CHAIN_OWNERS.read(context)?.abi_encode(),
        Method::getNetworkFeeAccount(_) => figure::NETWORK_FEES.read_account(context)?.abi_encode(),
        Method::getInfraFeeAccount(_) => figure::INFRA_FEES.read_account(context)?.abi_encode(),
        Method::getBrotliCompressionLevel(_) => {
            figure::BROTLI_LEVEL.read_u64(context)?.abi_encode()
        }
        // The list of owners has no mapping that could be wrong.
        Method::rectifyChainOwner(_) => return Err(Fault::Plain),
        Method::isNativeTokenOwner(call) => NATIVE_TOKEN_OWNERS
            .look_up(context, call.addr)?
            .abi_encode(),
        Method::getAllNativeTokenOwners(_) => NATIVE_TOKEN_OWNERS.read(context)?.abi_encode(),
        Method::getNativeTokenManagementFrom(_) => {
            figure::NATIVE_TOKENS_FROM.read_u64(context)?.abi_encode()
        }
        Method::getParentGasFloorPerToken(_) => {
            figure::PARENT_GAS_FLOOR.read_u64(context)?.abi_encode()
        }
        Method::getScheduledUpgrade(_) => scheduled_upgrade(context)?.abi_encode(),
        Method::isCalldataPriceIncreaseEnabled(_) => {
            (!CALLDATA_PRICE_INCREASE.read(context)?.is_zero()).abi_encode()
        }
        Method::getMaxStylusContractFragments(_) => {
            context.burn(PARAMS_GAS)?;
            u16::from(context.machine.stylus_params().max_fragment_count).abi_encode()
        }
        Method::getCollectTips(_) => {
            context.burn(READ_GAS)?;
            false.abi_encode()
        }
        Method::isTransactionFilterer(call) => TRANSACTION_FILTERERS
            .look_up(context, call.filterer)?
            .abi_encode(),
        Method::getAllTransactionFilterers(_) => TRANSACTION_FILTERERS.read(context)?.abi_encode(),
        Method::getTransactionFilteringFrom(_) => FILTERING_FROM.read(context)?.abi_encode(),
        Method::getFilteredFundsRecipient(_) => {
            let word = FILTERED_FUNDS_RECIPIENT.read(context)?;
            Address::from_word(word.into()).abi_encode()
        }
    })
}

/// ArbOS version from which a method exists.
fn first_version(method: &Method) -> u64 {
    match method {
        Method::isCalldataPriceIncreaseEnabled(_) => 40,
        Method::isNativeTokenOwner(_) | Method::getAllNativeTokenOwners(_) => 41,
        Method::getNativeTokenManagementFrom(_) | Method::getParentGasFloorPerToken(_) => 50,
        Method::getMaxStylusContractFragments(_)
        | Method::getCollectTips(_)
        | Method::isTransactionFilterer(_)
        | Method::getAllTransactionFilterers(_)
        | Method::getTransactionFilteringFrom(_)
        | Method::getFilteredFundsRecipient(_) => 60,
        _ => 0,
    }
}

/// Version and time of the upgrade to come, zeros if there is none.
fn scheduled_upgrade(context: &mut Context) -> Result<(u64, u64), Fault> {
    let version: u64 = UPGRADE_VERSION.read(context)?.saturating_to();
    let time: u64 = UPGRADE_TIME.read(context)?.saturating_to();
    let is_to_come = version > context.machine.config.arbos_version;
    Ok(if is_to_come { (version, time) } else { (0, 0) })
}
