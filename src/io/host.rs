//! The seam to the SDK: calls out, logs, time and identity. Nothing else in the pool names the SDK's call API.

use alloc::vec::Vec;
use alloy_primitives::{Address, B256};
use stylus_sdk::{call, prelude::*};

use crate::Pool;

/// STATICCALL; the error is the revert data.
#[inline(never)]
pub fn view(pool: &Pool, to: Address, data: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    call::static_call(pool.vm(), Call::new(), to, data).map_err(Into::into)
}

/// CALL without value; pending storage writes are flushed first. The error is the revert data.
#[inline(never)]
pub fn call(pool: &mut Pool, to: Address, data: &[u8]) -> Result<Vec<u8>, Vec<u8>> {
    let context = Call::new_mutating(pool);
    call::call(pool.vm(), context, to, data).map_err(Into::into)
}

/// Emits a log of the first topic's event.
#[inline(never)]
pub fn emit(pool: &Pool, topics: &[B256], data: &[u8]) {
    // At most four topics are ever passed, the only way the host can refuse.
    let _ = pool.vm().raw_log(topics, data);
}

/// The caller.
pub fn sender(pool: &Pool) -> Address {
    pool.vm().msg_sender()
}

/// The pool's own address.
pub fn this(pool: &Pool) -> Address {
    pool.vm().contract_address()
}

/// Block time, unix seconds.
pub fn now(pool: &Pool) -> u64 {
    pool.vm().block_timestamp()
}

/// EIP-155 chain id.
pub fn chain_id(pool: &Pool) -> u64 {
    pool.vm().chain_id()
}

/// Keccak-256.
pub fn keccak(pool: &Pool, data: &[u8]) -> B256 {
    pool.vm().native_keccak256(data)
}
