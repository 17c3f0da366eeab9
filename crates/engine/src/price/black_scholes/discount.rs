//! Spot and strike on one day: the strike discounted, so that the spot is its own forward.

use super::contract::{Contract, Terms};
use crate::error::Error;
use crate::number::mantissa::within_63;
use crate::number::real::Real;
use crate::number::special::exp::{exp, small};
use crate::number::special::ln::log;

/// Discounted, so that the forward is the spot.
pub(crate) struct Discounted {
    /// Spot, quote per base.
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
    pub(super) fn new(terms: &Terms, exact: Option<Real>) -> Discounted {
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
    pub(super) fn is_narrow(&self) -> i64 {
        (2 - 64 - self.log_moneyness.exponent()) as i64
    }

    /// Whether the option out of the money is the call, and the lesser of spot and strike, which bounds its value.
    #[inline(always)]
    pub(super) fn base(&self) -> (bool, Real) {
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
