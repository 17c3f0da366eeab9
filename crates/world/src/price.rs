//! Prices between the world's scale (quote per base, WAD) and the venue's (square root of token1 per token0, Q64.96).

use alloy_primitives::{aliases::U160, U256, U512};

/// How a pair's tokens are scaled and ordered at the venue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// Decimals of the base token.
    pub base_decimals: u8,
    /// Decimals of the quote token.
    pub quote_decimals: u8,
    /// Whether the base token has the lower address.
    pub base_is_token0: bool,
}

impl Pair {
    /// Venue price at `price` quote per base (WAD), rounded down. Panics when the price is zero or beyond the venue's range.
    pub fn sqrt_price_x96(&self, price: U256) -> U160 {
        assert!(
            !price.is_zero(),
            "a price of zero has no place at the venue"
        );
        let (quote, base) = self.ratio();
        let quote = quote * U512::from(price);
        let squared: U512 = if self.base_is_token0 {
            (quote << 192) / base
        } else {
            (base << 192) / quote
        };
        U160::from(squared.root(2))
    }

    /// Quote per base (WAD) at a venue price, rounded down.
    pub fn price(&self, sqrt_price_x96: U160) -> U256 {
        let (quote, base) = self.ratio();
        let squared = U512::from(sqrt_price_x96) * U512::from(sqrt_price_x96);
        if self.base_is_token0 {
            // The square takes at most 320 bits and the scale 120.
            U256::from((squared * base / quote) >> 192)
        } else {
            U256::from((base << 192) / (squared * quote))
        }
    }

    /// Quote units for `base_amount` base units at `price` quote per base (WAD), rounded down.
    pub fn quote_for(&self, base_amount: U256, price: U256) -> U256 {
        let (quote, base) = self.ratio();
        U256::from(U512::from(base_amount) * U512::from(price) * quote / base)
    }

    /// Base units for a quantity of base (WAD), rounded down.
    pub fn base_for(&self, quantity: U256) -> U256 {
        U256::from(U512::from(quantity) * pow10(self.base_decimals) / pow10(18))
    }

    /// The factors between a price (WAD) and units: quote units / base units = price * first / second.
    fn ratio(&self) -> (U512, U512) {
        (pow10(self.quote_decimals), pow10(18 + self.base_decimals))
    }
}

fn pow10(exponent: u8) -> U512 {
    U512::from(10).pow(U512::from(exponent))
}

/// Parses a decimal number into an integer of `decimals` digits: `"1.5"` with 6 is 1,500,000.
///
/// Panics on anything else than digits with at most one point and at most `decimals` digits behind it: made for
/// literals.
pub fn units(number: &str, decimals: u8) -> U256 {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    assert!(
        fraction.len() <= usize::from(decimals),
        "{number} has more than {decimals} decimals"
    );
    let digits =
        format!("{whole}{fraction:0<width$}", width = usize::from(decimals)).replace('_', "");
    U256::from_str_radix(&digits, 10).unwrap_or_else(|_| panic!("{number} is not a decimal number"))
}

/// Parses a decimal number into a WAD: `"0.5"` is 5e17. Panics like [`units`].
pub fn wad(number: &str) -> U256 {
    units(number, 18)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_decimal_numbers() {
        assert_eq!(units("1_000.5", 6), U256::from(1_000_500_000u64));
        assert_eq!(wad("0.000000000000000001"), U256::from(1));
        assert_eq!(units("7", 0), U256::from(7));
    }

    #[test]
    #[should_panic(expected = "more than 6 decimals")]
    fn refuses_to_round_a_literal() {
        units("1.0000001", 6);
    }

    #[test]
    fn known_venue_price() {
        // A price of one between tokens of equal decimals is 2^96 either way around.
        for base_is_token0 in [true, false] {
            let pair = Pair {
                base_decimals: 18,
                quote_decimals: 18,
                base_is_token0,
            };
            assert_eq!(pair.sqrt_price_x96(wad("1")), U160::from(1) << 96);
        }
        // 2,500 USDC per WETH: sqrt(2500e6 / 1e18) * 2^96 = 5e-5 * 2^96.
        let pair = Pair {
            base_decimals: 18,
            quote_decimals: 6,
            base_is_token0: true,
        };
        assert_eq!(
            pair.sqrt_price_x96(wad("2500")),
            (U160::from(1) << 96) * U160::from(5) / U160::from(100_000)
        );
    }

    #[test]
    fn round_trip_loses_less_than_one_part_in_a_trillion() {
        for base_is_token0 in [true, false] {
            for quote_decimals in [6, 8, 18] {
                for base_decimals in [8, 18] {
                    let pair = Pair {
                        base_decimals,
                        quote_decimals,
                        base_is_token0,
                    };
                    for text in ["0.37", "1", "1713.25", "3000", "98765.4321"] {
                        let price = wad(text);
                        let back = pair.price(pair.sqrt_price_x96(price));
                        let gap = price.abs_diff(back);
                        assert!(
                            gap * U256::from(10).pow(U256::from(12)) <= price,
                            "{pair:?} {text}: {back}"
                        );
                    }
                }
            }
        }
    }
}
