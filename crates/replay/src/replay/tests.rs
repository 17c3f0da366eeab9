//! Replays of the shipped week.

use super::*;
use crate::market::Observation;
use crate::report::{attribution, hedge_error, page, Charges, Fill, Ordinary, Replay, FLAT_FEE};
use crate::time::format_utc;
use std::path::Path;

fn week() -> Market {
    Market::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../demo/week")).unwrap()
}

/// The first day and a half of the shipped week with every expiry listed, so that one settles.
fn opening() -> Market {
    let mut market = week();
    market.index.truncate(7);
    market.surfaces.truncate(7);
    market.vols.clear();
    market
}

#[test]
fn a_seed_fixes_everything_and_another_changes_it() {
    let run = |seed| {
        serde_json::to_string(&replay(&opening(), seed, Flow::TWO_SIDED, &mut |_| ()).unwrap())
            .unwrap()
    };
    let first = run(3);
    assert_eq!(first, run(3));
    assert_ne!(first, run(4));
}

#[test]
fn what_the_chain_says_adds_up() {
    let record = replay(&opening(), 1, Flow::TWO_SIDED, &mut |_| ()).unwrap();
    assert_eq!(record.frames.len(), 7);
    assert!(record.steps.len() > 30);
    assert!(record
        .transactions
        .iter()
        .any(|sent| sent.kind == "buy" && sent.error.is_none()));

    // The engine beside the chain finds the same interest to the atom, and no order pays less.
    let bought = || record.fills.iter().filter(|fill| fill.kind == "buy");
    let differs = |fill: &Fill| fill.capacity - fill.interest;
    assert!(bought().all(|fill| differs(fill) > -2e-6));
    let exact = bought().filter(|fill| fill.interest > 1e-4 && differs(fill) < 2e-6);
    assert!(exact.count() > 10);

    let settled = &record.settlements[0];
    assert_eq!(format_utc(settled.expiry), "2026-02-02T08:00:00Z");
    let owed: f64 = settled
        .series
        .iter()
        .map(|series| series.size * series.payoff)
        .sum();
    assert!(
        (settled.reserved - owed).abs() < 0.01,
        "{} set aside for {owed}",
        settled.reserved
    );
    assert!(settled.claimed <= settled.reserved);
    let later = record
        .transactions
        .iter()
        .find(|sent| sent.kind == "settle")
        .unwrap();
    assert!(
        later
            .error
            .as_deref()
            .is_some_and(|error| error.starts_with("RoundNotFirst")),
        "{later:?}"
    );

    let parts = attribution(&record);
    assert!(parts.residue().abs() < 5.0, "{parts:?}");
    assert!(page(&record).contains("</html>"));
}

/// Orders pay for where the venue was in the second before theirs, which is near the market and not where the last tick left it.
#[test]
fn nobody_pays_for_the_way_of_the_market_between_two_ticks() {
    const WAY: f64 = 0.01;
    let mut market = opening();
    let end = market.index.pop().unwrap();
    let start = market.index[0];
    let quarters = (start.time / 900 + 1..).map(|quarter| Observation {
        time: quarter * 900,
        price: start.price * (1.0 + WAY * (quarter % 2) as f64),
    });
    market.index = std::iter::once(start)
        .chain(quarters.take_while(|seen| seen.time < end.time))
        .chain([end])
        .collect();
    let record = replay(&market, 1, Flow::TAKERS, &mut |_| ()).unwrap();
    let with_delta = record.takers().filter(|fill| fill.delta > 0.1);
    let surcharges: Vec<f64> = with_delta
        .map(|fill| fill.surcharge / (fill.delta * fill.spot))
        .collect();
    let mean = surcharges.iter().sum::<f64>() / surcharges.len() as f64;
    assert!(surcharges.len() > 40, "{} orders", surcharges.len());
    assert!(mean < 0.2 * WAY, "{mean}");
}

