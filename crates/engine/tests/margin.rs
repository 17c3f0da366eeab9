//! Isolated margin: reference values, order, agreement with the scenario gate, domain.

mod common;
mod reference;
#[allow(dead_code)] // each test file enforces its own part
mod tolerance;

use common::{close, slice, Float, Pool, Rng, WAD};
use reference::{assert_within, decimal, vectors};
use smirk_engine::book::{mark, mark_node};
use smirk_engine::error::Error;
use smirk_engine::margin::{isolated_up, MarginError, Requirement, Short};
use smirk_engine::real::Real;
use smirk_engine::state::{Kind, Node, YEAR};
use smirk_engine::stress::stress;

const ONE: u64 = 1_000_000;
const DAY: u64 = 86_400;
const VOL: u64 = 1_000_000_000_000_000_000;

const ORDINARY: Short = Short {
    kind: Kind::Call,
    spot: 3_000 * WAD,
    forward: 3_000 * WAD,
    strike: 3_300 * WAD,
    seconds: 28 * DAY,
    vol: VOL / 20 * 13,
    lots: ONE,
};

fn require(short: &Short) -> Requirement {
    isolated_up(short).unwrap_or_else(|error| panic!("{error:?}: {short:?}"))
}

fn random(rng: &mut Rng) -> Short {
    Short {
        kind: [Kind::Call, Kind::Put][rng.below(2)],
        strike: (3_000.0 * rng.real(-0.8, 0.8).exp() * 1e18) as u128,
        seconds: rng.real(0.0, 17.0).exp() as u64,
        vol: (rng.real(0.1, 3.0) * 1e18) as u64,
        ..ORDINARY
    }
}

#[test]
fn requirements_are_those_of_the_reference() {
    let file = vectors("margin");
    let points = file["points"].as_array().expect("points");
    assert!(points.len() >= 200);
    for point in points {
        let text = |field: &str| point[field].as_str().expect("text");
        let short = Short {
            kind: if text("kind") == "call" {
                Kind::Call
            } else {
                Kind::Put
            },
            spot: text("spot").parse().expect("WAD"),
            forward: text("spot").parse().expect("WAD"),
            strike: text("strike").parse().expect("WAD"),
            seconds: text("seconds").parse().expect("seconds"),
            vol: text("vol").parse().expect("WAD"),
            lots: ONE,
        };
        let found = require(&short);
        let larger = Real::from_wad_u128(short.spot.max(short.strike)) * Real::from_ratio(6, 5);
        for (name, found) in [
            ("initial", found.initial),
            ("maintenance", found.maintenance),
        ] {
            // Two units of rounding count only with the smallest prices.
            let scale = larger + Real::from_wad_u64(2_000_000_000_000_000_000 / tolerance::PRICE);
            let scale = if short.spot < WAD { scale } else { larger };
            let found = Real::from_wad_u128(found);
            assert_within(
                found,
                decimal(text(name)),
                tolerance::PRICE,
                scale,
                name,
                point,
            );
        }
    }
}

/// Averages over 54 strikes, calls and puts: 27.3 % and 20.4 % of spot in the prototype, whose smiles are steeper.
#[test]
fn averages_are_near_the_prototype_s() {
    let (mut initial, mut maintenance, mut count) = (0.0, 0.0, 0.0);
    for days in [2, 7, 14, 28, 56, 91] {
        for per_mille in [700, 800, 900, 950, 1_000, 1_050, 1_100, 1_200, 1_300] {
            for kind in [Kind::Call, Kind::Put] {
                let found = require(&Short {
                    kind,
                    strike: 3 * per_mille * WAD,
                    seconds: days * DAY,
                    ..ORDINARY
                });
                initial += found.initial.float() / 3_000.0;
                maintenance += found.maintenance.float() / 3_000.0;
                count += 1.0;
            }
        }
    }
    close(initial / count, 0.273, 0.03);
    close(maintenance / count, 0.204, 0.03);
}

