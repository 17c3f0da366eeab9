//! ArbOwner (0x70): what the chain's owners may change. Free of gas for them.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{sol, SolInterface, SolValue};

use crate::precompile::address_list::{CACHE_MANAGERS, CHAIN_OWNERS};
use crate::precompile::context::{slot, Context, Fault, Purity};
use crate::precompile::{CALLDATA_PRICE_INCREASE, CALLDATA_PRICE_INCREASE_SINCE};
use crate::program::params::StylusParams;

sol! {
    interface ArbOwner {
        function addChainOwner(address newOwner) external;
        function removeChainOwner(address ownerToRemove) external;
        function isChainOwner(address addr) external view returns (bool);
        function getAllChainOwners() external view returns (address[] owners);
        function addWasmCacheManager(address manager) external;
        function removeWasmCacheManager(address manager) external;
        function setInkPrice(uint32 price) external;
        function setWasmMaxStackDepth(uint32 depth) external;
        function setWasmFreePages(uint16 pages) external;
        function setWasmPageGas(uint16 gas) external;
        function setWasmPageLimit(uint16 limit) external;
        function setWasmMaxSize(uint32 size) external;
        function setWasmMinInitGas(uint8 gas, uint16 cached) external;
        function setWasmInitCostScalar(uint64 percent) external;
        function setWasmExpiryDays(uint16 _days) external;
        function setWasmKeepaliveDays(uint16 _days) external;
        function setWasmBlockCacheSize(uint16 count) external;
        function setMaxStylusContractFragments(uint8 count) external;
        function setCalldataPriceIncrease(bool enable) external;
    }
}

use ArbOwner::ArbOwnerCalls as Method;

/// Ink prices have 24 bits.
const MAX_INK_PRICE: u32 = (1 << 24) - 1;

/// ArbOS versions from which settings exist.
const MAX_SIZE_SINCE: u64 = 40;
const FRAGMENTS_SINCE: u64 = 60;

pub(crate) fn run(context: &mut Context) -> Result<Vec<u8>, Fault> {
    let method = Method::abi_decode(&context.call.input).map_err(|_| Fault::BurnOut)?;
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
        change => {
            context.open(Purity::Write)?;
            apply(context, change)?;
            Ok(Vec::new())
        }
    }
}

fn apply(context: &mut Context, change: Method) -> Result<(), Fault> {
    match change {
        Method::addChainOwner(call) => CHAIN_OWNERS.update(context, call.newOwner, true),
        Method::removeChainOwner(call) => remove_owner(context, call.ownerToRemove),
        Method::addWasmCacheManager(call) => CACHE_MANAGERS.update(context, call.manager, true),
        Method::removeWasmCacheManager(call) => CACHE_MANAGERS.update(context, call.manager, false),
        Method::setCalldataPriceIncrease(call) => {
            context.since(CALLDATA_PRICE_INCREASE_SINCE)?;
            let switch = U256::from(call.enable);
            context
                .machine
                .arbos_write(slot(CALLDATA_PRICE_INCREASE), switch);
            Ok(())
        }
        setting => {
            let mut params = context.machine.stylus_params();
            set(context, &mut params, setting)?;
            context.machine.set_stylus_params(&params);
            Ok(())
        }
    }
}

fn remove_owner(context: &mut Context, owner: Address) -> Result<(), Fault> {
    if !CHAIN_OWNERS.look_up(context, owner)? {
        return Err(Fault::Plain);
    }
    CHAIN_OWNERS.update(context, owner, false)
}

fn set(context: &Context, params: &mut StylusParams, setting: Method) -> Result<(), Fault> {
    match setting {
        Method::setInkPrice(call) => {
            if call.price == 0 || call.price > MAX_INK_PRICE {
                return Err(Fault::Plain);
            }
            params.ink_price = call.price;
        }
        Method::setWasmMaxStackDepth(call) => params.max_stack_depth = call.depth,
        Method::setWasmFreePages(call) => params.free_pages = call.pages,
        Method::setWasmPageGas(call) => params.page_gas = call.gas,
        Method::setWasmPageLimit(call) => params.page_limit = call.limit,
        Method::setWasmMaxSize(call) => {
            context.since(MAX_SIZE_SINCE)?;
            params.max_wasm_size = call.size;
        }
        Method::setWasmMinInitGas(call) => {
            params.set_min_init_gas(call.gas.into(), call.cached.into());
        }
        Method::setWasmInitCostScalar(call) => params.set_init_cost_percent(call.percent),
        Method::setWasmExpiryDays(call) => params.expiry_days = call._days,
        Method::setWasmKeepaliveDays(call) => params.keepalive_days = call._days,
        Method::setWasmBlockCacheSize(call) => params.block_cache_size = call.count,
        Method::setMaxStylusContractFragments(call) => {
            context.since(FRAGMENTS_SINCE)?;
            params.max_fragment_count = call.count;
        }
        _ => unreachable!("everything but settings is handled before"),
    }
    Ok(())
}
