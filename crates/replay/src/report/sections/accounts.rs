//! Margin accounts: what they wrote, what stands for it, what was closed by force, and what that does to the pool.

use super::super::format::{number, signed};
use super::super::hedging::mean_vegas;
use super::super::record::{AccountSummary, Liquidation, Replay, Step};
use super::super::tables::{figure, moment, table, text, Cell};
use super::super::timeline::{clock, Line, Mark, Panel, Timeline, Unit};
use super::{ends, line, panel, section, DOLLARS, PLAIN};
use crate::time::format_utc;

/// What people wrote, their margin, and the pool's vega with and without them.
pub fn accounts(replay: &Replay, timeline: &Timeline) -> String {
    if replay.accounts.is_empty() {
        return String::new();
    }
    let mut written = panel(
        "Options that accounts are short",
        PLAIN,
        110.0,
        vec![
            line(replay, "calls", "pool", |step| step.accounts.calls),
            line(replay, "puts", "market", |step| step.accounts.puts),
        ],
    );
    written.include = vec![0.0];
    let mut notional = panel(
        "Their notional, options times spot",
        DOLLARS,
        80.0,
        vec![line(replay, "written", "violet", Step::written)],
    );
    notional.include = vec![0.0];
    let mut open = panel(
        "Accounts with positions",
        WHOLE,
        60.0,
        vec![line(replay, "open", "ink", |step| {
            step.accounts.open as f64
        })],
    );
    open.include = vec![0.0];
    section(
        "Margin accounts",
        "Some people sell what others buy: calls and puts, spreads and strangles, on accounts that hold quote. An account must be worth what its positions can lose together over a grid of moves of spot and vol. \
         What accounts are short the pool is long, which takes off some of the vega that its sales to others leave it with: the last panel has the pool's vega beside what it was without writers, in a second replay.",
        &(timeline.stack(&[written, notional, margin(replay), open, vega(replay)])
            + &format!(
                "<div class=\"card scroll people\"><h3>Everybody with an account</h3>{}</div>",
                accounts_table(&replay.accounts)
            )),
    )
}

/// Counts.
const WHOLE: Unit = Unit {
    prefix: "",
    suffix: "",
    decimals: 0,
};

fn margin(replay: &Replay) -> Panel {
    let mut margin = panel(
        "Margin",
        DOLLARS,
        130.0,
        vec![
            line(replay, "required to stay", "red", |step| {
                step.accounts.maintenance
            }),
            line(replay, "what the accounts are worth", "green", |step| {
                step.accounts.value
            }),
        ],
    );
    margin.include = vec![0.0];
    let worth = |time: u64| {
        let steps = replay.steps.iter().take_while(|step| step.time <= time);
        steps.last().map_or(0.0, |step| step.accounts.value)
    };
    margin.marks = replay
        .liquidations
        .iter()
        .map(|found| Mark {
            time: found.time,
            value: worth(found.time),
            class: "red",
            title: format!(
                "{} UTC: {} % of {}'s positions closed",
                &format_utc(found.time)[..16],
                number(found.part * 100.0, 0),
                found.account
            ),
        })
        .collect();
    if !margin.marks.is_empty() {
        margin.keys = vec![("red", "a liquidation")];
    }
    margin
}

fn vega(replay: &Replay) -> Panel {
    let without = |step: &Step| {
        let found = replay
            .takers_alone
            .iter()
            .find(|(time, _)| *time == step.time);
        found.map_or(f64::NAN, |(_, vega)| vega * 0.01)
    };
    let [with, alone] = mean_vegas(replay).map(|vega| signed(vega * 0.01, 0));
    let mut vega = panel(
        format!("The pool's vega per vol point; on average {with}, without writers {alone}"),
        DOLLARS,
        110.0,
        vec![
            Line {
                name: "without writers".to_owned(),
                class: "grey dashed",
                values: replay.steps.iter().map(without).collect(),
            },
            line(replay, "as it was", "violet", |step| step.net_vega * 0.01),
        ],
    );
    vega.include = vec![0.0];
    vega
}

