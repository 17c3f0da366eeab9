//! What an order is worth to the pool before charges: the change of the potential.
//!
//! The premium is the difference of two integers (the potential after and before) and the intrinsic values of its legs at their
//! forwards, rounded only on the way to WAD, once for the whole order, and there in the pool's favour. So a sequence of orders
//! that returns to its start never pays, and costs less than one unit an order before charges; splitting changes no more.

use crate::book::frame::{options, Frame, Point};
use crate::book::mark::mark_legs;
use crate::book::potential::{ShiftedSmile, Solution, COST_BITS};
use crate::number::wide::{divide, saturating_sum};
use crate::number::word::Word;
use crate::parameters::WAD;
use crate::price::legs::Legs;
use crate::series::payoff;
use crate::state::{u64_wad, Kind, Leg, Mark, Node, Quote, Slice, Snapshot, LOT, MAX_LOTS};

/// Lots in an option.
const LOTS: u128 = WAD as u128 / LOT;

/// Why an order cannot be quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuoteError {
    /// There are no legs, or more than [`MAX_LEGS`](crate::state::MAX_LEGS).
    LegCount {
        /// Legs of the order.
        count: usize,
    },
    /// A leg's node, or its slice, is not in the snapshot.
    UnknownNode {
        /// The leg's node.
        node: usize,
        /// Nodes in the snapshot.
        count: usize,
    },
    /// A leg's expiry has passed.
    Expired {
        /// The expiry.
        expiry: u64,
        /// Time of the snapshot.
        now: u64,
    },
    /// The pool's position in the node would be beyond [`MAX_LOTS`].
    PositionOverflow {
        /// The pool's net lots now.
        position: i64,
        /// The leg's lots.
        lots: u64,
    },
    /// The surface shift after the trade would be above the cap and above the shift before it.
    ShiftAboveCap {
        /// Largest component of the shift after the trade, WAD.
        shift: u64,
        /// The cap, WAD.
        cap: u64,
    },
    /// The search for the potential's maximum has not arrived for the book after an order that opens, or a quarter of what traders are long
    /// of where it buys could give it several maxima. Or an order that only sells would make the potential more: another size would not.
    NotConverged {
        /// Σ over expiries of |log-vega| after the order, quote WAD.
        log_vega: u128,
        /// The pool's depth U, quote WAD.
        depth: u128,
    },
    /// Spot has moved so far since the anchor was posted that nothing opens on it.
    AnchorBehindSpot {
        /// Spot at the post, WAD.
        slice_spot: u128,
        /// Spot now, WAD.
        spot: u128,
    },
    /// The venue's price, or where a swap of the order's delta would end, is further from the feed's than the hedge trades.
    VenueTooFar {
        /// The price, quote per base, WAD; saturates.
        price: u128,
        /// The bound that it breaks, WAD.
        limit: u128,
    },
    /// The order would use more of a tail than the pool's equity carries.
    CapacityExhausted {
        /// u after the order, WAD; saturates.
        used: u64,
        /// The most there is, one.
        limit: u64,
    },
}

/// The change of the pool's position by a leg, in lots, if it fits.
fn change_of(leg: &Leg) -> Option<i64> {
    let lots = i64::try_from(leg.lots).ok()?;
    Some(if leg.side.is_bought() { -lots } else { lots })
}

/// The node that a leg is against, its slice, and the change of the pool's position in it. The legs before it count.
pub(crate) fn locate<'a>(
    snapshot: &Snapshot<'a>,
    legs: &[Leg],
    index: usize,
) -> Result<(&'a Node, &'a Slice, i64), QuoteError> {
    let count = snapshot.nodes.len();
    let Some((leg, earlier)) = legs.get(..=index).and_then(<[Leg]>::split_last) else {
        return Err(QuoteError::UnknownNode { node: count, count });
    };
    let unknown = QuoteError::UnknownNode {
        node: leg.node,
        count,
    };
    let node = snapshot.nodes.get(leg.node).ok_or(unknown)?;
    let slice = snapshot.slices.get(node.slice as usize).ok_or(unknown)?;
    if slice.expiry <= snapshot.now {
        return Err(QuoteError::Expired {
            expiry: slice.expiry,
            now: snapshot.now,
        });
    }
    let mut position = match leg.kind {
        Kind::Call => node.calls,
        Kind::Put => node.puts,
    };
    let mut net = node.calls.saturating_add(node.puts);
    for earlier in earlier.iter().filter(|earlier| earlier.node == leg.node) {
        let change = change_of(earlier).unwrap_or(0);
        net = net.saturating_add(change);
        if earlier.kind == leg.kind {
            position = position.saturating_add(change);
        }
    }
    let fits = |lots: i64, change: i64| {
        lots.saturating_add(change).unsigned_abs() <= MAX_LOTS.unsigned_abs()
    };
    change_of(leg)
        .filter(|change| fits(position, *change) && fits(net, *change))
        .map(|change| (node, slice, change))
        .ok_or(QuoteError::PositionOverflow {
            position,
            lots: leg.lots,
        })
}

