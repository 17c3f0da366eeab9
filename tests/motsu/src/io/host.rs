//! The seam to the SDK, on the version that motsu takes; the pool's `src/io/host.rs` with the same functions.

use alloc::vec::Vec;

use alloy_primitives::{Address, B256, U256};
use stylus_sdk::{call::RawCall, host::VM, ArbResult};

use crate::{
    dispatch,
    program::{program, Program},
};

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

/// STATICCALL; the error is the revert data.
pub fn view(_: &Pool, to: Address, data: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    // SAFETY: a static call changes nothing, so no borrowed storage can go stale.
    unsafe { RawCall::new_static().flush_storage_cache().call(to, data) }
}

/// CALL without value. The error is the revert data.
pub fn call(_: &mut Pool, to: Address, data: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    // SAFETY: `&mut Pool` is held, and the cache is cleared, so nothing read before is kept across the call.
    unsafe { RawCall::new().clear_storage_cache().call(to, data) }
}

/// Emits a log of the first topic's event.
pub fn emit(pool: &Pool, topics: &[B256], data: &[u8]) {
    // At most four topics are ever passed, the only way the host can refuse.
    let _ = pool.0.host.raw_log(topics, data);
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
