//! The report's sections, top to bottom: each a heading, a sentence on what to see, and its pictures.

mod accounts;
mod book;
mod charges;
mod log;
mod market;
mod opening;
mod providers;
mod settlement;
mod value;

pub use accounts::{accounts, liquidations};
pub use book::{book, hedge, loan};
pub use charges::charges;
pub use log::{gas, log};
pub use market::{market, surface};
pub use opening::{footer, heading};
pub use providers::providers;
pub use settlement::settlement;
pub use value::{result, solvency, value};

use super::record::{Replay, Step};
use super::timeline::{Line, Panel, Unit};

const PLAIN: Unit = Unit {
    prefix: "",
    suffix: "",
    decimals: 2,
};
const DOLLARS: Unit = Unit {
    prefix: "$",
    suffix: "",
    decimals: 0,
};

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

fn panel(title: impl Into<String>, unit: Unit, height: f64, lines: Vec<Line>) -> Panel {
    Panel {
        title: title.into(),
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
