//! The entrypoint of the vault program.

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
