//! Functions that programs may import: their modules, names and types.

use wasmparser::ValType;

/// A host function's place and type.
#[derive(Debug)]
pub(crate) struct HostFunction {
    pub module: &'static str,
    pub name: &'static str,
    pub params: &'static [ValType],
    pub results: &'static [ValType],
    /// Whether it is there on debug chains only.
    pub debug_only: bool,
}

/// The host function `module.name`.
pub(crate) fn find(module: &str, name: &str) -> Option<&'static HostFunction> {
    let mut functions = ALL.iter();
    functions.find(|function| function.name == name && function.module == module)
}

/// Every host function, for a macro that makes something of each: module, whether it is for debug chains only, then names
/// with parameters and results.
macro_rules! with_host_functions {
    ($make:ident!($($context:tt)*)) => {
        $make! { $($context)*
            "vm_hooks", false:
                read_args(destination: u32);
                write_result(data: u32, length: u32);
                exit_early(status: u32);
                read_return_data(destination: u32, offset: u32, size: u32) -> u32;
                return_data_size() -> u32;
                emit_log(data: u32, length: u32, topics: u32);
                native_keccak256(input: u32, length: u32, output: u32);
                pay_for_memory_grow(pages: u32);
                storage_load_bytes32(key: u32, destination: u32);
                storage_cache_bytes32(key: u32, value: u32);
                storage_flush_cache(clear: u32);
                transient_load_bytes32(key: u32, destination: u32);
                transient_store_bytes32(key: u32, value: u32);
                call_contract(to: u32, data: u32, length: u32, value: u32, gas: u64, returned: u32) -> u32;
                delegate_call_contract(to: u32, data: u32, length: u32, gas: u64, returned: u32) -> u32;
                static_call_contract(to: u32, data: u32, length: u32, gas: u64, returned: u32) -> u32;
                create1(code: u32, length: u32, endowment: u32, address: u32, reverted: u32);
                create2(code: u32, length: u32, endowment: u32, salt: u32, address: u32, reverted: u32);
                account_balance(address: u32, destination: u32);
                account_code(address: u32, offset: u32, size: u32, destination: u32) -> u32;
                account_code_size(address: u32) -> u32;
                account_codehash(address: u32, destination: u32);
                block_basefee(destination: u32);
                block_coinbase(destination: u32);
                block_gas_limit() -> u64;
                block_number() -> u64;
                block_timestamp() -> u64;
                chainid() -> u64;
                contract_address(destination: u32);
                evm_gas_left() -> u64;
                evm_ink_left() -> u64;
                msg_reentrant() -> u32;
                msg_sender(destination: u32);
                msg_value(destination: u32);
                tx_gas_price(destination: u32);
                tx_ink_price() -> u32;
                tx_origin(destination: u32);
                math_div(value: u32, divisor: u32);
                math_mod(value: u32, modulus: u32);
                math_pow(value: u32, exponent: u32);
                math_add_mod(value: u32, addend: u32, modulus: u32);
                math_mul_mod(value: u32, factor: u32, modulus: u32);
            "console", true:
                log_txt(text: u32, length: u32);
                log_i32(value: u32);
                log_i64(value: u64);
                log_f32(value: f32);
                log_f64(value: f64);
                tee_i32(value: u32) -> u32;
                tee_i64(value: u64) -> u64;
                tee_f32(value: f32) -> f32;
                tee_f64(value: f64) -> f64;
            "debug", true:
                null_host();
                start_benchmark();
                end_benchmark();
        }
    };
}
pub(crate) use with_host_functions;

/// A type of WASM.
trait Value {
    const TYPE: ValType;
}

impl Value for u32 {
    const TYPE: ValType = ValType::I32;
}

impl Value for u64 {
    const TYPE: ValType = ValType::I64;
}

impl Value for f32 {
    const TYPE: ValType = ValType::F32;
}

impl Value for f64 {
    const TYPE: ValType = ValType::F64;
}

macro_rules! table {
    ($($module:literal, $debug_only:literal:
        $($name:ident($($parameter:ident: $ty:ty),*) $(-> $result:ty)?;)*)*) => {
        &[$($(HostFunction {
            module: $module,
            name: stringify!($name),
            params: &[$(<$ty as Value>::TYPE),*],
            results: &[$(<$result as Value>::TYPE)?],
            debug_only: $debug_only,
        },)*)*]
    };
}

const ALL: &[HostFunction] = with_host_functions!(table!());
