//! Reads one snapshot of an option chain from CSV (plain or gzip) in the columns that Deribit collectors write.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::{anyhow, bail, ensure, Context, Result};
use flate2::read::MultiGzDecoder;
use smirk_engine::state::Kind;

use crate::time::parse_utc;

/// Rows of one snapshot may be this many seconds apart; more means that files were joined.
const SNAPSHOT_SPAN: u64 = 3_600;

/// One listed option at the time of the snapshot.
#[derive(Clone, Debug)]
pub struct Listing {
    /// Call or put.
    pub kind: Kind,
    /// Strike, quote per base.
    pub strike: f64,
    /// The exchange's forward for this expiry when the row was read.
    pub underlying: f64,
    /// Mark vol, 0.65 = 65 %.
    pub mark_vol: f64,
    /// Vol of the best bid, if there is one.
    pub bid_vol: Option<f64>,
    /// Vol of the best ask, if there is one.
    pub ask_vol: Option<f64>,
}

/// All options of one currency at one time.
#[derive(Clone, Debug)]
pub struct OptionChain {
    /// Unix time of the snapshot.
    pub timestamp: u64,
    /// For example `ETH`.
    pub currency: String,
    /// Spot index, the median over the rows.
    pub index: f64,
    /// Listings per expiry (unix seconds), in file order.
    pub expiries: BTreeMap<u64, Vec<Listing>>,
}

/// The chain of `currency` in a file, or `None` when the file has other currencies only.
pub fn read_chain(path: &Path, currency: &str) -> Result<Option<OptionChain>> {
    parse_chain(open(path)?, currency).with_context(|| format!("{}", path.display()))
}

/// The `.csv` and `.csv.gz` files that `path` names: itself, or those inside it by name.
pub fn chain_files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        ensure!(path.exists(), "{} does not exist", path.display());
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).with_context(|| format!("{}", path.display()))? {
        let file = entry?.path();
        let name = file.to_string_lossy();
        if name.ends_with(".csv") || name.ends_with(".csv.gz") {
            files.push(file);
        }
    }
    ensure!(
        !files.is_empty(),
        "{} holds no .csv or .csv.gz file",
        path.display()
    );
    files.sort();
    Ok(files)
}

/// Opens a file, through gzip when its name ends in `.gz`.
pub fn open(path: &Path) -> Result<Box<dyn Read>> {
    let file = BufReader::new(File::open(path).with_context(|| format!("{}", path.display()))?);
    if path.extension().is_some_and(|ext| ext == "gz") {
        Ok(Box::new(MultiGzDecoder::new(file)))
    } else {
        Ok(Box::new(file))
    }
}

/// Reads a chain from CSV text; every error names the line.
pub fn parse_chain(input: impl Read, currency: &str) -> Result<Option<OptionChain>> {
    let mut reader = csv::ReaderBuilder::new().from_reader(input);
    let columns = Columns::find(reader.headers().context("line 1")?)?;
    let mut listings: BTreeMap<u64, Vec<Listing>> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut indices = Vec::new();
    let mut timestamp = None;
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        if &record[columns.currency] != currency {
            continue;
        }
        let row = columns
            .row(&record)
            .with_context(|| format!("line {line}"))?;
        let first = *timestamp.get_or_insert(row.timestamp);
        ensure!(
            row.timestamp.abs_diff(first) <= SNAPSHOT_SPAN,
            "line {line}: its time is more than an hour from the first row's; one file must be one snapshot"
        );
        ensure!(
            seen.insert(record[columns.instrument].to_owned()),
            "line {line}: {} is listed twice",
            &record[columns.instrument]
        );
        indices.push(row.index);
        if let Some(listing) = row.listing {
            listings.entry(row.expiry).or_default().push(listing);
        }
    }
    Ok(timestamp.map(|timestamp| OptionChain {
        timestamp,
        currency: currency.to_owned(),
        index: median(&mut indices),
        expiries: listings,
    }))
}

/// Median of a non-empty list (mean of the middle two when even), which is left sorted.
pub fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    if values.len() % 2 == 1 {
        values[middle]
    } else {
        (values[middle - 1] + values[middle]) / 2.0
    }
}

struct Row {
    timestamp: u64,
    expiry: u64,
    index: f64,
    listing: Option<Listing>,
}

struct Columns {
    timestamp: usize,
    currency: usize,
    instrument: usize,
    expiry: usize,
    kind: usize,
    strike: usize,
    underlying: usize,
    index: usize,
    bid_vol: usize,
    ask_vol: usize,
    mark_vol: usize,
}

impl Columns {
    fn find(header: &csv::StringRecord) -> Result<Self> {
        let column = |name: &str| {
            header
                .iter()
                .position(|title| title == name)
                .ok_or_else(|| anyhow!("line 1: the header has no column {name:?}"))
        };
        Ok(Self {
            timestamp: column("timestamp_utc")?,
            currency: column("currency")?,
            instrument: column("instrument_name")?,
            expiry: column("expiry_utc")?,
            kind: column("option_type")?,
            strike: column("strike")?,
            underlying: column("underlying_price")?,
            index: column("index_price")?,
            bid_vol: column("bid_iv")?,
            ask_vol: column("ask_iv")?,
            mark_vol: column("mark_iv")?,
        })
    }

