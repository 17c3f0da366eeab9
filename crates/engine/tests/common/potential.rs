//! The potential by its definition in floating point: dense B, numerical derivatives, damped Newton uphill from zero.
#![allow(dead_code)]

use super::{black76, lots, Float, Pool, Smile};

/// A maximum of the objective: C and where it is attained.
#[derive(Clone, Debug)]
pub struct Maximum {
    /// C, quote.
    pub cost: f64,
    /// z, (x, l, r) by expiry.
    pub shifts: Vec<[f64; 3]>,
    /// Largest component of z.
    pub largest: f64,
    /// Steps it took.
    pub steps: usize,
}

/// The objective over all (x, l, r), in quote units.
pub struct Objective<'a> {
    pool: &'a Pool,
    smiles: Vec<Smile>,
    /// B⁻¹.
    penalty: Vec<Vec<f64>>,
}

impl<'a> Objective<'a> {
    pub fn new(pool: &'a Pool) -> Objective<'a> {
        let live: Vec<usize> = (0..pool.slices.len())
            .filter(|e| pool.slices[*e].expiry > pool.now)
            .collect();
        let p = &pool.parameters;
        let tau = |e: usize| (pool.slices[e].expiry - pool.now) as f64 / (365.0 * 86_400.0);
        let square =
            |e: usize| 1.0 + p.short_term.float() * (28.0 / 365.0) / tau(e).max(0.25 / 365.0);
        let depth = p.depth.float();
        let size = 3 * pool.slices.len();
        let mut gains = vec![vec![0.0; size]; size];
        for a in 0..pool.slices.len() {
            for f in 0..3 {
                gains[3 * a + f][3 * a + f] = 1.0;
            }
        }
        for &a in &live {
            for &b in &live {
                let mut correlation = (-p.coupling.float() * (tau(a) / tau(b)).ln().abs()).exp();
                if a != b {
                    correlation = correlation.min(127.0 / 128.0);
                }
                gains[3 * a][3 * b] = (square(a) * square(b)).sqrt() * correlation / depth;
            }
            for f in 1..3 {
                gains[3 * a + f][3 * a + f] = p.wing_depth.float() * square(a) / depth;
            }
        }
        Objective {
            pool,
            smiles: pool
                .slices
                .iter()
                .map(|slice| Smile::of(slice, pool.now))
                .collect(),
            penalty: inverse(gains),
        }
    }

    /// Traders' value of one expiry.
    fn value(&self, e: usize, z: [f64; 3]) -> f64 {
        if self.pool.slices[e].expiry <= self.pool.now {
            return 0.0;
        }
        let smile = self.smiles[e].shifted(z[0], z[1], z[2]);
        let nodes = self
            .pool
            .nodes
            .iter()
            .filter(|node| node.slice as usize == e);
        nodes
            .map(|node| {
                let strike = node.strike.float();
                let forward = self.pool.spot.float() * self.pool.growth(node);
                let (call, put) =
                    black76(forward, strike, smile.total_vol((strike / forward).ln()));
                -lots(node.calls + node.puts) * if strike > forward { call } else { put }
            })
            .sum()
    }

    pub fn at(&self, z: &[f64]) -> f64 {
        let value: f64 = (0..self.smiles.len())
            .map(|e| self.value(e, [z[3 * e], z[3 * e + 1], z[3 * e + 2]]))
            .sum();
        let charge: f64 = (0..z.len())
            .map(|i| z[i] * (0..z.len()).map(|j| self.penalty[i][j] * z[j]).sum::<f64>())
            .sum();
        value - charge / 2.0
    }

    /// Gradient and Hessian, by central differences.
    fn derivatives(&self, z: &[f64]) -> (Vec<f64>, Vec<Vec<f64>>) {
        let size = z.len();
        let mut gradient: Vec<f64> = (0..size)
            .map(|i| -(0..size).map(|j| self.penalty[i][j] * z[j]).sum::<f64>())
            .collect();
        let mut hessian: Vec<Vec<f64>> = self
            .penalty
            .iter()
            .map(|row| row.iter().map(|entry| -entry).collect())
            .collect();
        const H: f64 = 1e-3;
        for e in 0..self.smiles.len() {
            let at =
                |steps: [f64; 3]| self.value(e, [0, 1, 2].map(|f| z[3 * e + f] + H * steps[f]));
            let unit = |f: usize, by: f64| {
                let mut steps = [0.0; 3];
                steps[f] = by;
                steps
            };
            let middle = at([0.0; 3]);
            for f in 0..3 {
                let (up, down) = (at(unit(f, 1.0)), at(unit(f, -1.0)));
                let (up2, down2) = (at(unit(f, 2.0)), at(unit(f, -2.0)));
                gradient[3 * e + f] += (8.0 * (up - down) - up2 + down2) / (12.0 * H);
                hessian[3 * e + f][3 * e + f] += (up + down - 2.0 * middle) / (H * H);
                for g in 0..f {
                    let corner = |a: f64, b: f64| {
                        let mut steps = unit(f, a);
                        steps[g] = b;
                        at(steps)
                    };
                    let mixed = (corner(1.0, 1.0) - corner(1.0, -1.0) - corner(-1.0, 1.0)
                        + corner(-1.0, -1.0))
                        / (4.0 * H * H);
                    hessian[3 * e + f][3 * e + g] += mixed;
                    hessian[3 * e + g][3 * e + f] += mixed;
                }
            }
        }
        (gradient, hessian)
    }

    /// Uphill from `start`; `None` where no maximum lies within 2 of the anchor.
    pub fn climb(&self, start: &[f64]) -> Option<Maximum> {
        let mut z = start.to_vec();
        let mut height = self.at(&z);
        for steps in 0..300 {
            let (gradient, hessian) = self.derivatives(&z);
            let mut damping = 0.0;
            let scale = self
                .penalty
                .iter()
                .enumerate()
                .map(|(i, row)| row[i])
                .fold(0.0, f64::max);
            loop {
                let system: Vec<Vec<f64>> = (0..z.len())
                    .map(|i| {
                        (0..z.len())
                            .map(|j| -hessian[i][j] + if i == j { damping } else { 0.0 })
                            .collect()
                    })
                    .collect();
                if let Some(step) = cholesky_solve(&system, &gradient) {
                    let largest = step.iter().fold(0.0f64, |a, b| a.max(b.abs()));
                    if largest < 1e-8 && damping == 0.0 {
                        let shifts = z.chunks(3).map(|z| [z[0], z[1], z[2]]).collect();
                        let largest = z.iter().fold(0.0f64, |a, b| a.max(b.abs()));
                        return Some(Maximum {
                            cost: height,
                            shifts,
                            largest,
                            steps,
                        });
                    }
                    if largest < 0.3 {
                        let next: Vec<f64> = z.iter().zip(&step).map(|(a, b)| a + b).collect();
                        let found = self.at(&next);
                        if found >= height - 1e-9 * (1.0 + height.abs()) {
                            z = next;
                            height = found;
                            break;
                        }
                    }
                }
                damping = (damping * 3.0f64).max(scale * 1e-4);
                if damping > scale * 1e9 {
                    return None;
                }
            }
            if z.iter().any(|z| z.abs() > 2.0) {
                return None;
            }
        }
        None
    }

    /// Uphill from zero with no component beyond `bound`: those that are there and would go on are left out of the step.
    pub fn climb_within(&self, bound: f64) -> Maximum {
        let mut z = vec![0.0; 3 * self.smiles.len()];
        let mut height = self.at(&z);
        let mut steps = 0;
        let scale = (0..z.len()).map(|i| self.penalty[i][i]).fold(0.0, f64::max);
        'climb: while steps < 300 {
            steps += 1;
            let (gradient, hessian) = self.derivatives(&z);
            let is_free = |i: &usize| z[*i].abs() < bound || gradient[*i] * z[*i] < 0.0;
            let free: Vec<usize> = (0..z.len()).filter(is_free).collect();
            let push: Vec<f64> = free.iter().map(|i| gradient[*i]).collect();
            let mut damping = 0.0;
            while damping < scale * 1e9 {
                let entry = |i: usize, j: usize| {
                    -hessian[free[i]][free[j]] + if i == j { damping } else { 0.0 }
                };
                let size = free.len();
                let system: Vec<Vec<f64>> = (0..size)
                    .map(|i| (0..size).map(|j| entry(i, j)).collect())
                    .collect();
                damping = (damping * 3.0f64).max(scale * 1e-4);
                let Some(step) = cholesky_solve(&system, &push) else {
                    continue;
                };
                let mut next = z.clone();
                for (i, step) in free.iter().zip(step) {
                    next[*i] = (z[*i] + step).clamp(-bound, bound);
                }
                let found = self.at(&next);
                if found >= height - 1e-9 * (1.0 + height.abs()) {
                    let moved = z.iter().zip(&next).map(|(a, b)| (a - b).abs());
                    let is_there = moved.fold(0.0, f64::max) < 1e-8;
                    (z, height) = (next, found);
                    if is_there {
                        break 'climb;
                    }
                    continue 'climb;
                }
            }
            break;
        }
        Maximum {
            cost: height,
            shifts: z.chunks(3).map(|z| [z[0], z[1], z[2]]).collect(),
            largest: z.iter().fold(0.0f64, |a, b| a.max(b.abs())),
            steps,
        }
    }
}

