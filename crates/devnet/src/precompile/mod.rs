//! Precompiled contracts: Ethereum's and Arbitrum's.

use std::sync::LazyLock;

use alloy_primitives::Bytes;
use revm::precompile::{PrecompileSpecId, PrecompileStatus, Precompiles};
use revm::primitives::AddressSet;

use crate::frame::{Call, FrameResult};
use crate::machine::{Machine, SPEC};

static ETHEREUM: LazyLock<&'static Precompiles> =
    LazyLock::new(|| Precompiles::new(PrecompileSpecId::from_spec_id(SPEC)));

/// Addresses that are warm from the start of every transaction.
pub(crate) fn addresses() -> &'static AddressSet {
    ETHEREUM.addresses_set()
}

/// Result of the precompile at the call's code address, if there is one.
pub(crate) fn run(_machine: &mut Machine, call: &Call) -> Option<FrameResult> {
    let precompile = ETHEREUM.get(&call.code_address)?;
    let output = match precompile.execute(&call.input, call.gas, 0) {
        Ok(output) => output,
        Err(fatal) => return Some(FrameResult::halt(fatal.to_string())),
    };
    let Some(gas_left) = call.gas.checked_sub(output.gas_used) else {
        return Some(FrameResult::halt("out of gas"));
    };
    Some(match output.status {
        PrecompileStatus::Success => FrameResult::success(output.bytes, gas_left, 0),
        PrecompileStatus::Revert => FrameResult::revert(output.bytes, gas_left),
        PrecompileStatus::Halt(reason) if reason.is_oog() => FrameResult::halt("out of gas"),
        PrecompileStatus::Halt(reason) => FrameResult {
            output: Bytes::new(),
            ..FrameResult::halt(reason.to_string())
        },
    })
}
