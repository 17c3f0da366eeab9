//! Everlasting options: reference values, the prototype's numbers, identities, the strip, funding, domain.

mod common;
mod reference;

use common::{black76, close, slice, Float, Pool, Rng, NOW, WAD};
use reference::{assert_within, decimal, vectors};
use smirk_engine::error::Error;
use smirk_engine::everlasting::{
    accrue_up, funding_owed_up, strip, value, value_on_surface, Everlasting, SurfaceValueError,
    Valuation, MAX_STRIP_PERIOD, MIN_STRIP_PERIOD,
};
use smirk_engine::real::Real;
use smirk_engine::state::YEAR;
use smirk_engine::surface::MIN_WING;

const VOL: u64 = 1_000_000_000_000_000_000;
const DAY: u64 = 86_400;
/// Bounds, in units of 1e-18: values as a share of the larger of spot and strike, delta absolute, the rest relative
/// wherever the time value is above 1e-18 of the strike.
const PRICE: u64 = 10;
const DELTA: u64 = 100;
const RELATIVE: u64 = 2_000;

const ORDINARY: Everlasting = Everlasting {
    spot: 3_000 * WAD,
    strike: 3_000 * WAD,
    period: DAY,
    vol: VOL / 10 * 7,
};

fn valued(option: &Everlasting) -> Valuation {
    value(option).unwrap_or_else(|error| panic!("{error:?}: {option:?}"))
}

fn number(value: Real) -> f64 {
    value.to_wad_nearest().float()
}

#[test]
fn values_are_the_integral_of_europeans() {
    let file = vectors("everlasting");
    let points = file["points"].as_array().expect("points");
    assert!(points.len() >= 120);
    for point in points {
        let text = |field: &str| point[field].as_str().expect("text");
        let want = |field: &str| decimal(text(field));
        let option = Everlasting {
            spot: text("spot").parse().expect("WAD"),
            strike: text("strike").parse().expect("WAD"),
            period: text("period").parse().expect("seconds"),
            vol: text("vol").parse().expect("WAD"),
        };
        let found = valued(&option);
        let larger = Real::from_wad_u128(option.spot.max(option.strike));
        assert_within(found.call, want("call"), PRICE, larger, "call", point);
        assert_within(found.put, want("put"), PRICE, larger, "put", point);
        let delta = want("delta_call");
        assert_within(found.delta_call, delta, DELTA, Real::ONE, "delta", point);
        let delta = delta - Real::ONE;
        assert_within(found.delta_put, delta, DELTA, Real::ONE, "delta", point);
        let strike = Real::from_wad_u128(option.strike);
        if want("time_value") > strike * Real::from_wad_u64(1) {
            for (name, found) in [
                ("time_value", found.time_value),
                ("gamma", found.gamma),
                ("vega", found.vega),
                ("period_slope", found.period_slope),
            ] {
                assert_within(found, want(name), RELATIVE, want(name), name, point);
            }
        }
    }
}

/// At 70 % of vol and a day: 38.86 with continuous funding, 39.60, 44.13 and 53.28 with funding every 1, 8 and 24 hours.
#[test]
fn the_prototype_s_numbers_come_out() {
    let continuous = number(valued(&ORDINARY).call);
    close(continuous, 38.86, 5e-3);
    for (hours, expected) in [(1.0, 39.60), (8.0, 44.13), (24.0, 53.28f64)] {
        let share = 1.0 - (-hours / 24.0f64).exp();
        let (mut sum, mut weight) = (0.0, share);
        for n in 1..5_000 {
            let years = n as f64 * hours / 8_760.0;
            sum += weight * black76(3_000.0, 3_000.0, 0.7 * years.sqrt()).0;
            weight *= 1.0 - share;
        }
        close(sum, expected, 5e-3);
        assert!(sum > continuous, "funding in steps is worth more");
    }
}

