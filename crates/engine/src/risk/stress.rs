//! The scenario gate: the worst loss of the pool over moves of spot and vol, and what happens beyond them.
//!
//! > Loss(s, v) = V(S, σ) − V(S·s, σ·e^{v·m}) − h·S·(s − 1),  m = min((28d/T)^0.3, 2)
//!
//! over fifteen spots from 0.5 to 1.8 and three vol moves, in the fall of vol with a day less for what the pool is long (what it
//! pays for options goes with vol and with time; what it is short gets no credit for that day), and over the strikes of options with seven days or
//! less to live as further spots, because a tight butterfly shows its loss only between them. Each strike keeps
//! its own vol, and its forward moves with spot, by the carry of its expiry away from it. Spots below and above the grid are covered exactly by the pool's value at zero and its slope at
//! infinity.
//!
//! What accounts are short counts in the pool's book as if they always paid. Their margin is for moves of up to a fifth; what they
//! cost beyond is a loss of the scenario's.
//!
//! The value of a long position is convex in spot. That allows the search to leave out scenarios that cannot
//! be the worst, and never one that could: a pool with short positions only has a convex loss, whose largest
//! value lies at an end of the grid; and the loss at a spot or a strike is at most what its neighbours that were looked at
//! allow: what it is short is worth no more there than on the chord between them, what it is long no less than below.

use crate::book::frame::{accumulate, options_of, Frame, Point, Points};
use crate::book::mark::Totals;
use crate::number::special::horner::Split;
use crate::number::special::ln::ln_fixed;
use crate::number::wide::{mul_div_down, mul_div_up, saturating_sum};
use crate::number::word::Word;
use crate::parameters::WAD;
use crate::smile::time::years;
use crate::state::{BookMark, Parameters, Snapshot, Stress, Written, MAX_EXPIRIES};

/// Spots of the grid, in hundredths of spot, lowest byte first.
const SPOTS: u128 = 0xb4_a0_8c_7d_75_6e_69_64_5f_5a_55_4e_46_3c_32;
/// Index of spot itself in the grid.
const UNMOVED: usize = 7;
/// Number of spots of the grid.
const SPOT_COUNT: usize = 15;
/// Time to expiry up to which a strike is a spot of the grid, seconds.
const STRIKE_HORIZON: u64 = 7 * 86_400;
/// Distance within which two expiries' spots for one strike count as one: a 2048th, a carry of 2.5 % for a week. What lies
/// between loses as much more as the position there moves by in value.
const NEAR: Word = Word::from_ratio(1, 2_048);
/// Maturity whose vol moves by exactly `v`, seconds.
const REFERENCE: u64 = 28 * 86_400;
/// The time that passes for long positions where vol falls, seconds.
const DAY: u64 = 86_400;
/// The vol moves as logarithms, in hundredths, signed bytes, lowest first: -30, 0, 45. An array would be a data segment.
const VOL_MOVES: u32 = 0x2d_00_e2;
/// Number of vol moves.
const VOL_MOVE_COUNT: usize = 3;

/// Value of the net long calls and, as a magnitude, of the net short ones, per unit of the present spot.
#[derive(Clone, Copy, Default)]
struct Sides {
    long: Word,
    short: Word,
}

/// What a vol move does to one expiry; nothing once it has passed.
#[derive(Clone, Copy, Default)]
struct Move {
    /// Factor on vol, 60 fraction bits.
    factor: i64,
    /// The same on what the pool is long.
    factor_long: i64,
    /// Forward over spot less one, 62 fraction bits.
    excess: i64,
}

/// Short options of accounts, which have margin for a move of a fifth.
#[derive(Clone, Copy)]
struct Defaults {
    calls: Word,
    puts: Word,
}

impl Defaults {
    fn of(written: &Written) -> Defaults {
        let options = |lots: u64| options_of(lots as i128, 0);
        Defaults {
            calls: options(written.calls),
            puts: options(written.puts),
        }
    }

    /// What they cost at another spot beyond their margin, given its ratio to the present one, per unit of that: all are taken to be
    /// in the money there. Convex, as the loss of short positions is.
    fn lost(&self, ratio: Word) -> Word {
        const CALLS: Word = Word::from_ratio(6, 5);
        const PUTS: Word = Word::from_ratio(4, 5);
        if ratio > CALLS {
            self.calls * (ratio - CALLS)
        } else if ratio < PUTS {
            self.puts * (PUTS - ratio)
        } else {
            Word::ZERO
        }
    }
}

