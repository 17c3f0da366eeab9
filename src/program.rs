//! The entrypoint of the pool's own program.

use alloc::vec::Vec;

use stylus_sdk::{host::VM, prelude::*, ArbResult};

use crate::{
    dispatch::{trading::trading, Arguments, CONSTRUCTOR},
    error::{refuse, Refusal},
    io::host,
    storage::configuration,
    Pool,
};

#[entrypoint]
fn main(calldata: Vec<u8>, host: VM) -> ArbResult {
    let mut pool = Pool::new(host);
    match answer(&mut pool, &calldata) {
        Ok(Some(output)) => Ok(output),
        Ok(None) => delegate(&mut pool, &calldata),
        Err(refusal) => Err(refusal.into()),
    }
}

fn answer(pool: &mut Pool, calldata: &[u8]) -> Result<Option<Vec<u8>>, Refusal> {
    let (selector, arguments) = Arguments::split(pool, calldata)?;
    trading(pool, selector, &arguments)
}

/// The vault's answer. Before construction the vault is the one that the constructor's arguments name.
fn delegate(pool: &mut Pool, calldata: &[u8]) -> ArbResult {
    let vault = match Arguments::split(pool, calldata) {
        Ok((CONSTRUCTOR, arguments)) if !configuration::is_constructed(pool) => {
            arguments.address(7)
        }
        Ok(_) => configuration::vault(pool),
        Err(refusal) => return Err(refusal.into()),
    };
    if vault.is_zero() {
        return Err(refuse!(ZeroAddress).into());
    }
    host::delegate(pool, vault, calldata)
}
