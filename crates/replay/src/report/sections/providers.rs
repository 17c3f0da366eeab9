//! What providers got, beside cash and the base asset, and what they can lose.

use super::super::format::{escape, number, signed};
use super::super::holding::{drawdowns, holding, share_values, spot_values, Holding};
use super::super::record::{Replay, Step};
use super::super::tables::{figure, table, text, Cell};
use super::super::timeline::{clock, Line, Timeline, Unit};
use super::{ends, panel, section};

const PERCENT: Unit = Unit {
    prefix: "",
    suffix: " %",
    decimals: 2,
};
/// What is put in at the start, quote units.
const STAKE: f64 = 1_000.0;

/// Shares against cash and the base asset, and the losses to reckon with.
pub fn providers(replay: &Replay, timeline: &Timeline) -> String {
    let (shares, spots) = (share_values(replay), spot_values(replay));
    let line = |name: String, class, values: Vec<f64>| Line {
        name,
        class,
        values,
    };
    let scaled = |values: &[f64]| values.iter().map(|v| STAKE * v / values[0]).collect();
    let fallen = |values: &[f64]| drawdowns(values).iter().map(|d| -100.0 * d).collect();
    let money = panel(
        format!("{} {} put in at the start", number(STAKE, 0), replay.quote),
        Unit {
            prefix: "$",
            suffix: "",
            decimals: 2,
        },
        150.0,
        vec![
            line(format!("as {}", replay.base), "violet", scaled(&spots)),
            line(
                "as cash".to_owned(),
                "grey dashed",
                vec![STAKE; shares.len()],
            ),
            line("as shares".to_owned(), "green", scaled(&shares)),
        ],
    );
    let mut drawdown = panel(
        "Below the highest value so far: shares",
        PERCENT,
        80.0,
        vec![line("shares".to_owned(), "green", fallen(&shares))],
    );
    drawdown.axis_unit = " %";
    drawdown.include = vec![0.0];
    let mut leaving = panel(
        "Of a provider's shares, redeemable at once",
        PERCENT,
        80.0,
        vec![Line {
            name: "the first provider's".to_owned(),
            class: "pool",
            values: replay
                .steps
                .iter()
                .map(|step| 100.0 * step.leavable)
                .collect(),
        }],
    );
    leaving.axis_unit = " %";
    leaving.include = vec![0.0, 100.0];
    let tables = format!(
        "<div class=\"tables\"><div class=\"card scroll\"><h3>Held from start to end</h3>{}</div><div class=\"card scroll\"><h3>What shares can lose</h3>{}</div><div class=\"card scroll\"><h3>When shares could be redeemed</h3>{}</div></div>",
        returns_table(replay, &shares, &spots),
        losses_table(replay),
        leaving_table(replay)
    );
    section(
        "What providers got, and what they can lose",
        "Shares are short options most of the time: they earn a little on most days and lose more on few. So short a time says next to nothing about a year; the yearly figure is this pace kept up, not a forecast. \
         Shares can lose all of their value: the gate bounds what known positions lose at the moves it looks at, not gaps beyond them, errors in the programs, feeds that lie, or a keeper that posts wrong vols within its limits. \
         Who leaves gets the low side of the value at once, up to its part, by shares, of the cash that is free and of what the gate leaves, less what it took within a day. While the feed is too old nobody leaves; while an expiry waits for its price nobody comes in, and who leaves gets what the less favourable price would leave. The last chart says how much of its shares the first provider could redeem at each hour.",
        &(timeline.stack(&[money, drawdown, leaving]) + &tables),
    )
}

fn percent(value: f64) -> String {
    format!("{} %", signed(value * 100.0, 2))
}

fn returns_table(replay: &Replay, shares: &[f64], spots: &[f64]) -> String {
    let cash = vec![1.0; shares.len()];
    let row = |name: &str, held: Holding| -> (&str, Vec<Cell>) {
        (
            "",
            vec![
                text(name),
                figure(percent(held.gain)),
                figure(percent(held.yearly)),
                figure(percent(-held.drawdown)),
                figure(percent(-held.worst_day)),
            ],
        )
    };
    table(
        &[
            "",
            "gain",
            "at this pace, a year",
            "deepest fall",
            "worst 24 h",
        ],
        &[
            row("shares", holding(&replay.steps, shares)),
            row("cash", holding(&replay.steps, &cash)),
            row(&replay.base, holding(&replay.steps, spots)),
        ],
    )
}

/// Of its shares all but what rounding keeps.
const ALL: f64 = 0.9999;

/// How often the first provider could leave, at the hours that were looked at.
fn leaving_table(replay: &Replay) -> String {
    let steps = &replay.steps;
    let hours = |is: fn(f64) -> bool| {
        let count = steps.iter().filter(|step| is(step.leavable)).count();
        figure(format!("{count} of {} hours", steps.len()))
    };
    let least = steps
        .iter()
        .min_by(|a, b| a.leavable.total_cmp(&b.leavable))
        .unwrap_or(&steps[0]);
    let row = |name: String, value: Cell| ("", vec![text(name), value]);
    table(
        &["", "the first provider's"],
        &[
            row("all at once".to_owned(), hours(|part| part >= ALL)),
            row(
                "a part at once".to_owned(),
                hours(|part| part > 0.0 && part < ALL),
            ),
            row("nothing".to_owned(), hours(|part| part <= 0.0)),
            row(
                "longest without all of them".to_owned(),
                figure(format!("{} hours", longest(steps, |part| part < ALL))),
            ),
            row(
                format!("least, at {} UTC", clock(least.time)),
                figure(format!("{} %", number(least.leavable * 100.0, 1))),
            ),
        ],
    )
}

/// Most steps in a row of which this is so.
fn longest(steps: &[Step], is: fn(f64) -> bool) -> usize {
    steps
        .split(|step| !is(step.leavable))
        .map(<[Step]>::len)
        .max()
        .unwrap_or(0)
}

fn losses_table(replay: &Replay) -> String {
    let share = |of: fn(&Step) -> f64| {
        replay
            .steps
            .iter()
            .filter(|step| step.nav > 0.0)
            .map(move |step| (of(step) / step.nav, step))
            .fold((0.0, &replay.steps[0]), |most, each| {
                if each.0 > most.0 {
                    each
                } else {
                    most
                }
            })
    };
    let (worst, at) = share(|step| step.worst_loss);
    let (kept, _) = share(|step| step.floor);
    let (beyond, _) = share(|step| (-step.upside_slope).max(0.0) * step.spot * 0.1);
    let (to_zero, _) = share(|step| step.nav - step.value_at_zero);
    let (_, last) = ends(replay);
    let row = |name: String, value: f64| {
        (
            "",
            vec![
                text(name),
                figure(format!("{} %", number(value * 100.0, 1))),
            ],
        )
    };
    let base = escape(&replay.base);
    table(
        &["", "of the pool's value"],
        &[
            row(
                format!(
                    "worst scenario at its worst hour ({base} {} %)",
                    signed((at.worst_spot / at.spot - 1.0) * 100.0, 0)
                ),
                worst,
            ),
            row("worst scenario now".to_owned(), last.worst_loss / last.nav),
            row("most that the gate lets it be".to_owned(), 1.0 - kept),
            row(
                format!("{base} to zero at once, at its worst hour"),
                to_zero,
            ),
            row(
                format!("each 10 % that {base} rises beyond the scenarios, unhedged"),
                beyond,
            ),
        ],
    )
}
