//! How owners change prices, limits and where fees go.

use alloy_primitives::U256;
use alloy_sol_types::Revert;

use crate::precompile::arb_owner_interface::ArbOwner::ArbOwnerCalls as Method;
use crate::precompile::context::{only, solidity, Context, Fault};
use crate::precompile::figure::{self, Figure};
use crate::precompile::setting::NEXT_BASE_FEE;

/// Highest level of Brotli.
const MAX_BROTLI_LEVEL: u64 = 11;
/// Gas of a transaction that does nothing.
const LEAST_TX_GAS: u64 = 21_000;

/// Whether a method changes something of this kind.
pub(crate) fn is_one(method: &Method) -> bool {
    plain(method).is_some()
        || matches!(
            method,
            Method::setMinimumL2BaseFee(_)
                | Method::setSpeedLimit(_)
                | Method::setL2GasPricingInertia(_)
                | Method::setL2BaseFee(_)
                | Method::setMaxTxGasLimit(_)
                | Method::setL1PricePerUnit(_)
                | Method::setBrotliCompressionLevel(_)
                | Method::setChainConfig(_)
        )
}

/// Changes what the method changes.
pub(crate) fn set(context: &mut Context, method: Method) -> Result<(), Fault> {
    if let Some((figure, value)) = plain(&method) {
        return figure.write(context, value);
    }
    match method {
        Method::setSpeedLimit(call) => {
            only(call.limit > 0)?;
            figure::SPEED_LIMIT.write(context, U256::from(call.limit))
        }
        Method::setL2GasPricingInertia(call) => {
            only(call.sec > 0)?;
            figure::PRICING_INERTIA.write(context, U256::from(call.sec))
        }
        Method::setMinimumL2BaseFee(call) => {
            set_base_fee(context, call.priceInWei)?;
            figure::MINIMUM_BASE_FEE.write(context, figure::kept_minimum(call.priceInWei))
        }
        Method::setL2BaseFee(call) => {
            keep_minimum(context)?;
            set_base_fee(context, call.priceInWei)
        }
        Method::setMaxTxGasLimit(call) => {
            unless(call.limit < LEAST_TX_GAS, "no transaction would fit")?;
            figure::NEXT_TX_GAS_LIMIT.write(context, U256::from(call.limit))
        }
        Method::setL1PricePerUnit(call) => {
            unless(
                call.pricePerUnit > U256::from(u64::MAX),
                "prices have 64 bits here",
            )?;
            figure::L1_PRICE.write(context, call.pricePerUnit)
        }
        Method::setBrotliCompressionLevel(call) => {
            unless(call.level > MAX_BROTLI_LEVEL, "the highest level is 11")?;
            figure::BROTLI_LEVEL.write(context, U256::from(call.level))
        }
        _ => refused("the rules of this chain are chosen when it is made"),
    }
}

/// The figure that a method sets without further ado, and what to.
fn plain(method: &Method) -> Option<(Figure, U256)> {
    Some(match method {
        Method::setNetworkFeeAccount(call) => {
            (figure::NETWORK_FEES, call.account.into_word().into())
        }
        Method::setInfraFeeAccount(call) => (figure::INFRA_FEES, call.account.into_word().into()),
        Method::setMaxBlockGasLimit(call) => (figure::BLOCK_GAS_LIMIT, U256::from(call.limit)),
        Method::setL2GasBacklogTolerance(call) => (figure::BACKLOG_TOLERANCE, U256::from(call.sec)),
        Method::setGasBacklog(call) => (figure::GAS_BACKLOG, U256::from(call.backlog)),
        Method::setL1BaseFeeEstimateInertia(call) => (figure::L1_INERTIA, U256::from(call.inertia)),
        Method::setL1PricingInertia(call) => (figure::L1_INERTIA, U256::from(call.inertia)),
        Method::setL1PricingEquilibrationUnits(call) => {
            (figure::L1_EQUILIBRATION_UNITS, call.units)
        }
        Method::setL1PricingRewardRecipient(call) => (
            figure::L1_REWARD_RECIPIENT,
            call.recipient.into_word().into(),
        ),
        Method::setL1PricingRewardRate(call) => {
            (figure::L1_REWARD_RATE, U256::from(call.weiPerUnit))
        }
        Method::setPerBatchGasCharge(call) => (figure::BATCH_GAS, sign_extended(call.cost)),
        Method::setAmortizedCostCapBips(call) => (figure::AMORTIZED_COST_CAP, U256::from(call.cap)),
        Method::setParentGasFloorPerToken(call) => {
            (figure::PARENT_GAS_FLOOR, U256::from(call.gasFloorPerToken))
        }
        Method::setNativeTokenManagementFrom(call) => {
            (figure::NATIVE_TOKENS_FROM, U256::from(call.timestamp))
        }
        _ => return None,
    })
}

/// Sets the base fee from the next block on. Without demand it stays there.
fn set_base_fee(context: &mut Context, wei: U256) -> Result<(), Fault> {
    unless(wei > U256::from(u64::MAX), "base fees have 64 bits here")?;
    NEXT_BASE_FEE.write(context, wei + U256::ONE)
}

/// The minimum is the present base fee until somebody sets one of the two.
fn keep_minimum(context: &mut Context) -> Result<(), Fault> {
    if figure::MINIMUM_BASE_FEE.read(context)?.is_zero() {
        let fee = U256::from(context.machine.config.base_fee);
        figure::MINIMUM_BASE_FEE.write(context, figure::kept_minimum(fee))?;
    }
    Ok(())
}

fn sign_extended(number: i64) -> U256 {
    match u64::try_from(number) {
        Ok(number) => U256::from(number),
        Err(_) => U256::ZERO.wrapping_sub(U256::from(number.unsigned_abs())),
    }
}

fn unless(is_refused: bool, why: &str) -> Result<(), Fault> {
    match is_refused {
        true => refused(why),
        false => Ok(()),
    }
}

fn refused(why: &str) -> Result<(), Fault> {
    solidity(Revert::from(why.to_owned()))
}
