//! What an order pays beside its premium, and a provider who leaves: by definition, in figures, and under attack.

mod common;

use std::slice::from_ref;

use common::{cdf, close, lots, slice, wad, wad_wide, Float, Pool, Rng, DAY, NOW, WAD};
use smirk_engine::assess::{assess, Asked, Assessment};
use smirk_engine::book::mark;
use smirk_engine::capacity::exit_charge;
use smirk_engine::quote::{quote, QuoteError};
use smirk_engine::state::{Kind, Leg, Node, Quote, Side, MAX_EXPIRIES, MAX_NODES};

const KINDS: [Kind; 2] = [Kind::Call, Kind::Put];

fn order(node: usize, kind: Kind, side: Side, options: f64) -> Leg {
    Leg {
        node,
        kind,
        side,
        lots: (options * 1e6).round() as u64,
    }
}

fn buy(node: usize, kind: Kind, options: f64) -> Leg {
    order(node, kind, Side::Buy, options)
}

fn ask(pool: &Pool, order: &Leg) -> Quote {
    quote(&pool.snapshot(), order).unwrap()
}

fn assessed(pool: &Pool, order: Option<&Leg>) -> Assessment {
    let asked = Asked {
        stress: false,
        exit: true,
    };
    assess(&pool.snapshot(), order.map_or(&[], from_ref), asked).unwrap()
}

/// One expiry each of these days, one strike at each of these shares of a spot of 2,500.
fn market(equity: f64, days: &[u64], strikes: &[f64]) -> Pool {
    let mut pool = Pool::empty();
    pool.spot = 2_500 * WAD;
    for (index, days) in days.iter().enumerate() {
        pool.slices.push(slice(*days, 0.65, 0.40, 0.28));
        pool.nodes.extend(strikes.iter().map(|share| Node {
            slice: index as u8,
            strike: wad_wide(2_500.0 * share),
            calls: 0,
            puts: 0,
        }));
    }
    pool.hedged(equity)
}

// ---- capacity by definition ------------------------------------------------------------------------------

/// Years of each horizon and the capital of both tails over it.
fn capital(pool: &Pool) -> Vec<(f64, [f64; 2])> {
    let slope = pool.parameters.upside_slope.float();
    let mut start = pool.now;
    let mut all = Vec::new();
    for (index, slice) in pool.slices.iter().enumerate() {
        if slice.expiry <= pool.now {
            all.push((0.0, [0.0; 2]));
            continue;
        }
        let (mut up, mut low, mut short_puts) = (0.0, 0.0, 0.0);
        let alive = |node: &&Node| node.slice as usize >= index;
        for node in pool.nodes.iter().filter(alive) {
            let forward = pool.spot.float() * pool.growth(node);
            let (strike, v) = (node.strike.float(), pool.total_vol(node));
            let d1 = (forward / strike).ln() / v + v / 2.0;
            let q = -lots(node.calls) - lots(node.puts);
            up += q * forward * cdf(-d1) / slope;
            low += q * strike * cdf(d1 - v);
            short_puts -= lots(node.puts) * strike;
        }
        let low = low + (-short_puts).max(0.0);
        let years = (slice.expiry - start) as f64 / (365.0 * DAY as f64);
        all.push((years, [up.max(0.0), low.max(0.0)]));
        start = slice.expiry;
    }
    all
}

/// Interest, the largest rise of a tail's capital, and the highest u of a tail that rises.
fn definition(before: &Pool, after: &Pool) -> (f64, f64, f64) {
    let equity = mark(&before.snapshot()).nav.float();
    let rate = before.parameters.capacity_rate.float();
    let (mut interest, mut rise, mut used) = (0.0, 0.0f64, 0.0f64);
    for ((years, old), (_, new)) in capital(before).into_iter().zip(capital(after)) {
        for (old, new) in old.into_iter().zip(new) {
            if new > old {
                let psi = |capital: f64| rate * (capital / equity).powi(5) / 5.0;
                interest += years * equity * (psi(new) - psi(old));
                rise = rise.max(new - old);
                used = used.max(new / equity);
            }
        }
    }
    (interest, rise, used)
}

