//! Identities, monotonicity, bounds and domain edges of the arithmetic.

#[allow(dead_code)] // each test file enforces its own part
mod tolerance;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use smirk_engine::black76::{greeks, price, Greeks, Inputs};
use smirk_engine::black_scholes::{
    price as black_scholes_price, price_terms, value as black_scholes, value_terms, Contract,
    Terms, Valuation,
};
use smirk_engine::error::Error;
use smirk_engine::real::Real;
use smirk_engine::special::exp::{exp, exp_minus_one};
use smirk_engine::special::ln::ln;
use smirk_engine::special::normal::{cdf, pdf};
use smirk_engine::state::YEAR;

const WAD: u128 = 1_000_000_000_000_000_000;
/// 1.0 as a vol, and as a rate.
const VOL: u64 = 1_000_000_000_000_000_000;
const RATE: i64 = 1_000_000_000_000_000_000;

fn wad(x: u64) -> Real {
    Real::from_wad_u64(x)
}

/// Within `bound` · 1e-18 · scale.
fn close(a: Real, b: Real, bound: u64, scale: Real) -> bool {
    (a - b).abs() <= wad(bound) * scale
}

/// Spot, strike around it, seconds, vol, rate; all inside the domain.
fn contract() -> impl Strategy<Value = Contract> {
    let spot = (0u32..15, 1u64..1_000_000)
        .prop_map(|(power, digits)| digits as u128 * 10u128.pow(power + 12 - 6) * 1_000_000);
    let spot = spot.prop_map(|s| s.clamp(WAD / 1_000_000, 1_000_000_000 * WAD));
    (
        spot,
        -6.0f64..6.0,
        1u64..5 * YEAR,
        10u64..10_000,
        -200i64..500,
    )
        .prop_filter_map("outside the domain", |(spot, log, seconds, vol, rate)| {
            let moneyness = exp(Real::from_int((log * 1e9) as i64) / Real::from_int(1_000_000_000));
            let strike = (Real::from_wad_u128(spot) * moneyness).to_wad_nearest() as u128;
            let contract = Contract {
                spot,
                strike,
                seconds,
                vol: vol * (VOL / 1000),
                rate: rate * (RATE / 1000),
            };
            black_scholes_price(&contract).is_ok().then_some(contract)
        })
}

/// The larger of spot and discounted strike, the scale of the price bound.
fn scale(value: &Valuation, spot: u128) -> Real {
    Real::from_wad_u128(spot).max(value.call + value.put)
}

