//! Value and greeks of European options on a forward (Black 1976), undiscounted.
//!
//! With `k = ln(K/F)` and total vol `v = σ√τ`, d₁ = −k/v + v/2 and d₂ = d₁ − v. Write `a = |k|/v`,
//! `x₁ = a − v/2`, `x₂ = a + v/2`, `B = min(F, K)` and G(x) = N(−x)·e^(x²/2). Because F·φ(d₁) = K·φ(d₂), both the
//! call above the forward and the put below it are
//!
//! ```text
//! out-of-the-money value = B · e^(−x₁²/2) · (G(x₁) − G(x₂))
//! ```
//!
//! so one exponential serves both legs and both tails are taken from the positive side. The difference of G comes
//! from its divided difference ([`crate::special::mills`]), so the value is relatively precise however small
//! the total vol. For x₁ below −1/64 the value is a large part of B and `B·(1 − e^(−x₁²/2)·(G(−x₁) + G(x₂)))` is used.
//! The in-the-money leg follows from put-call parity, which therefore holds exactly up to the rounding of one sum.
//!
//! Beyond x₁ = 16 (where N(−x₁) < 1e-57) the out-of-the-money value and all curvature are taken as zero.
//! Errors are published in `tests/tolerance`.

use crate::real::{mul_high, recip_mantissa, Real};
use crate::special::exp::gaussian;
use crate::special::horner::Split;
use crate::special::mills::{pair, Point};
use crate::special::normal::INV_SQRT_2_PI;

/// What determines an undiscounted option value. Forward and strike in quote per base, above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// Forward price F; the spot at zero carry.
    pub forward: Real,
    /// Strike K.
    pub strike: Real,
    /// ln(K/F), computed once by the caller.
    pub log_moneyness: Real,
    /// σ·√τ, not negative. Zero gives intrinsic value.
    pub total_vol: Real,
}

/// Undiscounted values of a call and a put, in quote units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Prices {
    /// Call value.
    pub call: Real,
    /// Put value.
    pub put: Real,
}

/// Undiscounted values and derivatives of a call and a put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Greeks {
    /// Call value.
    pub call: Real,
    /// Put value.
    pub put: Real,
    /// Delta of the call, N(d₁); the put's is one less.
    pub delta: Real,
    /// φ(d₁); zero at zero total vol.
    pub pdf_d1: Real,
    /// Derivative of either value by total vol, F·φ(d₁).
    pub vega_total: Real,
    /// Second derivative by the forward, φ(d₁)/(F·v); zero at zero total vol.
    pub gamma: Real,
    /// d₁; zero at zero total vol.
    pub d1: Real,
    /// d₂; zero at zero total vol.
    pub d2: Real,
}

/// 1 with 58 fraction bits, the scale of d₁ and d₂.
pub(crate) const ONE_58: i64 = 1 << 58;

/// |k|/v and v/2 with 58 fraction bits, each below 32, and 1/v's mantissa.
pub(crate) struct Coordinates {
    pub(crate) distance: i64,
    pub(crate) half_vol: i64,
    pub(crate) inverse: u64,
}

impl Coordinates {
    #[inline(always)]
    pub(crate) fn new(log_moneyness: Real, total_vol: Real) -> Coordinates {
        let inverse = recip_mantissa(total_vol.mantissa() | 1 << 63);
        let quotient = mul_high(log_moneyness.mantissa(), inverse);
        let shift = total_vol.exponent() - log_moneyness.exponent() + 5;
        let vol_shift = -57 - total_vol.exponent();
        // The first shift is at least 1 and the second within 0..64 unless something is far out of proportion.
        if ((shift - 1) | vol_shift | (63 - vol_shift)) < 0 {
            return Coordinates::extreme(log_moneyness, total_vol);
        }
        Coordinates {
            distance: (quotient >> shift.min(63)) as i64,
            half_vol: (total_vol.mantissa() >> vol_shift) as i64,
            inverse,
        }
    }

