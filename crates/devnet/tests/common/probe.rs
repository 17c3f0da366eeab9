//! Programs that measure the ink of host functions from the inside.

use std::fmt::Write;

use inkhorn_chain::{Address, Chain};

use super::{run, wat_program};

/// Every host function, declared for a program written as text.
pub const IMPORTS: &str = r#"
(import "vm_hooks" "read_args" (func $read_args (param i32)))
(import "vm_hooks" "write_result" (func $write_result (param i32 i32)))
(import "vm_hooks" "exit_early" (func $exit_early (param i32)))
(import "vm_hooks" "storage_load_bytes32" (func $storage_load_bytes32 (param i32 i32)))
(import "vm_hooks" "storage_cache_bytes32" (func $storage_cache_bytes32 (param i32 i32)))
(import "vm_hooks" "storage_flush_cache" (func $storage_flush_cache (param i32)))
(import "vm_hooks" "transient_load_bytes32" (func $transient_load_bytes32 (param i32 i32)))
(import "vm_hooks" "transient_store_bytes32" (func $transient_store_bytes32 (param i32 i32)))
(import "vm_hooks" "call_contract" (func $call_contract (param i32 i32 i32 i32 i64 i32) (result i32)))
(import "vm_hooks" "delegate_call_contract" (func $delegate_call_contract (param i32 i32 i32 i64 i32) (result i32)))
(import "vm_hooks" "static_call_contract" (func $static_call_contract (param i32 i32 i32 i64 i32) (result i32)))
(import "vm_hooks" "create1" (func $create1 (param i32 i32 i32 i32 i32)))
(import "vm_hooks" "create2" (func $create2 (param i32 i32 i32 i32 i32 i32)))
(import "vm_hooks" "read_return_data" (func $read_return_data (param i32 i32 i32) (result i32)))
(import "vm_hooks" "return_data_size" (func $return_data_size (result i32)))
(import "vm_hooks" "emit_log" (func $emit_log (param i32 i32 i32)))
(import "vm_hooks" "account_balance" (func $account_balance (param i32 i32)))
(import "vm_hooks" "account_code" (func $account_code (param i32 i32 i32 i32) (result i32)))
(import "vm_hooks" "account_code_size" (func $account_code_size (param i32) (result i32)))
(import "vm_hooks" "account_codehash" (func $account_codehash (param i32 i32)))
(import "vm_hooks" "block_basefee" (func $block_basefee (param i32)))
(import "vm_hooks" "block_coinbase" (func $block_coinbase (param i32)))
(import "vm_hooks" "block_gas_limit" (func $block_gas_limit (result i64)))
(import "vm_hooks" "block_number" (func $block_number (result i64)))
(import "vm_hooks" "block_timestamp" (func $block_timestamp (result i64)))
(import "vm_hooks" "chainid" (func $chainid (result i64)))
(import "vm_hooks" "contract_address" (func $contract_address (param i32)))
(import "vm_hooks" "evm_gas_left" (func $evm_gas_left (result i64)))
(import "vm_hooks" "evm_ink_left" (func $evm_ink_left (result i64)))
(import "vm_hooks" "math_div" (func $math_div (param i32 i32)))
(import "vm_hooks" "math_mod" (func $math_mod (param i32 i32)))
(import "vm_hooks" "math_pow" (func $math_pow (param i32 i32)))
(import "vm_hooks" "math_add_mod" (func $math_add_mod (param i32 i32 i32)))
(import "vm_hooks" "math_mul_mod" (func $math_mul_mod (param i32 i32 i32)))
(import "vm_hooks" "msg_reentrant" (func $msg_reentrant (result i32)))
(import "vm_hooks" "msg_sender" (func $msg_sender (param i32)))
(import "vm_hooks" "msg_value" (func $msg_value (param i32)))
(import "vm_hooks" "native_keccak256" (func $native_keccak256 (param i32 i32 i32)))
(import "vm_hooks" "tx_gas_price" (func $tx_gas_price (param i32)))
(import "vm_hooks" "tx_ink_price" (func $tx_ink_price (result i32)))
(import "vm_hooks" "tx_origin" (func $tx_origin (param i32)))
(import "vm_hooks" "pay_for_memory_grow" (func $pay_for_memory_grow (param i32)))
"#;

