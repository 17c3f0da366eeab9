//! The vol that a price implies.
//!
//! **Reduction.** By parity every price becomes that of the out-of-the-money option, p, with 0 < p < B = min(F, K).
//! It rises strictly with total vol v from 0 to B, so there is one root.
//!
//! **Start.** In the normal (Bachelier) model p/|F − K| is a function of the distance x alone; a fitted rational
//! function inverts it within 1 %, and `v = |k|/x·(1 + (k/x)²/24)` carries it over to Black's model. The start
//! is within a few per cent for v up to 2. Where p is above 3/4·B, what it lacks to B is nearly twice a normal tail at
//! v/2, and its quantile is the start.
//!
//! **Steps.** With δ the excess of the value over p, w = B·φ(x₁) its derivative and `s = x₁·x₂/v` the ratio of its second
//! derivative to the first, Halley's step is `−2δ/(2w − δ·s)`: third order, and the same step that the
//! first rational approximation of ln(value/p) gives, which is why it also holds far from the money. Where p is
//! above 3/4·B, Halley's step on ln(B − p) takes its place, since B − p falls like a normal tail there.
//!
//! **Convergence.** The value is convex in v below √(2|k|) and concave above. Steps are kept within a factor of two,
//! and the search ends when a step is below 2^-24 of v, after which a third-order error is far below the
//! rounding of the price. A test covers the (k, d₁) plane with a grid on which at most four steps are taken; sixteen
//! steps without convergence are reported as a price without information.

use crate::error::Error;
use crate::number::mantissa::{mul_high, recip_mantissa, within_63};
use crate::number::real::Real;
use crate::number::special::ln::ln_ratio;
use crate::number::special::root::inverse_root;
use crate::price::black76::{mul_signed, out_of_the_money, Slope};
use crate::price::black_scholes::{Contract, Discounted, Terms};
use crate::state::Kind;

/// More steps than any price with information takes.
const MOST_STEPS: usize = 16;
/// Of the contract's vol, which is not read.
const ANY_VOL: u64 = 1_000_000_000_000_000_000;
/// 1 and 1/2 with 62 fraction bits, the scale of relative steps.
const ONE_62: i64 = 1 << 62;
const HALF_62: i64 = 1 << 61;
/// A step of this and less is the last: 2^-24.
const LAST_62: i64 = 1 << 38;
/// √(2π).
const SQRT_2_PI: Real = Real::from_parts(11_559_782_567_510_551_731, -62, false);

/// The price of an option, undiscounted, and what it is written on. All in quote per base, above zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Call or put.
    pub kind: Kind,
    /// Its undiscounted price.
    pub price: Real,
    /// Forward price.
    pub forward: Real,
    /// Strike.
    pub strike: Real,
    /// ln(strike/forward).
    pub log_moneyness: Real,
}

/// σ·√τ for a price, to the precision the price carries: the error is that of the price over its vega.
///
/// # Errors
/// [`Error::PriceOutOfRange`] when the price is below intrinsic value or not below forward (call) or strike (put),
/// so that no vol produces it; [`Error::PriceWithoutInformation`] when what it adds to intrinsic value, or what it
/// lacks to its upper bound, is zero or lost in the rounding of the price (2^-50 of it). Both carry the price in WAD.
#[inline(never)]
pub fn implied_total_vol(observation: &Observation) -> Result<Real, Error> {
    let difference = observation.forward - observation.strike;
    solve(observation, difference).map_err(|refusal| refusal.of(wad(observation.price)))
}

/// The implied vol per √year of a discounted price. The contract's own vol is not read.
///
/// # Errors
/// A domain error of the contract; [`Error::TimeOutOfRange`] at expiry, where no price implies a vol; otherwise as
/// [`implied_total_vol`].
#[inline(never)]
pub fn implied_vol(contract: &Contract, kind: Kind, price: u128) -> Result<Real, Error> {
    if contract.seconds == 0 {
        return Err(Error::TimeOutOfRange(0));
    }
    let (d, tau) = Discounted::of(&Contract {
        vol: ANY_VOL,
        ..*contract
    })?;
    per_root_year(&d, tau, kind, Real::from_wad_u128(price)).map_err(|refusal| refusal.of(price))
}

