//! One Newton step towards the potential's maximum: the penalty z'·B⁻¹·z and the elimination.
//!
//! exp(−κ·|ln(T/T')|) is the covariance of a Markov chain in ln T, so B⁻¹ is tridiagonal in the levels and one
//! step costs a 2×2 elimination per expiry and one sweep over the expiries.
//!
//! No component of a shift goes beyond [`FARTHEST`]. One that is there and would go further is held: the others are searched for
//! without it. So where the search stands still, no gradient leads uphill within these bounds. Where the objective is not concave
//! a component goes by its gradient alone, times its penalty's inverse. What does not fit in the fixed point is cut, which leaves the
//! direction.

use crate::book::curve::{ratio, Curve, ONE};
use crate::book::frame::Frame;
use crate::number::word::Word;
use crate::smile::time::years;
use crate::state::MAX_EXPIRIES;

/// Shift of one expiry's smile: x, l, r as logarithms with 28 fraction bits.
pub(crate) type Shift = [i64; 3];

/// The farthest that a component of a shift goes, 28 fraction bits: more than the cap on what opens.
pub(crate) const FARTHEST: i64 = ONE / 4;
/// Time to expiry below which β² stops growing, seconds.
const SHORTEST: u64 = 6 * 3_600;
/// The maturity at which β² is 1 + c0, seconds.
const REFERENCE: u64 = 28 * 86_400;

/// B⁻¹·U by expiry, and the same in parts that are near 1 for the elimination.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Penalty {
    /// Diagonal entry of the level, 24 fraction bits. Zero for an expiry that has passed.
    level: i64,
    /// Entry between this level and the one before it, 24 fraction bits.
    before: i64,
    /// Diagonal entry of each wing, 24 fraction bits.
    wing: i64,
    /// The most that B has for a level or a wing, times U, 16 fraction bits.
    pub gain: i64,
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

/// B⁻¹·U of all live expiries.
pub(crate) fn penalties(frame: &Frame) -> [Penalty; MAX_EXPIRIES] {
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
        entry.gain = entry.square.max(entry.wing_gain);
        entry.chain = chain.to_fixed(24);
        last = Some((beta, log_tau, chain));
    }
    penalties
}

/// Product of a number and one with 24 fraction bits.
#[inline(always)]
fn scaled(a: i64, b: i64) -> i64 {
    (a * b) >> 24
}

/// The number, or what is nearest to it below 2^bits in size.
#[inline(always)]
fn cut(value: i64, bits: u32) -> i64 {
    value.clamp(-(1 << bits), 1 << bits)
}

/// Whether a component that is pushed this way stays where it is.
#[inline(always)]
fn is_held(part: i64, force: i64) -> bool {
    (part >= FARTHEST && force > 0) || (part <= -FARTHEST && force < 0)
}

/// 1 with 24 fraction bits.
const UNIT: i64 = 1 << 24;
/// Least pivot of an elimination, 24 fraction bits: with less, the objective counts as not concave.
const LEAST_PIVOT: i64 = 1 << 18;

/// One expiry's wings, eliminated: their change is `changes` + `slopes`·change of level.
#[derive(Clone, Copy, Debug, Default)]
struct Wings {
    changes: [i64; 2],
    slopes: [i64; 2],
}

/// Eliminates the wings of one expiry: their rows, multiplied by the inverse of their penalty, are
/// (1 − b·H)·change = b·(gradient − penalty·wing + H·change of level).
/// Returns with them the Hessian's entries between wings and level, zero for one that is held.
fn wings(penalty: &Penalty, curve: &Curve, shift: &Shift) -> (Wings, [i64; 2]) {
    let [_, l, r] = *shift;
    let [_, gl, gr] = curve.gradient;
    let [_, mut xl, mut xr, ll, lr, rr] = curve.hessian;
    // 24 fraction bits, and 28 from a gradient's 32.
    let gain = |value: i64| cut((penalty.wing_gain * value) >> 16, 28);
    let force = |gradient: i64, part: i64| {
        let rest = gradient - ((penalty.wing * part) >> 20);
        cut((penalty.wing_gain * rest) >> 20, 32)
    };
    let (left, right) = (force(gl, l), force(gr, r));
    let (mut ll, mut rr, mut lr) = (UNIT - gain(ll), UNIT - gain(rr), gain(lr));
    if is_held(l, left) {
        (ll, lr, xl) = (UNIT, 0, 0);
    }
    if is_held(r, right) {
        (rr, lr, xr) = (UNIT, 0, 0);
    }
    let mut determinant = scaled(ll, rr) - scaled(lr, lr);
    if ll < LEAST_PIVOT || determinant < LEAST_PIVOT {
        (ll, rr, lr, xl, xr, determinant) = (UNIT, UNIT, 0, 0, 0, UNIT);
    }
    let solve = |l: i64, r: i64| {
        [rr * l + lr * r, ll * r + lr * l].map(|part| cut(ratio(part >> 24, 24, determinant), 30))
    };
    let wings = Wings {
        changes: solve(left, right),
        slopes: solve(gain(xl), gain(xr)),
    };
    (wings, [xl, xr])
}

