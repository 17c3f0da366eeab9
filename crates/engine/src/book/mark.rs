//! The book at the anchor: marks and greeks of nodes, their sums, and net asset value with its two sides.

use crate::book::frame::{
    accumulate, accumulate_times_62, options_of, Frame, Point, Points, OPTIONS_PER_LOT,
};
use crate::book::lag::{calm, lag_doubt};
use crate::number::special::normal;
use crate::number::wide::{divide, saturating_sum, scaled};
use crate::number::word::Word;
use crate::price::legs::Legs;
use crate::series::payoff;
use crate::smile::jump::rest_up;
use crate::state::{
    u128_wad, u64_wad, BookMark, Kind, Mark, Node, Slice, Snapshot, LOT, MAX_EXPIRIES,
};

/// 1/√(2π).
const INV_SQRT_2_PI: Word = Word::of(
    normal::INV_SQRT_2_PI.mantissa(),
    normal::INV_SQRT_2_PI.exponent(),
    0,
);

/// Twice the decay per year at a constant forward from the derivative by ln σ: that over τ. Zero once expired.
fn twice_decay(log_vega: Word, tau: Word) -> Word {
    if tau.is_zero() {
        return Word::ZERO;
    }
    log_vega / tau
}

/// A node's legs as the value type; zero vol, vega and theta once expired.
pub(crate) fn mark_legs(frame: &Frame, node: &Node, point: &Point, legs: &Legs) -> Mark {
    let term = frame.term(node).copied().unwrap_or_default();
    let forward = frame.forward(node.slice as usize);
    let growth = forward.growth();
    let total_vol = Word::from_fixed(point.total_vol, 58);
    let vega_total = forward.value * Word::from_fixed(legs.weight, 62) * INV_SQRT_2_PI;
    // The two halves of the forward times a number with 62 fraction bits.
    let share = legs.otm as u128;
    let otm = (((forward.wad >> 64) * share) << 2) + (((forward.wad as u64 as u128) * share) >> 62);
    Mark {
        vol: if total_vol.is_zero() {
            0
        } else {
            u64_wad(total_vol / term.root_tau)
        },
        forward: forward.wad,
        growth: u64_wad(growth),
        call: payoff(Kind::Call, node.strike, forward.wad).saturating_add(otm),
        put: payoff(Kind::Put, node.strike, forward.wad).saturating_add(otm),
        delta: u64_wad(Word::from_fixed(legs.delta, 62) * growth),
        gamma: u128_wad(
            Word::from_fixed(legs.curvature, 44) * INV_SQRT_2_PI / frame.spot.value * growth,
        ),
        vega: u128_wad(vega_total * term.root_tau),
        theta: (-twice_decay(vega_total * total_vol, term.tau).half()).to_wad_nearest(),
    }
}

/// puts·K in lots times WAD, exact up to 2^118 (3·10^11 quote) and held there beyond, so that no sum overflows.
fn strikes(puts: i64, strike: u128) -> i128 {
    let bits = 64 - puts.unsigned_abs().leading_zeros() + 128 - strike.leading_zeros();
    if bits > 118 {
        return puts.signum() as i128 * (1 << 118);
    }
    puts as i128 * strike as i128
}

/// Running sums over one expiry's nodes, pool's view, in lots and per unit of its forward.
#[derive(Clone, Copy, Debug, Default)]
struct Sums {
    /// Calls and puts.
    net: i128,
    puts: i128,
    /// Σ puts·K, lots times WAD.
    put_strikes: i128,
    /// Σ net·call value; with Σ puts·(K − F) the value, by parity.
    calls: i128,
    delta: i128,
    curvature: i128,
    weight: i128,
    log_weight: i128,
}

impl Sums {
    fn add_position(&mut self, strike: u128, net: i64, puts: i64, legs: &Legs) {
        self.net += net as i128;
        accumulate(&mut self.calls, net, legs.call);
        if puts != 0 {
            self.puts += puts as i128;
            self.put_strikes += strikes(puts, strike);
        }
        accumulate(&mut self.delta, net, legs.delta);
        accumulate(&mut self.curvature, net, legs.curvature);
        accumulate(&mut self.weight, net, legs.weight);
        accumulate(&mut self.log_weight, net, legs.log_weight);
    }

