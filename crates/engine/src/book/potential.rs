//! The potential C: what the pool charges to hold a book, so that a trade from q to q' costs C(q') − C(q).
//!
//! With q the traders' net positions and P(z) prices on the surface shifted by z,
//!
//! > C(q) = max over z within ±¼ of  Σ qᵢ·Pᵢ(z) − ½·z'·B⁻¹·z
//!
//! with Pᵢ Black's price on the forward of its expiry, and where z holds per expiry the shifts (x, l, r) of the logarithms of level, left wing and right wing. B couples
//! levels through β_e·β_e'·exp(−κ·|ln(T_e/T_e')|)/U and is diagonal in the wings with ω·β_e²/U, where
//! β_e² = 1 + c0·28d/T_e. Marginal prices are prices on the one surface at the maximum.
//!
//! Every book has a potential, however large it is and however its options bend: no component of z goes beyond a quarter. Where what
//! traders are long of bends less than the penalty ([`Potential::is_concave`]) what is maximised is concave within these bounds, and
//! there is one maximum.
//!
//! The maximum is approached by [`STEPS`] Newton steps from z = 0, always as many and from nothing but the book, so C is a
//! function of the book alone, whatever path led to it: costs of trades telescope, at the maximum or not. C is an integer for the
//! same reason. Where there may be several maxima it is the highest of those that are found from the levels' middle and both ends, and the
//! book's value at the anchor at least.
//! A step that would be [`NEGLIGIBLE`] leaves z as it is, and so do all after it, which need not be computed. Nor need those behind
//! a step that is the last, as seen from how much smaller it is than the one before: errors of Newton's method go by their squares.
//!
//! Everything is in units of U. The search runs in fixed point with 28 fraction bits for z, 32 for gradients and 24
//! for Hessians and B⁻¹; C is evaluated to 2^-54 of each position where the search ends.

use crate::book::curve::{most_bend, Curve, LowSmile, ONE};
use crate::book::frame::{Frame, Point};
use crate::book::newton::{charge_81, is_bent, penalties, step, Penalty, Shift, Step, FARTHEST};
use crate::number::mantissa::mul_high;
use crate::number::special::horner::Split;
use crate::number::wide::mul_div_up;
use crate::number::word::Word;
use crate::smile::slice::Smile;
use crate::state::{u64_wad, MAX_EXPIRIES, MAX_NODES};

/// Newton steps of a solve. Books within the shift cap stand still after three as a rule and six at most.
const STEPS: usize = 8;
/// A step this small, 28 fraction bits, is not taken: C would change by about its square, 2^-44 of U, which is 2e-8 quote
/// at the default depth. Steps half as large can be the gradient's rounding alone, and would never end.
const NEGLIGIBLE: i64 = ONE >> 22;
/// Largest last step, 28 fraction bits, with which the search counts as arrived.
const ARRIVED: i64 = ONE / 100_000;
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
    /// The smile with level and wings times e^x, e^l and e^r.
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
    /// Largest component of z, as a magnitude, WAD; above a quarter where a step by its gradient there and its own penalty would end.
    pub largest: u64,
    /// Whether the search has arrived.
    pub is_converged: bool,
}

/// What C exceeds the value of the traders' book on the anchor by, quote WAD, rounded up: both from the same integers.
pub(crate) fn excess_up(frame: &Frame, points: &[Point]) -> u128 {
    let mut potential = Potential::new(frame, points);
    let excess = potential.solve(points).cost - potential.value_unmoved(points);
    let depth = frame.snapshot.parameters.depth;
    mul_div_up(excess.max(0) as u128, depth, 1 << COST_BITS).unwrap_or(u128::MAX)
}

/// No shift.
const UNMOVED: [Shift; MAX_EXPIRIES] = [[0; 3]; MAX_EXPIRIES];

