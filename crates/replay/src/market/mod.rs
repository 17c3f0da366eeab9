//! A market folder: what a replay needs of one currency over one stretch of time, in three small CSV files.
//!
//! `index.csv` is the spot index as observed, `anchors.csv` the fitted slices per snapshot, `vols.csv` a sample of the
//! market's own vols to hold the surface against.

mod anchors;
mod index;
mod vols;

pub use anchors::{anchor_rows, read_anchors, write_anchor_rows, AnchorRow, Surface};
pub use index::{read_index, read_index_column, write_index, Observation};
pub use vols::{read_vols, sample, write_vols, QuotedVol, VolSample};

use std::path::Path;

use anyhow::{ensure, Context, Result};
use smirk_engine::state::YEAR;

use crate::fit::anchor_vol;

/// File names inside a market folder.
const INDEX: &str = "index.csv";
const ANCHORS: &str = "anchors.csv";
const VOLS: &str = "vols.csv";

/// A whole market folder.
#[derive(Clone, Debug)]
pub struct Market {
    /// For example `ETH`.
    pub currency: String,
    /// Spot index, ascending in time.
    pub index: Vec<Observation>,
    /// Fitted surfaces, ascending in time.
    pub surfaces: Vec<Surface>,
    /// Market vols, ascending in time and expiry.
    pub vols: Vec<VolSample>,
}

impl Market {
    /// Reads and checks a folder; errors name the file and line.
    pub fn read(folder: &Path) -> Result<Self> {
        let at = |name: &str| folder.join(name);
        ensure!(folder.is_dir(), "{} is not a folder", folder.display());
        let named = |name: &str| format!("{}", at(name).display());
        let index = read_index(&at(INDEX)).with_context(|| named(INDEX))?;
        let (currency, surfaces) = read_anchors(&at(ANCHORS)).with_context(|| named(ANCHORS))?;
        let vols = read_vols(&at(VOLS)).with_context(|| named(VOLS))?;
        let market = Self {
            currency,
            index,
            surfaces,
            vols,
        };
        market
            .check()
            .with_context(|| format!("{}", folder.display()))?;
        Ok(market)
    }

    /// Writes the three files, replacing what is there.
    pub fn write(&self, rows: &[AnchorRow], folder: &Path) -> Result<()> {
        self.check()?;
        std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
        write_index(&folder.join(INDEX), &self.index)?;
        write_anchor_rows(&folder.join(ANCHORS), rows)?;
        write_vols(&folder.join(VOLS), &self.vols)
    }

    /// The index at `time`: exact at observations, log-linear between them, flat outside.
    pub fn spot(&self, time: u64) -> f64 {
        let after = self.index.partition_point(|seen| seen.time <= time);
        match (self.index.get(after.wrapping_sub(1)), self.index.get(after)) {
            (Some(before), Some(next)) => {
                let share = (time - before.time) as f64 / (next.time - before.time) as f64;
                before.price * (next.price / before.price).powf(share)
            }
            (Some(only), None) | (None, Some(only)) => only.price,
            (None, None) => unreachable!("a checked market has observations"),
        }
    }

    /// The largest difference between the surface and the market's mark vols, where both are known.
    pub fn widest_gap(&self) -> Option<f64> {
        let gaps = self.vols.iter().flat_map(|sample| {
            let surface = self
                .surfaces
                .iter()
                .find(|surface| surface.time == sample.time);
            let slices = surface.map_or(&[][..], |surface| &surface.slices);
            let slice = slices.iter().find(|slice| slice.expiry == sample.expiry);
            let tau = (sample.expiry.saturating_sub(sample.time)) as f64 / YEAR as f64;
            slice.into_iter().flat_map(move |slice| {
                let model =
                    move |strike: f64| anchor_vol(slice, tau, (strike / sample.forward).ln());
                sample
                    .vols
                    .iter()
                    .map(move |quoted| (model(quoted.strike) - quoted.mark).abs())
            })
        });
        gaps.max_by(f64::total_cmp)
    }

