//! Integers of the pool as decimals that people read, and back. Nothing goes through floats.

use alloy_primitives::{I256, U256};
use anyhow::{bail, ensure, Context, Result};

/// One, in WAD.
pub const WAD: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);
/// Decimals of a WAD.
pub const WAD_DECIMALS: u8 = 18;
/// Most decimals of a token that the pool takes.
const MOST_DECIMALS: u8 = 18;

/// What a pool's numbers are in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Units {
    /// The underlying, as a series names it: `ETH`.
    pub base: String,
    /// The quote token's symbol.
    pub quote: String,
    /// Decimals of the quote token.
    pub quote_decimals: u8,
    /// Decimals of the share.
    pub share_decimals: u8,
}

/// The exact decimal of an integer with so many decimals, without zeros at its end: `-1234.5`.
pub fn exact(value: I256, decimals: u8) -> String {
    let (whole, fraction) = split(value, decimals);
    let sign = if value.is_negative() { "-" } else { "" };
    match fraction.trim_end_matches('0') {
        "" => format!("{sign}{whole}"),
        fraction => format!("{sign}{whole}.{fraction}"),
    }
}

/// [`exact`] of an unsigned integer.
pub fn exact_unsigned(value: U256, decimals: u8) -> String {
    let (whole, fraction) = parts(value.to_string(), decimals);
    match fraction.trim_end_matches('0') {
        "" => whole,
        fraction => format!("{whole}.{fraction}"),
    }
}

/// A decimal cut (not rounded) to at most so many places, with thousands set apart: `-1,234.5`.
pub fn grouped(value: I256, decimals: u8, places: usize) -> String {
    let (whole, fraction) = split(value, decimals);
    let fraction = fraction[..fraction.len().min(places)].trim_end_matches('0');
    let whole = with_thousands(&whole);
    let text = if fraction.is_empty() {
        whole
    } else {
        format!("{whole}.{fraction}")
    };
    if value.is_negative() && text != "0" {
        format!("-{text}")
    } else {
        text
    }
}

/// A decimal rounded to the nearest, always with so many places and with thousands set apart: for columns.
pub fn fixed(value: I256, decimals: u8, places: u8) -> String {
    let cut = decimals.saturating_sub(places);
    let step = I256::try_from(ten_to(cut)).unwrap_or(I256::ONE);
    let half = step / I256::try_from(2).unwrap_or(I256::ONE);
    let moved = if value.is_negative() {
        value.saturating_sub(half)
    } else {
        value.saturating_add(half)
    };
    let rounded = moved / step;
    let (whole, fraction) = split(rounded, decimals - cut);
    let sign = if rounded.is_negative() { "-" } else { "" };
    let whole = with_thousands(&whole);
    if places == 0 {
        return format!("{sign}{whole}");
    }
    format!("{sign}{whole}.{fraction:0<width$}", width = places as usize)
}

/// The integer of a decimal text, exactly; thousands may be set apart by commas or underscores, and nothing else: `0,5` is no number,
/// rather than 5.
pub fn parse(text: &str, decimals: u8) -> Result<U256> {
    ensure!(
        sets_thousands_apart(text),
        "\"{text}\" is not a number; decimals come after a point"
    );
    let plain: String = text
        .trim()
        .chars()
        .filter(|c| !matches!(c, ',' | '_'))
        .collect();
    let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
    let fraction = fraction.trim_end_matches('0');
    let is_number = plain.bytes().any(|byte| byte.is_ascii_digit())
        && [whole, fraction]
            .iter()
            .all(|part| part.bytes().all(|byte| byte.is_ascii_digit()));
    ensure!(is_number, "\"{text}\" is not a number above zero");
    if fraction.len() > decimals as usize {
        bail!("\"{text}\" has more than {decimals} decimal places");
    }
    let digits = format!("{whole}{fraction:0<width$}", width = decimals as usize);
    digits
        .parse()
        .with_context(|| format!("\"{text}\" is too large"))
}

/// Whether all commas stand before three digits of the whole part, behind one to three.
fn sets_thousands_apart(text: &str) -> bool {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let mut groups = whole.split(',');
    let first = groups.next().map_or(0, str::len);
    let mut later = groups.peekable();
    let is_grouped = later.peek().is_some();
    !fraction.contains(',')
        && (!is_grouped || (1..=3).contains(&first))
        && later.all(|group| group.len() == 3)
}

/// An unsigned integer as a signed one; what does not fit becomes the largest.
pub fn signed(value: U256) -> I256 {
    I256::try_from(value).unwrap_or(I256::MAX)
}

/// Quote atoms as a WAD of quote.
pub fn atoms_to_wad(atoms: U256, units: &Units) -> U256 {
    atoms.saturating_mul(ten_to(MOST_DECIMALS.saturating_sub(units.quote_decimals)))
}

/// A power of ten.
pub fn ten_to(exponent: u8) -> U256 {
    U256::from(10).pow(U256::from(exponent))
}

impl Units {
    /// Quote atoms with the symbol, to the nearest cent; below a cent with all places.
    pub fn cash(&self, atoms: I256) -> String {
        format!("{} {}", money(atoms, self.quote_decimals, 2), self.quote)
    }

