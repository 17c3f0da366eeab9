//! The search for the potential's maximum: it ends at the maximum, and it ends for every ordinary order.

mod common;

use common::potential::Objective;
use common::week::{Fate, Replay, Week};
use common::{wad, wad_wide, Float, Pool, Rng, Smile, NOW};
use smirk_engine::quote::{quote, QuoteError};
use smirk_engine::state::{Kind, Leg, Node, Side, Slice, MAX_EXPIRIES};
use smirk_engine::surface::check_anchor;

/// One to twelve expiries from seconds to two years ahead, anchors and parameters from all of their bounds.
fn surface(rng: &mut Rng) -> Pool {
    let mut pool = Pool::empty();
    let log = |rng: &mut Rng, low: f64, high: f64| rng.real(low.ln(), high.ln()).exp();
    let parameters = &mut pool.parameters;
    if rng.below(2) == 0 {
        parameters.depth = wad_wide(log(rng, 1e3, 1e8));
        parameters.coupling = wad(log(rng, 0.05, 5.0));
        parameters.wing_depth = wad(log(rng, 0.01, 4.0));
        parameters.short_term = wad(rng.real(0.0, 4.0));
    }
    let expiries = 1 + rng.below(MAX_EXPIRIES);
    let mut hours = log(rng, 0.002, 27.0);
    while pool.slices.len() < expiries && hours < 17_520.0 {
        let next = Slice {
            expiry: NOW + 1 + (hours * 3_600.0) as u64,
            atm_vol: wad(rng.real(0.15, 3.0)),
            left_wing: wad(rng.real(0.05, 1.6)),
            right_wing: wad(rng.real(0.05, 1.6)),
            posted_at: NOW,
            carry: [0, (rng.real(-0.1, 0.3) * 1e18) as i64][rng.below(2)],
            ..Slice::default()
        };
        if check_anchor(&next, pool.slices.last(), None, NOW).is_ok() {
            pool.slices.push(next);
        }
        hours *= 1.0 + rng.real(0.05, 3.0);
    }
    pool
}

/// A book on such a surface: one-sided, two-sided, long or short of volga, from far inside to far beyond the cap.
fn book(rng: &mut Rng) -> Pool {
    let mut pool = surface(rng);
    let bought = [0.0, -0.3, -1.0][rng.below(3)];
    let reach = rng.real(0.5, 4.0);
    let options = rng.real(-1.0, 6.0).exp() * pool.parameters.depth.float() / 250_000.0;
    for index in 0..pool.slices.len() {
        let deviation = Smile::of(&pool.slices[index], NOW).theta.sqrt();
        for _ in 0..1 + rng.below(10) {
            let moneyness = rng.real(-reach, reach) * deviation;
            let position = |rng: &mut Rng| -(rng.real(bought, 1.0) * options * 1e6) as i64;
            pool.nodes.push(Node {
                slice: index as u8,
                strike: wad_wide(3_000.0 * moneyness.clamp(-6.0, 6.0).exp()),
                calls: position(rng),
                puts: position(rng),
            });
        }
    }
    pool
}

fn lot_of(node: usize) -> Leg {
    Leg {
        node,
        kind: Kind::Call,
        side: Side::Buy,
        lots: 1,
    }
}

#[test]
fn wherever_a_maximum_lies_within_the_cap_the_search_ends_there() {
    let mut rng = Rng(1);
    let (mut within, mut beyond, mut unsolved, mut without) = (0, 0, 0, 0);
    for _ in 0..4_000 {
        let pool = book(&mut rng).rich();
        if pool.nodes.is_empty() {
            continue;
        }
        let found = quote(&pool.snapshot(), &lot_of(rng.below(pool.nodes.len())));
        let Some(maximum) = Objective::new(&pool).climb(&vec![0.0; 3 * pool.slices.len()]) else {
            without += 1;
            assert!(found.is_err(), "a quote without a maximum");
            continue;
        };
        // Beyond the cap only what brings the shift closer is quoted.
        let shift = match found {
            Ok(quote) => quote.shift.float(),
            Err(QuoteError::ShiftAboveCap { shift, .. }) if maximum.largest > 0.2 => shift.float(),
            Err(QuoteError::NotConverged { .. }) if maximum.largest > 0.2 => {
                unsolved += (maximum.largest < 0.3) as usize;
                beyond += (maximum.largest < 0.3) as usize;
                continue;
            }
            Err(error) => panic!("{error:?} with a maximum at {maximum:?}"),
        };
        if maximum.largest < 0.3 {
            assert!(
                (shift - maximum.largest).abs() < 5e-4,
                "{shift} not {maximum:?}"
            );
            within += (maximum.largest <= 0.2) as usize;
            beyond += (maximum.largest > 0.2) as usize;
        }
    }
    assert!(
        within > 1_000 && beyond > 100 && without > 500,
        "{within} {beyond} {without}"
    );
    // Half as far again as the cap, hardly any is missed.
    assert!(unsolved * 100 <= beyond, "{unsolved} of {beyond}");
}

/// Orders of the size the demo's traders send, of four times that, and with some of a hundred and fifty times that
/// among them, over twelve seeded weeks.
#[test]
fn no_order_of_the_shipped_week_is_left_without_a_quote() {
    let week = Week::read();
    for (size, careless) in [(1.5, 0.0), (6.0, 0.0), (1.5, 0.015)] {
        let (mut filled, mut capped, mut unsolved, mut emergencies) = (0, 0, 0, 0);
        for seed in 0..12 {
            let mut see = |pool: &Pool, order: &Leg, fate: Fate| match fate {
                Fate::Filled(quote) => {
                    filled += 1;
                    // At the anchor, though it leaves something behind.
                    let held = |node: &Node| node.calls.abs().max(node.puts.abs());
                    let left = pool.nodes.iter().map(held).sum::<i64>() - order.lots as i64;
                    emergencies += (quote.shift == 0 && left > 1_000_000) as usize;
                }
                Fate::Refused(QuoteError::ShiftAboveCap { .. }) => capped += 1,
                Fate::Refused(QuoteError::NotConverged { .. }) => unsolved += 1,
                Fate::Refused(error) => panic!("{error:?}"),
                Fate::Gated => (),
            };
            Replay {
                week: &week,
                pool: Pool::empty(),
                rng: Rng(seed),
                size,
                careless,
                see: &mut see,
            }
            .run();
        }
        assert!(
            filled > 7_000 && (size < 2.0 || capped > 50),
            "{filled} {capped}"
        );
        assert_eq!(emergencies, 0, "mean size {size}");
        // A few hundred options at once, some of them hours before expiry, may have no maximum.
        assert!(
            unsolved <= if careless > 0.0 { 40 } else { 0 },
            "{unsolved}"
        );
    }
}

/// Twice as many options as U buys of the underlying, so far out that they are worth nothing.
#[test]
fn a_large_position_without_value_is_no_obstacle() {
    let mut pool = Pool::listed();
    pool.nodes[0].strike = wad_wide(1_500.0);
    pool.nodes[0].puts = -2_000_000_000;
    let found = quote(&pool.rich().snapshot(), &lot_of(20)).unwrap();
    assert!(found.shift < wad(1e-6));
}
