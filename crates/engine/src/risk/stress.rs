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
//! value lies at an end of the grid; and the loss at a spot or a strike is at most what those that were looked at
//! allow. What the pool is short is worth no more there than on the chord between its neighbours, and no more than after the rise of
//! vol, which is looked at first. What it is long is worth no less than at the lower neighbour, nor than at the upper one less all
//! that calls can fall by on the way, and without a move of vol no less than after the fall.

use crate::book::frame::{accumulate, options_of, Frame, Point, Points};
use crate::book::mark::Totals;
use crate::number::special::horner::Split;
use crate::number::special::ln::ln_fixed;
use crate::number::wide::{mul_div_down, mul_div_up, saturating_sum};
use crate::number::word::Word;
use crate::parameters::WAD;
use crate::price::legs::ONE_62;
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
/// The vol moves beside none at all, as logarithms, in hundredths.
const RISE: i64 = 45;
const FALL: i64 = -30;

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
    /// Whether any position is long, and whether any is short.
    has_long: bool,
    has_short: bool,
    /// What long positions rise by with spot at most.
    steepest: Word,
    /// What was looked at of long positions, and of short ones.
    longs: Grid,
    shorts: Grid,
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
        Search {
            frame,
            written: Defaults::of(&frame.snapshot.written),
            points,
            constant: Word::from_wad_i128(mark.value) + hedge * frame.spot.value
                - totals.put_strikes(),
            slope: hedge - totals.puts(frame),
            worst_loss: Word::ZERO,
            worst_spot: UNMOVED,
            worst_vol_move: 0,
            has_long: steepest != 0,
            has_short: points.iter().any(|point| point.net < 0),
            steepest: options_of(steepest, 62),
            longs: Grid::NONE,
            shorts: Grid::NONE,
        }
    }

    /// Short positions only lose most to the rise of vol, long ones only to its fall.
    fn run(&mut self) {
        if self.has_short || !self.has_long {
            self.scan(RISE);
        }
        if self.has_long {
            self.longs.count = 0;
            self.scan(FALL);
        }
        if self.has_long && self.has_short {
            self.scan(0);
        }
    }

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

    /// What a vol move does to each expiry.
    fn moves(&self, vol_move: i64) -> [Move; MAX_EXPIRIES] {
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
        moves
    }

    /// Evaluates one vol move on the grid and at near strikes, where what was looked at leaves room for a worse loss. What is short is
    /// worth most after the rise, which comes first, and what is long least after the fall, which is next.
    fn scan(&mut self, vol_move: i64) {
        let moves = self.moves(vol_move);
        for index in self.order() {
            let ratio = ratio_at(index);
            if !self.has_long || self.may_be_worse(ratio) {
                let sides = self.revalue(&moves, ratio);
                self.consider(index, ratio, vol_move, &sides);
                if vol_move != 0 {
                    self.longs.add(ratio, &sides);
                }
                if vol_move > 0 || !self.has_short {
                    self.shorts.add(ratio, &sides);
                }
            }
        }
        if !self.has_long {
            return;
        }
        for (index, point) in self.points.iter().enumerate() {
            if self.is_spot(point) {
                let ratio = point.ratio();
                if self.may_be_worse(ratio) && !self.has_twin(index, point) {
                    let sides = self.revalue(&moves, ratio);
                    self.consider(SPOT_COUNT + index, ratio, vol_move, &sides);
                }
            }
        }
    }

    /// The spots of the grid as they are looked at: both ends first, which are all for a pool with nothing long, then the middle, so
    /// that most others lie near a chord.
    fn order(&self) -> impl Iterator<Item = usize> {
        const LAST: usize = SPOT_COUNT - 1;
        let inside = if self.has_long { LAST } else { 0 };
        [LAST, 0, UNMOVED]
            .into_iter()
            .chain((1..LAST).rev())
            .take(2 + inside)
    }

    /// Whether a node's strike is a spot of the grid, the one at which its forward is the strike: held, near its expiry, and between
    /// the ends.
    fn is_spot(&self, point: &Point) -> bool {
        let term = self.frame.terms.get(point.slice as usize);
        let is_near = matches!(term, Some(Some(term)) if term.tau <= years(STRIKE_HORIZON));
        let ratio = point.ratio();
        point.net != 0 && is_near && ratio > ratio_at(0) && ratio < ratio_at(SPOT_COUNT - 1)
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

    /// Whether what was looked at leaves room for a worse loss at this spot.
    fn may_be_worse(&self, ratio: Word) -> bool {
        let sides = Sides {
            long: self.longs.long_at_least(ratio, self.steepest),
            short: self.shorts.short_at_most(ratio),
        };
        self.loss(ratio, &sides) > self.worst_loss
    }
}

