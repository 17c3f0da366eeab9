//! The spot index as observed: `timestamp_utc,price`.

use std::path::Path;

use anyhow::{ensure, Context, Result};
use serde::{Deserialize, Serialize};

use crate::option_chain::open;
use crate::time::{format_utc, parse_utc};

/// One observed price.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// Unix seconds.
    pub time: u64,
    /// Quote per base.
    pub price: f64,
}

#[derive(Serialize, Deserialize)]
struct Row {
    timestamp_utc: String,
    price: f64,
}

/// Reads `timestamp_utc,price`, ascending in time.
pub fn read_index(path: &Path) -> Result<Vec<Observation>> {
    read_index_column(path, "price")
}

/// Reads the index from any CSV with `timestamp_utc` and the named price column; rows without a price are skipped.
pub fn read_index_column(path: &Path, column: &str) -> Result<Vec<Observation>> {
    let mut reader = csv::Reader::from_reader(open(path)?);
    let header = reader.headers().context("line 1")?.clone();
    let find = |name: &str| {
        let position = header.iter().position(|title| title == name);
        position.with_context(|| format!("line 1: the header has no column {name:?}"))
    };
    let (time_column, price_column) = (find("timestamp_utc")?, find(column)?);
    let mut index: Vec<Observation> = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        if record[price_column].is_empty() {
            continue;
        }
        let time = parse_utc(&record[time_column]).with_context(|| format!("line {line}"))?;
        let price: f64 = record[price_column]
            .parse()
            .with_context(|| format!("line {line}: {column}"))?;
        ensure!(
            price.is_finite() && price > 0.0,
            "line {line}: {column} is not above zero"
        );
        ensure!(
            index.last().is_none_or(|before| before.time < time),
            "line {line}: times must ascend"
        );
        index.push(Observation { time, price });
    }
    Ok(index)
}

/// Writes `timestamp_utc,price`.
pub fn write_index(path: &Path, index: &[Observation]) -> Result<()> {
    let mut writer = csv::Writer::from_path(path).with_context(|| format!("{}", path.display()))?;
    for seen in index {
        writer.serialize(Row {
            timestamp_utc: format_utc(seen.time),
            price: seen.price,
        })?;
    }
    Ok(writer.flush()?)
}
