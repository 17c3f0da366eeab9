//! The potential C: what the pool charges to hold a book, so that a trade from q to q' costs C(q') − C(q).
//!
//! With q the traders' net positions and P(z) prices on the surface shifted by z,
//!
//! > C(q) = max over z of  Σ qᵢ·Pᵢ(z) − ½·z'·B⁻¹·z
//!
//! where z holds per expiry the shifts (x, l, r) of the logarithms of level, left wing and right wing. B couples
//! levels through β_e·β_e'·exp(−κ·|ln(T_e/T_e')|)/U and is diagonal in the wings with ω·β_e²/U, where
//! β_e² = 1 + c0·28d/T_e. Marginal prices are prices on the one surface at the maximum.
//!
//! The maximum is approached by a fixed number of Newton steps from z = 0, so C is a function of the book
//! alone, whatever path led to it: costs of trades telescope exactly. C is a WAD integer for the same reason.
//!
//! exp(−κ·|ln(T/T')|) is the covariance of a Markov chain in ln T, so B⁻¹ is tridiagonal in the levels and one
//! step costs a 2×2 elimination per expiry and one sweep over the expiries.

use crate::black76::{price, Inputs};
use crate::frame::{options, Frame, Point, Term};
use crate::real::Real;
use crate::special::exp::exp;
use crate::special::ln::ln;
use crate::state::{Node, MAX_EXPIRIES};
use crate::surface::{years, Smile};

/// Newton steps of every solve.
const STEPS: usize = 4;
/// Time to expiry below which β² stops growing, seconds.
const SHORTEST: u64 = 6 * 3_600;
/// The maturity at which β² is 1 + c0, seconds.
const REFERENCE: u64 = 28 * 86_400;

/// Shift of one expiry's smile, as logarithms.
#[derive(Clone, Copy, Debug, Default)]
pub struct Shift {
    /// x: of the at-the-money vol.
    pub level: Real,
    /// l: of the normalised left wing.
    pub left: Real,
    /// r: of the normalised right wing.
    pub right: Real,
}

impl Shift {
    fn largest(&self) -> Real {
        self.level.abs().max(self.left.abs()).max(self.right.abs())
    }

    /// The smile moved by this shift.
    pub(crate) fn apply(&self, smile: &Smile) -> Smile {
        Smile::new(
            smile.atm_total_vol * exp(self.level),
            smile.left * exp(self.left),
            smile.right * exp(self.right),
        )
    }
}

/// One book's potential and the shift that attains it.
#[derive(Clone, Copy, Debug)]
pub struct Solution {
    /// C, quote WAD.
    pub cost: i128,
    /// z by expiry; zero for those that have expired.
    pub shifts: [Shift; MAX_EXPIRIES],
    /// Largest component of z, as a magnitude.
    pub largest: Real,
    /// Largest component of the last Newton step, or `None` where the book is so convex in vol that the
    /// maximum is not a maximum.
    pub last_step: Option<Real>,
}

/// B⁻¹: tridiagonal over the levels of live expiries, diagonal in the wings.
#[derive(Clone, Copy, Debug, Default)]
struct Penalty {
    /// Diagonal entry of the level.
    level: Real,
    /// Entry between this level and the one before it.
    before: Real,
    /// Diagonal entry of each wing.
    wing: Real,
}

fn penalties(frame: &Frame) -> [Penalty; MAX_EXPIRIES] {
    let parameters = frame.snapshot.parameters;
    let depth = Real::from_wad_u128(parameters.depth);
    let short_term = Real::from_wad_u64(parameters.short_term) * years(REFERENCE);
    let wing_depth = Real::from_wad_u64(parameters.wing_depth);
    let mut penalties = [Penalty::default(); MAX_EXPIRIES];
    // 1/β² and ln τ of the expiry before.
    let mut last: Option<(Real, Real)> = None;
    for index in 0..MAX_EXPIRIES {
        let Some(term) = &frame.terms[index] else {
            continue;
        };
        let inverse = (Real::ONE + short_term / term.tau.max(years(SHORTEST))).recip();
        let log_tau = ln(term.tau);
        let own = depth * inverse;
        penalties[index] = Penalty {
            level: own,
            before: Real::ZERO,
            wing: own / wing_depth,
        };
        if let Some((inverse_before, log_tau_before)) = last {
            let correlation =
                exp((log_tau_before - log_tau) * Real::from_wad_u64(parameters.coupling));
            let gain = correlation.square() / (Real::ONE - correlation.square());
            penalties[index].level += own * gain;
            penalties[index - 1].level += depth * inverse_before * gain;
            penalties[index].before =
                -(depth * (inverse * inverse_before).sqrt() * gain / correlation);
        }
        last = Some((inverse, log_tau));
    }
    penalties
}

