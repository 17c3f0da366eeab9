//! Value and greeks of European options: Black 1976 on a forward, Black-Scholes on spot and rate.
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

use crate::error::Error;
use crate::real::{mul_high, Real};
use crate::special::exp::{exp_minus_one, gaussian};
use crate::special::ln::{ln, two_atanh};
use crate::special::mills::{pair, Point};
use crate::special::normal::INV_SQRT_2_PI;
use crate::state::YEAR;

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
const ONE_58: u64 = 1 << 58;

/// The pieces that every value and greek is made of.
struct Legs {
    /// Whether the out-of-the-money option is the call.
    is_call: bool,
    /// Its value.
    value: Real,
    /// B·e^(−x₁²/2) = F·φ(d₁)·√(2π).
    weight: Real,
    /// B·N(−x₁): what the option's own payoff asset contributes, F·N(d₁) of the call or K·N(−d₂) of the put.
    near: Real,
    /// B − `near`, formed without cancellation.
    rest: Real,
    /// What is paid for it: K·N(d₂) of the call or F·N(−d₁) of the put.
    far: Real,
}

impl Legs {
    /// `difference` is F − K; it decides which option is out of the money.
    #[inline(always)]
    fn new(forward: Real, strike: Real, difference: Real, distance: Real, total_vol: Real) -> Legs {
        let is_call = difference.is_negative() || difference.is_zero();
        let base = if is_call { forward } else { strike };
        let none = Legs {
            is_call,
            value: Real::ZERO,
            weight: Real::ZERO,
            near: Real::ZERO,
            rest: base,
            far: Real::ZERO,
        };
        // Both below 32 in 58 fraction bits: a total vol of more than 64 acts as 64.
        let (distance, half_vol) = (distance.to_fixed(58), total_vol.to_fixed(57));
        let near = distance - half_vol;
        let far = distance as u64 + half_vol as u64;
        if total_vol.is_zero() {
            let half = if difference.is_zero() {
                base.half()
            } else {
                Real::ZERO
            };
            return Legs {
                near: half,
                rest: base - half,
                far: half,
                ..none
            };
        }
        if near >= 16 * ONE_58 as i64 {
            return none;
        }
        Legs::curved(
            is_call,
            base,
            near,
            far.min(32 * ONE_58 - 1) as i64,
            total_vol,
        )
    }

    #[inline(always)]
    fn curved(is_call: bool, base: Real, x1: i64, x2: i64, total_vol: Real) -> Legs {
        let is_far_out = x1 >= -(ONE_58 as i64 >> 6);
        let (point1, point2) = (
            Point::new(if is_far_out { x1 } else { -x1 }),
            Point::new(x2),
        );
        let tails = pair(point1, point2);
        let (gauss, n) = gaussian(x1.unsigned_abs());
        let weight = base * Real::normalised(gauss, -63 - n, false);
        let tail2 = tails.far;
        let tail1 = tail2 + (mul_signed(point1.minus(point2), tails.slope) << 1);
        let far = weight * Real::from_fixed(tail2, 61);
        let tail = weight * Real::from_fixed(tail1, 61);
        if is_far_out {
            let product = mul_high(
                mul_high(gauss, (tails.slope as u64) << 1),
                mul_high(point1.r, point2.r),
            );
            let value = base * total_vol * Real::normalised(product, -62 - n, false);
            return Legs {
                is_call,
                value,
                weight,
                near: tail,
                rest: base - tail,
                far,
            };
        }
        let product = mul_high(gauss, ((tail1 + tail2) as u64) << 2) >> n.min(63);
        let value = base * Real::from_fixed((1 << 62) - product as i64, 62);
        Legs {
            is_call,
            value,
            weight,
            near: base - tail,
            rest: tail,
            far,
        }
    }

    /// Call and put, by parity.
    #[inline(always)]
    fn prices(&self, difference: Real) -> Prices {
        if self.is_call {
            Prices {
                call: self.value,
                put: self.value - difference,
            }
        } else {
            Prices {
                call: self.value + difference,
                put: self.value,
            }
        }
    }