#[test]
fn capacity_is_interest_or_the_rest_of_the_least_charge() {
    let mut rng = Rng(1);
    let (mut by_interest, mut by_least, mut refused) = (0, 0, 0);
    for round in 0..3_000 {
        let mut pool = match round % 3 {
            0 => Pool::short(&mut rng, 6.0),
            1 => Pool::random(&mut rng, 4, 6, 4.0).carried(&mut rng),
            _ => Pool::mixed(&mut rng, 6.0),
        };
        if round % 5 == 0 {
            pool.now = NOW + DAY;
        }
        pool.parameters.capacity_rate = wad(rng.real(0.5, 4.0));
        pool.parameters.upside_slope = wad(rng.real(0.3, 1.0));
        pool.parameters.capacity_minimum = wad(rng.real(0.0001, 0.0015));
        let pool = pool.hedged(rng.real(4e5, 2e6));
        let side = [Side::Buy, Side::Sell][rng.below(2)];
        let node = rng.below(pool.nodes.len());
        let order = order(node, KINDS[rng.below(2)], side, rng.real(0.01, 60.0));
        let mut after = pool.clone();
        after.fill(&order);
        let (interest, rise, used) = definition(&pool, &after);
        let found = match quote(&pool.snapshot(), &order) {
            Ok(found) => found,
            Err(QuoteError::CapacityExhausted { used: found, limit }) => {
                close(found.float(), used.min(u64::MAX.float()), 1e-9 * used);
                assert!(side == Side::Buy && used > 1.0 && limit == WAD as u64);
                refused += 1;
                continue;
            }
            Err(_) => continue,
        };
        assert!(side == Side::Sell || used <= 1.0 + 1e-12);
        let paid = (found.spread + found.surcharge).float();
        let least = pool.parameters.capacity_minimum.float() * rise - paid;
        let mut expected = interest.max(least).max(0.0);
        if side == Side::Sell {
            expected = expected.min((found.premium.float() - paid).max(0.0));
        }
        close(found.capacity.float(), expected, 1e-8 * (1.0 + expected));
        by_interest += (interest > least && interest > 0.0) as usize;
        by_least += (least > interest) as usize;
    }
    assert!(
        by_interest > 1_000 && by_least > 200 && refused > 30,
        "{by_interest} {by_least} {refused}"
    );
}

#[test]
fn the_tails_of_an_assessment_are_those_after_the_order() {
    let mut rng = Rng(3);
    for _ in 0..300 {
        let pool = Pool::random(&mut rng, 4, 5, 4.0)
            .carried(&mut rng)
            .hedged(1e6);
        let side = [Side::Buy, Side::Sell][rng.below(2)];
        let order = order(
            rng.below(20),
            KINDS[rng.below(2)],
            side,
            rng.real(0.01, 3.0),
        );
        let mut after = pool.clone();
        after.fill(&order);
        let Ok(found) = assess(&pool.snapshot(), &[order], Asked::default()) else {
            continue;
        };
        for (index, (_, expected)) in capital(&after).into_iter().enumerate() {
            let found = found.tails.capital_up(index).map(Float::float);
            close(found[0], expected[0], 1e-8);
            close(found[1], expected[1], 1e-8);
        }
        let same = assessed(&after, None).tails;
        for index in 0..MAX_EXPIRIES {
            let (a, b) = (found.tails.capital_up(index), same.capital_up(index));
            assert!(a[0].abs_diff(b[0]) <= 1 << 28 && a[1].abs_diff(b[1]) <= 1 << 28);
        }
    }
}

// ---- properties ------------------------------------------------------------------------------------------

#[test]
fn a_call_and_a_put_of_one_strike_use_the_same_capacity() {
    let mut rng = Rng(4);
    let (mut interests, mut leasts) = (0, 0);
    for round in 0..400 {
        let mut pool = Pool::short(&mut rng, 5.0);
        if round % 2 == 0 {
            pool.parameters.capacity_minimum = 0;
        } else {
            pool.parameters.capacity_rate = 0;
            pool.parameters.capacity_minimum = wad(0.01);
        }
        let pool = pool.hedged(1e6);
        let (node, size) = (rng.below(30), rng.real(0.1, 20.0));
        let [call, put] = KINDS.map(|kind| {
            let order = buy(node, kind, size);
            assess(&pool.snapshot(), &[order], Asked::default())
        });
        let (Ok(call), Ok(put)) = (call, put) else {
            continue;
        };
        let index = pool.nodes[node].slice as usize;
        assert_eq!(call.tails.capital_up(index), put.tails.capital_up(index));
        let [call, put] = [call.quote, put.quote];
        let least = |quote: &Quote| quote.spread + quote.surcharge + quote.capacity;
        if round % 2 == 0 {
            assert_eq!(call.capacity, put.capacity);
            interests += 1;
        } else if call.capacity > 0 && put.capacity > 0 {
            assert_eq!(least(&call), least(&put));
            leasts += 1;
        }
    }
    assert!(interests > 100 && leasts > 30, "{interests} {leasts}");
}

