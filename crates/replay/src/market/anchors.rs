//! Fitted anchors as rows:
//! `timestamp_utc,currency,expiry_utc,forward,atm_vol,left_wing,right_wing,carry,points,rmse_vol_points`.

use std::path::Path;

use anyhow::{ensure, Context, Result};
use serde::{Deserialize, Serialize};
use smirk_engine::state::Slice;

use crate::decimal::{format_signed_wad, format_wad, parse_signed_wad, parse_wad};
use crate::fit::{check_surface, FittedChain, CARRY};
use crate::option_chain::open;
use crate::time::{format_utc, parse_utc};

/// The anchors of one snapshot.
#[derive(Clone, Debug)]
pub struct Surface {
    /// Unix seconds.
    pub time: u64,
    /// Ascending by expiry; accepted together by the contract's checks at `time`.
    pub slices: Vec<Slice>,
}

/// One anchor as files hold it. The last two columns are for the reader and may be missing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AnchorRow {
    /// Time of the snapshot.
    pub timestamp_utc: String,
    /// For example `ETH`.
    pub currency: String,
    /// When the options expire.
    pub expiry_utc: String,
    /// The exchange's forward for that expiry.
    pub forward: f64,
    /// At-the-money vol, 0.65 = 65 %.
    pub atm_vol: String,
    /// Left wing slope over √θ.
    pub left_wing: String,
    /// Right wing slope over √θ.
    pub right_wing: String,
    /// Carry per year: the pool's forward is spot·e^(carry·years).
    pub carry: String,
    /// Strikes fitted.
    #[serde(default)]
    pub points: Option<usize>,
    /// Root mean square error of the fit, vol points.
    #[serde(default)]
    pub rmse_vol_points: Option<f64>,
}

/// The rows of a fitted chain.
pub fn anchor_rows(chain: &FittedChain) -> Vec<AnchorRow> {
    let cents = |value: f64| (value * 100.0).round() / 100.0;
    chain
        .expiries
        .iter()
        .map(|fitted| AnchorRow {
            timestamp_utc: format_utc(chain.timestamp),
            currency: chain.currency.clone(),
            expiry_utc: format_utc(fitted.slice.expiry),
            forward: cents(fitted.smile.forward),
            atm_vol: format_wad(fitted.slice.atm_vol.into()),
            left_wing: format_wad(fitted.slice.left_wing.into()),
            right_wing: format_wad(fitted.slice.right_wing.into()),
            carry: format_signed_wad(fitted.slice.carry.into()),
            points: Some(fitted.errors.len()),
            rmse_vol_points: Some(cents(fitted.rmse())),
        })
        .collect()
}

/// Writes rows as CSV.
pub fn write_anchor_rows(path: &Path, rows: &[AnchorRow]) -> Result<()> {
    let mut writer = csv::Writer::from_path(path).with_context(|| format!("{}", path.display()))?;
    for row in rows {
        writer.serialize(row)?;
    }
    Ok(writer.flush()?)
}

/// Reads the anchors of one currency and checks every surface as the contract would.
pub fn read_anchors(path: &Path) -> Result<(String, Vec<Surface>)> {
    let mut reader = csv::Reader::from_reader(open(path)?);
    let header = reader.headers().context("line 1")?.clone();
    let mut currency: Option<String> = None;
    let mut surfaces: Vec<Surface> = Vec::new();
    for record in reader.records() {
        let record = record?;
        let line = record.position().map_or(0, csv::Position::line);
        let row: AnchorRow = record
            .deserialize(Some(&header))
            .with_context(|| format!("line {line}"))?;
        let same = currency.get_or_insert_with(|| row.currency.clone());
        ensure!(
            *same == row.currency,
            "line {line}: a market has one currency, not {same} and {}",
            row.currency
        );
        let (time, slice) = parse_row(&row).with_context(|| format!("line {line}"))?;
        match surfaces.last_mut() {
            Some(surface) if surface.time == time => {
                let ascends = surface
                    .slices
                    .last()
                    .is_some_and(|before| before.expiry < slice.expiry);
                ensure!(ascends, "line {line}: expiries of one snapshot must ascend");
                surface.slices.push(slice);
            }
            Some(surface) if surface.time > time => {
                anyhow::bail!("line {line}: snapshots must ascend in time");
            }
            _ => surfaces.push(Surface {
                time,
                slices: vec![slice],
            }),
        }
    }
    for surface in &surfaces {
        check_surface(&surface.slices, surface.time)
            .with_context(|| format!("the surface of {}", format_utc(surface.time)))?;
    }
    Ok((currency.context("no anchors")?, surfaces))
}

fn parse_row(row: &AnchorRow) -> Result<(u64, Slice)> {
    let time = parse_utc(&row.timestamp_utc).context("timestamp_utc")?;
    let number = |text: &str| -> Result<u64> { Ok(u64::try_from(parse_wad(text)?)?) };
    let slice = Slice {
        expiry: parse_utc(&row.expiry_utc).context("expiry_utc")?,
        atm_vol: number(&row.atm_vol).context("atm_vol")?,
        left_wing: number(&row.left_wing).context("left_wing")?,
        right_wing: number(&row.right_wing).context("right_wing")?,
        posted_at: time,
        carry: i64::try_from(parse_signed_wad(&row.carry).context("carry")?)?,
        ..Slice::default()
    };
    ensure!(
        (CARRY[0]..=CARRY[1]).contains(&(slice.carry as f64 / 1e18)),
        "carry {} is outside {} to {}",
        row.carry,
        CARRY[0],
        CARRY[1]
    );
    ensure!(slice.expiry > time, "the expiry is not after the snapshot");
    Ok((time, slice))
}