    /// What the jumps of the expiry, and spot's move since its anchor, make of its |log-vega|, in units of φ(0)·spot, and of
    /// its delta, per unit of spot.
    #[inline(never)]
    fn jumps(&self, snapshot: &Snapshot, slice: &Slice, log_weight: Word, growth: Word) -> Word {
        let rest = |jump: u64| Word::from_wad_u64(rest_up(jump, slice.posted_at, snapshot.now));
        let doubt = rest(slice.vol_jump) + lag_doubt(snapshot.parameters, slice, snapshot.spot);
        let delta = options_of(self.delta, 62) - options_of(self.puts, 0);
        doubt / Word::from_wad_u64(slice.atm_vol) * log_weight * INV_SQRT_2_PI
            + rest(slice.carry_jump) * delta.abs() * growth
    }

    fn tails(&self, forward: Word) -> TailSums {
        let exercised = self.delta.wrapping_sub(self.calls);
        TailSums {
            above: options_of((self.net << 62).wrapping_sub(self.delta), 62) * forward,
            below: options_of(exercised, 62) * forward,
            put_strikes: Word::from_wad_i128(self.put_strikes) * OPTIONS_PER_LOT,
        }
    }
}

/// Sums over a book by expiry; what is of no listed expiry comes last and counts as expired.
#[derive(Default)]
pub(crate) struct Totals {
    slices: [Sums; MAX_EXPIRIES + 1],
}

/// Sums over all expiries, each times its growth e^(c·τ), so that they are per unit of spot.
struct Whole {
    puts: Word,
    calls: Word,
    delta: Word,
    curvature: Word,
}

impl Totals {
    /// Sums the snapshot's book.
    pub fn of(frame: &Frame, points: &[Point]) -> Totals {
        let mut totals = Totals::default();
        for (node, point) in frame.snapshot.nodes.iter().zip(points) {
            if node.calls | node.puts != 0 {
                let legs = point.legs();
                totals.add(point, node.strike, point.net, node.puts, &legs);
            }
        }
        for (sums, slice) in totals.slices.iter_mut().zip(frame.snapshot.slices) {
            sums.puts += slice.puts as i128;
            sums.put_strikes += slice.put_strikes;
        }
        totals
    }

    /// Adds a position in one node: calls and puts together, and the puts.
    pub fn add(&mut self, point: &Point, strike: u128, net: i64, puts: i64, legs: &Legs) {
        let index = (point.slice as usize).min(MAX_EXPIRIES);
        if let Some(sums) = self.slices.get_mut(index) {
            sums.add_position(strike, net, puts, legs);
        }
    }

    /// Makes these the sums of what others hold: the pool's book without what it is long because accounts are short of it, which they
    /// take back when they buy it back. The strikes of puts stay.
    #[inline(never)]
    pub fn hold(&mut self, frame: &Frame, points: &[Point]) {
        let nodes = frame.snapshot.nodes.iter().zip(points);
        for ((node, point), lots) in nodes.zip(frame.snapshot.written.nodes) {
            if *lots != 0 {
                self.add(point, node.strike, -(*lots as i64), 0, &point.legs());
            }
        }
    }

    /// The same as a copy, without the strikes of puts: nobody else is short, so no put is counted beside the tails.
    pub fn held(&self, frame: &Frame, points: &[Point]) -> Totals {
        let mut held = Totals {
            slices: self.slices,
        };
        held.hold(frame, points);
        for sums in &mut held.slices {
            sums.put_strikes = 0;
        }
        held
    }

