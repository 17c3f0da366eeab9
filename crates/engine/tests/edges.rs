//! One step inside the domain there is an answer, one step outside there is its error: surface, potential, spread, hedge,
//! scenario gate, shares, book. (Arithmetic: `properties.rs`; charges: `charges.rs`, `venue.rs`, `jump.rs` and `exit.rs`; margin and everlasting
//! options: their own files.)

mod common;

use common::{close, slice, wad, Float, Pool, Rng, DAY, NOW, WAD};
use smirk_engine::assess::{assess, Asked, AssessError};
use smirk_engine::book::{mark, mark_node};
use smirk_engine::hedge::{flow_variance, plan};
use smirk_engine::quote::{quote, QuoteError};
use smirk_engine::real::Real;
use smirk_engine::shares::{to_assets_down, to_assets_up, to_shares_down, to_shares_up};
use smirk_engine::spread::{half_spread, spread};
use smirk_engine::state::{
    BookMark, Kind, Leg, Mark, Node, Side, Slice, MAX_EXPIRIES, MAX_LEGS, MAX_LOTS, MAX_NODES,
};
use smirk_engine::stress::{passes, stress, withdrawable};
use smirk_engine::surface::{
    check_anchor, interpolate, total_variance, vol, SurfaceError, MAX_SLOPE,
};
use smirk_engine::word::Word;

/// The two neighbouring numbers between `holds` and `fails` at which a condition changes.
fn edge(holds: u64, fails: u64, condition: impl Fn(u64) -> bool) -> (u64, u64) {
    let (mut inside, mut outside) = (holds, fails);
    assert!(condition(inside) && !condition(outside));
    while inside.abs_diff(outside) > 1 {
        let middle = inside.min(outside) + inside.abs_diff(outside) / 2;
        if condition(middle) {
            inside = middle;
        } else {
            outside = middle;
        }
    }
    (inside, outside)
}

fn buy(node: usize, lots: u64) -> Leg {
    Leg {
        node,
        kind: Kind::Call,
        side: Side::Buy,
        lots,
    }
}

// ---- surface (the bounds of vols and wings: `surface.rs`) ----------------------------------------------

#[test]
fn an_anchor_is_refused_from_the_second_of_its_expiry_on() {
    let anchor = slice(30, 0.65, 0.4, 0.28);
    assert_eq!(check_anchor(&anchor, None, None, anchor.expiry - 1), Ok(()));
    for now in [anchor.expiry, u64::MAX] {
        let expired = SurfaceError::Expired {
            expiry: anchor.expiry,
            now,
        };
        assert_eq!(check_anchor(&anchor, None, None, now), Err(expired));
    }
}

#[test]
fn the_slope_of_a_wing_is_held_to_16_digits() {
    let check = |vol: u64| {
        let steep = Slice {
            atm_vol: vol,
            ..slice(365, 1.0, 1.6, 0.3)
        };
        check_anchor(&steep, None, None, NOW)
    };
    let (inside, outside) = edge(wad(1.0), wad(3.0), |vol| check(vol).is_ok());
    // √θ·1.6 = 2.68128… after a year.
    close(inside.float(), MAX_SLOPE.float() / 1.6, 1e-15);
    match check(outside) {
        Err(SurfaceError::SlopeTooSteep { slope }) => {
            assert!((1..300).contains(&(slope - MAX_SLOPE)), "{slope}");
        }
        other => panic!("{other:?}"),
    }
}

