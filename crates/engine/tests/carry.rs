//! Options on forwards: against 25-digit references, in exact identities, and what carry does to a book.

mod common;
mod reference;

use common::{black76, cdf, close, lots, slice, wad_wide, Float, Pool, Rng, DAY, NOW, WAD};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use reference::{assert_within, decimal, vectors};
use serde_json::Value;
use smirk_engine::book::{mark, mark_node, tail_sums};
use smirk_engine::quote::quote;
use smirk_engine::real::Real;
use smirk_engine::state::{Kind, Leg, Mark, Node, Side, Slice, YEAR};
use smirk_engine::stress::stress;
use smirk_engine::surface::{forward, interpolate, vol, MAX_CARRY, MIN_CARRY};

/// A pool with one expiry and one strike of it.
fn single(spot: u128, strike: u128, slice: Slice) -> Pool {
    let mut pool = Pool::empty();
    pool.spot = spot;
    pool.slices.push(slice);
    pool.nodes.push(Node {
        slice: 0,
        strike,
        calls: 0,
        puts: 0,
    });
    pool
}

fn mark_of(pool: &Pool) -> Mark {
    mark_node(&pool.snapshot(), &pool.nodes[0])
}

/// The same expiry without carry, on a spot that is its forward.
fn on_forward(pool: &Pool) -> Pool {
    let mut same = pool.clone();
    same.spot = forward(&pool.slices[0], pool.spot, pool.now);
    for slice in &mut same.slices {
        slice.carry = 0;
    }
    same
}

fn integer<T: std::str::FromStr>(point: &Value, field: &str) -> T {
    let text = point[field].as_str().expect("text");
    text.parse().unwrap_or_else(|_| panic!("{field}: {text}"))
}

#[test]
fn marks_are_black_76_on_the_forward() {
    let file = vectors("carry");
    let points = file["points"].as_array().expect("points");
    assert!(points.len() >= 300);
    for point in points {
        let pool = single(
            integer(point, "spot"),
            integer(point, "strike"),
            Slice {
                expiry: NOW + integer::<u64>(point, "seconds"),
                atm_vol: integer(point, "atm_vol"),
                left_wing: integer(point, "left_wing"),
                right_wing: integer(point, "right_wing"),
                posted_at: NOW,
                carry: integer(point, "carry"),
                ..Slice::default()
            },
        );
        let found = mark_of(&pool);
        let want = |field: &str| decimal(point[field].as_str().expect("text"));
        let wide = Real::from_wad_u128;
        let spot = wide(pool.spot);
        // A smile is known to 2^-51 of its total variance and to 2^-58 of total vol.
        let tau = Real::from_ratio(pool.slices[0].expiry - NOW, YEAR);
        for (name, value, bound, scale) in [
            ("forward", wide(found.forward), 5, spot),
            ("call", wide(found.call), 500, spot),
            ("put", wide(found.put), 500, spot),
            ("vega", wide(found.vega), 400, spot + want("vega")),
            (
                "vol",
                Real::from_wad_u64(found.vol),
                500,
                want("vol") + tau.sqrt().recip(),
            ),
            (
                "delta_call",
                Real::from_wad_u64(found.delta),
                1_000,
                Real::ONE,
            ),
            (
                "delta_put",
                Real::from_wad_u64(found.delta) - Real::from_wad_u64(found.growth),
                1_000,
                Real::ONE,
            ),
            ("gamma", wide(found.gamma), 200_000, spot.recip()),
            ("theta", Real::from_wad_i128(found.theta), 200, spot / tau),
        ] {
            assert_within(value, want(name), bound, scale, name, point);
        }
    }
}