    fn whole(&self, frame: &Frame) -> Whole {
        let [mut puts, mut calls, mut delta, mut curvature] = [0; 4];
        for (slice, sums) in self.slices.iter().enumerate() {
            let excess = frame.forward(slice).excess;
            let grown = |sum: &mut i128, part: i128| {
                *sum = sum.wrapping_add(part);
                if excess != 0 {
                    accumulate_times_62(sum, part, excess);
                }
            };
            grown(&mut puts, sums.puts << 62);
            grown(&mut calls, sums.calls);
            grown(&mut delta, sums.delta);
            grown(&mut curvature, sums.curvature);
        }
        Whole {
            puts: options_of(puts, 62),
            calls: options_of(calls, 62),
            delta: options_of(delta, 62),
            curvature: options_of(curvature, 44),
        }
    }

    /// Σ puts·K, lots times WAD.
    fn strikes_of_puts(&self) -> i128 {
        self.slices.iter().map(|sums| sums.put_strikes).sum()
    }

    /// Σ puts·K, quote.
    pub fn put_strikes(&self) -> Word {
        Word::from_wad_i128(self.strikes_of_puts()) * OPTIONS_PER_LOT
    }

    /// [`Totals::put_strikes`], WAD, rounded down and exact as long as no node's is held.
    pub fn put_strikes_down(&self) -> i128 {
        let strikes = self.strikes_of_puts();
        let (size, rest) = divide(strikes.unsigned_abs(), 1, 1_000_000).unwrap_or((0, 0));
        if strikes < 0 {
            -(size as i128) - (rest != 0) as i128
        } else {
            size as i128
        }
    }

    /// Σ puts·e^(c·τ), in options.
    pub fn puts(&self, frame: &Frame) -> Word {
        self.whole(frame).puts
    }

    /// Σ calls·e^(c·τ), base WAD, rounded down for each expiry: at most 2^7·2^64 lots. Exact without carry.
    pub fn upside_down(&self, frame: &Frame) -> i128 {
        let slices = self.slices.iter().enumerate();
        slices.fold(0, |sum, (slice, sums)| {
            let calls = (sums.net - sums.puts) * LOT as i128;
            let (size, rest) = scaled(calls.unsigned_abs(), frame.forward(slice).growth);
            let size = size.min(i128::MAX as u128 - 1) as i128;
            let part = if calls < 0 {
                -size - (rest != 0) as i128
            } else {
                size
            };
            saturating_sum(sum, part)
        })
    }

    /// What one expiry's nodes do at either end of spot.
    pub(crate) fn tail_sums(&self, frame: &Frame, slice: usize) -> TailSums {
        let sums = self.slices.get(slice).copied().unwrap_or_default();
        sums.tails(frame.forward(slice).value)
    }

    /// The mark of a pool with this book, this cash and the snapshot's hedge.
    ///
    /// The sides of net asset value lie from its middle, rounded outward, the sum of
    ///
    /// * |log-vega|·(`nav_spread` + (J + χ·(|ln(S/S_a)| − 0.5 %)⁺)/atm_vol) of each expiry, J what is left of its jump of vol
    ///   and S_a the spot of its anchor,
    /// * j·spot·|net delta| of each expiry, j what is left of its jump of c·τ,
    /// * |net delta + hedge|·(spot·`nav_price_spread` + |spot − w|), w the venue's price before this second, a quarter of spot away at most,
    /// * |net gamma|·(spot − w)²/2.
    pub fn mark(&self, frame: &Frame, cash: i128) -> BookMark {
        let parameters = frame.snapshot.parameters;
        let spot = frame.spot.value;
        let (mut vega, mut decay, mut gross) = (Word::ZERO, Word::ZERO, Word::ZERO);
        let mut jumps = Word::ZERO;
        let calm = calm(frame.snapshot.spot);
        let expiries = frame.expiries().zip(&self.slices);
        for ((slice, term, forward), sums) in expiries {
            if let Some(term) = term {
                let growth = forward.growth();
                vega += options_of(sums.weight, 62) * term.root_tau * growth;
                let log_weight = options_of(sums.log_weight, 56) * growth;
                decay += twice_decay(log_weight, term.tau);
                gross += log_weight.abs();
                if slice.vol_jump | slice.carry_jump != 0 || !calm.contains(&slice.spot) {
                    jumps += sums.jumps(frame.snapshot, slice, log_weight.abs(), growth);
                }
            }
        }
        let per_weight = spot * INV_SQRT_2_PI;
        let gross = gross * per_weight;
        let whole = self.whole(frame);
        let parity = self.put_strikes() - whole.puts * spot;
        let value = whole.calls * spot + parity;
        let delta = whole.delta - whole.puts;
        let hedge = Word::from_wad_i128(frame.snapshot.hedge_position);
        let nav = saturating_sum(cash, (value + hedge * spot).to_wad_nearest());
        let exposure = (delta + hedge).abs();
        // Where the venue was, up to a quarter away, the feed may follow. Where it is now anybody can put it for the length of a call,
        // against who leaves or for itself.
        let before = frame.snapshot.venue.before;
        let ahead = Word::from_wad_u128(frame.snapshot.spot.abs_diff(before));
        let ahead = ahead.min(spot.mul_pow2(-2));
        let gamma = whole.curvature * INV_SQRT_2_PI / spot;
        let haircut = (gross * Word::from_wad_u64(parameters.nav_spread)
            + jumps * spot
            + exposure * (ahead + spot * Word::from_wad_u64(parameters.nav_price_spread))
            + gamma.abs() * ahead.square().half())
        .to_wad_up();
        BookMark {
            value: value.to_wad_nearest(),
            net_delta: delta.to_wad_nearest(),
            net_gamma: gamma.to_wad_nearest(),
            net_vega: (vega * per_weight).to_wad_nearest(),
            net_theta: (-decay.half() * per_weight).to_wad_nearest(),
            gross_log_vega: u128_wad(gross),
            nav,
            nav_low: saturating_sum(nav, -haircut),
            nav_high: saturating_sum(nav, haircut),
            nav_exit: 0,
        }
    }
}

