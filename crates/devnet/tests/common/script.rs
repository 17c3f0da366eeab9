//! A program that does what its calldata says, and a builder for such calldata.

use inkhorn_chain::{Address, Bytes, Chain, U256};

use super::probe::IMPORTS;
use super::program;

/// Calldata is a list of commands; see [`Script`] for their layout. Results are appended to the output.
const INTERPRETER: &str = r#"
(func (export "user_entrypoint") (param $length i32) (result i32)
    (local $p i32) (local $o i32) (local $op i32) (local $n i32) (local $s i32)
    (call $read_args (i32.const 0))
    (local.set $o (i32.const 65536))
    (block $done (loop $next
        (br_if $done (i32.ge_u (local.get $p) (local.get $length)))
        (local.set $op (i32.load8_u (local.get $p)))
        (local.set $p (i32.add (local.get $p) (i32.const 1)))
        (if (i32.eq (local.get $op) (i32.const 0)) (then
            (call $storage_cache_bytes32 (local.get $p) (i32.add (local.get $p) (i32.const 32)))
            (local.set $p (i32.add (local.get $p) (i32.const 64))) (br $next)))
        (if (i32.eq (local.get $op) (i32.const 1)) (then
            (call $storage_load_bytes32 (local.get $p) (local.get $o))
            (local.set $p (i32.add (local.get $p) (i32.const 32)))
            (local.set $o (i32.add (local.get $o) (i32.const 32))) (br $next)))
        (if (i32.eq (local.get $op) (i32.const 2)) (then
            (call $storage_flush_cache (i32.load8_u (local.get $p)))
            (local.set $p (i32.add (local.get $p) (i32.const 1))) (br $next)))
        (if (i32.eq (local.get $op) (i32.const 3)) (then
            (local.set $n (i32.load16_u (i32.add (local.get $p) (i32.const 53))))
            (if (i32.eq (i32.load8_u (local.get $p)) (i32.const 0)) (then
                (local.set $s (call $call_contract
                    (i32.add (local.get $p) (i32.const 1)) (i32.add (local.get $p) (i32.const 55)) (local.get $n)
                    (i32.add (local.get $p) (i32.const 21)) (i64.const -1) (i32.const 65528)))))
            (if (i32.eq (i32.load8_u (local.get $p)) (i32.const 1)) (then
                (local.set $s (call $delegate_call_contract
                    (i32.add (local.get $p) (i32.const 1)) (i32.add (local.get $p) (i32.const 55)) (local.get $n)
                    (i64.const -1) (i32.const 65528)))))
            (if (i32.eq (i32.load8_u (local.get $p)) (i32.const 2)) (then
                (local.set $s (call $static_call_contract
                    (i32.add (local.get $p) (i32.const 1)) (i32.add (local.get $p) (i32.const 55)) (local.get $n)
                    (i64.const -1) (i32.const 65528)))))
            (i32.store8 (local.get $o) (local.get $s))
            (local.set $o (i32.add (local.get $o) (i32.const 1)))
            (local.set $o (i32.add (local.get $o)
                (call $read_return_data (local.get $o) (i32.const 0) (call $return_data_size))))
            (local.set $p (i32.add (local.get $p) (i32.add (local.get $n) (i32.const 55)))) (br $next)))
        (if (i32.eq (local.get $op) (i32.const 4)) (then
            (local.set $n (i32.load16_u (i32.add (local.get $p) (i32.const 1))))
            (call $emit_log (i32.add (local.get $p) (i32.const 3)) (local.get $n) (i32.load8_u (local.get $p)))
            (local.set $p (i32.add (local.get $p) (i32.add (local.get $n) (i32.const 3)))) (br $next)))
        (if (i32.eq (local.get $op) (i32.const 5)) (then
            (call $transient_store_bytes32 (local.get $p) (i32.add (local.get $p) (i32.const 32)))
            (local.set $p (i32.add (local.get $p) (i32.const 64))) (br $next)))
        (if (i32.eq (local.get $op) (i32.const 6)) (then
            (call $transient_load_bytes32 (local.get $p) (local.get $o))
            (local.set $p (i32.add (local.get $p) (i32.const 32)))
            (local.set $o (i32.add (local.get $o) (i32.const 32))) (br $next)))
        (if (i32.eq (local.get $op) (i32.const 7)) (then
            (call $write_result (i32.const 65536) (i32.sub (local.get $o) (i32.const 65536)))
            (call $exit_early (i32.load8_u (local.get $p)))))
        (if (i32.eq (local.get $op) (i32.const 8)) (then
            (i32.store8 (local.get $o) (call $msg_reentrant))
            (local.set $o (i32.add (local.get $o) (i32.const 1))) (br $next)))
        (if (i32.eq (local.get $op) (i32.const 9)) (then
            (local.set $n (i32.load16_u (i32.add (local.get $p) (i32.const 32))))
            (call $create1 (i32.add (local.get $p) (i32.const 34)) (local.get $n) (local.get $p)
                (local.get $o) (i32.const 65528))
            (local.set $o (i32.add (local.get $o) (i32.const 20)))
            (local.set $o (i32.add (local.get $o)
                (call $read_return_data (local.get $o) (i32.const 0) (i32.load (i32.const 65528)))))
            (local.set $p (i32.add (local.get $p) (i32.add (local.get $n) (i32.const 34)))) (br $next)))
        (if (i32.eq (local.get $op) (i32.const 10)) (then
            (local.set $n (i32.load16_u (i32.add (local.get $p) (i32.const 64))))
            (call $create2 (i32.add (local.get $p) (i32.const 66)) (local.get $n) (i32.add (local.get $p) (i32.const 32))
                (local.get $p) (local.get $o) (i32.const 65528))
            (local.set $o (i32.add (local.get $o) (i32.const 20)))
            (local.set $o (i32.add (local.get $o)
                (call $read_return_data (local.get $o) (i32.const 0) (i32.load (i32.const 65528)))))
            (local.set $p (i32.add (local.get $p) (i32.add (local.get $n) (i32.const 66)))) (br $next)))
        (if (i32.eq (local.get $op) (i32.const 11)) (then
            (br_if $next (i32.eqz (local.get $s)))
            (drop (call $read_return_data (i32.const 65536) (i32.const 0) (call $return_data_size)))
            (call $write_result (i32.const 65536) (call $return_data_size))
            (call $exit_early (i32.const 1))))
        (unreachable)))
    (call $write_result (i32.const 65536) (i32.sub (local.get $o) (i32.const 65536)))
    (i32.const 0))