/// [`implied_vol`] from the engine's numbers.
///
/// # Errors
/// As [`implied_vol`].
#[inline(never)]
pub fn implied_vol_terms(terms: &Terms, kind: Kind, price: Real) -> Result<Real, Error> {
    if terms.tau.is_zero() {
        return Err(Error::TimeOutOfRange(0));
    }
    let d = Discounted::of_terms(&Terms {
        vol: Real::ONE,
        ..*terms
    })?;
    per_root_year(&d, terms.tau, kind, price).map_err(|refusal| refusal.of(wad(price)))
}

/// An error without its price, which is converted to decimals only when it is needed.
enum Refusal {
    OutOfRange,
    WithoutInformation,
}

impl Refusal {
    fn of(self, price: u128) -> Error {
        match self {
            Refusal::OutOfRange => Error::PriceOutOfRange(price),
            Refusal::WithoutInformation => Error::PriceWithoutInformation(price),
        }
    }
}

#[inline(always)]
fn per_root_year(d: &Discounted, tau: Real, kind: Kind, price: Real) -> Result<Real, Refusal> {
    let observation = Observation {
        kind,
        price,
        forward: d.spot,
        strike: d.strike,
        log_moneyness: d.log_moneyness,
    };
    let total_vol = solve(&observation, d.excess)?;
    Ok(total_vol.times_near(inverse_root(tau)))
}

/// `difference` is forward less strike, or the reverse; its size counts.
#[inline(never)]
fn solve(observation: &Observation, difference: Real) -> Result<Real, Refusal> {
    let Observation {
        kind,
        price,
        forward,
        strike,
        log_moneyness,
    } = *observation;
    let is_call = !log_moneyness.is_negative();
    let base = if is_call { forward } else { strike };
    let gap = difference.abs();
    let is_out = is_call == (kind == Kind::Call);
    let target = if is_out { price } else { price.plus_near(-gap) };
    let room = base.plus_near(-target);
    let lost = price.exponent() - 50;
    // Powers of two are fine enough for these bounds, and comparing exponents is cheap.
    if (target.is_negative() && target.exponent() > lost) || room.is_negative() | room.is_zero() {
        return Err(Refusal::OutOfRange);
    }
    // The last bound is where the distribution itself ends, near 14 standard deviations.
    if target.is_negative() | target.is_zero()
        || (!is_out && target.exponent() <= lost)
        || room.exponent() <= lost
        || target.exponent() <= base.exponent() - 150
    {
        return Err(Refusal::WithoutInformation);
    }
    let distance = log_moneyness.abs();
    let is_high = room < base.mul_pow2(-2);
    let start = if is_high {
        high_start(room, base, distance)
    } else {
        start(target, gap, distance, forward.plus_positive(strike))
    };
    let goal = if is_high {
        Goal::Room(room)
    } else {
        Goal::Value(target)
    };
    match search(goal, base, log_moneyness, start) {
        Some((vol, _)) => Ok(vol),
        None => Err(Refusal::WithoutInformation),
    }
}

/// What to reach: a value out of the money, or what it lacks to its bound.
enum Goal {
    Value(Real),
    Room(Real),
}

/// The root and the number of steps to it.
#[inline(always)]
fn search(goal: Goal, base: Real, log_moneyness: Real, start: Real) -> Option<(Real, usize)> {
    let mut vol = start;
    for steps in 1..=MOST_STEPS {
        let Some(at) = out_of_the_money(base, log_moneyness, vol) else {
            vol = vol.double();
            continue;
        };
        let step = match goal {
            Goal::Value(target) => plain_step(&at, target, vol),
            Goal::Room(room) => log_step(&at, room, base, vol),
        };
        if step.abs() >= HALF_62 {
            vol = vol.mul_pow2(if step < 0 { 1 } else { -1 });
            continue;
        }
        vol = vol.scaled((ONE_62 - step) as u64, -62);
        if step.abs() <= LAST_62 {
            return Some((vol, steps));
        }
    }
    None
}

