//! What of another chain this one can go on from. Who answers as that chain may say anything; what it says is reckoned with for as long
//! as the fork lives.

use std::fmt::Display;
use std::ops::RangeInclusive;

use crate::config::{LARGEST_COUNT, LATEST_TIMESTAMP};
use crate::machine::params::StylusParams;
use crate::remote::RemoteError;
use crate::state::ForkPoint;

/// Wei per gas: an ether. Fees of whole transactions stay below 128 bits.
const MOST_BASE_FEE: u64 = 1_000_000_000_000_000_000;
/// Gas of a block; Nitro says 2^50.
const MOST_BLOCK_GAS: u64 = 1 << 53;
/// Latest version of Stylus that is known here.
const LATEST_STYLUS: u16 = 3;
/// Words of stack, which are more than the native stack holds; Stylus began with 262,144.
const MOST_STACK: u32 = 1 << 21;
/// Pages of memory, 256 MiB; Arbitrum's chains have 128.
const MOST_PAGES: u16 = 4_096;
/// Bytes of a program; Arbitrum's chains take 262,144.
const MOST_WASM: u32 = 16 << 20;
/// Owners of a chain, and managers of its cache.
pub(super) const MOST_MEMBERS: usize = 256;
/// Least gas limit of a transaction: what one takes that does nothing.
pub(super) const LEAST_TX_GAS: u64 = 21_000;

/// # Errors
/// The number is not within the range.
pub(super) fn within<T: PartialOrd + Display>(
    what: &str,
    number: T,
    range: RangeInclusive<T>,
) -> Result<(), RemoteError> {
    if range.contains(&number) {
        return Ok(());
    }
    let (least, most) = range.into_inner();
    Err(RemoteError(format!(
        "the chain that is to be forked says {number} as its {what}; a fork goes on from {least} to {most}"
    )))
}

/// # Errors
/// The block is none that a chain can go on from.
pub(super) fn check_point(point: &ForkPoint) -> Result<(), RemoteError> {
    within("block number", point.number, 0..=LARGEST_COUNT)?;
    within("L1 block number", point.l1_number, 0..=LARGEST_COUNT)?;
    within("block time", point.timestamp, 0..=LATEST_TIMESTAMP)?;
    within("base fee", point.base_fee, 0..=MOST_BASE_FEE)?;
    within("block gas limit", point.gas_limit, 0..=MOST_BLOCK_GAS)
}

/// # Errors
/// Programs can't run by these parameters, or would take what the machine has.
pub(super) fn check_params(params: &StylusParams) -> Result<(), RemoteError> {
    within("Stylus version", params.version, 1..=LATEST_STYLUS)?;
    within("ink price", params.ink_price, 1..=u32::MAX)?;
    within("stack depth", params.max_stack_depth, 1..=MOST_STACK)?;
    within("free pages", params.free_pages, 0..=MOST_PAGES)?;
    within("page limit", params.page_limit, 1..=MOST_PAGES)?;
    within("program size", params.max_wasm_size, 1..=MOST_WASM)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_of_arbos_is_within_the_limits() {
        for version in [30, 31, 51, 59, 60, 61] {
            let params = StylusParams::genesis(version);
            assert_eq!(check_params(&params), Ok(()), "{version}");
            assert!(params.version <= LATEST_STYLUS);
        }
        assert_eq!(StylusParams::genesis(61).version, LATEST_STYLUS);
    }
}