#[test]
fn charges_grow_with_size_and_each_option_costs_no_less() {
    for (node, kind) in [
        (0, Kind::Call),
        (1, Kind::Put),
        (2, Kind::Call),
        (4, Kind::Put),
    ] {
        let pool = market(1e6, &[7, 91], &[0.9, 1.0, 1.6]);
        let (mut last, mut unit) = ([0; 3], 0.0);
        for options in 1..120 {
            let Ok(found) = quote(&pool.snapshot(), &buy(node, kind, options as f64)) else {
                assert!(options > 40, "{options}");
                break;
            };
            let charges = [found.spread, found.surcharge, found.fee()];
            assert!(charges.iter().zip(last).all(|(now, last)| *now > last));
            let each = (found.surcharge + found.capacity).float() / options as f64;
            assert!(
                each >= unit * (1.0 - 1e-12),
                "{options}: {each} after {unit}"
            );
            (last, unit) = (charges, each);
        }
    }
}

#[test]
fn a_round_trip_pays_all_its_charges_twice_and_gets_none_back() {
    let mut rng = Rng(5);
    for _ in 0..500 {
        let mut pool = Pool::short(&mut rng, 4.0).hedged(1e6);
        let equity = mark(&pool.snapshot()).nav;
        let (node, kind) = (rng.below(30), KINDS[rng.below(2)]);
        let order = buy(node, kind, rng.real(0.01, 20.0));
        let Ok(bought) = quote(&pool.snapshot(), &order) else {
            continue;
        };
        pool.fill(&order);
        let pool = pool.hedged(equity.float());
        let sold = ask(
            &pool,
            &Leg {
                side: Side::Sell,
                ..order
            },
        );
        let paid = bought.premium + bought.fee();
        let got = sold.premium - sold.fee();
        assert!(paid >= got + bought.fee() + sold.fee());
        assert_eq!((sold.capacity, sold.rent), (0, 0), "closing raises no tail");
        assert!(sold.spread + sold.surcharge <= sold.premium);
    }
}

/// Into the long series before or after leaving the short one: either way the time added is paid for.
#[test]
fn a_roll_pays_for_the_time_that_it_adds() {
    let start = market(1e6, &[7, 91], &[1.0, 2.0]);
    let (near, far) = (1, 3);
    let full = |pool: &Pool, node: usize| ask(pool, &buy(node, Kind::Call, 240.0));
    let mut pool = start.clone();
    let first = full(&pool, near);
    pool.fill(&buy(near, Kind::Call, 240.0));
    let mut pool = pool.hedged(1e6);
    pool.fill(&order(near, Kind::Call, Side::Sell, 240.0));
    let after = full(&pool.clone().hedged(1e6), far);
    let interest = |days: f64, options: f64| {
        let mut held = start.clone();
        held.fill(&buy(far, Kind::Call, options));
        let tails = capital(&held)[1].1;
        let psi = tails.map(|capital| (capital / 1e6).powi(5) / 5.0);
        days / 365.0 * 1e6 * (psi[0] + psi[1])
    };
    let added = interest(84.0, 240.0);
    assert!(after.capacity.float() >= added, "{after:?} {added}");
    assert!(first.capacity > 0);
    // Both held for a moment: the near tail twice.
    let mut both = start.clone();
    both.fill(&buy(near, Kind::Call, 120.0));
    let both = ask(&both.hedged(1e6), &buy(far, Kind::Call, 120.0));
    assert!(both.capacity.float() >= interest(84.0, 120.0));
    assert!(both.capacity >= full_size(&start, far, 120.0).capacity);
}

fn full_size(pool: &Pool, node: usize, options: f64) -> Quote {
    ask(pool, &buy(node, Kind::Call, options))
}