/// One expiry's share of a step.
#[derive(Clone, Copy, Debug, Default)]
struct Row {
    wings: Wings,
    /// Zero for an expiry that has passed.
    pivot: i64,
    rest: i64,
    /// Whether the level is.
    is_held: bool,
}

/// What a step came to, 28 fraction bits.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Step {
    /// Largest change of a component.
    pub change: i64,
    /// Largest component where those that are held had gone on.
    pub largest: i64,
}

/// One step on all shifts. The levels are eliminated in units of their β.
pub(crate) fn step(
    penalties: &[Penalty; MAX_EXPIRIES],
    curves: &[Curve; MAX_EXPIRIES],
    shifts: &mut [Shift; MAX_EXPIRIES],
) -> Step {
    let mut rows = [Row::default(); MAX_EXPIRIES];
    let mut taken = Step::default();
    // The row and the level before this one.
    let mut before = Row {
        is_held: true,
        ..Row::default()
    };
    let mut level_before = 0;
    for index in 0..MAX_EXPIRIES {
        let penalty = &penalties[index];
        if penalty.level == 0 {
            continue;
        }
        let curve = &curves[index];
        let (wings, [xl, xr]) = wings(penalty, curve, &shifts[index]);
        let along = |[l, r]: [i64; 2]| scaled(xl, l) + scaled(xr, r);
        let level = shifts[index][0];
        let after = penalties.get(index + 1).map_or(0, |after| after.before);
        let level_after = shifts.get(index + 1).map_or(0, |shift| shift[0]);
        // 32 fraction bits.
        let pull = penalty.level * level + penalty.before * level_before + after * level_after;
        let force = curve.gradient[0] + (along(wings.changes) << 4) - (pull >> 20);
        let is_held = is_held(level, force);
        let mut row = Row {
            wings,
            pivot: penalty.chain,
            rest: (penalty.beta * force) >> 20,
            is_held,
        };
        if !is_held {
            let coupling = if before.is_held {
                0
            } else {
                cut(ratio(penalty.link, 24, before.pivot), 26)
            };
            let bend = curve.hessian[0] + along(wings.slopes);
            let pivot =
                penalty.chain - ((penalty.square * bend) >> 16) - scaled(coupling, penalty.link);
            row.rest -= scaled(coupling, before.rest);
            if pivot >= LEAST_PIVOT {
                row.pivot = pivot;
            }
        }
        row.rest = cut(row.rest, 36);
        before = row;
        rows[index] = row;
        level_before = level;
    }
    let mut change_after = 0;
    for index in (0..MAX_EXPIRIES).rev() {
        let row = &rows[index];
        if row.pivot == 0 {
            continue;
        }
        let link = penalties.get(index + 1).map_or(0, |after| after.link);
        change_after = cut(
            ratio(row.rest - scaled(link, change_after), 24, row.pivot),
            30,
        );
        let mut level = cut((change_after * penalties[index].beta) >> 16, 30);
        let mut changes = [level, 0, 0];
        if row.is_held {
            (change_after, level) = (0, 0);
        }
        let [_, wings @ ..] = &mut changes;
        for (side, wing) in wings.iter_mut().enumerate() {
            *wing = row.wings.changes[side] + scaled(row.wings.slopes[side], level);
        }
        for (part, change) in shifts[index].iter_mut().zip(changes) {
            let moved = *part + change;
            taken.largest = taken.largest.max(moved.abs());
            let moved = moved.clamp(-FARTHEST, FARTHEST);
            taken.change = taken.change.max((moved - *part).abs());
            *part = moved;
        }
    }
    taken
}

/// Whether the penalty bends more than what is maximised does at most in any direction, by expiry as shares of their own penalties.
pub(crate) fn is_bent(penalties: &[Penalty; MAX_EXPIRIES], bends: &[Word; MAX_EXPIRIES]) -> bool {
    let mut before = UNIT;
    for (penalty, bend) in penalties.iter().zip(bends) {
        if penalty.level == 0 {
            continue;
        }
        let pivot = penalty.chain
            - scaled(cut(ratio(penalty.link, 24, before), 30), penalty.link)
            - bend.to_fixed(24).min(1 << 40);
        if pivot < LEAST_PIVOT {
            return false;
        }
        before = pivot;
    }
    true
}

/// ½·z'·B⁻¹·z with 81 fraction bits.
pub(crate) fn charge_81(
    penalties: &[Penalty; MAX_EXPIRIES],
    shifts: &[Shift; MAX_EXPIRIES],
) -> i128 {
    let mut sum = 0;
    let mut level_before = 0;
    for (penalty, [x, l, r]) in penalties.iter().zip(shifts) {
        // 52 fraction bits and 28 more.
        let level = (penalty.level * x + 2 * penalty.before * level_before) as i128;
        sum += level * *x as i128 + penalty.wing as i128 * (l * l + r * r) as i128;
        level_before = *x;
    }
    sum
}
