//! No attack of the bench pays, on a small grid; and each of them reaches what it attacks.

use crate::bench::{play, play_by_equity, small_grid, whole, ATTACKS, KNOWLEDGE, SQUATS};

#[test]
fn no_attack_pays() {
    let cells = small_grid();
    let mut failed = Vec::new();
    for attack in &ATTACKS {
        let row = play(attack, &cells);
        let Some((cell, best)) = row.best else {
            failed.push(format!("{}: never ran in {} runs", row.name, row.runs));
            continue;
        };
        println!(
            "{}: {:.2} ({} of {} ran)",
            row.name, best.profit, row.ran, row.runs
        );
        if best.profit > 0.0 {
            failed.push(format!(
                "{}: {:.2} by {} in {cell:?}",
                row.name, best.profit, best.with
            ));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

/// Who knows more than feed and anchors say gains no more than the table says.
#[test]
fn what_knowledge_brings_is_bounded() {
    let cells = small_grid();
    for (attack, most) in &KNOWLEDGE {
        let row = play_by_equity(attack, &cells);
        let (cell, best) = row.best.expect(row.name);
        println!(
            "{}: {:.2} by {} in {cell:?}",
            row.name, best.profit, best.with
        );
        let bound = most * cell.equity as f64;
        assert!(best.profit < bound, "{}: {:.2}", row.name, best.profit);
        assert!(best.profit > 0.0, "{} is no gain any more", row.name);
    }
}

/// Quote for a day and one per cent of a pool of a million, or of the book beside it: seven are 0.07 % of what is tied up. All of the
/// gate and of the cash cost that. The book costs 147 a day beside any pool, and stops nothing but new strikes. A part of a thing
/// leaves the rest to others, and interest on it goes with the fourth power.
#[test]
fn squatting_costs() {
    let cells = whole(&small_grid());
    for (attack, least) in SQUATS.iter().zip([7.0, 1.4, 7.0, 0.0, 0.0]) {
        let row = play(attack, &cells);
        let (cell, best) = row.best.expect(row.name);
        println!(
            "{}: {:.2} by {} in {cell:?}",
            row.name, best.profit, best.with
        );
        assert!(best.profit < -least, "{}: {:.4}", row.name, best.profit);
    }
}
