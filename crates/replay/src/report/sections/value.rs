//! What it is worth: share price, result, solvency.

use super::super::attribution::{attribution, Attribution};
use super::super::format::{number, signed};
use super::super::record::{ExpiryResult, Replay, Step};
use super::super::tables::{figure, table, text, Cell};
use super::super::timeline::{Area, Timeline, Unit};
use super::{line, panel, section, DOLLARS};
use crate::time::format_day;

/// Net asset value and share price.
pub fn value(replay: &Replay, timeline: &Timeline) -> String {
    let start = replay.steps[0].share_price;
    let mut share = panel(
        "Share price",
        Unit {
            prefix: "$",
            suffix: "",
            decimals: 4,
        },
        150.0,
        vec![
            line(replay, "holding cash", "grey dashed", |_| start),
            line(replay, "share, mid", "green", |step| step.share_price),
        ],
    );
    let per_share = |side: fn(&Step) -> f64| {
        replay
            .steps
            .iter()
            .map(|step| step.share_price * side(step) / step.nav)
            .collect::<Vec<_>>()
    };
    share.areas = vec![Area {
        class: "value",
        name: "between the redeem and the mint side",
        low: per_share(|step| step.nav_low),
        high: per_share(|step| step.nav_high),
    }];
    let mut gain = panel(
        "Value beyond what was put in",
        DOLLARS,
        110.0,
        vec![line(replay, "result so far", "green", |step| {
            step.nav - step.contributed
        })],
    );
    gain.include = vec![0.0];
    let mut parts = panel(
        "What the value consists of, beside free cash",
        DOLLARS,
        110.0,
        vec![
            line(replay, "hedge at the feed", "violet", |step| {
                step.hedge_position * step.spot
            }),
            line(replay, "open options", "red", |step| step.book_value),
        ],
    );
    parts.include = vec![0.0];
    let contributed = panel(
        "Deposits less withdrawals",
        DOLLARS,
        70.0,
        vec![line(replay, "put in", "ink", |step| step.contributed)],
    );
    section(
        "Pool value and share price",
        "Deposits mint at the high side of the shaded range and withdrawals redeem at its low side, so nobody enters below worth or leaves above it. \
         The dashed line is the same money held as cash. The pool's value is what was put in (last panel) and the result so far; most of it is free cash.",
        &timeline.stack(&[share, gain, parts, contributed]),
    )
}

/// Premium, fees and hedge cost, cumulated, and the attribution.
pub fn result(replay: &Replay, timeline: &Timeline) -> String {
    let mut flows = panel(
        "Since the start",
        DOLLARS,
        190.0,
        vec![
            line(replay, "premium received", "pool", |step| step.premium),
            line(replay, "paid to holders", "red", |step| step.payouts),
            line(replay, "charges", "green", |step| {
                step.fees + step.capacity - step.unearned
            }),
            line(replay, "hedge gain after cost", "violet", |step| {
                step.hedge_gain
            }),
            line(replay, "hedge cost", "market", |step| step.hedge_cost),
        ],
    );
    flows.include = vec![0.0];
    let parts = attribution(replay);
    let tables = format!(
        "<div class=\"tables\"><div class=\"card\"><h3>Where the result came from</h3>{}</div><div><div class=\"card\"><h3>Hedging</h3>{}</div><div class=\"card scroll\"><h3>Options by expiry</h3>{}</div></div></div>",
        attribution_table(&parts, &replay.quote),
        hedge_table(replay, &parts),
        expiry_table(replay)
    );
    section(
        "Premium, fees, hedge cost",
        "Premium is what buyers paid less what sellers got back; what the options turned out to be worth shows as payouts at settlement and in the value of those still open. \
         Hedge cost is venue fee and slippage against the feed, kept apart from what the hedge position gained or lost with the price.",
        &(timeline.stack(&[flows]) + &tables),
    )
}

fn attribution_table(parts: &Attribution, quote: &str) -> String {
    let options = parts.premium + parts.payouts + parts.book;
    let hedge = parts.hedge_price + parts.hedge_cost + parts.interest;
    let row = |class, name: &str, value: f64| (class, vec![text(name), figure(signed(value, 2))]);
    table(
        &["", quote],
        &[
            row("minor", "premium received less paid", parts.premium),
            row(
                "minor",
                "set aside for holders at settlement",
                parts.payouts,
            ),
            row("minor", "value of the positions still open", parts.book),
            row("", "Options", options),
            row("minor", "price gain of the hedge", parts.hedge_price),
            row("minor", "venue fee and slippage", parts.hedge_cost),
            row("minor", "interest at the lender", parts.interest),
            row("", "Hedge", hedge),
            row("minor", "spread and surcharge", parts.fees),
            row("minor", "capacity", parts.capacity),
            row("minor", "not earned yet", parts.unearned),
            row("minor", "to the insurance fund", parts.insured),
            row(
                "",
                "Charges",
                parts.fees + parts.capacity + parts.unearned + parts.insured,
            ),
            row("", "Debts of accounts borne", parts.bad_debt),
            row("minor", "rounding and rewards for pokes", parts.residue()),
            row("total", "Result for the shares", parts.total),
        ],
    )
}

