//! The no-trade band and the flow variance.

mod common;

use common::{close, slice, wad, wad_wide, Float, Pool, Rng, DAY, WAD};
use smirk_engine::hedge::{flow_variance, plan};
use smirk_engine::state::{BookMark, HedgePlan};

/// A pool with one expiry and a mark with this delta and gamma.
fn pool(delta: f64, gamma: f64, hedge: f64) -> (Pool, BookMark) {
    let mut pool = Pool::empty();
    pool.slices.push(slice(7, 0.65, 0.4, 0.28));
    pool.hedge_position = (hedge * 1e18) as i128;
    let mark = BookMark {
        net_delta: (delta * 1e18) as i128,
        net_gamma: (gamma * 1e18) as i128,
        nav_low: 1_000_000 * WAD as i128,
        ..BookMark::default()
    };
    (pool, mark)
}

fn expected_band(pool: &Pool, mark: &BookMark) -> f64 {
    let p = &pool.parameters;
    let (s, equity) = (pool.spot.float(), mark.nav_low.float());
    let x = (mark.net_delta + pool.hedge_position).float().abs();
    let cost = pool.venue_fee.float()
        + x * s / (2.0 * pool.venue_depth.float())
        + p.hedge_gas.float() / (x * s);
    let aversion = p.risk_aversion as f64 / equity;
    let sigma = pool.slices[0].atm_vol.float();
    let noise =
        s * mark.net_gamma.float().powi(2) + pool.flow_variance.float() / (sigma * sigma * s);
    (1.5 * cost / aversion * noise).cbrt()
}

#[test]
fn the_band_is_flow_aware_whalley_wilmott() {
    let mut rng = Rng(1);
    for _ in 0..2_000 {
        let delta = rng.real(-20.0, 20.0);
        let (mut pool, mark) = pool(delta, rng.real(-0.05, 0.05), rng.real(0.0, 20.0));
        pool.flow_variance = wad_wide(rng.real(0.0, 50_000.0));
        pool.venue_depth = wad_wide(rng.real(3e7, 1e9));
        let cap = pool.parameters.band_cap.float() * mark.nav_low.float() / pool.spot.float();
        let found = plan(&pool.snapshot(), &mark, 0);
        let expected = expected_band(&pool, &mark).min(cap);
        close(found.band.float(), expected, 1e-12 * expected);
        close(found.limit.float(), 0.1 * 1e6 / 3_000.0, 1e-12);
        assert_eq!(found.exposure, mark.net_delta + pool.hedge_position);
    }
}

#[test]
fn nothing_is_traded_inside_and_the_rest_is_inside_after() {
    let mut rng = Rng(2);
    let (mut inside, mut outside) = (0, 0);
    for _ in 0..5_000 {
        let (mut pool, mark) = pool(rng.real(-25.0, 10.0), rng.real(-0.05, 0.0), 10.0);
        pool.flow_variance = wad_wide(rng.real(0.0, 20_000.0));
        let found = plan(&pool.snapshot(), &mark, 0);
        let distance = found.exposure.unsigned_abs();
        if distance <= found.band {
            assert_eq!(found.trade, 0);
            inside += 1;
            continue;
        }
        outside += 1;
        let rest = found.exposure + found.trade;
        let edge = 0.9 * found.band.float();
        if pool.hedge_position + found.trade > 0 {
            // Back to the near edge less its slack, never past it.
            close(rest.float().abs(), edge, 1e-15 * distance.float());
            assert!(rest.unsigned_abs() as f64 >= edge * 1e18 * (1.0 - 1e-15));
        }
        assert!(rest.signum() == found.exposure.signum() || rest == 0);
        assert!(pool.hedge_position + found.trade >= 0);
    }
    assert!(inside > 500 && outside > 500, "{inside} {outside}");
}

#[test]
fn base_that_can_be_borrowed_is_sold_like_any() {
    let mut rng = Rng(5);
    for _ in 0..1_000 {
        let (mut pool, mark) = pool(rng.real(2.0, 40.0), -0.01, rng.real(-30.0, 10.0));
        pool.can_borrow = true;
        let found = plan(&pool.snapshot(), &mark, -(WAD as i128));
        if found.exposure.unsigned_abs() <= found.band {
            assert_eq!(found.trade, 0);
            continue;
        }
        // Either side comes back to its edge, whatever is held.
        let rest = (found.exposure + found.trade).float().abs();
        close(
            rest,
            0.9 * found.band.float(),
            1e-15 * found.exposure.float().abs(),
        );
        assert_eq!(found.trade.signum(), -found.exposure.signum());
        if found.trade < 0 {
            assert_eq!(found.own, found.trade.max(-(WAD as i128)));
        }
    }
}

