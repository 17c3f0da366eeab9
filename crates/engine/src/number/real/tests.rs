//! Additions, products, comparisons and conversions against exact arithmetic.

extern crate std;

use super::decimal::WAD;
use super::value::EXPONENT_LIMIT;
use super::*;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// A value spread over signs and a wide range of exponents, together with corners of the mantissa.
fn real() -> impl Strategy<Value = Real> {
    let mantissa = prop_oneof![
        any::<u64>(),
        Just(1 << 63),
        Just(u64::MAX),
        Just((1 << 63) + 1),
        (0u64..1 << 33).prop_map(|low| u64::MAX - low),
        (0u64..1 << 33),
    ];
    (mantissa, -200i32..200, any::<bool>())
        .prop_map(|(m, e, negative)| Real::from_parts(m | 1 << 63, e, negative))
}

fn is_normal(x: Real) -> bool {
    x == Real::ZERO || (x.mantissa >> 63 == 1 && x.exponent().abs() <= EXPONENT_LIMIT)
}

/// The relative difference between two exact 128-bit numbers of like size, in units of 2^-64.
fn relative(approximate: u128, exact: u128) -> f64 {
    approximate.abs_diff(exact) as f64 / exact as f64 * 2f64.powi(64)
}

/// x · 2^64 in the exponent of an exact 128-bit mantissa.
fn widened(x: Real, exponent: i32) -> u128 {
    let shift = x.exponent() - exponent;
    assert!((0..=64).contains(&shift), "shift {shift}");
    (x.mantissa as u128) << shift
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), ..ProptestConfig::with_cases(20_000) })]

    #[test]
    fn product_is_within_three_times_2_pow_minus_64(a in real(), b in real()) {
        let x = a * b;
        prop_assert!(is_normal(x));
        prop_assert_eq!(x.is_negative(), a.is_negative() != b.is_negative());
        let exact = a.mantissa as u128 * b.mantissa as u128;
        prop_assert!(relative(widened(x, a.exponent() + b.exponent()), exact) < 3.0);
        prop_assert_eq!(a * Real::ONE, a);
    }

    #[test]
    fn quotient_is_within_12_units(a in real(), b in real()) {
        let x = a / b;
        prop_assert!(is_normal(x));
        let back = x.mantissa as u128 * b.mantissa as u128;
        prop_assert!(relative(back, widened(a, x.exponent() + b.exponent())) < 12.0);
    }

    #[test]
    fn sum_is_within_one_unit_even_when_it_cancels(a in any::<i64>(), b in any::<i64>(), shift in 0i32..62) {
        let x = Real::from_int(a) + Real::from_int(b).mul_pow2(-shift);
        let exact = ((a as i128) << shift) + b as i128;
        prop_assert!(is_normal(x));
        prop_assert_eq!(x.is_negative(), exact < 0);
        let exponent = -shift;
        let drop = x.exponent() - exponent;
        if exact == 0 {
            prop_assert_eq!(x, Real::ZERO);
        } else if drop <= 0 {
            prop_assert_eq!((x.mantissa as u128) >> -drop, exact.unsigned_abs());
        } else {
            prop_assert!(((x.mantissa as u128) << drop).abs_diff(exact.unsigned_abs()) <= 1 << drop);
        }
    }

    #[test]
    fn sum_commutes_and_difference_of_equals_is_zero(a in real(), b in real()) {
        prop_assert_eq!(a + b, b + a);
        prop_assert_eq!(a - a, Real::ZERO);
        prop_assert_eq!(a + Real::ZERO, a);
        prop_assert!(is_normal(a + b));
        prop_assert!(is_normal(a - b));
    }

    #[test]
    fn order_agrees_with_the_difference(a in real(), b in real()) {
        prop_assert_eq!(a < b, (a - b).is_negative());
        prop_assert_eq!(a.cmp(&b), b.cmp(&a).reverse());
        prop_assert!(a.min(b) <= a.max(b));
    }

    #[test]
    fn root_squares_back(a in real()) {
        let a = a.abs();
        let root = a.sqrt();
        prop_assert!(is_normal(root));
        let back = root.mantissa as u128 * root.mantissa as u128;
        prop_assert!(relative(back, widened(a, 2 * root.exponent())) < 16.0);
    }

    #[test]
    fn root_of_a_square_is_exact(n in 1u64..1 << 31) {
        let n = Real::from_int(n as i64);
        prop_assert_eq!(n.square().sqrt(), n);
    }

    #[test]
    fn decimal_round_trip_loses_less_than_2_pow_minus_60(wad in any::<i128>(), drop in 0u32..127) {
        let wad = wad >> drop;
        let x = Real::from_wad_i128(wad);
        prop_assert!(is_normal(x));
        let slack = (wad.unsigned_abs() >> 60) as i128 + 1;
        prop_assert!((x.to_wad_nearest().saturating_sub(wad)).abs() <= slack);
        prop_assert!(x.to_wad_up() - x.to_wad_down() <= 1);
        prop_assert!(x.to_wad_down() <= x.to_wad_nearest() && x.to_wad_nearest() <= x.to_wad_up().saturating_add(1));
    }
}

