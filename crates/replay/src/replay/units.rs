//! Between the contract's integers and the floats of the replay's decisions and report.

use alloy_primitives::{I256, U256};

/// A WAD as a float.
pub fn wad(value: U256) -> f64 {
    f64::from(value) / 1e18
}

/// A signed WAD as a float.
pub fn signed_wad(value: I256) -> f64 {
    let size = wad(value.unsigned_abs());
    if value.is_negative() {
        -size
    } else {
        size
    }
}

/// Token units as a float.
pub fn atoms(value: U256, decimals: u8) -> f64 {
    f64::from(value) / 10_f64.powi(decimals.into())
}

/// Signed token units as a float.
pub fn signed_atoms(value: I256, decimals: u8) -> f64 {
    let size = atoms(value.unsigned_abs(), decimals);
    if value.is_negative() {
        -size
    } else {
        size
    }
}

/// A non-negative float as WAD, rounded to `decimals` decimals.
pub fn to_wad(value: f64, decimals: u32) -> U256 {
    let step = 10_u128.pow(18 - decimals);
    U256::from((value * 10_f64.powi(decimals as i32)).round() as u128 * step)
}

/// A non-negative float as token units, rounded to whole hundredths.
pub fn to_atoms(value: f64, decimals: u8) -> U256 {
    U256::from((value * 100.0).round() as u128) * U256::from(10_u128.pow(u32::from(decimals) - 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_go_both_ways() {
        assert_eq!(to_wad(2.5, 6), U256::from(2_500_000_000_000_000_000_u128));
        assert_eq!(wad(to_wad(1_965.63, 8)), 1_965.63);
        assert_eq!(to_atoms(1_000_000.25, 6), U256::from(1_000_000_250_000_u64));
        assert_eq!(atoms(U256::from(1_500_000), 6), 1.5);
        assert_eq!(signed_wad(-I256::from_raw(to_wad(3.0, 1))), -3.0);
        assert_eq!(
            signed_atoms(-I256::from_raw(U256::from(2_000_000)), 6),
            -2.0
        );
    }
}