/// A deposit lowers interest for the moment of an order; leaving pays at least as much again.
#[test]
fn a_deposit_around_an_order_does_not_pay() {
    let mut rng = Rng(6);
    let mut tried = 0;
    for round in 0..3_000 {
        let strikes = [0.8, 1.0, 1.3, 2.5];
        let mut pool = market(1e6, &[1, 7, 28, 91], &strikes);
        if round % 2 == 0 {
            pool.fill(&buy(
                rng.below(16),
                KINDS[rng.below(2)],
                rng.real(0.0, 200.0),
            ));
            pool = pool.hedged(1e6);
        }
        let order = buy(rng.below(16), KINDS[rng.below(2)], rng.real(0.5, 400.0));
        let Ok(direct) = quote(&pool.snapshot(), &order) else {
            continue;
        };
        let deposit = wad_wide(1e6 * 10f64.powf(rng.real(-3.0, 3.0)));
        let mut with = pool.clone();
        with.cash += deposit as i128;
        let around = assessed(&with, Some(&order));
        let equity = around.after.nav as u128;
        let leaving = exit_charge(&around.tails, equity, deposit, &pool.parameters);
        let sum = around.quote.capacity.saturating_add(leaving);
        // Minima are computed on what the order pays already, both times.
        assert!(sum >= direct.capacity, "{sum} {}", direct.capacity);
        tried += (direct.capacity > WAD) as usize;
    }
    assert!(tried > 500, "{tried}");
}

// ---- figures ---------------------------------------------------------------------------------------------

#[test]
fn ordinary_orders_pay_no_more_than_their_spread() {
    for equity in [1e6, 1e7] {
        for (days, each) in [(7, 2.07), (28, 4.13), (91, 7.37)] {
            let pool = market(equity, &[days], &[1.0]);
            for options in [1.0, 10.0, 100.0] {
                for kind in KINDS {
                    let mut pool = pool.clone();
                    // The shift is another matter: a hundred at once pass its cap at this depth.
                    pool.parameters.depth = wad_wide(equity);
                    let found = ask(&pool, &buy(0, kind, options));
                    close(found.spread.float() / options, each, 0.01);
                    let capacity = found.capacity.float() / options;
                    assert!(capacity <= 0.023, "{equity} {days} {options}: {capacity}");
                    assert!(found.capacity <= found.spread);
                }
            }
        }
    }
}

#[test]
fn a_small_pool_sells_ten_and_refuses_a_hundred() {
    for days in [7, 28, 91] {
        let mut pool = market(1e5, &[days], &[1.0]);
        pool.parameters.depth = wad_wide(1e6);
        for kind in KINDS {
            let found = ask(&pool, &buy(0, kind, 10.0));
            assert!(found.capacity.float() / 10.0 <= 0.023, "{found:?}");
            match quote(&pool.snapshot(), &buy(0, kind, 100.0)) {
                Err(QuoteError::CapacityExhausted { used, limit }) => {
                    assert!(used > limit && used < 2 * limit, "{used}");
                }
                other => panic!("{other:?}"),
            }
        }
    }
}

/// Far calls until nothing is left of the upward tail, far puts for the other.
#[test]
fn freezing_the_pool_costs_what_its_capital_earns_by_then() {
    for (days, expected) in [(1, 822.0), (7, 5_753.0), (28, 23_014.0), (91, 74_795.0)] {
        for (kind, share) in [(Kind::Call, 2.5), (Kind::Put, 0.4)] {
            let mut pool = market(1e6, &[days], &[share]);
            // So deep that nothing else refuses.
            pool.parameters.depth = wad_wide(1e9);
            let charge = |options: f64| quote(&pool.snapshot(), &buy(0, kind, options));
            let (mut low, mut high) = (0.0, 4_000.0);
            for _ in 0..60 {
                let middle = (low + high) / 2.0;
                match charge(middle) {
                    Ok(_) => low = middle,
                    Err(QuoteError::CapacityExhausted { .. }) => high = middle,
                    Err(error) => panic!("{error:?}"),
                }
            }
            let found = charge(low).unwrap();
            let total = (found.fee() - found.rent).float();
            // The spread of a thousand puts at its floor is 425 of it.
            assert!(
                total > 0.95 * expected
                    && total < 1.1 * expected + 450.0
                    && total > 820.0 * days as f64,
                "{days} days of {kind:?}: {total} for {low}"
            );
            let shorted = capital_of(&pool, kind, low)[0].max(capital_of(&pool, kind, low)[1]);
            close(shorted, 1e6, 10.0);
        }
    }
}