fn accounts_table(accounts: &[AccountSummary]) -> String {
    let row = |account: &AccountSummary| {
        (
            "",
            vec![
                text(&account.name),
                text(format!(
                    "{}{}",
                    account.sells,
                    if account.tops_up {
                        ""
                    } else {
                        "; meets no margin call"
                    }
                )),
                figure(account.orders.to_string()),
                figure(number(account.paid_in, 0)),
                figure(number(account.taken_out, 0)),
                figure(account.topped_up.to_string()),
                figure(account.liquidations.to_string()),
                figure(number(account.penalties, 2)),
                figure(number(account.shorts, 2)),
                figure(number(account.value, 0)),
                figure(number(account.maintenance, 0)),
                figure(signed(account.result(), 0)),
            ],
        )
    };
    let rows: Vec<(&str, Vec<Cell>)> = accounts.iter().map(row).collect();
    let header = [
        "Account",
        "sells",
        "orders",
        "paid in",
        "taken out",
        "margin calls met",
        "times liquidated",
        "penalties",
        "short at the end",
        "worth",
        "required",
        "result",
    ];
    table(&header, &rows)
}

/// Each liquidation, the insurance fund and bad debt.
pub fn liquidations(replay: &Replay, timeline: &Timeline) -> String {
    if replay.accounts.is_empty() {
        return String::new();
    }
    let mut fund = panel(
        "Insurance fund and bad debt",
        DOLLARS,
        110.0,
        vec![
            line(replay, "insurance fund", "green", |step| step.insurance),
            line(replay, "bad debt since the start", "red", |step| {
                step.bad_debt
            }),
        ],
    );
    fund.include = vec![0.0];
    let (_, last) = ends(replay);
    let rows: Vec<(&str, Vec<Cell>)> = replay.liquidations.iter().map(liquidation).collect();
    let header = [
        "UTC",
        "Account",
        "Spot",
        "Closed",
        "Options",
        "At the anchor",
        "Closed at",
        "Penalty",
        "Worth before",
        "of required",
        "Worth after",
        "of required",
        "Options left",
    ];
    let each = if rows.is_empty() {
        "<p>Nobody was liquidated.</p>".to_owned()
    } else {
        format!("<div class=\"card scroll\">{}</div>", table(&header, &rows))
    };
    section(
        "Liquidations, insurance and bad debt",
        &format!(
            "Below its maintenance requirement anybody may close as much of an account as restores it, at what an order pays; the penalty is the liquidator's reward and half as much for the insurance fund. \
             <i>At the anchor</i> is what the closed options were worth, <i>closed at</i> what closing them cost, both per option and net of what closed longs brought. \
             Accounts with nothing left to pay with owed <b>${}</b> over this time, of which the pool bore <b>${}</b>; the insurance fund ends at ${}.",
            number(last.bad_debt, 2),
            number(last.borne, 2),
            number(last.insurance, 2)
        ),
        &(timeline.stack(&[fund]) + &each),
    )
}

fn liquidation(found: &Liquidation) -> (&'static str, Vec<Cell>) {
    let each = |amount: f64| number(amount / found.options.max(1e-9), 2);
    (
        "",
        vec![
            moment(clock(found.time)),
            text(&found.account),
            figure(number(found.spot, 2)),
            figure(format!("{} %", number(found.part * 100.0, 0))),
            figure(number(found.options, 2)),
            figure(each(found.mark)),
            figure(each(found.total)),
            figure(number(found.reward + found.insurance, 2)),
            figure(number(found.value_before, 0)),
            figure(number(found.requirement_before, 0)),
            figure(number(found.value_after, 0)),
            figure(number(found.requirement_after, 0)),
            figure(number(found.left, 2)),
        ],
    )
}
