//! The market: spot, venue, at-the-money vols, and the surface against the market's own vols.

use std::collections::BTreeSet;

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
        expiry_lines(replay, |step| &step.atm_vols, |_, vol| vol * 100.0),
    );
    vols.axis_unit = " %";
    let mut forwards = panel(
        "Forward over spot",
        Unit {
            prefix: "",
            suffix: " bp",
            decimals: 1,
        },
        110.0,
        expiry_lines(
            replay,
            |step| &step.forwards,
            |step, forward| (forward / step.spot - 1.0) * 1e4,
        ),
    );
    forwards.axis_unit = " bp";
    forwards.include = vec![0.0];
    section(
        "The market",
        "The feed follows the observed index (dots) and moves log-linearly between them, so the market is calmer between dots than it was. \
         Arbitrageurs hold the Uniswap pool within its fee of the feed. The keeper posts each expiry's vols and carry as the market had them, taken linearly between snapshots; each post takes effect at once. \
         Each expiry is priced on its own forward, spot times e to the carry over the time left. \
         Dashed lines mark settlements. <b>Move the pointer over any chart, or press an arrow key with one in focus, to read all of them at that hour.</b>",
        &timeline.stack(&[spot, vols, forwards]),
    )
}

/// A line per expiry of one of the steps' lists, each value seen by `scale`.
fn expiry_lines(
    replay: &Replay,
    list: fn(&Step) -> &Vec<(u64, f64)>,
    scale: fn(&Step, f64) -> f64,
) -> Vec<Line> {
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
    let expiries: BTreeSet<u64> = replay
        .steps
        .iter()
        .flat_map(|step| list(step).iter().map(|&(expiry, _)| expiry))
        .collect();
    expiries
        .iter()
        .enumerate()
        .map(|(i, &expiry)| {
            let value = |step: &Step| {
                list(step)
                    .iter()
                    .find(|entry| entry.0 == expiry)
                    .map_or(f64::NAN, |entry| scale(step, entry.1))
            };
            line(
                replay,
                &format_day(expiry),
                CLASSES[i % CLASSES.len()],
                value,
            )
        })
        .collect()
}

/// The surface against the market.
pub fn surface(replay: &Replay) -> String {
    section(
        "The surface against the market",
        "Lines are the pool's vols, read from its views; dots and whiskers are the market's mark, bid and ask at the same moment. \
         The pool stores three numbers of a smile per expiry and its carry, and all slices together admit no butterfly or calendar arbitrage. <b>Drag the slider through time.</b> \
         Each panel prints how far the forward is from spot and the mean distance in vol points: three numbers cannot follow every kink of a smile.",
        &smile_panels(&replay.frames, most_stressed(&replay.frames)),
    )
}
