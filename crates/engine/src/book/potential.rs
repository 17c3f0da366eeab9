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
//! Everything is in units of U. The search runs in fixed point with 28 fraction bits for z, 32 for gradients and 24
//! for Hessians and B⁻¹; C is evaluated to 2^-54 of each position where the search ends.

use crate::book::curve::{Curve, LowSmile, ONE};
use crate::book::frame::{Frame, Point};
use crate::book::newton::{charge_81, penalties, step, Shift};
use crate::number::real::mul_high;
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
    solution.cost = book.value(frame, &solution.shifts)?
        - (charge_81(&penalties, &solution.shifts) >> (81 - COST_BITS));
    solution.largest = u64_wad(Word::from_fixed(largest, 28));
    solution.last_step = u64_wad(Word::from_fixed(last_step, 28));
    Some(())
}
