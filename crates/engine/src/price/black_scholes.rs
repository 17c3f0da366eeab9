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

use crate::error::Error;
use crate::number::real::{leading_bits, mul_high, recip_mantissa, within_63, Real};
use crate::number::special::exp::{exp, small};
use crate::number::special::ln::log;
use crate::number::special::normal::INV_SQRT_2_PI;
use crate::number::special::root::Root;
use crate::price::black76::{by_parity, Prices};
use crate::price::tails::{Tails, FURTHEST};
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

/// A European option in the engine's numbers; the ranges are those of [`Contract`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Spot, quote per base.
    pub spot: Real,
    /// Strike, quote per base.
    pub strike: Real,
    /// Time to expiry in years of 365 days: zero, or a second ([`Terms::SECOND`]) and more.
    pub tau: Real,
    /// Vol per √year.
    pub vol: Real,
    /// Rate per year.
    pub rate: Real,
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
/// Most seconds.
const LONGEST: u64 = 5 * YEAR;
/// Widest ratio of strike and forward, either way.
const WIDEST: u64 = 1000;

/// Seconds as years of 365 days.
pub fn years(seconds: u64) -> Real {
    Real::of_units(seconds, Terms::SECOND)
}

impl Terms {
    /// One second in years.
    pub const SECOND: Real = Real::from_parts(9_813_705_283_528_192_184, -88, false);

    /// Whether all is well inside its range but for moneyness, by exponents; if not, it may still be inside.
    /// Zero time and zero vol are not.
    #[inline(always)]
    fn is_inside(&self) -> bool {
        let Terms {
            spot,
            strike,
            tau,
            vol,
            rate,
        } = self;
        // Below zero unless the value is from 2^low to 2^high.
        let outside = |x: &Real, low: i32, high: i32| {
            (x.scale() - 2 * (low - 63)) | (2 * (high - 64) - x.scale())
        };
        let signs = spot.scale() | strike.scale() | tau.scale() | vol.scale();
        let out = outside(spot, -19, 29)
            | outside(strike, -19, 29)
            | outside(tau, -24, 2)
            | outside(vol, -6, 3)
            | (2 * (-3 - 64) - rate.scale());
        let normal = spot.mantissa() & strike.mantissa() & tau.mantissa() & vol.mantissa();
        (out >> 31) | (signs & 1) | (1 ^ (normal >> 63) as i32) == 0
    }

    /// Refuses an input outside its range, but for moneyness.
    #[inline(always)]
    fn check(&self) -> Result<(), Error> {
        if self.is_inside() {
            return Ok(());
        }
        self.check_each()
    }

    /// Names the first input that is outside its range, but for moneyness.
    #[cold]
    #[inline(never)]
    fn check_each(&self) -> Result<(), Error> {
        const SPAN: (Real, Real) = (Real::from_wad_u128(PRICES.0), Real::from_wad_u128(PRICES.1));
        let is_within = |x: Real, low: Real, high: Real| {
            (x.is_zero() || x.mantissa() >> 63 == 1) && x >= low && x <= high
        };
        let wad = |x: Real| x.to_wad_nearest();
        if !is_within(self.spot, SPAN.0, SPAN.1) {
            return Err(Error::SpotOutOfRange(wad(self.spot) as u128));
        }
        if !is_within(self.strike, SPAN.0, SPAN.1) {
            return Err(Error::StrikeOutOfRange(wad(self.strike) as u128));
        }
        let longest = Real::from_int(5);
        if !self.tau.is_zero() && !is_within(self.tau, Terms::SECOND, longest) {
            let seconds = self.tau * Real::from_int(YEAR as i64);
            return Err(Error::TimeOutOfRange((wad(seconds) / WAD as i128) as u64));
        }
        let vols = (Real::from_wad_u64(VOLS.0), Real::from_wad_u64(VOLS.1));
        if !self.vol.is_zero() && !is_within(self.vol, vols.0, vols.1) {
            return Err(Error::VolOutOfRange(wad(self.vol) as u64));
        }
        let rates = (
            Real::from_wad_i128(RATES.0 as i128),
            Real::from_wad_i128(RATES.1 as i128),
        );
        if !is_within(self.rate, rates.0, rates.1) {
            return Err(Error::RateOutOfRange(wad(self.rate) as i64));
        }
        Ok(())
    }

