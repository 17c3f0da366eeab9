//! The report's sections, top to bottom: each a heading, a sentence on what to see, and its pictures.

use std::collections::BTreeMap;

use super::attribution::{attribution, Attribution};
use super::format::{escape, number, signed};
use super::gas::{gas_chart, gas_kinds};
use super::record::{Hedge, Replay, Step, Transaction};
use super::smiles::{most_stressed, smile_panels};
use super::tables::{figure, moment, table, text, Cell};
use super::timeline::{Line, Mark, Panel, Timeline, Unit};
use crate::time::{format_day, format_utc};

const DOLLARS: Unit = Unit {
    prefix: "$",
    suffix: "",
    decimals: 0,
};

fn in_base(decimals: usize) -> Unit {
    Unit {
        prefix: "",
        suffix: " ETH",
        decimals,
    }
}

fn section(title: &str, caption: &str, body: &str) -> String {
    format!("<section><h2>{title}</h2><p>{caption}</p>{body}</section>")
}

fn line(replay: &Replay, name: &str, class: &'static str, of: impl Fn(&Step) -> f64) -> Line {
    Line {
        name: name.to_owned(),
        class,
        values: replay.steps.iter().map(of).collect(),
    }
}

fn panel(title: &str, unit: Unit, height: f64, lines: Vec<Line>) -> Panel<'_> {
    Panel {
        title,
        unit,
        axis_unit: "",
        height,
        lines,
        areas: Vec::new(),
        stems: Vec::new(),
        marks: Vec::new(),
        keys: Vec::new(),
        include: Vec::new(),
        range: None,
    }
}

fn ends(replay: &Replay) -> (&Step, &Step) {
    (&replay.steps[0], &replay.steps[replay.steps.len() - 1])
}

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
        "<header><h1>{} options, {} to {}</h1><p class=\"lead\">{lead}</p><div class=\"tiles\">{}</div></header>",
        escape(&replay.base),
        format_day(first.time),
        format_day(last.time),
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
    let trades: Vec<&Transaction> = replay
        .transactions
        .iter()
        .filter(|sent| matches!(sent.kind.as_str(), "buy" | "sell"))
        .collect();
    let filled = trades.iter().filter(|sent| sent.error.is_none()).count();
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
            format!(
                "{} {} on {} held",
                dollars(result.total),
                replay.quote,
                dollars(last.nav)
            ),
        ),
        (
            "Trades".to_owned(),
            format!("{filled} filled"),
            format!(
                "{} refused, {} fees",
                trades.len() - filled,
                dollars(result.fees)
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
         Arbitrageurs hold the Uniswap pool at the feed. The keeper posts each expiry's anchor towards the fitted market surface, as far as the contract's step limit lets it. \
         Dashed lines mark settlements; <b>move the pointer over any chart to read all of them at that hour</b>.",
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
         An expiry in its last day is no longer posted to, so its anchor ages and the market walks away from it.",
        &smile_panels(&replay.frames, most_stressed(&replay.frames)),
    )
}