    /// Quote atoms with the symbol and every place.
    pub fn cash_exactly(&self, atoms: I256) -> String {
        format!(
            "{} {}",
            grouped(atoms, self.quote_decimals, self.quote_decimals as usize),
            self.quote
        )
    }

    /// A WAD of quote with the symbol.
    pub fn value(&self, wad: I256) -> String {
        format!("{} {}", money(wad, WAD_DECIMALS, 2), self.quote)
    }

    /// A WAD of base with the symbol.
    pub fn base_amount(&self, wad: I256) -> String {
        format!("{} {}", grouped(wad, WAD_DECIMALS, 6), self.base)
    }

    /// A number of shares.
    pub fn shares(&self, shares: I256) -> String {
        format!("{} shares", grouped(shares, self.share_decimals, 6))
    }
}

/// A number of options.
pub fn options(wad: I256) -> String {
    let noun = if wad == signed(WAD) {
        "option"
    } else {
        "options"
    };
    format!("{} {noun}", grouped(wad, WAD_DECIMALS, 6))
}

/// A WAD ratio as a percentage with two places, for a column of them.
pub fn percent_fixed(wad: I256) -> String {
    let hundred = I256::try_from(100).unwrap_or(I256::ONE);
    format!("{} %", fixed(wad.saturating_mul(hundred), WAD_DECIMALS, 2))
}

/// A WAD ratio as a percentage.
pub fn percent(wad: I256) -> String {
    let hundred = I256::try_from(100).unwrap_or(I256::ONE);
    format!(
        "{} %",
        grouped(wad.saturating_mul(hundred), WAD_DECIMALS, 2)
    )
}

/// Money to the nearest cent, without cents where it is whole; below a cent with all places.
fn money(value: I256, decimals: u8, places: u8) -> String {
    let cent = signed(ten_to(decimals.saturating_sub(2)));
    let is_small = !value.is_zero() && value > -cent && value < cent;
    if is_small || places >= decimals {
        return grouped(value, decimals, decimals as usize);
    }
    let text = fixed(value, decimals, places);
    text.strip_suffix(".00").map(str::to_owned).unwrap_or(text)
}

fn split(value: I256, decimals: u8) -> (String, String) {
    parts(value.unsigned_abs().to_string(), decimals)
}

fn parts(digits: String, decimals: u8) -> (String, String) {
    let decimals = decimals as usize;
    let digits = format!("{digits:0>width$}", width = decimals + 1);
    let (whole, fraction) = digits.split_at(digits.len() - decimals);
    (whole.to_owned(), fraction.to_owned())
}

fn with_thousands(whole: &str) -> String {
    let mut text = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn int(text: &str) -> I256 {
        text.parse().unwrap()
    }

    #[test]
    fn decimals_are_exact_both_ways() {
        for (text, decimals, value) in [
            ("0", 6, "0"),
            ("1234.5", 6, "1234500000"),
            ("0.000001", 6, "1"),
            ("3000", 18, "3000000000000000000000"),
        ] {
            assert_eq!(parse(text, decimals).unwrap().to_string(), value);
            assert_eq!(exact(int(value), decimals), text);
        }
        for text in ["1,000,000.50", "1_000_000.50", "1000000.5"] {
            assert_eq!(parse(text, 2).unwrap(), U256::from(100_000_050), "{text}");
        }
        assert_eq!(parse(".5", 1).unwrap(), U256::from(5));
        for bad in [
            "",
            ".",
            "-1",
            "1.2.3",
            "1e3",
            "x",
            "0.1234567",
            "0,5",
            "2,50",
            "1,2345",
            "1234,567",
            "1.234,5",
            ",500",
        ] {
            assert!(parse(bad, 6).is_err(), "{bad}");
        }
    }

    #[test]
    fn columns_are_rounded_and_sentences_cut() {
        assert_eq!(fixed(int("1234567"), 3, 2), "1,234.57");
        assert_eq!(fixed(int("-5"), 3, 2), "-0.01");
        assert_eq!(fixed(int("15"), 1, 0), "2");
        assert_eq!(fixed(int("7"), 0, 2), "7.00");
        assert_eq!(grouped(int("-1234567"), 3, 2), "-1,234.56");
        assert_eq!(grouped(int("-1"), 3, 2), "0");
    }

    #[test]
    fn money_has_cents_where_it_needs_them() {
        let units = Units {
            base: "ETH".into(),
            quote: "USDC".into(),
            quote_decimals: 6,
            share_decimals: 9,
        };
        assert_eq!(units.cash(int("1500000")), "1.50 USDC");
        assert_eq!(units.cash(int("2000000000")), "2,000 USDC");
        assert_eq!(units.cash(int("12")), "0.000012 USDC");
        assert_eq!(units.cash(int("-2505000")), "-2.51 USDC");
        assert_eq!(options(signed(WAD)), "1 option");
        assert_eq!(percent(int("123400000000000000")), "12.34 %");
        assert_eq!(percent_fixed(int("1200000000000000000")), "120.00 %");
    }
}
