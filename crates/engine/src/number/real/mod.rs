//! The engine's number: a binary floating-point value built from integers.
//!
//! A [`Real`] is `±mantissa · 2^exponent` with a full 64-bit mantissa (`2^63 ≤ mantissa < 2^64`), or zero.
//! It carries prices, sizes, vols and probabilities alike at a relative precision of about 19 digits, so no
//! formula needs to care about scales. Decimal integers exist only at the edges ([`Real::from_wad_u128`],
//! [`Real::to_wad_down`] and their kin).
//!
//! Every operation is total. Exponents live in [−2^27, 2^27): a product or quotient above that range saturates to the
//! largest magnitude of its sign, one below it becomes zero, and a division by zero saturates. (A sum, which moves
//! an exponent by at most 64, is left to the next product.) Neither end is within reach of any formula over the
//! domain of this crate.
//!
//! | operation | relative error |
//! |---|---|
//! | `+`, `-` | ≤ 2^-63 of the result (cancellation included: operands are taken as exact) |
//! | `*`, `square` | ≤ 2^-62.4; exact for factors of at most 32 significant bits, and for powers of two |
//! | `/`, `recip` | ≤ 2^-60.4 |
//! | `sqrt` | ≤ 2^-61; exact for squares of integers below 2^31 |
//! | decimal in and out | in: ≤ 2^-62, whole numbers exact; out: exact in the stated direction |

mod decimal;
mod moderate;
mod value;

pub(crate) use decimal::WAD;
pub use value::Real;

#[cfg(test)]
mod tests;
