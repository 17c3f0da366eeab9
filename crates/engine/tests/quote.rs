//! The potential, the spread and the quote: exact telescoping, no profitable cycle, refusals.

mod common;

use common::{black76, close, lots, wad, Float, Pool, Rng, Smile, DAY, NOW, WAD};
use smirk_engine::book::mark_node;
use smirk_engine::quote::{quote, QuoteError};
use smirk_engine::spread::{half_spread, spread};
use smirk_engine::state::{Kind, Leg, Mark, Quote, Side, MAX_LOTS};

const KINDS: [Kind; 2] = [Kind::Call, Kind::Put];

fn order(node: usize, kind: Kind, side: Side, lots: u64) -> Leg {
    Leg {
        node,
        kind,
        side,
        lots,
    }
}

fn buy(node: usize, kind: Kind, lots: u64) -> Leg {
    order(node, kind, Side::Buy, lots)
}

/// Quotes an order, and if it is quoted moves the position.
fn trade(pool: &mut Pool, order: &Leg) -> Result<Quote, QuoteError> {
    let answer = quote(&pool.snapshot(), order)?;
    pool.fill(order);
    Ok(answer)
}

fn paid(order: &Leg, answer: &Quote) -> i128 {
    match order.side {
        Side::Buy | Side::Cover => answer.premium as i128,
        Side::Sell | Side::Write => -(answer.premium as i128),
    }
}

/// A cycle pays the taker nothing and costs no more than rounding.
fn assert_nothing(cost: i128, trades: usize) {
    assert!(
        (0..=trades as i128).contains(&cost),
        "{cost} after {trades} trades"
    );
}

// ---- the potential against its definition ----------------------------------------------------------------

/// C of the definition, by damped fixed-point iteration with numerical gradients and a dense B.
fn reference_potential(pool: &Pool) -> f64 {
    let count = pool.slices.len();
    let smiles: Vec<Smile> = pool
        .slices
        .iter()
        .map(|slice| Smile::of(slice, pool.now))
        .collect();
    let p = &pool.parameters;
    let value = |index: usize, z: [f64; 3]| -> f64 {
        let smile = smiles[index].shifted(z[0], z[1], z[2]);
        let nodes = pool
            .nodes
            .iter()
            .filter(|node| node.slice as usize == index);
        nodes
            .map(|node| {
                let strike = node.strike.float();
                let forward = pool.spot.float() * pool.growth(node);
                let (call, put) =
                    black76(forward, strike, smile.total_vol((strike / forward).ln()));
                -lots(node.calls) * call - lots(node.puts) * put
            })
            .sum()
    };
    let tau = |e: usize| (pool.slices[e].expiry - pool.now) as f64 / (365.0 * 86_400.0);
    let beta =
        |e: usize| (1.0 + p.short_term.float() * (28.0 / 365.0) / tau(e).max(0.25 / 365.0)).sqrt();
    let depth = p.depth.float();
    let level = |a: usize, b: usize| {
        beta(a) * beta(b) * (-p.coupling.float() * (tau(a) / tau(b)).ln().abs()).exp() / depth
    };
    let wing = |e: usize| p.wing_depth.float() * beta(e).powi(2) / depth;
    let mut z = vec![[0.0; 3]; count];
    let mut gradients = vec![[0.0; 3]; count];
    for _ in 0..400 {
        for e in 0..count {
            for f in 0..3 {
                let bumped = |h: f64| {
                    let mut bumped = z[e];
                    bumped[f] += h;
                    value(e, bumped)
                };
                let h = 1e-4;
                gradients[e][f] = (8.0 * (bumped(h) - bumped(-h)) - bumped(2.0 * h)
                    + bumped(-2.0 * h))
                    / (12.0 * h);
            }
        }
        for e in 0..count {
            let target: f64 = (0..count)
                .map(|other| level(e, other) * gradients[other][0])
                .sum();
            z[e][0] += 0.5 * (target - z[e][0]);
            for f in 1..3 {
                z[e][f] += 0.5 * (wing(e) * gradients[e][f] - z[e][f]);
            }
        }
    }
    // At the maximum B⁻¹z = g, so the penalty is z·g/2.
    (0..count)
        .map(|e| value(e, z[e]) - (0..3).map(|f| z[e][f] * gradients[e][f]).sum::<f64>() / 2.0)
        .sum()
}

