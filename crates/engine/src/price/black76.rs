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
//! so one exponential serves both legs and both tails are taken from the positive side ([`crate::price::tails`]). The difference
//! of G comes from its divided difference ([`crate::number::special::mills`]), so the value is relatively precise however
//! small the total vol. For x₁ below −1/64 the value is a large part of B and `B·(1 − e^(−x₁²/2)·(G(−x₁) + G(x₂)))`
//! is used. The in-the-money leg follows from put-call parity, which therefore holds exactly up to the rounding of
//! one sum.
//!
//! Beyond x₁ = 16 (where N(−x₁) < 1e-57) the out-of-the-money value and all curvature are taken as zero.
//! Errors are published in `tests/tolerance`.

use crate::number::mantissa::{mul_high, recip_mantissa, within_63};
use crate::number::real::Real;
use crate::number::special::horner::Split;
use crate::number::special::normal::INV_SQRT_2_PI;
use crate::price::tails::{Tails, FURTHEST};

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

/// Where an option of log-moneyness k and total vol v lies between its bounds: d₁ and d₂ are ±`distance` ± `half_vol`.
pub(crate) struct Coordinates {
    /// |k|/v, 58 fraction bits, below 32.
    pub(crate) distance: i64,
    /// v/2, 58 fraction bits, below 32.
    pub(crate) half_vol: i64,
    /// Mantissa of 1/v.
    pub(crate) inverse: u64,
}

impl Coordinates {
    /// Of a k and a v; zero v is as distant as can be.
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
            distance: (quotient >> within_63(shift)) as i64,
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

impl Coordinates {
    /// For an x₁ below [`FURTHEST`]. Where x₂ is 32 and more its tail is taken there, which adds nothing.
    #[inline(always)]
    fn tails(&self) -> Tails {
        let x2 = (self.distance as u64 + self.half_vol as u64).min(i64::MAX as u64);
        Tails::new(self.distance - self.half_vol, x2 as i64)
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
    (at.distance - at.half_vol >= FURTHEST) | is_zero
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

/// Call and put from the out-of-the-money value and F − K, or K − F.
#[inline(always)]
pub(crate) fn by_parity(is_call: bool, value: Real, difference: Real) -> Prices {
    let other = value.plus_positive(difference.abs());
    let (call, put) = Real::ordered(is_call, value, other);
    Prices { call, put }
}

/// The value of the option out of the money as a function of total vol, at one point.
pub(crate) struct Slope {
    /// The value.
    pub(crate) value: Real,
    /// Its derivative, F·φ(d₁).
    pub(crate) slope: Real,
    /// d₁·d₂ with 51 fraction bits: v times the ratio of its second derivative to the first.
    pub(crate) product: i64,
    /// 1/v = inverse·2^(−127 − v's exponent).
    pub(crate) inverse: u64,
}

/// `None` where the value has no curvature (x₁ of 16 and more).
#[inline(always)]
pub(crate) fn out_of_the_money(base: Real, log_moneyness: Real, total_vol: Real) -> Option<Slope> {
    let at = Coordinates::new(log_moneyness, total_vol);
    let (x1, x2) = (
        at.distance - at.half_vol,
        at.distance as u64 + at.half_vol as u64,
    );
    if x1 >= FURTHEST {
        return None;
    }
    let tails = at.tails();
    let weight = base.scaled(tails.gauss, -63 - tails.exponent);
    Some(Slope {
        value: tails.value(base, total_vol.mantissa(), total_vol.exponent()),
        slope: weight.scaled(INV_SQRT_2_PI.mantissa(), INV_SQRT_2_PI.exponent()),
        product: mul_signed(x1, (x2 >> 1) as i64),
        inverse: at.inverse,
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
        let vol = inputs.total_vol;
        at.tails().value(base, vol.mantissa(), vol.exponent())
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
    let tails = at.tails();
    let value = tails.value(base, total_vol.mantissa(), total_vol.exponent());
    let Prices { call, put } = by_parity(is_call, value, forward - strike);
    let weight = base.scaled(tails.gauss, -63 - tails.exponent);
    let vega_total = weight.scaled(INV_SQRT_2_PI.mantissa(), INV_SQRT_2_PI.exponent());
    let (inverse, exponent) = (
        recip_mantissa(forward.mantissa()),
        -127 - forward.exponent(),
    );
    let pdf_d1 = vega_total.scaled(inverse, exponent);
    // N(d₁) of the call out of the money, N(−d₁) of the put, or for the former its complement.
    let tail = weight
        .scaled(if is_call { tails.near } else { tails.far }, -64)
        .scaled(inverse, exponent);
    let x1 = Real::from_fixed(at.distance - at.half_vol, 58);
    let x2 = Real::normalised(at.distance as u64 + at.half_vol as u64, -58, false);
    Greeks {
        call,
        put,
        delta: if is_call && tails.is_far_out {
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
