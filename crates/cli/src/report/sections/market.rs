//! The market: spot, venue, at-the-money vols, and the surface against the market's own vols.

use super::super::format::number;
use super::super::record::{Replay, Step};
use super::super::smiles::{most_stressed, smile_panels};
use super::super::timeline::{Line, Mark, Timeline, Unit};
use super::{line, panel, section};
use crate::time::{format_day, format_utc};

/// Spot, venue and at-the-money vols.
pub fn market(replay: &Replay, timeline: &Timeline) -> String {
    let mut spot = panel(
        "Spot",
        Unit {
            prefix: "$",
            suffix: "",
            decimals: 2,
        },
        150.0,
        vec![
            line(replay, "feed", "ink", |step| step.spot),
            line(replay, "Uniswap pool", "violet thin dashed", |step| {
                step.venue_price
            }),
        ],
    );
    spot.marks = replay
        .index
        .iter()
        .map(|&(time, price)| Mark {
            time,
            value: price,
            class: "ink",
            title: format!(
                "observed {} UTC: {}",
                &format_utc(time)[..16],
                number(price, 2)
            ),
        })
        .collect();
    spot.keys = vec![("ink", "observed index")];
    let mut vols = panel(
        "At-the-money vol",
        Unit {
            prefix: "",
            suffix: " %",
            decimals: 1,
        },
        150.0,
        atm_lines(replay),
    );
    vols.axis_unit = " %";
    section(
        "The market",
        "The feed follows the observed index (dots, about four a day) and moves log-linearly between them, so the week is calmer between dots than it was. \
         Arbitrageurs hold the Uniswap pool at the feed. The keeper posts each expiry's anchor towards the market's fitted surface, taken linearly between snapshots, as fast as the contract's step limit lets it. \
         Dashed lines mark settlements. <b>Move the pointer over any chart to read all of them at that hour.</b>",
        &timeline.stack(&[spot, vols]),
    )
}

fn atm_lines(replay: &Replay) -> Vec<Line> {
    const CLASSES: [&str; 8] = [
        "red",
        "market",
        "green",
        "pool",
        "violet",
        "ink",
        "red dashed",
        "market dashed",
    ];
    let mut expiries: Vec<u64> = replay
        .steps
        .iter()
        .flat_map(|step| step.atm_vols.iter().map(|vol| vol.0))
        .collect();
    expiries.sort_unstable();
    expiries.dedup();
    expiries
        .iter()
        .enumerate()
        .map(|(i, &expiry)| {
            let vol = |step: &Step| {
                step.atm_vols
                    .iter()
                    .find(|vol| vol.0 == expiry)
                    .map_or(f64::NAN, |vol| vol.1 * 100.0)
            };
            line(replay, &format_day(expiry), CLASSES[i % CLASSES.len()], vol)
        })
        .collect()
}

/// The surface against the market.
pub fn surface(replay: &Replay) -> String {
    section(
        "The surface against the market",
        "Lines are the pool's vols, read from its views; dots and whiskers are the market's mark, bid and ask at the same moment. \
         The pool stores three numbers per expiry, and all slices together admit no butterfly or calendar arbitrage. <b>Drag the slider through the week.</b> \
         Each panel prints the mean distance in vol points: three numbers cannot follow every kink of a smile, and where vols move faster than the step limit the pool trails.",
        &smile_panels(&replay.frames, most_stressed(&replay.frames)),
    )
}
