//! The pool's second program. The pool delegates to it, so it works on the pool's storage and at the pool's address;
//! called directly it is an unconstructed pool of its own without a trading face.

#![cfg_attr(target_arch = "wasm32", no_std)]

extern crate alloc;

use alloc::vec::Vec;

use smirk_pool::{
    dispatch::{vault::vault, Arguments},
    error::{unknown_selector, Refusal},
    Pool,
};
use stylus_sdk::{host::VM, prelude::*, ArbResult};

#[entrypoint]
fn main(calldata: Vec<u8>, host: VM) -> ArbResult {
    answer(&mut Pool::new(host), &calldata).map_err(Into::into)
}

fn answer(pool: &mut Pool, calldata: &[u8]) -> Result<Vec<u8>, Refusal> {
    let (selector, arguments) = Arguments::split(pool, calldata)?;
    vault(pool, selector, &arguments)?.ok_or_else(|| unknown_selector(selector))
}