#[test]
fn premiums_are_differences_of_the_potential_as_defined() {
    let mut rng = Rng(1);
    let mut largest = 0.0f64;
    for round in 0..40 {
        let mut pool = Pool::random(&mut rng, 4, 4, 6.0);
        if round >= 20 {
            pool = pool.carried(&mut rng);
        }
        let order = buy(rng.below(16), KINDS[rng.below(2)], 5_000_000);
        let before = reference_potential(&pool);
        let Ok(answer) = trade(&mut pool, &order) else {
            continue;
        };
        let expected = reference_potential(&pool) - before;
        largest = largest.max(answer.shift.float());
        // B itself is held to 2^-24.
        close(answer.premium.float(), expected, 1e-6 * (1.0 + expected));
    }
    assert!(
        largest > 0.1,
        "the books were too small to test the solver: {largest}"
    );
}

#[test]
fn the_first_lot_of_an_empty_book_costs_the_mark() {
    let pool = Pool::listed();
    for node in 0..pool.nodes.len() {
        for kind in KINDS {
            let answer = quote(&pool.snapshot(), &buy(node, kind, 1_000)).unwrap();
            close(answer.premium.float() * 1_000.0, answer.mark.float(), 2e-3);
            let mark = mark_node(&pool.snapshot(), &pool.nodes[node]);
            close(answer.vol_before.float(), mark.vol.float(), 1e-15);
        }
    }
}

#[test]
fn a_small_trade_is_priced_at_the_marginal_vol() {
    let mut rng = Rng(2);
    for _ in 0..100 {
        let pool = Pool::short(&mut rng, 4.0);
        let order = buy(rng.below(30), KINDS[rng.below(2)], 1_000);
        let answer = quote(&pool.snapshot(), &order).unwrap();
        let node = &pool.nodes[order.node];
        let total_vol = answer.vol_before.float() * pool.tau(node).sqrt();
        let (call, put) = black76(pool.spot.float(), node.strike.float(), total_vol);
        let price = if order.kind == Kind::Call { call } else { put };
        close(answer.premium.float() * 1_000.0, price, 5e-3);
        let mark = mark_node(&pool.snapshot(), node);
        assert!(answer.vol_before > mark.vol);
        assert!(answer.vol_after > answer.vol_before || mark.vega < 10 * WAD);
    }
}

#[test]
fn a_call_and_a_put_of_one_strike_move_the_price_alike() {
    let mut rng = Rng(3);
    let pool = Pool::short(&mut rng, 3.0);
    for node in 0..30 {
        let [call, put] =
            KINDS.map(|kind| quote(&pool.snapshot(), &buy(node, kind, 2_000_000)).unwrap());
        // Parity: two calls less two puts are worth 2·(S − K) at any vol.
        let gap = 2.0 * (pool.spot.float() - pool.nodes[node].strike.float());
        close(call.premium.float() - put.premium.float(), gap, 1e-8);
        assert_eq!((call.vol_before, call.shift), (put.vol_before, put.shift));
    }
}

// ---- path independence -----------------------------------------------------------------------------------

#[test]
fn splitting_a_trade_changes_nothing() {
    let mut rng = Rng(4);
    for round in 0..300 {
        let pool = Pool::short(&mut rng, 3.0).hedged(1e6);
        let (node, kind) = (rng.below(30), KINDS[rng.below(2)]);
        let side = [Side::Buy, Side::Sell][rng.below(2)];
        let total = 30_000 * (1 + rng.below(100)) as u64;
        let whole = quote(&pool.snapshot(), &order(node, kind, side, total)).unwrap();
        let pieces = [2, 3, 10][round % 3];
        let mut split = pool.clone();
        let (mut premium, mut spread) = (0, 0);
        for _ in 0..pieces {
            let answer = trade(&mut split, &order(node, kind, side, total / pieces)).unwrap();
            premium += answer.premium;
            spread += answer.spread;
            split = split.hedged(1e6);
        }
        let gap = premium as i128 - whole.premium as i128;
        let gap = if side == Side::Buy { gap } else { -gap };
        assert!((0..=pieces as i128).contains(&gap), "{gap}");
        // Spreads round up once a piece; a seller's may meet its limit earlier on the way down.
        let dearer = spread as i128 - whole.spread as i128;
        assert!(
            dearer <= pieces as i128 && (side == Side::Sell || dearer >= 0),
            "{dearer}"
        );
        if whole.spread < whole.premium {
            assert!(dearer >= -1_000, "{dearer}");
        }
    }
}

