//! Plays every attack of the bench over the full grid and prints, for each, the capital it took, its best profit and in how
//! many runs it reached what it attacks. `scripts/bench --attacks` runs it and writes what it found.
//!
//! `attacks [--small] [--write FILE] [--column NAME] [NAME...]`: names choose attacks by a part of theirs; the column of the
//! file that is written is `now` unless it is named. Beside it the committed file has `before`: what the same attacks bring
//! under rules that charge nothing for venue, capacity and vols that lag.

use std::{env, fs};

use serde_json::{json, Map, Value};

#[path = "../tests/attacks/bench/mod.rs"]
mod bench;
#[path = "../tests/common/mod.rs"]
mod common;

use bench::{
    full_grid, play, play_by_equity, small_grid, whole, Attack, Row, ATTACKS, KNOWLEDGE, SQUATS,
};

fn main() {
    let mut arguments: Vec<String> = env::args().skip(1).collect();
    let small = take_flag(&mut arguments, "--small");
    let file = take_value(&mut arguments, "--write");
    let column = take_value(&mut arguments, "--column").unwrap_or_else(|| "now".to_owned());
    let cells = if small { small_grid() } else { full_grid() };
    let chosen = |attack: &&Attack| {
        arguments.is_empty()
            || arguments
                .iter()
                .any(|part| attack.name.contains(part.as_str()))
    };
    let mut columns = file.as_deref().map(read).unwrap_or_default();
    println!(
        "{:<42}{:>14}{:>14}{:>12}  best with",
        "attack", "capital", "best profit", "ran"
    );
    let mut note = |row: &Row, most: Option<f64>| {
        print(row);
        let columns = columns.entry(row.name).or_insert_with(|| json!({}));
        columns[column.as_str()] = described(row);
        if let Some(most) = most {
            columns["bound"] = json!(format!("{} % of the equity", 100.0 * most));
        }
    };
    for attack in ATTACKS.iter().filter(chosen) {
        note(&play(attack, &cells), None);
    }
    for (attack, most) in KNOWLEDGE.iter().filter(|(attack, _)| chosen(&attack)) {
        note(&play_by_equity(attack, &cells), Some(*most));
    }
    for attack in SQUATS.iter().filter(chosen) {
        note(&play(attack, &whole(&cells)), None);
    }
    if let Some(file) = file {
        let text = serde_json::to_string_pretty(&columns).expect("plain values") + "\n";
        fs::write(&file, text).unwrap_or_else(|error| panic!("{file}: {error}"));
    }
}

/// What the file says already: columns by attack.
fn read(file: &str) -> Map<String, Value> {
    fs::read_to_string(file)
        .ok()
        .map(|text| serde_json::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}")))
        .unwrap_or_default()
}

fn take_value(arguments: &mut Vec<String>, name: &str) -> Option<String> {
    let at = arguments.iter().position(|argument| argument == name)?;
    arguments.remove(at);
    (at < arguments.len()).then(|| arguments.remove(at))
}

fn take_flag(arguments: &mut Vec<String>, flag: &str) -> bool {
    let before = arguments.len();
    arguments.retain(|argument| argument != flag);
    arguments.len() < before
}

fn print(row: &Row) {
    let ran = format!("{}/{}", row.ran, row.runs);
    match &row.best {
        Some((cell, best)) => println!(
            "{:<42}{:>14.0}{:>14.2}{ran:>12}  {}; venue {}, pool {}, expiry {}",
            row.name, best.capital, best.profit, best.with, cell.depth, cell.equity, cell.expiry
        ),
        None => println!("{:<42}{:>14}{:>14}{ran:>12}", row.name, "-", "-"),
    }
}

fn described(row: &Row) -> Value {
    let Some((cell, best)) = &row.best else {
        return json!({ "ran": row.ran, "runs": row.runs });
    };
    let cents = |number: f64| (number * 100.0).round() / 100.0;
    json!({
        "ran": row.ran,
        "runs": row.runs,
        "profit": cents(best.profit),
        "capital": best.capital.round(),
        "with": best.with,
        "depth": cell.depth,
        "equity": cell.equity,
        "expiry": cell.expiry,
    })
}
