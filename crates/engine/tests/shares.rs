//! Shares, exact ratios, series ids and parameter bounds.

mod common;

use common::{Rng, WAD};
use smirk_engine::parameters::ParameterError;
use smirk_engine::series::{decode, encode, payoff, Series};
use smirk_engine::shares::{
    to_assets_down, to_assets_up, to_shares_down, to_shares_up, VIRTUAL_SHARES,
};
use smirk_engine::state::{Kind, Parameters};
use smirk_engine::wide::{mul_div_down, mul_div_up};

/// Log-uniform below 2^bits.
fn number(rng: &mut Rng, bits: u32) -> u128 {
    let wide = (rng.bits() as u128) << 64 | rng.bits() as u128;
    wide >> (128 - 1 - rng.below(bits as usize) as u32).min(127)
}

#[test]
fn ratios_are_exact_at_full_width() {
    let mut rng = Rng(1);
    for _ in 0..200_000 {
        let (a, b, d) = (
            number(&mut rng, 128),
            number(&mut rng, 128),
            number(&mut rng, 128),
        );
        let expected = a as f64 * b as f64 / d as f64;
        match mul_div_down(a, b, d) {
            Some(quotient) => {
                // The remainder pins the quotient to the unit, the float to the range.
                let rest = a.wrapping_mul(b).wrapping_sub(quotient.wrapping_mul(d));
                assert!(rest < d);
                assert!((quotient as f64 - expected).abs() <= 1.0 + expected * 1e-15);
                let up = mul_div_up(a, b, d);
                assert_eq!(up, quotient.checked_add((rest != 0) as u128));
            }
            None => assert!(d == 0 || expected > u128::MAX as f64 * 0.999_999),
        }
    }
    assert_eq!(
        mul_div_down(u128::MAX, u128::MAX, u128::MAX),
        Some(u128::MAX)
    );
    assert_eq!(mul_div_down(u128::MAX, u128::MAX, u128::MAX - 1), None);
    assert_eq!(mul_div_up(u128::MAX, 3, 3), Some(u128::MAX));
    assert_eq!(mul_div_up(1 << 127, 3, 2), Some(3 << 126));
    assert_eq!(mul_div_down(1, 1, 0), None);
}

#[test]
fn the_first_deposit_gets_a_thousand_shares_an_atom() {
    assert_eq!(
        to_shares_down(5_000_000, 0, 0),
        Some(5_000_000 * VIRTUAL_SHARES)
    );
    assert_eq!(
        to_assets_up(5_000_000 * VIRTUAL_SHARES, 0, 0),
        Some(5_000_000)
    );
}

#[test]
fn a_round_trip_never_gains_and_never_costs_those_who_stay() {
    let mut rng = Rng(2);
    for _ in 0..100_000 {
        let (nav, supply) = (number(&mut rng, 90), number(&mut rng, 90));
        let assets = number(&mut rng, 90);
        let Some(shares) = to_shares_down(assets, nav, supply) else {
            continue;
        };
        // Redeeming at once returns at most what came in.
        let returned = to_assets_down(shares, nav + assets, supply + shares).unwrap();
        assert!(
            returned <= assets,
            "{returned} for {assets} at {nav}/{supply}"
        );
        // The others' claim on the pool has not shrunk.
        let before = to_assets_down(supply, nav, supply).unwrap();
        let after = to_assets_down(supply, nav + assets, supply + shares).unwrap();
        assert!(after >= before);
        // Exact-out is never cheaper than exact-in.
        assert!(to_assets_up(shares, nav, supply).unwrap() <= assets);
        if let Some(burned) = to_shares_up(assets, nav, supply) {
            assert!(burned >= shares);
            assert!(to_assets_down(burned, nav, supply).is_none_or(|worth| worth >= assets));
        }
    }
}

#[test]
fn both_sides_of_the_mark_keep_value_with_those_who_stay() {
    let mut rng = Rng(3);
    for _ in 0..100_000 {
        let nav = number(&mut rng, 80) + 1_000;
        let supply = nav * VIRTUAL_SHARES;
        let (low, high) = (nav - nav / 1_000, nav + nav / 1_000);
        let assets = number(&mut rng, 80);
        let shares = to_shares_down(assets, high, supply).unwrap();
        let returned = to_assets_down(shares, low + assets, supply + shares).unwrap();
        assert!(returned <= assets);
    }
}

#[test]
fn inflating_the_first_share_costs_more_than_it_takes() {
    // One atom deposited, then a million units donated as hedge profit; the victim brings two million.
    let first = to_shares_down(1, 0, 0).unwrap();
    let donated = 1_000_000_000_000;
    let victim = 2_000_000_000_000;
    let shares = to_shares_down(victim, 1 + donated, first).unwrap();
    let stolen = to_assets_down(first, 1 + donated + victim, first + shares).unwrap();
    assert!(stolen < 1 + donated, "{stolen}");
    let kept = to_assets_down(shares, 1 + donated + victim, first + shares).unwrap();
    assert!(kept as f64 > 0.998 * victim as f64, "{kept}");
}