/// Gradient and Hessian of Σ q·P(z) in one expiry's (x, l, r).
#[derive(Clone, Copy, Debug, Default)]
struct Curve {
    gradient: [Real; 3],
    /// xx, xl, xr, ll, lr, rr.
    hessian: [Real; 6],
}

impl Curve {
    /// Adds a trader's position in one node, in the coordinates (x, l − x, r − x), in which the logarithm of
    /// total vol is x + Λ(l − x, r − x).
    fn add(&mut self, quantity: Real, forward: Real, smile: &Smile, log_moneyness: Real) {
        let shape = smile.shape(log_moneyness);
        let total_vol = smile.atm_total_vol * shape.ratio.sqrt();
        let d1 = total_vol.half() - log_moneyness / total_vol;
        // 1/√(2π).
        let density = Real::from_ratio(398_942_280_401_432_678, 1_000_000_000_000_000_000)
            * exp(-d1.square().half());
        // ∂P/∂λ and ∂²P/∂λ² for λ = ln √w.
        let first = quantity * forward * density * total_vol;
        let second = first * (Real::ONE + d1 * (d1 - total_vol));
        let scale = (shape.ratio * shape.root).recip();
        let (inverse_root, inverse_ratio) =
            (scale * shape.ratio, (scale * shape.root).mul_pow2(-3));
        let middle = (shape.left + shape.right).half();
        let left = shape.left * inverse_ratio * ((middle - Real::ONE) * inverse_root - Real::ONE);
        let right = shape.right * inverse_ratio * ((middle + Real::ONE) * inverse_root + Real::ONE);
        let bend = shape.left * shape.right * inverse_ratio * inverse_root.square() * inverse_root;
        let left_left = left - left.square().double() + shape.left * bend;
        let right_right = right - right.square().double() - shape.right * bend;
        let left_right = bend * shape.one_plus_tilt - (left * right).double();
        let terms = [first, first * left, first * right];
        for (sum, term) in self.gradient.iter_mut().zip(terms) {
            *sum += term;
        }
        let terms = [
            second,
            second * left,
            second * right,
            second * left.square() + first * left_left,
            second * left * right + first * left_right,
            second * right.square() + first * right_right,
        ];
        for (sum, term) in self.hessian.iter_mut().zip(terms) {
            *sum += term;
        }
    }

    /// From (x, l − x, r − x) to (x, l, r).
    fn finish(&mut self) {
        let [x, l, r] = self.gradient;
        self.gradient = [x - l - r, l, r];
        let [xx, xl, xr, ll, lr, rr] = self.hessian;
        let (left, right) = (xl - ll - lr, xr - lr - rr);
        self.hessian = [xx - xl - xr - left - right, left, right, ll, lr, rr];
    }
}

fn curves(frame: &Frame, nodes: &[Node], smiles: &[Smile; MAX_EXPIRIES]) -> [Curve; MAX_EXPIRIES] {
    let mut curves = [Curve::default(); MAX_EXPIRIES];
    for (node, point) in frame.pairs(nodes) {
        let index = node.slice as usize;
        let pool = node.calls.wrapping_add(node.puts);
        if pool != 0 && frame.term(node).is_some() {
            curves[index].add(
                -options(pool),
                frame.forward,
                &smiles[index],
                point.log_moneyness,
            );
        }
    }
    for curve in &mut curves {
        curve.finish();
    }
    curves
}

/// One expiry's share of a Newton step, its wings eliminated: change of wings = `wings` + `slopes`·change of level.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    wings: [Real; 2],
    slopes: [Real; 2],
    pivot: Real,
    rest: Real,
}

