//! `smirk market`: option chains and an index series in, a market folder for `smirk demo --market` out.

use std::path::PathBuf;

use anyhow::{ensure, Context, Result};
use clap::Args;

use crate::cmd::fit::{Fit, FitOptions};
use crate::fit::FittedChain;
use crate::market::{
    anchor_rows, read_index_column, sample, Market as Folder, Observation, Surface, VolSample,
};
use crate::time::{parse_utc, DAY};

/// Build a market folder that the demo can replay.
///
/// Fits the chains as `smirk fit` does and writes three small CSV files: the spot index over the snapshots' span (as
/// observed, nothing filled in), the anchors per snapshot, and the market's own vols at a few strikes for comparison.
#[derive(Args)]
pub struct Market {
    #[command(flatten)]
    fit: FitOptions,
    /// Currency of the options and the index.
    #[arg(long, default_value = "ETH")]
    currency: String,
    /// CSV (plain or .gz) with the spot index: `timestamp_utc` and a price column.
    #[arg(long, value_name = "FILE")]
    index: PathBuf,
    /// Name of the price column [default: the currency in lower case and `_index`].
    #[arg(long, value_name = "NAME")]
    index_column: Option<String>,
    /// Keep anchors of expiries at most this many days ahead.
    #[arg(long, default_value_t = 60.0, value_name = "DAYS")]
    max_days: f64,
    /// Keep the market's own vols of these expiries (days, such as 2026-02-13, separated by commas).
    #[arg(long, value_name = "DAY", value_delimiter = ',', value_parser = parse_utc)]
    vols: Vec<u64>,
    /// The folder to write.
    #[arg(long, short, value_name = "DIR")]
    output: PathBuf,
}

impl Market {
    /// Fits, gathers and writes.
    pub fn run(self) -> Result<()> {
        let fit = Fit {
            options: self.fit,
            currency: vec![self.currency.clone()],
            expiries: false,
            output: None,
        };
        let mut chains = fit.fit_all()?;
        ensure!(
            chains
                .windows(2)
                .all(|pair| pair[0].timestamp < pair[1].timestamp),
            "the chains must be given in order of time, one snapshot each"
        );
        for chain in &mut chains {
            let horizon = chain.timestamp + (self.max_days * DAY as f64) as u64;
            chain
                .expiries
                .retain(|fitted| fitted.slice.expiry <= horizon);
        }
        chains.retain(|chain| !chain.expiries.is_empty());
        ensure!(!chains.is_empty(), "no expiry is within --max-days");
        let column = self
            .index_column
            .unwrap_or_else(|| format!("{}_index", self.currency.to_lowercase()));
        let index = read_index_column(&self.index, &column)
            .with_context(|| format!("{}", self.index.display()))?;
        let folder = Folder {
            currency: self.currency,
            index: spanning(
                &index,
                chains[0].timestamp,
                chains[chains.len() - 1].timestamp,
            )?,
            surfaces: chains.iter().map(surface).collect(),
            vols: chains
                .iter()
                .flat_map(|chain| samples(chain, &self.vols))
                .collect(),
        };
        let rows: Vec<_> = chains.iter().flat_map(anchor_rows).collect();
        folder.write(&rows, &self.output)?;
        let folder = Folder::read(&self.output).context("reading back what was written")?;
        println!(
            "{}: {}, {} index observations, {} anchors in {} snapshots, {} market smiles",
            self.output.display(),
            folder.currency,
            folder.index.len(),
            rows.len(),
            folder.surfaces.len(),
            folder.vols.len()
        );
        if let Some(gap) = folder.widest_gap() {
            println!(
                "the surface passes within {:.1} vol points of every market vol kept",
                gap * 100.0
            );
        }
        Ok(())
    }
}

/// The observations from the last at or before `first` to the first at or after `last`.
fn spanning(index: &[Observation], first: u64, last: u64) -> Result<Vec<Observation>> {
    let from = index.partition_point(|seen| seen.time <= first);
    let to = index.partition_point(|seen| seen.time < last);
    ensure!(
        from > 0 && to < index.len(),
        "the index does not cover the snapshots"
    );
    Ok(index[from - 1..=to].to_vec())
}

fn surface(chain: &FittedChain) -> Surface {
    Surface {
        time: chain.timestamp,
        slices: chain.expiries.iter().map(|fitted| fitted.slice).collect(),
    }
}

fn samples<'a>(chain: &'a FittedChain, days: &'a [u64]) -> impl Iterator<Item = VolSample> + 'a {
    let wanted = |expiry: u64| days.iter().any(|day| day / DAY == expiry / DAY);
    let kept = chain
        .expiries
        .iter()
        .filter(move |fitted| wanted(fitted.slice.expiry));
    kept.map(|fitted| sample(chain.timestamp, fitted))
}
