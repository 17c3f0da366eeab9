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

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

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
pub const ATTACKS: [Attack; 34] = [
    attack("sandwich of the own hedge, calls", hedge::sandwich_calls),
    attack("sandwich of the own hedge, puts", hedge::sandwich_puts),
    attack("sandwich with a one-tick wall", hedge::sandwich_with_wall),
    attack(
        "sandwich with a one-tick wall, puts",
        hedge::sandwich_puts_with_wall,
    ),
    attack("wall beside an unmoved price", hedge::wall_beside),
    attack("wall below an unmoved price, puts", hedge::wall_below),
    attack("poke at a pushed venue", hedge::poke_pushed),
    attack(
        "own hedge made to miss, then poked",
        hedge::missed_and_poked,
    ),
    attack(
        "own hedge of puts made to miss, then poked",
        hedge::missed_and_poked_puts,
    ),
    attack("exposure made so that a hedge is due", hedge::made_due),
    attack(
        "exposure of puts made so that it is due",
        hedge::made_due_puts,
    ),
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
    attack("gap with vols beyond it, kept", surface::gap_beyond_kept),
    attack(
        "gap with vols beyond it, sold back",
        surface::gap_beyond_sold,
    ),
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

/// What somebody gains who knows what the keeper will post after what it has posted, beyond what the spread charges for it: no rule of
/// the pool can take that away. With the most that each may bring, of the pool's equity.
pub const KNOWLEDGE: [(Attack, f64); 2] = [
    (
        attack("known ramp of posts, by options", surface::known_ramps),
        0.025,
    ),
    (
        attack("known ramp of posts, by shares", shares::known_ramps),
        0.002,
    ),
];

/// Attacks that cost their player something, to be compared with what they stop: `profit` is minus the cost in quote for a
/// day and one per cent of what is tied up in a pool, or a book beside a pool, of a million.
pub const SQUATS: [Attack; 5] = [
    attack("cash locked by deep calls", capacity::cash_lock),
    attack("book filled with dust", capacity::fill_book),
    attack("gate tied up by far options", capacity::tie_gate),
    attack("a part of the cash locked", capacity::cash_lock_part),
    attack("a part of the gate tied up", capacity::tie_gate_part),
];

const fn attack(name: &'static str, play: fn(Cell) -> Vec<Outcome>) -> Attack {
    Attack { name, play }
}

/// Corners that a test has time for.
pub fn small_grid() -> Vec<Cell> {
    [("2000", 1.0), ("100000", 1.0), ("100000", 0.1)]
        .map(|(depth, scale)| Cell {
            depth,
            equity: 1_000_000,
            expiry: 0,
            cycles: 2,
            scale,
        })
        .to_vec()
}

/// Every corner with the largest orders that are taken, a tenth and a hundredth of them.
pub fn full_grid() -> Vec<Cell> {
    let mut cells = Vec::new();
    for depth in ["2000", "20000", "400000"] {
        for equity in [100_000, 1_000_000, 10_000_000] {
            for expiry in 0..3 {
                let cell = Cell {
                    depth,
                    equity,
                    expiry,
                    cycles: 30,
                    scale: 1.0,
                };
                cells.push(cell);
                // More cycles of these say nothing that a few don't.
                cells.extend([0.1, 0.01].map(|scale| Cell {
                    scale,
                    cycles: 5,
                    ..cell
                }));
            }
        }
    }
    cells
}

/// The corners with whole orders: what a part of a thing that is scarce costs says nothing of the whole.
pub fn whole(cells: &[Cell]) -> Vec<Cell> {
    let whole = |cell: &&Cell| cell.scale == 1.0;
    cells.iter().filter(whole).copied().collect()
}

/// Plays an attack in every cell.
pub fn play(attack: &Attack, cells: &[Cell]) -> Row {
    play_by(attack, cells, |_| 1.0)
}

/// The same; the best is what brings most of the pool's equity.
pub fn play_by_equity(attack: &Attack, cells: &[Cell]) -> Row {
    play_by(attack, cells, |cell| cell.equity as f64)
}

fn play_by(attack: &Attack, cells: &[Cell], unit: fn(&Cell) -> f64) -> Row {
    let mut row = Row {
        name: attack.name,
        best: None,
        ran: 0,
        runs: 0,
    };
    for (cell, outcomes) in played(attack, cells) {
        for outcome in outcomes {
            row.runs += 1;
            if !outcome.ran {
                continue;
            }
            row.ran += 1;
            let in_units = |(cell, best): &(Cell, Outcome)| best.profit / unit(cell);
            let best = row.best.as_ref().map_or(f64::MIN, in_units);
            if outcome.profit / unit(&cell) > best {
                row.best = Some((cell, outcome));
            }
        }
    }
    row
}

/// What comes of an attack in every cell, played on every processor.
fn played(attack: &Attack, cells: &[Cell]) -> Vec<(Cell, Vec<Outcome>)> {
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        while let Some(cell) = cells.get(next.fetch_add(1, Ordering::Relaxed)) {
            done.push((*cell, (attack.play)(*cell)));
        }
        done
    };
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        let started: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        let finish = |worker: thread::ScopedJoinHandle<'_, _>| worker.join().expect("a play ends");
        started.into_iter().flat_map(finish).collect()
    })
}
