//! Settled expiries and their series.

use super::super::format::number;
use super::super::record::{Replay, Settlement};
use super::super::tables::{figure, moment, table, text, Cell};
use super::super::timeline::clock;
use super::section;
use crate::time::format_day;

/// Settlements.
pub fn settlement(replay: &Replay) -> String {
    let mut rows: Vec<(&str, Vec<Cell>)> = Vec::new();
    for settled in &replay.settlements {
        let held: f64 = settled.series.iter().map(|series| series.size).sum();
        let paying = settled
            .series
            .iter()
            .filter(|series| series.size > 0.0 && series.payoff > 0.0)
            .count();
        let kept = settled
            .series
            .iter()
            .filter(|series| series.size > 0.0)
            .count();
        rows.push((
            "",
            vec![
                moment(clock(settled.expiry)),
                figure(format!("${}", number(settled.price, 2))),
                figure(number(held, 2)),
                figure(format!("{paying} of {kept}")),
                figure(format!("${}", number(settled.reserved, 2))),
                figure(format!("${}", number(settled.claimed, 2))),
                figure(format!("${}", number(settled.from_accounts, 2))),
                figure(&settled.round),
            ],
        ));
    }
    let header = [
        "Expiry, UTC",
        "Settlement price",
        "Options held",
        "Series in the money",
        "Set aside",
        "Claimed",
        "From accounts",
        "Feed round",
    ];
    let summary = format!("<div class=\"card scroll\">{}</div>", table(&header, &rows));
    let details: String = replay.settlements.iter().map(settled_series).collect();
    section(
        "Settlement",
        "Each expiry is fixed once, by anyone, at the first feed round at or after it, proven by its round id. The money owed to holders leaves the pool's free cash in that moment \
         and waits for their claims. What margin accounts owe for their shorts, less what they are owed, comes from their pot in the same moment.",
        &(summary + &details),
    )
}

fn settled_series(settled: &Settlement) -> String {
    let mut held: Vec<_> = settled
        .series
        .iter()
        .filter(|series| series.size > 0.0)
        .collect();
    held.sort_by(|a, b| {
        a.strike
            .total_cmp(&b.strike)
            .then_with(|| a.kind.cmp(&b.kind))
    });
    let rows: Vec<(&str, Vec<Cell>)> = held
        .iter()
        .map(|series| {
            let class = if series.payoff > 0.0 { "" } else { "minor" };
            let cells = vec![
                text(format!("{} {}", number(series.strike, 0), series.kind)),
                figure(number(series.size, 2)),
                figure(number(series.payoff, 2)),
                figure(number(series.size * series.payoff, 2)),
            ];
            (class, cells)
        })
        .collect();
    format!(
        "<details><summary>Series of {}</summary><div class=\"card\">{}</div></details>",
        format_day(settled.expiry),
        table(&["Series", "Held", "Payoff each", "Payout"], &rows)
    )
}
