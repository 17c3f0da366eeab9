//! Value and greeks of European options on a spot price: Black-Scholes with a rate.
//!
//! Everything is discounted first: with the strike K' = K·e^(−rτ) the spot is its own forward, and values are those
//! of [`crate::price::black76`]. What is small is formed exactly before it is rounded: S − K (in integers, where they are
//! decimals), 1 − e^(−rτ) by its own series. So options very close to the money keep their relative precision.
//!
//! Inputs come as decimals ([`Contract`]) or in the engine's numbers ([`Terms`]), which is what its own formulas do.
//! From there on the way is straight: total variance σ²·τ and its reciprocal root give v and 1/v without a division, and
//! each greek is a product of mantissas that is normalised once.
//!
//! | step | error |
//! |---|---|
//! | total variance; v and 1/v | 2^-59 and 2^-60, relative |
//! | ln(K/S), and its sum with −rτ | 2^-59 relative, 2^-62 of the larger |
//! | x₁ and x₂ | 2^-58, and 2^-59 of what they are made of |
//! | e^(−x₁²/2); either tail; their difference quotient | 2^-60 relative; 2^-60; 2^-55 relative |
//! | products of mantissas | 3·2^-64 each, relative |
//!
//! Together they stay within the bounds of `tests/tolerance`.

mod contract;
mod discount;

pub use contract::{years, Contract, Terms};
pub(crate) use discount::Discounted;

use crate::error::Error;
use crate::number::mantissa::{mul_high, recip_mantissa, within_63};
use crate::number::real::Real;
use crate::number::special::normal::INV_SQRT_2_PI;
use crate::number::special::root::Root;
use crate::price::black76::{by_parity, Prices};
use crate::price::tails::{Tails, FURTHEST};

/// Present values and derivatives of a call and a put.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Valuation {
    /// Call value.
    pub call: Real,
    /// Put value.
    pub put: Real,
    /// Derivative of the call by spot, N(d₁).
    pub delta_call: Real,
    /// Derivative of the put by spot, N(d₁) − 1.
    pub delta_put: Real,
    /// Second derivative of either by spot.
    pub gamma: Real,
    /// Derivative of either by vol, per 1.0 (100 %) of vol.
    pub vega: Real,
    /// Change of the call per year of calendar time.
    pub theta_call: Real,
    /// Change of the put per year of calendar time.
    pub theta_put: Real,
    /// Derivative of the call by the rate, per 1.0.
    pub rho_call: Real,
    /// Derivative of the put by the rate, per 1.0.
    pub rho_put: Real,
}

/// v = σ√τ and 1/v from total variance, without a division.
struct Deviation {
    /// σ·τ: mantissa from 2^62, and exponent.
    area: (u64, i32),
    root: Root,
}

impl Deviation {
    /// For a vol and a time above zero. Relative error 2^-60.
    #[inline(always)]
    fn new(vol: Real, tau: Real) -> Deviation {
        let area = mul_high(vol.mantissa(), tau.mantissa());
        let exponent = vol.exponent() + tau.exponent() + 64;
        Deviation {
            area: (area, exponent),
            root: Root::of(
                mul_high(area, vol.mantissa()),
                exponent + vol.exponent() + 64,
            ),
        }
    }

    /// a/v and v/2 with 58 fraction bits for a = |ln(K/F)| and v below 32, and a number below zero unless a/v is below 32.
    #[inline(always)]
    fn coordinates(&self, log_moneyness: Real) -> (i64, i64, i64) {
        let Root {
            inverse,
            root,
            exponent,
        } = self.root;
        let half_vol = (root >> within_63(7 - exponent)) as i64;
        let shift = exponent - 59 - log_moneyness.exponent();
        let quotient = mul_high(log_moneyness.mantissa(), inverse);
        let distance = (quotient >> within_63(shift)) as i64;
        (distance, half_vol, (shift - 1) as i64)
    }
}

/// Where an option lies, and what its value and greeks are made of.
struct Place {
    is_call: bool,
    base: Real,
    deviation: Deviation,
    distance: i64,
    half_vol: i64,
    /// Below zero if it has no curvature: x₁ is 16 and more, or time or vol is zero.
    is_curved: i64,
}