/// A leg on the anchor, and what it changes of the pool's book.
pub(crate) struct PricedLeg {
    /// The leg as it was asked for.
    pub leg: Leg,
    /// Its node's call and put, WAD.
    pub mark: Mark,
    /// The same per unit of forward.
    pub legs: Legs,
    /// Its node, before the leg.
    pub point: Point,
    /// Change of the pool's position, lots.
    pub change: i64,
    /// The same if it is of puts, else zero.
    pub puts: i64,
}

impl PricedLeg {
    /// Prices a leg that was located.
    pub fn new(frame: &Frame, node: &Node, point: &Point, leg: &Leg, change: i64) -> PricedLeg {
        let legs = point.legs();
        PricedLeg {
            leg: *leg,
            mark: mark_legs(frame, node, point, &legs),
            legs,
            point: *point,
            change,
            puts: if leg.kind == Kind::Put { change } else { 0 },
        }
    }

    /// Anchor value of one option, quote WAD.
    pub fn value(&self) -> u128 {
        match self.leg.kind {
            Kind::Call => self.mark.call,
            Kind::Put => self.mark.put,
        }
    }

    /// Adds its greeks to an order's, from the taker's view, and returns its delta.
    pub fn add_greeks(&self, quote: &mut Quote) -> i128 {
        let mark = &self.mark;
        let size = options(-self.change);
        let delta = Word::from_wad_u64(mark.delta);
        let delta = match self.leg.kind {
            Kind::Call => delta,
            Kind::Put => delta - Word::from_wad_u64(mark.growth),
        };
        let scaled = |greek: Word| (size * greek).to_wad_nearest();
        let delta = scaled(delta);
        quote.delta = saturating_sum(quote.delta, delta);
        quote.gamma = saturating_sum(quote.gamma, scaled(Word::from_wad_u128(mark.gamma)));
        quote.vega = saturating_sum(quote.vega, scaled(Word::from_wad_u128(mark.vega)));
        quote.theta = saturating_sum(quote.theta, scaled(Word::from_wad_i128(mark.theta)));
        delta
    }
}

/// What the taker pays, negative for what it gets, in exact parts: a whole number of units of 1e-18 quote, and so many parts
/// of one of 1/[`LOTS`].
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Payment {
    units: i128,
    rest: i128,
    /// Whether a leg buys, and whether one sells.
    buys: bool,
    sells: bool,
}

impl Payment {
    /// Adds the intrinsic value of a leg at its forward; `None` if it does not fit.
    pub fn add_intrinsic(&mut self, node: &Node, priced: &PricedLeg) -> Option<()> {
        let leg = &priced.leg;
        let linear = payoff(leg.kind, node.strike, priced.mark.forward);
        let (units, rest) = divide(linear, leg.lots as u128, LOTS)?;
        let (units, rest) = (i128::try_from(units).ok()?, rest as i128);
        if leg.side.is_bought() {
            self.buys = true;
            self.units = saturating_sum(self.units, units);
            self.rest += rest;
        } else {
            self.sells = true;
            self.units = saturating_sum(self.units, -units);
            self.rest -= rest;
        }
        Some(())
    }

    /// With the change of the potential, in units of `depth` with [`COST_BITS`] fraction bits, rounded up once. Options that
    /// only go one way are worth something, whatever the potential's last bits say.
    pub fn total_up(&self, moved: i128, depth: u128) -> Option<i128> {
        let moved = match (self.buys, self.sells) {
            (true, false) => moved.max(0),
            (false, true) => moved.min(0),
            _ => moved,
        };
        let (units, rest) = divide(moved.unsigned_abs(), depth, 1 << COST_BITS)?;
        let (mut units, mut rest) = (i128::try_from(units).ok()?, rest as i128);
        if moved < 0 {
            (units, rest) = (-units, -rest);
        }
        const UNIT: i128 = (LOTS as i128) << COST_BITS;
        // A unit of less than 2^80 for each leg at most, and one more.
        let mut rest = rest * LOTS as i128 + (self.rest << COST_BITS);
        let mut up = 0;
        while rest > 0 {
            rest -= UNIT;
            up += 1;
        }
        while rest <= -UNIT {
            rest += UNIT;
            up -= 1;
        }
        Some(saturating_sum(saturating_sum(units, self.units), up))
    }
}

/// Vol of a node's options on the surface of a solution, WAD.
#[inline(never)]
pub(crate) fn marginal_vol(frame: &Frame, point: &Point, solution: &Solution) -> u64 {
    let index = point.slice as usize;
    match (frame.terms.get(index), solution.shifts.get(index)) {
        (Some(Some(term)), Some(shift)) => {
            let total_vol = ShiftedSmile::new(&term.smile, shift).total_vol(point.moneyness);
            u64_wad(Word::from_fixed(total_vol, 58) / term.root_tau)
        }
        _ => 0,
    }
}
