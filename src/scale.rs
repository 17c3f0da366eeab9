//! The scale that prices, sizes, ratios and vols have.

/// One with 18 decimals.
pub const WAD: u128 = smirk_engine::parameters::WAD as u128;