    /// A row; its listing is absent when the exchange published no mark vol. Some collectors write a missing quote as 0.
    fn row(&self, record: &csv::StringRecord) -> Result<Row> {
        let kind = match &record[self.kind] {
            "C" => Kind::Call,
            "P" => Kind::Put,
            other => bail!("option_type is {other:?}, not C or P"),
        };
        let strike = required(record, self.strike, "strike")?;
        let underlying = required(record, self.underlying, "underlying_price")?;
        let mark = optional(record, self.mark_vol, "mark_iv")?;
        let quote = |column, name| -> Result<Option<f64>> {
            if record[column].parse() == Ok(0.0) {
                return Ok(None);
            }
            Ok(optional(record, column, name)?.map(|vol| vol / 100.0))
        };
        let bid_vol = quote(self.bid_vol, "bid_iv")?;
        let ask_vol = quote(self.ask_vol, "ask_iv")?;
        Ok(Row {
            timestamp: parse_utc(&record[self.timestamp]).context("timestamp_utc")?,
            expiry: parse_utc(&record[self.expiry]).context("expiry_utc")?,
            index: required(record, self.index, "index_price")?,
            listing: mark.map(|vol| Listing {
                kind,
                strike,
                underlying,
                mark_vol: vol / 100.0,
                bid_vol,
                ask_vol,
            }),
        })
    }
}

fn required(record: &csv::StringRecord, column: usize, name: &str) -> Result<f64> {
    optional(record, column, name)?.ok_or_else(|| anyhow!("{name} is empty"))
}

/// A positive number, or nothing when the field is empty.
fn optional(record: &csv::StringRecord, column: usize, name: &str) -> Result<Option<f64>> {
    let text = &record[column];
    if text.is_empty() {
        return Ok(None);
    }
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(Some(value)),
        _ => bail!("{name} is {text:?}, not a number above zero"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "timestamp_utc,currency,instrument_name,expiry_utc,option_type,strike,underlying_price,index_price,bid_iv,ask_iv,mark_iv";
    const CALL: &str = "2026-02-05T15:51:32Z,ETH,ETH-6FEB26-2000-C,2026-02-06T08:00:00Z,C,2000,1976.5,1975.1,,104.0,101.5";
    const PUT: &str = "2026-02-05T15:51:32Z,ETH,ETH-6FEB26-2000-P,2026-02-06T08:00:00Z,P,2000,1977.5,1975.3,99.0,0.0,101.5";

    fn parse(lines: &[&str]) -> Result<Option<OptionChain>> {
        parse_chain(lines.join("\n").as_bytes(), "ETH")
    }

    fn refusal(lines: &[&str]) -> String {
        format!("{:#}", parse(lines).expect_err("was read"))
    }

    #[test]
    fn a_chain_is_read() {
        let other = CALL.replace("ETH", "BTC");
        let chain = parse(&[HEADER, &other, CALL, PUT]).unwrap().unwrap();
        assert_eq!(
            crate::time::format_utc(chain.timestamp),
            "2026-02-05T15:51:32Z"
        );
        assert!((chain.index - 1_975.2).abs() < 1e-9);
        let listings = chain.expiries.values().next().unwrap();
        assert_eq!(listings.len(), 2);
        assert_eq!(
            (listings[0].bid_vol, listings[0].ask_vol),
            (None, Some(1.04))
        );
        assert_eq!(
            (listings[1].bid_vol, listings[1].ask_vol),
            (Some(0.99), None)
        );
        assert!(parse(&[HEADER, &other]).unwrap().is_none());
    }

    #[test]
    fn bad_lines_are_named() {
        for (bad, says) in [
            (
                CALL.replace(",2000,", ",two thousand,"),
                "line 3: strike is \"two thousand\"",
            ),
            (CALL.replace(",2000,", ",,"), "line 3: strike is empty"),
            (CALL.replace(",101.5", ",-1"), "line 3: mark_iv is \"-1\""),
            (CALL.replace(",101.5", ",NaN"), "line 3: mark_iv is \"NaN\""),
            (CALL.replace(",C,", ",X,"), "line 3: option_type is \"X\""),
            (
                CALL.replace("2026-02-06T08", "2026-02-31T08"),
                "line 3: expiry_utc",
            ),
            (
                CALL.replace("2026-02-05T15", "2026-02-05T18"),
                "line 3: its time is more than an hour",
            ),
            (PUT.to_owned(), "line 3: ETH-6FEB26-2000-P is listed twice"),
            ("2026-02-05T15:51:32Z,ETH".to_owned(), "line: 3"),
        ] {
            let error = refusal(&[HEADER, PUT, &bad]);
            assert!(error.contains(says), "{error:?} does not say {says:?}");
        }
        let error = refusal(&[&HEADER.replace("mark_iv", "iv"), CALL]);
        assert!(
            error.contains("line 1: the header has no column \"mark_iv\""),
            "{error}"
        );
    }

    #[test]
    fn what_is_not_text_is_refused() {
        let mut bytes = format!("{HEADER}\n{CALL}\n").into_bytes();
        bytes.extend(PUT.replace("ETH-6", "\u{1}").as_bytes().iter().map(|b| {
            if *b == 1 {
                0xff
            } else {
                *b
            }
        }));
        let error = format!("{:#}", parse_chain(&bytes[..], "ETH").unwrap_err());
        assert!(error.contains("line 3"), "{error}");
    }
}