/// An option on a forward is the option on a spot as high, to the bit; only derivatives by spot differ, by e^(c·τ).
#[test]
fn carry_is_another_spot() {
    let mut rng = Rng(1);
    for round in 0..300 {
        let mut pool = Pool::random(&mut rng, 1, 8, 3.0).carried(&mut rng);
        pool.hedge_position = 0;
        if round % 3 == 0 {
            for node in &mut pool.nodes {
                node.calls = (rng.real(-3.0, 3.0) * 1e6) as i64;
            }
        }
        let same = on_forward(&pool);
        for node in &pool.nodes {
            let (a, b) = (
                mark_node(&pool.snapshot(), node),
                mark_node(&same.snapshot(), node),
            );
            assert_eq!(
                (a.vol, a.forward, a.call, a.put, a.vega, a.theta),
                (b.vol, b.forward, b.call, b.put, b.vega, b.theta)
            );
            let growth = a.growth.float();
            close(a.delta.float(), b.delta.float() * growth, 1e-15);
            let gamma = b.gamma.float() * growth * growth;
            close(a.gamma.float(), gamma, 1e-14 * gamma + 2e-18);
        }
        let (a, b) = (mark(&pool.snapshot()), mark(&same.snapshot()));
        close(
            a.value.float(),
            b.value.float(),
            1e-14 * b.value.float().abs() + 1e-11,
        );
        close(
            a.net_vega.float(),
            b.net_vega.float(),
            1e-15 * b.net_vega.float().abs(),
        );
        for (kind, side) in [
            (Kind::Call, Side::Buy),
            (Kind::Put, Side::Buy),
            (Kind::Call, Side::Sell),
            (Kind::Put, Side::Sell),
        ] {
            let order = Leg {
                node: rng.below(8),
                kind,
                side,
                lots: 1 + rng.bits() % 2_000_000,
            };
            match (
                quote(&pool.snapshot(), &order),
                quote(&same.snapshot(), &order),
            ) {
                (Ok(a), Ok(b)) => assert_eq!(
                    (
                        a.premium,
                        a.mark,
                        a.forward,
                        a.vol_before,
                        a.vol_after,
                        a.shift,
                        a.vega
                    ),
                    (
                        b.premium,
                        b.mark,
                        b.forward,
                        b.vol_before,
                        b.vol_after,
                        b.shift,
                        b.vega
                    )
                ),
                (a, b) => assert_eq!(a, b),
            }
        }
        // Losses are the same multiples of the forward.
        let (a, b) = (
            stress(&pool.snapshot(), &a).worst_loss.float(),
            stress(&same.snapshot(), &b).worst_loss.float(),
        );
        close(a, b, 1e-9 * b + 1e-9);
    }
}

/// A call bought and a put sold of one strike cost size·(F − K), whatever the book.
#[test]
fn parity_holds_in_premiums_to_the_rounding() {
    let mut rng = Rng(2);
    for _ in 0..300 {
        let pool = Pool::random(&mut rng, 4, 5, 3.0).carried(&mut rng);
        let node = rng.below(pool.nodes.len());
        let lots = 1 + rng.bits() % 3_000_000;
        let premium = |kind: Kind| {
            let order = Leg {
                node,
                kind,
                side: Side::Buy,
                lots,
            };
            quote(&pool.snapshot(), &order).map(|quote| quote.premium as i128)
        };
        let (Ok(call), Ok(put)) = (premium(Kind::Call), premium(Kind::Put)) else {
            continue;
        };
        let of = pool.nodes[node];
        let carried = forward(&pool.slices[of.slice as usize], pool.spot, pool.now);
        let gap = (carried as i128 - of.strike as i128) * lots as i128;
        assert!(((call - put) * 1_000_000 - gap).abs() <= 1_000_000);
    }
}

#[test]
fn the_sums_at_the_ends_of_spot_are_the_formulas() {
    let mut rng = Rng(3);
    for round in 0..100 {
        let mut pool = Pool::mixed(&mut rng, 6.0).carried(&mut rng);
        if round % 4 == 0 {
            pool.now = pool.slices[0].expiry;
        }
        let found = tail_sums(&pool.snapshot());
        for (index, found) in found.iter().enumerate() {
            let (mut above, mut below, mut strikes, mut scale) = (0.0, 0.0, 0.0, 1.0);
            for node in pool
                .nodes
                .iter()
                .filter(|node| node.slice as usize == index)
            {
                let (f, k) = (pool.spot.float() * pool.growth(node), node.strike.float());
                let v = pool.total_vol(node);
                // At expiry an option on the strike counts as a put.
                let d1 = match v == 0.0 {
                    true if f > k => 40.0,
                    true => -40.0,
                    false => (f / k).ln() / v + v / 2.0,
                };
                let both = lots(node.calls) + lots(node.puts);
                above += both * f * cdf(-d1);
                below += both * k * cdf(d1 - v);
                strikes += lots(node.puts) * k;
                scale += both.abs() * (f + k);
            }
            let float = |word| Real::to_wad_nearest(Real::from(word)).float();
            close(float(found.above), above, 1e-11 * scale);
            close(float(found.below), below, 1e-11 * scale);
            close(float(found.put_strikes), strikes, 1e-11 * scale);
        }
    }
}