/// Spots of the grid that were looked at, in no order, with what positions are worth there: they are convex, and nothing at zero.
struct Grid {
    looked: [(Word, Sides); SPOT_COUNT],
    count: usize,
}

impl Grid {
    const NONE: Grid = Grid {
        looked: [(
            Word::ZERO,
            Sides {
                long: Word::ZERO,
                short: Word::ZERO,
            },
        ); SPOT_COUNT],
        count: 0,
    };

    fn add(&mut self, ratio: Word, sides: &Sides) {
        if let Some(place) = self.looked.get_mut(self.count) {
            *place = (ratio, *sides);
            self.count += 1;
        }
    }

    /// The nearest spots that were looked at below one, and not below it.
    #[inline(always)]
    fn neighbours(&self, ratio: Word) -> [Option<&(Word, Sides)>; 2] {
        let [mut below, mut above] = [None::<&(Word, Sides)>; 2];
        for looked in self.looked.iter().take(self.count) {
            if looked.0 < ratio {
                below = below.filter(|other| other.0 > looked.0).or(Some(looked));
            } else {
                above = above.filter(|other| other.0 < looked.0).or(Some(looked));
            }
        }
        [below, above]
    }

    /// What long positions are worth at least: they rise with spot, and by no more than `steepest`.
    #[inline(never)]
    fn long_at_least(&self, ratio: Word, steepest: Word) -> Word {
        let [below, above] = self.neighbours(ratio);
        let least = below.map_or(Word::ZERO, |(_, sides)| sides.long);
        above.map_or(least, |(high, sides)| {
            least.max(sides.long - steepest * (*high - ratio))
        })
    }

