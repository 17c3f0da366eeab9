//! Host functions that programs import, one file per group.

mod account;
mod call;
mod debug;
mod environment;
pub(crate) mod frame;
mod io;
mod math;
pub(crate) mod signature;
pub(crate) mod storage;

use wasmtime::{Caller, Linker};

use self::frame::{Host, ProgramFrame};

/// Defines host functions of a module as the methods of [`Host`] with the same names.
macro_rules! define {
    ($linker:ident, $module:literal: $($name:ident($($arg:ident: $ty:ty),*) $(-> $result:ty)?;)*) => {
        $($linker.func_wrap(
            $module,
            stringify!($name),
            |caller: Caller<'_, ProgramFrame>, $($arg: $ty),*|
                -> wasmtime::Result<define!(@result $($result)?)> {
                let mut host = Host(caller);
                let entry = host.entry();
                let result = host.$name($($arg),*);
                host.leave(stringify!($name), entry, result.as_ref().err());
                Ok(result?)
            },
        )?;)*
    };
    (@result) => { () };
    (@result $result:ty) => { $result };
}

/// Defines every host function.
///
/// # Errors
/// When two have the same name.
pub(crate) fn link(linker: &mut Linker<ProgramFrame>) -> wasmtime::Result<()> {
    define!(linker, "vm_hooks":
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
    );
    define!(linker, "console":
        log_txt(text: u32, length: u32);
        log_i32(value: u32);
        log_i64(value: u64);
        log_f32(value: f32);
        log_f64(value: f64);
        tee_i32(value: u32) -> u32;
        tee_i64(value: u64) -> u64;
        tee_f32(value: f32) -> f32;
        tee_f64(value: f64) -> f64;
    );
    define!(linker, "debug":
        null_host();
        start_benchmark();
        end_benchmark();
    );
    Ok(())
}
