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
//! The value of a long position is convex in spot, and any option is worth more with more vol. That allows the search to leave
//! out scenarios that cannot be the worst, and never one that could. A pool with short positions only has a convex loss, whose
//! largest value lies at an end of the grid. Any other looks first at what is short after the rise of vol and at what is long
//! after its fall, which together lose more than any scenario of that spot, and at the scenarios themselves only where that is
//! more than the worst so far. Between two spots that were looked at, what is short costs no more than on the chord, and what is long
//! is worth no less than at the lower one, nor than at the upper one less all that calls can fall by on the way: where the most that
//! leaves is no more than the worst so far, none of the spots between is looked at.

use crate::book::frame::{accumulate, options_of, Frame, Point, Points};
use crate::book::mark::Totals;
use crate::number::special::horner::Split;
use crate::number::special::ln::ln_fixed;
use crate::number::wide::{mul_div_down, mul_div_up, saturating_sum};
use crate::number::word::Word;
use crate::parameters::WAD;
use crate::price::legs::ONE_62;
use crate::smile::time::years;
use crate::state::{
    BookMark, Node, Parameters, Snapshot, Stress, Written, MAX_EXPIRIES, MAX_NODES,
};

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
/// The vol moves beside none at all, as logarithms, in hundredths.
const RISE: i64 = 45;
const FALL: i64 = -30;

/// Value of the net long calls and, as a magnitude, of the net short ones, per unit of the present spot.
#[derive(Clone, Copy, Default)]
struct Sides {
    long: Word,
    short: Word,
}

/// What to multiply the vols of each expiry by, 60 fraction bits; nothing once it has passed.
type Factors = [i64; MAX_EXPIRIES];

/// [`Factors`] of the vol moves.
struct Moves {
    unmoved: Factors,
    rise: Factors,
    fall: Factors,
    /// After the fall, of what is long.
    fall_long: Factors,
}

impl Moves {
    /// Of all live expiries; those of the fall only where something is long.
    fn new(frame: &Frame, has_long: bool) -> Moves {
        let [unmoved, rise, fall, fall_long] = [[0; MAX_EXPIRIES]; 4];
        let mut moves = Moves {
            unmoved,
            rise,
            fall,
            fall_long,
        };
        for (slice, term) in frame.terms.iter().enumerate() {
            let Some(term) = term else {
                continue;
            };
            let most = move_scale(term.tau);
            moves.unmoved[slice] = 1 << 60;
            moves.rise[slice] = vol_factor(most, RISE).to_fixed(60);
            if has_long {
                let fall = vol_factor(most, FALL);
                moves.fall[slice] = fall.to_fixed(60);
                moves.fall_long[slice] = (fall * day_less(term.tau)).to_fixed(60);
            }
        }
        moves
    }
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

/// Most spots of a search.
const MOST_SPOTS: usize = SPOT_COUNT + MAX_NODES;

/// The spots of a search, ascending.
struct Spots {
    /// As ratios to the present one.
    ratios: [Word; MOST_SPOTS],
    /// Indices in the grid, or [`SPOT_COUNT`] and that of the node whose forward is the strike there.
    indices: [u8; MOST_SPOTS],
    count: usize,
}

impl Spots {
    /// Of a grid of two ends, or of the whole grid with the strikes of options that are held and near their expiry, between its ends.
    fn new(frame: &Frame, points: &[Point], is_full: bool) -> Spots {
        let mut spots = Spots {
            ratios: [Word::ZERO; MOST_SPOTS],
            indices: [0; MOST_SPOTS],
            count: 0,
        };
        for index in 0..SPOT_COUNT {
            if is_full || index == 0 || index == SPOT_COUNT - 1 {
                spots.set(spots.count, ratio_at(index), index as u8);
                spots.count += 1;
            }
        }
        if is_full {
            spots.add_strikes(frame, points);
        }
        spots
    }

    fn add_strikes(&mut self, frame: &Frame, points: &[Point]) {
        let Snapshot {
            slices, nodes, now, ..
        } = *frame.snapshot;
        for (index, (point, node)) in points.iter().zip(nodes).enumerate() {
            let slice = slices.get(point.slice as usize);
            let left = slice.map_or(0, |slice| slice.expiry.saturating_sub(now));
            if point.net != 0 && left != 0 && left <= STRIKE_HORIZON {
                self.add_strike(nodes, point.ratio(), node.strike, SPOT_COUNT + index);
            }
        }
    }