/// By Cholesky; `None` if not positive definite.
fn cholesky_solve(a: &[Vec<f64>], b: &[f64]) -> Option<Vec<f64>> {
    let n = b.len();
    let mut l = vec![vec![0.0; n]; n];
    for i in 0..n {
        for j in 0..=i {
            let sum: f64 = a[i][j] - (0..j).map(|k| l[i][k] * l[j][k]).sum::<f64>();
            if i == j {
                if sum <= 0.0 {
                    return None;
                }
                l[i][i] = sum.sqrt();
            } else {
                l[i][j] = sum / l[j][j];
            }
        }
    }
    let mut y = vec![0.0; n];
    for i in 0..n {
        y[i] = (b[i] - (0..i).map(|k| l[i][k] * y[k]).sum::<f64>()) / l[i][i];
    }
    for i in (0..n).rev() {
        y[i] = (y[i] - (i + 1..n).map(|k| l[k][i] * y[k]).sum::<f64>()) / l[i][i];
    }
    Some(y)
}

fn inverse(matrix: Vec<Vec<f64>>) -> Vec<Vec<f64>> {
    let n = matrix.len();
    let columns: Vec<Vec<f64>> = (0..n)
        .map(|j| {
            let unit: Vec<f64> = (0..n).map(|i| (i == j) as u8 as f64).collect();
            cholesky_solve(&matrix, &unit).expect("B is positive definite")
        })
        .collect();
    (0..n)
        .map(|i| (0..n).map(|j| columns[j][i]).collect())
        .collect()
}