#[test]
fn puts_are_hedged_as_well_as_calls() {
    let week = week();
    // Books of the same people at the same strikes.
    let error = |seed, kind| {
        let record = replay(&week, seed, Flow::only(kind), &mut |_| ()).unwrap();
        let lent = record.hedges.iter().filter(|hedge| hedge.lent).count();
        assert_eq!(lent > 0, kind == Kind::Put);
        let steps = record.steps.iter();
        let outside = steps.filter(|step| step.exposure.abs() > step.band).count();
        assert!(
            outside * 20 < record.steps.len(),
            "{outside} hours outside the band"
        );
        hedge_error(&record)
    };
    let mut squares = [[0.0; 2]; 2];
    for seed in [1, 2, 3] {
        let found = [Kind::Call, Kind::Put].map(|kind| error(seed, kind));
        let [calls, puts] = &found;
        println!("seed {seed}: {calls:?} {puts:?}");
        assert!(
            puts.part() < 1.2 * calls.part(),
            "seed {seed}: {puts:?} of puts, {calls:?} of calls"
        );
        for (sums, found) in squares.iter_mut().zip(&found) {
            // What is left is what the band lets pass: no hedge of either kind waits for long.
            assert!(found.beyond < 0.1 * found.left, "seed {seed}: {found:?}");
            sums[0] += found.left.powi(2);
            sums[1] += found.band.powi(2);
        }
    }
    // In money a single week also says how large the pool was, of whose equity the band is a part, and where in the band its flow
    // kept the exposure while the price fell.
    let [calls, puts] = squares.map(|sums| sums.map(f64::sqrt));
    assert!(
        puts[0] < 1.2 * calls[0],
        "{puts:?} is left with puts, {calls:?} with calls"
    );
    assert!(puts[0] / puts[1] < 1.2 * calls[0] / calls[1]);
}

/// What is said of the week holds for other people as well.
#[test]
fn what_the_week_shows_it_shows_with_three_seeds() {
    let week = week();
    std::thread::scope(|scope| {
        for seed in [1, 2, 3] {
            let week = &week;
            scope.spawn(move || {
                check_week(&replay(week, seed, Flow::TWO_SIDED, &mut |_| ()).unwrap())
            });
        }
    });
}

fn check_week(record: &Replay) {
    let seed = record.seed;
    let last = record.steps.last().unwrap();
    assert_eq!(
        (last.bad_debt, last.accounts.claim),
        (0.0, 0.0),
        "seed {seed}"
    );
    let lent = record.hedges.iter().filter(|hedge| hedge.lent).count();
    let hedges = record.hedges.len();
    assert!(
        hedges > 30 && 4 * lent <= hedges,
        "seed {seed}: {lent} of {hedges} hedges called the lender"
    );
    let flat = FLAT_FEE.charges(record.takers());
    let (takers, all) = (
        Charges::of(record.takers()),
        Charges::of(record.fills.iter()),
    );
    let [takers, all] = [takers, all].map(|charges| charges.beyond(&flat));
    println!(
        "seed {seed}: takers pay {:.1} % beyond a flat fee, all orders {:.1} %; {lent} of {hedges} hedges called the lender",
        100.0 * takers,
        100.0 * all
    );
    assert!(takers <= 0.4, "seed {seed}: {takers}");
    let [taken, on_accounts] = [Ordinary::of(record.takers()), Ordinary::of(record.orders())];
    println!("seed {seed}: {taken:?}, on accounts {on_accounts:?}");
    // No ordinary order pays more for capacity than its spread; late writers share what accounts may still be short of.
    assert!(
        taken.orders > 500 && taken.noticed == 0,
        "seed {seed}: {taken:?}"
    );
    assert!(
        on_accounts.orders > 100 && on_accounts.noticed * 6 <= on_accounts.orders,
        "seed {seed}: {on_accounts:?}"
    );
}

#[test]
fn writers_and_a_liquidator_leave_no_bad_debt_in_the_fall() {
    let record = replay(&week(), 1, Flow::TWO_SIDED, &mut |_| ()).unwrap();
    let last = record.steps.last().unwrap();
    assert_eq!((last.bad_debt, last.accounts.claim), (0.0, 0.0));
    // That says something only of a week in which much was written, of every habit, and accounts ran low.
    assert!(record.liquidations.len() > 2);
    assert!(record.accounts.iter().all(|account| account.orders > 5));
    assert!(record.accounts.iter().any(|account| account.topped_up > 0));
    assert!(record
        .steps
        .iter()
        .any(|step| step.written() > 0.2 * step.nav));
    for found in &record.liquidations {
        // What closing costs and the penalty explain what the account lost, to the atom.
        let lost = found.value_before - found.value_after;
        let explained = found.total - found.mark + found.reward + found.insurance;
        assert!((lost - explained).abs() < 0.01, "{found:?}");
        assert!(found.value_before < found.requirement_before, "{found:?}");
        assert!(found.value_after >= found.requirement_after, "{found:?}");
    }
    // The replay itself ends when an exposure is outside its band and nothing says why.
    assert!(record.judged > 800);
    assert!(record.outside.len() * 50 < record.judged);
    let parts = attribution(&record);
    assert!(parts.residue().abs() < 5.0, "{parts:?}");
}
