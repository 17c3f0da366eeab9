//! Moments and durations as people read them.

use alloy_primitives::U256;
use anyhow::{bail, Context, Result};
use smirk_fit::time::{format_utc, parse_utc};

/// Hour of the day (UTC) at which an expiry without a time of day lies, as exchanges have it.
pub const EXPIRY_HOUR: &str = "08:00";
/// A moment beyond this is shown by its number: no calendar is asked that far.
const LAST: u64 = 253_402_300_799;

/// `2026-12-25 08:00 UTC`, with seconds where there are some.
pub fn format(seconds: U256) -> String {
    match u64::try_from(seconds) {
        Ok(seconds) if seconds <= LAST => format!("{} UTC", plain(seconds)),
        _ => format!("second {seconds}"),
    }
}

/// A day and its time, the latter only if it is not that of an expiry: `2026-12-25`, `2026-12-25 09:30`.
pub fn format_expiry(seconds: u64) -> String {
    if seconds > LAST {
        return format!("@{seconds}");
    }
    let text = plain(seconds);
    let ending = format!(" {EXPIRY_HOUR}");
    text.strip_suffix(ending.as_str())
        .map(str::to_owned)
        .unwrap_or(text)
}

fn plain(seconds: u64) -> String {
    let text = format_utc(seconds).replace('T', " ");
    let text = text.trim_end_matches('Z');
    text.strip_suffix(":00").unwrap_or(text).to_owned()
}

/// Reads `2026-12-25`, `2026-12-25 09:30`, `2026-12-25 09:30:15` or `@1798185600`; without a time of day it is that of an expiry.
pub fn parse(text: &str) -> Result<u64> {
    let text = text.trim();
    if let Some(seconds) = text.strip_prefix('@') {
        return seconds
            .parse()
            .with_context(|| format!("\"{text}\" is no unix time"));
    }
    let (day, clock) = text.split_once([' ', 'T']).unwrap_or((text, EXPIRY_HOUR));
    let clock = match clock.trim_end_matches('Z') {
        clock if clock.len() == 5 => format!("{clock}:00"),
        clock => clock.to_owned(),
    };
    if day.len() != 10 {
        bail!("\"{text}\" is not a date such as 2026-12-25");
    }
    parse_utc(&format!("{day}T{clock}Z"))
}

/// The two largest parts of a duration: `2 d 3 h`.
pub fn duration(seconds: U256) -> String {
    let mut rest = seconds;
    let mut parts = Vec::new();
    for (length, name) in [(86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")] {
        let length = U256::from(length);
        if rest >= length && parts.len() < 2 {
            parts.push(format!("{} {name}", rest / length));
        }
        rest %= length;
    }
    if parts.is_empty() {
        "0 s".into()
    } else {
        parts.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_they_are_written() {
        let expiry = parse("2026-12-25").unwrap();
        assert_eq!(expiry, 1_798_185_600);
        assert_eq!(format(U256::from(expiry)), "2026-12-25 08:00 UTC");
        assert_eq!(format_expiry(expiry), "2026-12-25");
        for text in ["2026-12-25 09:30", "2026-12-25 09:30:15"] {
            assert_eq!(format_expiry(parse(text).unwrap()), text);
        }
        assert_eq!(parse("@1798185600").unwrap(), expiry);
        for bad in ["", "25 December", "2026-13-01", "@x", "2026-12-25 25:00"] {
            assert!(parse(bad).is_err(), "{bad}");
        }
        assert_eq!(format(U256::MAX), format!("second {}", U256::MAX));
    }

    #[test]
    fn durations_have_two_parts() {
        for (seconds, text) in [
            (0u64, "0 s"),
            (61, "1 min 1 s"),
            (90_061, "1 d 1 h"),
            (86_401, "1 d 1 s"),
        ] {
            assert_eq!(duration(U256::from(seconds)), text);
        }
    }
}
