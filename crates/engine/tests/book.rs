//! Marks of nodes and of the book, and the two sides of net asset value.

mod common;

use common::{black76, close, lots, pdf, wad, wad_wide, Float, Pool, Rng, DAY, NOW, WAD};
use smirk_engine::book::{mark, mark_node};
use smirk_engine::state::{BookMark, Mark, Node};

#[test]
fn a_node_is_marked_at_black_76_on_the_surface() {
    let mut rng = Rng(1);
    for round in 0..400 {
        let mut pool = Pool::random(&mut rng, 6, 5, 0.0);
        if round >= 200 {
            pool = pool.carried(&mut rng);
        }
        for node in &pool.nodes {
            let found = mark_node(&pool.snapshot(), node);
            let (s, k, v) = (pool.spot.float(), node.strike.float(), pool.total_vol(node));
            let (tau, growth) = (pool.tau(node), pool.growth(node));
            let f = s * growth;
            let (call, put) = black76(f, k, v);
            let d1 = (f / k).ln() / v + v / 2.0;
            close(found.forward.float(), f, 1e-12 * f);
            close(found.growth.float(), growth, 1e-14);
            close(found.vol.float(), v / tau.sqrt(), 1e-12);
            close(found.call.float(), call, 1e-9);
            close(found.put.float(), put, 1e-9);
            close(found.delta.float(), growth * common::cdf(d1), 1e-12);
            close(
                found.gamma.float(),
                growth * pdf(d1) / (s * v),
                1e-9 * pdf(d1) / (s * v) + 1e-17,
            );
            close(found.vega.float(), f * pdf(d1) * tau.sqrt(), 1e-9);
            let theta = -f * pdf(d1) * v / (2.0 * tau);
            close(found.theta.float(), theta, 1e-9 * theta.abs() + 1e-12);
            // Parity is exact.
            let gap = node.strike as i128 - found.forward as i128;
            assert_eq!(found.put as i128 - found.call as i128, gap);
        }
    }
}

#[test]
fn prices_fall_for_calls_and_rise_for_puts_along_the_strikes() {
    let pool = Pool::listed();
    for nodes in pool.nodes.chunks(6) {
        let marks: Vec<Mark> = nodes
            .iter()
            .map(|node| mark_node(&pool.snapshot(), node))
            .collect();
        for pair in marks.windows(2) {
            assert!(pair[0].call > pair[1].call && pair[0].put < pair[1].put);
            assert!(pair[0].delta > pair[1].delta);
        }
    }
}

#[test]
fn the_book_is_the_sum_of_its_nodes() {
    let mut rng = Rng(2);
    for round in 0..400 {
        let mut pool = Pool::random(&mut rng, 5, 6, 10.0);
        if round >= 200 {
            pool = pool.carried(&mut rng);
        }
        for node in &mut pool.nodes {
            node.calls += (rng.real(0.0, 8.0) * 1e6) as i64;
            node.puts += (rng.real(0.0, 8.0) * 1e6) as i64;
        }
        pool.hedge_position = (rng.real(-5.0, 20.0) * 1e18) as i128;
        let spot = pool.spot.float();
        let jumps: Vec<f64> = pool
            .slices
            .iter_mut()
            .map(|slice| {
                slice.vol_jump = wad(rng.real(0.0, 0.1));
                slice.carry_jump = wad(rng.real(0.0, 0.01));
                // A third of a jump has melted after ten minutes.
                slice.posted_at = NOW - 600;
                let lag: f64 = rng.real(-0.03, 0.03);
                slice.spot = wad_wide(spot * (-lag).exp());
                let doubt = slice.vol_jump.float() * 2.0 / 3.0 + 2.0 * (lag.abs() - 0.005).max(0.0);
                doubt / slice.atm_vol.float()
            })
            .collect();
        pool.venue_price = Some(wad_wide(pool.spot.float() * rng.real(0.99, 1.01)));
        pool.venue_before = Some(wad_wide(pool.spot.float() * rng.real(0.7, 1.3)));
        let found = mark(&pool.snapshot());
        let mut deltas = vec![0.0; pool.slices.len()];
        let mut sums = [0.0; 5];
        let mut log_vegas = vec![0.0; pool.slices.len()];
        for node in &pool.nodes {
            let mark = mark_node(&pool.snapshot(), node);
            let (calls, puts) = (lots(node.calls), lots(node.puts));
            let both = calls + puts;
            sums[0] += calls * mark.call.float() + puts * mark.put.float();
            sums[1] += both * mark.delta.float() - puts * mark.growth.float();
            deltas[node.slice as usize] += both * mark.delta.float() - puts * mark.growth.float();
            sums[2] += both * mark.gamma.float();
            sums[3] += both * mark.vega.float();
            sums[4] += both * mark.theta.float();
            log_vegas[node.slice as usize] += both * mark.vega.float() * mark.vol.float();
        }
        let gross: f64 = log_vegas.iter().map(|vega| vega.abs()).sum();
        let nav = pool.cash.float() + sums[0] + pool.hedge_position.float() * spot;
        let exposure = sums[1] + pool.hedge_position.float();
        let before = pool.venue_before.unwrap().float();
        let ahead = (before - spot).abs().min(0.25 * spot);
        let mut haircut = 0.03 * gross
            + exposure.abs() * (0.001 * spot + ahead)
            + sums[2].abs() * ahead * ahead / 2.0;
        for (index, slice) in pool.slices.iter().enumerate() {
            haircut += log_vegas[index].abs() * jumps[index];
            haircut += slice.carry_jump.float() * 2.0 / 3.0 * spot * deltas[index].abs();
        }
        for (found, expected) in [
            (found.value.float(), sums[0]),
            (found.net_delta.float(), sums[1]),
            (found.net_gamma.float(), sums[2]),
            (found.net_vega.float(), sums[3]),
            (found.net_theta.float(), sums[4]),
            (found.gross_log_vega.float(), gross),
            (found.nav.float(), nav),
            (found.nav_low.float(), nav - haircut),
            (found.nav_high.float(), nav + haircut),
        ] {
            close(found, expected, 1e-10 * expected.abs() + 1e-9);
        }
        assert!(found.nav_low <= found.nav && found.nav <= found.nav_high);
    }
}