/// What the options of each expiry brought; the hedge and charges are of the whole book.
fn expiry_table(replay: &Replay) -> String {
    let cells = |name: String, premium: f64, paid: f64, open: f64| {
        let figures = [premium, -paid, open, premium - paid + open];
        let mut cells = vec![text(name)];
        cells.extend(figures.map(|value| figure(signed(value, 0))));
        cells
    };
    let mut rows: Vec<(&str, Vec<Cell>)> = replay
        .expiries
        .iter()
        .map(|of| {
            let ended = if of.is_settled { ", settled" } else { "" };
            let name = format!("{}{ended}", format_day(of.expiry));
            ("", cells(name, of.premium, of.paid, of.open))
        })
        .collect();
    let sum = |of: fn(&ExpiryResult) -> f64| replay.expiries.iter().map(of).sum::<f64>();
    let total = cells(
        "all".to_owned(),
        sum(|of| of.premium),
        sum(|of| of.paid),
        sum(|of| of.open),
    );
    rows.push(("total", total));
    table(
        &["", "premium", "paid at settlement", "still open", "result"],
        &rows,
    )
}

fn hedge_table(replay: &Replay, parts: &Attribution) -> String {
    let poked = replay.hedges.iter().filter(|hedge| hedge.poked).count();
    let lent = replay.hedges.iter().filter(|hedge| hedge.lent).count();
    let volume: f64 = replay
        .hedges
        .iter()
        .map(|hedge| hedge.size.abs() * hedge.spot)
        .sum();
    let basis = if volume > 0.0 {
        -parts.hedge_cost / volume * 1e4
    } else {
        0.0
    };
    let largest = replay
        .hedges
        .iter()
        .map(|hedge| hedge.size.abs())
        .fold(0.0, f64::max);
    let outside = replay
        .steps
        .iter()
        .filter(|step| step.exposure.abs() > step.band)
        .count();
    let share = outside as f64 / replay.steps.len() as f64 * 100.0;
    let row = |name: &str, value: String| ("", vec![text(name), figure(value)]);
    table(
        &[],
        &[
            row(
                "swaps inside trades",
                (replay.hedges.len() - poked).to_string(),
            ),
            row("swaps by pokes", poked.to_string()),
            row("swaps that called the lender", lent.to_string()),
            row("volume", format!("{} {}", number(volume, 0), replay.quote)),
            row(
                "largest swap",
                format!("{} {}", number(largest, 3), replay.base),
            ),
            row("cost per volume", format!("{} bp", number(basis, 2))),
            row(
                "hours that ended outside the band",
                format!("{} %", number(share, 1)),
            ),
        ],
    )
}

/// The scenario gate.
pub fn solvency(replay: &Replay, timeline: &Timeline) -> String {
    let mut gate = panel(
        "Equity",
        DOLLARS,
        150.0,
        vec![
            line(replay, "now, low side", "pool", |step| step.nav_low),
            line(replay, "after the worst scenario", "red", |step| {
                step.nav_low - step.worst_loss
            }),
            line(replay, "floor", "ink dashed thin", |step| step.floor),
        ],
    );
    gate.include = vec![0.0];
    let mut worst = panel(
        "Worst scenario's move in spot",
        Unit {
            prefix: "",
            suffix: " %",
            decimals: 0,
        },
        70.0,
        vec![line(replay, "against spot", "red", |step| {
            if step.worst_loss > 0.0 {
                (step.worst_spot / step.spot - 1.0) * 100.0
            } else {
                f64::NAN
            }
        })],
    );
    worst.axis_unit = " %";
    worst.include = vec![-50.0, 80.0];
    section(
        "Solvency",
        "Before each trade that adds risk and each withdrawal the contract revalues its whole book over 15 spots by 3 vols plus every near strike, and refuses what would take \
         the red line below the floor.",
        &timeline.stack(&[gate, worst]),
    )
}
