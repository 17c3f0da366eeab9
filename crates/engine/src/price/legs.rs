//! One strike priced in fixed point and in units of the forward, for sums over a book.
//!
//! The formulas are those of [`crate::price::black76`], which is relatively precise however small an option's value;
//! here 62 fraction bits of the forward are enough, so no exponents are carried. Values are within 2^-57,
//! derivatives within 2^-50 + 2^-57/v for a total vol of v.

use crate::number::mantissa::{mul_high, recip_mantissa, shifted, within_63};
use crate::price::tails::{Tails, FURTHEST};

/// 1 with 62 fraction bits, the scale of values.
pub(crate) const ONE_62: i64 = 1 << 62;

/// A strike's value and derivatives per unit of forward, 62 fraction bits unless stated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Legs {
    /// Value of the option out of the money.
    pub otm: i64,
    /// Value of the call.
    pub call: i64,
    /// N(d₁).
    pub delta: i64,
    /// √(2π)·φ(d₁): the derivative by total vol.
    pub weight: i64,
    /// `weight` times total vol, 56 fraction bits: the derivative by its logarithm.
    pub log_weight: i64,
    /// `weight` over total vol, 44 fraction bits: the second derivative by the forward.
    pub curvature: i64,
}

/// A strike where its options have curvature.
struct Place {
    is_call: bool,
    /// Leading zeros of total vol.
    zeros: i32,
    /// 2^127 over total vol's mantissa.
    inverse: u64,
    tails: Tails,
}

impl Place {
    /// `None` without curvature: a distance of 32 deviations and more, an x₁ of 16 and more, or no vol.
    #[inline(always)]
    fn new(log_moneyness: i64, total_vol: i64) -> Option<Place> {
        let zeros = total_vol.leading_zeros() as i32;
        let inverse = recip_mantissa((total_vol as u64) << (zeros & 63) | 1 << 63);
        let size = log_moneyness.unsigned_abs();
        let spare = size.leading_zeros();
        let quotient = mul_high(size << (spare & 63), inverse);
        let shift = spare as i32 + 5 - zeros;
        let distance = (quotient >> within_63(shift)) as i64;
        let half_vol = total_vol >> 1;
        let x1 = distance.wrapping_sub(half_vol);
        // Each of the three cases is a sign bit.
        let is_curved = (shift - 1) as i64 | (FURTHEST - 1).wrapping_sub(x1) | (total_vol - 1);
        if is_curved < 0 {
            return None;
        }
        // From x₂ = 32 on the further tail adds nothing.
        let x2 = (distance as u64 + half_vol as u64).min(i64::MAX as u64) as i64;
        Some(Place {
            is_call: log_moneyness >= 0,
            zeros,
            inverse,
            tails: Tails::new(x1, x2),
        })
    }

    /// Value of the option out of the money.
    #[inline(always)]
    fn otm(&self, base: u64, total_vol: i64) -> i64 {
        let Place { zeros, tails, .. } = self;
        let share = if tails.is_far_out {
            // 56 + `zeros` fraction bits.
            let value = mul_high((total_vol as u64) << zeros, tails.slope);
            shifted(value, zeros - 6 + tails.exponent)
        } else {
            (1 << 62) - (tails.missing() >> 1)
        };
        mul_high(share << 1, base << 1) as i64
    }
}

/// Prices a strike at log-moneyness k = ln(K/F) within ±32 and a total vol below 32. `base` is min(K/F, 1) with 62
/// fraction bits. Zero total vol gives intrinsic value; an option on the strike then counts as a put.
#[inline(always)]
pub(crate) fn legs(log_moneyness: i64, base: i64, total_vol: i64) -> Legs {
    let Some(place) = Place::new(log_moneyness, total_vol) else {
        return flat(log_moneyness >= 0, base);
    };
    let Place {
        is_call,
        zeros,
        inverse,
        ref tails,
    } = place;
    let base = base as u64;
    // e^(−x₁²/2)·base, and N(−|x₁|) or N(−x₂) by it.
    let weight = mul_high(tails.gauss, base << 1) >> within_63(tails.exponent);
    let reach = if is_call { tails.near } else { tails.far };
    let tail = (mul_high(weight << 1, reach) >> 1) as i64;
    let otm = place.otm(base, total_vol);
    // The base of a call is 1.
    Legs {
        otm,
        call: otm + (ONE_62 - base as i64),
        delta: if is_call & tails.is_far_out {
            tail
        } else {
            ONE_62 - tail
        },
        weight: weight as i64,
        log_weight: mul_high(weight, total_vol as u64) as i64,
        curvature: shifted(mul_high(weight, inverse), 23 - zeros) as i64,
    }
}