#[test]
fn directed_conversions_bracket_the_value() {
    let third = Real::from_ratio(1, 3);
    assert_eq!(third.to_wad_down(), 333_333_333_333_333_333);
    assert_eq!(third.to_wad_up(), 333_333_333_333_333_334);
    assert_eq!((-third).to_wad_down(), -333_333_333_333_333_334);
    assert_eq!((-third).to_wad_up(), -333_333_333_333_333_333);
    assert_eq!((-third).to_wad_nearest(), -333_333_333_333_333_333);
    assert_eq!(Real::ONE.to_wad_down(), 1_000_000_000_000_000_000);
    assert_eq!(Real::ONE.to_wad_up(), 1_000_000_000_000_000_000);
    assert_eq!(Real::ONE.mul_pow2(-1000).to_wad_up(), 1);
    assert_eq!(Real::ONE.mul_pow2(-1000).to_wad_down(), 0);
    assert_eq!((-Real::ONE.mul_pow2(-1000)).to_wad_down(), -1);
}

#[test]
fn whole_numbers_of_wads_are_exact() {
    for n in (1..10_000u64).chain((0..54).map(|power| 1 << power)) {
        let wad = n as u128 * WAD as u128;
        assert_eq!(Real::from_wad_u128(wad), Real::from_int(n as i64));
        assert_eq!(Real::from_int(n as i64).to_wad_down(), wad as i128);
    }
    assert_eq!(Real::from_wad_u64(WAD / 2), Real::ONE.half());
    assert_eq!(Real::from_wad_i128(-(WAD as i128)), -Real::ONE);
}

#[test]
fn out_of_range_saturates_and_nothing_panics() {
    let huge = Real::ONE.mul_pow2(i32::MAX);
    assert_eq!(huge, Real::from_parts(u64::MAX, EXPONENT_LIMIT - 1, false));
    assert_eq!(huge * huge, huge);
    assert_eq!(huge * -huge, -huge);
    assert_eq!((huge + huge) * Real::ONE, huge);
    assert_eq!(Real::ONE / Real::ZERO, huge);
    assert_eq!(-Real::ONE / Real::ZERO, -huge);
    assert_eq!(Real::ZERO / Real::ZERO, Real::ZERO);
    assert_eq!(huge * Real::ZERO, Real::ZERO);
    assert_eq!(Real::ZERO * Real::ZERO, Real::ZERO);
    assert_eq!(Real::ZERO / huge, Real::ZERO);
    assert_eq!(Real::ONE.mul_pow2(i32::MIN), Real::ZERO);
    assert_eq!(-Real::ZERO, Real::ZERO);
    assert_eq!(huge.to_wad_down(), i128::MAX);
    assert_eq!((-huge).to_wad_down(), -i128::MAX);
    assert_eq!(Real::from_int(-4).sqrt(), Real::ZERO);
    assert_eq!(Real::ZERO.sqrt(), Real::ZERO);
    assert_eq!(huge.to_fixed(0), i64::MAX);
    let tiny = Real::from_parts(1 << 63, -EXPONENT_LIMIT, false);
    assert_eq!(tiny * tiny, Real::ZERO);
    assert_eq!(tiny / huge, Real::ZERO);
    assert_eq!(huge / tiny, huge);
    assert_eq!(tiny - tiny.half(), tiny);
    let next = Real::from_parts((1 << 63) + 1, -EXPONENT_LIMIT, false);
    assert_eq!((next - tiny) * Real::ONE, Real::ZERO);
}

#[test]
fn reciprocal_stays_normal_at_the_ends_of_the_mantissa() {
    for low in 0..100_000u64 {
        for b in [
            u64::MAX - low,
            (1 << 63) + low,
            (3 << 62) + low,
            (1 << 63) + (low << 31),
        ] {
            let b = Real::from_parts(b, 0, false);
            assert!(is_normal(b.recip()));
            let back = b.recip().mantissa as u128 * b.mantissa as u128;
            assert!(relative(back, widened(Real::ONE, b.recip().exponent())) < 12.0);
        }
    }
}

#[test]
fn root_stays_normal_at_the_ends_of_the_mantissa() {
    for low in 0..10_000u64 {
        for (m, e) in [
            (u64::MAX - low, 0),
            (u64::MAX - low, 1),
            (1 << 63, 0),
            ((1 << 63) + low, 1),
        ] {
            let x = Real::from_parts(m, e, false);
            let root = x.sqrt();
            assert!(is_normal(root));
            let back = root.mantissa as u128 * root.mantissa as u128;
            assert!(relative(back, widened(x, 2 * root.exponent())) < 16.0);
        }
    }
}
