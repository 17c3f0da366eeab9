//! The attack bench: every known way to take money from the pool or its capacity from others, as named scenarios over a
//! grid of venues, pools and expiries. Tests play the small grid, `scripts/bench --attacks` the full one.
//!
//! A scenario plays its attack with several parameters in one corner of the grid and says for each run whether what it
//! attacks really happened: a defence that was never reached proves nothing.

// The tests and the bench each use a part.
#![allow(dead_code)]

mod capacity;
mod combined;
mod hedge;
mod shares;
pub mod stage;
mod surface;

pub use stage::{Cell, Outcome};

/// An attack: its name, and what it brings in a corner of the grid.
#[derive(Clone, Copy)]
pub struct Attack {
    /// Short name.
    pub name: &'static str,
    /// Plays it with every parameter of its own.
    pub play: fn(Cell) -> Vec<Outcome>,
}

/// What an attack brought over a grid.
#[derive(Clone, Debug)]
pub struct Row {
    /// The attack's name.
    pub name: &'static str,
    /// The most profitable of the runs in which it happened, if it ever did.
    pub best: Option<(Cell, Outcome)>,
    /// Runs in which it happened.
    pub ran: usize,
    /// All runs.
    pub runs: usize,
}

/// Attacks that should bring their player nothing.
pub const ATTACKS: [Attack; 28] = [
    attack("sandwich of the own hedge, calls", hedge::sandwich_calls),
    attack("sandwich of the own hedge, puts", hedge::sandwich_puts),
    attack("sandwich with a one-tick wall", hedge::sandwich_with_wall),
    attack("wall beside an unmoved price", hedge::wall_beside),
    attack("poke at a pushed venue", hedge::poke_pushed),
    attack(
        "own hedge made to miss, then poked",
        hedge::missed_and_poked,
    ),
    attack("exposure made so that a hedge is due", hedge::made_due),
    attack("sale at the end at a pushed venue", hedge::sale_at_the_end),
    attack("lagging feed", surface::lagging_feed),
    attack(
        "lagging feed, net delta zero",
        surface::lagging_feed_neutral,
    ),
    attack("known forward", surface::known_forward),
    attack("known anchor, by options", surface::known_anchor),
    attack("gap before the vols follow, kept", surface::gap_kept),
    attack("gap before the vols follow, sold back", surface::gap_sold),
    attack("known anchor, by shares", shares::known_anchor),
    attack("deposit, buy, redeem, sell", shares::round),
    attack(
        "venue pushed around a redemption",
        shares::push_around_redemption,
    ),
    attack("leaving before settlement", shares::leave_before_settlement),
    attack(
        "entering before settlement",
        shares::enter_before_settlement,
    ),
    attack("flash deposit around an own order", shares::flash_own),
    attack("flash deposit around another's order", shares::flash_other),
    attack("roll to a long series at full use", capacity::roll),
    attack("deep calls held to the end", combined::held_to_the_end),
    attack("an old clock at the end", combined::old_clock),
    attack("exposure turned around", combined::turned_around),
    attack(
        "feed behind, orders inside the band",
        combined::lag_inside_band,
    ),
    attack(
        "feed behind, own hedge made to miss",
        combined::lag_and_miss,
    ),
    attack(
        "feed behind, own hedge of a sale made to miss",
        combined::lag_and_sell,
    ),
];

/// Attacks that cost their player something, to be compared with what they stop: `profit` is minus the cost in quote for a
/// day and one per cent of what is tied up.
pub const SQUATS: [Attack; 3] = [
    attack("cash locked by deep calls", capacity::cash_lock),
    attack("book filled with dust", capacity::fill_book),
    attack("gate tied up by far options", capacity::tie_gate),
];

const fn attack(name: &'static str, play: fn(Cell) -> Vec<Outcome>) -> Attack {
    Attack { name, play }
}

/// Two corners that a test has time for.
pub fn small_grid() -> Vec<Cell> {
    ["2000", "100000"]
        .map(|depth| Cell {
            depth,
            equity: 1_000_000,
            expiry: 0,
            cycles: 2,
        })
        .to_vec()
}

/// Every corner.
pub fn full_grid() -> Vec<Cell> {
    let mut cells = Vec::new();
    for depth in ["2000", "20000", "400000"] {
        for equity in [100_000, 1_000_000, 10_000_000] {
            for expiry in 0..3 {
                cells.push(Cell {
                    depth,
                    equity,
                    expiry,
                    cycles: 30,
                });
            }
        }
    }
    cells
}

/// Plays an attack in every cell.
pub fn play(attack: &Attack, cells: &[Cell]) -> Row {
    let mut row = Row {
        name: attack.name,
        best: None,
        ran: 0,
        runs: 0,
    };
    for cell in cells {
        for outcome in (attack.play)(*cell) {
            row.runs += 1;
            if !outcome.ran {
                continue;
            }
            row.ran += 1;
            let best = row.best.as_ref().map_or(f64::MIN, |(_, best)| best.profit);
            if outcome.profit > best {
                row.best = Some((*cell, outcome));
            }
        }
    }
    row
}
