//! The entrypoint.

use alloc::vec::Vec;

use stylus_sdk::{host::VM, prelude::*, ArbResult};

use crate::{dispatch, Pool};

#[entrypoint]
fn main(calldata: Vec<u8>, host: VM) -> ArbResult {
    dispatch::answer(&mut Pool::new(host), &calldata).map_err(Into::into)
}
