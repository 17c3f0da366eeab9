//! Call and put in 18 decimals, where a binary number of 64 bits ends too early.
//!
//! A put far in the money is worth up to a thousand times the spot, so that 1e-17 of spot is beyond the end of its
//! mantissa. But it is worth the call, which is small, and what is left is arithmetic of integers: by parity the put exceeds
//! the call by K·e^(−rτ) − S. Only the discount factor is transcendental; it is formed here with 96 fraction bits.

use crate::error::Error;
use crate::number::wide::divide;
use crate::price::black_scholes::{price, Contract};
use crate::state::YEAR;

/// Fraction bits of the discount factor.
const BITS: u32 = 96;
/// ln 2 with [`BITS`].
const LN_2: u128 = 0xb172_17f7_d1cf_79ab_c9e3_b398;
/// Terms of the exponential's series for arguments of at most ln 2 / 2: the next is below 2^-100.
const TERMS: u128 = 22;
/// One with 18 decimals.
const WAD: u128 = crate::parameters::WAD as u128;

/// Present values of a call and a put, WAD.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DecimalPrices {
    /// Call value.
    pub call: u128,
    /// Put value.
    pub put: u128,
}

/// Present value of a call and a put to 1e-17 of spot and one unit, also a thousand times in the money. Parity holds to
/// the unit: put − call is the nearest integer to K·e^(−rτ) − S.
///
/// # Errors
/// As [`price`].
pub fn price_wad(contract: &Contract) -> Result<DecimalPrices, Error> {
    let prices = price(contract)?;
    let strike = discounted_strike(contract);
    let spot = contract.spot;
    let small = prices.call.min(prices.put).to_wad_nearest().max(0) as u128;
    Ok(DecimalPrices {
        call: small + spot.saturating_sub(strike),
        put: small + strike.saturating_sub(spot),
    })
}

/// K·e^(−rτ) to the nearest unit, for a contract within its domain.
fn discounted_strike(contract: &Contract) -> u128 {
    let (rate, seconds) = (contract.rate.unsigned_abs(), contract.seconds);
    let unit = 1u128 << BITS;
    // |rτ| is at most 2.5.
    let exponent = divide(rate as u128 * seconds as u128, unit, YEAR as u128 * WAD);
    let size = exponent.map_or(0, |(quotient, _)| quotient);
    let doublings = (size + LN_2 / 2) / LN_2;
    let rest = size as i128 - (doublings * LN_2) as i128;
    let grows = contract.rate < 0;
    let factor = exp(if grows { rest } else { -rest });
    let scale = if grows {
        unit >> doublings
    } else {
        unit << doublings
    };
    divide(contract.strike, factor, scale)
        .map_or(0, |(quotient, rest)| quotient + (rest >= scale / 2) as u128)
}

/// e^x for |x| ≤ ln 2 / 2, both with [`BITS`]: the series from its end, `1 + x·(1 + x/2·(1 + x/3·…))`.
fn exp(x: i128) -> u128 {
    let unit = 1u128 << BITS;
    (1..=TERMS).rev().fold(unit, |sum, term| {
        let part = divide(x.unsigned_abs(), sum, unit * term).map_or(0, |(quotient, _)| quotient);
        if x < 0 {
            unit - part
        } else {
            unit + part
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// e^(1/4) and e^(−1/4), 28 decimals.
    #[test]
    fn the_exponential_has_28_decimals() {
        for (x, expected) in [
            (1i128 << 94, 12_840_254_166_877_414_840_734_205_680u128),
            (-(1i128 << 94), 7_788_007_830_714_048_682_451_702_669),
        ] {
            let found = divide(exp(x), 10u128.pow(28), 1 << BITS).unwrap().0;
            assert!(found.abs_diff(expected) <= 40, "{found}");
        }
        assert_eq!(exp(0), 1 << BITS);
    }

    #[test]
    fn at_a_rate_of_zero_parity_is_exact() {
        let contract = Contract {
            spot: 3 * WAD + 1,
            strike: 2_999 * WAD + 12_345,
            seconds: 86_400,
            vol: 900_000_000_000_000_000,
            rate: 0,
        };
        let DecimalPrices { call, put } = price_wad(&contract).unwrap();
        assert_eq!(put - call, contract.strike - contract.spot);
        let error = price_wad(&Contract {
            strike: 3_001 * WAD,
            ..contract
        });
        assert_eq!(
            error,
            Err(Error::MoneynessOutOfRange(3_001 * WAD, contract.spot))
        );
    }
}
