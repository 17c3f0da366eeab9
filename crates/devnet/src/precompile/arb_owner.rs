//! ArbOwner (0x70): what the chain's owners may change. Free of gas for them.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolInterface, SolValue};

use crate::config::LATEST_ARBOS;
use crate::precompile::address_list::{
    CACHE_MANAGERS, CHAIN_OWNERS, NATIVE_TOKEN_OWNERS, TRANSACTION_FILTERERS,
};
use crate::precompile::arb_owner_interface::ArbOwner::{self, ArbOwnerCalls as Method};
use crate::precompile::context::{only, Context, Fault, Purity};
use crate::precompile::figure;
use crate::precompile::setting::{
    ACTIVATION_GAS, CALLDATA_PRICE_INCREASE, FILTERED_FUNDS_RECIPIENT, FILTERING_FROM,
    UPGRADE_TIME, UPGRADE_VERSION,
};
use crate::precompile::{pricing_setting, stylus_setting};

/// First ArbOS version that reports changes of membership.
const EVENTS_SINCE: u64 = 60;

pub(crate) fn run(context: &mut Context) -> Result<Vec<u8>, Fault> {
    let method = Method::abi_decode(&context.call.input).map_err(|_| Fault::BurnOut)?;
    context.since(first_version(&method))?;
    if !CHAIN_OWNERS.contains(context.machine, context.call.caller) {
        return Err(Fault::BurnOut);
    }
    let before = context.gas_left;
    // The owner pays nothing, so no charge may fail for want of gas.
    context.gas_left = u64::MAX;
    let done = perform(context, method);
    context.gas_left = before;
    done
}

/// ArbOS version from which a method exists.
fn first_version(method: &Method) -> u64 {
    match method {
        Method::setWasmMaxSize(_) | Method::setCalldataPriceIncrease(_) => 40,
        Method::addNativeTokenOwner(_)
        | Method::removeNativeTokenOwner(_)
        | Method::isNativeTokenOwner(_)
        | Method::getAllNativeTokenOwners(_)
        | Method::setNativeTokenManagementFrom(_) => 41,
        Method::setGasPricingConstraints(_)
        | Method::setMaxBlockGasLimit(_)
        | Method::setGasBacklog(_)
        | Method::setParentGasFloorPerToken(_) => 50,
        Method::setWasmActivationGas(_) => 59,
        Method::setMaxStylusContractFragments(_)
        | Method::setCollectTips(_)
        | Method::setMultiGasPricingConstraints(_)
        | Method::addTransactionFilterer(_)
        | Method::removeTransactionFilterer(_)
        | Method::isTransactionFilterer(_)
        | Method::getAllTransactionFilterers(_)
        | Method::setTransactionFilteringFrom(_)
        | Method::setFilteredFundsRecipient(_)
        | Method::getFilteredFundsRecipient(_) => 60,
        _ => 0,
    }
}

fn perform(context: &mut Context, method: Method) -> Result<Vec<u8>, Fault> {
    match method {
        Method::isChainOwner(call) => {
            context.open(Purity::View)?;
            Ok(CHAIN_OWNERS.look_up(context, call.addr)?.abi_encode())
        }
        Method::getAllChainOwners(_) => {
            context.open(Purity::View)?;
            Ok(CHAIN_OWNERS.read(context)?.abi_encode())
        }
        Method::isTransactionFilterer(call) => {
            context.open(Purity::View)?;
            let is_filterer = TRANSACTION_FILTERERS.look_up(context, call.filterer)?;
            Ok(is_filterer.abi_encode())
        }
        Method::getAllTransactionFilterers(_) => {
            context.open(Purity::View)?;
            Ok(TRANSACTION_FILTERERS.read(context)?.abi_encode())
        }
        Method::getNetworkFeeAccount(_) => {
            context.open(Purity::View)?;
            Ok(figure::NETWORK_FEES.read_account(context)?.abi_encode())
        }
        Method::getInfraFeeAccount(_) => {
            context.open(Purity::View)?;
            Ok(figure::INFRA_FEES.read_account(context)?.abi_encode())
        }
        Method::isNativeTokenOwner(call) => {
            context.open(Purity::View)?;
            Ok(NATIVE_TOKEN_OWNERS
                .look_up(context, call.addr)?
                .abi_encode())
        }
        Method::getAllNativeTokenOwners(_) => {
            context.open(Purity::View)?;
            Ok(NATIVE_TOKEN_OWNERS.read(context)?.abi_encode())
        }
        Method::getFilteredFundsRecipient(_) => {
            context.open(Purity::View)?;
            let word = FILTERED_FUNDS_RECIPIENT.read(context)?;
            Ok(Address::from_word(word.into()).abi_encode())
        }
        Method::releaseL1PricerSurplusFunds(_) => {
            context.open(Purity::Write)?;
            // Nobody paid for L1 data.
            Ok(U256::ZERO.abi_encode())
        }
        change => {
            context.open(Purity::Write)?;
            apply(context, change)?;
            Ok(Vec::new())
        }
    }
}

