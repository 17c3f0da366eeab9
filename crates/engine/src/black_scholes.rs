//! Value and greeks of European options on a spot price: Black-Scholes with a rate, from decimal inputs.
//!
//! Everything is discounted first: with the strike K' = K·e^(−rτ) the spot is its own forward, and
//! [`crate::black76`] gives present values. What is small is formed exactly before it is rounded: S − K in integers,
//! 1 − e^(−rτ) by its own series. So options very close to the money keep their relative precision.

use crate::black76::{by_parity, Coordinates, Legs, Prices, ONE_58};
use crate::error::Error;
use crate::real::{leading_bits, recip_mantissa, Real};
use crate::special::exp::growth;
use crate::special::ln::{ln_ratio, two_atanh};
use crate::special::normal::INV_SQRT_2_PI;
use crate::state::YEAR;

/// A European option at a continuously compounded rate, without dividends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contract {
    /// Spot, quote per base, WAD, 1e-6 ..= 1e9.
    pub spot: u128,
    /// Strike, quote per base, WAD, 1e-6 ..= 1e9, and within a factor of 1000 of the forward.
    pub strike: u128,
    /// Seconds to expiry, 0 ..= 5 years of 365 days.
    pub seconds: u64,
    /// Vol per √year, WAD, zero or 0.01 ..= 10.
    pub vol: u64,
    /// Rate per year, WAD, -0.2 ..= 0.5.
    pub rate: i64,
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

const WAD: u64 = 1_000_000_000_000_000_000;
/// Lowest and highest spot and strike.
const PRICES: (u128, u128) = (WAD as u128 / 1_000_000, WAD as u128 * 1_000_000_000);
/// Lowest and highest vol, beside zero.
const VOLS: (u64, u64) = (WAD / 100, WAD * 10);
/// Lowest and highest rate.
const RATES: (i64, i64) = (-(WAD as i64) / 5, WAD as i64 / 2);
/// Widest ratio of strike and forward, either way.
const WIDEST: u128 = 1000;

/// √(1/YEAR): a root of seconds times this is a root of years.
const PER_ROOT_YEAR: Real = Real::from_parts(13_454_772_750_962_975_448, -76, false);
/// 1e-18/√YEAR.
const WEI_PER_ROOT_YEAR: Real = Real::from_parts(15_512_296_844_183_439_259, -136, false);
/// 1/YEAR.
const PER_YEAR: Real = Real::from_parts(9_813_705_283_528_192_184, -88, false);
/// 1e-18/YEAR.
const WEI_PER_YEAR: Real = Real::from_parts(11_314_431_861_253_487_134, -148, false);
/// YEAR.
const SECONDS: Real = Real::from_parts(YEAR << 39, -39, false);

/// A product of two numbers above zero.
#[inline(always)]
const fn product(a: Real, b: Real) -> Real {
    a.scaled(b.mantissa(), b.exponent())
}

/// A contract in the engine's numbers, discounted so that the forward is the spot.
pub(crate) struct Discounted {
    pub(crate) spot: Real,
    /// K·e^(−rτ).
    pub(crate) strike: Real,
    /// Spot less discounted strike.
    pub(crate) difference: Real,
    /// ln of discounted strike over spot.
    pub(crate) log_moneyness: Real,
    /// √seconds.
    root: Real,
    /// σ·√τ.
    total_vol: Real,
}

impl Discounted {
    #[inline(always)]
    pub(crate) fn new(contract: &Contract) -> Result<Discounted, Error> {
        let Contract {
            spot,
            strike,
            seconds,
            vol,
            rate,
        } = *contract;
        let ((m_spot, e_spot), (m_strike, e_strike)) = (price_bits(spot), price_bits(strike));
        if inside(contract, e_spot, e_strike) < 0 {
            check(contract)?;
        }
        let (spot_real, strike_real) = (Real::wei(m_spot, e_spot), Real::wei(m_strike, e_strike));
        let signed = strike.wrapping_sub(spot) as i128;
        let is_above = signed > 0;
        let gap = signed.unsigned_abs();
        let (mut difference, mut log_moneyness) = (Real::ZERO, Real::ZERO);
        if gap != 0 {
            let (m_gap, e_gap) = leading_bits(gap);
            difference = Real::wei(m_gap, e_gap);
            let (m_sum, e_sum) = price_bits(spot + strike);
            // |z| ≤ 1/6 is within reach of the logarithm's polynomial; all are below 2^91, and the bound has room.
            log_moneyness = if (gap >> 30) as u64 * 6 <= ((spot + strike) >> 30) as u64 {
                two_atanh(m_gap, m_sum, e_gap - e_sum)
            } else {
                ln_ratio(strike_real, spot_real).abs()
            };
            if is_above {
                difference = -difference;
            } else {
                log_moneyness = -log_moneyness;
            }
        }
        let mut discounted = Discounted {
            spot: spot_real,
            strike: strike_real,
            difference,
            log_moneyness,
            root: Real::ZERO,
            total_vol: Real::ZERO,
        };
        if seconds != 0 {
            discounted.root = Real::positive(seconds, 0).sqrt();
            if vol != 0 {
                discounted.total_vol = product(
                    product(Real::positive(vol, 0), WEI_PER_ROOT_YEAR),
                    discounted.root,
                );
            }
            if rate != 0 {
                discounted.discount(
                    product(
                        product(Real::positive(rate.unsigned_abs(), 0), WEI_PER_YEAR),
                        Real::positive(seconds, 0),
                    ),
                    rate < 0,
                );
            }
        }
        // Below e^4 the ratio of strike and forward is far from its bound.
        if discounted.log_moneyness.exponent() > 2 - 64 {
            check_moneyness(contract)?;
        }
        Ok(discounted)
    }