impl Place {
    #[inline(always)]
    fn new(terms: &Terms, d: &Discounted) -> Place {
        let (is_call, base) = d.base();
        let deviation = Deviation::new(terms.vol, terms.tau);
        let (distance, half_vol, near) = deviation.coordinates(d.log_moneyness);
        let inside = (FURTHEST - 1).wrapping_sub(distance.wrapping_sub(half_vol));
        // A normal mantissa has its top bit set.
        let flat = !(terms.vol.mantissa() & terms.tau.mantissa()) as i64;
        Place {
            is_call,
            base,
            deviation,
            distance,
            half_vol,
            is_curved: near | inside | flat,
        }
    }

    /// Whether K/F may have to be looked at, or there is no curvature: one branch for what is rare.
    #[inline(always)]
    fn is_unusual(&self, d: &Discounted) -> bool {
        (self.is_curved | d.is_narrow()) < 0
    }

    /// a/v + v/2 is below 19, or with a v below 1 below 17, because |ln(K/F)| is below 7.
    #[inline(always)]
    fn tails(&self) -> Tails {
        Tails::new(self.distance - self.half_vol, self.distance + self.half_vol)
    }

    #[inline(always)]
    fn prices(&self, d: &Discounted, tails: &Tails) -> Prices {
        let Root { root, exponent, .. } = self.deviation.root;
        let value = tails.value(self.base, root, exponent - 64);
        by_parity(self.is_call, value, d.excess)
    }
}

/// Present value of a call and a put.
///
/// # Errors
/// A domain error of [`Error`] when an input is outside the range stated in [`Contract`].
#[inline]
pub fn price(contract: &Contract) -> Result<Prices, Error> {
    let (terms, excess) = contract.terms()?;
    let d = Discounted::new(&terms, Some(excess));
    let place = Place::new(&terms, &d);
    if place.is_unusual(&d) && d.is_narrow() < 0 {
        contract.check_moneyness(&terms)?;
    }
    Ok(prices(&d, &place))
}

/// [`price`] from the engine's numbers.
///
/// # Errors
/// As [`price`].
#[inline]
pub fn price_terms(terms: &Terms) -> Result<Prices, Error> {
    terms.check()?;
    let d = Discounted::new(terms, None);
    let place = Place::new(terms, &d);
    if place.is_unusual(&d) && d.is_narrow() < 0 {
        terms.check_moneyness()?;
    }
    Ok(prices(&d, &place))
}

#[inline(always)]
fn prices(d: &Discounted, place: &Place) -> Prices {
    if place.is_curved < 0 {
        return by_parity(place.is_call, Real::ZERO, d.excess);
    }
    place.prices(d, &place.tails())
}

/// Present values and all greeks of a call and a put, in one pass.
///
/// At zero time or zero vol the values are intrinsic, curvature is zero, and at the money N(d₁) = N(d₂) = 1/2.
///
/// # Errors
/// A domain error of [`Error`] when an input is outside the range stated in [`Contract`].
#[inline]
pub fn value(contract: &Contract) -> Result<Valuation, Error> {
    let (terms, excess) = contract.terms()?;
    let d = Discounted::new(&terms, Some(excess));
    let place = Place::new(&terms, &d);
    if place.is_unusual(&d) && d.is_narrow() < 0 {
        contract.check_moneyness(&terms)?;
    }
    Ok(valuation(&terms, &d, &place))
}

/// [`value`] from the engine's numbers.
///
/// # Errors
/// As [`value`].
#[inline]
pub fn value_terms(terms: &Terms) -> Result<Valuation, Error> {
    terms.check()?;
    let d = Discounted::new(terms, None);
    let place = Place::new(terms, &d);
    if place.is_unusual(&d) && d.is_narrow() < 0 {
        terms.check_moneyness()?;
    }
    Ok(valuation(terms, &d, &place))
}

#[inline(always)]
fn valuation(terms: &Terms, d: &Discounted, place: &Place) -> Valuation {
    if place.is_curved < 0 {
        return intrinsic(terms, d);
    }
    greeks(terms, d, place)
}