    /// Saturating: a total vol of 64 or more acts as 64, a distance of 32 or more as 32. Zero total vol is distant.
    #[cold]
    #[inline(never)]
    fn extreme(log_moneyness: Real, total_vol: Real) -> Coordinates {
        let distance = if total_vol.is_zero() {
            i64::MAX
        } else {
            (log_moneyness / total_vol).abs().to_fixed(58)
        };
        Coordinates {
            distance,
            half_vol: total_vol.to_fixed(57),
            inverse: recip_mantissa(total_vol.mantissa() | 1 << 63),
        }
    }
}

/// The pieces that every value and greek is made of, for x₁ below 16. B is min(F, K).
pub(crate) struct Legs {
    base: Real,
    /// Out-of-the-money value.
    pub(crate) value: Real,
    /// e^(−x₁²/2) = gauss · 2^-exponent, gauss with 63 fraction bits.
    gauss: u64,
    exponent: i32,
    /// G(|x₁|), 64 fraction bits.
    pub(crate) near: u64,
    /// G(x₂), 64 fraction bits.
    pub(crate) far: u64,
    /// Whether x₁ is above −1/64; if not, `near` describes 1 − N(−x₁).
    pub(crate) is_far_out: bool,
}

impl Legs {
    #[inline(always)]
    pub(crate) fn new(base: Real, total_vol: Real, at: &Coordinates) -> Legs {
        let x1 = at.distance - at.half_vol;
        let x2 = (at.distance as u64 + at.half_vol as u64).min(32 * ONE_58 as u64 - 1) as i64;
        let is_far_out = x1 >= -ONE_58 / 64;
        let (point1, point2) = (
            Point::new(if is_far_out { x1 } else { -x1 }),
            Point::new(x2),
        );
        let tails = pair(point1, point2);
        let (gauss, exponent) = gaussian(x1.unsigned_abs());
        let tail1 = tails.far + (mul_signed(point1.minus(point2), tails.slope) << 1);
        let (near, far) = ((tail1 as u64) << 3, (tails.far as u64) << 3);
        let value = if is_far_out {
            // 16·(x₂ − x₁)·r₁·r₂·slope
            let product = mul_high(
                mul_high(gauss, (tails.slope as u64) << 1),
                mul_high(point1.r, point2.r),
            );
            let zeros = product.leading_zeros();
            base.scaled(total_vol.mantissa(), total_vol.exponent())
                .scaled(product << zeros, -62 - exponent - zeros as i32)
        } else {
            let product = mul_high(gauss, near.wrapping_add(far)) >> exponent.min(63);
            base.scaled((1 << 63) - product, -63)
        };
        Legs {
            base,
            value,
            gauss,
            exponent,
            near,
            far,
            is_far_out,
        }
    }

    /// B·e^(−x₁²/2) = F·φ(d₁)·√(2π).
    #[inline(always)]
    pub(crate) fn weight(&self) -> Real {
        self.base.scaled(self.gauss, -63 - self.exponent)
    }
}

/// Signed high product of 64-bit factors; the sum of scales less 64.
#[inline(always)]
pub(crate) fn mul_signed(a: i64, b: i64) -> i64 {
    Split::new(a).step(b, 0)
}

/// Whether x₁ is 16 and more, so that no curvature is left; also for a forward or strike of zero.
#[inline(always)]
fn is_distant(inputs: &Inputs, at: &Coordinates) -> bool {
    let is_zero = (inputs.forward.mantissa() & inputs.strike.mantissa()) >> 63 == 0;
    (at.distance - at.half_vol >= 16 * ONE_58) | is_zero
}

/// Whether the option out of the money is the call, and B = min(F, K).
#[inline(always)]
fn base(inputs: &Inputs) -> (bool, Real) {
    let is_call = !inputs.log_moneyness.is_negative();
    (
        is_call,
        if is_call {
            inputs.forward
        } else {
            inputs.strike
        },
    )
}

/// Call and put from the out-of-the-money value and F − K.
#[inline(always)]
pub(crate) fn by_parity(is_call: bool, value: Real, difference: Real) -> Prices {
    let other = value + difference.abs();
    if is_call {
        Prices {
            call: value,
            put: other,
        }
    } else {
        Prices {
            call: other,
            put: value,
        }
    }
}

/// The value of the option out of the money as a function of total vol, at one point.
pub(crate) struct Slope {
    /// The value.
    pub(crate) value: Real,
    /// Its derivative, F·φ(d₁).
    pub(crate) slope: Real,
    /// d₁·d₂ with 51 fraction bits: v times the ratio of its second derivative to the first.
    pub(crate) product: i64,
}