    /// Applies the factor e^(−rτ) to the strike, given |rτ| and the sign of r.
    #[inline(always)]
    fn discount(&mut self, exponent: Real, is_negative: bool) {
        let (factor, excess) = growth(if is_negative { exponent } else { -exponent });
        let change = product(self.strike, excess.abs());
        if is_negative {
            self.difference -= change;
            self.log_moneyness += exponent;
        } else {
            self.difference += change;
            self.log_moneyness -= exponent;
        }
        self.strike = product(self.strike, factor);
    }

    #[inline(always)]
    fn base(&self) -> (bool, Real) {
        let is_call = !self.log_moneyness.is_negative();
        (is_call, if is_call { self.spot } else { self.strike })
    }
}

/// The 64 leading bits of a spot or strike and the exponent of the lowest, for values from 2^27 to 2^91 without a branch.
#[inline(always)]
fn price_bits(wad: u128) -> (u64, i32) {
    let (high, low) = ((wad >> 27) as u64, (wad as u64) << 37);
    let shift = high.leading_zeros() & 63;
    (
        high << shift | (low >> 1) >> (63 - shift),
        27 - shift as i32,
    )
}

/// Whether all inputs but moneyness are well inside their ranges, by their leading bits: below zero if one may not be.
///
/// 2^40 and 2^89 wei are within 1e-6 and 1e9, 2^54 and 2^63 wei within 0.01 and 10, 2^57 wei below 0.2, and 2^27
/// seconds below five years.
#[inline(always)]
fn inside(contract: &Contract, e_spot: i32, e_strike: i32) -> i32 {
    let Contract {
        spot,
        strike,
        seconds,
        vol,
        rate,
    } = *contract;
    // The number of bits of a price is its exponent + 64.
    let prices =
        (e_spot + 64 - 41) | (89 - 64 - e_spot) | (e_strike + 64 - 41) | (89 - 64 - e_strike);
    let vol_bits = 64 - vol.leading_zeros() as i32;
    let rate_bits = 64 - rate.unsigned_abs().leading_zeros() as i32;
    let wide = ((spot | strike) >> 91) as u64 | seconds >> 27;
    prices | (vol_bits - 55) | (63 - vol_bits) | (57 - rate_bits) | -((wide != 0) as i32)
}

/// Names the first input that is outside its range, but for moneyness.
#[cold]
#[inline(never)]
fn check(contract: &Contract) -> Result<(), Error> {
    let Contract {
        spot,
        strike,
        seconds,
        vol,
        ..
    } = *contract;
    let prices = PRICES.0..=PRICES.1;
    if !prices.contains(&spot) {
        return Err(Error::SpotOutOfRange(spot));
    }
    if !prices.contains(&strike) {
        return Err(Error::StrikeOutOfRange(strike));
    }
    if seconds > 5 * YEAR {
        return Err(Error::TimeOutOfRange(seconds));
    }
    if vol != 0 && !(VOLS.0..=VOLS.1).contains(&vol) {
        return Err(Error::VolOutOfRange(vol));
    }
    if !(RATES.0..=RATES.1).contains(&contract.rate) {
        return Err(Error::RateOutOfRange(contract.rate));
    }
    Ok(())
}

/// Strike against the forward, in integers; exact at a rate of zero, where they meet at the edge.
#[cold]
#[inline(never)]
fn check_moneyness(contract: &Contract) -> Result<(), Error> {
    let Contract {
        spot,
        strike,
        seconds,
        rate,
        ..
    } = *contract;
    let mut forward = spot;
    if rate != 0 && seconds != 0 {
        let exponent =
            Real::from_wad_i128(rate as i128) * Real::from_int(seconds as i64) * PER_YEAR;
        forward = (Real::from_wad_u128(spot) * growth(exponent).0).to_wad_nearest() as u128;
    }
    if strike > WIDEST * forward || forward > WIDEST * strike {
        return Err(Error::MoneynessOutOfRange(strike, forward));
    }
    Ok(())
}