    /// Adds a strike, unless one that is there is as good: of the same strike and within [`NEAR`] of the same spot.
    fn add_strike(&mut self, nodes: &[Node], ratio: Word, strike: u128, index: usize) {
        let mut place = self.count - 1;
        if ratio >= self.ratios[place] || ratio <= self.ratios[0] {
            return;
        }
        for other in self.indices.iter().zip(&self.ratios).take(self.count) {
            let node = nodes.get((*other.0 as usize).wrapping_sub(SPOT_COUNT));
            let is_same = node.is_some_and(|node| node.strike == strike);
            if is_same && (*other.1 - ratio).abs() <= ratio * NEAR {
                return;
            }
        }
        // From the end, because strikes mostly ascend.
        while self.ratios[place] > ratio {
            self.set(place + 1, self.ratios[place], self.indices[place]);
            place -= 1;
        }
        self.set(place + 1, ratio, index as u8);
        self.count += 1;
    }

    fn set(&mut self, place: usize, ratio: Word, index: u8) {
        if let (Some(own), Some(its)) = (self.ratios.get_mut(place), self.indices.get_mut(place)) {
            (*own, *its) = (ratio, index);
        }
    }
}

/// A spot that was looked at.
#[derive(Clone, Copy)]
struct Looked {
    /// Its place among the spots.
    place: usize,
    ratio: Word,
    /// What long positions are worth there at least.
    long: Word,
    /// What short positions, and accounts that fail, cost there at most.
    cost: Word,
}

/// The search for the worst scenario.
struct Search<'a> {
    frame: &'a Frame<'a>,
    written: Defaults,
    points: &'a [Point],
    moves: Moves,
    spots: Spots,
    /// Loss at zero spot were all calls worthless: book value and hedge now, less the puts' strikes.
    constant: Word,
    /// What the loss falls by per unit of spot but for the calls: hedge less puts times e^(c·τ).
    slope: Word,
    worst_loss: Word,
    /// Index of the worst spot in the grid, or [`SPOT_COUNT`] and its node's.
    worst_spot: usize,
    worst_vol_move: i64,
    /// Whether any position is long, and whether any is short.
    has_long: bool,
    has_short: bool,
    /// What long positions rise by with spot at most.
    steepest: Word,
}