/// A book's net options by node, in the traders' view, as multiples of U per unit of forward.
struct Book {
    /// In lots, the pool's view.
    nets: [i64; MAX_NODES],
    sizes: [Word; MAX_NODES],
    /// The same in integers, `sizes`·2^`scale`, below 2^31.
    quantities: [i64; MAX_NODES],
    scale: i32,
    /// Units of U of one lot that the pool is long of, per expiry.
    units: [Word; MAX_EXPIRIES],
    /// The derivatives of its value where nothing is shifted, as sums.
    unmoved: [Curve; MAX_EXPIRIES],
}

impl Book {
    /// Makes it the book of these points, which costs as much as they differ from what it was before. The search sees no more of a
    /// node than 2^21 times U.
    #[inline(never)]
    fn fit(&mut self, points: &[Point], smiles: &[LowSmile; MAX_EXPIRIES]) {
        let mut largest = Word::ONE.mul_pow2(-14);
        let held = self.nets.iter_mut().zip(&mut self.sizes);
        for ((net, size), point) in held.zip(points) {
            if point.net != *net && point.total_vol != 0 {
                let unit = self.units.get(point.slice as usize);
                *size = Word::from_int(point.net) * unit.copied().unwrap_or(Word::ZERO);
                *net = point.net;
            }
            largest = largest.max(size.abs());
        }
        let scale = (-33 - largest.exponent()).max(10);
        if scale != self.scale {
            self.scale = scale;
            self.quantities = [0; MAX_NODES];
            self.unmoved = [Curve::default(); MAX_EXPIRIES];
        }
        let held = self.quantities.iter_mut().zip(&self.sizes);
        for ((quantity, size), point) in held.zip(points) {
            let index = point.slice as usize;
            const MOST: i64 = (1 << 31) - 1;
            let (before, after) = (*quantity, size.to_fixed(scale).clamp(-MOST, MOST));
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
    fn value(&self, frame: &Frame, points: &[Point], shifts: &[Shift; MAX_EXPIRIES]) -> i128 {
        let mut smiles = [ShiftedSmile::default(); MAX_EXPIRIES];
        for ((smile, term), shift) in smiles.iter_mut().zip(&frame.terms).zip(shifts) {
            if let Some(term) = term {
                *smile = ShiftedSmile::new(&term.smile, shift);
            }
        }
        let mut sum = 0;
        for (point, size) in points.iter().zip(&self.sizes) {
            let Some(smile) = smiles.get(point.slice as usize) else {
                continue;
            };
            if size.is_zero() {
                continue;
            }
            let total_vol = smile.total_vol(point.moneyness);
            // Half of the product; up to 2^81 for the largest size that the search sees whole, below 2^21.
            let product = mul_high(size.mantissa(), (point.at_vol(total_vol).otm as u64) << 1);
            let shift = -(size.exponent() + 1 + COST_BITS as i32);
            let value = if shift >= 0 {
                (product >> shift.min(63)) as i128
            } else {
                (product as i128) << (-shift).min(56)
            };
            sum += if size.is_negative() { -value } else { value };
        }
        sum
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
    /// What a lot that traders are long of bends at most, by node, as a share of the penalty and per unit of forward, 28 fraction bits.
    bends: [i64; MAX_NODES],
    book: Book,
}

impl<'a> Potential<'a> {
    /// Without a book, for nodes as in `points`.
    #[inline(never)]
    pub fn new(frame: &'a Frame<'a>, points: &[Point]) -> Potential<'a> {
        let penalties = penalties(frame);
        let unmoved = shifted_smiles(frame, &UNMOVED);
        let depth = Word::from_wad_u128(frame.snapshot.parameters.depth);
        let lots = depth * const { Word::from_int(-1_000_000) };
        let at_spot = frame.spot.value / lots;
        let unit = |slice| match frame.forward(slice) {
            forward if forward.excess == 0 => at_spot,
            forward => forward.value / lots,
        };
        let mut bends = [0; MAX_NODES];
        for (bend, point) in bends.iter_mut().zip(points) {
            let index = point.slice as usize;
            if let (Some(smile), Some(penalty)) = (unmoved.get(index), penalties.get(index)) {
                *bend = most_bend(point, smile, penalty.gain);
            }
        }
        Potential {
            frame,
            penalties,
            unmoved,
            bends,
            book: Book {
                nets: [0; MAX_NODES],
                sizes: [Word::ZERO; MAX_NODES],
                quantities: [0; MAX_NODES],
                scale: 0,
                units: core::array::from_fn(unit),
                unmoved: [Curve::default(); MAX_EXPIRIES],
            },
        }
    }

    /// Whether the penalty bends more at any shift than what traders are long of at most, given their lots by node: what is maximised is
    /// concave.
    #[inline(never)]
    pub fn is_concave(&self, points: &[Point], longs: impl Fn(usize, &Point) -> i64) -> bool {
        let mut bends = [Word::ZERO; MAX_EXPIRIES];
        for (index, (point, bend)) in points.iter().zip(&self.bends).enumerate() {
            let lots = longs(index, point);
            if lots > 0 {
                if let Some(sum) = bends.get_mut(point.slice as usize) {
                    *sum += Word::from_int(lots) * Word::from_fixed(*bend, 28);
                }
            }
        }
        for (bend, unit) in bends.iter_mut().zip(&self.book.units) {
            *bend = -*bend * *unit;
        }
        is_bent(&self.penalties, &bends)
    }

    /// C and the shift of the book that `points` describe.
    #[inline(never)]
    pub fn solve(&mut self, points: &[Point]) -> Solution {
        self.book.fit(points, &self.unmoved);
        let mut found = self.solve_from(points, 0);
        if !found.is_converged || !self.is_concave(points, |_, point| point.net.saturating_neg()) {
            for level in [FARTHEST, -FARTHEST] {
                let other = self.solve_from(points, level);
                if other.cost > found.cost {
                    found = other;
                }
            }
            found.cost = found.cost.max(self.value_unmoved(points));
        }
        found
    }

    /// The value of the book at the anchor, as [`Solution::cost`].
    pub fn value_unmoved(&self, points: &[Point]) -> i128 {
        self.book.value(self.frame, points, &UNMOVED)
    }

    /// The maximum that the search finds from these levels.
    #[inline(never)]
    fn solve_from(&self, points: &[Point], level: i64) -> Solution {
        let mut shifts = [[level, 0, 0]; MAX_EXPIRIES];
        let last = self.search(points, &mut shifts);
        Solution {
            cost: self.cost(points, &shifts),
            shifts,
            largest: u64_wad(Word::from_fixed(last.largest, 28)),
            is_converged: last.change <= ARRIVED,
        }
    }

    /// What is maximised, at a shift.
    #[inline(never)]
    fn cost(&self, points: &[Point], shifts: &[Shift; MAX_EXPIRIES]) -> i128 {
        let value = self.book.value(self.frame, points, shifts);
        value - (charge_81(&self.penalties, shifts) >> (81 - COST_BITS))
    }

    /// Moves the shift to the maximum and returns the last step, with no change where it is foreseen to be none.
    fn search(&self, points: &[Point], shifts: &mut [Shift; MAX_EXPIRIES]) -> Step {
        let (mut smiles, mut curves) = (self.unmoved, self.book.unmoved);
        if *shifts != UNMOVED {
            smiles = shifted_smiles(self.frame, shifts);
            curves = self.book.curves(points, &smiles);
        }
        let mut last = Step::default();
        for _ in 0..STEPS {
            for (curve, smile) in curves.iter_mut().zip(&smiles) {
                if curve.gradient != [0; 3] {
                    curve.finish(smile, self.book.scale);
                }
            }
            let mut moved = *shifts;
            let before = last.change;
            last = step(&self.penalties, &curves, &mut moved);
            // What is not taken now is not taken later: there the remaining steps stand still too.
            if last.change <= NEGLIGIBLE {
                break;
            }
            *shifts = moved;
            // Errors go by their squares where nothing is held or cut.
            if last.largest <= FARTHEST && is_last(before, last.change) {
                last.change = 0;
                break;
            }
            smiles = shifted_smiles(self.frame, shifts);
            curves = self.book.curves(points, &smiles);
        }
        last
    }
}