    /// Strike against the forward, exact at a rate of zero; both in WAD in the error.
    #[cold]
    #[inline(never)]
    fn check_moneyness(&self) -> Result<(), Error> {
        let exponent = self.rate * self.tau;
        let forward = if exponent.is_zero() {
            self.spot
        } else {
            self.spot * exp(exponent)
        };
        let widest = Real::from_int(WIDEST as i64);
        if self.strike > widest * forward || forward > widest * self.strike {
            return Err(Error::MoneynessOutOfRange(
                self.strike.to_wad_nearest() as u128,
                forward.to_wad_nearest() as u128,
            ));
        }
        Ok(())
    }
}

impl Contract {
    /// The terms, and strike less spot from their exact difference; an error unless all but moneyness is in range.
    #[inline(always)]
    fn terms(&self) -> Result<(Terms, Real), Error> {
        let Contract {
            spot,
            strike,
            seconds,
            vol,
            rate,
        } = *self;
        let ((m_spot, e_spot), (m_strike, e_strike)) = (price_bits(spot), price_bits(strike));
        if self.is_near_an_edge(e_spot, e_strike) {
            self.check()?;
        }
        let signed = strike.wrapping_sub(spot) as i128;
        let gap = signed.unsigned_abs();
        let mut excess = Real::ZERO;
        if gap != 0 {
            let (mantissa, exponent) = leading_bits(gap);
            excess = Real::wei(mantissa, exponent);
            if signed < 0 {
                excess = -excess;
            }
        }
        let size = Real::word_wei(rate.unsigned_abs());
        let terms = Terms {
            spot: Real::wei(m_spot, e_spot),
            strike: Real::wei(m_strike, e_strike),
            tau: Real::of_units(seconds, Terms::SECOND),
            vol: Real::word_wei(vol),
            rate: if rate < 0 { -size } else { size },
        };
        Ok((terms, excess))
    }

    /// Whether an input may be outside its range, by leading bits and but for moneyness.
    ///
    /// 2^40 and 2^89 wei are within 1e-6 and 1e9, 2^54 and 2^63 wei within 0.01 and 10, 2^57 wei below 0.2, and 2^27
    /// seconds below five years.
    #[inline(always)]
    fn is_near_an_edge(&self, e_spot: i32, e_strike: i32) -> bool {
        let Contract {
            spot,
            strike,
            seconds,
            vol,
            rate,
        } = *self;
        // The number of bits of a price is its exponent + 64.
        let prices =
            (e_spot + 64 - 41) | (89 - 64 - e_spot) | (e_strike + 64 - 41) | (89 - 64 - e_strike);
        let vol_bits = 64 - vol.leading_zeros() as i32;
        let rate_bits = 64 - rate.unsigned_abs().leading_zeros() as i32;
        let wide = ((spot | strike) >> 91) as u64 | seconds >> 27;
        let near = prices | (vol_bits - 55) | (63 - vol_bits) | (57 - rate_bits);
        near < 0 || wide != 0
    }

    /// Names the first input that is outside its range, but for moneyness.
    #[cold]
    #[inline(never)]
    fn check(&self) -> Result<(), Error> {
        let Contract {
            spot,
            strike,
            seconds,
            vol,
            rate,
        } = *self;
        let prices = PRICES.0..=PRICES.1;
        if !prices.contains(&spot) {
            return Err(Error::SpotOutOfRange(spot));
        }
        if !prices.contains(&strike) {
            return Err(Error::StrikeOutOfRange(strike));
        }
        if seconds > LONGEST {
            return Err(Error::TimeOutOfRange(seconds));
        }
        if vol != 0 && !(VOLS.0..=VOLS.1).contains(&vol) {
            return Err(Error::VolOutOfRange(vol));
        }
        if !(RATES.0..=RATES.1).contains(&rate) {
            return Err(Error::RateOutOfRange(rate));
        }
        Ok(())
    }