    /// F·N(d₁).
    #[inline(always)]
    fn asset(&self, forward: Real) -> Real {
        if self.is_call {
            self.near
        } else {
            forward - self.far
        }
    }
}

/// Signed high product of 64-bit factors; the sum of scales less 64.
#[inline(always)]
fn mul_signed(a: i64, b: i64) -> i64 {
    let product = mul_high(a.unsigned_abs(), b.unsigned_abs()) as i64;
    if (a ^ b) < 0 {
        -product
    } else {
        product
    }
}

/// Values of the call and the put.
#[inline(never)]
pub fn price(inputs: &Inputs) -> Prices {
    let difference = inputs.forward - inputs.strike;
    let distance = (inputs.log_moneyness / inputs.total_vol).abs();
    Legs::new(
        inputs.forward,
        inputs.strike,
        difference,
        distance,
        inputs.total_vol,
    )
    .prices(difference)
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
    let difference = forward - strike;
    let moneyness = log_moneyness / total_vol;
    let legs = Legs::new(forward, strike, difference, moneyness.abs(), total_vol);
    let Prices { call, put } = legs.prices(difference);
    let vega_total = legs.weight * INV_SQRT_2_PI;
    let per_forward = forward.recip();
    let pdf_d1 = vega_total * per_forward;
    let delta = legs.asset(forward) * per_forward;
    if total_vol.is_zero() {
        let zero = Real::ZERO;
        return Greeks {
            call,
            put,
            delta,
            pdf_d1,
            vega_total,
            gamma: zero,
            d1: zero,
            d2: zero,
        };
    }
    let half = total_vol.half();
    Greeks {
        call,
        put,
        delta,
        pdf_d1,
        vega_total,
        gamma: pdf_d1 * per_forward / total_vol,
        d1: half - moneyness,
        d2: -half - moneyness,
    }
}

/// A European option on a spot price at a continuously compounded rate, without dividends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contract {
    /// Spot, quote per base, WAD, 1e-6 ..= 1e9.
    pub spot: u128,
    /// Strike, quote per base, WAD, 1e-6 ..= 1e9, and within a factor of 1000 of the forward.
    pub strike: u128,
    /// Seconds to expiry, 0 ..= 5 years of 365 days.
    pub seconds: u64,
    /// Vol per √year, WAD, zero or 0.01 ..= 10.
    pub vol: u128,
    /// Rate per year, WAD, -0.2 ..= 0.5.
    pub rate: i128,
}

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

/// 1e18.
const WAD: u128 = 1_000_000_000_000_000_000;
/// Longest time to expiry, seconds.
const LONGEST: u64 = 5 * YEAR;

/// A contract in the engine's numbers, everything discounted: the strike is K·e^(−rτ), so that the forward is the spot.
struct Discounted {
    spot: Real,
    strike: Real,
    /// Spot less discounted strike.
    difference: Real,
    /// ln of discounted strike over spot.
    log_moneyness: Real,
    vol: Real,
    rate: Real,
    tau: Real,
    root_tau: Real,
}

