//! Unix seconds to and from `2026-02-05T15:51:32Z`, the one form in which files and tables state time.

use anyhow::{bail, ensure, Result};

/// Seconds in a day.
pub const DAY: u64 = 86_400;

/// Reads `YYYY-MM-DDTHH:MM:SSZ`, or a bare date as its midnight, as unix seconds.
pub fn parse_utc(text: &str) -> Result<u64> {
    let (date, clock) = match text.strip_suffix('Z').and_then(|body| body.split_once('T')) {
        Some((date, clock)) => (date, clock),
        None if text.len() == 10 => (text, "00:00:00"),
        None => bail!("{text:?} is not a UTC time such as 2026-02-05T15:51:32Z"),
    };
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    ensure!(
        (1970..=2200).contains(&year)
            && (1..=12).contains(&month)
            && (1..=days_in_month(year, month)).contains(&day)
            && hour < 24
            && minute < 60
            && second < 60,
        "{text:?} is not a date and time that exists"
    );
    Ok(days_from_epoch(year, month, day) * DAY + hour * 3_600 + minute * 60 + second)
}

/// Writes unix seconds as `YYYY-MM-DDTHH:MM:SSZ`.
pub fn format_utc(unix: u64) -> String {
    let (year, month, day) = date_of(unix / DAY);
    let clock = unix % DAY;
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        clock / 3_600,
        clock / 60 % 60,
        clock % 60
    )
}

/// Writes the day of unix seconds as `6 Feb`.
pub fn format_day(unix: u64) -> String {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (_, month, day) = date_of(unix / DAY);
    format!("{day} {}", MONTHS[month as usize - 1])
}

fn numbers(text: &str, separator: char, widths: [usize; 3]) -> Result<[u64; 3]> {
    let mut values = [0; 3];
    let mut parts = text.split(separator);
    for (value, width) in values.iter_mut().zip(widths) {
        match parts.next() {
            Some(part) if part.len() == width && part.bytes().all(|b| b.is_ascii_digit()) => {
                *value = part.parse()?;
            }
            _ => bail!("{text:?} is not a UTC date or clock time"),
        }
    }
    ensure!(parts.next().is_none(), "{text:?} has a part too many");
    Ok(values)
}

fn is_leap(year: u64) -> bool {
    year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400))
}

fn days_in_month(year: u64, month: u64) -> u64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if is_leap(year) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Days since 1970-01-01 in the Gregorian calendar.
fn days_from_epoch(year: u64, month: u64, day: u64) -> u64 {
    let years: u64 = (1970..year).map(|y| 365 + u64::from(is_leap(y))).sum();
    let months: u64 = (1..month).map(|m| days_in_month(year, m)).sum();
    years + months + day - 1
}

fn date_of(mut days: u64) -> (u64, u64, u64) {
    let mut year = 1970;
    while days >= 365 + u64::from(is_leap(year)) {
        days -= 365 + u64::from(is_leap(year));
        year += 1;
    }
    let mut month = 1;
    while days >= days_in_month(year, month) {
        days -= days_in_month(year, month);
        month += 1;
    }
    (year, month, days + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_survive_a_round_trip() {
        for (text, unix) in [
            ("1970-01-01T00:00:00Z", 0),
            ("2024-02-29T23:59:59Z", 1_709_251_199),
            ("2026-02-05T15:51:32Z", 1_770_306_692),
        ] {
            assert_eq!(parse_utc(text).unwrap(), unix);
            assert_eq!(format_utc(unix), text);
        }
        assert_eq!(parse_utc("2026-02-05").unwrap(), 1_770_249_600);
        assert_eq!(format_day(1_770_306_692), "5 Feb");
    }

    #[test]
    fn times_that_do_not_exist_are_refused() {
        for text in [
            "",
            "2026-02-05 15:51:32",
            "2026-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-02-05T24:00:00Z",
            "2026-2-05T00:00:00Z",
            "2026-02-05T00:00:00:00Z",
            "+026-02-05T00:00:00Z",
        ] {
            assert!(parse_utc(text).is_err(), "{text:?} was read");
        }
    }
}
