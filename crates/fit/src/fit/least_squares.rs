//! Constrained least squares: an augmented Lagrangian around Levenberg-Marquardt, dense, for a few dozen unknowns.

/// The normal equations of one linearisation: half the squared residuals with their gradient and Gauss-Newton matrix.
pub struct Linearised {
    /// ½ Σ residual².
    pub cost: f64,
    /// Jᵀr.
    pub gradient: Vec<f64>,
    /// JᵀJ, row by row.
    pub matrix: Vec<f64>,
}

impl Linearised {
    /// An empty sum over `unknowns`.
    pub fn new(unknowns: usize) -> Self {
        Self {
            cost: 0.0,
            gradient: vec![0.0; unknowns],
            matrix: vec![0.0; unknowns * unknowns],
        }
    }

    /// Adds one residual with the non-zero part of its gradient.
    pub fn add(&mut self, residual: f64, gradient: &[(usize, f64)]) {
        let unknowns = self.gradient.len();
        self.cost += residual * residual / 2.0;
        for &(i, di) in gradient {
            self.gradient[i] += residual * di;
            for &(j, dj) in gradient {
                self.matrix[i * unknowns + j] += di * dj;
            }
        }
    }
}

/// Receives a condition: its index, its value and the non-zero part of its gradient.
pub type Visit<'a> = dyn FnMut(usize, f64, &[(usize, f64)]) + 'a;

/// A least-squares problem under inequality conditions.
pub trait Problem {
    /// Adds every residual at `x`.
    fn residuals(&self, x: &[f64], sum: &mut Linearised);
    /// Calls `visit(index, value, gradient)` for each condition `value <= 0`, in a fixed order.
    fn conditions(&self, x: &[f64], visit: &mut Visit);
}

const OUTER_PASSES: usize = 40;
const INNER_STEPS: usize = 60;
/// Broken conditions below this count as kept.
const FEASIBLE: f64 = 1e-6;

/// Improves `x` in place towards a local minimum under the conditions; the conditions then hold to about 1e-6.
pub fn minimise(problem: &dyn Problem, x: &mut Vec<f64>) {
    let mut multipliers: Vec<f64> = Vec::new();
    problem.conditions(x, &mut |_, _, _| multipliers.push(0.0));
    let mut penalty = 1e3;
    let mut last_violation = f64::MAX;
    for _ in 0..OUTER_PASSES {
        levenberg_marquardt(&|y| augmented(problem, y, &multipliers, penalty), x);
        let mut violation = 0.0_f64;
        let mut moved = 0.0_f64;
        problem.conditions(x, &mut |i, value, _| {
            let updated = (multipliers[i] + penalty * value).max(0.0);
            moved = moved.max((updated - multipliers[i]).abs() / penalty);
            multipliers[i] = updated;
            violation = violation.max(value);
        });
        if violation < FEASIBLE && moved < FEASIBLE {
            return;
        }
        if violation > last_violation / 4.0 {
            penalty = (penalty * 4.0).min(1e10);
        }
        last_violation = violation;
    }
}

/// The residuals plus, for each active condition, √penalty · (value + multiplier / penalty).
fn augmented(problem: &dyn Problem, x: &[f64], multipliers: &[f64], penalty: f64) -> Linearised {
    let mut sum = Linearised::new(x.len());
    problem.residuals(x, &mut sum);
    let weight = penalty.sqrt();
    let mut scaled = Vec::new();
    problem.conditions(x, &mut |i, value, gradient| {
        let shifted = value + multipliers[i] / penalty;
        if shifted > 0.0 {
            scaled.clear();
            scaled.extend(gradient.iter().map(|&(j, d)| (j, d * weight)));
            sum.add(shifted * weight, &scaled);
        }
    });
    sum
}

fn levenberg_marquardt(linearise: &dyn Fn(&[f64]) -> Linearised, x: &mut Vec<f64>) {
    let mut damping = 1e-3;
    let mut here = linearise(x);
    for _ in 0..INNER_STEPS {
        let Some(step) = damped_step(&here, damping) else {
            damping = (damping * 10.0).max(1e-12);
            continue;
        };
        let candidate: Vec<f64> = x.iter().zip(&step).map(|(a, b)| a + b).collect();
        let there = linearise(&candidate);
        if there.cost.is_finite() && there.cost <= here.cost {
            let gain = here.cost - there.cost;
            let length = step.iter().fold(0.0_f64, |m, d| m.max(d.abs()));
            *x = candidate;
            here = there;
            damping = (damping / 10.0).max(1e-14);
            if length < 1e-9 || gain <= 1e-12 * here.cost {
                return;
            }
        } else if damping > 1e8 {
            return;
        } else {
            damping *= 10.0;
        }
    }
}

/// Solves (matrix + damping · diagonal) step = −gradient by Cholesky; `None` when it is not positive definite.
fn damped_step(at: &Linearised, damping: f64) -> Option<Vec<f64>> {
    let n = at.gradient.len();
    let mut lower = at.matrix.clone();
    for i in 0..n {
        lower[i * n + i] += damping * lower[i * n + i] + 1e-9;
    }
    for j in 0..n {
        for i in j..n {
            let dot: f64 = (0..j).map(|k| lower[i * n + k] * lower[j * n + k]).sum();
            let value = lower[i * n + j] - dot;
            if i == j {
                if value <= 0.0 || !value.is_finite() {
                    return None;
                }
                lower[j * n + j] = value.sqrt();
            } else {
                lower[i * n + j] = value / lower[j * n + j];
            }
        }
    }
    let mut step: Vec<f64> = at.gradient.iter().map(|g| -g).collect();
    for i in 0..n {
        let dot: f64 = (0..i).map(|k| lower[i * n + k] * step[k]).sum();
        step[i] = (step[i] - dot) / lower[i * n + i];
    }
    for i in (0..n).rev() {
        let dot: f64 = (i + 1..n).map(|k| lower[k * n + i] * step[k]).sum();
        step[i] = (step[i] - dot) / lower[i * n + i];
    }
    Some(step)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Nearest point to (2, 1) in the unit disc above the line y >= x.
    struct Disc;

    impl Problem for Disc {
        fn residuals(&self, x: &[f64], sum: &mut Linearised) {
            sum.add(x[0] - 2.0, &[(0, 1.0)]);
            sum.add(x[1] - 1.0, &[(1, 1.0)]);
        }

        fn conditions(&self, x: &[f64], visit: &mut Visit) {
            visit(
                0,
                x[0] * x[0] + x[1] * x[1] - 1.0,
                &[(0, 2.0 * x[0]), (1, 2.0 * x[1])],
            );
            visit(1, x[0] - x[1], &[(0, 1.0), (1, -1.0)]);
        }
    }

    #[test]
    fn both_conditions_bind_at_the_corner() {
        let mut x = vec![0.3, -0.8];
        minimise(&Disc, &mut x);
        let corner = 0.5_f64.sqrt();
        assert!(
            (x[0] - corner).abs() < 1e-5 && (x[1] - corner).abs() < 1e-5,
            "{x:?}"
        );
    }
}