#[test]
fn conversions_too_large_for_a_word_are_refused() {
    assert_eq!(to_shares_down(u128::MAX, 0, 0), None);
    assert_eq!(to_shares_down(1, 0, u128::MAX), None);
    assert_eq!(to_assets_up(1, u128::MAX, 0), None);
    assert_eq!(to_shares_up(u128::MAX, 1, u128::MAX / 2), None);
    assert_eq!(to_assets_down(u128::MAX, u128::MAX - 1, 0), None);
}

#[test]
fn an_id_names_one_series_and_back() {
    let mut rng = Rng(4);
    for _ in 0..10_000 {
        let kind = if rng.below(2) == 0 {
            Kind::Call
        } else {
            Kind::Put
        };
        let series = Series {
            kind,
            strike: number(&mut rng, 128).max(1),
            expiry: rng.bits(),
        };
        assert_eq!(decode(encode(&series)), Some(series));
    }
    let put = Series {
        kind: Kind::Put,
        strike: 3_000 * WAD,
        expiry: 1_770_364_800,
    };
    let strike = 3_000 * WAD;
    assert_eq!(
        encode(&put),
        [strike as u64, (strike >> 64) as u64, 1_770_364_800, 1]
    );
    assert_eq!(
        decode([1, 0, 5, 0]),
        Some(Series {
            kind: Kind::Call,
            strike: 1,
            expiry: 5
        })
    );
    assert_eq!(decode([1, 0, 5, 2]), None);
    assert_eq!(decode([1, 0, 5, 1 << 63]), None);
    assert_eq!(decode([0, 0, 5, 0]), None);
}

#[test]
fn an_option_pays_its_intrinsic_value() {
    assert_eq!(payoff(Kind::Call, 3_000 * WAD, 3_000 * WAD + 7), 7);
    assert_eq!(payoff(Kind::Call, 3_000 * WAD, 3_000 * WAD), 0);
    assert_eq!(payoff(Kind::Put, 3_000 * WAD, 3_000 * WAD - 7), 7);
    assert_eq!(payoff(Kind::Put, 3_000 * WAD, 9_000 * WAD), 0);
}

#[test]
fn each_parameter_is_held_within_its_bounds() {
    assert_eq!(Parameters::DEFAULT.check(), Ok(()));
    assert_eq!(Parameters::default(), Parameters::DEFAULT);
    type Set = fn(&mut Parameters, u64);
    let fields: [Set; 22] = [
        |p, v| p.depth = if v == 0 { 0 } else { u128::MAX },
        |p, v| p.coupling = v,
        |p, v| p.wing_depth = v,
        |p, v| p.short_term = v,
        |p, v| p.shift_cap = v,
        |p, v| p.half_spread = v,
        |p, v| p.fee_floor = v,
        |p, v| p.capacity_rate = v,
        |p, v| p.anchor_fresh = v,
        |p, v| p.anchor_limit = v,
        |p, v| p.risk_aversion = v,
        |p, v| p.edge_slack = v,
        |p, v| p.capacity_minimum = v,
        |p, v| p.hedge_gas = v,
        |p, v| p.band_cap = v,
        |p, v| p.exposure_cap = v,
        |p, v| p.equity_floor = v,
        |p, v| p.upside_slope = v,
        |p, v| p.nav_spread = v,
        |p, v| p.nav_price_spread = v,
        |p, v| p.node_rent = v,
        |p, v| p.spot_lag = v,
    ];
    for (place, set) in fields.iter().enumerate() {
        let index = if place < 20 { place } else { place + 12 };
        let refused = |value: u64| -> Option<ParameterError> {
            // The two fields that bound others, out of the way.
            let mut parameters = Parameters {
                anchor_limit: 7 * 86_400,
                exposure_cap: 2 * WAD as u64,
                ..Parameters::DEFAULT
            };
            set(&mut parameters, value);
            parameters.check().err()
        };
        let above = refused(u64::MAX).unwrap();
        assert_eq!(above.field as usize, index);
        assert!(above.value > above.high);
        if index > 0 {
            // The bounds an error names are themselves allowed, one step outside is not.
            assert_eq!(refused(above.high as u64), None);
            assert_eq!(
                refused(above.high as u64 + 1).unwrap().value,
                above.high + 1
            );
            assert_eq!(refused(above.low as u64), None);
            if above.low > 0 {
                let below = refused(above.low as u64 - 1).unwrap();
                assert_eq!((below.field as usize, below.value), (index, above.low - 1));
            }
        }
    }
    let shallow = Parameters {
        depth: WAD - 1,
        ..Parameters::DEFAULT
    };
    let error = shallow.check().unwrap_err();
    assert_eq!((error.field, error.value, error.low), (0, WAD - 1, WAD));
}
