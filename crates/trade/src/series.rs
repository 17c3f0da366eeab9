//! A series as people write it and as the pool packs it: strike (WAD) in bits 0 to 127, expiry in 128 to 191, bit 192 set for a put.

use alloy_primitives::U256;
use anyhow::{bail, ensure, Context, Result};
use smirk_fit::time::parse_utc;

use crate::{
    moment,
    number::{exact_unsigned, parse as parse_decimal, Units, WAD_DECIMALS},
};

const STRIKE_BITS: usize = 128;
const PUT_BIT: usize = 192;
const MONTHS: [&str; 12] = [
    "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
];

/// One option: kind, expiry (unix seconds) and strike (WAD).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Series {
    /// Unix seconds.
    pub expiry: u64,
    /// WAD, of at most 128 bits.
    pub strike: U256,
    /// Whether it is a put.
    pub is_put: bool,
}

impl Series {
    /// The packed id.
    pub fn id(&self) -> U256 {
        let put = U256::from(u8::from(self.is_put)) << PUT_BIT;
        put | U256::from(self.expiry) << STRIKE_BITS | self.strike
    }

    /// The series of an id; `None` for what is no id.
    pub fn of(id: U256) -> Option<Series> {
        let strike = id & ((U256::ONE << STRIKE_BITS) - U256::ONE);
        let expiry = (id >> STRIKE_BITS).as_limbs()[0];
        let is_series = id >> (PUT_BIT + 1) == U256::ZERO && !strike.is_zero() && expiry != 0;
        is_series.then(|| Series {
            expiry,
            strike,
            is_put: id.bit(PUT_BIT),
        })
    }

    /// Reads `2026-12-25 3000 C`, `ETH 2026-12-25 09:30 3000 Call`, `ETH-25DEC26-3000-C` or a packed id as `0x...`.
    pub fn parse(text: &str) -> Result<Series> {
        let text = text.trim();
        if text.starts_with("0x") {
            let id: U256 = text
                .parse()
                .with_context(|| format!("\"{text}\" is no id"))?;
            return Series::of(id).with_context(|| format!("\"{text}\" is no series' id"));
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        let found = match words[..] {
            [one] => short(one),
            [first, ref rest @ ..] if !starts_with_date(first) => long(rest),
            ref all => long(all),
        };
        found.with_context(|| {
            format!("\"{text}\" is not a series; write \"2026-12-25 3000 C\" or ETH-25DEC26-3000-C")
        })
    }

    /// `ETH 2026-12-25 3000 Call`.
    pub fn name(&self, units: &Units) -> String {
        let kind = if self.is_put { "Put" } else { "Call" };
        format!(
            "{} {} {} {kind}",
            units.base,
            moment::format_expiry(self.expiry),
            exact_unsigned(self.strike, WAD_DECIMALS)
        )
    }
}

/// A series by name, and anything else by its number.
pub fn name_of(id: U256, units: &Units) -> String {
    Series::of(id).map_or_else(|| format!("series {id}"), |series| series.name(units))
}

/// Reads a strike in quote per base.
pub fn parse_strike(text: &str) -> Result<U256> {
    let strike = parse_decimal(text, WAD_DECIMALS)?;
    ensure!(
        !strike.is_zero() && strike >> STRIKE_BITS == U256::ZERO,
        "a strike of {text} does not fit"
    );
    Ok(strike)
}

/// Reads `C`, `call`, `P` or `put`; whether it is a put.
pub fn parse_kind(text: &str) -> Result<bool> {
    match text.to_ascii_lowercase().as_str() {
        "c" | "call" => Ok(false),
        "p" | "put" => Ok(true),
        _ => bail!("\"{text}\" is neither C nor P"),
    }
}

fn starts_with_date(word: &str) -> bool {
    word.starts_with('@') || word.len() == 10 && word.as_bytes()[4] == b'-'
}

fn long(words: &[&str]) -> Result<Series> {
    let [when @ .., strike, kind] = words else {
        bail!("date, strike and kind are needed");
    };
    Ok(Series {
        expiry: moment::parse(&when.join(" "))?,
        strike: parse_strike(strike)?,
        is_put: parse_kind(kind)?,
    })
}

fn short(text: &str) -> Result<Series> {
    let parts: Vec<&str> = text.split('-').collect();
    let [_, date, strike, kind] = parts[..] else {
        bail!("four parts are needed");
    };
    Ok(Series {
        expiry: short_date(date)?,
        strike: parse_strike(strike)?,
        is_put: parse_kind(kind)?,
    })
}

/// `25DEC26`, `25DEC26T0930`.
fn short_date(text: &str) -> Result<u64> {
    let (date, clock) = text.split_once('T').unwrap_or((text, "0800"));
    ensure!(
        text.is_ascii() && (6..=7).contains(&date.len()) && clock.len() == 4,
        "\"{text}\" is no date"
    );
    let (day, rest) = date.split_at(date.len() - 5);
    let name = rest[..3].to_ascii_uppercase();
    let month = MONTHS
        .iter()
        .position(|month| *month == name)
        .with_context(|| format!("\"{text}\" names no month"))?;
    let (hour, minute) = clock.split_at(2);
    parse_utc(&format!(
        "20{}-{:02}-{day:0>2}T{hour}:{minute}:00Z",
        &rest[3..],
        month + 1
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_is_the_same_series() {
        let series = Series {
            expiry: 1_798_185_600,
            strike: U256::from(3_000) * crate::number::WAD,
            is_put: false,
        };
        for text in [
            "2026-12-25 3000 C",
            "ETH 2026-12-25 3000 Call",
            "2026-12-25 08:00 3,000 call",
            "ETH-25DEC26-3000-C",
            "ETH-25DEC26T0800-3000-c",
            "@1798185600 3000.0 C",
        ] {
            assert_eq!(Series::parse(text).unwrap(), series, "{text}");
        }
        assert_eq!(Series::of(series.id()), Some(series));
        assert_eq!(
            Series::parse(&format!("{:#x}", series.id())).unwrap(),
            series
        );
        let put = Series::parse("2026-12-25 09:30 2500.5 P").unwrap();
        assert!(put.is_put && put.id().bit(192));
        for bad in [
            "",
            "3000 C",
            "2026-12-25 3000",
            "2026-12-25 0 C",
            "2026-02-30 3000 C",
            "ETH-25DEZ26-3000-C",
            "ETH-é5DEC26-3000-C",
            "0x1",
            "2026-12-25 -3000 C",
        ] {
            assert!(Series::parse(bad).is_err(), "{bad}");
        }
    }
}
