//! What the pool carries: inventory, greeks, exposure and its hedges.

use super::super::format::number;
use super::super::record::{Hedge, Replay, Step};
use super::super::timeline::{Area, Mark, Panel, Timeline, Unit};
use super::{line, panel, section, DOLLARS, PLAIN};
use crate::time::format_utc;

/// Inventory and greeks.
pub fn book(replay: &Replay, timeline: &Timeline) -> String {
    let mut inventory = panel(
        "Pool's options, contracts",
        Unit {
            prefix: "",
            suffix: "",
            decimals: 1,
        },
        100.0,
        vec![
            line(replay, "net calls", "pool", |step| step.calls),
            line(replay, "net puts", "market", |step| step.puts),
        ],
    );
    inventory.include = vec![0.0];
    let mut delta = panel(
        format!("Delta, {}", replay.base),
        PLAIN,
        76.0,
        vec![line(replay, "book", "pool", |step| step.net_delta)],
    );
    delta.include = vec![0.0];
    let gamma_values = |step: &Step| step.net_gamma * step.spot * 0.01;
    let mut gamma = panel(
        format!("Gamma per 1 % move, {}", replay.base),
        PLAIN,
        76.0,
        vec![line(replay, "book", "green", gamma_values)],
    );
    gamma.include = vec![0.0];
    let mut vega = panel(
        "Vega per vol point",
        DOLLARS,
        76.0,
        vec![line(replay, "book", "violet", |step| step.net_vega * 0.01)],
    );
    vega.include = vec![0.0];
    let mut theta = panel(
        "Theta per day",
        DOLLARS,
        76.0,
        vec![line(replay, "book", "red", |step| step.net_theta / 365.0)],
    );
    theta.include = vec![0.0];
    section(
        "Inventory and greeks",
        "The pool's side of everything traders hold: below zero it is short. Short options make gamma and vega negative and theta positive, \
         the premium being earned day by day; each settlement takes its series off the book.",
        &timeline.stack(&[inventory, delta, gamma, vega, theta]),
    )
}

/// Exposure, band, limit and each hedge.
pub fn hedge(replay: &Replay, timeline: &Timeline) -> String {
    let mut position = panel(
        format!("Hedge position, {}", replay.base),
        PLAIN,
        90.0,
        vec![
            line(replay, "base held less owed", "green", |step| {
                step.hedge_position
            }),
            line(replay, "minus book delta", "ink thin dotted", |step| {
                -step.net_delta
            }),
        ],
    );
    position.include = vec![0.0];
    let mut share = panel(
        "Exposure over its hard limit",
        Unit {
            prefix: "",
            suffix: " %",
            decimals: 0,
        },
        70.0,
        vec![line(replay, "used", "red", |step| {
            100.0 * step.exposure.abs() / step.limit
        })],
    );
    share.include = vec![0.0, 100.0];
    share.axis_unit = " %";
    section(
        "Exposure against the band",
        "Inside the band the pool does nothing; a trade that carries it outside makes it swap on Uniswap in the same transaction, at most what the trade itself added, and the keeper's pokes do the rest, \
         every minute and only near the feed's price. Each triangle is such a swap, its stem what it took away. The band is wide when hedging is dear against the risk, narrow when gamma or trade flow is large. \
         What it sells beyond what it holds it borrows from Aave v3, see below; the last panel says how much of the hard limit is used.",
        &timeline.stack(&[exposure(replay), position, share]),
    )
}

/// What the pool owes and what stands for it.
pub fn loan(replay: &Replay, timeline: &Timeline) -> String {
    let mut debt = panel(
        format!("Base, {}", replay.base),
        PLAIN,
        90.0,
        vec![
            line(replay, "owed", "red", |step| step.owed),
            line(replay, "held", "green", |step| {
                step.hedge_position + step.owed
            }),
        ],
    );
    debt.include = vec![0.0];
    let mut collateral = panel(
        "Collateral",
        DOLLARS,
        76.0,
        vec![line(replay, "supplied", "pool", |step| step.supplied)],
    );
    collateral.include = vec![0.0];
    let mut health = panel(
        "Health",
        PLAIN,
        90.0,
        vec![
            line(replay, "collateral over debt", "pool", |step| {
                if step.health > 0.0 {
                    step.health
                } else {
                    f64::NAN
                }
            }),
            line(replay, "topped up below", "ink dashed thin", |_| 1.6),
        ],
    );
    health.include = vec![1.0, 2.0];
    let mut interest = panel(
        "Interest earned less owed",
        DOLLARS,
        70.0,
        vec![line(replay, "since the start", "market", |step| {
            step.interest
        })],
    );
    interest.include = vec![0.0];
    section(
        "Loan",
        "What the hedge sells and does not hold is borrowed from Aave v3 against cash of the pool, in chunks, so that most swaps touch the venue alone: \
         some of what is borrowed is held for the next sale, and what purchases bring repays once there is enough of it. Each movement leaves collateral for twice the debt, \
         by the lender's own threshold. Posted collateral is not free cash; withdrawals and sales bring it back when they need it.",
        &timeline.stack(&[debt, collateral, health, interest]),
    )
}

fn exposure(replay: &Replay) -> Panel {
    let band = |sign: f64| {
        replay
            .steps
            .iter()
            .map(|step| sign * step.band)
            .collect::<Vec<_>>()
    };
    let before = |hedge: &Hedge| hedge.exposure_after - hedge.size;
    let mut exposure = panel(
        format!("Exposure, {}", replay.base),
        PLAIN,
        250.0,
        vec![line(replay, "delta + hedge", "pool", |step| step.exposure)],
    );
    exposure.areas = vec![Area {
        class: "band",
        name: "no-trade band",
        low: band(-1.0),
        high: band(1.0),
    }];
    exposure.keys = vec![
        ("up pool", "bought"),
        ("down market", "sold"),
        ("hollow pool", "hollow: by a poke"),
    ];
    let swaps = replay.hedges.iter();
    exposure.stems = swaps
        .clone()
        .map(|hedge| (hedge.time, before(hedge), hedge.exposure_after))
        .collect();
    exposure.marks = swaps.map(|hedge| hedge_mark(hedge, &replay.base)).collect();
    exposure
}

fn hedge_mark(hedge: &Hedge, base: &str) -> Mark {
    let (class, verb) = match (hedge.size > 0.0, hedge.poked) {
        (true, false) => ("up pool", "bought"),
        (false, false) => ("down market", "sold"),
        (true, true) => ("up hollow pool", "poke bought"),
        (false, true) => ("down hollow pool", "poke sold"),
    };
    Mark {
        time: hedge.time,
        value: hedge.exposure_after,
        class,
        title: format!(
            "{} UTC: {verb} {} {base} at {} (feed {})",
            &format_utc(hedge.time)[..16],
            number(hedge.size.abs(), 3),
            number(hedge.price, 2),
            number(hedge.spot, 2)
        ),
    }
}