/// Ink of what lies between the two readings beside the host function: a `local.set`, two basic blocks, two calls
/// and the second reading.
const READINGS: u64 = 210 + 2 * (3_800 + 2_450) + 8_400;
/// Where the measurements are kept in the guest.
const RESULTS: u32 = 32_768;

/// A program under construction. Memory below 32,768 is free for its use.
#[derive(Default)]
pub struct Probe {
    data: String,
    body: String,
    overheads: Vec<u64>,
}

impl Probe {
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts bytes into the guest's memory.
    pub fn data(mut self, at: u32, bytes: impl AsRef<[u8]>) -> Self {
        let text: String = bytes
            .as_ref()
            .iter()
            .map(|b| format!("\\{b:02x}"))
            .collect();
        writeln!(self.data, "(data (i32.const {at}) \"{text}\")").unwrap();
        self
    }

    /// Adds code that is not measured.
    pub fn step(mut self, code: &str) -> Self {
        writeln!(self.body, "{code}").unwrap();
        self
    }

    /// Adds a measured call of a host function with constant arguments.
    pub fn measure(mut self, name: &str, arguments: &[i64]) -> Self {
        let import = format!("${name} ");
        let declaration = IMPORTS.lines().find(|line| line.contains(&import)).unwrap();
        let types = declaration.split("(param").nth(1).unwrap_or_default();
        let types = types.split(')').next().unwrap().split_whitespace();
        let constants: String = types
            .zip(arguments)
            .map(|(ty, value)| format!("({ty}.const {value})"))
            .collect();
        let has_result = declaration.contains("(result");
        let call = format!("(call ${name} {constants})");
        let call = if has_result {
            format!("(drop {call})")
        } else {
            call
        };
        let at = RESULTS + 8 * self.overheads.len() as u32;
        writeln!(
            self.body,
            "(local.set $before (call $evm_ink_left)) {call} (local.set $after (call $evm_ink_left))
             (i64.store (i32.const {at}) (i64.sub (local.get $before) (local.get $after)))"
        )
        .unwrap();
        let drops = if has_result { 9 } else { 0 };
        self.overheads
            .push(READINGS + drops + arguments.len() as u64);
        self
    }

    /// Deploys and activates the program.
    pub fn deploy(&self, chain: &mut Chain) -> Address {
        let length = 8 * self.overheads.len();
        let finish = format!("(call $write_result (i32.const {RESULTS}) (i32.const {length}))");
        wat_program(
            chain,
            &with_body(&self.data, &format!("{} {finish}", self.body)),
        )
    }

    /// Ink of each measured call.
    pub fn run(self, chain: &mut Chain) -> Vec<u64> {
        let program = self.deploy(chain);
        self.run_at(chain, program, Vec::new())
    }

    /// Ink of each measured call of the deployed program, called with `input`.
    pub fn run_at(&self, chain: &mut Chain, program: Address, input: Vec<u8>) -> Vec<u64> {
        let (outcome, report) = run(chain, program, input);
        assert!(outcome.is_success(), "{:?} {report:?}", outcome.status);
        let numbers = outcome.output.chunks_exact(8);
        let numbers = numbers.map(|bytes| u64::from_le_bytes(bytes.try_into().unwrap()));
        numbers
            .zip(&self.overheads)
            .map(|(ink, over)| ink - over)
            .collect()
    }
}

/// A program with one page of memory that runs `body` and succeeds.
pub fn with_body(data: &str, body: &str) -> String {
    format!(
        r#"(module {IMPORTS}
            (memory (export "memory") 1 1)
            {data}
            (func (export "user_entrypoint") (param $length i32) (result i32)
                (local $before i64) (local $after i64) (local $i i32)
                {body}
                (i32.const 0)))"#
    )
}

/// Deploys a program that runs `body` and succeeds.
pub fn body_program(chain: &mut Chain, body: &str) -> Address {
    wat_program(chain, &with_body("", body))
}

/// Ink of a single call of a host function.
pub fn ink_of(chain: &mut Chain, name: &str, arguments: &[i64]) -> u64 {
    Probe::new().measure(name, arguments).run(chain)[0]
}
