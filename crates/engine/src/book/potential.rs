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
//! A step that would be [`NEGLIGIBLE`] leaves z as it is, and so do all after it, which need not be computed. Nor need those behind
//! a step that is the last, as seen from how much smaller it is than the one before: errors of Newton's method go by their squares.
//!
//! Everything is in units of U. The search runs in fixed point with 28 fraction bits for z, 32 for gradients and 24
//! for Hessians and B⁻¹; C is evaluated to 2^-54 of each position where the search ends.

use crate::book::curve::{Curve, LowSmile, ONE};
use crate::book::frame::{Frame, Point};
use crate::book::newton::{charge_81, penalties, step, Penalty, Shift};
use crate::number::mantissa::mul_high;
use crate::number::special::horner::Split;
use crate::number::wide::mul_div_up;
use crate::number::word::Word;
use crate::parameters::WAD;
use crate::smile::slice::Smile;
use crate::state::{u64_wad, MAX_EXPIRIES, MAX_NODES};

/// Newton steps of a solve. Books within the shift cap stand still after three as a rule and six at most.
const STEPS: usize = 8;
/// A step this small, 28 fraction bits, is not taken: C would change by about its square, 2^-44 of U, which is 2e-8 quote
/// at the default depth. Steps half as large can be the gradient's rounding alone, and would never end.
const NEGLIGIBLE: i64 = ONE >> 22;
/// Largest last step, WAD, with which the potential counts as converged.
const STEP_LIMIT: u64 = WAD / 100_000;
/// By what inventory may have moved vols where there is no solution that says it, and what a shift is that is beyond it.
pub(crate) const FARTHEST_SHIFT: u64 = WAD / 4;
/// The same with 28 fraction bits.
const FARTHEST: i64 = ONE / 4;
/// Fraction bits of [`Solution::cost`].
pub(crate) const COST_BITS: u32 = 60;

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
    /// The same where no component of z is beyond [`FARTHEST`].
    pub cost_within: i128,
    /// z by expiry; zero for those that have expired.
    pub shifts: [Shift; MAX_EXPIRIES],
    /// Largest component of z, as a magnitude, WAD.
    pub largest: u64,
    /// Largest component of the last Newton step, WAD, zero where it is foreseen to be; `u64::MAX` where the book is so convex in vol, or so
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
    let mut potential = Potential::new(frame);
    let solution = potential.solve(points);
    if !solution.is_converged() {
        return None;
    }
    let unshifted = potential
        .book
        .value(frame, points, &[[0; 3]; MAX_EXPIRIES])?;
    let excess = (solution.cost - unshifted).max(0) as u128;
    mul_div_up(excess, frame.snapshot.parameters.depth, 1 << COST_BITS)
}

/// A book's net options by node, in the traders' view, as multiples of U per unit of forward.
struct Book {
    /// In lots, the pool's view.
    nets: [i64; MAX_NODES],
    sizes: [Word; MAX_NODES],
    /// The same in integers, `sizes`·2^`scale`, below 2^31.
    quantities: [i64; MAX_NODES],
    scale: i32,
    /// The derivatives of its value where nothing is shifted, as sums.
    unmoved: [Curve; MAX_EXPIRIES],
}

impl Book {
    /// Makes it the book of these points, which costs as much as they differ from what it was before. `None` for a book with a
    /// node of 2^21 times U and more.
    #[inline(never)]
    fn fit(
        &mut self,
        frame: &Frame,
        points: &[Point],
        smiles: &[LowSmile; MAX_EXPIRIES],
    ) -> Option<()> {
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
        let mut largest = Word::ONE.mul_pow2(-14);
        let held = self.nets.iter_mut().zip(&mut self.sizes);
        for ((net, size), point) in held.zip(points) {
            if point.net != *net && point.total_vol != 0 {
                let unit = units.get(point.slice as usize).unwrap_or(&at_spot);
                *size = Word::from_int(point.net) * *unit;
                *net = point.net;
            }
            largest = largest.max(size.abs());
        }
        let scale = -33 - largest.exponent();
        if scale < 10 {
            return None;
        }
        if scale != self.scale {
            self.scale = scale;
            self.quantities = [0; MAX_NODES];
            self.unmoved = [Curve::default(); MAX_EXPIRIES];
        }
        let held = self.quantities.iter_mut().zip(&self.sizes);
        for ((quantity, size), point) in held.zip(points) {
            let index = point.slice as usize;
            let (before, after) = (*quantity, size.to_fixed(scale));
            if before != after && index < MAX_EXPIRIES {
                *quantity = after;
                let (curve, smile) = (&mut self.unmoved[index], &smiles[index]);
                if before != 0 {
                    let mut part = Curve::default();
                    part.add(before, point.moneyness, smile);
                    curve.subtract(&part);
                }
                curve.add(after, point.moneyness, smile);
            }
        }
        Some(())
    }

    /// The derivatives of its value at a shift, as sums.
    fn curves(&self, points: &[Point], smiles: &[LowSmile; MAX_EXPIRIES]) -> [Curve; MAX_EXPIRIES] {
        let mut curves = [Curve::default(); MAX_EXPIRIES];
        for (point, quantity) in points.iter().zip(&self.quantities) {
            let index = point.slice as usize;
            if *quantity != 0 && index < MAX_EXPIRIES {
                curves[index].add(*quantity, point.moneyness, &smiles[index]);
            }
        }
        curves
    }

