//! The engine against 30-digit reference values, within the published bounds.

mod reference;
#[allow(dead_code)] // each test file enforces its own part
mod tolerance;

use reference::{assert_within, decimal, vectors};
use serde_json::Value;
use smirk_engine::black_scholes::{value as black_scholes, Contract};
use smirk_engine::decimal::price_wad;
use smirk_engine::real::Real;
use smirk_engine::special::{exp::exp, ln::ln, normal};

fn integer<T: std::str::FromStr>(point: &Value, field: &str) -> T {
    let text = point[field].as_str().expect("text");
    text.parse().unwrap_or_else(|_| panic!("{field}: {text}"))
}

fn contract(point: &Value) -> Contract {
    Contract {
        spot: integer(point, "spot"),
        strike: integer(point, "strike"),
        seconds: integer(point, "seconds"),
        vol: integer(point, "vol"),
        rate: integer(point, "rate"),
    }
}

#[test]
fn black_scholes_values_and_greeks_are_within_their_bounds() {
    let file = vectors("black_scholes");
    let points = file["vectors"].as_array().expect("vectors");
    assert!(points.len() >= 450);
    for point in points {
        let contract = contract(point);
        let got = black_scholes(&contract).unwrap_or_else(|e| panic!("{e:?} at {point}"));
        let want = |field: &str| decimal(point[field].as_str().expect("text"));
        let spot = Real::from_wad_u128(contract.spot);
        let larger = spot.max(want("call") + want("put"));
        for (name, value, scale) in [("call", got.call, spot), ("put", got.put, larger)] {
            assert_within(value, want(name), tolerance::PRICE, scale, name, point);
            if want(name) >= Real::ONE {
                assert_within(
                    value,
                    want(name),
                    tolerance::PRICE_RELATIVE,
                    want(name),
                    name,
                    point,
                );
            }
        }
        assert_within(
            got.delta_call,
            want("delta_call"),
            tolerance::DELTA,
            Real::ONE,
            "delta_call",
            point,
        );
        assert_within(
            got.delta_put,
            want("delta_put"),
            tolerance::DELTA,
            Real::ONE,
            "delta_put",
            point,
        );
        assert_within(got.vega, want("vega"), tolerance::VEGA, spot, "vega", point);
        // φ(16) > 1e-56 and gamma is at least φ(d₁)/(spot·23).
        if want("gamma") * spot > exp(Real::from_int(-122)) {
            assert_within(
                got.gamma,
                want("gamma"),
                tolerance::GAMMA_RELATIVE,
                want("gamma"),
                "gamma",
                point,
            );
        }
        let floor = spot * Real::from_wad_u64(1);
        let theta = want("theta_call").abs() + want("theta_put").abs() + floor;
        for (name, value) in [("theta_call", got.theta_call), ("theta_put", got.theta_put)] {
            assert_within(
                value,
                want(name),
                tolerance::THETA_RELATIVE,
                theta,
                name,
                point,
            );
        }
        for (name, value) in [("rho_call", got.rho_call), ("rho_put", got.rho_put)] {
            let scale = want(name).abs() + floor;
            assert_within(
                value,
                want(name),
                tolerance::RHO_RELATIVE,
                scale,
                name,
                point,
            );
        }
    }
}

/// A decimal number in text to the nearest WAD.
fn nearest_wad(text: &str) -> i128 {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let (fraction, power) = fraction.split_once('e').unwrap_or((fraction, "0"));
    let digits: i128 = format!("{whole}{fraction}").parse().expect("digits");
    let shift = power.parse::<i64>().expect("power") + 18 - fraction.len() as i64;
    match 10i128.checked_pow(shift.unsigned_abs().min(99) as u32) {
        Some(scale) if shift >= 0 => digits * scale,
        Some(scale) => (digits + scale / 2).div_euclid(scale),
        None => 0,
    }
}

#[test]
fn decimal_prices_are_within_1e_17_of_spot_and_a_unit_whatever_the_strike() {
    let file = vectors("black_scholes");
    let mut deep = 0;
    for point in file["vectors"].as_array().expect("vectors") {
        let contract = contract(point);
        let got = price_wad(&contract).unwrap_or_else(|e| panic!("{e:?} at {point}"));
        let bound = contract.spot / 1_000_000_000_000_000_000 * tolerance::PRICE as u128 + 1;
        for (name, value) in [("call", got.call), ("put", got.put)] {
            let want = nearest_wad(point[name].as_str().expect("text"));
            let error = (value as i128).abs_diff(want);
            assert!(error <= bound, "{name}: {value} not {want} at {point}");
        }
        deep += (contract.rate != 0 && contract.strike > 300 * contract.spot) as usize;
    }
    assert!(deep >= 10, "{deep}");
}

/// Checks one function of `special.json`.
fn check(
    name: &str,
    bound: u64,
    function: fn(Real) -> Real,
    scale: fn(Real, Real) -> Option<Real>,
) {
    let file = vectors("special");
    let points = file[name].as_array().expect("points");
    assert!(points.len() >= 200);
    for point in points {
        let x = Real::from_wad_i128(point[0].as_str().expect("text").parse().expect("WAD"));
        let want = decimal(point[1].as_str().expect("text"));
        if let Some(scale) = scale(x, want) {
            assert_within(function(x), want, bound, scale, name, point);
        }
    }
}

fn within(x: Real, limit: i64) -> bool {
    x.abs() <= Real::from_int(limit)
}

#[test]
fn exponential_is_within_its_bound() {
    check("exp", tolerance::EXP_RELATIVE, exp, |_, want| Some(want));
}

#[test]
fn logarithm_is_within_its_bound() {
    // Near 1 the rounding of the argument to a Real comes on top.
    check("ln", tolerance::LN_RELATIVE, ln, |_, want| {
        Some(want.abs() + Real::from_ratio(1, 30))
    });
}

#[test]
fn normal_density_is_within_its_bound() {
    check("pdf", tolerance::PDF_RELATIVE, normal::pdf, |x, want| {
        within(x, 12).then_some(want)
    });
}

#[test]
fn normal_distribution_is_within_its_bounds() {
    check("cdf", tolerance::CDF, normal::cdf, |_, _| Some(Real::ONE));
    check("cdf", tolerance::CDF_RELATIVE, normal::cdf, |x, want| {
        (x.is_negative() && within(x, 12)).then_some(want)
    });
}