/// The search for the worst scenario.
struct Search<'a> {
    frame: &'a Frame<'a>,
    written: Defaults,
    points: &'a [Point],
    /// Loss at zero spot were all calls worthless: book value and hedge now, less the puts' strikes.
    constant: Word,
    /// What the loss falls by per unit of spot but for the calls: hedge less puts times e^(c·τ).
    slope: Word,
    worst_loss: Word,
    /// Index of the worst spot in the grid, or [`SPOT_COUNT`] and its node's.
    worst_spot: usize,
    worst_vol_move: i64,
}

impl Search<'_> {
    /// The calls at another spot, given its ratio to the present one, which forwards move by too, and what a vol move does
    /// to each expiry.
    fn revalue(&self, moves: &[Move; MAX_EXPIRIES], ratio: Word) -> Sides {
        let log_move = ln_fixed(ratio.mantissa(), 1 << 63, ratio.exponent() + 63, 58);
        let inverse = ratio.recip();
        let (mut long, mut short) = (0, 0);
        for point in self.points {
            if point.net == 0 {
                continue;
            }
            let moved = moves.get(point.slice as usize).copied().unwrap_or_default();
            let Move { excess, .. } = moved;
            let factor = if point.net < 0 {
                moved.factor
            } else {
                moved.factor_long
            };
            let total_vol = Split::new(point.total_vol).step(factor, 0) << 4;
            let call = point.call_at(point.log_moneyness - log_move, inverse, total_vol);
            // Per unit of spot, below two.
            let call = call + (Split::new(call).step(excess, 0) << 2);
            accumulate(
                if point.net < 0 { &mut short } else { &mut long },
                point.net,
                call,
            );
        }
        Sides {
            long: options_of(long, 62) * ratio,
            short: -options_of(short, 62) * ratio,
        }
    }

    fn loss(&self, ratio: Word, sides: &Sides) -> Word {
        let defaulted = self.written.lost(ratio);
        self.constant
            - (self.slope * ratio + sides.long - sides.short - defaulted) * self.frame.spot.value
    }

    fn consider(&mut self, spot: usize, ratio: Word, vol_move: i64, sides: &Sides) {
        let loss = self.loss(ratio, sides);
        if loss > self.worst_loss {
            self.worst_loss = loss;
            self.worst_spot = spot;
            self.worst_vol_move = vol_move;
        }
    }

    /// Evaluates one vol move on the grid and, at near strikes, where their neighbours leave room for a worse loss.
    fn scan(&mut self, vol_move: i64, short_only: bool) {
        let frame = self.frame;
        let mut moves = [Move::default(); MAX_EXPIRIES];
        for (slice, (entry, term)) in moves.iter_mut().zip(&frame.terms).enumerate() {
            if let Some(term) = term {
                let factor = vol_factor(term.tau, vol_move);
                let left = if vol_move < 0 {
                    day_less(term.tau)
                } else {
                    Word::ONE
                };
                *entry = Move {
                    factor: factor.to_fixed(60),
                    factor_long: (factor * left).to_fixed(60),
                    excess: frame.forward(slice).excess,
                };
            }
        }
        let mut grid = Grid::NONE;
        for index in [0, SPOT_COUNT - 1] {
            self.look(&mut grid, &moves, index, vol_move);
        }
        if short_only {
            return;
        }
        for index in (1..SPOT_COUNT - 1).rev() {
            if self.bound(&grid, ratio_at(index)) > self.worst_loss {
                self.look(&mut grid, &moves, index, vol_move);
            }
        }
        for (index, point) in self.points.iter().enumerate() {
            if self.is_spot(point) {
                let ratio = point.ratio();
                if self.bound(&grid, ratio) > self.worst_loss && !self.has_twin(index, point) {
                    let sides = self.revalue(&moves, ratio);
                    self.consider(SPOT_COUNT + index, ratio, vol_move, &sides);
                }
            }
        }
    }

    /// Whether a node's strike is a spot of the grid, the one at which its forward is the strike: held, and near its expiry.
    fn is_spot(&self, point: &Point) -> bool {
        let term = self.frame.terms.get(point.slice as usize);
        point.net != 0 && matches!(term, Some(Some(term)) if term.tau <= years(STRIKE_HORIZON))
    }

    /// Whether it is as good as an earlier one's, of the same strike and within [`NEAR`] of the same spot.
    fn has_twin(&self, index: usize, point: &Point) -> bool {
        let nodes = self.frame.snapshot.nodes;
        let slack = point.ratio() * NEAR;
        let mut earlier = self.points.iter().zip(nodes).take(index);
        earlier.any(|(other, twin)| {
            nodes
                .get(index)
                .is_some_and(|node| twin.strike == node.strike)
                && self.is_spot(other)
                && (other.ratio() - point.ratio()).abs() <= slack
        })
    }

    /// Evaluates a spot of the grid.
    fn look(&mut self, grid: &mut Grid, moves: &[Move; MAX_EXPIRIES], index: usize, vol_move: i64) {
        let ratio = ratio_at(index);
        let sides = self.revalue(moves, ratio);
        self.consider(index, ratio, vol_move, &sides);
        if let Some(place) = grid.0.get_mut(index) {
            *place = Some((ratio, sides));
        }
    }

    /// No loss at this spot can be above the result: short values lie below the chord between the neighbours that were looked
    /// at, and long values, which rise with spot, not below what they are at the lower one. Zero outside the grid.
    fn bound(&self, grid: &Grid, ratio: Word) -> Word {
        let (mut left, mut right) = (None, None);
        for looked in grid.0.iter().flatten() {
            if looked.0 <= ratio {
                left = Some(looked);
            } else if right.is_none() {
                right = Some(looked);
            }
        }
        let (Some((low, below)), Some((high, above))) = (left, right) else {
            return Word::ZERO;
        };
        let part = (ratio - *low) / (*high - *low);
        let sides = Sides {
            long: below.long,
            short: below.short + (above.short - below.short) * part,
        };
        self.loss(ratio, &sides)
    }
}