/// Present value of a call and a put.
///
/// # Errors
/// A domain error of [`Error`] when an input is outside the range stated in [`Contract`].
#[inline(never)]
pub fn price(contract: &Contract) -> Result<Prices, Error> {
    let d = Discounted::new(contract)?;
    let (is_call, base) = d.base();
    let at = Coordinates::new(d.log_moneyness, d.total_vol);
    let value = if at.distance - at.half_vol >= 16 * ONE_58 {
        Real::ZERO
    } else {
        Legs::new(base, d.total_vol, &at).value
    };
    Ok(by_parity(is_call, value, d.difference))
}

/// Present values and all greeks of a call and a put, in one pass.
///
/// At zero time or zero vol the values are intrinsic, curvature is zero, and at the money N(d₁) = N(d₂) = 1/2.
///
/// # Errors
/// A domain error of [`Error`] when an input is outside the range stated in [`Contract`].
#[inline(never)]
pub fn value(contract: &Contract) -> Result<Valuation, Error> {
    let d = Discounted::new(contract)?;
    let (is_call, base) = d.base();
    let at = Coordinates::new(d.log_moneyness, d.total_vol);
    if at.distance - at.half_vol >= 16 * ONE_58 {
        return Ok(d.intrinsic(is_call, contract));
    }
    let legs = Legs::new(base, d.total_vol, &at);
    let Prices { call, put } = by_parity(is_call, legs.value, d.difference);
    let weight = legs.weight();
    let (near, far) = (weight.scaled(legs.near, -64), weight.scaled(legs.far, -64));
    let (inverse, exponent) = (recip_mantissa(d.spot.mantissa()), -127 - d.spot.exponent());
    // The smaller of N(d₁) and its complement.
    let tail = if is_call { near } else { far }.scaled(inverse, exponent);
    let rest = Real::ONE - tail;
    let (delta_call, delta_put) = if is_call && legs.is_far_out {
        (tail, -rest)
    } else {
        (rest, -tail)
    };
    // K·D·N(d₂) and its complement, each formed without cancellation where it is small.
    let small = if is_call { far } else { near };
    let large = d.strike - small;
    let (cash_call, cash_put) = if is_call || !legs.is_far_out {
        (small, large)
    } else {
        (large, small)
    };
    let slope = product(weight, INV_SQRT_2_PI);
    let tau = product(Real::positive(contract.seconds, 0), PER_YEAR);
    let per_vol = recip_mantissa(d.root.mantissa());
    let vega = product(product(slope, d.root), PER_ROOT_YEAR);
    // σ/(2√τ) = v/(2τ): two divisions by the root of seconds.
    let per_root = |x: Real| x.scaled(per_vol, -127 - d.root.exponent());
    let decay = product(per_root(per_root(product(slope, d.total_vol))), SECONDS).half();
    let (mut theta_call, mut theta_put) = (-decay, -decay);
    if contract.rate != 0 {
        let rate = Real::from_wad_i128(contract.rate as i128);
        theta_call -= rate * cash_call;
        theta_put += rate * cash_put;
    }
    Ok(Valuation {
        call,
        put,
        delta_call,
        delta_put,
        gamma: product(
            slope.scaled(inverse, exponent).scaled(inverse, exponent),
            Real::from_parts(at.inverse, -127 - d.total_vol.exponent(), false),
        ),
        vega,
        theta_call,
        theta_put,
        rho_call: product(tau, cash_call),
        rho_put: -product(tau, cash_put),
    })
}

impl Discounted {
    /// Without curvature: zero time or vol, or far from the money.
    #[cold]
    #[inline(never)]
    fn intrinsic(&self, is_call: bool, contract: &Contract) -> Valuation {
        let Prices { call, put } = by_parity(is_call, Real::ZERO, self.difference);
        // The probability of exercise: of the call and of the put.
        let (up, down) = if self.log_moneyness.is_zero() {
            (Real::ONE.half(), Real::ONE.half())
        } else if is_call {
            (Real::ZERO, Real::ONE)
        } else {
            (Real::ONE, Real::ZERO)
        };
        let (cash_call, cash_put) = (self.strike * up, self.strike * down);
        let rate = Real::from_wad_i128(contract.rate as i128);
        let tau = Real::from_int(contract.seconds as i64) * PER_YEAR;
        Valuation {
            call,
            put,
            delta_call: up,
            delta_put: -down,
            gamma: Real::ZERO,
            vega: Real::ZERO,
            theta_call: -(rate * cash_call),
            theta_put: rate * cash_put,
            rho_call: tau * cash_call,
            rho_put: -(tau * cash_put),
        }
    }

    /// √τ.
    pub(crate) fn root_tau(&self) -> Real {
        product(self.root, PER_ROOT_YEAR)
    }
}
