//! ArbGasInfo (0x6c): prices.

use alloy_primitives::U256;
use alloy_sol_types::{sol, SolInterface, SolValue};

use crate::precompile::arb_owner_interface::ArbOwner::MultiGasConstraint;
use crate::precompile::context::{Context, Fault, Purity, READ_GAS};
use crate::precompile::figure::{self, minimum_base_fee, MINIMUM_BASE_FEE};

sol! {
    interface ArbGasInfo {
        function getPricesInWei() external view returns (uint256, uint256, uint256, uint256, uint256, uint256);
        function getPricesInWeiWithAggregator(address aggregator) external view returns (uint256, uint256, uint256, uint256, uint256, uint256);
        function getPricesInArbGas() external view returns (uint256, uint256, uint256);
        function getPricesInArbGasWithAggregator(address aggregator) external view returns (uint256, uint256, uint256);
        function getGasAccountingParams() external view returns (uint256, uint256, uint256);
        function getMinimumGasPrice() external view returns (uint256);
        function getL1BaseFeeEstimate() external view returns (uint256);
        function getL1BaseFeeEstimateInertia() external view returns (uint64);
        function getL1RewardRate() external view returns (uint64);
        function getL1RewardRecipient() external view returns (address);
        function getL1GasPriceEstimate() external view returns (uint256);
        function getCurrentTxL1GasFees() external view returns (uint256);
        function getGasBacklog() external view returns (uint64);
        function getPricingInertia() external view returns (uint64);
        function getGasBacklogTolerance() external view returns (uint64);
        function getL1PricingSurplus() external view returns (int256);
        function getPerBatchGasCharge() external view returns (int64);
        function getAmortizedCostCapBips() external view returns (uint64);
        function getL1FeesAvailable() external view returns (uint256);
        function getL1PricingEquilibrationUnits() external view returns (uint256);
        function getLastL1PricingUpdateTime() external view returns (uint64);
        function getL1PricingFundsDueForRewards() external view returns (uint256);
        function getL1PricingUnitsSinceUpdate() external view returns (uint64);
        function getLastL1PricingSurplus() external view returns (int256);
        function getMaxTxGasLimit() external view returns (uint256);
        function getMaxBlockGasLimit() external view returns (uint64);
        function getGasPricingConstraints() external view returns (uint64[3][] constraints);
        function getMultiGasPricingConstraints() external view returns (bytes constraints);
        function getMultiGasBaseFee() external view returns (uint256[] baseFees);
    }
}

use ArbGasInfo::ArbGasInfoCalls as Method;

/// Units of L1 data in a compressed byte.
const BYTE_UNITS: u64 = 16;
/// Bytes that a simple transaction is taken for.
const SIMPLE_TRANSACTION: u64 = 140;
/// Gas that storing a word costs.
const STORAGE_GAS: u64 = 20_000;
/// Resources that gas is told apart by where each has a price of its own.
const RESOURCES: u64 = 9;
/// What ArbOS reads to find the surplus of L1 pricing: two debts and the funds.
const SURPLUS_READS: u64 = 3;

