//! The published error bounds of the arithmetic: the only place where they are written.
//!
//! Each is a bound on the difference from the exact result, in units of 1e-18.

/// The call as a share of spot, the put as a share of the larger of spot and discounted strike.
///
/// A put is worth up to its discounted strike. A mantissa of 64 bits ends at 2^-64 of that, so from a strike of some
/// hundred times the spot on, no put can be told to 1e-17 of spot by one. In 18 decimals it can: there both prices are
/// within this share of spot, and one unit.
pub const PRICE: u64 = 10;
/// Call and put, relative, where the value is at least 1 quote unit.
pub const PRICE_RELATIVE: u64 = 20_000;
/// Delta, absolute.
pub const DELTA: u64 = 10;
/// Gamma, relative, for |d₁| < 16 (beyond that it counts as zero).
pub const GAMMA_RELATIVE: u64 = 1_000;
/// Vega, as a share of spot.
pub const VEGA: u64 = 10;
/// Theta, relative to the sum of |theta| of call and put.
pub const THETA_RELATIVE: u64 = 1_000;
/// Rho, relative, for values above 1e-18 of spot.
pub const RHO_RELATIVE: u64 = 1_000;
/// Normal distribution, absolute.
pub const CDF: u64 = 5;
/// Normal distribution below zero, relative, for arguments above −12.
pub const CDF_RELATIVE: u64 = 500;
/// Normal density, relative, for arguments within ±12.
pub const PDF_RELATIVE: u64 = 100;
/// Exponential, relative, for arguments within ±40.
pub const EXP_RELATIVE: u64 = 10;
/// Natural logarithm, relative.
pub const LN_RELATIVE: u64 = 3;
