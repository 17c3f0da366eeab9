//! No attack of the bench pays, on a small grid; and each of them reaches what it attacks.

use crate::bench::{play, small_grid, ATTACKS, SQUATS};

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

/// Quote for a day and one per cent of a pool of a million, or of the book.
#[test]
fn squatting_costs() {
    let cells = small_grid();
    for (attack, least) in SQUATS.iter().zip([5.0, 1.0, 3.0]) {
        let row = play(attack, &cells);
        let (cell, best) = row.best.expect(row.name);
        println!(
            "{}: {:.2} by {} in {cell:?}",
            row.name, best.profit, best.with
        );
        assert!(best.profit < -least, "{}: {:.4}", row.name, best.profit);
    }
}
