//! `smirk fit`: option chains in, anchors and fit errors out.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{ensure, Context, Result};
use clap::Args;

use crate::fit::{fit, FittedChain, Selection};
use crate::market::{anchor_rows, write_anchor_rows};
use crate::option_chain::{chain_files, median, read_chain};
use crate::time::{format_utc, parse_utc, DAY};

/// Fit one anchor slice per expiry to option chains.
///
/// Reads Deribit chain snapshots (CSV, plain or .gz; a file or a folder of them) and fits, per snapshot and expiry, the
/// four numbers that the pool's `postAnchor` takes: at-the-money vol, the left and right wing, and the carry.
///
/// The smile: least squares on out-of-the-money mark vols over ln(strike / forward), under the contract's own bounds,
/// butterfly and calendar conditions: whatever comes out is accepted by the contract at the time of the snapshot.
///
/// The carry c: the exchange's forward is index·e^(c·years). What all near forwards of a snapshot have in common against the
/// index is left out, since index and forwards are read at different moments; an expiry's own forward counts by half at 0.7
/// days and hardly at hours, where a basis point would be a carry of tens of per cent: there the carry is that of the near
/// expiries together. Bounds of the contract: -10 % to +30 %. Years have 365 days.
#[derive(Args)]
pub struct Fit {
    #[command(flatten)]
    pub(crate) options: FitOptions,
    /// Currencies to fit, separated by commas.
    #[arg(long, default_value = "ETH", value_delimiter = ',')]
    pub currency: Vec<String>,
    /// Print a line per expiry as well.
    #[arg(long)]
    pub expiries: bool,
    /// Write the anchors here, as JSON when the name ends in .json and as CSV otherwise.
    #[arg(long, short, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

/// What is fitted.
#[derive(Args)]
pub struct FitOptions {
    /// Chain files (.csv or .csv.gz) or folders of them.
    #[arg(required = true, value_name = "CHAIN")]
    pub inputs: Vec<PathBuf>,
    /// Skip snapshots before this UTC time (2026-02-01 or 2026-02-01T12:00:00Z).
    #[arg(long, value_name = "TIME", value_parser = parse_utc)]
    pub from: Option<u64>,
    /// Skip snapshots at or after this UTC time.
    #[arg(long, value_name = "TIME", value_parser = parse_utc)]
    pub to: Option<u64>,
    /// Fit strikes whose forward call delta lies between this and one less this.
    #[arg(long, default_value_t = 0.05, value_name = "DELTA")]
    pub tail_delta: f64,
    /// Fit expiries at least this many days ahead.
    #[arg(long, default_value_t = 1.0, value_name = "DAYS")]
    pub min_days: f64,
    /// Fit expiries with at least this many strikes inside the delta band.
    #[arg(long, default_value_t = 6, value_name = "COUNT")]
    pub min_points: usize,
}

impl FitOptions {
    fn selection(&self) -> Result<Selection> {
        ensure!(
            (0.0..0.5).contains(&self.tail_delta),
            "--tail-delta must be at least 0 and below 0.5"
        );
        ensure!(
            (0.0..=3_650.0).contains(&self.min_days),
            "--min-days must be between 0 and 3650"
        );
        ensure!(
            self.min_points >= 3,
            "--min-points must be at least 3: a slice has three parameters"
        );
        Ok(Selection {
            min_seconds: (self.min_days * DAY as f64) as u64,
            min_points: self.min_points,
            tail_delta: self.tail_delta,
        })
    }

    fn covers(&self, time: u64) -> bool {
        self.from.is_none_or(|from| from <= time) && self.to.is_none_or(|to| time < to)
    }
}

impl Fit {
    /// Fits, prints and writes.
    pub fn run(&self) -> Result<()> {
        let chains = self.fit_all()?;
        print_summary(&chains);
        if let Some(path) = &self.output {
            write_anchors(path, &chains)?;
            println!("anchors written to {}", path.display());
        }
        Ok(())
    }

