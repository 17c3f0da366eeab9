//! ArbGasInfo (0x6c): prices. Posting to L1 is free on this chain.

use alloy_primitives::U256;
use alloy_sol_types::{sol, SolInterface, SolValue};

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
    }
}

use ArbGasInfo::ArbGasInfoCalls as Method;

/// Gas that storing a word costs.
const STORAGE_GAS: u64 = 20_000;
/// Gas per second that the chain is meant to process.
const SPEED_LIMIT: u64 = 7_000_000;

pub(crate) fn run(context: &mut Context) -> Result<Vec<u8>, Fault> {
    let method = Method::abi_decode(&context.call.input).map_err(|_| Fault::BurnOut)?;
    context.open(Purity::View)?;
    context.burn(READ_GAS)?;
    let price = U256::from(context.machine.config.base_fee);
    let free = U256::ZERO;
    Ok(match method {
        Method::getPricesInWei(_) => {
            let storage = price * U256::from(STORAGE_GAS);
            (free, free, storage, price, free, price).abi_encode()
        }
        Method::getPricesInArbGas(_) => (free, free, U256::from(STORAGE_GAS)).abi_encode(),
        Method::getGasAccountingParams(_) => {
            let limit = U256::from(context.machine.config.tx_gas_limit);
            (U256::from(SPEED_LIMIT), limit, limit).abi_encode()
        }
        Method::getMinimumGasPrice(_) => price.abi_encode(),
        Method::getL1BaseFeeEstimate(_)
        | Method::getL1GasPriceEstimate(_)
        | Method::getCurrentTxL1GasFees(_) => free.abi_encode(),
    })
}