proptest! {
    #![proptest_config(ProptestConfig { rng_seed: RngSeed::Fixed(1), ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn identity_put_call_parity(c in contract()) {
        let v = black_scholes(&c).unwrap();
        let tau = Real::from_ratio(c.seconds, YEAR);
        let strike = Real::from_wad_u128(c.strike) * exp(-Real::from_wad_i128(c.rate as i128) * tau);
        let forward = Real::from_wad_u128(c.spot) - strike;
        prop_assert!(close(v.call - v.put, forward, 2, Real::from_wad_u128(c.spot) + strike));
        prop_assert!(close(v.delta_call - v.delta_put, Real::ONE, 1, Real::ONE));
        prop_assert!(close(v.rho_call - v.rho_put, tau * strike, 2, tau * strike));
    }

    #[test]
    fn identity_price_and_greeks_agree(c in contract()) {
        let v = black_scholes(&c).unwrap();
        let p = black_scholes_price(&c).unwrap();
        prop_assert_eq!((v.call, v.put), (p.call, p.put));
        let (forward, strike) = (Real::from_wad_u128(c.spot), Real::from_wad_u128(c.strike));
        let inputs = Inputs {
            forward,
            strike,
            log_moneyness: ln(strike / forward),
            total_vol: Real::from_wad_u64(c.vol) * Real::from_ratio(c.seconds, YEAR).sqrt(),
        };
        let g = greeks(&inputs);
        let p = price(&inputs);
        prop_assert_eq!((g.call, g.put), (p.call, p.put));
        if c.rate == 0 {
            prop_assert!(close(g.call, v.call, 2 * tolerance::PRICE, scale(&v, c.spot)));
            prop_assert!(close(g.delta, v.delta_call, 2 * tolerance::DELTA, Real::ONE));
            prop_assert!(close(g.gamma, v.gamma, tolerance::GAMMA_RELATIVE, v.gamma.max(wad(1) / forward)));
        }
        prop_assert!(close(g.d1 - g.d2, inputs.total_vol, 10, inputs.total_vol + Real::ONE) || g.gamma.is_zero());
        prop_assert!(close(g.vega_total, forward * g.pdf_d1, 10, forward));
        prop_assert!(close(g.delta, cdf(g.d1), 20, Real::ONE));
    }

    /// Both ways in give the same, but for what the rounding of prices to a mantissa does to a small vol.
    #[test]
    fn identity_terms_and_contracts_agree(c in contract()) {
        let terms = terms(&c);
        let (v, w) = (black_scholes(&c).unwrap(), value_terms(&terms).unwrap());
        let p = price_terms(&terms).unwrap();
        prop_assert_eq!((p.call, p.put), (w.call, w.put));
        let scale = scale(&v, c.spot);
        let spot = Real::from_wad_u128(c.spot);
        prop_assert!(close(v.call, w.call, 5, scale));
        prop_assert!(close(v.put, w.put, 5, scale));
        prop_assert!(close(v.vega, w.vega, 10, spot));
        let rounding = 5 + (Real::from_ratio(1, 5) / (wad(c.vol) * terms.tau.sqrt())).to_wad_up() as u64 / VOL;
        prop_assert!(close(v.delta_call, w.delta_call, rounding, Real::ONE));
        prop_assert!(close(v.delta_put, w.delta_put, rounding, Real::ONE));
    }

    #[test]
    fn bounds_of_values_and_greeks(c in contract()) {
        let v = black_scholes(&c).unwrap();
        let p = v.delta_call;
        prop_assert!(!v.call.is_negative() && !v.put.is_negative());
        prop_assert!(v.call <= Real::from_wad_u128(c.spot) + wad(tolerance::PRICE) * scale(&v, c.spot));
        prop_assert!(!p.is_negative() && p <= Real::ONE && v.delta_put <= Real::ZERO && v.delta_put >= -Real::ONE);
        prop_assert!(!v.gamma.is_negative() && !v.vega.is_negative());
        prop_assert!(!v.rho_call.is_negative() && v.rho_put <= Real::ZERO);
    }

    #[test]
    fn monotone_in_vol(c in contract(), more in 1u64..1000) {
        let v = black_scholes(&c).unwrap();
        let vol = (c.vol + more * (VOL / 1000)).min(10 * VOL);
        let w = black_scholes(&Contract { vol, ..c }).unwrap();
        let slack = wad(2 * tolerance::PRICE) * scale(&w, c.spot);
        prop_assert!(w.call + slack >= v.call && w.put + slack >= v.put);
    }

    #[test]
    fn monotone_in_spot(c in contract(), more in 1u64..1000) {
        let v = black_scholes(&c).unwrap();
        let spot = c.spot + c.spot * more as u128 / 10_000;
        if let Ok(w) = black_scholes(&Contract { spot, ..c }) {
            let slack = wad(2 * tolerance::PRICE) * scale(&w, spot);
            prop_assert!(w.call + slack >= v.call && w.put <= v.put + slack);
            prop_assert!(w.delta_call + wad(2 * tolerance::DELTA) >= v.delta_call);
        }
    }

    #[test]
    fn monotone_in_time_at_zero_rate(c in contract(), more in 1u64..YEAR) {
        let c = Contract { rate: 0, ..c };
        if let Ok(v) = black_scholes(&c) {
            let w = black_scholes(&Contract { seconds: (c.seconds + more).min(5 * YEAR), ..c }).unwrap();
            let slack = wad(2 * tolerance::PRICE) * scale(&w, c.spot);
            prop_assert!(w.call + slack >= v.call && w.put + slack >= v.put);
            prop_assert!(v.theta_call <= Real::ZERO && v.theta_put <= Real::ZERO);
        }
    }

    #[test]
    fn roundtrip_exp_ln(x in -40_000_000_000i64..40_000_000_000) {
        let x = Real::from_int(x) / Real::from_int(1_000_000_000);
        let back = ln(exp(x));
        // The relative error of exp, and of ln on top.
        prop_assert!(close(back, x, tolerance::EXP_RELATIVE + tolerance::LN_RELATIVE, x.abs() + Real::ONE));
        prop_assert!(close(exp_minus_one(x), exp(x) - Real::ONE, 2 * tolerance::EXP_RELATIVE, exp(x)));
    }

    #[test]
    fn logarithm_is_relatively_precise_next_to_one(up in 1i64..1 << 40, side in any::<bool>()) {
        let step = Real::from_int(if side { up } else { -up }).mul_pow2(-62);
        let got = ln(Real::ONE + step);
        let series = step - step.square().half() + step * step.square() / Real::from_int(3);
        prop_assert!(close(got, series, tolerance::LN_RELATIVE, step.abs()));
        prop_assert!(close(exp_minus_one(got), step, 2 * tolerance::EXP_RELATIVE, step.abs()));
    }

    #[test]
    fn identity_normal_is_symmetric_and_increasing(x in 0i64..40_000, more in 1i64..1000) {
        let (a, b) = (Real::from_ratio(x as u64, 1000), Real::from_ratio((x + more) as u64, 1000));
        // Either side has an error of its own where both are a half.
        prop_assert!(close(cdf(a) + cdf(-a), Real::ONE, 2 * tolerance::CDF, Real::ONE));
        prop_assert!(cdf(b) >= cdf(a) && cdf(-b) <= cdf(-a));
        prop_assert_eq!(pdf(a), pdf(-a));
        prop_assert!(pdf(b) <= pdf(a));
    }
}

