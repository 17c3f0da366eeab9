//! The potential C: what the pool charges to hold a book, so that a trade from q to q' costs C(q') − C(q).
//!
//! With q the traders' net positions and P(z) prices on the surface shifted by z,
//!
//! > C(q) = max over z of  Σ qᵢ·Pᵢ(z) − ½·z'·B⁻¹·z
//!
//! with Pᵢ Black's price on the forward of its expiry, and where z holds per expiry the shifts (x, l, r) of the logarithms of level, left wing and right wing. B couples
//! levels through β_e·β_e'·exp(−κ·|ln(T_e/T_e')|)/U and is diagonal in the wings with ω·β_e²/U, where
//! β_e² = 1 + c0·28d/T_e. Marginal prices are prices on the one surface at the maximum.
//!
//! The maximum is approached by [`STEPS`] Newton steps from z = 0, always as many and from nothing but the book, so C is a
//! function of the book alone, whatever path led to it: costs of trades telescope. C is an integer for the same reason.
//! A step that would be [`NEGLIGIBLE`] leaves z as it is, and so do all after it, which need not be computed.
//!
//! exp(−κ·|ln(T/T')|) is the covariance of a Markov chain in ln T, so B⁻¹ is tridiagonal in the levels and one
//! step costs a 2×2 elimination per expiry and one sweep over the expiries.
//!
//! Everything is in units of U. The search runs in fixed point with 28 fraction bits for z, 32 for gradients and 24
//! for Hessians and B⁻¹; C is evaluated to 2^-54 of each position where the search ends.

use crate::book::curve::{ratio, Curve, LowSmile, ONE};
use crate::book::frame::{Frame, Point};
use crate::number::real::mul_high;
use crate::number::special::horner::Split;
use crate::number::wide::mul_div_up;
use crate::number::word::Word;
use crate::parameters::WAD;
use crate::smile::slice::Smile;
use crate::smile::time::years;
use crate::state::{u64_wad, MAX_EXPIRIES, MAX_NODES};

/// Newton steps of a solve. Books within the shift cap stand still after three as a rule and six at most.
const STEPS: usize = 8;
/// A step this small, 28 fraction bits, is not taken: C would change by about its square, 2^-44 of U, which is 2e-8 quote
/// at the default depth. Steps half as large can be the gradient's rounding alone, and would never end.
const NEGLIGIBLE: i64 = ONE >> 22;
/// Time to expiry below which β² stops growing, seconds.
const SHORTEST: u64 = 6 * 3_600;
/// The maturity at which β² is 1 + c0, seconds.
const REFERENCE: u64 = 28 * 86_400;
/// Largest last step, WAD, with which the potential counts as converged.
const STEP_LIMIT: u64 = WAD / 100_000;
/// Fraction bits of [`Solution::cost`].
pub(crate) const COST_BITS: u32 = 60;

/// Shift of one expiry's smile: x, l, r as logarithms with 28 fraction bits.
pub(crate) type Shift = [i64; 3];

/// A smile moved by a shift.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ShiftedSmile {
    smile: Smile,
    /// e^−x, 61 fraction bits.
    squeeze: i64,
}

impl ShiftedSmile {
    pub fn new(smile: &Smile, shift: &Shift) -> ShiftedSmile {
        let [level, left, right] = shift.map(|part| Word::from_fixed(part, 28).exp());
        let wing = |wing: i64, factor: Word| Split::new(wing).step(factor.to_fixed(61), 0) << 3;
        ShiftedSmile {
            smile: Smile {
                atm_total_vol: smile.atm_total_vol * level,
                inverse: smile.inverse,
                left: wing(smile.left, left),
                right: wing(smile.right, right),
            },
            squeeze: level.recip().to_fixed(61),
        }
    }

    /// √w at the anchor's normalised moneyness, 58 fraction bits.
    pub fn total_vol(&self, moneyness: i64) -> i64 {
        self.smile
            .total_vol(Split::new(moneyness).step(self.squeeze, 0) << 3)
    }
}