pub(crate) fn run(context: &mut Context) -> Result<Vec<u8>, Fault> {
    let method = Method::abi_decode(&context.call.input).map_err(|_| Fault::BurnOut)?;
    context.since(first_version(&method))?;
    context.open(Purity::View)?;
    let price = U256::from(context.machine.config.base_fee);
    Ok(match method {
        Method::getPricesInWei(_) | Method::getPricesInWeiWithAggregator(_) => {
            let byte = figure::L1_PRICE.read(context)? * U256::from(BYTE_UNITS);
            let transaction = byte * U256::from(SIMPLE_TRANSACTION);
            let base = minimum(context)?.min(price);
            let storage = price * U256::from(STORAGE_GAS);
            (transaction, byte, storage, base, price - base, price).abi_encode()
        }
        Method::getPricesInArbGas(_) | Method::getPricesInArbGasWithAggregator(_) => {
            let byte = figure::L1_PRICE.read(context)? * U256::from(BYTE_UNITS);
            let transaction = byte * U256::from(SIMPLE_TRANSACTION);
            let in_gas = |wei: U256| wei.checked_div(price).unwrap_or_default();
            (in_gas(transaction), in_gas(byte), U256::from(STORAGE_GAS)).abi_encode()
        }
        Method::getGasAccountingParams(_) => {
            let speed = figure::SPEED_LIMIT.read(context)?;
            let limit = figure::BLOCK_GAS_LIMIT.read(context)?;
            (speed, limit, limit).abi_encode()
        }
        Method::getMinimumGasPrice(_) => minimum(context)?.abi_encode(),
        // The transaction itself knows what it paid for.
        Method::getCurrentTxL1GasFees(_) => {
            (price * U256::from(context.machine.l1_gas)).abi_encode()
        }
        Method::getL1PricingSurplus(_) => free(context, SURPLUS_READS)?.abi_encode(),
        Method::getMaxTxGasLimit(_) => {
            context.burn(READ_GAS)?;
            U256::from(context.machine.config.tx_gas_limit).abi_encode()
        }
        Method::getGasPricingConstraints(_) => {
            context.burn(READ_GAS)?;
            Vec::<[u64; 3]>::new().abi_encode()
        }
        Method::getMultiGasPricingConstraints(_) => {
            context.burn(READ_GAS)?;
            Vec::<MultiGasConstraint>::new().abi_encode()
        }
        Method::getMultiGasBaseFee(_) => {
            context.burn((1 + RESOURCES) * READ_GAS)?;
            vec![price; RESOURCES as usize].abi_encode()
        }
        plain => match kept(&plain) {
            Some(figure) => figure.read(context)?.abi_encode(),
            None => free(context, 1)?.abi_encode(),
        },
    })
}

/// The figure that a method tells, unless it is one that is always zero where nobody posts.
fn kept(method: &Method) -> Option<figure::Figure> {
    Some(match method {
        Method::getL1BaseFeeEstimateInertia(_) => figure::L1_INERTIA,
        Method::getL1BaseFeeEstimate(_) | Method::getL1GasPriceEstimate(_) => figure::L1_PRICE,
        Method::getL1FeesAvailable(_) => figure::L1_FEES,
        Method::getL1PricingUnitsSinceUpdate(_) => figure::L1_UNITS,
        Method::getL1RewardRate(_) => figure::L1_REWARD_RATE,
        Method::getL1RewardRecipient(_) => figure::L1_REWARD_RECIPIENT,
        Method::getGasBacklog(_) => figure::GAS_BACKLOG,
        Method::getPricingInertia(_) => figure::PRICING_INERTIA,
        Method::getGasBacklogTolerance(_) => figure::BACKLOG_TOLERANCE,
        Method::getPerBatchGasCharge(_) => figure::BATCH_GAS,
        Method::getAmortizedCostCapBips(_) => figure::AMORTIZED_COST_CAP,
        Method::getL1PricingEquilibrationUnits(_) => figure::L1_EQUILIBRATION_UNITS,
        Method::getMaxBlockGasLimit(_) => figure::BLOCK_GAS_LIMIT,
        _ => return None,
    })
}

/// Pays for so many reads; what they find has to do with posting to L1, and is zero.
fn free(context: &mut Context, reads: u64) -> Result<U256, Fault> {
    context.burn(reads * READ_GAS)?;
    Ok(U256::ZERO)
}

/// Pays for reading the lowest base fee and gives it.
fn minimum(context: &mut Context) -> Result<U256, Fault> {
    let kept = MINIMUM_BASE_FEE.read(context)?;
    let unset = U256::from(context.machine.config.base_fee);
    Ok(minimum_base_fee(kept).unwrap_or(unset))
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