const ORDINARY: Contract = Contract {
    spot: 3000 * WAD,
    strike: 3300 * WAD,
    seconds: 2_592_000,
    vol: VOL / 2,
    rate: 0,
};

/// One step inside is valued, one step outside is refused with the offending number.
#[test]
fn domain_edges_are_sharp() {
    let inside = [
        Contract {
            spot: WAD / 1_000_000,
            strike: WAD / 1_000_000,
            ..ORDINARY
        },
        Contract {
            spot: 1_000_000_000 * WAD,
            strike: 1_000_000_000 * WAD,
            ..ORDINARY
        },
        Contract {
            strike: 3_000_000 * WAD,
            ..ORDINARY
        },
        Contract {
            strike: 3 * WAD,
            ..ORDINARY
        },
        Contract {
            seconds: 0,
            ..ORDINARY
        },
        Contract {
            seconds: 1,
            ..ORDINARY
        },
        Contract {
            seconds: 5 * YEAR,
            ..ORDINARY
        },
        Contract { vol: 0, ..ORDINARY },
        Contract {
            vol: VOL / 100,
            ..ORDINARY
        },
        Contract {
            vol: 10 * VOL,
            ..ORDINARY
        },
        Contract {
            rate: -RATE / 5,
            ..ORDINARY
        },
        Contract {
            rate: RATE / 2,
            ..ORDINARY
        },
    ];
    for contract in inside {
        assert!(black_scholes(&contract).is_ok(), "{contract:?}");
        assert!(black_scholes_price(&contract).is_ok(), "{contract:?}");
    }
    let low = WAD / 1_000_000 - 1;
    let high = 1_000_000_000 * WAD + 1;
    let outside = [
        (
            Contract {
                spot: low,
                ..ORDINARY
            },
            Error::SpotOutOfRange(low),
        ),
        (
            Contract {
                spot: high,
                ..ORDINARY
            },
            Error::SpotOutOfRange(high),
        ),
        (
            Contract {
                spot: 0,
                ..ORDINARY
            },
            Error::SpotOutOfRange(0),
        ),
        (
            Contract {
                spot: u128::MAX,
                ..ORDINARY
            },
            Error::SpotOutOfRange(u128::MAX),
        ),
        (
            Contract {
                strike: low,
                ..ORDINARY
            },
            Error::StrikeOutOfRange(low),
        ),
        (
            Contract {
                strike: high,
                ..ORDINARY
            },
            Error::StrikeOutOfRange(high),
        ),
        (
            Contract {
                strike: 3_000_000 * WAD + 1,
                ..ORDINARY
            },
            Error::MoneynessOutOfRange(3_000_000 * WAD + 1, ORDINARY.spot),
        ),
        (
            Contract {
                strike: 3 * WAD - 1,
                ..ORDINARY
            },
            Error::MoneynessOutOfRange(3 * WAD - 1, ORDINARY.spot),
        ),
        (
            Contract {
                seconds: 5 * YEAR + 1,
                ..ORDINARY
            },
            Error::TimeOutOfRange(5 * YEAR + 1),
        ),
        (
            Contract {
                seconds: u64::MAX,
                ..ORDINARY
            },
            Error::TimeOutOfRange(u64::MAX),
        ),
        (Contract { vol: 1, ..ORDINARY }, Error::VolOutOfRange(1)),
        (
            Contract {
                vol: VOL / 100 - 1,
                ..ORDINARY
            },
            Error::VolOutOfRange(VOL / 100 - 1),
        ),
        (
            Contract {
                vol: 10 * VOL + 1,
                ..ORDINARY
            },
            Error::VolOutOfRange(10 * VOL + 1),
        ),
        (
            Contract {
                rate: -RATE / 5 - 1,
                ..ORDINARY
            },
            Error::RateOutOfRange(-RATE / 5 - 1),
        ),
        (
            Contract {
                rate: RATE / 2 + 1,
                ..ORDINARY
            },
            Error::RateOutOfRange(RATE / 2 + 1),
        ),
        (
            Contract {
                rate: i64::MIN,
                ..ORDINARY
            },
            Error::RateOutOfRange(i64::MIN),
        ),
    ];
    for (contract, error) in outside {
        assert_eq!(black_scholes(&contract), Err(error));
        assert_eq!(black_scholes_price(&contract), Err(error));
    }
}