/// One book's potential and the shift that attains it.
pub(crate) struct Solution {
    /// C less the book's intrinsic value at its forwards, in units of U with [`COST_BITS`] fraction bits.
    pub cost: i128,
    /// z by expiry; zero for those that have expired.
    pub shifts: [Shift; MAX_EXPIRIES],
    /// Largest component of z, as a magnitude, WAD.
    pub largest: u64,
    /// Largest component of the last Newton step, WAD; `u64::MAX` where the book is so convex in vol, or so
    /// large, that there is no maximum near the anchor.
    pub last_step: u64,
}

impl Solution {
    /// Whether the search has arrived.
    pub fn is_converged(&self) -> bool {
        self.last_step <= STEP_LIMIT
    }
}

/// What C exceeds the value of the traders' book on the anchor by, quote WAD, rounded up: both from the same integers.
/// `None` where the potential has not converged.
pub(crate) fn excess_up(frame: &Frame, points: &[Point]) -> Option<u128> {
    let solution = solve(frame, points);
    if !solution.is_converged() {
        return None;
    }
    let unshifted = Book::new(frame, points)?.value(frame, &[[0; 3]; MAX_EXPIRIES])?;
    let excess = (solution.cost - unshifted).max(0) as u128;
    mul_div_up(excess, frame.snapshot.parameters.depth, 1 << COST_BITS)
}

/// B⁻¹·U by expiry, and the same in parts that are near 1 for the elimination.
#[derive(Clone, Copy, Debug, Default)]
struct Penalty {
    /// Diagonal entry of the level, 24 fraction bits. Zero for an expiry that has passed.
    level: i64,
    /// Entry between this level and the one before it, 24 fraction bits.
    before: i64,
    /// Diagonal entry of each wing, 24 fraction bits.
    wing: i64,
    /// β, 16 fraction bits.
    beta: i64,
    /// β², 16 fraction bits.
    square: i64,
    /// The inverse of `wing`, 16 fraction bits.
    wing_gain: i64,
    /// `level`·β², 24 fraction bits.
    chain: i64,
    /// `before`·β·(the β before), 24 fraction bits.
    link: i64,
}

/// Cap on the correlation of neighbouring levels, 1 − 2^-7: nearer than that two expiries are as good as one.
const NEAREST: Word = Word::from_ratio(127, 128);

fn penalties(frame: &Frame) -> [Penalty; MAX_EXPIRIES] {
    let parameters = frame.snapshot.parameters;
    let short_term = Word::from_wad_u64(parameters.short_term) * years(REFERENCE);
    let wing_depth = Word::from_wad_u64(parameters.wing_depth);
    let coupling = Word::from_wad_u64(parameters.coupling);
    let mut penalties = [Penalty::default(); MAX_EXPIRIES];
    // β, ln τ and the part of the chain so far of the expiry before.
    let mut last: Option<(Word, Word, Word)> = None;
    for index in 0..MAX_EXPIRIES {
        let Some(term) = &frame.terms[index] else {
            continue;
        };
        let square = Word::ONE + short_term / term.tau.max(years(SHORTEST));
        let (beta, log_tau) = (square.sqrt(), term.tau.ln());
        let wing_gain = wing_depth * square;
        let mut chain = Word::ONE;
        let entry = &mut penalties[index];
        if let Some((beta_before, log_tau_before, chain_before)) = last {
            let correlation = ((log_tau_before - log_tau) * coupling).exp().min(NEAREST);
            let link = correlation / (Word::ONE - correlation.square());
            chain += link * correlation;
            entry.link = -link.to_fixed(24);
            entry.before = -(link / (beta * beta_before)).to_fixed(24);
            let chain_before = chain_before + link * correlation;
            penalties[index - 1].chain = chain_before.to_fixed(24);
            penalties[index - 1].level = (chain_before / beta_before.square()).to_fixed(24);
        }
        let entry = &mut penalties[index];
        entry.level = (chain / square).to_fixed(24);
        entry.wing = wing_gain.recip().to_fixed(24);
        entry.beta = beta.to_fixed(16);
        entry.square = square.to_fixed(16);
        entry.wing_gain = wing_gain.to_fixed(16);
        entry.chain = chain.to_fixed(24);
        last = Some((beta, log_tau, chain));
    }
    penalties
}