/// Of a tail that others fill to seven tenths an order pays what it would had nobody written, whatever accounts have written.
#[test]
fn what_accounts_are_short_takes_nothing_off_the_price_of_capacity() {
    let mut rng = Rng(12);
    let shares = [0.4, 0.8, 0.95, 1.0, 1.05, 1.25, 2.5];
    let (mut raised, mut refused) = (0, 0);
    for round in 0..400 {
        let mut pool = market(1e6, &[7, 28, 91], &shares);
        pool.parameters.depth = wad_wide(1e9);
        pool.parameters.capacity_minimum = 0;
        // Calls at the upper end or puts at the lower one, of the last expiry.
        let (node, kind, options) = match round % 2 {
            0 => (2 * shares.len() + 6, Kind::Call, 280.0),
            _ => (2 * shares.len(), Kind::Put, 700.0),
        };
        pool.fill(&buy(node, kind, options));
        let mut alone = pool.clone();
        // Accounts write anything, and others buy as much of it, or not.
        let mut written = [0; 21];
        for _ in 0..1 + rng.below(4) {
            let index = rng.below(written.len());
            let lots = rng.below(40_000_000) as u64;
            written[index] += lots;
            let matched = [0, lots as i64][rng.below(2)];
            pool.nodes[index].calls += lots as i64 - matched;
            alone.nodes[index].calls -= matched;
        }
        let (mut beside, alone) = (pool.hedged(1e6), alone.hedged(1e6));
        beside.written.nodes = Box::leak(Box::new(written));
        let bought = buy(node, kind, rng.real(1.0, 140.0));
        let quoted =
            |pool: &Pool| quote(&pool.snapshot(), &bought).map(|found| found.capacity.float());
        match (quoted(&alone), quoted(&beside)) {
            (Ok(fair), Ok(paid)) => {
                // The other tail is charged from five eighths on alone.
                close(paid, fair, 1e-3 * fair);
                beside.written.nodes = &[];
                let unnoted = quoted(&beside).unwrap();
                assert!(unnoted <= paid);
                raised += (unnoted < 0.9 * paid) as usize;
            }
            (
                Err(QuoteError::CapacityExhausted { used, .. }),
                Err(QuoteError::CapacityExhausted { used: beside, .. }),
            ) => {
                // What the tails hold as they are may be too much already.
                assert!(
                    beside > WAD as u64 && beside <= used + 1_000,
                    "{beside} {used}"
                );
                refused += 1;
            }
            found => panic!("{found:?}"),
        }
    }
    assert!(raised > 100 && refused > 30, "{raised} {refused}");
}

/// The short leg of a spread can be bought back for the least charge, so it takes nothing off what the long leg pays.
#[test]
fn a_spread_pays_for_the_tails_of_its_long_leg() {
    let mut pool = market(1e6, &[28], &[2.4, 2.5]);
    pool.parameters.depth = wad_wide(1e9);
    pool.parameters.capacity_minimum = 0;
    pool.fill(&buy(1, Kind::Call, 280.0));
    let pool = pool.hedged(1e6);
    let legs = [
        buy(1, Kind::Call, 60.0),
        order(0, Kind::Call, Side::Write, 60.0),
    ];
    let found = assess(&pool.snapshot(), &legs, Asked::default()).unwrap();
    let long = ask(&pool, &legs[0]).capacity.float();
    assert!(long > 100.0, "{long}");
    close(found.quote.capacity.float(), long, 1e-9 * long);
}

fn capital_of(pool: &Pool, kind: Kind, options: f64) -> [f64; 2] {
    let mut pool = pool.clone();
    pool.fill(&buy(0, kind, options));
    capital(&pool)[0].1
}

#[test]
fn filling_the_book_costs_rent_that_grows_as_it_fills() {
    for (days, expected) in [(7, 1_029.0), (91, 13_380.0)] {
        let mut pool = Pool::empty();
        pool.slices.push(slice(days, 0.65, 0.4, 0.28));
        let (mut total, mut last) = (0.0, 0);
        for k in 0..MAX_NODES {
            pool.nodes.push(Node {
                slice: 0,
                strike: (2_800 + 5 * k as u128) * WAD,
                calls: 0,
                puts: 0,
            });
            let order = buy(k, KINDS[k % 2], 0.01);
            let found = ask(&pool, &order);
            assert!(found.rent > last);
            last = found.rent;
            total += found.rent.float();
            pool.fill(&order);
            // More of the same node pays none, nor does a sale that empties it.
            assert_eq!(ask(&pool, &order).rent, 0);
            assert_eq!(
                ask(
                    &pool,
                    &Leg {
                        side: Side::Sell,
                        ..order
                    }
                )
                .rent,
                0
            );
        }
        close(total, expected, 0.005 * expected);
    }
}

