//! ArbWasmCache (0x72): which programs stay initialised.

use alloy_primitives::B256;
use alloy_sol_types::{sol, SolInterface, SolValue};

use crate::precompile::address_list::{CACHE_MANAGERS, CHAIN_OWNERS};
use crate::precompile::arb_wasm::{unusable, PARAMS_GAS};
use crate::precompile::context::{Context, Fault, Purity, CODE_HASH_GAS, READ_GAS, WRITE_GAS};
use crate::program::record::Unusable;

sol! {
    interface ArbWasmCache {
        function isCacheManager(address manager) external view returns (bool);
        function allCacheManagers() external view returns (address[] managers);
        function cacheCodehash(bytes32 codehash) external;
        function cacheProgram(address program) external;
        function evictCodehash(bytes32 codehash) external;
        function codehashIsCached(bytes32 codehash) external view returns (bool);

        event UpdateProgramCache(address indexed manager, bytes32 indexed codehash, bool cached);
    }
}

use ArbWasmCache::ArbWasmCacheCalls as Method;

/// ArbOS version in which programs are cached by account instead of by code hash.
const BY_ADDRESS_SINCE: u64 = 31;

pub(crate) fn run(context: &mut Context) -> Result<Vec<u8>, Fault> {
    let method = Method::abi_decode(&context.call.input).map_err(|_| Fault::BurnOut)?;
    match method {
        Method::isCacheManager(call) => {
            context.open(Purity::View)?;
            Ok(CACHE_MANAGERS.look_up(context, call.manager)?.abi_encode())
        }
        Method::allCacheManagers(_) => {
            context.open(Purity::View)?;
            Ok(CACHE_MANAGERS.read(context)?.abi_encode())
        }
        Method::codehashIsCached(call) => {
            context.open(Purity::View)?;
            context.burn(READ_GAS)?;
            let record = context.machine.program_record(call.codehash);
            Ok(record.cached.abi_encode())
        }
        Method::cacheCodehash(call) => {
            if context.machine.config.arbos_version >= BY_ADDRESS_SINCE {
                return Err(Fault::BurnOut);
            }
            context.open(Purity::Write)?;
            set_cached(context, call.codehash, true)
        }
        Method::cacheProgram(call) => {
            context.since(BY_ADDRESS_SINCE)?;
            context.open(Purity::Write)?;
            context.burn(CODE_HASH_GAS)?;
            let (code_hash, _) = context.machine.code_of(call.program);
            set_cached(context, code_hash, true)
        }
        Method::evictCodehash(call) => {
            context.open(Purity::Write)?;
            set_cached(context, call.codehash, false)
        }
    }
}

fn set_cached(context: &mut Context, code_hash: B256, cached: bool) -> Result<Vec<u8>, Fault> {
    let manager = context.call.caller;
    let allowed =
        CACHE_MANAGERS.look_up(context, manager)? || CHAIN_OWNERS.look_up(context, manager)?;
    if !allowed {
        return Err(Fault::BurnOut);
    }
    context.burn(PARAMS_GAS + READ_GAS)?;
    let params = context.machine.stylus_params();
    let mut record = context.machine.program_record(code_hash);
    if cached && record.version != params.version {
        return unusable(Unusable::NeedsUpgrade {
            version: record.version,
            stylus_version: params.version,
        });
    }
    if cached {
        if let Err(reason) = record.usable(&params, context.machine.block.timestamp) {
            return unusable(reason);
        }
    }
    if record.cached == cached {
        return Ok(Vec::new());
    }
    context.emit(&ArbWasmCache::UpdateProgramCache {
        manager,
        codehash: code_hash,
        cached,
    })?;
    context.burn(record.init_cost.into())?;
    // The hash of the module is looked up.
    context.burn(READ_GAS)?;
    context.burn(WRITE_GAS)?;
    record.cached = cached;
    context.machine.set_program_record(code_hash, &record);
    Ok(Vec::new())
}
