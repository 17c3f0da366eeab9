//! Decimal integers in and out: WADs (1e18 = 1), rounded in the stated direction.

use super::value::Real;
use crate::number::mantissa::leading_bits;

/// 1e18, the scale of decimal fixed point.
pub(crate) const WAD: u64 = 1_000_000_000_000_000_000;

impl Real {
    /// A WAD integer (1e18 = 1).
    #[inline(never)]
    pub const fn from_wad_u128(wad: u128) -> Real {
        if wad == 0 {
            return Real::ZERO;
        }
        let (mantissa, exponent) = leading_bits(wad);
        Real::wei(mantissa, exponent)
    }

    /// `mantissa · 2^exponent` wei, for a mantissa with its top bit set.
    ///
    /// 1e-18 in 64 bits is short by 0.2304 of the last; the product makes up for it with 0.2305, so that whole
    /// numbers of WADs come out exact.
    #[inline(always)]
    pub(crate) const fn wei(mantissa: u64, exponent: i32) -> Real {
        const HIGH: u64 = Real::WEI.mantissa >> 32;
        const LOW: u64 = Real::WEI.mantissa & 0xffff_ffff;
        const SHORTFALL: u64 = 990_000_000;
        let (m1, m0) = (mantissa >> 32, mantissa & 0xffff_ffff);
        let cross = m1 * LOW + ((m0 * LOW) >> 32);
        let middle = m0 * HIGH + (cross & 0xffff_ffff) + ((m1 * SHORTFALL) >> 32);
        let high = m1 * HIGH + (cross >> 32) + (middle >> 32);
        let short = 1 ^ (high >> 63);
        let leading = high << short | (middle << 32 >> 63) & short;
        Real::from_parts(
            leading,
            Real::WEI.exponent() + exponent + 64 - short as i32,
            false,
        )
    }

    /// A signed WAD integer (1e18 = 1).
    #[inline(never)]
    pub const fn from_wad_i128(wad: i128) -> Real {
        let magnitude = Real::from_wad_u128(wad.unsigned_abs());
        if wad < 0 {
            magnitude.negated()
        } else {
            magnitude
        }
    }

    /// A WAD integer (1e18 = 1) that fits a word.
    #[inline(never)]
    pub const fn from_wad_u64(wad: u64) -> Real {
        Real::word_wei(wad)
    }

    /// An integer of wei.
    #[inline(always)]
    pub(crate) const fn word_wei(wad: u64) -> Real {
        if wad == 0 {
            return Real::ZERO;
        }
        let shift = wad.leading_zeros();
        Real::wei(wad << shift, -(shift as i32))
    }

    /// 1e-18.
    const WEI: Real = Real::from_parts(10_633_823_966_279_326_983, -123, false);

    /// To a WAD integer (1e18 = 1), toward −∞; saturates at ±(2^127 − 1).
    pub const fn to_wad_down(self) -> i128 {
        self.to_wad(0)
    }

    /// To a WAD integer (1e18 = 1), toward +∞; saturates at ±(2^127 − 1).
    pub const fn to_wad_up(self) -> i128 {
        self.to_wad(1)
    }

    /// Toward +∞ if `up` is 1, toward −∞ if it is 0.
    #[inline(never)]
    const fn to_wad(self, up: u64) -> i128 {
        // The exact 124-bit product, as two words.
        const HIGH: u64 = WAD >> 32;
        const LOW: u64 = WAD & 0xffff_ffff;
        let (m1, m0) = (self.mantissa >> 32, self.mantissa & 0xffff_ffff);
        let cross = m1 * LOW + ((m0 * LOW) >> 32);
        let middle = m0 * HIGH + (cross & 0xffff_ffff);
        let high = m1 * HIGH + (cross >> 32) + (middle >> 32);
        let low = self.mantissa.wrapping_mul(WAD);
        let shift = -self.exponent();
        // Below 1, then up to 2^64, then what is beyond reach of either.
        let (upper, lower, cut) = if (shift as u32).wrapping_sub(64) < 64 {
            let cut = low | (high << 1) << (127 - shift);
            (0, high >> (shift - 64), cut)
        } else if (shift as u32) < 64 {
            let cut = (low << 1) << (63 - shift);
            (
                high >> shift,
                low >> shift | (high << 1) << (63 - shift),
                cut,
            )
        } else {
            self.far_wad(high, low)
        };
        let negative = (self.scale & 1) as u64;
        let away = (cut != 0) as u64 & (up ^ negative);
        let magnitude = ((upper as u128) << 64 | lower as u128) + away as u128;
        let sign = -(negative as i128);
        (magnitude as i128 ^ sign) - sign
    }

    /// Upper and lower word and what is cut off, of a product with the WAD given by its words, for an exponent below −127
    /// or above zero.
    #[cold]
    #[inline(never)]
    const fn far_wad(self, high: u64, low: u64) -> (u64, u64, u64) {
        let up = self.exponent();
        if up < 0 {
            (0, 0, self.mantissa)
        } else if up < high.leading_zeros() as i32 {
            (high << up | (low >> 1) >> (63 - up), low << up, 0)
        } else {
            (u64::MAX >> 1, u64::MAX, 0)
        }
    }

    /// To the nearest WAD integer (1e18 = 1), halves toward +∞, within the precision of one sum; saturates at ±(2^127 − 1).
    pub const fn to_wad_nearest(self) -> i128 {
        self.plus(Real::WEI.mul_pow2(-1)).to_wad_down()
    }
}
