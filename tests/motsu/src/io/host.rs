//! The seam to the SDK, on the version that motsu takes; the pool's `src/io/host.rs` with the same functions.

use std::{cell::RefCell, collections::HashMap};

use alloy_primitives::{Address, B256, U256};
use stylus_sdk::{call::RawCall, host::VM, ArbResult};

use crate::{
    dispatch,
    program::{program, Program},
    storage::table,
    words::{self, Words},
};

thread_local! {
    /// What contracts answer that pools created: motsu creates none.
    static CREATED: RefCell<HashMap<Address, Vec<u8>>> = RefCell::default();
}

/// The pool as its code sees it: a handle on the host, and through it on storage.
pub struct Pool(VM);

program!(Pool);

impl Program for Pool {
    fn answer(&mut self, calldata: &[u8]) -> ArbResult {
        dispatch::answer(self, calldata).map_err(Into::into)
    }
}

/// The word in a slot.
pub fn load(pool: &Pool, slot: U256) -> U256 {
    pool.0.host.storage_load_bytes32(slot).into()
}

/// Writes the word in a slot.
pub fn store(pool: &mut Pool, slot: U256, word: U256) {
    // SAFETY: `&mut Pool` is the only way to write, so no other view of the slot exists.
    unsafe { pool.0.host.storage_cache_bytes32(slot, word.into()) }
}

/// STATICCALL; `None` when it reverts.
pub fn view(_: &Pool, to: Address, data: Words) -> Option<Words> {
    if let Some(answer) = CREATED.with_borrow(|created| created.get(&to).cloned()) {
        return Some(Words::from(answer));
    }
    // SAFETY: a static call changes nothing, so no borrowed storage can go stale.
    let output = unsafe { RawCall::new_static().flush_storage_cache().call(to, &data) };
    output.ok().map(Words::from)
}

/// The first word that a contract answers a STATICCALL; an address without code answers none.
pub fn ask(pool: &Pool, to: Address, data: Words) -> Option<U256> {
    words::at(&view(pool, to, data)?, 0)
}

/// CALL without value; `None` when it reverts.
pub fn call(_: &mut Pool, to: Address, data: Words) -> Option<Words> {
    // SAFETY: `&mut Pool` is held, and the cache is cleared, so nothing read before is kept across the call.
    let output = unsafe { RawCall::new().clear_storage_cache().call(to, &data) };
    output.ok().map(Words::from)
}

/// The same: motsu counts no gas.
pub fn call_within(pool: &mut Pool, _: u64, to: Address, data: Words) -> Option<Words> {
    call(pool, to, data)
}

/// Creates a contract that answers what stands behind its code, which is there twice, and gives its address.
pub fn create(pool: &mut Pool, code: Words) -> Address {
    const CODE: usize = 2 * 11;
    let place = (1..)
        .map(|count| table::place(pool, count))
        .find(|place| CREATED.with_borrow(|created| !created.contains_key(place)));
    let place = place.expect("a free address");
    CREATED.with_borrow_mut(|created| created.insert(place, code[CODE..].to_vec()));
    place
}

/// What the frame keeps in mind: nothing here.
pub fn remembered(_: &Pool) -> Option<&'static [u8]> {
    None
}

/// Keeps nothing in mind.
pub fn remember(_: &Pool, _: Option<&'static [u8]>) {}

/// Emits a log: so many topics, at most four, and data behind them.
pub fn emit(pool: &Pool, topics: usize, words: Words) {
    pool.0.host.emit_log(&words, topics);
}

/// The caller.
pub fn sender(pool: &Pool) -> Address {
    pool.0.host.msg_sender()
}

/// The value sent with the call, wei.
pub fn value(pool: &Pool) -> U256 {
    pool.0.host.msg_value()
}

/// The pool's own address.
pub fn this(pool: &Pool) -> Address {
    pool.0.host.contract_address()
}

/// Block time, unix seconds.
pub fn now(pool: &Pool) -> u64 {
    pool.0.host.block_timestamp()
}

/// EIP-155 chain id.
pub fn chain_id(pool: &Pool) -> u64 {
    pool.0.host.chain_id()
}

/// Keccak-256.
pub fn keccak(pool: &Pool, data: &[u8]) -> B256 {
    pool.0.host.native_keccak256(data)
}
