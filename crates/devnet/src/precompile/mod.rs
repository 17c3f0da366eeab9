//! Precompiled contracts: Ethereum's and Arbitrum's.

mod absent;
pub(crate) mod address_list;
mod arb_debug;
mod arb_filtered_transactions_manager;
mod arb_gas_info;
mod arb_info;
mod arb_owner;
mod arb_owner_interface;
mod arb_owner_public;
mod arb_sys;
mod arb_wasm;
mod arb_wasm_cache;
pub(crate) mod context;
pub(crate) mod figure;
pub(crate) mod outbox;
mod pricing_setting;
pub(crate) mod setting;
mod stylus_setting;

use std::sync::LazyLock;

use alloy_primitives::Address;
use revm::precompile::{PrecompileSpecId, PrecompileStatus, Precompiles};
use revm::primitives::AddressSet;

pub(crate) use self::arb_gas_info::ArbGasInfo;
pub(crate) use self::arb_owner_public::ArbOwnerPublic;
pub(crate) use self::arb_sys::ArbSys;
pub(crate) use self::arb_wasm::ArbWasm;
pub(crate) use self::arb_wasm_cache::ArbWasmCache;
use self::context::{Context, Contract};
use crate::address::arbitrum_address;
pub(crate) use crate::address::{ARB_SYS, CODE};
use crate::frame::{Call, FrameResult};
use crate::machine::{Machine, SPEC};

/// Address of ArbOwnerPublic.
pub(crate) const ARB_OWNER_PUBLIC: Address = arbitrum_address(0x6b);
/// Address of ArbGasInfo.
pub(crate) const ARB_GAS_INFO: Address = arbitrum_address(0x6c);
/// Address of ArbWasm.
pub(crate) const ARB_WASM: Address = arbitrum_address(0x71);
/// Address of ArbWasmCache.
pub(crate) const ARB_WASM_CACHE: Address = arbitrum_address(0x72);

const ARBITRUM: [(u32, Contract); 9] = [
    (0x64, arb_sys::run),
    (0x65, arb_info::run),
    (0x6b, arb_owner_public::run),
    (0x6c, arb_gas_info::run),
    (0x70, arb_owner::run),
    (0x71, arb_wasm::run),
    (0x72, arb_wasm_cache::run),
    (FILTERED, arb_filtered_transactions_manager::run),
    (DEBUG, arb_debug::run),
];
const FILTERED: u32 = 0x74;
const DEBUG: u32 = arb_debug::LOW;

/// First ArbOS version with the contract that filters transactions.
const FILTERED_SINCE: u64 = 60;

static ETHEREUM: LazyLock<&'static Precompiles> =
    LazyLock::new(|| Precompiles::new(PrecompileSpecId::from_spec_id(SPEC)));

static WARM: LazyLock<AddressSet> = LazyLock::new(|| warm_addresses(FILTERED_SINCE));
static WARM_BEFORE_FILTERED: LazyLock<AddressSet> =
    LazyLock::new(|| warm_addresses(FILTERED_SINCE - 1));

fn warm_addresses(arbos_version: u64) -> AddressSet {
    let mut addresses = ETHEREUM.addresses_set().clone();
    addresses.extend(arbitrum_addresses(arbos_version, true));
    addresses
}

/// Addresses that are warm from the start of every transaction.
pub(crate) fn addresses(arbos_version: u64) -> &'static AddressSet {
    match arbos_version >= FILTERED_SINCE {
        true => &WARM,
        false => &WARM_BEFORE_FILTERED,
    }
}

/// Addresses of Arbitrum's precompiles on a chain, with those that it does not carry out.
pub(crate) fn arbitrum_addresses(arbos_version: u64, debug: bool) -> impl Iterator<Item = Address> {
    let lows = ARBITRUM.iter().map(|(low, _)| *low);
    lows.filter(move |low| is_offered(*low, arbos_version, debug))
        .map(arbitrum_address)
        .chain(absent::addresses(arbos_version))
}

fn is_offered(low: u32, arbos_version: u64, debug: bool) -> bool {
    match low {
        FILTERED => arbos_version >= FILTERED_SINCE,
        DEBUG => debug,
        _ => true,
    }
}

/// Whether there is a precompile at an address.
pub(crate) fn is_precompile(address: &Address) -> bool {
    WARM.contains(address)
}

/// Result of the precompile at the call's code address, if there is one.
pub(crate) fn run(machine: &mut Machine, call: &Call) -> Option<FrameResult> {
    match arbitrum(machine, call.code_address) {
        Some(contract) => Some(Context::new(machine, call).run(contract)),
        None => absent::refuse(call, machine.config.arbos_version).or_else(|| ethereum(call)),
    }
}

/// Result of a call to an account without code, where that must not read as success.
pub(crate) fn run_without_code(machine: &Machine, call: &Call) -> Option<FrameResult> {
    absent::refuse_without_code(call, machine.config.arbos_version)
}

fn arbitrum(machine: &Machine, address: Address) -> Option<Contract> {
    let mut contracts = ARBITRUM.iter();
    let (low, contract) = contracts.find(|(low, _)| arbitrum_address(*low) == address)?;
    let config = &machine.config;
    is_offered(*low, config.arbos_version, config.debug).then_some(*contract)
}

fn ethereum(call: &Call) -> Option<FrameResult> {
    let precompile = ETHEREUM.get(&call.code_address)?;
    let output = match precompile.execute(&call.input, call.gas, 0) {
        Ok(output) => output,
        Err(fatal) => return Some(FrameResult::halt(fatal.to_string())),
    };
    let Some(gas_left) = call.gas.checked_sub(output.gas_used) else {
        return Some(FrameResult::halt("out of gas"));
    };
    Some(match output.status {
        PrecompileStatus::Success => FrameResult::success(output.bytes, gas_left, 0),
        PrecompileStatus::Revert => FrameResult::revert(output.bytes, gas_left),
        PrecompileStatus::Halt(reason) if reason.is_oog() => FrameResult::halt("out of gas"),
        PrecompileStatus::Halt(reason) => FrameResult::halt(reason.to_string()),
    })
}