// ---- spread ----------------------------------------------------------------------------------------------

#[test]
fn the_spread_grows_with_the_move_of_spot_and_openings_stop_past_eight_percent() {
    let mut pool = market(1e6, &[28], &[1.0]);
    let vol_points = |pool: &Pool, side: Side| {
        let found = ask(pool, &order(0, Kind::Call, side, 1.0));
        found.spread.float() / found.vega.float().abs()
    };
    pool.fill(&buy(0, Kind::Call, 2.0));
    pool.parameters.nav_price_spread = 0;
    for percent in [-7.9f64, -3.0, -0.6, -0.4, 0.0, 0.4, 0.6, 3.0, 7.9] {
        let log = percent / 100.0;
        pool.slices[0].spot = wad_wide(2_500.0 * (-log).exp());
        let pool = pool.clone().hedged(1e6);
        let expected = 0.015 + (log.abs() - 0.005).max(0.0);
        // Revalued where it is more, which at the money is next to nothing.
        for side in [Side::Buy, Side::Sell] {
            let found = vol_points(&pool, side);
            assert!(
                found > expected - 1e-9 && found < 1.001 * expected,
                "{found}"
            );
        }
    }
    for log in [-0.0801f64, 0.0801] {
        pool.slices[0].spot = wad_wide(2_500.0 * (-log).exp());
        let refused = QuoteError::AnchorBehindSpot {
            slice_spot: pool.slices[0].spot,
            spot: pool.spot,
        };
        for kind in KINDS {
            let order = buy(0, kind, 1.0);
            assert_eq!(quote(&pool.snapshot(), &order), Err(refused));
        }
        let exit = ask(&pool, &order(0, Kind::Call, Side::Sell, 1.0));
        assert!(exit.spread <= exit.premium);
    }
}

#[test]
fn a_jump_widens_until_it_has_melted() {
    let mut pool = market(1e6, &[28], &[1.0]);
    pool.slices[0].vol_jump = wad(0.06);
    pool.slices[0].carry_jump = wad(0.004);
    for (seconds, rest) in [
        (0, 1.0),
        (450, 0.75),
        (900, 0.5),
        (1_799, 1.0 / 1_800.0),
        (1_800, 0.0),
    ] {
        let mut pool = pool.clone();
        pool.now = NOW + seconds;
        let call = ask(&pool, &buy(0, Kind::Call, 2.0));
        let expected = call.vega.float() * f64::max(0.015, 1.2215 * 0.06 * rest)
            + 0.004 * rest * 2_500.0 * call.delta.float();
        close(call.spread.float(), expected, 1e-9);
        let put = ask(&pool, &buy(0, Kind::Put, 2.0));
        let expected = put.vega.float() * f64::max(0.015, 1.2215 * 0.06 * rest)
            - 0.004 * rest * 2_500.0 * put.delta.float();
        close(put.spread.float(), expected, 1e-9);
    }
}

#[test]
fn a_missing_hedge_widens_the_spread_of_what_adds_to_it() {
    let pool = market(1e6, &[28], &[1.0]);
    let plain = ask(&pool, &buy(0, Kind::Call, 1.0)).spread.float();
    let limit = 0.1 * 1e6 / 2_500.0;
    let mut last = 1.0;
    for missing in [0.01, 0.1, 0.3, 0.6, 0.9, 1.0, 2.0] {
        let mut pool = pool.clone();
        // Base sold for a thousandth of the equity each: short of a hedge.
        pool.hedge_position -= (missing * limit * 1e18) as i128;
        pool.cash += (missing * limit * 2_500.0 * 1e18) as i128;
        let call = ask(&pool, &buy(0, Kind::Call, 1.0)).spread.float() / plain;
        let put = ask(&pool, &buy(0, Kind::Put, 1.0)).spread.float() / plain;
        close(put, 1.0, 1e-12);
        assert!(call >= last && call <= 2.0 + 1e-12, "{missing}: {call}");
        last = call;
    }
    close(last, 2.0, 1e-12);
}
