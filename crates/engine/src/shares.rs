//! Pool shares and assets: conversions at one side of net asset value, with a virtual offset.
//!
//! The pool behaves as if it always held one extra asset atom against [`VIRTUAL_SHARES`] shares, so that the
//! first depositor cannot make the share price jump: moving it by a donation costs the donor a thousand times
//! what it can take from the next depositor. Share decimals are therefore asset decimals + 3.
//!
//! `nav` is in asset atoms on the side that favours those who stay: the high side (rounded up) for deposits
//! and mints, the low side (rounded down) for withdrawals and redemptions. A pool whose net asset value is not
//! positive converts at zero. Every function is exact and returns `None` only when the result exceeds `u128`.

use crate::number::wide::{mul_div_down, mul_div_up};

/// Shares per asset atom in an empty pool.
pub const VIRTUAL_SHARES: u128 = 1_000;

/// Shares for a deposit of `assets` atoms, rounded down.
pub fn to_shares_down(assets: u128, nav: u128, supply: u128) -> Option<u128> {
    mul_div_down(
        assets,
        supply.checked_add(VIRTUAL_SHARES)?,
        nav.checked_add(1)?,
    )
}

/// Shares to burn for a withdrawal of `assets` atoms, rounded up.
pub fn to_shares_up(assets: u128, nav: u128, supply: u128) -> Option<u128> {
    mul_div_up(
        assets,
        supply.checked_add(VIRTUAL_SHARES)?,
        nav.checked_add(1)?,
    )
}

/// Atoms for `shares` redeemed, rounded down.
pub fn to_assets_down(shares: u128, nav: u128, supply: u128) -> Option<u128> {
    mul_div_down(
        shares,
        nav.checked_add(1)?,
        supply.checked_add(VIRTUAL_SHARES)?,
    )
}

/// Atoms to pay for `shares` minted, rounded up.
pub fn to_assets_up(shares: u128, nav: u128, supply: u128) -> Option<u128> {
    mul_div_up(
        shares,
        nav.checked_add(1)?,
        supply.checked_add(VIRTUAL_SHARES)?,
    )
}
