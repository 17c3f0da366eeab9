//! WAD integers to and from the short decimals that files and tables show.

use anyhow::{ensure, Context, Result};

const WAD_DIGITS: usize = 18;

/// Exact decimal of a WAD value without trailing zeros: 652341000000000000 is `0.652341`.
pub fn format_wad(value: u128) -> String {
    let digits = format!("{value:019}");
    let (whole, fraction) = digits.split_at(digits.len() - WAD_DIGITS);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() {
        whole.to_owned()
    } else {
        format!("{whole}.{fraction}")
    }
}

/// [`format_wad`] with a minus sign below zero.
pub fn format_signed_wad(value: i128) -> String {
    let sign = if value < 0 { "-" } else { "" };
    format!("{sign}{}", format_wad(value.unsigned_abs()))
}

/// Reads a decimal with at most 18 decimals as WAD, exactly; a minus sign may stand before it.
pub fn parse_signed_wad(text: &str) -> Result<i128> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text),
    };
    let size =
        i128::try_from(parse_wad(digits)?).with_context(|| format!("{text:?} is too large"))?;
    Ok(if negative { -size } else { size })
}

/// Reads an unsigned decimal with at most 18 decimals as WAD, exactly.
pub fn parse_wad(text: &str) -> Result<u128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    ensure!(
        plain(whole)
            && plain(fraction)
            && fraction.len() <= WAD_DIGITS
            && whole.len() <= WAD_DIGITS,
        "{text:?} is not a plain decimal with at most 18 decimals"
    );
    let digits = format!("{whole}{fraction:0<WAD_DIGITS$}");
    digits
        .parse()
        .with_context(|| format!("{text:?} is too large"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_survive_a_round_trip() {
        for (text, wad) in [
            ("0", 0),
            ("0.652341", 652_341_000_000_000_000),
            ("1965.63", 1_965_630_000_000_000_000_000),
            ("3", 3_000_000_000_000_000_000),
            ("0.000000000000000001", 1),
        ] {
            assert_eq!(parse_wad(text).unwrap(), wad);
            assert_eq!(format_wad(wad), text);
        }
    }

    #[test]
    fn signs_survive_a_round_trip() {
        for (text, wad) in [
            ("-0.0125", -12_500_000_000_000_000),
            ("0", 0),
            ("0.3", 300_000_000_000_000_000),
        ] {
            assert_eq!(parse_signed_wad(text).unwrap(), wad);
            assert_eq!(format_signed_wad(wad), text);
        }
        assert!(parse_signed_wad("--1").is_err() && parse_signed_wad("-").is_err());
    }

    #[test]
    fn what_is_no_plain_decimal_is_refused() {
        for text in [
            "",
            ".5",
            "5.",
            "-1",
            "1e3",
            "1.0000000000000000001",
            "1,5",
            "٣",
        ] {
            assert!(parse_wad(text).is_err(), "{text:?} was read");
        }
    }
}