/// Without curvature.
fn flat(is_call: bool, base: i64) -> Legs {
    let (call, delta) = if is_call {
        (0, 0)
    } else {
        (ONE_62 - base, ONE_62)
    };
    Legs {
        call,
        delta,
        ..Legs::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::real::Real;
    use crate::number::special::exp::exp;
    use crate::price::black76::{greeks, Inputs};
    use crate::price::tails::ONE_58;

    fn assert_close(found: i64, fraction: i32, expected: Real, tolerance: Real) {
        let gap = (Real::from_fixed(found, fraction) - expected).abs();
        assert!(gap <= tolerance, "{found} off by {gap:?} of {expected:?}");
    }

    /// Log-moneyness from −3 to 3 against total vols from 1e-4 to 6.
    #[test]
    fn legs_are_black_76_in_units_of_the_forward() {
        let total_vols = [1, 10, 100, 500, 2_000, 7_000, 20_000, 60_000];
        for (vol, step) in total_vols
            .iter()
            .flat_map(|vol| (-300..=300).map(move |step| (*vol, step)))
        {
            let total_vol = Real::from_ratio(vol, 10_000).to_fixed(58);
            // Around the strikes that matter at this vol, then over everything.
            let spread = if step % 2 == 0 {
                total_vol / 30
            } else {
                ONE_58 / 100
            };
            let Some(log_moneyness) = spread.checked_mul(step) else {
                continue;
            };
            let (k, v) = (
                Real::from_fixed(log_moneyness, 58),
                Real::from_fixed(total_vol, 58),
            );
            let strike = exp(k);
            let expected = greeks(&Inputs {
                forward: Real::ONE,
                strike,
                log_moneyness: k,
                total_vol: v,
            });
            let base = strike.min(Real::ONE).to_fixed(62);
            let found = legs(log_moneyness, base, total_vol);
            let tolerance = Real::ONE.mul_pow2(-57);
            assert_close(found.otm, 62, expected.call.min(expected.put), tolerance);
            assert_close(found.call, 62, expected.call, tolerance);
            let weight = expected.vega_total / crate::number::special::normal::INV_SQRT_2_PI;
            // k to 2^-58 is d₁ to 2^-58/v.
            let relative = Real::ONE.mul_pow2(-50) + v.recip().mul_pow2(-57);
            assert_close(found.delta, 62, expected.delta, relative);
            assert_close(found.weight, 62, weight, relative);
            assert_close(
                found.log_weight,
                56,
                weight * v,
                relative * v + Real::ONE.mul_pow2(-54),
            );
            assert_close(
                found.curvature,
                44,
                weight / v,
                relative / v + Real::ONE.mul_pow2(-43),
            );
        }
    }

    #[test]
    fn without_vol_an_option_is_worth_its_intrinsic_value() {
        let quarter = ONE_62 / 4;
        let above = Legs {
            call: ONE_62 - quarter,
            delta: ONE_62,
            ..Legs::default()
        };
        for total_vol in [0, -1] {
            assert_eq!(legs(-ONE_58, quarter, total_vol), above);
            assert_eq!(legs(ONE_58, ONE_62, total_vol), Legs::default());
            assert_eq!(legs(0, ONE_62, total_vol), Legs::default());
        }
        // Sixteen deviations away there is nothing left, thirty-two and more do not overflow.
        for distance in [17, 31, 33, 1_000, 1 << 40] {
            assert_eq!(
                legs(-(ONE_58 >> 50) * distance, quarter, ONE_58 >> 50),
                above
            );
        }
    }
}