    /// What short positions are worth at most: no more than on the chord between their neighbours.
    #[inline(never)]
    fn short_at_most(&self, ratio: Word) -> Word {
        let [below, above] = self.neighbours(ratio);
        let Some((high, above)) = above else {
            return const { Word::ZERO.recip() };
        };
        let (low, below) =
            below.map_or((Word::ZERO, Word::ZERO), |(low, sides)| (*low, sides.short));
        let part = (ratio - low) / (*high - low);
        below + (above.short - below) * part
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
mod tests {
    extern crate std;

    use super::*;
    use crate::book::mark::mark;
    use crate::state::{Node, Slice, VenueReading};
    use std::vec::Vec;

    const NOW: u64 = 1_770_000_000;
    const UNIT: u128 = WAD as u128;

    /// Splitmix64.
    struct Draws(u64);

    impl Draws {
        fn below(&mut self, count: u64) -> u64 {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            (z ^ (z >> 31)) % count
        }

        /// Uniform between −size and size.
        fn signed(&mut self, size: u64) -> i64 {
            self.below(2 * size + 1) as i64 - size as i64
        }
    }

    /// Up to four expiries, the first near, and up to sixteen nodes of which a part is long.
    struct Pool {
        slices: Vec<Slice>,
        nodes: Vec<Node>,
        hedge_position: i128,
        written: [u64; 2],
    }

    impl Pool {
        fn random(draws: &mut Draws) -> Pool {
            let mut expiry = NOW;
            let expiries = 1 + draws.below(4);
            let carried = draws.below(2);
            let slices = (0..expiries).map(|index| {
                let step = if index == 0 { 8 } else { 40 };
                expiry += 600 + draws.below(step * 86_400);
                Slice {
                    expiry,
                    posted_at: NOW,
                    atm_vol: WAD / 100 * (30 + draws.below(90)),
                    left_wing: WAD / 100 * (10 + draws.below(40)),
                    right_wing: WAD / 100 * (10 + draws.below(30)),
                    carry: carried as i64 * draws.signed(WAD / 10),
                    spot: 3_000 * UNIT,
                    ..Slice::default()
                }
            });
            let slices: Vec<Slice> = slices.collect();
            // Out of so many nodes one is long on average, or all, or none, or half of them.
            let long_in = [1, 2, 3, 8, u64::MAX][draws.below(5) as usize];
            let nodes = (0..1 + draws.below(16)).map(|_| {
                let size = draws.below(10_000_000) as i64;
                let is_long = draws.below(long_in) == 0;
                Node {
                    slice: draws.below(expiries) as u8,
                    strike: (1_500 + 75 * draws.below(52) as u128) * UNIT,
                    calls: if is_long { size } else { -size },
                    puts: 0,
                }
            });
            Pool {
                slices,
                nodes: nodes.collect(),
                hedge_position: draws.signed(30_000) as i128 * UNIT as i128 / 1_000,
                written: [(); 2].map(|()| draws.below(2) * draws.below(20_000_000)),
            }
        }
    }

    /// The worst of every spot and near strike after every vol move.
    fn plain(search: &mut Search) {
        for vol_move in [RISE, FALL, 0] {
            let moves = search.moves(vol_move);
            for index in 0..SPOT_COUNT {
                let sides = search.revalue(&moves, ratio_at(index));
                search.consider(index, ratio_at(index), vol_move, &sides);
            }
            for (index, point) in search.points.iter().enumerate() {
                if search.is_spot(point) && !search.has_twin(index, point) {
                    let sides = search.revalue(&moves, point.ratio());
                    search.consider(SPOT_COUNT + index, point.ratio(), vol_move, &sides);
                }
            }
        }
    }

    #[test]
    fn what_the_search_leaves_out_is_never_the_worst() {
        let mut draws = Draws(1);
        let (mut inside, mut at_strikes, mut moves) = (0, 0, [0; 3]);
        for round in 0..20_000 {
            let pool = Pool::random(&mut draws);
            let parameters = Parameters::DEFAULT;
            let snapshot = Snapshot {
                spot: 3_000 * UNIT,
                now: NOW + draws.below(2) * draws.below(40_000),
                slices: &pool.slices,
                nodes: &pool.nodes,
                cash: 1_000_000 * UNIT as i128,
                hedge_position: pool.hedge_position,
                can_borrow: false,
                venue: VenueReading::default(),
                flow_variance: 0,
                written: Written {
                    calls: pool.written[0],
                    puts: pool.written[1],
                    ..Written::default()
                },
                parameters: &parameters,
            };
            let frame = Frame::new(&snapshot);
            let mut points = Points::NONE;
            points.fill(&frame);
            let totals = Totals::of(&frame, &points);
            let mark = mark(&snapshot);
            let mut search = Search::new(&frame, &points, &totals, &mark);
            search.run();
            let mut all = Search::new(&frame, &points, &totals, &mark);
            plain(&mut all);
            let (found, worst) = (search.worst_loss, all.worst_loss);
            let slack = worst.max(Word::ONE).mul_pow2(-44);
            assert!(
                (found - worst).abs() <= slack,
                "{round}: {found:?} {worst:?}"
            );
            if !worst.is_zero() {
                moves[(all.worst_vol_move > 0) as usize + (all.worst_vol_move < 0) as usize * 2] +=
                    1;
            }
            inside += (1..SPOT_COUNT - 1).contains(&all.worst_spot) as usize;
            at_strikes += (all.worst_spot >= SPOT_COUNT) as usize;
        }
        assert!(inside > 800 && at_strikes > 300, "{inside} {at_strikes}");
        assert!(moves.iter().all(|count| *count > 50), "{moves:?}");
    }
}