/// Halley's step over v: ρ/(1 − ρ·x₁·x₂/2) with ρ = δ/(w·v), the relative Newton step. 62 fraction bits, held within ±1.
#[inline(always)]
fn plain_step(at: &Slope, target: Real, vol: Real) -> i64 {
    let excess = at.value.plus_near(-target);
    let newton = mul_high(
        mul_high(excess.mantissa(), recip_mantissa(at.slope.mantissa())),
        at.inverse,
    );
    // Zero has the lowest of exponents.
    let shift = at.slope.exponent() + vol.exponent() + 64 - excess.exponent();
    let newton = if shift < 2 {
        ONE_62
    } else {
        (newton >> within_63(shift)) as i64
    };
    let sign = -(excess.is_negative() as i64);
    // ρ·x₁·x₂/2 with 50 fraction bits.
    let bend = (mul_signed(newton, at.product) ^ sign) - sign;
    // Not below a half, so that no step grows out of proportion.
    let rest = ((1 << 50) - bend).max(1 << 49) as u64;
    let spare = rest.leading_zeros();
    let quotient = mul_high((newton as u64) << 1, recip_mantissa(rest << spare));
    let step = (quotient >> (14 - spare.min(14))).min(ONE_62 as u64) as i64;
    (step ^ sign) - sign
}

/// Halley's step over v on −ln(B − value): g/g' = ln(room/rest)·rest/w and g''/g' = s + w/rest. As [`plain_step`].
#[inline(always)]
fn log_step(at: &Slope, room: Real, base: Real, vol: Real) -> i64 {
    let rest = base.plus_near(-at.value);
    if rest.is_negative() | rest.is_zero() {
        return ONE_62;
    }
    let log = ln_ratio(room, rest);
    if log.is_zero() {
        return 0;
    }
    let newton = log.times_near(over(rest, by_log(at, vol)));
    let steepness = over(by_log(at, vol), rest);
    let bend = newton * Real::from_fixed(at.product, 51).plus_near(steepness);
    let bend = Real::ONE.plus_near(-bend.half());
    if bend.exponent() < -64 || bend.is_negative() {
        return if newton.is_negative() {
            -ONE_62
        } else {
            ONE_62
        };
    }
    newton
        .scaled_signed(recip_mantissa(bend.mantissa()), -127 - bend.exponent())
        .to_fixed(62)
}

/// w·v: the derivative by the logarithm of v.
#[inline(always)]
fn by_log(at: &Slope, vol: Real) -> Real {
    at.slope.times_near(vol)
}

/// a/b for numbers above zero.
#[inline(always)]
fn over(a: Real, b: Real) -> Real {
    a.scaled(recip_mantissa(b.mantissa()), -127 - b.exponent())
}

/// A start for the search; `gap` is |F − K|, `distance` |k|, `sum` F + K.
fn start(target: Real, gap: Real, distance: Real, sum: Real) -> Real {
    // About twice the gap: by exponents, which is near enough for a start.
    if target.exponent() > gap.exponent() {
        // Near the money: value ≈ σ/√(2π) − gap/2.
        return near(over(
            target.double().plus_positive(gap).times_near(SQRT_2_PI),
            sum,
        ));
    }
    // ln(target/gap) in 16 fraction bits, from a cubic for log₂ of the mantissa (error 0.001).
    let ratio = over(target, gap);
    let f = ((ratio.mantissa() << 1) >> 48) as i64;
    let log2 = f + (((((65_536 - f) * f) >> 16) * (27_582 - ((10_249 * f) >> 16))) >> 16);
    let l = (((ratio.exponent() + 63) as i64) << 16) + log2;
    let l = (l * 45_426) >> 16;
    let step = |sum: i64, coefficient: i64| coefficient + ((sum * l) >> 16);
    let numerator = step(step(step(-2_581, 5_875), -7_768), 4_935);
    let denominator = step(step(1_353, -10_471), 65_536);
    let square = over(
        Real::positive(numerator as u64, -16),
        Real::positive(denominator as u64, -16),
    );
    near(distance.times_near(inverse_root(square)))
}

