//! OKX: `public/opt-summary` has every option of an underlying with mark, bid and ask vols and the forward, and
//! `market/index-tickers` the index. Numbers come as text, empty for none.

use anyhow::{ensure, Context, Result};
use serde::{de::DeserializeOwned, Deserialize};
use smirk_engine::state::Kind;

use super::{Quote, Raw, Unit};
use crate::fetch;

#[derive(Deserialize)]
struct Answer<T> {
    code: String,
    msg: String,
    data: Vec<T>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Index {
    idx_px: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    inst_id: String,
    mark_vol: String,
    bid_vol: String,
    ask_vol: String,
    fwd_px: String,
    ts: String,
}

/// Reads a currency's options.
pub async fn fetch(client: &reqwest::Client, url: &str, currency: &str) -> Result<Raw> {
    let index = format!("market/index-tickers?instId={currency}-USD");
    let index: Vec<Index> = get(client, url, &index).await?;
    let book = format!("public/opt-summary?uly={currency}-USD");
    let book: Vec<Summary> = get(client, url, &book).await?;
    Ok(Raw {
        index: index.first().map_or(0.0, |index| number(&index.idx_px)),
        quotes: book.iter().filter_map(quote).collect(),
    })
}

async fn get<T: DeserializeOwned>(
    client: &reqwest::Client,
    url: &str,
    path: &str,
) -> Result<Vec<T>> {
    let address = format!("{}/api/v5/{path}", url.trim_end_matches('/'));
    let response = client.get(&address).send().await?;
    let answer: Answer<T> = fetch::json(response, fetch::EXCHANGE)
        .await
        .context(address)?;
    ensure!(answer.code == "0", "code {}: {}", answer.code, answer.msg);
    Ok(answer.data)
}

fn number(text: &str) -> f64 {
    text.parse().unwrap_or_default()
}

fn quote(summary: &Summary) -> Option<Quote> {
    let (expiry, strike, kind) = instrument(&summary.inst_id)?;
    Some(Quote {
        time: summary.ts.parse::<u64>().ok()? / 1_000,
        expiry,
        kind,
        strike,
        forward: number(&summary.fwd_px),
        mark_vol: number(&summary.mark_vol),
        bid: number(&summary.bid_vol),
        ask: number(&summary.ask_vol),
        mark: number(&summary.mark_vol),
        unit: Unit::Vol,
    })
}

/// Expiry, strike and kind of a name such as `ETH-USD-260206-2000-C`; expiries are at 08:00 UTC.
fn instrument(name: &str) -> Option<(u64, f64, Kind)> {
    let parts: Vec<&str> = name.split('-').collect();
    let [_, _, date, strike, kind] = parts[..] else {
        return None;
    };
    if date.len() != 6 || !date.is_ascii() {
        return None;
    }
    let text = format!("20{}-{}-{}T08:00:00Z", &date[..2], &date[2..4], &date[4..]);
    let kind = match kind {
        "C" => Kind::Call,
        "P" => Kind::Put,
        _ => return None,
    };
    Some((
        smirk_fit::time::parse_utc(&text).ok()?,
        strike.parse().ok()?,
        kind,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_summary_as_the_exchange_writes_it_is_read() {
        let text = r#"{"code":"0","msg":"","data":[{"askVol":"","bidVol":"0.68","delta":"0.5","deltaBS":"0.5","fwdPx":"1976.5",
            "gamma":"1","gammaBS":"1","instId":"ETH-USD-260206-2000-C","instType":"OPTION","lever":"1","markVol":"0.7015",
            "realVol":"","theta":"-1","thetaBS":"-1","ts":"1770306692123","uly":"ETH-USD","vega":"1","vegaBS":"1","volLv":"0.7"}]}"#;
        let answer: Answer<Summary> = serde_json::from_str(text).unwrap();
        let quote = quote(&answer.data[0]).unwrap();
        let expiry = smirk_fit::time::parse_utc("2026-02-06T08:00:00Z").unwrap();
        assert_eq!((quote.time, quote.expiry), (1_770_306_692, expiry));
        assert_eq!((quote.mark_vol, quote.bid, quote.ask), (0.7015, 0.68, 0.0));
        for bad in [
            "ETH-USD-260230-2000-C",
            "ETH-USD-SWAP",
            "ETH-USD-26020-2000-C",
            "",
        ] {
            assert_eq!(instrument(bad), None, "{bad}");
        }
    }
}