fn terms(c: &Contract) -> Terms {
    Terms {
        spot: Real::from_wad_u128(c.spot),
        strike: Real::from_wad_u128(c.strike),
        tau: Real::from_int(c.seconds as i64) * Terms::SECOND,
        vol: Real::from_wad_u64(c.vol),
        rate: Real::from_wad_i128(c.rate as i128),
    }
}

/// The next value away from zero, and the one before it.
fn beside(x: Real) -> [Real; 2] {
    let [mantissa, scale] = x.to_words();
    let inward = if mantissa == 1 << 63 {
        [u64::MAX, (scale as i32 - 2) as u64]
    } else {
        [mantissa - 1, scale]
    };
    [
        Real::from_words([mantissa + 1, scale]),
        Real::from_words(inward),
    ]
}

#[test]
fn terms_have_the_edges_of_contracts() {
    let ordinary = terms(&ORDINARY);
    let (one, rate) = (Real::ONE, |x: i64| Real::from_wad_i128(x as i128));
    let prices = (
        Real::from_wad_u128(WAD / 1_000_000),
        Real::from_wad_u128(1_000_000_000 * WAD),
    );
    let vols = (wad(VOL / 100), wad(10 * VOL));
    let at = |spot: Real, strike: Real| Terms {
        spot,
        strike,
        ..ordinary
    };
    let tau = |tau: Real| Terms { tau, ..ordinary };
    let vol = |vol: Real| Terms { vol, ..ordinary };
    let carried = |rate: Real| Terms { rate, ..ordinary };
    let five = Real::from_int(5);
    let (low, high) = (rate(-RATE / 5), rate(RATE / 2));
    for inside in [
        at(prices.0, prices.0),
        at(prices.1, prices.1),
        at(ordinary.spot, Real::from_int(3_000_000)),
        at(ordinary.spot, Real::from_int(3)),
        tau(Real::ZERO),
        tau(Terms::SECOND),
        tau(five),
        vol(Real::ZERO),
        vol(vols.0),
        vol(vols.1),
        carried(low),
        carried(high),
    ] {
        assert!(value_terms(&inside).is_ok(), "{inside:?}");
        assert!(price_terms(&inside).is_ok(), "{inside:?}");
    }
    let ([_, below], [above, _]) = (beside(prices.0), beside(prices.1));
    let [wide, _] = beside(Real::from_int(3_000_000));
    let [_, narrow] = beside(Real::from_int(3));
    // A mantissa that no value has.
    let broken = Real::from_words([1, 0]);
    for (outside, named) in [
        (at(below, prices.0), "Spot"),
        (at(above, prices.1), "Spot"),
        (at(Real::ZERO, one), "Spot"),
        (at(-one, one), "Spot"),
        (at(broken, one), "Spot"),
        (at(prices.0, below), "Strike"),
        (at(prices.1, above), "Strike"),
        (at(one, Real::ZERO), "Strike"),
        (at(one, -one), "Strike"),
        (at(one, broken), "Strike"),
        (at(ordinary.spot, wide), "Moneyness"),
        (at(ordinary.spot, narrow), "Moneyness"),
        (tau(beside(Terms::SECOND)[1]), "Time"),
        (tau(beside(five)[0]), "Time"),
        (tau(-one), "Time"),
        (tau(broken), "Time"),
        (vol(beside(vols.0)[1]), "Vol"),
        (vol(beside(vols.1)[0]), "Vol"),
        (vol(-one), "Vol"),
        (vol(broken), "Vol"),
        (carried(beside(low)[0]), "Rate"),
        (carried(beside(high)[0]), "Rate"),
        (carried(broken), "Rate"),
    ] {
        let error = value_terms(&outside).expect_err(named);
        assert_eq!(price_terms(&outside), Err(error));
        let found = format!("{error:?}");
        assert!(found.starts_with(named), "{found} for {named}");
    }
}

