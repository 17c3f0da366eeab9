//! ArbWasm (0x71): activation and facts about programs.

use alloy_primitives::{Address, B256, U256};
use alloy_sol_types::{sol, SolInterface, SolValue};

use crate::machine::params::{StylusParams, PAGE_RAMP};
use crate::precompile::context::{
    solidity, Context, Fault, Purity, CODE_HASH_GAS, READ_GAS, WRITE_GAS,
};
use crate::precompile::figure::fee_account;
use crate::precompile::setting::ACTIVATION_GAS;
use crate::program::activate::{ActivationFault, FIXED_GAS};
use crate::program::record::{hours_at, ProgramRecord, Unusable};

sol! {
    interface ArbWasm {
        function activateProgram(address program) external payable returns (uint16 version, uint256 dataFee);
        function stylusVersion() external view returns (uint16 version);
        function codehashVersion(bytes32 codehash) external view returns (uint16 version);
        function codehashKeepalive(bytes32 codehash) external payable;
        function codehashAsmSize(bytes32 codehash) external view returns (uint32 size);
        function programVersion(address program) external view returns (uint16 version);
        function programInitGas(address program) external view returns (uint64 gas, uint64 gasWhenCached);
        function programMemoryFootprint(address program) external view returns (uint16 footprint);
        function programTimeLeft(address program) external view returns (uint64 _secs);
        function inkPrice() external view returns (uint32 price);
        function maxStackDepth() external view returns (uint32 depth);
        function freePages() external view returns (uint16 pages);
        function pageGas() external view returns (uint16 gas);
        function pageRamp() external view returns (uint64 ramp);
        function pageLimit() external view returns (uint16 limit);
        function minInitGas() external view returns (uint64 gas, uint64 cached);
        function initCostScalar() external view returns (uint64 percent);
        function expiryDays() external view returns (uint16 _days);
        function keepaliveDays() external view returns (uint16 _days);
        function blockCacheSize() external view returns (uint16 count);
        function activationGas() external view returns (uint64 gas);

        event ProgramActivated(bytes32 indexed codehash, bytes32 moduleHash, address program, uint256 dataFee, uint16 version);
        event ProgramLifetimeExtended(bytes32 indexed codehash, uint256 dataFee);

        error ProgramNotWasm();
        error ProgramNotActivated();
        error ProgramNeedsUpgrade(uint16 version, uint16 stylusVersion);
        error ProgramExpired(uint64 ageInSeconds);
        error ProgramUpToDate();
        error ProgramKeepaliveTooSoon(uint64 ageInSeconds);
        error ProgramInsufficientValue(uint256 have, uint256 want);
    }
}

use ArbWasm::ArbWasmCalls as Method;

/// Gas of reading the parameters.
pub(crate) const PARAMS_GAS: u64 = 100;
/// Words of the data pricer's state that an activation reads and writes.
const PRICER_READS: u64 = 5;
const PRICER_WRITES: u64 = 2;

/// First ArbOS version in which `minInitGas` works.
const MIN_INIT_GAS_SINCE: u64 = 32;
/// First ArbOS version with a charge that the chain owner sets for activation.
const ACTIVATION_GAS_SINCE: u64 = 59;

pub(crate) fn run(context: &mut Context) -> Result<Vec<u8>, Fault> {
    let method = Method::abi_decode(&context.call.input).map_err(|_| Fault::BurnOut)?;
    match method {
        Method::activateProgram(call) => activate(context, call.program),
        Method::codehashKeepalive(call) => keep_alive(context, call.codehash),
        // Not among the parameters.
        Method::activationGas(_) => {
            context.since(ACTIVATION_GAS_SINCE)?;
            context.open(Purity::View)?;
            Ok(ACTIVATION_GAS.read(context)?.abi_encode())
        }
        view => {
            context.open(Purity::View)?;
            context.burn(PARAMS_GAS)?;
            let params = context.machine.stylus_params();
            read(context, view, &params)
        }
    }
}

