//! One Newton step towards the potential's maximum: the penalty z'·B⁻¹·z and the elimination.
//!
//! exp(−κ·|ln(T/T')|) is the covariance of a Markov chain in ln T, so B⁻¹ is tridiagonal in the levels and one
//! step costs a 2×2 elimination per expiry and one sweep over the expiries.

use crate::book::curve::{ratio, Curve};
use crate::book::frame::Frame;
use crate::number::word::Word;
use crate::smile::time::years;
use crate::state::MAX_EXPIRIES;

/// Shift of one expiry's smile: x, l, r as logarithms with 28 fraction bits.
pub(crate) type Shift = [i64; 3];

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
pub(crate) fn step(
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
