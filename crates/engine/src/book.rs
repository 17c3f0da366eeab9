//! The book at the anchor: marks and greeks of nodes, their sums, and net asset value with its two sides.

use crate::frame::{accumulate, options_of, Frame, Point, Points, MICRO};
use crate::legs::Legs;
use crate::series::payoff;
use crate::special::normal;
use crate::state::{u128_wad, u64_wad, BookMark, Kind, Mark, Node, Snapshot, LOT, MAX_EXPIRIES};
use crate::wide::{divide, saturating_sum};
use crate::word::Word;

/// 1/√(2π).
const INV_SQRT_2_PI: Word = Word::of(
    normal::INV_SQRT_2_PI.mantissa(),
    normal::INV_SQRT_2_PI.exponent(),
    0,
);

/// Theta per year from the derivative by ln σ: minus half of it over τ, at zero rate. Zero once expired.
fn theta(log_vega: Word, tau: Word) -> Word {
    if tau.is_zero() {
        return Word::ZERO;
    }
    -(log_vega / tau).half()
}

/// A node's legs as the value type; zero vol, vega and theta once expired.
pub(crate) fn mark_legs(frame: &Frame, node: &Node, point: &Point, legs: &Legs) -> Mark {
    let term = frame.term(node).copied().unwrap_or_default();
    let forward = frame.forward;
    let total_vol = Word::from_fixed(point.total_vol, 58);
    let vega_total = forward * Word::from_fixed(legs.weight, 62) * INV_SQRT_2_PI;
    let spot = frame.snapshot.spot;
    // The two halves of spot times a number with 62 fraction bits.
    let share = legs.otm as u128;
    let otm = (((spot >> 64) * share) << 2) + (((spot as u64 as u128) * share) >> 62);
    Mark {
        vol: if total_vol.is_zero() {
            0
        } else {
            u64_wad(total_vol / term.root_tau)
        },
        call: payoff(Kind::Call, node.strike, spot).saturating_add(otm),
        put: payoff(Kind::Put, node.strike, spot).saturating_add(otm),
        delta: u64_wad(Word::from_fixed(legs.delta, 62)),
        gamma: u128_wad(Word::from_fixed(legs.curvature, 44) * INV_SQRT_2_PI / forward),
        vega: u128_wad(vega_total * term.root_tau),
        theta: theta(vega_total * total_vol, term.tau).to_wad_nearest(),
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

/// Running sums over a book, pool's view, in lots and per unit of forward.
#[derive(Default)]
pub(crate) struct Totals {
    /// Calls and puts.
    net: i128,
    puts: i128,
    /// Σ puts·K, lots times WAD.
    put_strikes: i128,
    /// Σ net·call value; with Σ puts·(K − F) the book's value, by parity.
    calls: i128,
    delta: i128,
    curvature: i128,
    weight: [i128; MAX_EXPIRIES],
    log_weight: [i128; MAX_EXPIRIES],
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
        for slice in frame.snapshot.slices {
            totals.puts += slice.puts as i128;
            totals.put_strikes += slice.put_strikes;
        }
        totals
    }

    /// Adds a position in one node: calls and puts together, and the puts.
    pub fn add(&mut self, point: &Point, strike: u128, net: i64, puts: i64, legs: &Legs) {
        self.net += net as i128;
        accumulate(&mut self.calls, net, legs.call);
        self.puts += puts as i128;
        self.put_strikes += strikes(puts, strike);
        accumulate(&mut self.delta, net, legs.delta);
        accumulate(&mut self.curvature, net, legs.curvature);
        let index = point.slice as usize;
        if index < MAX_EXPIRIES {
            accumulate(&mut self.weight[index], net, legs.weight);
            accumulate(&mut self.log_weight[index], net, legs.log_weight);
        }
    }

    /// Σ puts·K, quote.
    pub fn put_strikes(&self) -> Word {
        Word::from_wad_i128(self.put_strikes) * MICRO
    }

    /// [`Totals::put_strikes`], WAD, rounded down and exact as long as no node's is held.
    pub fn put_strikes_down(&self) -> i128 {
        let (size, rest) = divide(self.put_strikes.unsigned_abs(), 1, 1_000_000).unwrap_or((0, 0));
        if self.put_strikes < 0 {
            -(size as i128) - (rest != 0) as i128
        } else {
            size as i128
        }
    }

    /// Σ puts, in options.
    pub fn puts(&self) -> Word {
        options_of(self.puts, 0)
    }

    /// Σ calls, base WAD, exact: at most 2^7·2^64 lots.
    pub fn upside(&self) -> i128 {
        (self.net - self.puts) * LOT as i128
    }

    /// The mark of a pool with this book, this cash and the snapshot's hedge.
    ///
    /// The sides of net asset value lie gross log-vega·`nav_spread` + |net delta + hedge|·spot·`nav_price_spread`
    /// from its middle, rounded outward.
    pub fn mark(&self, frame: &Frame, cash: i128) -> BookMark {
        let parameters = frame.snapshot.parameters;
        let forward = frame.forward;
        let (mut vega, mut theta_sum, mut gross) = (Word::ZERO, Word::ZERO, Word::ZERO);
        for (index, term) in frame.terms.iter().enumerate() {
            if let Some(term) = term {
                vega += options_of(self.weight[index], 62) * term.root_tau;
                let log_weight = options_of(self.log_weight[index], 56);
                theta_sum += theta(log_weight, term.tau);
                gross += log_weight.abs();
            }
        }
        let per_weight = forward * INV_SQRT_2_PI;
        let gross = gross * per_weight;
        let puts = self.puts();
        let parity = self.put_strikes() - puts * forward;
        let value = options_of(self.calls, 62) * forward + parity;
        let delta = options_of(self.delta, 62) - puts;
        let hedge = Word::from_wad_i128(frame.snapshot.hedge_position);
        let nav = saturating_sum(cash, (value + hedge * forward).to_wad_nearest());
        let exposure = (delta + hedge).abs() * forward;
        let haircut = (gross * Word::from_wad_u64(parameters.nav_spread)
            + exposure * Word::from_wad_u64(parameters.nav_price_spread))
        .to_wad_up();
        BookMark {
            value: value.to_wad_nearest(),
            net_delta: delta.to_wad_nearest(),
            net_gamma: (options_of(self.curvature, 44) * INV_SQRT_2_PI / forward).to_wad_nearest(),
            net_vega: (vega * per_weight).to_wad_nearest(),
            net_theta: (theta_sum * per_weight).to_wad_nearest(),
            gross_log_vega: u128_wad(gross),
            nav,
            nav_low: saturating_sum(nav, -haircut),
            nav_high: saturating_sum(nav, haircut),
        }
    }
}

/// Marks the whole book on the anchor and nets it with cash and hedge.
pub fn mark(snapshot: &Snapshot) -> BookMark {
    let frame = Frame::new(snapshot);
    let mut points = Points::NONE;
    points.fill(&frame);
    Totals::of(&frame, &points).mark(&frame, snapshot.cash)
}

/// Marks one (expiry, strike) on the anchor; its position is not looked at, and it need not be in the book.
/// Once expired it is worth its intrinsic value at spot.
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