/// A book's net options by node, in the traders' view, as multiples of U per unit of forward.
struct Book<'a> {
    points: &'a [Point],
    sizes: [Word; MAX_NODES],
    /// The same in integers, `sizes`·2^`scale`, below 2^31.
    quantities: [i64; MAX_NODES],
    scale: i32,
}

impl Book<'_> {
    /// `None` for a book with a node of 2^21 times U and more.
    #[inline(always)]
    fn new<'a>(frame: &Frame, points: &'a [Point]) -> Option<Book<'a>> {
        let depth = Word::from_wad_u128(frame.snapshot.parameters.depth);
        let lots = depth * const { Word::from_int(-1_000_000) };
        let at_spot = frame.spot.value / lots;
        let units: [Word; MAX_EXPIRIES] = core::array::from_fn(|slice| {
            let forward = frame.forward(slice);
            if forward.excess == 0 {
                at_spot
            } else {
                forward.value / lots
            }
        });
        let mut book = Book {
            points,
            sizes: [Word::ZERO; MAX_NODES],
            quantities: [0; MAX_NODES],
            scale: 0,
        };
        let mut largest = Word::ONE.mul_pow2(-14);
        for (size, point) in book.sizes.iter_mut().zip(points) {
            if point.net != 0 && point.total_vol != 0 {
                let unit = units.get(point.slice as usize).unwrap_or(&at_spot);
                *size = Word::from_int(point.net) * *unit;
                largest = largest.max(size.abs());
            }
        }
        book.scale = -33 - largest.exponent();
        if book.scale < 10 {
            return None;
        }
        for (quantity, size) in book.quantities.iter_mut().zip(&book.sizes) {
            if !size.is_zero() {
                *quantity = size.to_fixed(book.scale);
            }
        }
        Some(book)
    }

    /// The derivatives of its value at a shift; `None` if any is 8 or more.
    fn curves(
        &self,
        frame: &Frame,
        shifts: &[Shift; MAX_EXPIRIES],
    ) -> Option<[Curve; MAX_EXPIRIES]> {
        let mut smiles = [LowSmile::default(); MAX_EXPIRIES];
        for ((smile, term), shift) in smiles.iter_mut().zip(&frame.terms).zip(shifts) {
            if let Some(term) = term {
                *smile = LowSmile::new(&term.smile, *shift);
            }
        }
        let mut curves = [Curve::default(); MAX_EXPIRIES];
        for (point, quantity) in self.points.iter().zip(&self.quantities) {
            let index = point.slice as usize;
            if *quantity != 0 && index < MAX_EXPIRIES {
                curves[index].add(*quantity, point.moneyness, &smiles[index]);
            }
        }
        for (curve, smile) in curves.iter_mut().zip(&smiles) {
            if curve.gradient[0] != 0 {
                curve.finish(smile, self.scale)?;
            }
        }
        Some(curves)
    }

    /// Value of the options out of the money on the shifted surface, as [`Solution::cost`].
    fn value(&self, frame: &Frame, shifts: &[Shift; MAX_EXPIRIES]) -> Option<i128> {
        let mut smiles = [ShiftedSmile::default(); MAX_EXPIRIES];
        for ((smile, term), shift) in smiles.iter_mut().zip(&frame.terms).zip(shifts) {
            if let Some(term) = term {
                *smile = ShiftedSmile::new(&term.smile, shift);
            }
        }
        let mut sum = 0;
        for (point, size) in self.points.iter().zip(&self.sizes) {
            if size.is_zero() {
                continue;
            }
            let total_vol = smiles.get(point.slice as usize)?.total_vol(point.moneyness);
            // Half of the product, and room for the largest size there is, below 2^21.
            let product = mul_high(size.mantissa(), (point.otm_at(total_vol) as u64) << 1) as i128;
            const ROOM: i32 = 21 + COST_BITS as i32 - 63;
            let shift = ROOM - (size.exponent() + 1 + COST_BITS as i32);
            let value = product << ROOM >> shift.clamp(0, 127);
            sum += if size.is_negative() { -value } else { value };
        }
        Some(sum)
    }
}