    /// Fits every snapshot that the arguments name, printing as it goes.
    pub fn fit_all(&self) -> Result<Vec<FittedChain>> {
        let selection = self.options.selection()?;
        println!("{HEADER}");
        let mut fitted = Vec::new();
        for input in &self.options.inputs {
            for file in chain_files(input)? {
                for currency in &self.currency {
                    let begun = Instant::now();
                    let Some(chain) = read_chain(&file, currency)? else {
                        ensure!(
                            input.is_dir(),
                            "{} has no {currency} options",
                            file.display()
                        );
                        println!("  (no {currency} in {})", file.display());
                        continue;
                    };
                    if !self.options.covers(chain.timestamp) {
                        continue;
                    }
                    let chain =
                        fit(&chain, &selection).with_context(|| format!("{}", file.display()))?;
                    print_chain(&chain, begun.elapsed().as_millis(), self.expiries);
                    fitted.push(chain);
                }
            }
        }
        ensure!(!fitted.is_empty(), "no snapshot between --from and --to");
        Ok(fitted)
    }
}

const HEADER: &str = "\
snapshot              ccy      index  expiries  points   RMSE  worst  worst point              ms
                                                        (vol points)";

fn print_chain(chain: &FittedChain, milliseconds: u128, expiries: bool) {
    println!(
        "{}  {:<4} {:>9.2}  {:>8}  {:>6}  {:>5.2}  {:>5.2}  {:<22} {:>4}",
        format_utc(chain.timestamp),
        chain.currency,
        chain.index,
        chain.expiries.len(),
        chain.points(),
        chain.rmse(),
        chain.worst_error(),
        worst_point(chain),
        milliseconds
    );
    for expiry in chain.expiries.iter().filter(|_| expiries) {
        println!(
            "    {}  {:>6.1} d  atm {:>6.2} %  left {:.3}  right {:.3}  carry {:>6.2} %  {:>3} points  RMSE {:>5.2}",
            &format_utc(expiry.slice.expiry)[..10],
            (expiry.slice.expiry - chain.timestamp) as f64 / DAY as f64,
            expiry.slice.atm_vol as f64 / 1e16,
            expiry.slice.left_wing as f64 / 1e18,
            expiry.slice.right_wing as f64 / 1e18,
            expiry.slice.carry as f64 / 1e16,
            expiry.errors.len(),
            expiry.rmse()
        );
    }
}

fn worst_point(chain: &FittedChain) -> String {
    let points = chain.expiries.iter().flat_map(|expiry| {
        let day = &format_utc(expiry.slice.expiry)[..10];
        let day = day.to_owned();
        expiry
            .smile
            .points
            .iter()
            .zip(&expiry.errors)
            .map(move |(point, error)| (day.clone(), point.strike, *error))
    });
    points
        .max_by(|a, b| a.2.abs().total_cmp(&b.2.abs()))
        .map_or_else(String::new, |(day, strike, error)| {
            format!("{day} {strike} {error:+.2}")
        })
}

fn print_summary(chains: &[FittedChain]) {
    let mut currencies: Vec<&str> = chains.iter().map(|chain| chain.currency.as_str()).collect();
    currencies.sort_unstable();
    currencies.dedup();
    for currency in currencies {
        let mut rmse: Vec<f64> = chains
            .iter()
            .filter(|chain| chain.currency == currency)
            .map(FittedChain::rmse)
            .collect();
        let middle = median(&mut rmse);
        println!(
            "{currency}: {} snapshots, RMSE median {middle:.2}, worst {:.2} vol points; every slice accepted by the contract's checks",
            rmse.len(),
            rmse[rmse.len() - 1]
        );
    }
}

fn write_anchors(path: &Path, chains: &[FittedChain]) -> Result<()> {
    let rows: Vec<_> = chains.iter().flat_map(anchor_rows).collect();
    if path
        .extension()
        .is_some_and(|extension| extension == "json")
    {
        let text = serde_json::to_string_pretty(&rows)?;
        std::fs::write(path, text + "\n").with_context(|| format!("{}", path.display()))
    } else {
        write_anchor_rows(path, &rows)
    }
}