#[test]
fn base_is_sold_only_as_far_as_it_is_held() {
    let (pool_long, mark) = pool(30.0, -0.01, 4.0);
    assert_eq!(
        plan(&pool_long.snapshot(), &mark, 0).trade,
        -4 * WAD as i128
    );
    let (none_held, mark) = pool(30.0, -0.01, 0.0);
    assert_eq!(plan(&none_held.snapshot(), &mark, 0).trade, 0);
    let (borrowed, mark) = pool(30.0, -0.01, -1.0);
    assert_eq!(plan(&borrowed.snapshot(), &mark, 0).trade, 0);
}

#[test]
fn the_band_widens_with_cost_and_flow_and_narrows_with_aversion() {
    let (mut pool, mark) = pool(-3.0, -0.002, 0.0);
    pool.flow_variance = 100 * WAD;
    let band = |pool: &Pool| plan(&pool.snapshot(), &mark, 0).band;
    let base = band(&pool);
    let mut costly = pool.clone();
    costly.venue_fee *= 2;
    assert!(band(&costly) > base);
    let mut busy = pool.clone();
    busy.flow_variance *= 4;
    assert!(band(&busy) > base);
    let mut averse = pool.clone();
    averse.parameters.risk_aversion *= 8;
    // The cube root of an eighth.
    close(band(&averse).float(), base.float() / 2.0, 1e-12);
}

#[test]
fn without_equity_or_a_live_expiry_all_exposure_goes() {
    let (pool_poor, mark) = pool(-3.0, -0.002, 1.0);
    let broke = BookMark {
        nav_low: -1,
        ..mark
    };
    let gone = HedgePlan {
        exposure: -2 * WAD as i128,
        band: 0,
        limit: 0,
        trade: 2 * WAD as i128,
        own: 0,
    };
    assert_eq!(plan(&pool_poor.snapshot(), &broke, 0), gone);
    let mut idle = Pool::empty();
    idle.hedge_position = 5 * WAD as i128;
    let mark = BookMark {
        nav_low: WAD as i128,
        ..BookMark::default()
    };
    let found = plan(&idle.snapshot(), &mark, 0);
    assert_eq!((found.band, found.trade), (0, -5 * WAD as i128));
    idle.hedge_position = 0;
    assert_eq!(plan(&idle.snapshot(), &mark, 0).trade, 0);
}

#[test]
fn flow_variance_halves_in_two_days() {
    assert_eq!(flow_variance(0, 0, 0), 0);
    close(flow_variance(1_000 * WAD, 0, 0).float(), 1_000.0, 1e-12);
    close(
        flow_variance(1_000 * WAD, 0, 2 * DAY).float(),
        500.0,
        1e-15 * 500.0,
    );
    close(
        flow_variance(1_000 * WAD, 0, 6 * DAY).float(),
        125.0,
        1e-15 * 125.0,
    );
    assert_eq!(flow_variance(1_000 * WAD, 0, u64::MAX), 0);
    // 3² · ln 2 · 365/2, whatever the sign.
    let impulse = 9.0 * std::f64::consts::LN_2 * 182.5;
    close(flow_variance(0, 3 * WAD as i128, 5).float(), impulse, 1e-12);
    close(
        flow_variance(0, -3 * WAD as i128, 5).float(),
        impulse,
        1e-12,
    );
}

#[test]
fn a_steady_flow_settles_at_its_variance_per_year() {
    // 48 trades a day of ±1: 17,520 base² a year.
    let mut rate = 0;
    for trade in 0..48 * 60 {
        rate = flow_variance(
            rate,
            if trade % 3 == 0 { -1 } else { 1 } * WAD as i128,
            1_800,
        );
    }
    close(rate.float(), 48.0 * 365.0, 0.01 * 48.0 * 365.0);
}

#[test]
fn extreme_inputs_saturate_without_a_panic() {
    let (mut pool, _) = pool(0.0, 0.0, 0.0);
    let wild = BookMark {
        net_delta: i128::MIN,
        net_gamma: i128::MAX,
        nav_low: i128::MAX,
        ..BookMark::default()
    };
    pool.flow_variance = u128::MAX;
    pool.venue_depth = 0;
    pool.hedge_position = i128::MIN;
    pool.spot = 1;
    let found = plan(&pool.snapshot(), &wild, 0);
    assert_eq!(found.exposure, i128::MIN);
    pool.spot = 0;
    pool.slices[0].atm_vol = wad(0.0);
    plan(&pool.snapshot(), &wild, 0);
    flow_variance(u128::MAX, i128::MIN, 0);
}
