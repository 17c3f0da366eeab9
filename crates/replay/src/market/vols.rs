//! A sample of the market's own vols: `timestamp_utc,expiry_utc,forward,strikes,bid,mark,ask`, the last four being
//! lists parted by spaces, in quote per base and in per cent, `-` where the market had no quote.

use std::path::Path;

use anyhow::{bail, ensure, Context, Result};
use serde::{Deserialize, Serialize};

use crate::fit::{FittedExpiry, Point};
use crate::option_chain::open;
use crate::time::{format_utc, parse_utc};

/// Forward call deltas whose nearest strikes are kept, from the left wing to the right.
const SAMPLE_DELTAS: [f64; 7] = [0.95, 0.9, 0.75, 0.5, 0.25, 0.1, 0.05];

/// One strike's vols, 0.65 = 65 %.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QuotedVol {
    /// Quote per base.
    pub strike: f64,
    /// Best bid, if there was one.
    pub bid: Option<f64>,
    /// The exchange's mark.
    pub mark: f64,
    /// Best ask, if there was one.
    pub ask: Option<f64>,
}

/// A few strikes of one expiry at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct VolSample {
    /// Unix seconds.
    pub time: u64,
    /// Unix seconds.
    pub expiry: u64,
    /// The exchange's forward for that expiry.
    pub forward: f64,
    /// Ascending by strike.
    pub vols: Vec<QuotedVol>,
}

#[derive(Serialize, Deserialize)]
struct Row {
    timestamp_utc: String,
    expiry_utc: String,
    forward: f64,
    strikes: String,
    bid: String,
    mark: String,
    ask: String,
}

/// The strikes nearest to the sample deltas, vols rounded to 0.1 vol points.
pub fn sample(time: u64, fitted: &FittedExpiry) -> VolSample {
    let mut points: Vec<&Point> = SAMPLE_DELTAS
        .iter()
        .filter_map(|delta| nearest(fitted, *delta))
        .collect();
    points.dedup_by(|a, b| a.strike == b.strike);
    let tenths = |vol: f64| (vol * 1_000.0).round() / 1_000.0;
    VolSample {
        time,
        expiry: fitted.slice.expiry,
        forward: (fitted.smile.forward * 100.0).round() / 100.0,
        vols: points
            .into_iter()
            .map(|point| QuotedVol {
                strike: point.strike,
                bid: point.bid_vol.map(tenths),
                mark: tenths(point.vol),
                ask: point.ask_vol.map(tenths),
            })
            .collect(),
    }
}

fn nearest(fitted: &FittedExpiry, delta: f64) -> Option<&Point> {
    let distance = |point: &&Point| (point.call_delta - delta).abs();
    fitted
        .smile
        .points
        .iter()
        .min_by(|a, b| distance(a).total_cmp(&distance(b)))
}

/// Writes samples as CSV.
pub fn write_vols(path: &Path, samples: &[VolSample]) -> Result<()> {
    let mut writer = csv::Writer::from_path(path).with_context(|| format!("{}", path.display()))?;
    for sample in samples {
        let list = |field: &dyn Fn(&QuotedVol) -> String| {
            sample.vols.iter().map(field).collect::<Vec<_>>().join(" ")
        };
        let per_cent =
            |vol: Option<f64>| vol.map_or("-".to_owned(), |vol| format!("{:.1}", vol * 100.0));
        writer.serialize(Row {
            timestamp_utc: format_utc(sample.time),
            expiry_utc: format_utc(sample.expiry),
            forward: sample.forward,
            strikes: list(&|vol| vol.strike.to_string()),
            bid: list(&|vol| per_cent(vol.bid)),
            mark: list(&|vol| per_cent(Some(vol.mark))),
            ask: list(&|vol| per_cent(vol.ask)),
        })?;
    }
    Ok(writer.flush()?)
}

/// Reads samples; errors name the line.
pub fn read_vols(path: &Path) -> Result<Vec<VolSample>> {
    let mut reader = csv::Reader::from_reader(open(path)?);
    let header = reader.headers().context("line 1")?.clone();
    let mut samples = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        let row: Row = record
            .deserialize(Some(&header))
            .with_context(|| format!("line {line}"))?;
        samples.push(parse_row(&row).with_context(|| format!("line {line}"))?);
    }
    Ok(samples)
}

fn parse_row(row: &Row) -> Result<VolSample> {
    let list = |text: &str, unit: f64| -> Result<Vec<Option<f64>>> {
        text.split_whitespace()
            .map(|word| number(word, unit))
            .collect()
    };
    let strikes = list(&row.strikes, 1.0).context("strikes")?;
    let bid = list(&row.bid, 100.0).context("bid")?;
    let mark = list(&row.mark, 100.0).context("mark")?;
    let ask = list(&row.ask, 100.0).context("ask")?;
    let count = strikes.len();
    ensure!(
        bid.len() == count && mark.len() == count && ask.len() == count,
        "strikes, bid, mark and ask must be lists of one length"
    );
    ensure!(
        row.forward.is_finite() && row.forward > 0.0,
        "forward is not above zero"
    );
    let vols = (0..count)
        .map(|i| match (strikes[i], mark[i]) {
            (Some(strike), Some(mark)) => Ok(QuotedVol {
                strike,
                bid: bid[i],
                mark,
                ask: ask[i],
            }),
            _ => bail!("a strike or its mark is missing"),
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(VolSample {
        time: parse_utc(&row.timestamp_utc).context("timestamp_utc")?,
        expiry: parse_utc(&row.expiry_utc).context("expiry_utc")?,
        forward: row.forward,
        vols,
    })
}

fn number(word: &str, unit: f64) -> Result<Option<f64>> {
    if word == "-" {
        return Ok(None);
    }
    match word.parse::<f64>() {
        Ok(value) if value.is_finite() && value > 0.0 => Ok(Some(value / unit)),
        _ => bail!("{word:?} is not a number above zero"),
    }
}