/// The moneyness bound is on the forward: a strike that is inside at one rate is outside at another.
#[test]
fn moneyness_is_measured_on_the_forward() {
    let long = Contract {
        seconds: 5 * YEAR,
        strike: 2_999_999 * WAD,
        ..ORDINARY
    };
    assert!(black_scholes(&long).is_ok());
    assert!(black_scholes(&Contract {
        rate: RATE / 10,
        ..long
    })
    .is_ok());
    let falling = Contract {
        rate: -RATE / 10,
        ..long
    };
    assert!(matches!(
        black_scholes(&falling),
        Err(Error::MoneynessOutOfRange(..))
    ));
}

#[test]
fn zero_time_and_zero_vol_give_intrinsic_value() {
    for (strike, call, put) in [(2900, 100, 0), (3100, 0, 100), (3000, 0, 0)] {
        for c in [
            Contract {
                seconds: 0,
                strike: strike * WAD,
                ..ORDINARY
            },
            Contract {
                vol: 0,
                strike: strike * WAD,
                ..ORDINARY
            },
            Contract {
                seconds: 0,
                vol: 0,
                strike: strike * WAD,
                ..ORDINARY
            },
        ] {
            let v = black_scholes(&c).unwrap();
            assert!(close(v.call, Real::from_int(call), 1, Real::from_int(3000)));
            assert!(close(v.put, Real::from_int(put), 1, Real::from_int(3000)));
            assert_eq!(v.gamma, Real::ZERO);
            assert_eq!(v.vega, Real::ZERO);
            let delta = if call > 0 {
                Real::ONE
            } else if put > 0 {
                Real::ZERO
            } else {
                Real::ONE.half()
            };
            assert_eq!(v.delta_call, delta);
            assert_eq!(v.delta_put, delta - Real::ONE);
        }
    }
    let inputs = |strike: i64| Inputs {
        forward: Real::from_int(100),
        strike: Real::from_int(strike),
        log_moneyness: ln(Real::from_ratio(strike as u64, 100)),
        total_vol: Real::ZERO,
    };
    let Greeks {
        call,
        put,
        delta,
        gamma,
        ..
    } = greeks(&inputs(90));
    assert_eq!(
        (call, put, delta, gamma),
        (Real::from_int(10), Real::ZERO, Real::ONE, Real::ZERO)
    );
    assert_eq!(greeks(&inputs(110)).delta, Real::ZERO);
    assert_eq!(
        greeks(&Inputs {
            log_moneyness: Real::ZERO,
            ..inputs(100)
        })
        .delta,
        Real::ONE.half()
    );
    assert_eq!(price(&inputs(110)).put, Real::from_int(10));
}

/// Inputs of any size, even at odds with one another: no panic, no negative value.
#[test]
fn extreme_inputs_have_their_limits() {
    let huge = Real::ONE.mul_pow2(1 << 20);
    let tiny = Real::ONE.mul_pow2(-(1 << 20));
    for forward in [Real::ZERO, tiny, Real::ONE, huge] {
        for strike in [Real::ZERO, tiny, Real::ONE, huge] {
            for log_moneyness in [Real::ZERO, tiny, -tiny, huge, -huge, Real::ONE, -Real::ONE] {
                for total_vol in [
                    Real::ZERO,
                    tiny,
                    Real::ONE,
                    Real::from_int(30),
                    Real::from_int(70),
                    huge,
                ] {
                    let inputs = Inputs {
                        forward,
                        strike,
                        log_moneyness,
                        total_vol,
                    };
                    let (p, g) = (price(&inputs), greeks(&inputs));
                    assert_eq!((p.call, p.put), (g.call, g.put));
                    assert!(!p.call.is_negative() && !p.put.is_negative());
                }
            }
        }
    }
    // An unbounded total vol makes a call worth its forward and a put its strike.
    let one = Inputs {
        forward: Real::ONE,
        strike: Real::ONE,
        log_moneyness: Real::ZERO,
        total_vol: huge,
    };
    assert!(close(price(&one).call, Real::ONE, 1, Real::ONE));
    assert!(close(price(&one).put, Real::ONE, 1, Real::ONE));
}
