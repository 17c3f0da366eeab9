//! The forward of an expiry: spot carried to it at the rate that its anchor states.
//!
//! > F = S·e^(c·τ)
//!
//! Prices are Black's on F and undiscounted, so that a call less a put is F − K; the forward is one integer, which all
//! formulas share, and parity is exact.

use crate::number::mantissa::{leading_bits, recip_mantissa};
use crate::number::real::Real;
use crate::number::special::exp::exp;
use crate::number::wide::scaled;
use crate::number::word::Word;
use crate::parameters::WAD;
use crate::state::{Slice, YEAR};

/// Fraction bits of e^(c·τ).
pub(crate) const GROWTH_BITS: u32 = 62;
/// Largest |c·τ|, below ln 2: 30 % for two years and a quarter. Beyond it the forward stays where it is, so that every
/// input has one and e^(c·τ) is below two.
const LONGEST: Real = Real::from_ratio(11, 16);

/// e^(c·τ) with [`GROWTH_BITS`], within 2^-59; exactly one without carry and once expired.
fn growth(slice: &Slice, now: u64) -> u64 {
    /// A wei per year for a second.
    const UNIT: Real = Real::from_ratio(1, YEAR).times_near(Real::from_ratio(1, WAD));
    let seconds = slice.expiry.saturating_sub(now);
    if slice.carry == 0 || seconds == 0 {
        return 1 << GROWTH_BITS;
    }
    let size = Real::of_units(seconds, Real::of_units(slice.carry.unsigned_abs(), UNIT));
    let is_negative = slice.carry < 0;
    let size = size.min(LONGEST);
    exp(if is_negative { -size } else { size }).to_fixed(GROWTH_BITS as i32) as u64
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
    /// e^(c·τ) − 1 with [`GROWTH_BITS`], zero without carry.
    pub excess: i64,
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
            value: if wad == 0 {
                Word::ZERO
            } else {
                Word::wei(bits.0, bits.1)
            },
            growth,
            excess: growth as i64 - (1 << GROWTH_BITS),
            bits,
            inverse: recip_mantissa(bits.0),
        }
    }

    /// e^(c·τ); exactly one without carry.
    pub fn growth(&self) -> Word {
        Word::from_fixed(self.growth as i64, GROWTH_BITS as i32)
    }
}