/// One Newton step on all shifts. Returns the largest change, or `None` (and no change) where the objective is
/// not concave.
fn step(
    frame: &Frame,
    penalties: &[Penalty; MAX_EXPIRIES],
    curves: &[Curve; MAX_EXPIRIES],
    shifts: &mut [Shift; MAX_EXPIRIES],
) -> Option<Real> {
    let mut rows = [Row::default(); MAX_EXPIRIES];
    let live = |index: usize| frame.terms[index].is_some();
    for index in (0..MAX_EXPIRIES).filter(|&index| live(index)) {
        let (penalty, shift) = (&penalties[index], &shifts[index]);
        let [gx, gl, gr] = curves[index].gradient;
        let [xx, xl, xr, ll, lr, rr] = curves[index].hessian;
        let (ll, rr) = (penalty.wing - ll, penalty.wing - rr);
        let determinant = ll * rr - lr.square();
        if ll <= Real::ZERO || determinant <= Real::ZERO {
            return None;
        }
        let inverse = determinant.recip();
        let solve = |l: Real, r: Real| [(rr * l + lr * r) * inverse, (ll * r + lr * l) * inverse];
        let wings = solve(
            gl - penalty.wing * shift.left,
            gr - penalty.wing * shift.right,
        );
        let slopes = solve(xl, xr);
        let mut pivot = penalty.level - xx - xl * slopes[0] - xr * slopes[1];
        let mut rest = gx + xl * wings[0] + xr * wings[1] - penalty.level * shift.level;
        if index > 0 {
            rest -= penalty.before * shifts[index - 1].level;
        }
        if let Some(after) = penalties.get(index + 1) {
            rest -= after.before * shifts[index + 1].level;
        }
        if index > 0 && live(index - 1) {
            let factor = penalty.before / rows[index - 1].pivot;
            pivot -= factor * penalty.before;
            rest -= factor * rows[index - 1].rest;
        }
        if pivot <= Real::ZERO {
            return None;
        }
        rows[index] = Row {
            wings,
            slopes,
            pivot,
            rest,
        };
    }
    let mut largest = Real::ZERO;
    let mut change_after = Real::ZERO;
    for index in (0..MAX_EXPIRIES).rev().filter(|&index| live(index)) {
        let row = &rows[index];
        let coupling = penalties
            .get(index + 1)
            .map_or(Real::ZERO, |after| after.before);
        let level = (row.rest - coupling * change_after) / row.pivot;
        change_after = level;
        let change = Shift {
            level,
            left: row.wings[0] + row.slopes[0] * level,
            right: row.wings[1] + row.slopes[1] * level,
        };
        let shift = &mut shifts[index];
        shift.level += change.level;
        shift.left += change.left;
        shift.right += change.right;
        largest = largest.max(change.largest());
    }
    Some(largest)
}

/// C and the shift of a book with the strikes and expiries of the frame's snapshot. Expired nodes do not count.
pub(crate) fn solve(frame: &Frame, nodes: &[Node]) -> Solution {
    let penalties = penalties(frame);
    let mut shifts = [Shift::default(); MAX_EXPIRIES];
    let mut last_step = Some(Real::ZERO);
    let mut smiles = [Smile::default(); MAX_EXPIRIES];
    for pass in 0..=STEPS {
        for (index, term) in frame.terms.iter().enumerate() {
            if let Some(Term { smile, .. }) = term {
                smiles[index] = shifts[index].apply(smile);
            }
        }
        if pass < STEPS {
            last_step = step(
                frame,
                &penalties,
                &curves(frame, nodes, &smiles),
                &mut shifts,
            );
            if last_step.is_none() {
                break;
            }
        }
    }
    let mut penalty = Real::ZERO;
    let mut before = Real::ZERO;
    let mut largest = Real::ZERO;
    for (entry, shift) in penalties.iter().zip(&shifts) {
        let level = entry.level * shift.level + (entry.before * before).double();
        penalty += level * shift.level + entry.wing * (shift.left.square() + shift.right.square());
        before = shift.level;
        largest = largest.max(shift.largest());
    }
    let mut cost = -penalty.half().to_wad_nearest();
    for (node, point) in frame.pairs(nodes) {
        if node.calls | node.puts != 0 && frame.term(node).is_some() {
            cost = cost.saturating_add(node_cost(frame, node, point, &smiles[node.slice as usize]));
        }
    }
    Solution {
        cost,
        shifts,
        largest,
        last_step,
    }
}

/// Traders' value of one node on a shifted smile, quote WAD, nearest.
fn node_cost(frame: &Frame, node: &Node, point: &Point, smile: &Smile) -> i128 {
    let prices = price(&Inputs {
        forward: frame.forward,
        strike: point.strike,
        log_moneyness: point.log_moneyness,
        total_vol: smile.total_vol(point.log_moneyness),
    });
    -(options(node.calls) * prices.call + options(node.puts) * prices.put).to_wad_nearest()
}
