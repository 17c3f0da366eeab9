//! Elementary functions and the normal distribution, in integers.
//!
//! Each file has a [`Real`](crate::number::real::Real) face and the fixed-point core that the pricing calls directly.
//! Polynomial coefficients are derived by `scripts/vectors/coefficients.py` and stand as immediates in
//! straight-line code, because a Stylus program pays for every byte of data on every call.

pub mod exp;
pub(crate) mod horner;
pub mod ln;
pub(crate) mod mills;
pub mod normal;
pub(crate) mod root;