/// The spots of the grid that were looked at, with what positions are worth there.
struct Grid([Option<(Word, Sides)>; SPOT_COUNT]);

impl Grid {
    const NONE: Grid = Grid([None; SPOT_COUNT]);
}

/// A spot of the grid, as a ratio to spot.
fn ratio_at(index: usize) -> Word {
    Word::from_ratio(percent(index), 100)
}

/// A spot of the grid, in hundredths of spot.
fn percent(index: usize) -> u64 {
    (SPOTS >> (8 * index)) as u64 & 0xff
}

/// e^{v·min((28d/T)^0.3, 2)}.
fn vol_factor(tau: Word, vol_move: i64) -> Word {
    const REFERENCE_YEARS: Word = Word::from_ratio(REFERENCE, crate::state::YEAR);
    let exponent = (REFERENCE_YEARS / tau).ln() * const { Word::from_ratio(3, 10) };
    (exponent.exp().min(const { Word::from_int(2) })
        * Word::from_int(vol_move)
        * const { Word::from_ratio(1, 100) })
    .exp()
}

/// √((T − 1d)/T): what a day leaves of the total vol of an option that lives T, nothing of one that lives no longer.
fn day_less(tau: Word) -> Word {
    ((tau - years(DAY)).max(Word::ZERO) / tau).sqrt()
}

/// Runs the scenario gate on a pool and its mark. Losses round up, the slope limit toward zero, the value at
/// zero down.
pub fn stress(snapshot: &Snapshot, mark: &BookMark) -> Stress {
    let frame = Frame::new(snapshot);
    let mut points = Points::NONE;
    points.fill(&frame);
    assess(
        &frame,
        &points,
        &Totals::of(&frame, &points),
        mark,
        snapshot.cash,
    )
}

