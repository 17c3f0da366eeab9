//! Deribit: `public/get_book_summary_by_currency` has every option of a currency with mark vol, forward and best prices, and
//! `public/get_index_price` the index.

use anyhow::{Context, Result};
use serde::{de::DeserializeOwned, Deserialize};
use smirk_engine::state::Kind;

use super::{Quote, Raw, Unit};
use crate::fetch;

#[derive(Deserialize)]
struct Answer<T> {
    result: T,
}

#[derive(Deserialize)]
struct IndexPrice {
    index_price: f64,
}

#[derive(Deserialize)]
struct Summary {
    instrument_name: String,
    creation_timestamp: u64,
    underlying_price: Option<f64>,
    mark_iv: Option<f64>,
    mark_price: Option<f64>,
    bid_price: Option<f64>,
    ask_price: Option<f64>,
}

/// Reads a currency's options.
pub async fn fetch(client: &reqwest::Client, url: &str, currency: &str) -> Result<Raw> {
    let index = format!(
        "public/get_index_price?index_name={}_usd",
        currency.to_lowercase()
    );
    let index: IndexPrice = get(client, url, &index).await?;
    let book = format!("public/get_book_summary_by_currency?currency={currency}&kind=option");
    let book: Vec<Summary> = get(client, url, &book).await?;
    Ok(Raw {
        index: index.index_price,
        quotes: book.iter().filter_map(quote).collect(),
    })
}

async fn get<T: DeserializeOwned>(client: &reqwest::Client, url: &str, path: &str) -> Result<T> {
    let address = format!("{}/api/v2/{path}", url.trim_end_matches('/'));
    let response = client.get(&address).send().await?;
    let answer: Answer<T> = fetch::json(response, fetch::EXCHANGE)
        .await
        .context(address)?;
    Ok(answer.result)
}

fn quote(summary: &Summary) -> Option<Quote> {
    let (expiry, strike, kind) = instrument(&summary.instrument_name)?;
    let number = |value: Option<f64>| value.unwrap_or_default();
    Some(Quote {
        time: summary.creation_timestamp / 1_000,
        expiry,
        kind,
        strike,
        forward: number(summary.underlying_price),
        mark_vol: number(summary.mark_iv) / 100.0,
        bid: number(summary.bid_price),
        ask: number(summary.ask_price),
        mark: number(summary.mark_price),
        unit: Unit::Coin,
    })
}

/// Expiry, strike and kind of a name such as `ETH-6FEB26-2000-C`; expiries are at 08:00 UTC.
pub(super) fn instrument(name: &str) -> Option<(u64, f64, Kind)> {
    let mut parts = name.split('-');
    let (_, date, strike, kind) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || !date.is_ascii() || date.len() < 6 {
        return None;
    }
    let (day, rest) = date.split_at(date.len() - 5);
    const MONTHS: [&str; 12] = [
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC",
    ];
    let month = MONTHS.iter().position(|month| *month == &rest[..3])? + 1;
    let day: u32 = day.parse().ok()?;
    let text = format!("20{}-{month:02}-{day:02}T08:00:00Z", &rest[3..]);
    let kind = match kind {
        "C" => Kind::Call,
        "P" => Kind::Put,
        _ => return None,
    };
    let strike = strike.replace('d', ".").parse().ok()?;
    Some((smirk_fit::time::parse_utc(&text).ok()?, strike, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read() {
        let expiry = smirk_fit::time::parse_utc("2026-02-06T08:00:00Z").unwrap();
        assert_eq!(
            instrument("ETH-6FEB26-2000-C"),
            Some((expiry, 2_000.0, Kind::Call))
        );
        assert_eq!(
            instrument("ETH-06FEB26-0d5-P"),
            Some((expiry, 0.5, Kind::Put))
        );
        for bad in [
            "ETH-PERPETUAL",
            "ETH-6FEB26",
            "ETH-31FEB26-2000-C",
            "ETH-6FEB26-2000-X",
            "ETH-é6FEB-1-C",
            "",
        ] {
            assert_eq!(instrument(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_summary_as_the_exchange_writes_it_is_read() {
        let text = r#"{"jsonrpc":"2.0","result":[{"volume_usd":5.7,"volume":2.0,"underlying_price":1976.5,
            "underlying_index":"ETH-6FEB26","quote_currency":"ETH","price_change":null,"open_interest":10.0,"mid_price":null,
            "mark_price":0.0312,"mark_iv":101.5,"low":null,"last":0.03,"interest_rate":0.0,"instrument_name":"ETH-6FEB26-2000-C",
            "high":null,"estimated_delivery_price":1975.1,"creation_timestamp":1770306692123,"bid_price":0.031,
            "base_currency":"ETH","ask_price":null}],"usIn":1,"usOut":2,"usDiff":1,"testnet":false}"#;
        let answer: Answer<Vec<Summary>> = serde_json::from_str(text).unwrap();
        let quote = quote(&answer.result[0]).unwrap();
        assert_eq!((quote.time, quote.strike), (1_770_306_692, 2_000.0));
        assert_eq!((quote.mark_vol, quote.bid, quote.ask), (1.015, 0.031, 0.0));
    }
}