fn read(context: &mut Context, method: Method, params: &StylusParams) -> Result<Vec<u8>, Fault> {
    Ok(match method {
        Method::stylusVersion(_) => params.version.abi_encode(),
        Method::inkPrice(_) => params.ink_price.abi_encode(),
        Method::maxStackDepth(_) => params.max_stack_depth.abi_encode(),
        Method::freePages(_) => params.free_pages.abi_encode(),
        Method::pageGas(_) => params.page_gas.abi_encode(),
        Method::pageRamp(_) => PAGE_RAMP.abi_encode(),
        Method::pageLimit(_) => params.page_limit.abi_encode(),
        Method::minInitGas(_) => {
            if context.machine.config.arbos_version < MIN_INIT_GAS_SINCE {
                return Err(Fault::Plain);
            }
            (params.min_init_gas(), params.min_cached_init_gas()).abi_encode()
        }
        Method::initCostScalar(_) => params.init_cost_percent().abi_encode(),
        Method::expiryDays(_) => params.expiry_days.abi_encode(),
        Method::keepaliveDays(_) => params.keepalive_days.abi_encode(),
        Method::blockCacheSize(_) => params.block_cache_size.abi_encode(),
        Method::codehashVersion(call) => {
            record(context, call.codehash, params)?.version.abi_encode()
        }
        Method::codehashAsmSize(call) => record(context, call.codehash, params)?
            .asm_bytes()
            .abi_encode(),
        Method::programVersion(call) => record_of(context, call.program, params)?
            .version
            .abi_encode(),
        Method::programInitGas(call) => {
            let record = record_of(context, call.program, params)?;
            let cached = params.cached_gas(record.cached_cost);
            let mut gas = params.init_gas(record.init_cost);
            if record.version > 1 {
                gas += cached;
            }
            (gas, cached).abi_encode()
        }
        Method::programMemoryFootprint(call) => record_of(context, call.program, params)?
            .footprint
            .abi_encode(),
        Method::programTimeLeft(call) => {
            let record = record_of(context, call.program, params)?;
            let age = record.age(context.machine.block.timestamp);
            params.expiry_seconds().saturating_sub(age).abi_encode()
        }
        Method::activateProgram(_) | Method::codehashKeepalive(_) | Method::activationGas(_) => {
            unreachable!("handled before")
        }
    })
}

fn activate(context: &mut Context, program: Address) -> Result<Vec<u8>, Fault> {
    context.open(Purity::Payable)?;
    if context.machine.config.arbos_version >= ACTIVATION_GAS_SINCE {
        let gas = ACTIVATION_GAS.read(context)?;
        context.burn(gas.saturating_to())?;
    }
    context.burn(FIXED_GAS)?;
    if context.machine.is_self_destructed(program) {
        return Err(Fault::Plain);
    }
    context.burn(PARAMS_GAS + READ_GAS)?;
    let now = context.machine.block.timestamp;
    let params = context.machine.stylus_params();
    let (code_hash, code) = context.machine.code_of(program);
    let old = context.machine.program_record(code_hash);
    if old.version == params.version && old.usable(&params, now).is_ok() {
        return solidity(ArbWasm::ProgramUpToDate {});
    }
    let machine = &mut *context.machine;
    let estimates = machine.check_program(
        code_hash,
        &code.original_bytes(),
        &params,
        &mut context.gas_left,
    );
    let estimates = estimates.map_err(activation_fault)?;
    if old.cached {
        context.burn(READ_GAS)?;
    }
    context.burn(WRITE_GAS)?;
    context.burn(PRICER_READS * READ_GAS + PRICER_WRITES * WRITE_GAS)?;
    let fee = context.machine.charge_data_fee(estimates.asm);
    context.burn(WRITE_GAS)?;
    let record = ProgramRecord::new(&estimates, params.version, now, old.cached);
    context.machine.set_program_record(code_hash, &record);
    pay_data_fee(context, fee)?;
    context.emit(&ArbWasm::ProgramActivated {
        codehash: code_hash,
        moduleHash: module_hash(params.version, code_hash),
        program,
        dataFee: fee,
        version: params.version,
    })?;
    Ok((params.version, fee).abi_encode())
}