#[test]
fn the_floor_counts_where_scenarios_do_not_reach() {
    let far = Short {
        strike: 4_500 * WAD,
        seconds: DAY,
        ..ORDINARY
    };
    let found = require(&far);
    close(found.initial.float(), 60.0, 1e-3);
    close(found.maintenance.float(), 60.0, 1e-3);
    assert!(found.initial >= 60 * WAD);
    // Without vol or time the worst scenario is a spot move alone.
    for flat in [
        Short { vol: 0, ..ORDINARY },
        Short {
            seconds: 0,
            ..ORDINARY
        },
    ] {
        let exact = Requirement {
            initial: 300 * WAD,
            maintenance: 60 * WAD,
        };
        assert_eq!(require(&flat), exact);
    }
}

#[test]
fn maintenance_is_below_initial_and_both_above_the_mark() {
    let mut rng = Rng(1);
    for _ in 0..5_000 {
        let short = random(&mut rng);
        let found = require(&short);
        assert!(found.maintenance <= found.initial, "{short:?} {found:?}");
        let intrinsic = match short.kind {
            Kind::Call => short.spot.saturating_sub(short.strike),
            Kind::Put => short.strike.saturating_sub(short.spot),
        };
        assert!(
            found.maintenance >= intrinsic + short.spot / 50,
            "{short:?}"
        );
        let most = match short.kind {
            Kind::Call => short.spot / 5 * 6,
            Kind::Put => short.strike + short.spot / 50,
        };
        assert!(found.initial <= most + 1_000, "{short:?} {found:?}");
    }
}

#[test]
fn requirements_rise_with_vol_time_and_moneyness() {
    let mut rng = Rng(2);
    for _ in 0..5_000 {
        let short = random(&mut rng);
        let found = require(&short);
        let towards = match short.kind {
            Kind::Call => short.strike / 100 * 99,
            Kind::Put => short.strike / 100 * 101,
        };
        for more in [
            Short {
                vol: short.vol / 10 * 11,
                ..short
            },
            Short {
                seconds: short.seconds + DAY,
                ..short
            },
            Short {
                strike: towards,
                ..short
            },
        ] {
            let dearer = require(&more);
            let slack = 100_000;
            assert!(
                dearer.initial + slack >= found.initial,
                "{short:?} {more:?}"
            );
            assert!(
                dearer.maintenance + slack >= found.maintenance,
                "{short:?} {more:?}"
            );
        }
    }
}

/// At four weeks the gate's vol moves are these and its spots reach further, so it never asks for less.
#[test]
fn the_scenario_gate_covers_the_scenarios_at_four_weeks() {
    let mut rng = Rng(3);
    let mut judged = 0;
    for _ in 0..300 {
        let mut pool = Pool::empty();
        pool.slices.push(slice(28, rng.real(0.3, 1.2), 0.4, 0.28));
        let kind = [Kind::Call, Kind::Put][rng.below(2)];
        let (calls, puts) = if kind == Kind::Call { (-1, 0) } else { (0, -1) };
        pool.nodes.push(Node {
            slice: 0,
            strike: (3_000.0 * rng.real(-0.5, 0.5).exp() * 1e18) as u128,
            calls: calls * ONE as i64,
            puts: puts * ONE as i64,
        });
        let snapshot = pool.snapshot();
        let node = mark_node(&snapshot, &pool.nodes[0]);
        let own = if kind == Kind::Call {
            node.call
        } else {
            node.put
        };
        let found = require(&Short {
            kind,
            strike: pool.nodes[0].strike,
            vol: node.vol,
            ..ORDINARY
        });
        let gate = stress(&snapshot, &mark(&snapshot));
        if found.initial > own + 60 * WAD + WAD {
            judged += 1;
            let lost = (found.initial - own).float();
            assert!(gate.worst_loss.float() >= lost - 1e-9, "{lost} {gate:?}");
        }
    }
    assert!(judged > 200, "{judged}");
}