fn apply(context: &mut Context, change: Method) -> Result<(), Fault> {
    match change {
        Method::addChainOwner(call) => add_owner(context, call.newOwner),
        Method::removeChainOwner(call) => remove_owner(context, call.ownerToRemove),
        Method::addWasmCacheManager(call) => CACHE_MANAGERS.update(context, call.manager, true),
        Method::removeWasmCacheManager(call) => CACHE_MANAGERS.update(context, call.manager, false),
        Method::addNativeTokenOwner(call) => add_native_token_owner(context, call.newOwner),
        Method::removeNativeTokenOwner(call) => {
            remove_native_token_owner(context, call.ownerToRemove)
        }
        Method::addTransactionFilterer(call) => add_filterer(context, call.filterer),
        Method::removeTransactionFilterer(call) => remove_filterer(context, call.filterer),
        Method::setTransactionFilteringFrom(call) => {
            FILTERING_FROM.write(context, U256::from(call.timestamp))
        }
        Method::setFilteredFundsRecipient(call) => {
            let recipient = call.recipient;
            FILTERED_FUNDS_RECIPIENT.write(context, recipient.into_word().into())?;
            context.emit(&ArbOwner::FilteredFundsRecipientSet { recipient })
        }
        Method::scheduleArbOSUpgrade(call) => schedule(context, call.newVersion, call.timestamp),
        // Neither tips nor prices that follow the demand exist here: they can only be left off.
        Method::setCollectTips(call) => only(!call.collect),
        Method::setGasPricingConstraints(call) => only(call.constraints.is_empty()),
        Method::setMultiGasPricingConstraints(call) => only(call.constraints.is_empty()),
        Method::setCalldataPriceIncrease(call) => {
            CALLDATA_PRICE_INCREASE.write(context, U256::from(call.enable))
        }
        Method::setWasmActivationGas(call) => ACTIVATION_GAS.write(context, U256::from(call.gas)),
        setting if pricing_setting::is_one(&setting) => pricing_setting::set(context, setting),
        setting => {
            let mut params = context.machine.stylus_params();
            stylus_setting::set(&mut params, setting)?;
            context.machine.set_stylus_params(&params);
            Ok(())
        }
    }
}

fn add_owner(context: &mut Context, owner: Address) -> Result<(), Fault> {
    CHAIN_OWNERS.update(context, owner, true)?;
    if context.machine.config.arbos_version < EVENTS_SINCE {
        return Ok(());
    }
    context.emit(&ArbOwner::ChainOwnerAdded { newOwner: owner })
}

fn remove_owner(context: &mut Context, owner: Address) -> Result<(), Fault> {
    if !CHAIN_OWNERS.look_up(context, owner)? {
        return Err(Fault::Plain);
    }
    CHAIN_OWNERS.update(context, owner, false)?;
    if context.machine.config.arbos_version < EVENTS_SINCE {
        return Ok(());
    }
    context.emit(&ArbOwner::ChainOwnerRemoved {
        removedOwner: owner,
    })
}

/// Owners are listed from the time set for it on. There is nothing for them to do: this chain has no token but ether.
fn add_native_token_owner(context: &mut Context, owner: Address) -> Result<(), Fault> {
    let from = figure::NATIVE_TOKENS_FROM.read(context)?;
    only(!from.is_zero() && from <= U256::from(context.machine.block.timestamp))?;
    NATIVE_TOKEN_OWNERS.update(context, owner, true)?;
    if context.machine.config.arbos_version < EVENTS_SINCE {
        return Ok(());
    }
    context.emit(&ArbOwner::NativeTokenOwnerAdded { newOwner: owner })
}

fn remove_native_token_owner(context: &mut Context, owner: Address) -> Result<(), Fault> {
    only(NATIVE_TOKEN_OWNERS.look_up(context, owner)?)?;
    NATIVE_TOKEN_OWNERS.update(context, owner, false)?;
    if context.machine.config.arbos_version < EVENTS_SINCE {
        return Ok(());
    }
    context.emit(&ArbOwner::NativeTokenOwnerRemoved {
        removedOwner: owner,
    })
}

fn add_filterer(context: &mut Context, filterer: Address) -> Result<(), Fault> {
    TRANSACTION_FILTERERS.update(context, filterer, true)?;
    context.emit(&ArbOwner::TransactionFiltererAdded { filterer })
}

fn remove_filterer(context: &mut Context, filterer: Address) -> Result<(), Fault> {
    if !TRANSACTION_FILTERERS.look_up(context, filterer)? {
        return Err(Fault::Plain);
    }
    TRANSACTION_FILTERERS.update(context, filterer, false)?;
    context.emit(&ArbOwner::TransactionFiltererRemoved { filterer })
}

/// Schedules an upgrade. A version that is not known here would end the chain, and is refused.
fn schedule(context: &mut Context, version: u64, time: u64) -> Result<(), Fault> {
    only(version <= LATEST_ARBOS)?;
    UPGRADE_VERSION.write(context, U256::from(version))?;
    UPGRADE_TIME.write(context, U256::from(time))
}
