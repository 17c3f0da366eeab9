//! Implied vol: round trips through the price, and a clear answer where a price says nothing.

#[allow(dead_code)] // each test file enforces its own part
mod tolerance;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use smirk_engine::black_scholes::{value as black_scholes, value_terms, Contract, Terms};
use smirk_engine::error::Error;
use smirk_engine::implied::{implied_total_vol, implied_vol, implied_vol_terms, Observation};
use smirk_engine::real::Real;
use smirk_engine::special::exp::exp;
use smirk_engine::state::{Kind, YEAR};

const WAD: u128 = 1_000_000_000_000_000_000;

fn contract(spot: u128, strike: u128, seconds: u64, vol: u64) -> Contract {
    Contract {
        spot,
        strike,
        seconds,
        vol,
        rate: 0,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), ..ProptestConfig::with_cases(3000) })]

    /// Either kind gives the vol back, to the precision that a price rounded to a WAD carries.
    #[test]
    fn roundtrip_vol_price(
        spot in 100u64..60_000,
        seconds in 3600u64..2 * YEAR,
        vol in 100u64..3000,
        d in -3000i64..3000,
        rate in -100i64..200,
    ) {
        let spot = spot as u128 * WAD;
        let (vol, rate) = (vol * (WAD as u64 / 1000), rate * (WAD as i64 / 1000));
        // A strike some standard deviations away.
        let tau = Real::from_ratio(seconds, YEAR);
        let width = Real::from_wad_u64(vol) * tau.sqrt() * Real::from_int(d) / Real::from_int(1000);
        let strike = Real::from_wad_u128(spot) * smirk_engine::special::exp::exp(width);
        let contract = Contract { rate, ..contract(spot, strike.to_wad_nearest() as u128, seconds, vol) };
        prop_assume!(black_scholes(&contract).is_ok());
        let value = black_scholes(&contract).unwrap();
        for (kind, price) in [(Kind::Call, value.call), (Kind::Put, value.put)] {
            let wad = price.to_wad_nearest() as u128;
            let allowed = (Real::from_wad_u64(1) + price.mul_pow2(-57) + Real::from_wad_u128(spot).mul_pow2(-56)) / value.vega
                + Real::from_wad_u64(vol).mul_pow2(-55);
            match implied_vol(&contract, kind, wad) {
                Ok(found) => prop_assert!((found - Real::from_wad_u64(vol)).abs() <= allowed),
                Err(error) => prop_assert!(false, "{:?}", error),
            }
        }
    }
}

/// A dense grid over what is quoted: d₁ within ±3, strikes from a thousandth to a thousand times the forward.
#[test]
fn every_vol_is_found_while_d1_is_within_three() {
    let mut found = 0;
    for step in 0..=138 {
        // ln(K/F) from −6.9 to 6.9 in steps that shrink toward the money.
        let x = Real::from_int(step - 69) / Real::from_int(69);
        let log_moneyness = x * x.abs() * Real::from_ratio(69, 10);
        let strike = exp(log_moneyness);
        for d1 in (-60i64..=60).map(|d| Real::from_int(d) / Real::from_int(20)) {
            // d₁ = −k/v + v/2 has two roots when k is below zero and d₁ above √(−2k).
            let discriminant = d1.square() + log_moneyness.double();
            if discriminant.is_negative() {
                continue;
            }
            for vol in [d1 + discriminant.sqrt(), d1 - discriminant.sqrt()] {
                if vol < Real::from_ratio(1, 100) || vol > Real::from_int(10) {
                    continue;
                }
                let terms = Terms {
                    spot: Real::ONE,
                    strike,
                    tau: Real::ONE,
                    vol,
                    rate: Real::ZERO,
                };
                let value = value_terms(&terms).unwrap();
                for (kind, price) in [(Kind::Call, value.call), (Kind::Put, value.put)] {
                    let allowed = (price.mul_pow2(-56) + Real::ONE.mul_pow2(-55)) / value.vega
                        + vol.mul_pow2(-55);
                    let implied = implied_vol_terms(&terms, kind, price).unwrap();
                    assert!(
                        (implied - vol).abs() <= allowed,
                        "{terms:?} {kind:?} {implied:?}"
                    );
                    found += 1;
                }
            }
        }
    }
    assert!(found > 20_000, "{found}");
}

#[test]
fn price_without_information_is_named() {
    // A year-long call at half the strike's vol has d1 far below any price.
    let deep = contract(3000 * WAD, 100 * WAD, 86_400, 0);
    let intrinsic = 2900 * WAD;
    assert_eq!(
        implied_vol(&deep, Kind::Call, intrinsic),
        Err(Error::PriceWithoutInformation(intrinsic))
    );
    assert_eq!(
        implied_vol(&deep, Kind::Call, intrinsic + 100),
        Err(Error::PriceWithoutInformation(intrinsic + 100))
    );
    assert!(implied_vol(&deep, Kind::Call, intrinsic + WAD / 1000).is_ok());
    assert_eq!(
        implied_vol(&deep, Kind::Put, 0),
        Err(Error::PriceWithoutInformation(0))
    );
    assert!(implied_vol(&deep, Kind::Put, 1).is_ok());
}

#[test]
fn price_that_no_vol_produces_is_named() {
    let deep = contract(3000 * WAD, 100 * WAD, 86_400, 0);
    for (kind, price) in [
        (Kind::Call, 2899 * WAD),
        (Kind::Call, 3000 * WAD),
        (Kind::Call, u128::MAX),
        (Kind::Put, 100 * WAD),
        (Kind::Put, 5000 * WAD),
    ] {
        assert!(
            matches!(
                implied_vol(&deep, kind, price),
                Err(Error::PriceOutOfRange(_))
            ),
            "{kind:?} {price}"
        );
    }
}

#[test]
fn expired_contract_has_no_implied_vol() {
    assert_eq!(
        implied_vol(&contract(WAD, WAD, 0, 0), Kind::Call, WAD / 2),
        Err(Error::TimeOutOfRange(0))
    );
}

#[test]
fn at_the_money_price_of_a_known_vol() {
    let one = Real::ONE;
    let observation = Observation {
        kind: Kind::Put,
        // 2·N(1/2) − 1
        price: Real::from_ratio(382_924_922_548_026_207, 1_000_000_000_000_000_000),
        forward: one,
        strike: one,
        log_moneyness: Real::ZERO,
    };
    let vol = implied_total_vol(&observation).unwrap();
    assert!((vol - one).abs() < Real::from_wad_u64(2 * tolerance::PRICE));
}