/// What one expiry's options do at either end of spot, at the anchor, pool's view: negative is what the pool owes.
/// N(d) are risk-neutral probabilities; calls and puts of a strike count together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct TailSums {
    /// Σ position·F·N(−d₁), quote.
    pub above: Word,
    /// Σ position·K·N(d₂), quote.
    pub below: Word,
    /// Σ puts·K, quote.
    pub put_strikes: Word,
}

impl TailSums {
    /// Of a position in one node: calls and puts together, and the puts.
    pub(crate) fn of_position(
        frame: &Frame,
        node: &Node,
        net: i64,
        puts: i64,
        legs: &Legs,
    ) -> TailSums {
        let mut sums = Sums::default();
        sums.add_position(node.strike, net, puts, legs);
        sums.tails(frame.forward(node.slice as usize).value)
    }
}

/// The [`TailSums`] of each slice of the snapshot, in order; zero beyond.
pub fn tail_sums(snapshot: &Snapshot) -> [TailSums; MAX_EXPIRIES] {
    let frame = Frame::new(snapshot);
    let mut points = Points::NONE;
    points.fill(&frame);
    let totals = Totals::of(&frame, &points);
    core::array::from_fn(|slice| totals.tail_sums(&frame, slice))
}

/// Marks the whole book on the anchor and nets it with cash and hedge.
pub fn mark(snapshot: &Snapshot) -> BookMark {
    let frame = Frame::new(snapshot);
    let mut points = Points::NONE;
    points.fill(&frame);
    Totals::of(&frame, &points).mark(&frame, snapshot.cash)
}

/// Marks one (expiry, strike) on the anchor; its position is not looked at, and it need not be in the book.
/// Its values are Black's on the forward of its expiry, undiscounted; once expired, its intrinsic value at spot.
pub fn mark_node(snapshot: &Snapshot, node: &Node) -> Mark {
    mark_in(&Frame::new(snapshot), node)
}

fn mark_in(frame: &Frame, node: &Node) -> Mark {
    let point = frame.point(node);
    mark_legs(frame, node, &point, &point.legs())
}

/// Marks each node of the snapshot, in order.
pub fn marks<'a>(snapshot: &'a Snapshot<'a>) -> impl Iterator<Item = Mark> + 'a {
    let frame = Frame::new(snapshot);
    snapshot.nodes.iter().map(move |node| mark_in(&frame, node))
}