#[test]
fn an_empty_pool_is_worth_its_cash() {
    let mut pool = Pool::empty();
    let cash = pool.cash;
    let expected = BookMark {
        nav: cash,
        nav_low: cash,
        nav_high: cash,
        ..BookMark::default()
    };
    assert_eq!(mark(&pool.snapshot()), expected);
    // Listed strikes without positions change nothing.
    pool = Pool::listed();
    assert_eq!(mark(&pool.snapshot()), expected);
}

#[test]
fn an_expired_series_is_worth_its_intrinsic_value_at_spot() {
    let mut pool = Pool::listed();
    for node in pool.nodes.iter_mut().filter(|node| node.slice == 0) {
        (node.calls, node.puts) = (-2_000_000, -1_000_000);
    }
    pool.now = NOW + DAY;
    let found = mark(&pool.snapshot());
    // Strikes 2400, 2700, 3000 | 3300, 3600, 4200 against 3000.
    close(
        found.value.float(),
        -(2.0 * (600.0 + 300.0) + 300.0 + 600.0 + 1_200.0),
        1e-14,
    );
    // Two calls each at two strikes below spot against one put each at the other four.
    assert_eq!(found.net_delta, 0);
    assert_eq!(
        (
            found.net_gamma,
            found.net_vega,
            found.net_theta,
            found.gross_log_vega
        ),
        (0, 0, 0, 0)
    );
    for (node, call, put, delta) in [
        (0, 600.0, 0.0, WAD as u64),
        (2, 0.0, 0.0, 0),
        (4, 0.0, 600.0, 0),
    ] {
        let found = mark_node(&pool.snapshot(), &pool.nodes[node]);
        close(found.call.float(), call, 1e-15);
        close(found.put.float(), put, 1e-15);
        assert_eq!(
            found,
            Mark {
                forward: 3_000 * WAD,
                growth: WAD as u64,
                call: found.call,
                put: found.put,
                delta,
                ..Mark::default()
            }
        );
    }
    // The live expiries beside it are marked as ever.
    assert!(mark_node(&pool.snapshot(), &pool.nodes[8]).vega > 0);
}

#[test]
fn one_second_before_expiry_value_is_close_to_intrinsic() {
    let mut pool = Pool::listed();
    pool.now = NOW + DAY - 1;
    for node in &pool.nodes[..6] {
        let found = mark_node(&pool.snapshot(), node);
        let (call, put) = black76(3_000.0, node.strike.float(), 0.0);
        // At the money a second at 65 % is worth 14 cents.
        close(found.call.float(), call, 0.15);
        close(found.put.float(), put, 0.15);
    }
}

#[test]
fn marks_at_the_edges_do_not_panic() {
    let mut pool = Pool::listed();
    for (spot, strike) in [(0, WAD), (1, u128::MAX), (u128::MAX, 1), (WAD, 0)] {
        pool.spot = spot;
        mark_node(
            &pool.snapshot(),
            &Node {
                slice: 2,
                strike,
                calls: i64::MIN,
                puts: i64::MAX,
            },
        );
        pool.nodes[3] = Node {
            slice: 2,
            strike,
            calls: i64::MIN,
            puts: i64::MAX,
        };
        pool.cash = i128::MAX;
        mark(&pool.snapshot());
    }
    // A node of no listed expiry counts as expired.
    let stray = Node {
        slice: 200,
        strike: WAD,
        calls: 1,
        puts: 0,
    };
    pool.spot = 3 * WAD;
    assert_eq!(mark_node(&pool.snapshot(), &stray).call, 2 * WAD);
}
