//! Where ArbOS keeps what it knows of programs: in the slots where Nitro has it, so that it can be read from a Nitro chain as from
//! this one.

use alloy_primitives::{keccak256, B256, U256};

/// Space of the programs in ArbOS's storage, and the spaces within it.
const PROGRAMS: u8 = 8;
const PARAMS: u8 = 0;
const RECORDS: u8 = 1;
const DATA_PRICER: u8 = 3;

/// Slot of the parameters of Stylus.
pub(crate) fn params_slot() -> U256 {
    slot(PARAMS, B256::ZERO)
}

/// Slot of a program's record.
pub(crate) fn record_slot(code_hash: B256) -> U256 {
    slot(RECORDS, code_hash)
}

/// Slot of the demand for stored native code.
pub(crate) fn demand_slot() -> U256 {
    slot(DATA_PRICER, B256::ZERO)
}

/// Slot of the time when the demand was found last.
pub(crate) fn demand_time_slot() -> U256 {
    slot(DATA_PRICER, B256::with_last_byte(2))
}

/// Slot of a key in one of the programs' spaces. Keys that differ in their last byte alone lie side by side.
fn slot(space: u8, key: B256) -> U256 {
    let programs = keccak256([PROGRAMS]);
    let space = keccak256([programs.as_slice(), &[space]].concat());
    let [page @ .., place] = key.0;
    let mut slot = keccak256([space.as_slice(), &page].concat());
    slot[31] = place;
    slot.into()
}