/// To 2^-40 relative, the play that WAD parameters of neighbours are allowed.
#[test]
fn each_calendar_condition_is_held_at_equality() {
    let early = slice(10, 0.8, 0.4, 0.3);
    let base = slice(20, 0.8, 0.4, 0.3);
    let root = 2f64.sqrt();
    type Set = fn(u64) -> Slice;
    let cases: [(Set, u64, u64, f64, &str); 4] = [
        (
            |vol| Slice {
                atm_vol: vol,
                ..slice(20, 0.8, 0.4, 0.3)
            },
            wad(0.75),
            wad(0.5),
            0.8 / root,
            "variance",
        ),
        (
            |left| Slice {
                left_wing: left,
                ..slice(20, 0.8, 0.4, 0.3)
            },
            wad(0.4),
            wad(0.1),
            0.4 / root,
            "left",
        ),
        (
            |right| Slice {
                right_wing: right,
                ..slice(20, 0.8, 0.4, 0.3)
            },
            wad(0.3),
            wad(0.1),
            0.3 / root,
            "right",
        ),
        // (l + r)/2s may not rise: l at most 0.7·√2 − 0.3.
        (
            |left| Slice {
                left_wing: left,
                ..slice(20, 0.8, 0.4, 0.3)
            },
            wad(0.4),
            wad(0.9),
            0.7 * root - 0.3,
            "curvature",
        ),
    ];
    assert_eq!(check_anchor(&base, Some(&early), None, NOW), Ok(()));
    for (set, holds, fails, expected, name) in cases {
        let check = |value: u64| check_anchor(&set(value), Some(&early), None, NOW);
        let (inside, outside) = edge(holds, fails, |value| check(value).is_ok());
        close(inside.float(), expected, 1e-11);
        let found = match check(outside) {
            Err(SurfaceError::CalendarVariance { earlier, later }) => ("variance", earlier, later),
            Err(SurfaceError::CalendarLeftWing { earlier, later }) => ("left", earlier, later),
            Err(SurfaceError::CalendarRightWing { earlier, later }) => ("right", earlier, later),
            Err(SurfaceError::CalendarCurvature { earlier, later }) => {
                ("curvature", earlier, later)
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(found.0, name);
        let (low, high) = if name == "curvature" {
            (found.1, found.2)
        } else {
            (found.2, found.1)
        };
        assert!(
            low < high && (high - low) as f64 <= 3e-12 * high as f64,
            "{found:?}"
        );
        // The same from the other side.
        assert!(check_anchor(&early, None, Some(&set(inside)), NOW).is_ok());
        assert!(check_anchor(&early, None, Some(&set(outside)), NOW).is_err());
    }
}

#[test]
fn interpolation_lies_strictly_between_its_neighbours() {
    let (a, b) = (slice(10, 0.5, 0.5, 0.3), slice(30, 0.7, 0.4, 0.3));
    for expiry in [a.expiry, b.expiry] {
        assert_eq!(
            interpolate(Some(&a), Some(&b), expiry, NOW),
            Slice { expiry, ..a }
        );
    }
    let first = interpolate(Some(&a), Some(&b), a.expiry + 1, NOW);
    close(first.atm_vol.float(), 0.5, 1e-6);
    assert_ne!(first.atm_vol, a.atm_vol);
    let last = interpolate(Some(&a), Some(&b), b.expiry - 1, NOW);
    close(last.atm_vol.float(), 0.7, 1e-6);
    assert_ne!(last.atm_vol, b.atm_vol);
}

#[test]
fn a_smile_is_flat_beyond_511_deviations() {
    let short = Slice {
        expiry: NOW + 1,
        ..slice(1, 0.65, 0.4, 0.28)
    };
    let deviation = 0.65 / (365.0f64 * 86_400.0).sqrt();
    let at = |deviations: f64| {
        let k = Real::from_wad_i128((deviations * deviation * 1e18) as i128);
        total_variance(&short, NOW, k)
    };
    assert!(at(510.0) < at(510.9));
    assert_eq!(at(511.1), at(600.0));
    assert_eq!(at(-511.1), at(-600.0));
    // Strikes and spots of any size have a vol, expired slices none.
    for (spot, strike) in [(1, u128::MAX), (u128::MAX, 1), (0, WAD), (WAD, 0)] {
        assert!(vol(&short, spot, strike, NOW) >= short.atm_vol);
        assert_eq!(vol(&short, spot, strike, NOW + 1), 0);
    }
}

// ---- potential and quote -------------------------------------------------------------------------------

#[test]
fn an_order_is_quoted_until_the_second_before_its_expiry() {
    let mut pool = Pool::listed();
    let expiry = pool.slices[0].expiry;
    pool.now = expiry - 1;
    assert!(quote(&pool.snapshot(), &buy(2, 1_000)).is_ok());
    pool.now = expiry;
    let expired = QuoteError::Expired {
        expiry,
        now: expiry,
    };
    assert_eq!(quote(&pool.snapshot(), &buy(2, 1_000)), Err(expired));
}

#[test]
fn the_last_node_is_known_and_the_next_is_not() {
    let pool = Pool::listed();
    assert!(quote(&pool.snapshot(), &buy(29, 1)).is_ok());
    let unknown = QuoteError::UnknownNode {
        node: 30,
        count: 30,
    };
    assert_eq!(quote(&pool.snapshot(), &buy(30, 1)), Err(unknown));
}

#[test]
fn a_position_may_reach_the_most_lots_and_not_one_more() {
    let mut pool = Pool::listed();
    pool.nodes[20].calls = 10 - MAX_LOTS;
    let at_most = quote(&pool.snapshot(), &buy(20, 10)).unwrap_err();
    match at_most {
        QuoteError::ShiftAboveCap { shift, cap } => {
            assert!(cap == pool.parameters.shift_cap && shift > wad(4.0));
        }
        other => panic!("{other:?}"),
    }
    let overflow = QuoteError::PositionOverflow {
        position: 10 - MAX_LOTS,
        lots: 11,
    };
    assert_eq!(quote(&pool.snapshot(), &buy(20, 11)), Err(overflow));
    // Calls and puts together count, too.
    pool.nodes[20].puts = -10;
    assert!(matches!(
        quote(&pool.snapshot(), &buy(20, 1)),
        Err(QuoteError::PositionOverflow { .. })
    ));
    let sale = Leg {
        side: Side::Sell,
        ..buy(20, 1)
    };
    assert!(quote(&pool.snapshot(), &sale).is_ok());
}

/// 2^21 times U in one node, all of it worthless: the last size that the search sees whole. What is above it stands in nobody's way.
#[test]
fn a_book_is_priced_up_to_its_largest_size_and_beyond() {
    let mut pool = Pool::listed();
    pool.nodes[0].strike = 1_500 * WAD;
    let most = (1u128 << 21) * pool.parameters.depth / WAD * 1_000_000 / 3_000;
    for puts in [most as i64, most as i64 + 1, MAX_LOTS] {
        pool.nodes[0].puts = -puts;
        let pool = pool.clone().rich();
        let found = quote(&pool.snapshot(), &buy(20, 1_000)).unwrap();
        assert!(found.shift < wad(1e-5), "{}", found.shift);
    }
}

#[test]
fn the_cap_is_held_to_the_lot() {
    let pool = Pool::listed();
    let ask = |lots: u64| quote(&pool.snapshot(), &buy(20, lots));
    let (inside, outside) = edge(1, 250_000_000, |lots| ask(lots).is_ok());
    let cap = pool.parameters.shift_cap;
    assert!(ask(inside).unwrap().shift <= cap);
    match ask(outside) {
        Err(QuoteError::ShiftAboveCap { shift, cap: found }) => {
            assert!(
                found == cap && shift > cap && shift - cap < wad(1e-7),
                "{shift}"
            );
        }
        other => panic!("{other:?}"),
    }
}

// ---- spread--------------------------------------------------------------------------------------------

#[test]
fn a_spread_widens_from_the_first_second_after_fresh_to_the_limit() {
    let pool = Pool::listed();
    let p = &pool.parameters;
    let at = |age: u64| half_spread(p, &pool.slices[3], NOW + age, pool.spot);
    let base = Word::from_wad_u64(p.half_spread);
    assert_eq!(at(p.anchor_fresh), base);
    assert!(at(p.anchor_fresh + 1) > base);
    let twice = at(p.anchor_limit);
    close(twice.to_wad_nearest().float(), 0.03, 1e-17);
    assert!(at(p.anchor_limit - 1) < twice);
    assert_eq!(at(p.anchor_limit + 1), twice);
    // A clock before the post counts as fresh, and limits in the wrong order as a step.
    assert_eq!(half_spread(p, &pool.slices[3], 0, pool.spot), base);
    let mut odd = *p;
    odd.anchor_limit = 0;
    let odd = |age: u64| half_spread(&odd, &pool.slices[3], NOW + age, pool.spot);
    assert_eq!(odd(3_600), base);
    close(odd(3_601).to_wad_nearest().float(), 0.03, 1e-17);
}

#[test]
fn a_spread_that_does_not_fit_is_the_largest_there_is() {
    let pool = Pool::listed();
    let dear = Mark {
        delta: WAD as u64,
        ..Mark::default()
    };
    let charge = |spot: u128, lots: u64| {
        spread(
            &pool.parameters,
            &pool.slices[3],
            NOW,
            spot,
            &dear,
            Kind::Call,
            lots,
        )
    };
    let per_option = charge(1_000_000_000 * WAD, 1_000_000);
    assert!(charge(1_000_000_000 * WAD, u64::MAX) > per_option);
    // 2^110 of spot at 3.7e-4 an option, 2^64 lots: beyond.
    let spot = 1 << 110;
    let (inside, outside) = edge(1, u64::MAX, |lots| charge(spot, lots) < u128::MAX);
    assert!(charge(spot, inside) > u128::MAX - charge(spot, 1_000_000));
    assert_eq!(charge(spot, outside), u128::MAX);
}

// ---- hedge ---------------------------------------------------------------------------------------------

#[test]
fn the_band_s_edge_is_inside() {
    let mut pool = Pool::empty();
    pool.slices.push(slice(7, 0.65, 0.4, 0.28));
    pool.flow_variance = 1_000_000_000 * WAD;
    let at = |delta: i128| {
        let mark = BookMark {
            net_delta: -delta,
            nav_low: 1_000_000 * WAD as i128,
            ..BookMark::default()
        };
        plan(&pool.snapshot(), &mark, 0)
    };
    // The flow is such that the cap of 2 % of equity is the band.
    let band = at(0).band;
    close(band.float(), 0.02 * 1e6 / 3_000.0, 1e-12);
    assert_eq!(at(band as i128).trade, 0);
    let beyond = at(band as i128 + 1);
    // Back to nine tenths of it.
    close(beyond.trade.float(), 0.1 * band.float(), 1e-15);
    assert_eq!(at(-(band as i128) - 1).trade, 0, "nothing held to sell");
}

#[test]
fn a_flow_is_forgotten_after_two_hundred_half_lives() {
    let last = 400 * DAY;
    let at = |seconds: u64| flow_variance(u128::MAX >> 1, 0, seconds);
    assert!(at(100 * DAY) > at(101 * DAY));
    assert_eq!(at(last), at(last + 1));
    assert_eq!(at(last), at(u64::MAX));
}

// ---- scenario gate -------------------------------------------------------------------------------------

/// A butterfly that loses only around its middle strike, which lies between spots of the grid.
#[test]
fn a_strike_is_a_spot_of_the_grid_up_to_seven_days() {
    let at = |seconds: u64| {
        let mut pool = Pool::empty();
        pool.slices.push(Slice {
            expiry: NOW + seconds,
            ..slice(1, 0.15, 0.1, 0.1)
        });
        for (strike, calls) in [(3_050, -1), (3_075, 2), (3_100, -1)] {
            pool.nodes.push(Node {
                slice: 0,
                strike: strike * WAD,
                calls: calls * 100_000_000,
                puts: 0,
            });
        }
        let snapshot = pool.snapshot();
        stress(&snapshot, &mark(&snapshot))
    };
    let near = at(7 * DAY);
    assert!(
        [3_050, 3_075, 3_100]
            .map(|strike| strike * WAD)
            .iter()
            .any(|strike| { near.worst_spot.abs_diff(*strike) < 1_000 }),
        "{near:?}"
    );
    let far = at(7 * DAY + 1);
    let hundredth = far.worst_spot / (30 * WAD);
    assert!(
        far.worst_spot.abs_diff(hundredth * 30 * WAD) < 1_000
            || far.worst_spot.abs_diff((hundredth + 1) * 30 * WAD) < 1_000,
        "{far:?}"
    );
    assert!(far.worst_loss < near.worst_loss);
}

#[test]
fn a_gate_that_is_just_open_lets_nothing_out() {
    let pool = Pool::empty();
    let snapshot = pool.snapshot();
    let found = stress(&snapshot, &mark(&snapshot));
    let kept = smirk_engine::state::Stress {
        worst_loss: found.equity as u128 - found.floor,
        ..found
    };
    assert!(passes(&kept));
    assert_eq!(withdrawable(&kept, pool.spot, &pool.parameters), 0);
    let less = smirk_engine::state::Stress {
        worst_loss: kept.worst_loss - 1,
        ..kept
    };
    assert!(withdrawable(&less, pool.spot, &pool.parameters) >= 1);
    let closed = smirk_engine::state::Stress {
        worst_loss: kept.worst_loss + 1,
        ..kept
    };
    assert!(!passes(&closed));
    assert_eq!(withdrawable(&closed, pool.spot, &pool.parameters), 0);
    // A floor of everything lets nothing out, and does not divide by zero.
    let mut all = pool.parameters;
    all.equity_floor = WAD as u64;
    assert_eq!(withdrawable(&found, pool.spot, &all), 0);
    all.equity_floor = u64::MAX;
    assert_eq!(withdrawable(&found, pool.spot, &all), 0);
}

// ---- shares --------------------------------------------------------------------------------------------

#[test]
fn a_conversion_fits_until_its_last_atom_and_share() {
    let (nav, supply) = (u128::MAX - 1, u128::MAX - 1_000);
    assert_eq!(to_shares_down(u128::MAX, nav, supply), Some(u128::MAX));
    assert_eq!(to_assets_down(u128::MAX, nav, supply), Some(u128::MAX));
    assert_eq!(to_shares_up(u128::MAX, nav, supply), Some(u128::MAX));
    assert_eq!(to_assets_up(u128::MAX, nav, supply), Some(u128::MAX));
    for (nav, supply) in [(nav + 1, supply), (nav, supply + 1)] {
        assert_eq!(to_shares_down(1, nav, supply), None);
        assert_eq!(to_assets_down(1, nav, supply), None);
        assert_eq!(to_shares_up(1, nav, supply), None);
        assert_eq!(to_assets_up(1, nav, supply), None);
    }
    // A thousand shares an atom in an empty pool: 2^128 / 1000 atoms is where it ends.
    let most = u128::MAX / 1_000;
    assert!(to_shares_down(most, 0, 0).is_some() && to_shares_up(most, 0, 0).is_some());
    assert_eq!(to_shares_down(most + 1, 0, 0), None);
    assert_eq!(to_shares_up(most + 1, 0, 0), None);
}

// ---- book ----------------------------------------------------------------------------------------------

const ALL: Asked = Asked {
    stress: true,
    exit: true,
};

#[test]
fn a_full_book_is_assessed_and_one_more_of_either_is_not() {
    let mut pool = Pool::empty();
    pool.slices = (1..=MAX_EXPIRIES as u64)
        .map(|days| slice(days, 0.65, 0.4, 0.28))
        .collect();
    pool.nodes = (0..MAX_NODES)
        .map(|index| Node {
            slice: (index % MAX_EXPIRIES) as u8,
            strike: (2_400 + 10 * index as u128) * WAD,
            calls: -100_000,
            puts: -100_000,
        })
        .collect();
    let last = buy(MAX_NODES - 1, 1_000_000);
    assert!(assess(&pool.snapshot(), &[last], ALL).is_ok());
    pool.nodes.push(pool.nodes[0]);
    let nodes = AssessError::BookTooLarge {
        nodes: MAX_NODES + 1,
        slices: MAX_EXPIRIES,
    };
    assert_eq!(assess(&pool.snapshot(), &[last], ALL), Err(nodes));
    pool.nodes.pop();
    pool.slices.push(slice(99, 0.65, 0.4, 0.28));
    let slices = AssessError::BookTooLarge {
        nodes: MAX_NODES,
        slices: MAX_EXPIRIES + 1,
    };
    assert_eq!(assess(&pool.snapshot(), &[last], ALL), Err(slices));
}

#[test]
fn a_series_has_time_value_until_the_second_of_its_expiry() {
    let mut pool = Pool::listed();
    let node = pool.nodes[2];
    pool.now = pool.slices[0].expiry - 1;
    let last = mark_node(&pool.snapshot(), &node);
    assert!(last.call > 0 && last.put > 0 && last.vol > 0 && last.gamma > 0 && last.theta < 0);
    pool.now += 1;
    let over = mark_node(&pool.snapshot(), &node);
    assert_eq!(
        (over.call, over.put, over.vol, over.gamma, over.theta),
        (0, 0, 0, 0, 0)
    );
}

/// puts·K is exact below 2^118 lots-WAD and held there beyond.
#[test]
fn strikes_add_up_exactly_to_the_largest_that_is_kept() {
    let mut pool = Pool::listed();
    pool.cash = 0;
    let at_zero = |pool: &Pool| {
        let snapshot = pool.snapshot();
        stress(&snapshot, &mark(&snapshot)).value_at_zero
    };
    // 2^57·2^61 lots-WAD: 118 bits.
    let (lots, strike) = ((1i64 << 56) - 1, (1u128 << 62) - 1);
    pool.nodes[0].puts = lots;
    pool.nodes[0].strike = strike;
    close(
        at_zero(&pool).float(),
        lots as f64 / 1e6 * (strike as f64 / 1e18),
        1e-3,
    );
    pool.nodes[0].strike = strike + 1;
    let held = at_zero(&pool);
    close(held.float(), 2f64.powi(118) / 1e24, 1e-3);
    pool.nodes[0].strike = strike << 20;
    assert_eq!(at_zero(&pool), held);
}

/// Whatever a snapshot and an order hold, there is an answer or a refusal, and charges keep their limits.
#[test]
fn no_snapshot_and_no_order_stop_the_assessment() {
    let mut rng = Rng(17);
    let wide = |rng: &mut Rng| {
        let bits = (rng.bits() as u128) << 64 | rng.bits() as u128;
        [0, 1, u128::MAX, bits >> rng.below(128), 3_000 * WAD][rng.below(5)]
    };
    let word = |rng: &mut Rng| {
        let bits = rng.bits();
        [0, 1, u64::MAX, bits >> rng.below(64), WAD as u64][rng.below(5)]
    };
    let signed = |rng: &mut Rng| {
        let bits = rng.bits() as i64;
        [0, i64::MIN, i64::MAX, bits >> rng.below(64), -3_000_000][rng.below(5)]
    };
    let (mut answered, mut refused, mut several) = (0, 0, 0);
    for _ in 0..4_000 {
        let mut pool = Pool::short(&mut rng, 3.0);
        for _ in 0..1 + rng.below(4) {
            let (node, slice) = (rng.below(pool.nodes.len()), rng.below(pool.slices.len()));
            match rng.below(15) {
                0 => pool.spot = wide(&mut rng),
                1 => pool.now = word(&mut rng),
                2 => pool.cash = wide(&mut rng) as i128,
                3 => pool.hedge_position = wide(&mut rng) as i128,
                4 => pool.venue_depth = wide(&mut rng),
                5 => pool.venue_price = Some(wide(&mut rng)),
                6 => pool.venue_fee = word(&mut rng),
                7 => pool.flow_variance = wide(&mut rng),
                8 => pool.nodes[node].strike = wide(&mut rng),
                9 => pool.nodes[node].calls = signed(&mut rng),
                10 => pool.nodes[node].puts = signed(&mut rng),
                11 => pool.slices[slice].vol_jump = word(&mut rng),
                12 => pool.slices[slice].carry_jump = word(&mut rng),
                13 => pool.slices[slice].spot = wide(&mut rng),
                _ => pool.slices[slice].posted_at = word(&mut rng),
            }
        }
        let order = Leg {
            node: rng.below(pool.nodes.len()),
            kind: [Kind::Call, Kind::Put][rng.below(2)],
            side: [Side::Buy, Side::Sell][rng.below(2)],
            lots: [1, 1_000_000, 30_000_000, word(&mut rng)][rng.below(4)],
        };
        match assess(&pool.snapshot(), &[order], ALL) {
            Ok(found) => {
                answered += 1;
                if order.side == Side::Sell {
                    assert!(found.quote.fee() <= found.quote.premium);
                }
                assert!(found.after.nav_exit <= found.after.nav_low);
                assert!(found.hedge.own.unsigned_abs() <= found.hedge.trade.unsigned_abs());
            }
            Err(_) => refused += 1,
        }
        let sides = [Side::Buy, Side::Sell, Side::Write, Side::Cover];
        let nodes = pool.nodes.len() + (rng.below(8) == 0) as usize;
        let legs: Vec<Leg> = (0..2 + rng.below(MAX_LEGS))
            .map(|_| Leg {
                node: rng.below(nodes),
                kind: [Kind::Call, Kind::Put][rng.below(2)],
                side: sides[rng.below(4)],
                lots: [1, 1_000_000, 30_000_000, word(&mut rng)][rng.below(4)],
            })
            .collect();
        if let Ok(found) = assess(&pool.snapshot(), &legs, ALL) {
            several += 1;
            assert!(legs.len() <= MAX_LEGS);
            assert!(found.hedge.own.unsigned_abs() <= found.hedge.trade.unsigned_abs());
        }
        assert!(assess(&pool.snapshot(), &[], ALL).is_ok());
    }
    assert!(several > 300, "{several}");
    assert!(answered > 1_000 && refused > 300, "{answered} {refused}");
}