impl<'a> Search<'a> {
    fn new(
        frame: &'a Frame<'a>,
        points: &'a [Point],
        totals: &Totals,
        mark: &BookMark,
    ) -> Search<'a> {
        let hedge = Word::from_wad_i128(frame.snapshot.hedge_position);
        let mut steepest = 0;
        for point in points.iter().filter(|point| point.net > 0) {
            let excess = frame.forward(point.slice as usize).excess;
            accumulate(&mut steepest, point.net, ONE_62 + excess);
        }
        let has_long = steepest != 0;
        Search {
            frame,
            written: Defaults::of(&frame.snapshot.written),
            points,
            moves: Moves::new(frame, has_long),
            spots: Spots::new(frame, points, has_long),
            constant: Word::from_wad_i128(mark.value) + hedge * frame.spot.value
                - totals.put_strikes(),
            slope: hedge - totals.puts(frame),
            worst_loss: Word::ZERO,
            worst_spot: UNMOVED,
            worst_vol_move: 0,
            has_long,
            has_short: points.iter().any(|point| point.net < 0),
            steepest: options_of(steepest, 62),
        }
    }

    /// Looks at both ends, the worse of them first, and wherever between them a worse loss may hide.
    fn run(&mut self) {
        let last = self.spots.count - 1;
        let (low, high) = (self.look(0), self.look(last));
        if self.most(&low) > self.most(&high) {
            self.consider(&low);
            self.consider(&high);
        } else {
            self.consider(&high);
            self.consider(&low);
        }
        self.search_between(&low, &high);
    }

    /// The calls at another spot, given its ratio to the present one, which forwards move by too, with vols multiplied by these
    /// factors of what is long and of what is short.
    #[inline(never)]
    fn revalue(&self, ratio: Word, long_factors: &Factors, short_factors: &Factors) -> Sides {
        let log_move = ln_fixed(ratio.mantissa(), 1 << 63, ratio.exponent() + 63, 58);
        let inverse = ratio.recip();
        let (mut long, mut short) = (0, 0);
        for point in self.points {
            let (sum, factors) = match point.net {
                0 => continue,
                ..0 => (&mut short, short_factors),
                _ => (&mut long, long_factors),
            };
            let slice = point.slice as usize;
            let factor = factors.get(slice).copied().unwrap_or(0);
            let total_vol = Split::new(point.total_vol).step(factor, 0) << 4;
            let log_moneyness = point.log_moneyness - log_move;
            let call = point.legs_at(log_moneyness, inverse, total_vol).call;
            // Per unit of spot, below two.
            let excess = self.frame.forward(slice).excess;
            let call = call + (Split::new(call).step(excess, 0) << 2);
            accumulate(sum, point.net, call);
        }
        Sides {
            long: options_of(long, 62) * ratio,
            short: -options_of(short, 62) * ratio,
        }
    }

    /// What the pool loses at a spot where what is long is worth this and what is short, with accounts that fail, costs that.
    #[inline(never)]
    fn loss(&self, ratio: Word, long: Word, cost: Word) -> Word {
        self.constant - (self.slope * ratio + long - cost) * self.frame.spot.value
    }

    /// Notes a scenario if it is the worst so far.
    fn note(&mut self, place: usize, vol_move: i64, long: Word, cost: Word) {
        let loss = self.loss(self.spots.ratios[place], long, cost);
        if loss > self.worst_loss {
            self.worst_loss = loss;
            self.worst_spot = self.spots.indices[place] as usize;
            self.worst_vol_move = vol_move;
        }
    }

    /// Looks at a spot.
    fn look(&self, place: usize) -> Looked {
        let ratio = self.spots.ratios[place];
        let Moves {
            rise, fall_long, ..
        } = &self.moves;
        let sides = self.revalue(ratio, fall_long, rise);
        Looked {
            place,
            ratio,
            long: sides.long,
            cost: sides.short + self.written.lost(ratio),
        }
    }

    /// The most that is lost at a spot that was looked at.
    fn most(&self, looked: &Looked) -> Word {
        self.loss(looked.ratio, looked.long, looked.cost)
    }

    /// Looks at the scenarios of a spot, if one of them may be the worst so far. Short positions only lose most to the rise of vol, long
    /// ones only to its fall.
    fn consider(&mut self, looked: &Looked) {
        let Looked {
            place,
            ratio,
            long,
            cost,
        } = *looked;
        if !self.has_long {
            return self.note(place, RISE, long, cost);
        }
        if !self.has_short {
            return self.note(place, FALL, long, cost);
        }
        if self.most(looked) <= self.worst_loss {
            return;
        }
        let failed = self.written.lost(ratio);
        let sides = self.revalue(ratio, &self.moves.rise, &self.moves.unmoved);
        self.note(place, RISE, sides.long, cost);
        // The most that the two others lose.
        let cost = sides.short + failed;
        if self.loss(ratio, long, cost) <= self.worst_loss {
            return;
        }
        let sides = self.revalue(ratio, &self.moves.unmoved, &self.moves.fall);
        self.note(place, FALL, long, sides.short + failed);
        self.note(place, 0, sides.long, cost);
    }

    /// Looks at spots between two, halving what is between them, as long as a worse loss may hide there.
    fn search_between(&mut self, low: &Looked, high: &Looked) {
        if high.place - low.place < 2 || self.most_between(low, high) <= self.worst_loss {
            return;
        }
        let middle = self.look((low.place + high.place) / 2);
        self.consider(&middle);
        self.search_between(low, &middle);
        self.search_between(&middle, high);
    }

    /// The most that is lost at any spot between two that were looked at.
    fn most_between(&self, low: &Looked, high: &Looked) -> Word {
        let first = self.spots.ratios[low.place + 1];
        let last = self.spots.ratios[high.place - 1];
        let chord = (high.cost - low.cost) / (high.ratio - low.ratio);
        // The loss rises by this up to where both bounds of what is long meet, and by `steepest` less behind.
        let rising = chord - self.slope;
        let at = if rising <= Word::ZERO {
            first
        } else if rising >= self.steepest {
            last
        } else {
            let meeting = high.ratio - (high.long - low.long) / self.steepest;
            meeting.max(first).min(last)
        };
        let cost = low.cost + chord * (at - low.ratio);
        let long = low.long.max(high.long - self.steepest * (high.ratio - at));
        self.loss(at, long, cost)
    }
}

/// A spot of the grid, as a ratio to spot.
fn ratio_at(index: usize) -> Word {
    Word::from_ratio(percent(index), 100)
}

/// A spot of the grid, in hundredths of spot.
fn percent(index: usize) -> u64 {
    (SPOTS >> (8 * index)) as u64 & 0xff
}

/// m = min((28d/T)^0.3, 2).
fn move_scale(tau: Word) -> Word {
    const REFERENCE_YEARS: Word = Word::from_ratio(REFERENCE, crate::state::YEAR);
    let exponent = (REFERENCE_YEARS / tau).ln() * const { Word::from_ratio(3, 10) };
    exponent.exp().min(const { Word::from_int(2) })
}

/// e^{v·m}.
fn vol_factor(scale: Word, vol_move: i64) -> Word {
    (scale * Word::from_int(vol_move) * const { Word::from_ratio(1, 100) }).exp()
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

/// [`stress`] of a pool that is prepared already, with this mark and this cash (quote WAD).
pub(crate) fn assess(
    frame: &Frame,
    points: &[Point],
    totals: &Totals,
    mark: &BookMark,
    cash: i128,
) -> Stress {
    let snapshot = frame.snapshot;
    let mut search = Search::new(frame, points, totals, mark);
    search.run();
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

#[cfg(test)]
mod tests;