/// Inventory and greeks.
pub fn book(replay: &Replay, timeline: &Timeline) -> String {
    let mut inventory = panel(
        "Pool's options",
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
        "Delta",
        in_base(2),
        76.0,
        vec![line(replay, "book", "pool", |step| step.net_delta)],
    );
    delta.include = vec![0.0];
    let gamma_values = |step: &Step| step.net_gamma * step.spot * 0.01;
    let mut gamma = panel(
        "Gamma per 1 % move",
        in_base(2),
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
        "Hedge position",
        in_base(2),
        90.0,
        vec![
            line(replay, "base held", "green", |step| step.hedge_position),
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
    share.range = Some([0.0, 104.0]);
    share.axis_unit = " %";
    section(
        "Exposure against the band",
        "Inside the band the pool does nothing; a trade or a market move that carries it outside makes it swap on Uniswap to just inside the nearer edge, \
         in the same transaction. Each triangle is such a swap, its stem what it took away. The band is wide when hedging is dear against the risk, narrow when gamma or trade flow is large. \
         The pool can hold the base asset but not owe it, so a long delta stays unhedged, within the hard limit of the last panel.",
        &timeline.stack(&[exposure(replay), position, share]),
    )
}

fn exposure(replay: &Replay) -> Panel<'_> {
    let band = |sign: f64| {
        replay
            .steps
            .iter()
            .map(|step| sign * step.band)
            .collect::<Vec<_>>()
    };
    let before = |hedge: &Hedge| hedge.exposure_after - hedge.size;
    let mut exposure = panel(
        "Exposure",
        in_base(2),
        250.0,
        vec![line(replay, "delta + hedge", "pool", |step| step.exposure)],
    );
    exposure.areas = vec![("band", band(-1.0), band(1.0))];
    exposure.keys = vec![
        ("area", "no-trade band"),
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
    share.areas = vec![(
        "value",
        per_share(|step| step.nav_low),
        per_share(|step| step.nav_high),
    )];
    share.keys = vec![("area", "between the redeem and the mint side")];
    let nav = panel(
        "Pool value",
        DOLLARS,
        150.0,
        vec![
            line(replay, "net asset value", "pool", |step| step.nav),
            line(replay, "deposits less withdrawals", "grey dashed", |step| {
                step.contributed
            }),
            line(replay, "free cash", "market thin", |step| step.cash),
        ],
    );
    section(
        "Pool value and share price",
        "Deposits mint at the high side of the shaded range and withdrawals redeem at its low side, so nobody enters below worth or leaves above it. \
         The dashed line is the same money held as cash. The lower panel steps when providers come and go; the distance between value and contributions is the result.",
        &timeline.stack(&[share, nav]),
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
            line(replay, "fees", "green", |step| step.fees),
            line(replay, "hedge gain after cost", "violet", |step| {
                step.hedge_gain
            }),
            line(replay, "hedge cost", "market", |step| step.hedge_cost),
        ],
    );
    flows.include = vec![0.0];
    let parts = attribution(replay);
    let tables = format!(
        "<div class=\"tables\"><div class=\"card\"><h3>Where the result came from</h3>{}</div><div class=\"card\"><h3>Hedging</h3>{}</div></div>",
        attribution_table(&parts, &replay.quote),
        hedge_table(replay, &parts)
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
    let hedge = parts.hedge_price + parts.hedge_cost;
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
            row("", "Hedge", hedge),
            row("", "Fees", parts.fees),
            row("minor", "not explained by the above", parts.residue()),
            row("total", "Result for the shares", parts.total),
        ],
    )
}

fn hedge_table(replay: &Replay, parts: &Attribution) -> String {
    let poked = replay.hedges.iter().filter(|hedge| hedge.poked).count();
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
                text(format!(
                    "{} UTC",
                    &format_utc(settled.expiry)[..16].replace('T', " ")
                )),
                figure(format!("${}", number(settled.price, 2))),
                figure(number(held, 2)),
                figure(format!("{paying} of {kept}")),
                figure(format!("${}", number(settled.reserved, 2))),
                figure(format!("${}", number(settled.claimed, 2))),
                figure(&settled.round),
            ],
        ));
    }
    let header = [
        "Expiry",
        "Settlement price",
        "Options held",
        "Series in the money",
        "Set aside",
        "Claimed",
        "Feed round",
    ];
    let summary = format!("<div class=\"card scroll\">{}</div>", table(&header, &rows));
    let details: String = replay.settlements.iter().map(settled_series).collect();
    section(
        "Settlement",
        "Each expiry is fixed once, by anyone, at the first feed round at or after it, proven by its round id. The money owed to holders leaves the pool's free cash in that moment \
         and waits for their claims.",
        &(summary + &details),
    )
}

fn settled_series(settled: &super::record::Settlement) -> String {
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
        format!("<div class=\"card scroll\">{}</div>", table(&header, &rows))
    };
    let all: Vec<(&str, Vec<Cell>)> = replay.transactions.iter().map(log_row).collect();
    let header = ["UTC", "Sender", "Sent", "What", "Gas", "Outcome"];
    let everything = format!(
        "<details><summary>All {} transactions</summary><div class=\"card log\">{}</div></details>",
        replay.transactions.len(),
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
        None if sent.swapped => text("with a swap"),
        None => text(""),
    };
    let clock = format_utc(sent.time)[5..16].replace('T', " ");
    let gas = figure(number(sent.gas as f64, 0));
    (
        "",
        vec![
            moment(clock),
            text(&sent.sender),
            text(&sent.kind),
            text(&sent.summary),
            gas,
            outcome,
        ],
    )
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