/// `None` where the value has no curvature (x₁ of 16 and more).
#[inline(never)]
pub(crate) fn out_of_the_money(base: Real, log_moneyness: Real, total_vol: Real) -> Option<Slope> {
    let at = Coordinates::new(log_moneyness, total_vol);
    let (x1, x2) = (
        at.distance - at.half_vol,
        at.distance as u64 + at.half_vol as u64,
    );
    if x1 >= 16 * ONE_58 {
        return None;
    }
    let legs = Legs::new(base, total_vol, &at);
    let weight = legs.weight();
    Some(Slope {
        value: legs.value,
        slope: weight.scaled(INV_SQRT_2_PI.mantissa(), INV_SQRT_2_PI.exponent()),
        product: mul_signed(x1, (x2 >> 1) as i64),
    })
}

/// Values of the call and the put.
#[inline(never)]
pub fn price(inputs: &Inputs) -> Prices {
    let at = Coordinates::new(inputs.log_moneyness, inputs.total_vol);
    let (is_call, base) = base(inputs);
    let value = if is_distant(inputs, &at) {
        Real::ZERO
    } else {
        Legs::new(base, inputs.total_vol, &at).value
    };
    by_parity(is_call, value, inputs.forward - inputs.strike)
}

/// Values and derivatives of the call and the put, in one pass.
#[inline(never)]
pub fn greeks(inputs: &Inputs) -> Greeks {
    let Inputs {
        forward,
        strike,
        log_moneyness,
        total_vol,
    } = *inputs;
    let at = Coordinates::new(log_moneyness, total_vol);
    let (is_call, base) = base(inputs);
    if is_distant(inputs, &at) {
        return intrinsic(inputs);
    }
    let legs = Legs::new(base, total_vol, &at);
    let Prices { call, put } = by_parity(is_call, legs.value, forward - strike);
    let weight = legs.weight();
    let vega_total = weight.scaled(INV_SQRT_2_PI.mantissa(), INV_SQRT_2_PI.exponent());
    let (inverse, exponent) = (
        recip_mantissa(forward.mantissa()),
        -127 - forward.exponent(),
    );
    let pdf_d1 = vega_total.scaled(inverse, exponent);
    // N(d₁) of the call out of the money, N(−d₁) of the put, or for the former its complement.
    let tail = weight
        .scaled(if is_call { legs.near } else { legs.far }, -64)
        .scaled(inverse, exponent);
    let x1 = Real::from_fixed(at.distance - at.half_vol, 58);
    let x2 = Real::normalised(at.distance as u64 + at.half_vol as u64, -58, false);
    Greeks {
        call,
        put,
        delta: if is_call && legs.is_far_out {
            tail
        } else {
            Real::ONE - tail
        },
        pdf_d1,
        vega_total,
        gamma: pdf_d1
            .scaled(inverse, exponent)
            .scaled(at.inverse, -127 - total_vol.exponent()),
        d1: if is_call { -x1 } else { x2 },
        d2: if is_call { -x2 } else { x1 },
    }
}

/// Without curvature: zero total vol, x₁ of 16 and more, or a forward or strike of zero.
#[cold]
#[inline(never)]
fn intrinsic(inputs: &Inputs) -> Greeks {
    let Inputs {
        forward,
        strike,
        log_moneyness,
        total_vol,
    } = *inputs;
    let Prices { call, put } =
        by_parity(!log_moneyness.is_negative(), Real::ZERO, forward - strike);
    let zero = Real::ZERO;
    let delta = if log_moneyness.is_negative() {
        Real::ONE
    } else if log_moneyness.is_zero() {
        Real::ONE.half()
    } else {
        zero
    };
    let half = total_vol.half();
    let moneyness = if total_vol.is_zero() {
        zero
    } else {
        log_moneyness / total_vol
    };
    let (d1, d2) = (half - moneyness, -half - moneyness);
    Greeks {
        call,
        put,
        delta,
        pdf_d1: zero,
        vega_total: zero,
        gamma: zero,
        d1,
        d2,
    }
}
