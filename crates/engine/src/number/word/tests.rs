//! Words against exact arithmetic, and against the functions that are made of them.

extern crate std;

use super::*;
use crate::number::special::{exp, ln};
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// A value spread over signs and a wide range of exponents, together with corners of the mantissa.
fn word() -> impl Strategy<Value = Word> {
    let mantissa = prop_oneof![
        any::<u64>(),
        Just(1 << 63),
        Just(u64::MAX),
        (0u64..1 << 12).prop_map(|low| u64::MAX - (low << 9)),
        (0u64..1 << 12).prop_map(|low| low << 9),
    ];
    (mantissa, -120i32..0, any::<bool>())
        .prop_map(|(m, e, negative)| Word::of(m | SIGN, e, (negative as u64) << 63))
}

/// |found − expected| / |expected| in units of 2^-55.
fn relative(found: Word, expected: Real) -> f64 {
    let gap = (Real::from(found) - expected).abs() / expected.abs();
    gap.mul_pow2(55).to_wad_up() as f64 / 1e18
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(2), ..ProptestConfig::with_cases(20_000) })]

    #[test]
    fn operations_agree_with_those_of_64_bits(a in word(), b in word()) {
        let (x, y) = (Real::from(a), Real::from(b));
        prop_assert!(relative(a * b, x * y) <= 1.02);
        prop_assert!(relative(a / b, x / y) <= 1.04);
        prop_assert!(relative(a.square(), x.square()) <= 1.02);
        prop_assert!(relative(a.abs().sqrt(), x.abs().sqrt()) <= 1.02);
        prop_assert_eq!(Word::from(Real::from(a)), a);
        prop_assert_eq!(a < b, x < y);
        prop_assert_eq!(Real::from(a.max(b)), x.max(y));
        prop_assert_eq!(Real::from(a.min(b)), x.min(y));
        prop_assert_eq!(-(-a), a);
    }

    #[test]
    fn sums_agree_also_where_they_cancel(a in word(), b in word(), near in -70i32..70) {
        // Brought near to each other, where alignment and cancellation happen.
        let shift = Word::of(a.mantissa(), 0, 0).exponent() - a.exponent() + b.exponent();
        let a = a.mul_pow2(shift + near - Word::of(a.mantissa(), 0, 0).exponent());
        let (x, y) = (Real::from(a), Real::from(b));
        let (sum, exact) = (a + b, x + y);
        prop_assert_eq!(sum, b + a);
        prop_assert_eq!(a - a, Word::ZERO);
        prop_assert_eq!(a + Word::ZERO, a);
        let slack = (x.abs().max(y.abs())).mul_pow2(-62) + exact.abs().mul_pow2(-55);
        prop_assert!((Real::from(sum) - exact).abs() <= slack);
    }

    #[test]
    fn logarithm_and_exponential_agree(a in word()) {
        let x = Real::from(a.abs());
        let log = ln::ln(x);
        let slack = log.abs().mul_pow2(-55) + Real::ONE.mul_pow2(-53);
        prop_assert!((Real::from(a.ln()) - log).abs() <= slack);
        let small = a.mul_pow2(-a.exponent() - 60);
        prop_assert!(relative(small.exp(), exp::exp(Real::from(small))) <= 1.02);
    }

    #[test]
    fn decimals_go_in_to_the_nearest_and_come_out_as_asked(wad in any::<i128>(), drop in 0u32..127) {
        let wad = wad >> drop;
        let x = Word::from_wad_i128(wad);
        if wad != 0 {
            prop_assert!(relative(x, Real::from_wad_i128(wad)) <= 1.02);
        }
        let exact = Real::from(x);
        prop_assert_eq!(x.to_wad_down(), exact.to_wad_down());
        prop_assert_eq!(x.to_wad_up(), exact.to_wad_up());
        let (down, up) = (x.to_wad_down(), x.to_wad_up());
        let nearest = x.to_wad_nearest();
        prop_assert!(nearest == down || nearest == up);
        prop_assert!((nearest.saturating_sub(wad)).unsigned_abs() <= (wad.unsigned_abs() >> 54) + 1);
    }

    #[test]
    fn fixed_point_goes_in_to_the_nearest_and_comes_out_toward_zero(value in any::<i64>(), fraction in 0i32..63) {
        let x = Word::from_fixed(value, fraction);
        let exact = Real::from_fixed(value, fraction);
        prop_assert!(value == 0 || relative(x, exact) <= 1.0);
        prop_assert_eq!(x.to_fixed(fraction), Real::from(x).to_fixed(fraction));
    }
}

#[test]
fn whole_numbers_are_exact() {
    for n in (0..10_000u64).chain((0..54).map(|power| 1 << power)) {
        let wad = n as u128 * WAD as u128;
        assert_eq!(Word::from_wad_u128(wad), Word::from_int(n as i64));
        assert_eq!(Word::from_int(n as i64).to_wad_down(), wad as i128);
        assert_eq!(Word::from_int(n as i64).to_wad_up(), wad as i128);
    }
    assert_eq!(Word::from_wad_u64(WAD / 2), Word::ONE.half());
    assert_eq!(Word::from_wad_i128(-(WAD as i128)), -Word::ONE);
    assert_eq!(Word::ZERO.exp(), Word::ONE);
    assert_eq!(Word::ONE.ln(), Word::ZERO);
}

#[test]
fn out_of_range_saturates_and_nothing_panics() {
    let huge = Word(!SIGN);
    let tiny = Word(1 << FRACTION);
    assert_eq!(huge * huge, huge);
    assert_eq!(huge * -huge, -huge);
    assert_eq!(huge + huge, huge);
    assert_eq!(Word::ONE / Word::ZERO, huge);
    assert_eq!(-Word::ONE / Word::ZERO, -huge);
    assert_eq!(Word::ZERO / Word::ZERO, Word::ZERO);
    assert_eq!(huge * Word::ZERO, Word::ZERO);
    assert_eq!(tiny * tiny, Word::ZERO);
    assert_eq!(tiny / huge, Word::ZERO);
    assert_eq!(huge / tiny, huge);
    assert_eq!(-Word::ZERO, Word::ZERO);
    assert_eq!(huge.to_wad_down(), i128::MAX);
    assert_eq!((-huge).to_wad_down(), -i128::MAX);
    assert_eq!(tiny.to_wad_up(), 1);
    assert_eq!((-tiny).to_wad_down(), -1);
    assert_eq!(tiny.to_wad_nearest(), 0);
    assert_eq!(huge.exp(), huge);
    assert_eq!((-huge).exp(), Word::ZERO);
    assert_eq!((-Word::ONE).sqrt(), Word::ZERO);
    assert!(Word::ZERO.ln() < Word::from_int(-150));
    assert_eq!(huge.to_fixed(0), i64::MAX);
    assert_eq!(huge.mul_pow2(9), huge);
    assert_eq!(tiny.mul_pow2(-9), Word::ZERO);
}