    /// Strike against the forward, in integers; exact at a rate of zero, where they meet at the edge.
    #[cold]
    #[inline(never)]
    fn check_moneyness(&self, terms: &Terms) -> Result<(), Error> {
        let Contract { spot, strike, .. } = *self;
        let exponent = terms.rate * terms.tau;
        let forward = if exponent.is_zero() {
            spot
        } else {
            (terms.spot * exp(exponent)).to_wad_nearest() as u128
        };
        let widest = WIDEST as u128;
        if strike > widest * forward || forward > widest * strike {
            return Err(Error::MoneynessOutOfRange(strike, forward));
        }
        Ok(())
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

/// Discounted, so that the forward is the spot.
pub(crate) struct Discounted {
    pub(crate) spot: Real,
    /// K·e^(−rτ).
    pub(crate) strike: Real,
    /// Discounted strike less spot.
    pub(crate) excess: Real,
    /// ln of discounted strike over spot.
    pub(crate) log_moneyness: Real,
}

impl Discounted {
    /// `exact` is strike less spot where these are rounded themselves.
    #[inline(always)]
    fn new(terms: &Terms, exact: Option<Real>) -> Discounted {
        let (log_moneyness, excess) = log(terms.strike, terms.spot, exact);
        let mut d = Discounted {
            spot: terms.spot,
            strike: terms.strike,
            excess,
            log_moneyness,
        };
        if (terms.rate.mantissa() & terms.tau.mantissa()) >> 63 == 1 {
            d.discount(-terms.rate.times_near(terms.tau));
        }
        d
    }

    /// Applies the factor e^x to the strike.
    ///
    /// While |x| is below 1/4, what the strike loses is formed by the series of e^x − 1 and may cancel the difference.
    /// Beyond, v is above 1/200 and differences of that size lose nothing that matters.
    #[inline(always)]
    fn discount(&mut self, x: Real) {
        self.log_moneyness = self.log_moneyness.plus_near(x);
        if x.exponent() > -3 - 63 {
            self.strike = self.strike.times_near(exp(x));
            self.excess = self.strike.plus_near(-self.spot);
            return;
        }
        let size = (x.mantissa() >> within_63(-64 - x.exponent())) as i64;
        let sign = -(x.is_negative() as i64);
        let (slope, factor) = small((size ^ sign) - sign);
        let change = self.strike.times_near(x).scaled_signed(slope, -62);
        self.excess = self.excess.plus_near(change);
        self.strike = self.strike.scaled(factor, -63);
    }

    /// Below zero if |ln(K/F)| is 4 and more: before that K/F is far from its bound.
    #[inline(always)]
    fn is_narrow(&self) -> i64 {
        (2 - 64 - self.log_moneyness.exponent()) as i64
    }

    #[inline(always)]
    fn base(&self) -> (bool, Real) {
        let is_call = !self.log_moneyness.is_negative();
        (is_call, Real::ordered(is_call, self.spot, self.strike).0)
    }

    /// Of a decimal contract, and its time.
    #[inline(always)]
    pub(crate) fn of(contract: &Contract) -> Result<(Discounted, Real), Error> {
        let (terms, excess) = contract.terms()?;
        let d = Discounted::new(&terms, Some(excess));
        if d.is_narrow() < 0 {
            contract.check_moneyness(&terms)?;
        }
        Ok((d, terms.tau))
    }

    /// Of a contract in the engine's numbers.
    #[inline(always)]
    pub(crate) fn of_terms(terms: &Terms) -> Result<Discounted, Error> {
        terms.check()?;
        let d = Discounted::new(terms, None);
        if d.is_narrow() < 0 {
            terms.check_moneyness()?;
        }
        Ok(d)
    }
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