"#;

/// Deploys the program that interprets scripts.
pub fn interpreter(chain: &mut Chain) -> Address {
    program(chain, &interpreter_wasm())
}

/// The program that interprets scripts.
pub fn interpreter_wasm() -> Vec<u8> {
    let text = format!("(module {IMPORTS} (memory (export \"memory\") 2 2) {INTERPRETER})");
    wat::parse_str(text).expect("valid text")
}

/// Kinds of call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Call,
    Delegate,
    Static,
}

/// Calldata for the interpreter.
#[derive(Clone, Debug, Default)]
pub struct Script(Vec<u8>);

impl From<Script> for Vec<u8> {
    fn from(script: Script) -> Self {
        script.0
    }
}

impl From<Script> for Bytes {
    fn from(script: Script) -> Self {
        script.0.into()
    }
}

impl Script {
    pub fn new() -> Self {
        Self::default()
    }

    fn op(mut self, op: u8, parts: &[&[u8]]) -> Self {
        self.0.push(op);
        self.0.extend(parts.concat());
        self
    }

    /// Stores a word in the cache.
    pub fn store(self, key: u64, value: u64) -> Self {
        self.op(0, &[&bytes(key), &bytes(value)])
    }

    /// Appends a loaded word.
    pub fn load(self, key: u64) -> Self {
        self.op(1, &[&bytes(key)])
    }

    pub fn flush(self, clear: bool) -> Self {
        self.op(2, &[&[clear.into()]])
    }

    /// Appends the status byte and the return data.
    pub fn call(self, kind: Kind, to: Address, value: u64, data: impl Into<Vec<u8>>) -> Self {
        let data = data.into();
        let parts = [
            &[kind as u8][..],
            to.as_slice(),
            &bytes(value),
            &length(&data),
            &data,
        ];
        self.op(3, &parts)
    }

    pub fn log(self, topics: u8, data: &[u8]) -> Self {
        self.op(4, &[&[topics], &length(data), data])
    }

    pub fn transient_store(self, key: u64, value: u64) -> Self {
        self.op(5, &[&bytes(key), &bytes(value)])
    }

    /// Appends a loaded word.
    pub fn transient_load(self, key: u64) -> Self {
        self.op(6, &[&bytes(key)])
    }

    pub fn exit(self, status: u8) -> Self {
        self.op(7, &[&[status]])
    }

    /// Appends one byte.
    pub fn reentrant(self) -> Self {
        self.op(8, &[])
    }

    /// Appends the address and the return data.
    pub fn create(self, value: u64, code: &[u8]) -> Self {
        self.op(9, &[&bytes(value), &length(code), code])
    }

    /// Appends the address and the return data.
    pub fn create2(self, salt: u64, value: u64, code: &[u8]) -> Self {
        self.op(10, &[&bytes(salt), &bytes(value), &length(code), code])
    }

    /// If the last call failed, reverts with its return data.
    pub fn propagate(self) -> Self {
        self.op(11, &[])
    }

    /// Traps.
    pub fn trap(self) -> Self {
        self.op(255, &[])
    }
}

fn bytes(word: u64) -> [u8; 32] {
    U256::from(word).to_be_bytes()
}

fn length(data: &[u8]) -> [u8; 2] {
    u16::try_from(data.len())
        .expect("data is short")
        .to_le_bytes()
}