pub(crate) fn assess(
    frame: &Frame,
    points: &[Point],
    totals: &Totals,
    mark: &BookMark,
    cash: i128,
) -> Stress {
    let snapshot = frame.snapshot;
    let hedge = Word::from_wad_i128(snapshot.hedge_position);
    let put_strikes = totals.put_strikes();
    let has_long = points.iter().any(|point| point.net > 0);
    let has_short = points.iter().any(|point| point.net < 0);
    let mut search = Search {
        frame,
        written: Defaults::of(&snapshot.written),
        points,
        constant: Word::from_wad_i128(mark.value) + hedge * frame.spot.value - put_strikes,
        slope: hedge - totals.puts(frame),
        worst_loss: Word::ZERO,
        worst_spot: UNMOVED,
        worst_vol_move: 0,
    };
    for index in 0..VOL_MOVE_COUNT {
        let vol_move = i64::from((VOL_MOVES >> (8 * index)) as i8);
        // Short positions only lose most to the rise of vol, long ones only to its fall.
        if (has_long || vol_move > 0) && (has_short || !has_long || vol_move < 0) {
            search.scan(vol_move, !has_long);
        }
    }
    let parameters = snapshot.parameters;
    Stress {
        equity: mark.nav_low,
        worst_loss: search.worst_loss.to_wad_up().max(0) as u128,
        worst_spot: match snapshot
            .nodes
            .get(search.worst_spot.wrapping_sub(SPOT_COUNT))
        {
            Some(node) => {
                let forward = frame.forward(node.slice as usize).wad;
                mul_div_down(node.strike, snapshot.spot, forward).unwrap_or(node.strike)
            }
            None => mul_div_down(snapshot.spot, percent(search.worst_spot) as u128, 100)
                .unwrap_or(u128::MAX),
        },
        worst_vol_move: search.worst_vol_move * (WAD / 100) as i64,
        floor: floor(mark.nav_low, parameters),
        upside_slope: saturating_sum(totals.upside_down(frame), snapshot.hedge_position),
        upside_slope_limit: -slope_allowance(mark.nav_low, snapshot.spot, parameters),
        value_at_zero: saturating_sum(cash, totals.put_strikes_down()),
    }
}

fn floor(equity: i128, parameters: &Parameters) -> u128 {
    let equity = equity.max(0) as u128;
    mul_div_up(equity, parameters.equity_floor as u128, WAD as u128).unwrap_or(u128::MAX)
}

fn slope_allowance(equity: i128, spot: u128, parameters: &Parameters) -> i128 {
    let equity = equity.max(0) as u128;
    mul_div_down(equity, parameters.upside_slope as u128, WAD as u128)
        .and_then(|cash| mul_div_down(cash, WAD as u128, spot))
        .map_or(0, |slope| slope.min(i128::MAX as u128) as i128)
}

/// Whether equity after the worst loss is above the floor and both tails are covered: the slope above the grid
/// within its limit, and value at zero not negative.
pub fn passes(stress: &Stress) -> bool {
    let worst_loss = stress.worst_loss.min(i128::MAX as u128) as i128;
    let floor = stress.floor.min(i128::MAX as u128) as i128;
    stress.equity.saturating_sub(worst_loss) >= floor
        && stress.upside_slope >= stress.upside_slope_limit
        && stress.value_at_zero >= 0
}

/// The largest amount of quote, WAD, that can leave the pool's cash with [`passes`] still true; exact, zero
/// when it is not true now.
pub fn withdrawable(stress: &Stress, spot: u128, parameters: &Parameters) -> u128 {
    let (Ok(equity), Ok(at_zero)) = (
        u128::try_from(stress.equity),
        u128::try_from(stress.value_at_zero),
    ) else {
        return 0;
    };
    let wad = WAD as u128;
    // Least equity with E − L >= ⌈f·E⌉.
    let survivable = wad
        .checked_sub(parameters.equity_floor as u128)
        .and_then(|kept| mul_div_up(stress.worst_loss, wad, kept));
    // Least equity with ⌊κ·E/S⌋ >= −slope.
    let short_slope = stress.upside_slope.min(0).unsigned_abs();
    let covered = if short_slope == 0 {
        Some(0)
    } else {
        mul_div_up(short_slope, spot, wad)
            .and_then(|cash| mul_div_up(cash, wad, parameters.upside_slope as u128))
    };
    match (survivable, covered) {
        (Some(survivable), Some(covered)) => {
            equity.saturating_sub(survivable.max(covered)).min(at_zero)
        }
        _ => 0,
    }
}
