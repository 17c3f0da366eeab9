//! What is priced, in decimals and in the engine's numbers, and within which ranges.

use crate::error::Error;
use crate::number::mantissa::leading_bits;
use crate::number::real::Real;
use crate::number::special::exp::exp;
use crate::parameters::WAD;
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
    pub(super) fn check(&self) -> Result<(), Error> {
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
    pub(super) fn check_moneyness(&self) -> Result<(), Error> {
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
    pub(super) fn terms(&self) -> Result<(Terms, Real), Error> {
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
    pub(super) fn check(&self) -> Result<(), Error> {
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
    pub(super) fn check_moneyness(&self, terms: &Terms) -> Result<(), Error> {
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