    fn check(&self) -> Result<()> {
        ensure!(
            self.index.len() >= 2,
            "{INDEX} needs at least two observations"
        );
        ensure!(!self.surfaces.is_empty(), "{ANCHORS} holds no snapshot");
        let (first, last) = (
            self.surfaces[0].time,
            self.surfaces[self.surfaces.len() - 1].time,
        );
        ensure!(
            self.index[0].time <= first && last <= self.index[self.index.len() - 1].time,
            "{INDEX} does not cover every snapshot of {ANCHORS}"
        );
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::format_utc;

    fn shipped() -> std::path::PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo/week")
    }

    /// A copy of the shipped folder with one file's text changed.
    fn altered(name: &str, file: &str, from: &str, to: &str) -> String {
        let folder =
            std::env::temp_dir().join(format!("smirk-market-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        for each in [INDEX, ANCHORS, VOLS] {
            let mut text = std::fs::read_to_string(shipped().join(each)).unwrap();
            if each == file {
                assert!(text.contains(from), "{file} has no {from:?}");
                text = text.replacen(from, to, 1);
            }
            std::fs::write(folder.join(each), text).unwrap();
        }
        let error = format!("{:#}", Market::read(&folder).expect_err("was read"));
        std::fs::remove_dir_all(folder).unwrap();
        error
    }

    #[test]
    fn spot_is_exact_at_observations_and_log_linear_between() {
        let seen = |time, price| Observation { time, price };
        let market = Market {
            currency: "ETH".into(),
            index: vec![seen(100, 2_500.0), seen(300, 1_600.0), seen(400, 1_700.0)],
            surfaces: Vec::new(),
            vols: Vec::new(),
        };
        assert_eq!(market.spot(100), 2_500.0);
        assert!((market.spot(200) - 2_000.0).abs() < 1e-9);
        assert_eq!(market.spot(300), 1_600.0);
        assert_eq!(market.spot(50), 2_500.0);
        assert_eq!(market.spot(999), 1_700.0);
    }

    #[test]
    fn the_shipped_week_is_whole() {
        let market = Market::read(&shipped()).unwrap();
        assert_eq!(market.currency, "ETH");
        assert_eq!((market.index.len(), market.surfaces.len()), (31, 31));
        assert_eq!(format_utc(market.surfaces[0].time), "2026-02-01T04:54:02Z");
        assert_eq!(format_utc(market.surfaces[30].time), "2026-02-08T21:27:30Z");
        // The sample is the market's own, so the fit has to pass near it: at most a few points in the worst hour.
        assert_eq!(market.vols.len(), 139);
        let gap = market.widest_gap().unwrap();
        assert!(gap < 0.07, "the surface misses the market by {gap}");
    }

    #[test]
    fn a_broken_folder_is_refused_with_its_line() {
        for (name, file, from, to, says) in [
            (
                "index",
                INDEX,
                ",2411.015",
                ",-1",
                "index.csv: line 3: price is not above zero",
            ),
            (
                "time",
                INDEX,
                "2026-02-01T09",
                "2026-02-01T04:00:00Z,1\n2026-02-01T09",
                "index.csv: line 3: times must ascend",
            ),
            (
                "cover",
                INDEX,
                "2026-02-08T21:27:30Z",
                "2026-02-08T21:00:00Z",
                "does not cover every snapshot",
            ),
            (
                "currency",
                ANCHORS,
                "ETH",
                "BTC",
                "anchors.csv: line 3: a market has one currency",
            ),
            ("number", ANCHORS, "0.812881", "0,8", "anchors.csv"),
            (
                "arbitrage",
                ANCHORS,
                "0.812881",
                "2.9",
                "the contract would refuse",
            ),
            (
                "carry",
                ANCHORS,
                ",0.058993,",
                ",-0.2,",
                "carry -0.2 is outside -0.1 to 0.3",
            ),
            (
                "vols",
                VOLS,
                "70.9",
                "",
                "vols.csv: line 3: strikes, bid, mark and ask",
            ),
        ] {
            let error = altered(name, file, from, to);
            assert!(
                error.contains(says),
                "{name}: {error:?} does not say {says:?}"
            );
        }
    }
}
