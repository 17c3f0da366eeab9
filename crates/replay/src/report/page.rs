//! The page: a head, a stylesheet, the sections, a script; nothing that a network would have to fetch.

use super::record::Replay;
use super::sections;
use super::timeline::Timeline;
use crate::time::{format_day, format_utc};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("script.js");

/// The whole report as one HTML document.
pub fn page(replay: &Replay) -> String {
    let times = replay.steps.iter().map(|step| step.time).collect();
    let events = replay
        .settlements
        .iter()
        .map(|settlement| {
            (
                settlement.settled_at,
                format!("{} settles", format_day(settlement.expiry)),
            )
        })
        .collect();
    let timeline = Timeline::new(times, events);
    let body = [
        sections::heading(replay),
        sections::market(replay, &timeline),
        sections::surface(replay),
        sections::book(replay, &timeline),
        sections::hedge(replay, &timeline),
        sections::loan(replay, &timeline),
        sections::value(replay, &timeline),
        sections::charges(replay, &timeline),
        sections::providers(replay, &timeline),
        sections::result(replay, &timeline),
        sections::solvency(replay, &timeline),
        sections::accounts(replay, &timeline),
        sections::liquidations(replay, &timeline),
        sections::settlement(replay),
        sections::gas(replay),
        sections::log(replay),
        sections::footer(replay),
        timeline.script_data(),
    ]
    .concat();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"><meta name=\"color-scheme\" content=\"light dark\"><title>Smirk: {} options from {} to {}</title><style>\n{STYLE}</style></head>\n<body><main>{body}</main><script>\n{SCRIPT}</script></body></html>\n",
        replay.base,
        &format_utc(replay.steps[0].time)[..10],
        &format_utc(replay.steps[replay.steps.len() - 1].time)[..10],
    )
}
