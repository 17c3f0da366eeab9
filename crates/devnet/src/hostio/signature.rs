//! Names and types of the functions that a program may import.

use wasmparser::ValType::{self, F32, F64, I32, I64};

/// A host function's place and type.
#[derive(Debug)]
pub(crate) struct Signature {
    pub name: &'static str,
    pub params: &'static [ValType],
    pub results: &'static [ValType],
    pub debug_only: bool,
}

/// The host function `module.name`.
pub(crate) fn find(module: &str, name: &str) -> Option<&'static Signature> {
    let functions = match module {
        "vm_hooks" => VM_HOOKS,
        "console" => CONSOLE,
        "debug" => DEBUG,
        _ => return None,
    };
    functions.iter().find(|function| function.name == name)
}

const fn hook(
    name: &'static str,
    params: &'static [ValType],
    results: &'static [ValType],
) -> Signature {
    Signature {
        name,
        params,
        results,
        debug_only: false,
    }
}

const fn debug(
    name: &'static str,
    params: &'static [ValType],
    results: &'static [ValType],
) -> Signature {
    Signature {
        name,
        params,
        results,
        debug_only: true,
    }
}

const VM_HOOKS: &[Signature] = &[
    hook("read_args", &[I32], &[]),
    hook("write_result", &[I32, I32], &[]),
    hook("exit_early", &[I32], &[]),
    hook("storage_load_bytes32", &[I32, I32], &[]),
    hook("storage_cache_bytes32", &[I32, I32], &[]),
    hook("storage_flush_cache", &[I32], &[]),
    hook("transient_load_bytes32", &[I32, I32], &[]),
    hook("transient_store_bytes32", &[I32, I32], &[]),
    hook("call_contract", &[I32, I32, I32, I32, I64, I32], &[I32]),
    hook("delegate_call_contract", &[I32, I32, I32, I64, I32], &[I32]),
    hook("static_call_contract", &[I32, I32, I32, I64, I32], &[I32]),
    hook("create1", &[I32, I32, I32, I32, I32], &[]),
    hook("create2", &[I32, I32, I32, I32, I32, I32], &[]),
    hook("read_return_data", &[I32, I32, I32], &[I32]),
    hook("return_data_size", &[], &[I32]),
    hook("emit_log", &[I32, I32, I32], &[]),
    hook("account_balance", &[I32, I32], &[]),
    hook("account_code", &[I32, I32, I32, I32], &[I32]),
    hook("account_code_size", &[I32], &[I32]),
    hook("account_codehash", &[I32, I32], &[]),
    hook("block_basefee", &[I32], &[]),
    hook("block_coinbase", &[I32], &[]),
    hook("block_gas_limit", &[], &[I64]),
    hook("block_number", &[], &[I64]),
    hook("block_timestamp", &[], &[I64]),
    hook("chainid", &[], &[I64]),
    hook("contract_address", &[I32], &[]),
    hook("evm_gas_left", &[], &[I64]),
    hook("evm_ink_left", &[], &[I64]),
    hook("math_div", &[I32, I32], &[]),
    hook("math_mod", &[I32, I32], &[]),
    hook("math_pow", &[I32, I32], &[]),
    hook("math_add_mod", &[I32, I32, I32], &[]),
    hook("math_mul_mod", &[I32, I32, I32], &[]),
    hook("msg_reentrant", &[], &[I32]),
    hook("msg_sender", &[I32], &[]),
    hook("msg_value", &[I32], &[]),
    hook("native_keccak256", &[I32, I32, I32], &[]),
    hook("tx_gas_price", &[I32], &[]),
    hook("tx_ink_price", &[], &[I32]),
    hook("tx_origin", &[I32], &[]),
    hook("pay_for_memory_grow", &[I32], &[]),
];

const CONSOLE: &[Signature] = &[
    debug("log_txt", &[I32, I32], &[]),
    debug("log_i32", &[I32], &[]),
    debug("log_i64", &[I64], &[]),
    debug("log_f32", &[F32], &[]),
    debug("log_f64", &[F64], &[]),
    debug("tee_i32", &[I32], &[I32]),
    debug("tee_i64", &[I64], &[I64]),
    debug("tee_f32", &[F32], &[F32]),
    debug("tee_f64", &[F64], &[F64]),
];

const DEBUG: &[Signature] = &[
    debug("null_host", &[], &[]),
    debug("start_benchmark", &[], &[]),
    debug("end_benchmark", &[], &[]),
];
