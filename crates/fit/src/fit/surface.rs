//! The slice of the engine in floats, with the derivatives that least squares needs, and its constraints.
//!
//! Unknowns per expiry: ln √θ, ln pL, ln pR, with pL and pR the wing slopes of total variance. In these coordinates
//! every bound and every calendar condition but one is linear.

use super::smile::{Point, Smile};

/// Unknowns per expiry.
pub const COORDINATES: usize = 3;
/// Lowest and highest at-the-money vol the contract accepts.
pub const ATM_VOL: [f64; 2] = [0.15, 3.0];
/// Lowest and highest normalised wing the contract accepts.
pub const WING: [f64; 2] = [0.05, 1.6];
/// Slope of total variance below which a wing stays within Lee's bound.
const LEE_SLOPE: f64 = 4.0;
/// Relative slack kept in every condition, so that rounding to [`super::STEP`] cannot break it.
const SLACK: f64 = 5e-5;

/// (ln √θ, ln pL, ln pR) of one expiry.
pub type Coordinates = [f64; COORDINATES];

/// Model vol at `point` and its derivatives by the three coordinates.
pub fn vol(slice: &Coordinates, tau: f64, point: &Point) -> (f64, Coordinates) {
    let k = point.log_moneyness;
    let [theta, left, right] = [(2.0 * slice[0]).exp(), slice[1].exp(), slice[2].exp()];
    let (a, psi) = ((right - left) / 2.0, (left + right) / 2.0);
    let root = ((theta + a * k).powi(2) + left * right * k * k).sqrt();
    let variance = (theta + a * k + root) / 2.0;
    let by_theta = (1.0 + (theta + a * k) / root) / 2.0;
    let by_a = (k + theta * k / root) / 2.0;
    let by_psi = psi * k * k / (2.0 * root);
    let vol = (variance / tau).sqrt();
    let by_variance = 0.5 / (variance * tau).sqrt();
    (
        vol,
        [
            by_variance * by_theta * 2.0 * theta,
            by_variance * (by_psi - by_a) / 2.0 * left,
            by_variance * (by_psi + by_a) / 2.0 * right,
        ],
    )
}

/// One condition `value <= 0` with the non-zero part of its gradient.
pub struct Condition {
    /// How far the condition is broken, in logs.
    pub value: f64,
    /// (index of the unknown, derivative).
    pub gradient: Vec<(usize, f64)>,
}

/// Every condition of the contract on a whole surface, each with [`SLACK`] to spare.
pub fn conditions(x: &[f64], smiles: &[Smile]) -> Vec<Condition> {
    let mut all = Vec::with_capacity(12 * smiles.len());
    for (e, smile) in smiles.iter().enumerate() {
        slice_conditions(x, e, smile.tau, &mut all);
        if e > 0 {
            calendar_conditions(x, e, &mut all);
        }
    }
    for condition in &mut all {
        condition.value += SLACK;
    }
    all
}

fn slice_conditions(x: &[f64], e: usize, tau: f64, all: &mut Vec<Condition>) {
    let root = COORDINATES * e;
    let shift = tau.ln() / 2.0;
    let mut push = |value, gradient: &[(usize, f64)]| {
        all.push(Condition {
            value,
            gradient: gradient.to_vec(),
        })
    };
    push(ATM_VOL[0].ln() + shift - x[root], &[(root, -1.0)]);
    push(x[root] - ATM_VOL[1].ln() - shift, &[(root, 1.0)]);
    for wing in [root + 1, root + 2] {
        push(
            WING[0].ln() + x[root] - x[wing],
            &[(root, 1.0), (wing, -1.0)],
        );
        push(
            x[wing] - x[root] - WING[1].ln(),
            &[(root, -1.0), (wing, 1.0)],
        );
        push(x[wing] - LEE_SLOPE.ln(), &[(wing, 1.0)]);
    }
}

/// θ, pL and pR must not fall, ψ/θ must not rise from the expiry before to `e`.
fn calendar_conditions(x: &[f64], e: usize, all: &mut Vec<Condition>) {
    let (before, here) = (COORDINATES * (e - 1), COORDINATES * e);
    for coordinate in 0..COORDINATES {
        let (b, h) = (before + coordinate, here + coordinate);
        all.push(Condition {
            value: x[b] - x[h],
            gradient: vec![(b, 1.0), (h, -1.0)],
        });
    }
    let steepness = |slice: usize| {
        let (left, right) = (x[slice + 1].exp(), x[slice + 2].exp());
        let psi = left + right;
        (psi.ln() - 2.0 * x[slice], left / psi, right / psi)
    };
    let (ratio_before, left_before, right_before) = steepness(before);
    let (ratio_here, left_here, right_here) = steepness(here);
    all.push(Condition {
        value: ratio_here - ratio_before,
        gradient: vec![
            (before, 2.0),
            (before + 1, -left_before),
            (before + 2, -right_before),
            (here, -2.0),
            (here + 1, left_here),
            (here + 2, right_here),
        ],
    });
}

/// A surface with room in every condition: the levels of `x` made to rise, with one pair of wings for all.
pub fn interior(x: &[f64], smiles: &[Smile]) -> Vec<f64> {
    const MARGIN: f64 = 4.0 * SLACK;
    let mut levels: Vec<f64> = Vec::with_capacity(smiles.len());
    for (e, smile) in smiles.iter().enumerate() {
        let shift = smile.tau.ln() / 2.0;
        let rising = levels.last().map_or(f64::MIN, |before| before + MARGIN);
        let level = x[COORDINATES * e].max(rising);
        levels.push(level.clamp(
            ATM_VOL[0].ln() + shift + MARGIN,
            ATM_VOL[1].ln() + shift - MARGIN,
        ));
    }
    let highest = levels.last().copied().unwrap_or_default();
    let wing = 0.3_f64.ln().min(LEE_SLOPE.ln() - MARGIN - highest);
    levels
        .iter()
        .flat_map(|&level| [level, level + wing, level + wing])
        .collect()
}