impl Discounted {
    #[inline(always)]
    fn new(contract: &Contract) -> Result<Discounted, Error> {
        let Contract {
            spot,
            strike,
            seconds,
            vol,
            rate,
        } = *contract;
        let prices = WAD / 1_000_000..=WAD * 1_000_000_000;
        if !prices.contains(&spot) {
            return Err(Error::SpotOutOfRange(spot));
        }
        if !prices.contains(&strike) {
            return Err(Error::StrikeOutOfRange(strike));
        }
        if seconds > LONGEST {
            return Err(Error::TimeOutOfRange(seconds));
        }
        if vol != 0 && !(WAD / 100..=WAD * 10).contains(&vol) {
            return Err(Error::VolOutOfRange(vol));
        }
        if !(-(WAD as i128) / 5..=WAD as i128 / 2).contains(&rate) {
            return Err(Error::RateOutOfRange(rate));
        }
        let tau = Real::from_int(seconds as i64) / Real::from_int(YEAR as i64);
        let rate = Real::from_wad_i128(rate);
        let exponent = rate * tau;
        let growth = exp_minus_one(-exponent);
        let (spot_wad, strike_wad) = (spot, strike);
        let (spot, strike) = (Real::from_wad_u128(spot), Real::from_wad_u128(strike));
        let forward = if exponent.is_zero() {
            spot_wad
        } else {
            (spot / (Real::ONE + growth)).to_wad_nearest() as u128
        };
        if strike_wad > 1000 * forward || forward > 1000 * strike_wad {
            return Err(Error::MoneynessOutOfRange(strike_wad, forward));
        }
        // Exact before it is rounded, so that options very close to the money keep their precision.
        let difference = Real::from_wad_i128(spot_wad as i128 - strike_wad as i128);
        let ratio = -difference / (spot + strike);
        let log = if ratio.abs() < NEAR {
            two_atanh(ratio)
        } else {
            ln(strike / spot)
        };
        Ok(Discounted {
            spot,
            strike: strike + strike * growth,
            difference: difference - strike * growth,
            log_moneyness: log - exponent,
            vol: Real::from_wad_u128(vol),
            rate,
            tau,
            root_tau: tau.sqrt(),
        })
    }
}

/// (√2 − 1)/(√2 + 1), the reach of the logarithm's polynomial.
const NEAR: Real = Real::from_ratio(17_157, 100_000);

/// Present value of a call and a put.
///
/// # Errors
/// A domain error of [`Error`] when an input is outside the range stated in [`Contract`].
#[inline(never)]
pub fn black_scholes_price(contract: &Contract) -> Result<Prices, Error> {
    let d = Discounted::new(contract)?;
    let total_vol = d.vol * d.root_tau;
    let distance = (d.log_moneyness / total_vol).abs();
    Ok(Legs::new(d.spot, d.strike, d.difference, distance, total_vol).prices(d.difference))
}

/// Present values and all greeks of a call and a put, in one pass.
///
/// At zero time or zero vol the values are intrinsic, curvature is zero, and at the money N(d₁) = N(d₂) = 1/2.
///
/// # Errors
/// A domain error of [`Error`] when an input is outside the range stated in [`Contract`].
#[inline(never)]
pub fn black_scholes(contract: &Contract) -> Result<Valuation, Error> {
    let d = Discounted::new(contract)?;
    let total_vol = d.vol * d.root_tau;
    let distance = (d.log_moneyness / total_vol).abs();
    let legs = Legs::new(d.spot, d.strike, d.difference, distance, total_vol);
    let Prices { call, put } = legs.prices(d.difference);
    let per_spot = d.spot.recip();
    // N(d₁) and its complement, K·D·N(d₂) and its complement, each formed without cancellation where it is small.
    let (delta_call, delta_put, cash_call, cash_put) = if legs.is_call {
        (
            legs.near * per_spot,
            -(legs.rest * per_spot),
            legs.far,
            d.strike - legs.far,
        )
    } else {
        let delta = legs.far * per_spot;
        (Real::ONE - delta, -delta, legs.rest, legs.near)
    };
    let slope = legs.weight * INV_SQRT_2_PI;
    let decay = if total_vol.is_zero() {
        Real::ZERO
    } else {
        (slope * d.vol / d.root_tau).half()
    };
    let gamma = if total_vol.is_zero() {
        Real::ZERO
    } else {
        slope * per_spot.square() / total_vol
    };
    Ok(Valuation {
        call,
        put,
        delta_call,
        delta_put,
        gamma,
        vega: slope * d.root_tau,
        theta_call: -decay - d.rate * cash_call,
        theta_put: d.rate * cash_put - decay,
        rho_call: d.tau * cash_call,
        rho_put: -(d.tau * cash_put),
    })
}