#[test]
fn identities_hold_between_the_numbers() {
    let mut rng = Rng(1);
    for _ in 0..5_000 {
        let option = Everlasting {
            strike: (3_000.0 * rng.real(-0.3, 0.3).exp() * 1e18) as u128,
            period: rng.real(8.0, 17.0).exp() as u64,
            vol: (rng.real(0.2, 3.0) * 1e18) as u64,
            ..ORDINARY
        };
        let found = valued(&option);
        let (s, k) = (3_000.0, option.strike.float());
        close(number(found.call - found.put), s - k, 1e-12);
        close(number(found.delta_call - found.delta_put), 1.0, 1e-15);
        // What longs pay is what gamma earns.
        let sigma = option.vol.float();
        let earned =
            0.5 * sigma * sigma * s * s * number(found.gamma * Real::from_int(1_000_000)) / 1e6;
        let paid = number(found.funding);
        close(paid, earned, 1e-11 * paid + 1e-6);
        assert!(!found.call.is_negative() && found.call <= Real::from_int(3_000));
        assert!(!found.put.is_negative() && found.put <= Real::from_wad_u128(option.strike));
        assert!((0.0..=1.0).contains(&number(found.delta_call)));
    }
}

#[test]
fn derivatives_are_those_of_the_value() {
    let mut rng = Rng(2);
    for _ in 0..500 {
        let option = Everlasting {
            strike: (3_000.0 * rng.real(-0.2, 0.2).exp() * 1e18) as u128,
            period: rng.real(11.0, 16.0).exp() as u64,
            vol: (rng.real(0.3, 1.5) * 1e18) as u64,
            ..ORDINARY
        };
        let found = valued(&option);
        let time_value = |spot: f64, vol: f64, period: f64| {
            let (k, tau) = (option.strike.float(), period / YEAR as f64);
            let u = (1.0 + 8.0 / (vol * vol * tau)).sqrt();
            let m = if spot >= k {
                (1.0 - u) / 2.0
            } else {
                (1.0 + u) / 2.0
            };
            (spot - k).max(0.0) + k / u * (spot / k).powf(m)
        };
        let (s, v, p) = (3_000.0, option.vol.float(), option.period as f64);
        let slope = |up: f64, down: f64, step: f64| (up - down) / (2.0 * step);
        let delta = slope(time_value(s + 0.01, v, p), time_value(s - 0.01, v, p), 0.01);
        close(number(found.delta_call), delta, 1e-4);
        let vega = slope(time_value(s, v + 1e-5, p), time_value(s, v - 1e-5, p), 1e-5);
        close(number(found.vega), vega, 1e-4 * vega.abs() + 1e-3);
        let by_period = slope(time_value(s, v, p + 10.0), time_value(s, v, p - 10.0), 10.0);
        let expected = number(found.period_slope) / YEAR as f64;
        close(by_period, expected, 1e-4 * expected + 1e-9);
    }
}

#[test]
fn the_value_is_smooth_across_the_strike() {
    let at = |spot: u128| valued(&Everlasting { spot, ..ORDINARY });
    let (below, on, above) = (at(3_000 * WAD - 1), at(3_000 * WAD), at(3_000 * WAD + 1));
    for (a, b) in [(below, on), (on, above)] {
        close(number(a.delta_call), number(b.delta_call), 1e-15);
        close(number(a.call), number(b.call), 1e-14);
        close(number(a.vega), number(b.vega), 1e-11);
    }
}

#[test]
fn without_vol_or_period_it_is_its_payoff() {
    for (strike, call, put, delta) in [
        (2_900, 100, 0, 1.0),
        (3_100, 0, 100, 0.0),
        (3_000, 0, 0, 0.5),
    ] {
        let strike = strike * WAD;
        for option in [
            Everlasting {
                strike,
                vol: 0,
                ..ORDINARY
            },
            Everlasting {
                strike,
                period: 0,
                ..ORDINARY
            },
        ] {
            let found = valued(&option);
            assert_eq!(
                (found.call, found.put),
                (Real::from_int(call), Real::from_int(put))
            );
            assert_eq!(number(found.delta_call), delta);
            assert_eq!(
                [found.gamma, found.vega, found.funding, found.time_value],
                [Real::ZERO; 4]
            );
        }
    }
}

// ---- the strip -------------------------------------------------------------------------------------------