#[test]
fn no_cycle_of_trades_pays() {
    let mut rng = Rng(5);
    let mut longest = 0;
    for cycle in 0..10_000 {
        let mut pool = if cycle % 2 == 0 {
            Pool::short(&mut rng, 4.0)
        } else {
            Pool::random(&mut rng, 4, 6, 4.0)
        };
        let start = pool.nodes.clone();
        let mut cost = 0;
        let mut open: Vec<Leg> = Vec::new();
        for _ in 0..1 + rng.below(3) {
            let order = buy(
                rng.below(24),
                KINDS[rng.below(2)],
                1 + rng.bits() % 8_000_000,
            );
            if let Ok(answer) = trade(&mut pool, &order) {
                cost += paid(&order, &answer);
                open.push(order);
            }
        }
        let trades = 2 * open.len();
        longest = longest.max(trades);
        // Back by another road.
        while !open.is_empty() {
            let opened = open.swap_remove(rng.below(open.len()));
            let order = Leg {
                side: Side::Sell,
                ..opened
            };
            let answer = trade(&mut pool, &order).unwrap();
            cost += paid(&order, &answer);
        }
        assert_eq!(pool.nodes, start);
        assert_nothing(cost, trades);
    }
    assert_eq!(longest, 6);
}

#[test]
fn a_cycle_through_positions_held_before_costs_nothing_either() {
    let mut rng = Rng(6);
    for _ in 0..1_000 {
        let mut pool = Pool::short(&mut rng, 4.0);
        let start = pool.nodes.clone();
        let mut cost = 0;
        let size = 1 + rng.bits() % 500_000;
        let legs: Vec<Leg> = (0..3)
            .map(|leg| {
                let side = if leg == 1 { Side::Buy } else { Side::Sell };
                order(10 * leg + rng.below(10), KINDS[rng.below(2)], side, size)
            })
            .collect();
        for leg in &legs {
            cost += paid(leg, &trade(&mut pool, leg).unwrap());
        }
        for leg in &legs {
            let side = if leg.side == Side::Buy {
                Side::Sell
            } else {
                Side::Buy
            };
            let back = Leg { side, ..*leg };
            cost += paid(&back, &trade(&mut pool, &back).unwrap());
        }
        assert_eq!(pool.nodes, start);
        assert_nothing(cost, 6);
    }
}

#[test]
fn the_potential_is_convex_along_every_direction() {
    let mut rng = Rng(7);
    for _ in 0..500 {
        let mut pool = Pool::short(&mut rng, 3.0);
        let legs: Vec<Leg> = (0..3)
            .map(|_| {
                let side = [Side::Buy, Side::Sell][rng.below(2)];
                order(
                    rng.below(30),
                    KINDS[rng.below(2)],
                    side,
                    1 + rng.bits() % 2_000_000,
                )
            })
            .collect();
        let leap = |pool: &mut Pool| -> i128 {
            legs.iter()
                .map(|leg| paid(leg, &trade(pool, leg).unwrap()))
                .sum()
        };
        let first = leap(&mut pool);
        let second = leap(&mut pool);
        assert!(second >= first - 1_000_000, "{first} then {second}");
    }
}

// ---- sizes and edges -------------------------------------------------------------------------------------

#[test]
fn buying_more_costs_more_an_option_and_selling_more_brings_less() {
    let mut rng = Rng(8);
    let pool = Pool::short(&mut rng, 3.0);
    for node in [2, 8, 14, 27] {
        for kind in KINDS {
            let unit = |side: Side, size: u64| {
                let answer = quote(&pool.snapshot(), &order(node, kind, side, size)).unwrap();
                answer.premium.float() / lots(size as i64)
            };
            let sizes = [100_000, 500_000, 1_000_000, 2_000_000];
            for pair in sizes.windows(2) {
                assert!(unit(Side::Buy, pair[1]) > unit(Side::Buy, pair[0]));
                assert!(unit(Side::Sell, pair[1]) < unit(Side::Sell, pair[0]));
            }
            assert!(unit(Side::Sell, sizes[0]) < unit(Side::Buy, sizes[0]));
        }
    }
}

#[test]
fn an_ask_is_above_intrinsic_value_and_a_bid_is_not_negative() {
    let mut rng = Rng(9);
    for _ in 0..1_000 {
        let pool = Pool::random(&mut rng, 4, 6, 3.0);
        let (node, kind) = (rng.below(24), KINDS[rng.below(2)]);
        let size = 1 + rng.bits() % 2_000_000;
        let (s, k) = (pool.spot.float(), pool.nodes[node].strike.float());
        let intrinsic = if kind == Kind::Call {
            (s - k).max(0.0)
        } else {
            (k - s).max(0.0)
        };
        if let Ok(ask) = quote(&pool.snapshot(), &buy(node, kind, size)) {
            let total = (ask.premium + ask.fee()).float() / lots(size as i64);
            assert!(
                total >= (intrinsic + 0.000_17 * s) * (1.0 - 1e-12),
                "{total} {intrinsic}"
            );
        }
        let bid = quote(&pool.snapshot(), &order(node, kind, Side::Sell, size)).unwrap();
        assert!(bid.fee() <= bid.premium);
    }
}