#[test]
fn size_only_scales_and_never_gains_from_splitting() {
    let mut rng = Rng(4);
    for _ in 0..2_000 {
        let short = random(&mut rng);
        let sized = |lots: u64| require(&Short { lots, ..short });
        let (a, b) = (rng.bits() % 1_000_000_000, rng.bits() % 1_000_000_000);
        let (whole, first, second) = (sized(a + b), sized(a), sized(b));
        let parts = first.initial + second.initial;
        assert!((whole.initial..=whole.initial + 1).contains(&parts));
        let parts = first.maintenance + second.maintenance;
        assert!((whole.maintenance..=whole.maintenance + 1).contains(&parts));
    }
    assert_eq!(
        require(&Short {
            lots: 0,
            ..ORDINARY
        }),
        Requirement::default()
    );
    let least = Short {
        spot: WAD / 1_000_000,
        forward: WAD / 1_000_000,
        strike: WAD / 1_000_000,
        lots: 1,
        vol: 0,
        ..ORDINARY
    };
    assert!((200_000..=200_001).contains(&require(&least).initial));
}

/// Scenarios move the forward with spot; the floor is two per cent of spot over the mark.
#[test]
fn with_carry_a_short_is_required_what_one_on_the_forward_is() {
    let mut rng = Rng(11);
    let mut floored = 0;
    for _ in 0..500 {
        let growth = rng.real(0.95, 1.3);
        let carried = Short {
            forward: (3_000.0 * growth * 1e18) as u128,
            ..random(&mut rng)
        };
        let at = |spot: u128| require(&Short { spot, ..carried });
        let (found, without_floor, on_forward) = (at(carried.spot), at(0), at(carried.forward));
        for (found, without_floor, on_forward) in [
            (found.initial, without_floor.initial, on_forward.initial),
            (
                found.maintenance,
                without_floor.maintenance,
                on_forward.maintenance,
            ),
        ] {
            if on_forward == without_floor {
                // The scenarios decide, also with the floor of a higher spot.
                assert!(growth < 1.0 || found == on_forward);
            } else if found > without_floor {
                // The floor decides, and the two differ by what spot and forward do.
                close(
                    on_forward.float() - found.float(),
                    0.02 * 3_000.0 * (growth - 1.0),
                    1e-9,
                );
                floored += 1;
            }
        }
    }
    assert!(floored > 50, "{floored}");
}

#[test]
fn domain_edges_are_sharp() {
    let (low, high) = (WAD / 1_000_000, 1_000_000_000 * WAD);
    let at = |spot: u128, strike: u128| Short {
        spot,
        forward: spot,
        strike,
        ..ORDINARY
    };
    let vol = |vol: u64| Short { vol, ..ORDINARY };
    let time = |seconds: u64| Short {
        seconds,
        ..ORDINARY
    };
    for inside in [
        at(low, low),
        at(high, high),
        at(3_000 * WAD, 3 * WAD),
        at(3_000 * WAD, 3_000_000 * WAD),
        vol(VOL / 100),
        vol(10 * VOL),
        time(1),
        time(5 * YEAR),
        Short {
            lots: 1 << 56,
            ..at(high, high)
        },
    ] {
        assert!(isolated_up(&inside).is_ok(), "{inside:?}");
    }
    for (outside, error) in [
        (at(low - 1, low), Error::SpotOutOfRange(low - 1)),
        (at(high + 1, high), Error::SpotOutOfRange(high + 1)),
        (at(low, low - 1), Error::StrikeOutOfRange(low - 1)),
        (at(high, high + 1), Error::StrikeOutOfRange(high + 1)),
        (
            at(3_000 * WAD, 3 * WAD - 1),
            Error::MoneynessOutOfRange(3 * WAD - 1, 3_000 * WAD),
        ),
        (vol(VOL / 100 - 1), Error::VolOutOfRange(VOL / 100 - 1)),
        (vol(10 * VOL + 1), Error::VolOutOfRange(10 * VOL + 1)),
        (time(5 * YEAR + 1), Error::TimeOutOfRange(5 * YEAR + 1)),
    ] {
        assert_eq!(isolated_up(&outside), Err(MarginError::Domain(error)));
    }
    let large = Short {
        lots: u64::MAX,
        ..at(high, high)
    };
    assert_eq!(isolated_up(&large), Err(MarginError::TooLarge(u64::MAX)));
}