    /// Value of the options out of the money on the shifted surface, as [`Solution::cost`].
    fn value(
        &self,
        frame: &Frame,
        points: &[Point],
        shifts: &[Shift; MAX_EXPIRIES],
    ) -> Option<i128> {
        let mut smiles = [ShiftedSmile::default(); MAX_EXPIRIES];
        for ((smile, term), shift) in smiles.iter_mut().zip(&frame.terms).zip(shifts) {
            if let Some(term) = term {
                *smile = ShiftedSmile::new(&term.smile, shift);
            }
        }
        let mut sum = 0;
        for (point, size) in points.iter().zip(&self.sizes) {
            if size.is_zero() {
                continue;
            }
            let total_vol = smiles.get(point.slice as usize)?.total_vol(point.moneyness);
            // Half of the product; up to 2^81 for the largest size there is, below 2^21.
            let product = mul_high(size.mantissa(), (point.at_vol(total_vol).otm as u64) << 1);
            let shift = -(size.exponent() + 1 + COST_BITS as i32);
            let value = if shift >= 0 {
                (product >> shift.min(63)) as i128
            } else {
                (product as i128) << -shift
            };
            sum += if size.is_negative() { -value } else { value };
        }
        Some(sum)
    }
}

/// The smiles of all live expiries at a shift, at the precision of the search.
#[inline(never)]
fn shifted_smiles(frame: &Frame, shifts: &[Shift; MAX_EXPIRIES]) -> [LowSmile; MAX_EXPIRIES] {
    let mut smiles = [LowSmile::default(); MAX_EXPIRIES];
    for ((smile, term), shift) in smiles.iter_mut().zip(&frame.terms).zip(shifts) {
        if let Some(term) = term {
            *smile = LowSmile::new(&term.smile, *shift);
        }
    }
    smiles
}

/// Whether a step behind another one is the last: the one behind it, which is smaller than it by the square of how much it is
/// smaller than the one before, would be below the last bit of z.
fn is_last(before: i64, step: i64) -> bool {
    const LARGEST: i64 = ONE >> 8;
    step <= LARGEST && step * step * step <= before * before
}

/// The potential of one book after another at one moment: what they have in common is computed once, and what they come to
/// depends on none but themselves.
pub(crate) struct Potential<'a> {
    frame: &'a Frame<'a>,
    penalties: [Penalty; MAX_EXPIRIES],
    /// The smiles of the search where nothing is shifted.
    unmoved: [LowSmile; MAX_EXPIRIES],
    book: Book,
}

impl<'a> Potential<'a> {
    /// Without a book.
    #[inline(always)]
    pub fn new(frame: &'a Frame<'a>) -> Potential<'a> {
        Potential {
            frame,
            penalties: penalties(frame),
            unmoved: shifted_smiles(frame, &[[0; 3]; MAX_EXPIRIES]),
            book: Book {
                nets: [0; MAX_NODES],
                sizes: [Word::ZERO; MAX_NODES],
                quantities: [0; MAX_NODES],
                scale: 0,
                unmoved: [Curve::default(); MAX_EXPIRIES],
            },
        }
    }

    /// C and the shift of the book that `points` describe.
    #[inline(never)]
    pub fn solve(&mut self, points: &[Point]) -> Solution {
        let mut solution = Solution {
            cost: 0,
            cost_within: 0,
            shifts: [[0; 3]; MAX_EXPIRIES],
            largest: 0,
            last_step: u64::MAX,
        };
        self.search(points, &mut solution);
        solution
    }

    /// What is maximised, at a shift.
    #[inline(never)]
    fn cost(&self, points: &[Point], shifts: &[Shift; MAX_EXPIRIES]) -> Option<i128> {
        let value = self.book.value(self.frame, points, shifts)?;
        Some(value - (charge_81(&self.penalties, shifts) >> (81 - COST_BITS)))
    }

    /// Fills in the solution as far as there is one.
    fn search(&mut self, points: &[Point], solution: &mut Solution) -> Option<()> {
        let (frame, penalties) = (self.frame, &self.penalties);
        self.book.fit(frame, points, &self.unmoved)?;
        let book = &self.book;
        let (mut smiles, mut curves) = (self.unmoved, book.unmoved);
        let mut last_step = 0;
        for _ in 0..STEPS {
            for (curve, smile) in curves.iter_mut().zip(&smiles) {
                if curve.gradient[0] != 0 {
                    curve.finish(smile, book.scale)?;
                }
            }
            let mut moved = solution.shifts;
            let before = last_step;
            last_step = step(penalties, &curves, &mut moved)?;
            // What is not taken now is not taken later: there the remaining steps stand still too.
            if last_step <= NEGLIGIBLE {
                break;
            }
            solution.shifts = moved;
            if is_last(before, last_step) {
                last_step = 0;
                break;
            }
            smiles = shifted_smiles(frame, &solution.shifts);
            curves = book.curves(points, &smiles);
        }
        let mut largest = 0;
        for shift in &solution.shifts {
            for part in shift {
                largest = part.abs().max(largest);
            }
        }
        solution.cost = self.cost(points, &solution.shifts)?;
        solution.cost_within = solution.cost;
        if largest > FARTHEST {
            let within = |part: i64| part.clamp(-FARTHEST, FARTHEST);
            let shifts = solution.shifts.map(|shift| shift.map(within));
            solution.cost_within = self.cost(points, &shifts)?;
        }
        solution.largest = u64_wad(Word::from_fixed(largest, 28));
        solution.last_step = u64_wad(Word::from_fixed(last_step, 28));
        Some(())
    }
}