#[test]
fn the_greeks_of_a_trade_are_the_takers() {
    let mut rng = Rng(10);
    let pool = Pool::short(&mut rng, 1.0);
    for node in 0..30 {
        let mark = mark_node(&pool.snapshot(), &pool.nodes[node]);
        for (kind, delta) in [
            (Kind::Call, mark.delta.float()),
            (Kind::Put, mark.delta.float() - 1.0),
        ] {
            for (side, sign) in [(Side::Buy, 2.5), (Side::Sell, -2.5)] {
                let answer = quote(&pool.snapshot(), &order(node, kind, side, 2_500_000)).unwrap();
                close(answer.delta.float(), sign * delta, 1e-15);
                close(answer.gamma.float(), sign * mark.gamma.float(), 1e-17);
                close(answer.vega.float(), sign * mark.vega.float(), 1e-11);
                close(answer.theta.float(), sign * mark.theta.float(), 1e-9);
                assert_eq!(
                    answer.mark,
                    if kind == Kind::Call {
                        mark.call
                    } else {
                        mark.put
                    }
                );
            }
        }
    }
}

#[test]
fn positions_in_an_expired_series_do_not_move_prices() {
    let mut rng = Rng(11);
    let mut pool = Pool::short(&mut rng, 3.0);
    pool.now = pool.slices[0].expiry;
    let with = quote(&pool.snapshot(), &buy(14, Kind::Call, 1_000_000)).unwrap();
    for node in &mut pool.nodes[..6] {
        (node.calls, node.puts) = (0, 0);
    }
    let without = quote(&pool.snapshot(), &buy(14, Kind::Call, 1_000_000)).unwrap();
    // They still count for the equity that a tail is measured by.
    let capacity = without.capacity;
    assert_eq!(without, Quote { capacity, ..with });
}