/// Products are of mantissas from 2^60 up; exponents are added beside them, and a greek is normalised once.
#[inline(always)]
fn greeks(terms: &Terms, d: &Discounted, place: &Place) -> Valuation {
    let Place {
        is_call,
        base,
        ref deviation,
        ..
    } = *place;
    let tails = place.tails();
    let Prices { call, put } = place.prices(d, &tails);
    // F·φ(d₁)·√(2π) = B·e^(−x₁²/2).
    let weight = mul_high(base.mantissa(), tails.gauss);
    let weight_exponent = base.exponent() + 1 - tails.exponent;
    let near = Real::positive(mul_high(weight, tails.near), weight_exponent);
    let far = Real::positive(mul_high(weight, tails.far), weight_exponent);
    let per_spot = recip_mantissa(d.spot.mantissa());
    let per_spot_exponent = -127 - d.spot.exponent();
    // The smaller of N(d₁) and its complement, and the larger.
    let tail = Real::ordered(is_call, near, far)
        .0
        .scaled(per_spot, per_spot_exponent);
    let rest = Real::ONE.less(tail);
    let is_far_call = is_call & tails.is_far_out;
    let (delta_call, delta_put) = Real::ordered(is_far_call, tail, rest);
    let delta_put = -delta_put;
    // K·D·N(d₂) and its complement, each formed without cancellation where it is small.
    let small = Real::ordered(is_call, far, near).0;
    let large = d.strike.less(small);
    let (cash_call, cash_put) = Real::ordered(is_call | !tails.is_far_out, small, large);
    // S·φ(d₁)/v, and with it vega S·φ·σ·τ/v, gamma S·φ/(v·S²) and the decay S·φ·σ²/(2v).
    let slope = mul_high(weight, INV_SQRT_2_PI.mantissa());
    let steep = mul_high(slope, deviation.root.inverse);
    let steep_exponent =
        weight_exponent + 64 + INV_SQRT_2_PI.exponent() + 64 - 63 - deviation.root.exponent;
    let (area, area_exponent) = deviation.area;
    let vega = Real::positive(mul_high(steep, area), steep_exponent + area_exponent + 64);
    let gamma = Real::positive(
        mul_high(steep, mul_high(per_spot, per_spot)),
        steep_exponent + 2 * (per_spot_exponent + 64),
    );
    let vol = terms.vol;
    let decay = Real::positive(
        mul_high(steep, mul_high(vol.mantissa(), vol.mantissa())),
        steep_exponent + 2 * (vol.exponent() + 64) - 1,
    );
    let (mut theta_call, mut theta_put) = (-decay, -decay);
    if !terms.rate.is_zero() {
        theta_call = theta_call.plus_near(-terms.rate.times_near(cash_call));
        theta_put = theta_put.plus_near(terms.rate.times_near(cash_put));
    }
    Valuation {
        call,
        put,
        delta_call,
        delta_put,
        gamma,
        vega,
        theta_call,
        theta_put,
        rho_call: terms.tau.times_near(cash_call),
        rho_put: -terms.tau.times_near(cash_put),
    }
}

/// Without curvature: zero time or vol, or far from the money.
#[cold]
#[inline(never)]
fn intrinsic(terms: &Terms, d: &Discounted) -> Valuation {
    let (is_call, _) = d.base();
    let Prices { call, put } = by_parity(is_call, Real::ZERO, d.excess);
    // The probability of exercise: of the call and of the put.
    let (up, down) = if d.log_moneyness.is_zero() {
        (Real::ONE.half(), Real::ONE.half())
    } else if is_call {
        (Real::ZERO, Real::ONE)
    } else {
        (Real::ONE, Real::ZERO)
    };
    let (cash_call, cash_put) = (d.strike * up, d.strike * down);
    Valuation {
        call,
        put,
        delta_call: up,
        delta_put: -down,
        gamma: Real::ZERO,
        vega: Real::ZERO,
        theta_call: -(terms.rate * cash_call),
        theta_put: terms.rate * cash_put,
        rho_call: terms.tau * cash_call,
        rho_put: -(terms.tau * cash_put),
    }
}