#[test]
fn a_strip_has_the_moments_of_its_weights() {
    for period in [MIN_STRIP_PERIOD, DAY, 7 * DAY, MAX_STRIP_PERIOD] {
        let legs = strip(period).unwrap();
        assert_eq!(legs.iter().map(|leg| leg.weight).sum::<u64>(), VOL);
        assert!(legs
            .windows(2)
            .all(|pair| pair[0].seconds < pair[1].seconds));
        // The first moments of e^-x: 1, 2 and 6.
        for (power, expected) in [(1, 1.0), (2, 2.0), (3, 6.0)] {
            let moment = |leg: &smirk_engine::everlasting::Leg| {
                leg.weight.float() * (leg.seconds as f64 / period as f64).powi(power)
            };
            close(legs.iter().map(moment).sum(), expected, 2e-3);
        }
    }
}

/// Within 0.75 of 3,000 everywhere in the prototype; here beside the integral at one vol.
#[test]
fn a_strip_is_near_the_integral() {
    let mut worst = 0.0f64;
    for days in [1, 3, 7] {
        let mut pool = Pool::empty();
        for listed in [1, 7, 28, 91] {
            pool.slices.push(slice(listed, 0.7, 0.05, 0.05));
        }
        for strike in (2_600..=3_400).step_by(50) {
            let found =
                value_on_surface(&pool.snapshot(), strike as u128 * WAD, days * DAY).unwrap();
            let exact = valued(&Everlasting {
                strike: strike as u128 * WAD,
                period: days * DAY,
                ..ORDINARY
            });
            worst = worst.max((number(found.call) - number(exact.call)).abs());
            close(
                number(found.call - found.put),
                3_000.0 - strike as f64,
                1e-9,
            );
        }
    }
    assert!(worst > 0.05 && worst < 1.0, "{worst}");
}

#[test]
fn a_strip_sees_smile_and_term_structure() {
    let mut pool = Pool::empty();
    pool.slices.push(slice(1, 0.9, 0.6, 0.3));
    pool.slices.push(slice(28, 0.6, 0.5, 0.3));
    let at = |pool: &Pool, strike: u128, period: u64| {
        number(
            value_on_surface(&pool.snapshot(), strike * WAD, period)
                .unwrap()
                .put,
        )
    };
    let flat = |vol: f64, strike: u128, period: u64| {
        let vol = (vol * 1e18) as u64;
        number(
            valued(&Everlasting {
                strike: strike * WAD,
                period,
                vol,
                ..ORDINARY
            })
            .put,
        )
    };
    // Between the vols of its legs: above the long end's, below the short end's.
    let found = at(&pool, 3_000, 7 * DAY);
    assert!(
        found > flat(0.6, 3_000, 7 * DAY) && found < flat(0.9, 3_000, 7 * DAY),
        "{found}"
    );
    // The left wing makes low puts dear.
    let mut straight = pool.clone();
    for slice in &mut straight.slices {
        slice.left_wing = MIN_WING;
    }
    assert!(at(&pool, 2_600, DAY) > 1.1 * at(&straight, 2_600, DAY));
    // An expiry exactly at a leg is that leg's slice, and one that has passed does not count.
    pool.now = NOW + DAY;
    assert!(at(&pool, 3_000, DAY) < flat(0.65, 3_000, DAY));
    pool.now = NOW + 28 * DAY;
    assert_eq!(
        value_on_surface(&pool.snapshot(), 3_000 * WAD, DAY),
        Err(SurfaceValueError::NoLiveSlice)
    );
}

// ---- funding ---------------------------------------------------------------------------------------------

#[test]
fn funding_over_a_period_at_one_price_is_the_time_value() {
    let time_value = valued(&ORDINARY).time_value.to_wad_nearest() as u128;
    let mut index = 0;
    for _ in 0..24 {
        index = accrue_up(index, [time_value; 2], 3_600, DAY).unwrap();
    }
    assert!((time_value..=time_value + 24).contains(&index));
    assert_eq!(accrue_up(0, [time_value; 2], DAY, DAY), Some(time_value));
    assert_eq!(accrue_up(7, [10, 20], 43_200, DAY), Some(7 + 8));
    assert_eq!(accrue_up(7, [10, 20], 0, DAY), Some(7));
    assert_eq!(funding_owed_up(2_500_000, 3 * WAD, 5 * WAD), Some(5 * WAD));
    assert_eq!(funding_owed_up(1, 0, 1), Some(1), "never free");
}

