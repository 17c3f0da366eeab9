//! Native code of programs, made once per code hash in this process.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use alloy_primitives::{keccak256, B256};
use wasmtime::{
    Config, Engine, InstanceAllocationStrategy, InstancePre, Linker, PoolingAllocationConfig,
};

use crate::cache::{lock, remember};
use crate::frame::CALL_DEPTH_LIMIT;
use crate::hostio;
use crate::hostio::frame::ProgramFrame;
use crate::wasm::accept::Rules;
use crate::wasm::rewrite::{rewrite, Rewritten};

/// Native stack that a program may use. The word limit of Stylus is meant to be reached long before.
pub(crate) const NATIVE_STACK: usize = 16 << 20;

/// Frames of programs that may be open at once in this process: sixteen calls as deep as frames go.
const INSTANCES: u32 = 16 * CALL_DEPTH_LIMIT as u32;
/// Bytes of a memory that stay mapped for its next instance, wiped: four times what the pool's program has.
const RESIDENT: usize = 512 << 10;
/// Most bytes of an instance's own state, by the limits on globals and functions of a program.
const INSTANCE_SIZE: usize = 1 << 20;

static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let mut config = Config::new();
    config
        .cranelift_nan_canonicalization(true)
        .max_wasm_stack(NATIVE_STACK)
        // Unused, but checked against the former.
        .async_stack_size(NATIVE_STACK)
        .wasm_backtrace_max_frames(None);
    // To map an instance's memory takes longer than most calls run. Where address space is limited there is no pool.
    let pooled = Engine::new(config.clone().allocation_strategy(pooling()));
    let engine = pooled.or_else(|_| Engine::new(&config));
    engine.expect("the engine supports this machine")
});

fn pooling() -> InstanceAllocationStrategy {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_core_instances(INSTANCES)
        .total_memories(INSTANCES)
        .total_tables(INSTANCES)
        .max_core_instance_size(INSTANCE_SIZE)
        .linear_memory_keep_resident(RESIDENT)
        .table_keep_resident(RESIDENT);
    InstanceAllocationStrategy::Pooling(pool)
}

static LINKER: LazyLock<Linker<ProgramFrame>> = LazyLock::new(|| {
    let mut linker = Linker::new(&ENGINE);
    hostio::link(&mut linker).expect("host functions have distinct names");
    linker
});

/// A hash and the rules that apply.
type Key = (B256, Rules);
type Checked = Result<Arc<Rewritten>, String>;
type Native = InstancePre<ProgramFrame>;

/// By the hash of the WASM.
static REWRITTEN: LazyLock<Mutex<HashMap<Key, Checked>>> = LazyLock::new(Mutex::default);
/// By the hash of the WASM.
static COMPILED: LazyLock<Mutex<HashMap<Key, Native>>> = LazyLock::new(Mutex::default);
/// The same by the hash of the on-chain code, so that a call does not have to unpack it.
static DEPLOYED: LazyLock<Mutex<HashMap<Key, Native>>> = LazyLock::new(Mutex::default);

/// The engine that runs every program.
pub(crate) fn engine() -> &'static Engine {
    &ENGINE
}

/// Checks and instruments a module.
///
/// # Errors
/// The reason why activation rejects it.
pub(crate) fn prepare(wasm: &[u8], rules: Rules) -> Checked {
    let key = (keccak256(wasm), rules);
    let known = lock(&REWRITTEN).get(&key).cloned();
    known.unwrap_or_else(|| {
        let checked = rewrite(wasm, rules).map(Arc::new);
        remember(&REWRITTEN, key, checked.clone());
        checked
    })
}

/// Native code of an activated program, known by a hash of its on-chain code. `wasm` is asked for only when it is not
/// known yet.
///
/// # Errors
/// When the program does not compile, which activation should have ruled out.
pub(crate) fn compiled(
    content: B256,
    rules: Rules,
    wasm: impl FnOnce() -> Result<Vec<u8>, String>,
) -> Result<Native, String> {
    let key = (content, rules);
    if let Some(program) = lock(&DEPLOYED).get(&key) {
        return Ok(program.clone());
    }
    let program = compile(&wasm()?, rules)?;
    remember(&DEPLOYED, key, program.clone());
    Ok(program)
}

/// Native code of a module.
///
/// # Errors
/// The reason why activation rejects it.
pub(crate) fn compile(wasm: &[u8], rules: Rules) -> Result<Native, String> {
    let key = (keccak256(wasm), rules);
    if let Some(program) = lock(&COMPILED).get(&key) {
        return Ok(program.clone());
    }
    let rewritten = prepare(wasm, rules)?;
    let module = wasmtime::Module::new(engine(), &rewritten.wasm).map_err(|e| format!("{e:#}"))?;
    let program = LINKER
        .instantiate_pre(&module)
        .map_err(|e| format!("{e:#}"))?;
    remember(&COMPILED, key, program.clone());
    Ok(program)
}
