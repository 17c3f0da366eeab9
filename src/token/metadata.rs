//! What wallets show of a position: its series in words. "ETH 2026-12-25 3000 Call", with the time of day where it is not the
//! usual one, and the same as a document.

use alloy_primitives::U256;
use alloy_sol_types::SolCall;
use smirk_engine::{series::Series, state::Kind};

use crate::{
    error::{refuse, Refusal},
    interface::external::Erc20,
    io::{
        host,
        text::{say, Text},
    },
    request,
    storage::configuration,
    words::{self, Words},
    Pool,
};

const DAY: u64 = 86_400;
/// When expiries end as a rule, seconds after midnight UTC.
const USUAL_TIME: u64 = 8 * 3_600;
/// Most bytes of a token's symbol that are shown.
const MOST_SYMBOL: usize = 16;

/// The name of a series, or its symbol, which ends in one letter.
///
/// # Errors
/// `InvalidId`, `TokenCallFailed` for a base token without a symbol.
#[inline(never)]
pub fn name(pool: &Pool, id: U256, is_symbol: bool) -> Result<Text, Refusal> {
    let series = request::series(id)?;
    let mut text = underlying(pool)?;
    title(&mut text, &series);
    match (series.kind, is_symbol) {
        (Kind::Call, true) => say!(text, "C"),
        (Kind::Put, true) => say!(text, "P"),
        (Kind::Call, false) => say!(text, "Call"),
        (Kind::Put, false) => say!(text, "Put"),
    }
    Ok(text)
}

/// Its terms as a JSON document in a data URI.
///
/// # Errors
/// Those of [`name`].
pub fn uri(pool: &Pool, id: U256) -> Result<Text, Refusal> {
    let series = request::series(id)?;
    let configuration = configuration::load(pool);
    let mut json = Text::default();
    say!(json, "{\"name\":\"");
    json.printable(name(pool, id, false)?.bytes());
    say!(json, "\",\"symbol\":\"");
    json.printable(name(pool, id, true)?.bytes());
    say!(json, "\",\"decimals\":18,\"properties\":{\"kind\":\"");
    match series.kind {
        Kind::Call => say!(json, "call"),
        Kind::Put => say!(json, "put"),
    }
    say!(
        json,
        "\",\"style\":\"european\",\"settlement\":\"cash\",\"strike\":\""
    );
    json.decimal(series.strike);
    say!(json, "\",\"expiry\":");
    json.number(series.expiry as u128, 1);
    say!(json, ",\"base\":\"");
    json.address(configuration.base);
    say!(json, "\",\"quote\":\"");
    json.address(configuration.quote);
    say!(json, "\"}}");
    Ok(document(&json))
}

/// The collection of all series as a JSON document in a data URI.
///
/// # Errors
/// `TokenCallFailed` for a base token without a symbol.
pub fn contract_uri(pool: &Pool) -> Result<Text, Refusal> {
    let mut json = Text::default();
    say!(json, "{\"name\":\"Smirk ");
    json.printable(underlying(pool)?.bytes());
    say!(json, " options\"}");
    Ok(document(&json))
}

#[inline(never)]
fn document(json: &Text) -> Text {
    let mut text = Text::default();
    say!(text, "data:application/json;base64,");
    text.base64(json.bytes());
    text
}

/// Date and strike between spaces.
#[inline(never)]
fn title(text: &mut Text, series: &Series) {
    say!(text, " ");
    date(text, series.expiry / DAY);
    say!(text, " ");
    let time = series.expiry % DAY;
    if time != USUAL_TIME {
        text.number((time / 3_600) as u128, 2);
        say!(text, ":");
        text.number((time / 60 % 60) as u128, 2);
        if !time.is_multiple_of(60) {
            say!(text, ":");
            text.number((time % 60) as u128, 2);
        }
        say!(text, " ");
    }
    text.decimal(series.strike);
    say!(text, " ");
}

/// The date of a day since 1970-01-01, in the Gregorian calendar: years count from March, so that leap days come last, in eras of
/// 400 of them.
#[inline(never)]
fn date(text: &mut Text, day: u64) {
    const ERA: u64 = 146_097;
    let day = day + 719_468;
    let (era, day) = (day / ERA, day % ERA);
    let year = (day - day / 1_460 + day / 36_524 - day / (ERA - 1)) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + 400 * era + (month <= 2) as u64;
    text.number(year as u128, 4);
    say!(text, "-");
    text.number(month as u128, 2);
    say!(text, "-");
    text.number(day as u128, 2);
}

/// The base token's symbol, of a wrapped one without the wrapping.
#[inline(never)]
fn underlying(pool: &Pool) -> Result<Text, Refusal> {
    let base = configuration::load(pool).base;
    let failed = || refuse!(TokenCallFailed, base);
    let data = Words::after(Erc20::symbolCall::SELECTOR);
    let output = host::view(pool, base, data).ok_or_else(failed)?;
    let symbol = string(&output).ok_or_else(failed)?;
    let mut text = Text::default();
    text.printable(match symbol {
        b"WETH" | b"WBTC" => &symbol[1..],
        _ => symbol,
    });
    Ok(text)
}

/// A string as return data, or a word of text as some old tokens have it; at most [`MOST_SYMBOL`] bytes of it.
fn string(output: &[u8]) -> Option<&[u8]> {
    let word = words::at(output, 0)?;
    let bytes = if word == U256::from(32) {
        let length = words::narrow(words::at(output, 1)?)?;
        let bytes = output.get(64..)?;
        bytes.get(..usize::try_from(length).ok()?)?
    } else {
        let end = output.iter().take(32).position(|byte| *byte == 0);
        output.get(..end.unwrap_or(32))?
    };
    bytes.get(..bytes.len().min(MOST_SYMBOL))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dated(day: u64) -> String {
        let mut text = Text::default();
        date(&mut text, day);
        String::from_utf8(text.bytes().to_vec()).unwrap()
    }

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (day, expected) in [
            (0, "1970-01-01"),
            (58, "1970-02-28"),
            (59, "1970-03-01"),
            (789, "1972-02-29"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (20_812, "2026-12-25"),
            (21_914, "2029-12-31"),
            (47_540, "2100-02-28"),
            (47_541, "2100-03-01"),
        ] {
            assert_eq!(dated(day), expected);
        }
    }

    #[test]
    fn symbols_come_as_strings_or_as_words() {
        let mut word = [0; 32];
        word[..3].copy_from_slice(b"MKR");
        assert_eq!(string(&word), Some(&b"MKR"[..]));
        assert_eq!(
            string(&Words::none().with(32u64).text(b"WETH")),
            Some(&b"WETH"[..])
        );
        let long = Words::none()
            .with(32u64)
            .text(b"a symbol of more than sixteen bytes and than a word");
        assert_eq!(string(&long), Some(&b"a symbol of more"[..]));
        assert_eq!(string(&[]), None);
        assert_eq!(string(&long[..70]), None);
    }
}