/// Product of a number and one with 24 fraction bits.
#[inline(always)]
fn scaled(a: i64, b: i64) -> i64 {
    (a * b) >> 24
}

/// The number, if it is below 2^bits in size.
#[inline(always)]
fn below(value: i64, bits: u32) -> Option<i64> {
    (value.unsigned_abs() >> bits == 0).then_some(value)
}

/// Least pivot of an elimination, 24 fraction bits: with less, the objective counts as not concave.
const LEAST_PIVOT: i64 = 1 << 18;

/// One expiry's share of a Newton step, its wings eliminated: change of wings = `wings` + `slopes`·change of level.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    wings: [i64; 2],
    slopes: [i64; 2],
    pivot: i64,
    rest: i64,
}

/// Eliminates the wings of one expiry: their rows, multiplied by the inverse of their penalty, are
/// (1 − b·H)·change = b·(gradient − penalty·wing + H·change of level).
/// Returns `wings` and `slopes`; `None` where they are not concave or leave the range.
fn wings(penalty: &Penalty, curve: &Curve, shift: &Shift) -> Option<([i64; 2], [i64; 2])> {
    let [_, l, r] = *shift;
    let [_, gl, gr] = curve.gradient;
    let [_, xl, xr, ll, lr, rr] = curve.hessian;
    // 24 fraction bits, and 28 from a gradient's 32.
    let gain = |value: i64| below((penalty.wing_gain * value) >> 16, 28);
    let force = |gradient: i64, part: i64| {
        let rest = gradient - ((penalty.wing * part) >> 20);
        below((penalty.wing_gain * rest) >> 20, 32)
    };
    const UNIT: i64 = 1 << 24;
    let (ll, rr, lr) = (UNIT - gain(ll)?, UNIT - gain(rr)?, gain(lr)?);
    let determinant = scaled(ll, rr) - scaled(lr, lr);
    if ll < LEAST_PIVOT || determinant < LEAST_PIVOT {
        return None;
    }
    let solve = |l: i64, r: i64| -> Option<[i64; 2]> {
        Some([
            below(ratio((rr * l + lr * r) >> 24, 24, determinant), 30)?,
            below(ratio((ll * r + lr * l) >> 24, 24, determinant), 30)?,
        ])
    };
    let wings = solve(force(gl, l)?, force(gr, r)?)?;
    Some((wings, solve(gain(xl)?, gain(xr)?)?))
}

