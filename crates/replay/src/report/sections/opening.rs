//! The first screen and the last lines: what this is, the figures to take away, what it ran with.

use super::super::attribution::attribution;
use super::super::charges::Charges;
use super::super::format::{escape, number, signed};
use super::super::gas::gas_kinds;
use super::super::record::{Replay, Step};
use super::ends;
use crate::time::{format_day, format_utc};

/// Title, lead and the figures to take away.
pub fn heading(replay: &Replay) -> String {
    let (first, last) = ends(replay);
    let days = (last.time - first.time) as f64 / 86_400.0;
    let lead = format!(
        "An options pool on Arbitrum Stylus through {days:.1} days of the real {} market. One pool of liquidity was the \
         counterparty of every trade, priced along one arbitrage-free surface and hedged itself on Uniswap v3 inside the \
         same transactions. Every figure below was read from the chain it ran on.",
        escape(&replay.base)
    );
    format!(
        "<header><h1>{} options, {} to {} {}</h1><p class=\"lead\">{lead}</p><div class=\"tiles\">{}</div></header>",
        escape(&replay.base),
        format_day(first.time),
        format_day(last.time),
        &format_utc(last.time)[..4],
        tiles(replay)
    )
}

fn tiles(replay: &Replay) -> String {
    let (first, last) = ends(replay);
    let low = replay
        .steps
        .iter()
        .map(|step| step.spot)
        .fold(f64::INFINITY, f64::min);
    let charged = Charges::of(replay.fills.iter());
    let most_written = replay.steps.iter().map(Step::written).fold(0.0, f64::max);
    let percent = |from: f64, to: f64| format!("{} %", signed((to / from - 1.0) * 100.0, 2));
    let worst_exposure = replay
        .steps
        .iter()
        .map(|step| step.exposure.abs() / step.limit.max(1e-9))
        .fold(0.0, f64::max);
    let result = attribution(replay);
    let median = |name: &str| {
        let kinds = gas_kinds(&replay.transactions);
        kinds
            .iter()
            .find(|kind| kind.name == name)
            .map_or("–".to_owned(), |kind| number(kind.median() as f64, 0))
    };
    [
        (
            format!("{} spot", replay.base),
            percent(first.spot, last.spot),
            format!(
                "{} to {}, low {}",
                number(first.spot, 0),
                number(last.spot, 0),
                number(low, 0)
            ),
        ),
        (
            "Share price".to_owned(),
            percent(first.share_price, last.share_price),
            format!("{} on {} held", dollars(result.total), dollars(last.nav)),
        ),
        (
            "Trades".to_owned(),
            format!("{} filled", charged.fills),
            format!(
                "{} charged; {} transactions refused",
                dollars(charged.total()),
                replay.refused()
            ),
        ),
        (
            "Hedges".to_owned(),
            format!("{} swaps", replay.hedges.len()),
            format!(
                "exposure peaked at {:.0} % of its limit",
                worst_exposure * 100.0
            ),
        ),
        (
            "Written on margin".to_owned(),
            dollars(most_written),
            format!(
                "at most, by {} accounts; {} liquidations, bad debt {}",
                replay.accounts.len(),
                replay.liquidations.len(),
                dollars(last.bad_debt)
            ),
        ),
        (
            "Gas to buy".to_owned(),
            median("buy, no swap"),
            format!(
                "median; {} with a hedge swap inside",
                median("buy, with a swap")
            ),
        ),
    ]
    .iter()
    .map(|(name, value, note)| {
        format!(
            "<div class=\"tile\"><span>{}</span><b>{}</b><small>{}</small></div>",
            escape(name),
            escape(value),
            escape(note)
        )
    })
    .collect()
}

fn dollars(value: f64) -> String {
    let text = number(value, 0);
    match text.strip_prefix('−') {
        Some(digits) => format!("−${digits}"),
        None => format!("${text}"),
    }
}

/// What ran, with what.
pub fn footer(replay: &Replay) -> String {
    let pairs: String = replay
        .setup
        .iter()
        .map(|(name, value)| {
            format!(
                "<div><dt>{}</dt><dd>{}</dd></div>",
                escape(name),
                escape(value)
            )
        })
        .collect();
    format!(
        "<footer><p>Replayed by <code>smirk demo</code> with seed {}; the same seed and market give the same report. The prices and vols of the market are real, the traders and providers are a seeded flow.</p><dl>{pairs}</dl></footer>",
        replay.seed
    )
}
