//! Transactions: gas, refusals, and all of them.

use std::collections::BTreeMap;

use super::super::format::{escape, number};
use super::super::gas::{gas_chart, gas_kinds};
use super::super::record::{Replay, Transaction};
use super::super::tables::{figure, moment, table, text, Cell};
use super::super::timeline::clock;
use super::section;

/// Gas per kind of transaction.
pub fn gas(replay: &Replay) -> String {
    section(
        "Gas",
        "Gas used by each accepted transaction, as metered by the chain's Stylus rules with the program cached; the dark bar is the median. \
         A buy marks the whole book, prices along the surface, passes the scenario gate and decides the hedge; with a swap it also trades on Uniswap.",
        &format!("<div class=\"card\">{}</div>", gas_chart(&gas_kinds(&replay.transactions))),
    )
}

/// Refusals and the log of everything.
pub fn log(replay: &Replay) -> String {
    let mut reasons: BTreeMap<(String, String), (usize, &Transaction)> = BTreeMap::new();
    for sent in &replay.transactions {
        if let Some(error) = &sent.error {
            let name = error.split('(').next().unwrap_or(error).to_owned();
            reasons
                .entry((sent.kind.clone(), name))
                .or_insert((0, sent))
                .0 += 1;
        }
    }
    let rows: Vec<(&str, Vec<Cell>)> = reasons
        .iter()
        .map(|((kind, name), (count, example))| {
            let full = example.error.as_deref().unwrap_or_default();
            (
                "",
                vec![
                    text(kind),
                    text(name),
                    figure(count.to_string()),
                    text(&example.summary),
                    text(full),
                ],
            )
        })
        .collect();
    let refused = if rows.is_empty() {
        String::new()
    } else {
        let header = [
            "Sent",
            "Refused with",
            "Times",
            "For example",
            "Error with its numbers",
        ];
        format!(
            "<div class=\"card scroll reasons\">{}</div>",
            table(&header, &rows)
        )
    };
    let all: Vec<(&str, Vec<Cell>)> = replay.transactions.iter().map(log_row).collect();
    let header = ["UTC", "Sender", "Sent", "What", "Gas", "Outcome"];
    let everything = format!(
        "<details><summary>All {} transactions</summary><div class=\"card log\">{}</div></details>",
        number(replay.transactions.len() as f64, 0),
        table(&header, &all)
    );
    section(
        "Refusals and the log",
        "Some traders asked for more than the market would give, on purpose. Every refusal is a typed error that carries the numbers that disagree, and leaves every balance as it was.",
        &(refused + &everything),
    )
}

fn log_row(sent: &Transaction) -> (&'static str, Vec<Cell>) {
    let outcome = match &sent.error {
        Some(error) => ("refused", escape(error)),
        None if sent.swapped && sent.lent => text("with a loan"),
        None if sent.swapped => text("with a swap"),
        None => text(""),
    };
    let gas = figure(number(sent.gas as f64, 0));
    (
        "",
        vec![
            moment(clock(sent.time)),
            text(&sent.sender),
            text(&sent.kind),
            text(&sent.summary),
            gas,
            outcome,
        ],
    )
}