#[test]
fn between_two_expiries_the_logarithm_of_the_forward_is_linear() {
    let mut rng = Rng(4);
    for _ in 0..500 {
        let mut early = slice(1 + rng.bits() % 30, 0.65, 0.4, 0.28);
        let mut late = slice(40 + rng.bits() % 300, 0.65, 0.4, 0.28);
        for slice in [&mut early, &mut late] {
            slice.carry = (rng.real(-0.1, 0.3) * 1e18) as i64;
            slice.spot = wad_wide(rng.real(2_000.0, 4_000.0));
            slice.posted_at = NOW - rng.bits() % 1_000;
            slice.vol_jump = rng.bits() % 1_000_000;
        }
        let expiry = early.expiry + 1 + rng.bits() % (late.expiry - early.expiry - 1);
        let middle = interpolate(Some(&early), Some(&late), expiry, NOW);
        let grown = |slice: &Slice| slice.carry as f64 / 1e18 * (slice.expiry - NOW) as f64;
        let weight = (expiry - early.expiry) as f64 / (late.expiry - early.expiry) as f64;
        let expected = grown(&early) * (1.0 - weight) + grown(&late) * weight;
        close(grown(&middle), expected, 1e-9 * grown(&late).abs() + 1e-9);
        let (low, high) = (early.carry.min(late.carry), early.carry.max(late.carry));
        assert!((low - 9..=high + 9).contains(&middle.carry));
        let older = if early.posted_at <= late.posted_at {
            early
        } else {
            late
        };
        assert_eq!(
            (middle.posted_at, middle.spot),
            (older.posted_at, older.spot)
        );
        assert_eq!(middle.vol_jump, early.vol_jump.max(late.vol_jump));
        // Beyond the only neighbour its carry goes on.
        let beyond = interpolate(Some(&late), None, late.expiry + DAY, NOW);
        assert_eq!(beyond.carry, late.carry);
    }
}

/// Whoever is short calls delta one and holds as much spot loses what spot exceeds the forward by, and earns the reverse.
#[test]
fn a_call_far_in_the_money_is_worth_the_forward_less_its_strike() {
    for (carry, days) in [(-0.02, 28), (0.05, 91), (0.3, 365)] {
        let mut live = slice(days, 0.3, 0.2, 0.2);
        live.carry = (carry * 1e18) as i64;
        let found = mark_of(&single(3_000 * WAD, 600 * WAD, live));
        let grown = 3_000.0 * (carry * days as f64 / 365.0).exp();
        close(found.forward.float(), grown, 1e-12 * grown);
        close(found.call.float(), grown - 600.0, 1e-3);
        close(found.delta.float(), grown / 3_000.0, 1e-5);
    }
}

#[test]
fn once_expired_there_is_no_carry() {
    let mut pool = single(3_000 * WAD, 2_500 * WAD, slice(7, 0.65, 0.4, 0.28));
    pool.slices[0].carry = MAX_CARRY;
    pool.nodes[0].calls = -3_000_000;
    pool.now = pool.slices[0].expiry;
    let found = mark_of(&pool);
    assert_eq!(
        (found.call, found.put, found.growth),
        (500 * WAD, 0, WAD as u64)
    );
    assert_eq!(mark(&pool.snapshot()).net_delta, -3 * WAD as i128);
    assert_eq!(forward(&pool.slices[0], pool.spot, pool.now), pool.spot);
}

#[test]
fn no_carry_overflows() {
    for (carry, expiry, spot) in [
        (i64::MAX, u64::MAX, u128::MAX),
        (i64::MIN, u64::MAX, u128::MAX),
        (i64::MIN, u64::MAX, 1),
        (i64::MAX, NOW + YEAR, 0),
    ] {
        let mut pool = single(spot, 3_000 * WAD, slice(7, 0.65, 0.4, 0.28));
        (pool.slices[0].carry, pool.slices[0].expiry) = (carry, expiry);
        pool.nodes[0].calls = -(1 << 56);
        let order = Leg {
            node: 0,
            kind: Kind::Put,
            side: Side::Sell,
            lots: 1 << 50,
        };
        let found = mark(&pool.snapshot());
        mark_of(&pool);
        stress(&pool.snapshot(), &found);
        let _ = quote(&pool.snapshot(), &order);
        vol(&pool.slices[0], spot, 1, NOW);
    }
}

