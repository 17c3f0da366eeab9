//! The forward of an expiry: spot carried to it at the rate that its anchor states.
//!
//! > F = S·e^(c·τ)
//!
//! Prices are Black's on F and undiscounted, so that a call less a put is F − K; the forward is one integer, which all
//! formulas share, and parity is exact.

use crate::number::real::{leading_bits, recip_mantissa, Real};
use crate::number::special::exp::exp;
use crate::number::wide::scaled;
use crate::number::word::Word;
use crate::state::{Slice, YEAR};

/// Fraction bits of e^(c·τ).
pub(crate) const GROWTH_BITS: u32 = 60;
/// Largest |c·τ|; beyond it the forward stays where it is, so that every input has one.
const LONGEST: i64 = 2;

/// e^(c·τ) with [`GROWTH_BITS`], within 2^-58 relative; exactly one without carry and once expired.
fn growth(slice: &Slice, now: u64) -> u64 {
    let seconds = slice.expiry.saturating_sub(now);
    if slice.carry == 0 || seconds == 0 {
        return 1 << GROWTH_BITS;
    }
    const LIMIT: Real = Real::from_int(LONGEST);
    let exponent = Real::from_wad_i128(slice.carry as i128) * Real::from_ratio(seconds, YEAR);
    exp(exponent.max(-LIMIT).min(LIMIT)).to_fixed(GROWTH_BITS as i32) as u64
}

/// Spot carried to a slice's expiry, quote per base, WAD, nearest; saturates. Spot itself without carry and once expired.
pub fn forward(slice: &Slice, spot: u128, now: u64) -> u128 {
    times_growth(spot, growth(slice, now))
}

/// spot·e^(c·τ), nearest.
fn times_growth(spot: u128, growth: u64) -> u128 {
    let (whole, rest) = scaled(spot, growth);
    whole.saturating_add((rest >> (GROWTH_BITS - 1)) as u128)
}

/// A forward as the formulas need it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Forward {
    /// Quote per base, WAD.
    pub wad: u128,
    /// The same.
    pub value: Word,
    /// e^(c·τ) with [`GROWTH_BITS`].
    pub growth: u64,
    /// e^(c·τ) − 1, zero without carry.
    pub excess: Word,
    /// The forward in wei: mantissa with its top bit set and exponent.
    pub bits: (u64, i32),
    /// 2^127 over that mantissa.
    pub inverse: u64,
}

impl Forward {
    /// Spot itself, where there is no carry.
    pub fn at_spot(spot: u128) -> Forward {
        Forward::grown(spot, 1 << GROWTH_BITS)
    }

    /// The slice's forward.
    pub fn of(slice: &Slice, spot: u128, now: u64) -> Forward {
        Forward::grown(spot, growth(slice, now))
    }

    #[inline(never)]
    fn grown(spot: u128, growth: u64) -> Forward {
        let wad = times_growth(spot, growth);
        let bits = leading_bits(wad.max(1));
        Forward {
            wad,
            value: Word::from_wad_u128(wad),
            growth,
            excess: Word::from_fixed(growth as i64 - (1 << GROWTH_BITS), GROWTH_BITS as i32),
            bits,
            inverse: recip_mantissa(bits.0),
        }
    }

    /// e^(c·τ); exactly one without carry.
    pub fn growth(&self) -> Word {
        Word::from_fixed(self.growth as i64, GROWTH_BITS as i32)
    }
}