fn activation_fault(fault: ActivationFault) -> Fault {
    match fault {
        ActivationFault::NotWasm => {
            let error = ArbWasm::ProgramNotWasm {};
            Fault::Solidity(alloy_sol_types::SolError::abi_encode(&error))
        }
        ActivationFault::Unreadable => Fault::Plain,
        ActivationFault::OutOfGas => Fault::BurnOut,
        ActivationFault::Refused(reason) => Fault::Activation(reason),
    }
}

fn keep_alive(context: &mut Context, code_hash: B256) -> Result<Vec<u8>, Fault> {
    context.open(Purity::Payable)?;
    context.burn(PARAMS_GAS)?;
    let params = context.machine.stylus_params();
    let now = context.machine.block.timestamp;
    let mut record = record(context, code_hash, &params)?;
    let age = record.age(now);
    if age < params.keepalive_seconds() {
        return solidity(ArbWasm::ProgramKeepaliveTooSoon { ageInSeconds: age });
    }
    context.burn(PRICER_READS * READ_GAS + PRICER_WRITES * WRITE_GAS)?;
    let fee = context.machine.charge_data_fee(record.asm_bytes());
    record.activated_at = hours_at(now);
    context.burn(WRITE_GAS)?;
    context.machine.set_program_record(code_hash, &record);
    pay_data_fee(context, fee)?;
    context.emit(&ArbWasm::ProgramLifetimeExtended {
        codehash: code_hash,
        dataFee: fee,
    })?;
    Ok(Vec::new())
}

/// Passes the fee on and returns what was sent beyond it.
fn pay_data_fee(context: &mut Context, fee: U256) -> Result<(), Fault> {
    let sent = context.call.value;
    if sent < fee {
        return solidity(ArbWasm::ProgramInsufficientValue {
            have: sent,
            want: fee,
        });
    }
    context.burn(READ_GAS)?;
    let account = fee_account(&context.machine.journal().database);
    context.send(account, fee)?;
    context.send(context.call.caller, sent - fee)
}

/// Stands in for the hash of the fraud prover's module, which only a node can compute.
fn module_hash(version: u16, code_hash: B256) -> B256 {
    let identity = [version.to_be_bytes().as_slice(), code_hash.as_slice()].concat();
    alloy_primitives::keccak256(identity)
}

/// Record of a program that can run now.
fn record(
    context: &mut Context,
    code_hash: B256,
    params: &StylusParams,
) -> Result<ProgramRecord, Fault> {
    context.burn(READ_GAS)?;
    let record = context.machine.program_record(code_hash);
    record
        .usable(params, context.machine.block.timestamp)
        .or_else(unusable)
}

fn record_of(
    context: &mut Context,
    program: Address,
    params: &StylusParams,
) -> Result<ProgramRecord, Fault> {
    context.burn(CODE_HASH_GAS)?;
    let (code_hash, _) = context.machine.code_of(program);
    record(context, code_hash, params)
}

/// The Solidity error for a program that cannot run.
pub(crate) fn unusable<T>(reason: Unusable) -> Result<T, Fault> {
    match reason {
        Unusable::NotActivated => solidity(ArbWasm::ProgramNotActivated {}),
        Unusable::NeedsUpgrade {
            version,
            stylus_version,
        } => solidity(ArbWasm::ProgramNeedsUpgrade {
            version,
            stylusVersion: stylus_version,
        }),
        Unusable::Expired { age } => solidity(ArbWasm::ProgramExpired { ageInSeconds: age }),
    }
}
