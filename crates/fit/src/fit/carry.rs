//! The carry of each expiry from the exchange's forwards: F = S·e^(c·τ), years of 365 days.
//!
//! Two kinds of noise sit in the raw ln(F/S)/τ. A collector reads forwards and index seconds to minutes apart, so that all
//! forwards of a snapshot lie some basis points too high or too low together; and what single forwards are off, a basis
//! point or two, is a carry of hundreds of per cent when hours are left. Hence:
//!
//! * The common part is taken out: it is the intercept of the least-squares line through (τ, ln(F/S)) of the nearest
//!   expiries, which would be zero if both were read at once.
//! * What an expiry's forward says beyond that line counts by τ²/(τ² + τ₀²), the ridge estimate for forwards off by
//!   [`FORWARD_NOISE`] and carries that differ between expiries by [`CARRY_SPREAD`]. At τ₀, 0.7 days, that is one half: an
//!   expiry some hours away has the carry of the line, one of a week or more its own.

use smirk_engine::surface::{MAX_CARRY, MIN_CARRY};

/// Least and greatest carry that the contract accepts, per year.
pub const CARRY: [f64; 2] = [MIN_CARRY as f64 / 1e18, MAX_CARRY as f64 / 1e18];
/// What a single forward is off, as a share of it.
const FORWARD_NOISE: f64 = 2e-4;
/// How far the carries of neighbouring expiries differ, per year.
const CARRY_SPREAD: f64 = 0.1;
/// Expiries up to this many years ahead decide the line (45 days).
const NEAR: f64 = 45.0 / 365.0;
/// Fewer of them decide nothing: the index stands as it was read.
const FEWEST: usize = 3;

/// The carry of each (τ in years, forward) at an index price, within [`CARRY`].
pub fn carries(index: f64, forwards: &[(f64, f64)]) -> Vec<f64> {
    let bases: Vec<(f64, f64)> = forwards
        .iter()
        .map(|&(tau, forward)| (tau, (forward / index).ln()))
        .collect();
    let (intercept, slope) = near_line(&bases);
    let pivot = FORWARD_NOISE / CARRY_SPREAD;
    bases
        .iter()
        .map(|&(tau, basis)| {
            let beyond = basis - intercept - slope * tau;
            let own = beyond * tau / (tau * tau + pivot * pivot);
            (slope + own).clamp(CARRY[0], CARRY[1])
        })
        .collect()
}

/// Intercept and slope of the least-squares line through the near bases; zeros when they are too few.
fn near_line(bases: &[(f64, f64)]) -> (f64, f64) {
    let near = || bases.iter().filter(|(tau, _)| *tau <= NEAR);
    let count = near().count();
    if count < FEWEST {
        return (0.0, 0.0);
    }
    let mean = |of: fn(&(f64, f64)) -> f64| near().map(of).sum::<f64>() / count as f64;
    let (tau, basis) = (mean(|point| point.0), mean(|point| point.1));
    let moment = |of: &dyn Fn(f64, f64) -> f64| {
        near()
            .map(|point| of(point.0 - tau, point.1 - basis))
            .sum::<f64>()
    };
    let slope = moment(&|x, y| x * y) / moment(&|x, _| x * x);
    let slope = slope.clamp(CARRY[0], CARRY[1]);
    (basis - slope * tau, slope)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAYS: [f64; 7] = [0.1, 1.0, 2.0, 5.0, 12.0, 26.0, 180.0];

    /// Forwards of a carry per expiry, all times `off`.
    fn forwards(off: f64, carry: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
        DAYS.iter()
            .map(|days| days / 365.0)
            .map(|tau| (tau, 2_000.0 * off * (carry(tau) * tau).exp()))
            .collect()
    }

    #[test]
    fn one_carry_is_recovered_also_from_an_index_read_at_another_moment() {
        for (carry, off) in [(0.05, 1.0), (0.05, 1.002), (-0.03, 0.998), (0.0, 1.0)] {
            for found in carries(2_000.0, &forwards(off, |_| carry)) {
                assert!((found - carry).abs() < 1e-9, "{found} for {carry}");
            }
        }
    }

    #[test]
    fn a_far_expiry_keeps_its_own_carry() {
        let found = carries(
            2_000.0,
            &forwards(1.0, |tau| if tau > 0.2 { 0.11 } else { 0.04 }),
        );
        assert!((found[6] - 0.11).abs() < 1e-4, "{found:?}");
        assert!((found[5] - 0.04).abs() < 1e-4, "{found:?}");
    }

    #[test]
    fn a_forward_off_by_two_basis_points_hours_ahead_moves_little() {
        let mut noisy = forwards(1.0, |_| 0.04);
        noisy[0].1 *= 1.0002;
        let found = carries(2_000.0, &noisy);
        // Taken at its word it would be a carry of 77 %.
        assert!((found[0] - 0.04).abs() < 0.02, "{found:?}");
        assert!((found[5] - 0.04).abs() < 0.002, "{found:?}");
    }

    #[test]
    fn bounds_hold_and_a_lone_expiry_counts_from_the_index() {
        for carry in [-0.5, 2.0] {
            for found in carries(2_000.0, &forwards(1.0, |_| carry)) {
                assert!((CARRY[0]..=CARRY[1]).contains(&found), "{found}");
            }
        }
        let lone = carries(2_000.0, &[(0.5, 2_000.0 * 0.02_f64.exp())]);
        assert!((lone[0] - 0.04).abs() < 1e-4, "{lone:?}");
    }
}