/// Spot, strike around the forward in deviations, seconds, vol and carry within their bounds.
fn option() -> impl Strategy<Value = (u128, f64, u64, u64, i64)> {
    (
        (1u64..1_000_000_000, 9u32..18)
            .prop_map(|(digits, power)| digits as u128 * 10u128.pow(power)),
        -5.0f64..5.0,
        60u64..2 * YEAR,
        150u64..3_000,
        MIN_CARRY..=MAX_CARRY,
    )
}

fn pool_of((spot, deviations, seconds, vol, carry): (u128, f64, u64, u64, i64)) -> Pool {
    let slice = Slice {
        expiry: NOW + seconds,
        atm_vol: vol * 1_000_000_000_000_000,
        left_wing: 400_000_000_000_000_000,
        right_wing: 280_000_000_000_000_000,
        posted_at: NOW,
        carry,
        ..Slice::default()
    };
    let width = vol as f64 / 1e3 * (seconds as f64 / YEAR as f64).sqrt();
    let strike = (forward(&slice, spot, NOW) as f64 * (deviations * width).exp()) as u128;
    single(spot, strike.max(1), slice)
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(7), ..ProptestConfig::with_cases(3_000) })]

    #[test]
    fn parity_is_exact_and_values_are_within_their_bounds(of in option()) {
        let pool = pool_of(of);
        let (found, strike) = (mark_of(&pool), pool.nodes[0].strike);
        prop_assert_eq!(found.forward, forward(&pool.slices[0], pool.spot, NOW));
        prop_assert_eq!(
            found.call as i128 - found.put as i128,
            found.forward as i128 - strike as i128
        );
        prop_assert!(found.call >= found.forward.saturating_sub(strike) && found.call <= found.forward);
        prop_assert!(found.put >= strike.saturating_sub(found.forward) && found.put <= strike);
        prop_assert!(found.delta <= found.growth && found.theta <= 0);
        let (call, _) = black76(found.forward.float(), strike.float(), pool.total_vol(&pool.nodes[0]));
        prop_assert!((found.call.float() - call).abs() <= 1e-10 * found.forward.float() + 1e-17);
    }

    #[test]
    fn forwards_and_calls_rise_with_carry_and_puts_fall(of in option(), more in 1_000_000i64..MAX_CARRY) {
        let pool = pool_of(of);
        let mut dearer = pool.clone();
        dearer.slices[0].carry = (of.4 + more).min(MAX_CARRY);
        // On a flat smile: with wings a strike's vol moves with the forward.
        let flat = |pool: &Pool| {
            let mut pool = pool.clone();
            (pool.slices[0].left_wing, pool.slices[0].right_wing) = (0, 0);
            mark_of(&pool)
        };
        let (a, b) = (flat(&pool), flat(&dearer));
        prop_assert!(b.forward >= a.forward && b.growth >= a.growth);
        // To the rounding of 2^-57 of either forward.
        let slack = (a.forward >> 55) + 2;
        prop_assert!(b.call + slack >= a.call && b.put <= a.put + slack);
        prop_assert!(b.delta as f64 >= a.delta as f64 * (1.0 - 1e-12) - 1e6);
    }

    #[test]
    fn delta_and_gamma_are_derivatives_by_spot(of in option()) {
        let pool = pool_of(of);
        // At a vol that stays: the smile is flat.
        let at = |ratio: f64| {
            let mut pool = pool.clone();
            (pool.slices[0].left_wing, pool.slices[0].right_wing) = (0, 0);
            pool.spot = (pool.spot as f64 * ratio) as u128;
            (mark_of(&pool), pool.spot)
        };
        let v = of.3 as f64 / 1e3 * (of.2 as f64 / YEAR as f64).sqrt();
        let step = 1e-4 * v.min(1.0);
        prop_assume!(pool.spot as f64 * step > 1e9);
        let ((low, s0), (middle, _), (high, s1)) = (at(1.0 - step), at(1.0), at(1.0 + step));
        let width = (s1 - s0) as f64;
        let slope = (high.call as f64 - low.call as f64) / width;
        prop_assert!((slope - middle.delta.float()).abs() < 1e-4, "{slope} {}", middle.delta.float());
        let bend = (high.delta.float() - low.delta.float()) / (width / 1e18);
        let scale = middle.growth.float() / (pool.spot.float() * v);
        prop_assert!((bend - middle.gamma.float()).abs() < 1e-3 * scale + 1e-15, "{bend} {}", middle.gamma.float());
    }
}