#[test]
fn splitting_a_position_or_an_interval_saves_nothing() {
    let mut rng = Rng(3);
    for _ in 0..10_000 {
        let (entry, grown) = (rng.bits() as u128, rng.bits() as u128);
        let (a, b) = (rng.bits() >> 24, rng.bits() >> 24);
        let owed = |lots: u64| funding_owed_up(lots, entry, entry + grown).unwrap();
        assert!((owed(a + b)..=owed(a + b) + 1).contains(&(owed(a) + owed(b))));
        let values = [rng.bits() as u128, rng.bits() as u128];
        let (first, second) = (rng.bits() % DAY, rng.bits() % DAY);
        let whole = accrue_up(0, values, first + second, DAY).unwrap();
        let part = accrue_up(0, values, first, DAY).unwrap();
        let parts = accrue_up(part, values, second, DAY).unwrap();
        assert!((whole..=whole + 1).contains(&parts));
    }
}

// ---- edges -----------------------------------------------------------------------------------------------

#[test]
fn domain_edges_are_sharp() {
    let (low, high) = (WAD / 1_000_000, 1_000_000_000 * WAD);
    let at = |spot: u128, strike: u128| Everlasting {
        spot,
        strike,
        ..ORDINARY
    };
    let vol = |vol: u64| Everlasting { vol, ..ORDINARY };
    let time = |period: u64| Everlasting { period, ..ORDINARY };
    for inside in [
        at(low, low),
        at(high, high),
        at(3_000 * WAD, 3 * WAD),
        at(3_000 * WAD, 3_000_000 * WAD),
        vol(VOL / 100),
        vol(10 * VOL),
        time(1),
        time(5 * YEAR),
    ] {
        let found = valued(&inside);
        let most = Real::from_wad_u128(inside.spot.max(inside.strike));
        assert!(
            !found.time_value.is_negative() && found.time_value <= most,
            "{inside:?}"
        );
    }
    for (outside, error) in [
        (at(low - 1, low), Error::SpotOutOfRange(low - 1)),
        (at(high + 1, high), Error::SpotOutOfRange(high + 1)),
        (at(low, low - 1), Error::StrikeOutOfRange(low - 1)),
        (at(high, high + 1), Error::StrikeOutOfRange(high + 1)),
        (
            at(3_000 * WAD, 3_000_000 * WAD + 1),
            Error::MoneynessOutOfRange(3_000_000 * WAD + 1, 3_000 * WAD),
        ),
        (vol(VOL / 100 - 1), Error::VolOutOfRange(VOL / 100 - 1)),
        (vol(10 * VOL + 1), Error::VolOutOfRange(10 * VOL + 1)),
        (time(5 * YEAR + 1), Error::TimeOutOfRange(5 * YEAR + 1)),
    ] {
        assert_eq!(value(&outside), Err(error));
    }
    assert!(strip(MIN_STRIP_PERIOD).is_ok() && strip(MAX_STRIP_PERIOD).is_ok());
    assert!(strip(MAX_STRIP_PERIOD).unwrap()[7].seconds <= 5 * YEAR);
    for period in [0, MIN_STRIP_PERIOD - 1, MAX_STRIP_PERIOD + 1, u64::MAX] {
        assert_eq!(strip(period), Err(Error::TimeOutOfRange(period)));
    }
    let pool = Pool::listed();
    let strike = 3_000_000 * WAD + 1;
    let refused = SurfaceValueError::Domain(Error::MoneynessOutOfRange(strike, pool.spot));
    assert_eq!(
        value_on_surface(&pool.snapshot(), strike, DAY),
        Err(refused)
    );

    assert_eq!(accrue_up(0, [1, 1], 1, 0), None, "no period");
    assert_eq!(accrue_up(u128::MAX, [1, 1], 1, 1), None);
    assert_eq!(accrue_up(u128::MAX - 1, [1, 1], 1, 1), Some(u128::MAX));
    assert_eq!(accrue_up(0, [u128::MAX, 1], 1, 1), None);
    assert_eq!(funding_owed_up(1, 2, 1), None, "an index does not fall");
    assert_eq!(funding_owed_up(u64::MAX, 0, u128::MAX), None);
}