#[test]
fn each_refusal_carries_its_numbers() {
    let mut pool = Pool::listed();
    let ask = |pool: &Pool, order: &Leg| quote(&pool.snapshot(), order).unwrap_err();
    let stray = QuoteError::UnknownNode {
        node: 30,
        count: 30,
    };
    assert_eq!(ask(&pool, &buy(30, Kind::Call, 1)), stray);
    pool.nodes[3].slice = 9;
    assert_eq!(
        ask(&pool, &buy(3, Kind::Call, 1)),
        QuoteError::UnknownNode { node: 3, count: 30 }
    );
    pool.nodes[3].slice = 0;

    let full = 5 - MAX_LOTS;
    pool.nodes[3].puts = full;
    let overflow = QuoteError::PositionOverflow {
        position: full,
        lots: 6,
    };
    assert_eq!(ask(&pool, &buy(3, Kind::Put, 6)), overflow);
    pool.nodes[3].puts = 0;

    pool.now = NOW + DAY;
    let expired = QuoteError::Expired {
        expiry: NOW + DAY,
        now: NOW + DAY,
    };
    assert_eq!(ask(&pool, &buy(0, Kind::Call, 1)), expired);
    pool.now = NOW;

    // The at-the-money four weeks: 200 options pass the cap, and so do ten thousand.
    let cap = wad(0.2);
    for lots in [250_000_000, 10_000_000_000] {
        match ask(&pool, &buy(20, Kind::Call, lots)) {
            QuoteError::ShiftAboveCap { shift, cap: found } => assert!(found == cap && shift > cap),
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn the_cap_is_where_it_says_and_never_blocks_the_way_back() {
    let mut pool = Pool::listed();
    let (mut low, mut high) = (1, 250_000_000);
    while high - low > 1 {
        let middle = (low + high) / 2;
        match quote(&pool.snapshot(), &buy(20, Kind::Call, middle)) {
            Ok(_) => low = middle,
            Err(_) => high = middle,
        }
    }
    let last = trade(&mut pool, &buy(20, Kind::Call, low)).unwrap();
    close(last.shift.float(), 0.2, 1e-6);
    // The market moves on and carries the book above its cap.
    pool.parameters.depth -= pool.parameters.depth / 20;
    let over = quote(&pool.snapshot(), &buy(20, Kind::Call, 1)).unwrap_err();
    assert!(matches!(over, QuoteError::ShiftAboveCap { .. }), "{over:?}");
    let exit = quote(
        &pool.snapshot(),
        &order(20, Kind::Call, Side::Sell, 1_000_000),
    )
    .unwrap();
    assert!(exit.premium > exit.mark, "priced on the shifted surface");
}

#[test]
fn a_book_far_beyond_the_cap_is_left_at_vols_a_quarter_dearer_and_no_more() {
    let mut pool = Pool::listed();
    pool.nodes[20].calls = -10_000_000_000;
    // Without exposure: a missing hedge widens the spread.
    let pool = pool.hedged(1e6);
    let size = 2_000_000;
    assert!(matches!(
        quote(&pool.snapshot(), &buy(20, Kind::Call, size)),
        Err(QuoteError::ShiftAboveCap { .. })
    ));
    let found = quote(&pool.snapshot(), &order(20, Kind::Call, Side::Sell, size)).unwrap();
    let node = &pool.nodes[20];
    let dearer = pool.total_vol(node) * 0.25f64.exp();
    let (call, _) = black76(3_000.0, node.strike.float(), dearer);
    close(found.premium.float(), 2.0 * call, 1e-6);
    assert!(found.vol_before == found.vol_after && found.shift > wad(0.25));
    let mark = mark_node(&pool.snapshot(), node);
    let one = spread(
        &pool.parameters,
        &pool.slices[3],
        NOW,
        pool.spot,
        &mark,
        Kind::Call,
        size,
    );
    assert_eq!(found.spread, one);
}

// ---- the spread------------------------------------------------------------------------------------------

#[test]
fn the_half_spread_widens_with_age_and_near_expiry() {
    let pool = Pool::listed();
    let p = &pool.parameters;
    let found = |days: usize, seconds: u64| {
        half_spread(p, &pool.slices[days], NOW + seconds, pool.spot)
            .to_wad_nearest()
            .float()
    };
    let hour = 3_600;
    for (seconds, widening) in [
        (0, 1.0),
        (hour, 1.0),
        (hour + 9_000, 1.5),
        (6 * hour, 2.0),
        (60 * hour, 2.0),
    ] {
        close(found(2, seconds), 0.015 * widening, 1e-15);
    }
    // The one-day expiry has less than a day from the first second on.
    close(found(0, 0), 0.015, 1e-15);
    close(found(0, 1), 0.030, 1e-15);
    close(found(0, 6 * hour), 0.060, 1e-15);
}

#[test]
fn the_spread_is_vega_or_floor() {
    let mut rng = Rng(12);
    let (mut floors, mut spreads) = (0, 0);
    for _ in 0..200 {
        let pool = Pool::random(&mut rng, 5, 6, 0.0);
        for node in &pool.nodes {
            let slice = &pool.slices[node.slice as usize];
            let mark = mark_node(&pool.snapshot(), node);
            for kind in KINDS {
                let h = match slice.expiry - NOW {
                    ..14_400 => 0.06,
                    14_400..DAY => 0.03,
                    _ => 0.015,
                };
                let (vol, floor) = (h * mark.vega.float(), 0.000_17 * 3_000.0);
                let expected = vol.max(floor);
                let found = spread(
                    &pool.parameters,
                    slice,
                    NOW,
                    pool.spot,
                    &mark,
                    kind,
                    1_500_000,
                );
                close(found.float(), 1.5 * expected, 1e-12);
                if vol > floor {
                    spreads += 1;
                } else {
                    floors += 1;
                }
            }
        }
    }
    assert!(floors > 100 && spreads > 100, "{floors} {spreads}");
}

#[test]
fn the_spread_is_additive_and_rounds_up() {
    let mut rng = Rng(13);
    let pool = Pool::random(&mut rng, 5, 6, 0.0);
    let charge = |node: usize, lots: u64| {
        let node = &pool.nodes[node];
        let mark = mark_node(&pool.snapshot(), node);
        spread(
            &pool.parameters,
            &pool.slices[node.slice as usize],
            NOW,
            pool.spot,
            &mark,
            Kind::Put,
            lots,
        )
    };
    for _ in 0..2_000 {
        let node = rng.below(30);
        let (a, b) = (
            1 + rng.bits() % 1_000_000_000,
            1 + rng.bits() % 1_000_000_000,
        );
        let (whole, parts) = (charge(node, a + b), charge(node, a) + charge(node, b));
        // One unit of rounding a piece, and the last bit of a 64-bit mantissa.
        assert!(
            parts.abs_diff(whole) <= 2 + (whole >> 60),
            "{parts} {whole}"
        );
    }
    let nothing = Mark::default();
    let least = spread(
        &pool.parameters,
        &pool.slices[0],
        NOW,
        1,
        &nothing,
        Kind::Call,
        1,
    );
    assert_eq!(least, 1, "never free");
    assert!(charge(0, u64::MAX) > 0 && WAD > 0);
}
