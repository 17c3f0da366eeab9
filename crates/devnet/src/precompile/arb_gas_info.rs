//! ArbGasInfo (0x6c): prices. Posting to L1 is free on this chain, and the base fee does not follow the demand.

use alloy_primitives::U256;
use alloy_sol_types::{sol, SolInterface, SolValue};

use crate::precompile::arb_owner::ArbOwner::MultiGasConstraint;
use crate::precompile::context::{Context, Fault, Purity, READ_GAS};

sol! {
    interface ArbGasInfo {
        function getPricesInWei() external view returns (uint256, uint256, uint256, uint256, uint256, uint256);
        function getPricesInArbGas() external view returns (uint256, uint256, uint256);
        function getGasAccountingParams() external view returns (uint256, uint256, uint256);
        function getMinimumGasPrice() external view returns (uint256);
        function getL1BaseFeeEstimate() external view returns (uint256);
        function getL1GasPriceEstimate() external view returns (uint256);
        function getCurrentTxL1GasFees() external view returns (uint256);
        function getMaxTxGasLimit() external view returns (uint256);
        function getMaxBlockGasLimit() external view returns (uint64);
        function getGasPricingConstraints() external view returns (uint64[3][] constraints);
        function getMultiGasPricingConstraints() external view returns (bytes constraints);
        function getMultiGasBaseFee() external view returns (uint256[] baseFees);
    }
}

use ArbGasInfo::ArbGasInfoCalls as Method;

/// Gas that storing a word costs.
const STORAGE_GAS: u64 = 20_000;
/// Gas per second that the chain is meant to process.
const SPEED_LIMIT: u64 = 7_000_000;
/// Resources that gas is told apart by where each has a price of its own.
const RESOURCES: u64 = 9;

pub(crate) fn run(context: &mut Context) -> Result<Vec<u8>, Fault> {
    let method = Method::abi_decode(&context.call.input).map_err(|_| Fault::BurnOut)?;
    context.since(first_version(&method))?;
    context.open(Purity::View)?;
    context.burn(READ_GAS)?;
    let price = U256::from(context.machine.config.base_fee);
    let limit = U256::from(context.machine.config.tx_gas_limit);
    let free = U256::ZERO;
    Ok(match method {
        Method::getPricesInWei(_) => {
            let storage = price * U256::from(STORAGE_GAS);
            (free, free, storage, price, free, price).abi_encode()
        }
        Method::getPricesInArbGas(_) => (free, free, U256::from(STORAGE_GAS)).abi_encode(),
        Method::getGasAccountingParams(_) => (U256::from(SPEED_LIMIT), limit, limit).abi_encode(),
        Method::getMinimumGasPrice(_) => price.abi_encode(),
        Method::getL1BaseFeeEstimate(_)
        | Method::getL1GasPriceEstimate(_)
        | Method::getCurrentTxL1GasFees(_) => free.abi_encode(),
        Method::getMaxTxGasLimit(_) | Method::getMaxBlockGasLimit(_) => limit.abi_encode(),
        Method::getGasPricingConstraints(_) => Vec::<[u64; 3]>::new().abi_encode(),
        Method::getMultiGasPricingConstraints(_) => Vec::<MultiGasConstraint>::new().abi_encode(),
        Method::getMultiGasBaseFee(_) => {
            context.burn(RESOURCES * READ_GAS)?;
            vec![price; RESOURCES as usize].abi_encode()
        }
    })
}

/// ArbOS version from which a method exists.
fn first_version(method: &Method) -> u64 {
    match method {
        Method::getMaxTxGasLimit(_)
        | Method::getMaxBlockGasLimit(_)
        | Method::getGasPricingConstraints(_) => 50,
        Method::getMultiGasPricingConstraints(_) | Method::getMultiGasBaseFee(_) => 60,
        _ => 0,
    }
}