/// One Newton step on all shifts. Returns the largest change; `None` where the objective is not concave or the
/// shift leaves (−1, 1). The levels are eliminated in units of their β.
fn step(
    penalties: &[Penalty; MAX_EXPIRIES],
    curves: &[Curve; MAX_EXPIRIES],
    shifts: &mut [Shift; MAX_EXPIRIES],
) -> Option<i64> {
    let mut rows = [Row::default(); MAX_EXPIRIES];
    // The row and the level before this one.
    let mut before = Row {
        pivot: LEAST_PIVOT,
        ..Row::default()
    };
    let mut level_before = 0;
    for index in 0..MAX_EXPIRIES {
        let penalty = &penalties[index];
        if penalty.level == 0 {
            continue;
        }
        let curve = &curves[index];
        let (wings, slopes) = wings(penalty, curve, &shifts[index])?;
        let [xx, xl, xr, ..] = curve.hessian;
        let level = shifts[index][0];
        let after = penalties.get(index + 1).map_or(0, |after| after.before);
        let level_after = shifts.get(index + 1).map_or(0, |shift| shift[0]);
        // 32 fraction bits.
        let pull = penalty.level * level + penalty.before * level_before + after * level_after;
        let push = scaled(xl, wings[0]) + scaled(xr, wings[1]);
        let force = below(curve.gradient[0] + (push << 4) - (pull >> 20), 41)?;
        let bend = xx + scaled(xl, slopes[0]) + scaled(xr, slopes[1]);
        let coupling = ratio(penalty.link, 24, before.pivot);
        let pivot = penalty.chain
            - below((penalty.square * below(bend, 33)?) >> 16, 34)?
            - scaled(coupling, penalty.link);
        if pivot < LEAST_PIVOT {
            return None;
        }
        let rest = below((penalty.beta * force) >> 20, 37)? - scaled(coupling, before.rest);
        before = Row {
            wings,
            slopes,
            pivot,
            rest,
        };
        rows[index] = before;
        level_before = level;
    }
    let (mut largest, mut change_after) = (0, 0);
    for index in (0..MAX_EXPIRIES).rev() {
        let Row {
            wings,
            slopes,
            pivot,
            rest,
        } = rows[index];
        if pivot == 0 {
            continue;
        }
        let link = penalties.get(index + 1).map_or(0, |after| after.link);
        change_after = below(
            ratio(below(rest - scaled(link, change_after), 38)?, 24, pivot),
            32,
        )?;
        let level = below((change_after * penalties[index].beta) >> 16, 32)?;
        let wing = |side: usize| wings[side] + scaled(slopes[side], level);
        for (part, change) in shifts[index].iter_mut().zip([level, wing(0), wing(1)]) {
            *part += change;
            largest = largest.max(change.abs());
            below(*part, 28)?;
        }
    }
    Some(largest)
}

/// C and the shift of the book that `points` describe.
#[inline(never)]
pub(crate) fn solve(frame: &Frame, points: &[Point]) -> Solution {
    let mut solution = Solution {
        cost: 0,
        shifts: [[0; 3]; MAX_EXPIRIES],
        largest: 0,
        last_step: u64::MAX,
    };
    search(frame, points, &mut solution);
    solution
}

/// Fills in the solution as far as there is one.
fn search(frame: &Frame, points: &[Point], solution: &mut Solution) -> Option<()> {
    let book = Book::new(frame, points)?;
    let penalties = penalties(frame);
    let mut last_step = 0;
    for _ in 0..STEPS {
        let curves = book.curves(frame, &solution.shifts)?;
        let mut moved = solution.shifts;
        last_step = step(&penalties, &curves, &mut moved)?;
        // What is not taken now is not taken later: there the remaining steps stand still too.
        if last_step <= NEGLIGIBLE {
            break;
        }
        solution.shifts = moved;
    }
    let mut largest = 0;
    for shift in &solution.shifts {
        for part in shift {
            largest = part.abs().max(largest);
        }
    }
    solution.cost = book.value(frame, &solution.shifts)? - charge(&penalties, &solution.shifts);
    solution.largest = u64_wad(Word::from_fixed(largest, 28));
    solution.last_step = u64_wad(Word::from_fixed(last_step, 28));
    Some(())
}

/// ½·z'·B⁻¹·z, as [`Solution::cost`].
fn charge(penalties: &[Penalty; MAX_EXPIRIES], shifts: &[Shift; MAX_EXPIRIES]) -> i128 {
    let mut sum = 0;
    let mut level_before = 0;
    for (penalty, [x, l, r]) in penalties.iter().zip(shifts) {
        // 52 fraction bits and 28 more.
        let level = (penalty.level * x + 2 * penalty.before * level_before) as i128;
        sum += level * *x as i128 + penalty.wing as i128 * (l * l + r * r) as i128;
        level_before = *x;
    }
    sum >> (80 - COST_BITS + 1)
}
