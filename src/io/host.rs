//! The seam to the SDK: storage words, calls out, logs, time and identity. Nothing else in the pool names the SDK.

#![allow(unsafe_code)]

use core::cell::Cell;

use alloy_primitives::{Address, B256, U256};
use stylus_sdk::{call::RawCall, deploy::RawDeploy, host::VM, prelude::*};

use crate::words::{self, Words};

/// The pool as its code sees it: a handle on the host, and through it on storage; and what it read once and keeps in mind.
pub struct Pool(VM, Cell<Option<&'static [u8]>>);

impl Pool {
    /// The pool of the current frame.
    pub fn new(host: VM) -> Pool {
        Pool(host, Cell::new(None))
    }
}

/// The word in a slot.
#[inline(never)]
pub fn load(pool: &Pool, slot: U256) -> U256 {
    words::word_of(&pool.0.storage_load_bytes32(slot).0)
}

/// Writes the word in a slot.
#[inline(never)]
pub fn store(pool: &mut Pool, slot: U256, word: U256) {
    // SAFETY: `&mut Pool` is the only way to write, so no other view of the slot exists.
    unsafe {
        pool.0
            .storage_cache_bytes32(slot, words::bytes_of(&word).into())
    }
}

/// Most gas for an answer, several times what any takes that is asked for: who burns all it gets takes no more from a call that can
/// go on without it.
const MOST_TO_ASK: u64 = 500_000;

/// STATICCALL; `None` when it reverts. Pending storage writes are flushed first.
#[inline(never)]
pub fn view(pool: &Pool, to: Address, data: Words) -> Option<Words> {
    // SAFETY: a static call changes nothing, so no borrowed storage can go stale.
    let output = unsafe {
        RawCall::new_static(&pool.0)
            .gas(MOST_TO_ASK)
            .flush_storage_cache()
            .call(to, &data)
    };
    output.ok().map(Words::from)
}

/// The first word that a contract answers a STATICCALL; an address without code answers none.
#[inline(never)]
pub fn ask(pool: &Pool, to: Address, data: Words) -> Option<U256> {
    words::at(&view(pool, to, data)?, 0)
}

/// CALL without value; `None` when it reverts. Pending storage writes are flushed first.
pub fn call(pool: &mut Pool, to: Address, data: Words) -> Option<Words> {
    call_within(pool, u64::MAX, to, data)
}

/// The same with at most this gas.
#[inline(never)]
pub fn call_within(pool: &mut Pool, gas: u64, to: Address, data: Words) -> Option<Words> {
    // SAFETY: `&mut Pool` is held, and the cache is cleared, so nothing read before is kept across the call.
    let output = unsafe {
        RawCall::new(&pool.0)
            .gas(gas)
            .clear_storage_cache()
            .call(to, &data)
    };
    output.ok().map(Words::from)
}

/// Creates a contract, whose code calls nobody, and gives its address; zero when that failed.
#[inline(never)]
pub fn create(pool: &mut Pool, code: Words) -> Address {
    // SAFETY: nothing is called, so no borrowed storage can go stale.
    unsafe { RawDeploy::new().deploy(&pool.0, &code, U256::ZERO) }.unwrap_or_default()
}

/// What the frame keeps in mind.
pub fn remembered(pool: &Pool) -> Option<&'static [u8]> {
    pool.1.get()
}

/// Keeps something in mind as long as the frame lasts, or forgets it.
pub fn remember(pool: &Pool, bytes: Option<&'static [u8]>) {
    pool.1.set(bytes);
}

/// Emits a log: so many topics, at most four, and data behind them.
#[inline(never)]
pub fn emit(pool: &Pool, topics: usize, words: Words) {
    pool.0.emit_log(&words, topics);
}

/// The caller.
pub fn sender(pool: &Pool) -> Address {
    pool.0.msg_sender()
}

/// The value sent with the call, wei.
pub fn value(pool: &Pool) -> U256 {
    pool.0.msg_value()
}

/// The pool's own address.
pub fn this(pool: &Pool) -> Address {
    pool.0.contract_address()
}

/// Block time, unix seconds.
pub fn now(pool: &Pool) -> u64 {
    pool.0.block_timestamp()
}

/// EIP-155 chain id.
pub fn chain_id(pool: &Pool) -> u64 {
    pool.0.chain_id()
}

/// Keccak-256.
pub fn keccak(pool: &Pool, data: &[u8]) -> B256 {
    pool.0.native_keccak256(data)
}