/// A start where the value is most of its bound B: for h = v/2 and a = |k|/v the rest of it is near
/// 2·N(−h)·e^(|k|/2 − a²/2) of B. N is inverted within 0.003 (Abramowitz and Stegun 26.2.22).
#[inline(never)]
fn high_start(room: Real, base: Real, distance: Real) -> Real {
    const LN_4: Real = Real::from_ratio(1_386_294_361_119_890_619, 1_000_000_000_000_000_000);
    let square = ln_ratio(base, room)
        .double()
        .plus_positive(LN_4)
        .plus_positive(distance);
    // 28 fraction bits from here.
    let t = square.times_near(inverse_root(square)).to_fixed(28);
    let times = |a: i64, b: i64| (a * b) >> 28;
    let numerator = 619_428_000 + times(72_641_000, t);
    let denominator = (1 << 28) + times(266_365_000 + times(12_029_000, t), t);
    let half = t - (numerator << 28) / denominator;
    let distance = (distance.to_fixed(28) << 27) / half.max(1 << 24);
    let half = half - (times(distance, distance) << 27) / (half + (1 << 27));
    Real::from_fixed(half.max(1 << 26), 27)
}

/// From a normal vol over the geometric mean of forward and strike to Black's: v·(1 + v²/24).
#[inline(always)]
fn near(vol: Real) -> Real {
    const PER_24: Real = Real::from_ratio(1, 24);
    let square = vol.times_near(vol);
    vol.plus_positive(vol.times_near(square).times_near(PER_24))
}

/// A price as an error carries it.
fn wad(price: Real) -> u128 {
    price.to_wad_nearest().max(0) as u128
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use crate::number::special::exp::exp;

    /// Every point of a grid over the (k, d₁) plane: total vols from 3e-8 to 22, prices down to 1e-37 of the forward.
    #[test]
    fn search_converges_in_few_steps_everywhere() {
        let mut most = 0;
        let scale = |i: i64| Real::from_int(7) * exp(Real::from_int(-3 * i) / Real::from_int(10));
        for k in (0..60).map(scale).chain([Real::ZERO]) {
            for d1 in (-120i64..=120).map(|d| Real::from_int(d) / Real::from_int(10)) {
                let vol = d1 + (d1.square() + k.double()).sqrt();
                if vol < Real::from_ratio(1, 30_000_000) || vol > Real::from_int(22) {
                    continue;
                }
                let base = Real::ONE;
                let Some(at) = out_of_the_money(base, k, vol) else {
                    continue;
                };
                let gap = exp(k) - Real::ONE;
                let room = base - at.value;
                if room < Real::ONE.mul_pow2(-50) {
                    continue;
                }
                let (goal, start) = if room < base.mul_pow2(-2) {
                    (Goal::Room(room), high_start(room, base, k))
                } else {
                    let sum = gap + Real::from_int(2);
                    (Goal::Value(at.value), start(at.value, gap, k, sum))
                };
                let (found, steps) = search(goal, base, k, start)
                    .unwrap_or_else(|| panic!("no convergence at k {k:?} d1 {d1:?}"));
                most = most.max(steps);
                // What the rounding of the value allows: 2^-56 of it and 2^-57 of B, over the slope.
                let rounding = at.value.mul_pow2(-56) + base.mul_pow2(-57);
                let allowed = rounding / at.slope + vol.mul_pow2(-58);
                assert!(
                    (found - vol).abs() <= allowed,
                    "k {k:?} d1 {d1:?} vol {vol:?} found {found:?}"
                );
            }
        }
        assert!(most <= 4, "{most} steps");
    }
}
