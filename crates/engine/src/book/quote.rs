//! What an order is worth to the pool before charges: the change of the potential.

use crate::book::frame::{options, Frame, Point};
use crate::book::mark::{mark_legs, TailSums, Totals};
use crate::book::potential::{solve, ShiftedSmile, Solution, COST_BITS};
use crate::number::wide::{divide, mul_div_down};
use crate::number::word::Word;
use crate::parameters::WAD;
use crate::price::legs::Legs;
use crate::series::payoff;
use crate::state::{u64_wad, Kind, Mark, Node, Order, Quote, Side, Slice, Snapshot, LOT, MAX_LOTS};

/// Lots in an option.
const LOTS: u128 = WAD as u128 / LOT;

/// Why an order cannot be quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuoteError {
    /// The order's node, or its slice, is not in the snapshot.
    UnknownNode {
        /// The order's node.
        node: usize,
        /// Nodes in the snapshot.
        count: usize,
    },
    /// The order's expiry has passed.
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
        /// The order's lots.
        lots: u64,
    },
    /// The surface shift after the trade would be above the cap and above the shift before it.
    ShiftAboveCap {
        /// Largest component of the shift after the trade, WAD.
        shift: u64,
        /// The cap, WAD.
        cap: u64,
    },
    /// The potential has no maximum near the anchor for the book after the order; only sales are quoted.
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

/// The node that an order is against, and the change of the pool's position in it.
pub(crate) fn locate<'a>(
    snapshot: &Snapshot<'a>,
    order: &Order,
) -> Result<(&'a Node, &'a Slice, i64), QuoteError> {
    let unknown = QuoteError::UnknownNode {
        node: order.node,
        count: snapshot.nodes.len(),
    };
    let node = snapshot.nodes.get(order.node).ok_or(unknown)?;
    let slice = snapshot.slices.get(node.slice as usize).ok_or(unknown)?;
    if slice.expiry <= snapshot.now {
        return Err(QuoteError::Expired {
            expiry: slice.expiry,
            now: snapshot.now,
        });
    }
    let position = match order.kind {
        Kind::Call => node.calls,
        Kind::Put => node.puts,
    };
    let net = node.calls.saturating_add(node.puts);
    let change = i64::try_from(order.lots).ok().map(|lots| match order.side {
        Side::Buy => -lots,
        Side::Sell => lots,
    });
    let fits = |lots: i64, change: i64| {
        lots.saturating_add(change).unsigned_abs() <= MAX_LOTS.unsigned_abs()
    };
    change
        .filter(|change| fits(position, *change) && fits(net, *change))
        .map(|change| (node, slice, change))
        .ok_or(QuoteError::PositionOverflow {
            position,
            lots: order.lots,
        })
}

/// An order's premium and greeks, and what it is an order of.
pub(crate) struct Priced {
    /// Without charges.
    pub quote: Quote,
    pub mark: Mark,
    pub legs: Legs,
    /// The node as it was.
    pub point: Point,
    /// What the order puts on the tails.
    pub tails: TailSums,
    /// Whether the premium is the potential's, not the anchor's.
    pub is_converged: bool,
}

/// Prices an order before charges; leaves it in `points` and `totals`.
///
/// The premium is the difference of two integers (the potential after and before) and the intrinsic value at the
/// forward, rounded only on the way to WAD, once, and there in the pool's favour. So a sequence of trades that returns
/// to its start never pays, and costs less than one unit a trade before charges; splitting changes no more.
///
/// Buying needs a converged potential within the shift cap, or one that the order brings closer to it. Selling
/// is an exit and is always priced: where the potential has not converged, at the anchor mark, rounded down.
pub(crate) fn premium(
    frame: &Frame,
    points: &mut [Point],
    totals: &mut Totals,
    order: &Order,
) -> Result<Priced, QuoteError> {
    let snapshot = frame.snapshot;
    let (node, _, change) = locate(snapshot, order)?;
    let unknown = QuoteError::UnknownNode {
        node: order.node,
        count: points.len(),
    };
    let point = *points.get(order.node).ok_or(unknown)?;
    let legs = point.legs();
    let mark = mark_legs(frame, node, &point, &legs);
    let mut quote = greeks(-change, order.kind, &mark);
    quote.mark = match order.kind {
        Kind::Call => mark.call,
        Kind::Put => mark.put,
    };
    quote.forward = mark.forward;
    quote.vol_before = mark.vol;
    quote.vol_after = mark.vol;
    let before = solve(frame, points);
    points.get_mut(order.node).ok_or(unknown)?.net += change;
    let puts = if order.kind == Kind::Put { change } else { 0 };
    totals.add(&point, node.strike, change, puts, &legs);
    let after = solve(frame, points);
    let is_buy = order.side == Side::Buy;
    let mut priced = Priced {
        quote,
        mark,
        legs,
        point,
        tails: TailSums::of_position(frame, node, change, puts, &legs),
        is_converged: before.is_converged() && after.is_converged(),
    };
    let depth = snapshot.parameters.depth;
    let lots = order.lots as u128;
    let quote = &mut priced.quote;
    if !priced.is_converged {
        if is_buy {
            return Err(QuoteError::NotConverged {
                log_vega: totals.mark(frame, 0).gross_log_vega,
                depth,
            });
        }
        quote.premium = mul_div_down(quote.mark, lots, LOTS).unwrap_or(0);
        return Ok(priced);
    }
    let (shift, cap) = (after.largest, snapshot.parameters.shift_cap);
    if is_buy && shift > cap && shift >= before.largest {
        return Err(QuoteError::ShiftAboveCap { shift, cap });
    }
    quote.shift = shift;
    let moved = after.cost - before.cost;
    let curved = (if is_buy { moved } else { -moved }).max(0) as u128;
    let linear = payoff(order.kind, node.strike, priced.mark.forward);
    quote.premium = divide(curved, depth, 1 << COST_BITS)
        .zip(divide(linear, lots, LOTS))
        .map_or(u128::MAX, |parts| total(parts, is_buy));
    quote.vol_before = marginal_vol(frame, &point, &before);
    quote.vol_after = marginal_vol(frame, &point, &after);
    Ok(priced)
}

/// Vol of a node's options on the surface of a solution, WAD.
#[inline(never)]
fn marginal_vol(frame: &Frame, point: &Point, solution: &Solution) -> u64 {
    let index = point.slice as usize;
    match (frame.terms.get(index), solution.shifts.get(index)) {
        (Some(Some(term)), Some(shift)) => {
            let total_vol = ShiftedSmile::new(&term.smile, shift).total_vol(point.moneyness);
            u64_wad(Word::from_fixed(total_vol, 58) / term.root_tau)
        }
        _ => 0,
    }
}

/// a + b for quotients and remainders of divisions by 2^[`COST_BITS`] and by [`LOTS`], rounded once.
fn total(((a, rest_a), (b, rest_b)): ((u128, u128), (u128, u128)), up: bool) -> u128 {
    const UNIT: u128 = LOTS << COST_BITS;
    // Below two units, each of which is below 2^80.
    let rest = rest_a * LOTS + (rest_b << COST_BITS);
    let units = if up {
        (rest > 0) as u128 + (rest > UNIT) as u128
    } else {
        (rest >= UNIT) as u128
    };
    a.saturating_add(b).saturating_add(units)
}

/// The greeks of a trade of `lots`, negative for a sale, from the taker's view.
fn greeks(lots: i64, kind: Kind, mark: &Mark) -> Quote {
    let size = options(lots);
    let delta = Word::from_wad_u64(mark.delta);
    let delta = match kind {
        Kind::Call => delta,
        Kind::Put => delta - Word::from_wad_u64(mark.growth),
    };
    let scaled = |greek: Word| (size * greek).to_wad_nearest();
    Quote {
        delta: scaled(delta),
        gamma: scaled(Word::from_wad_u128(mark.gamma)),
        vega: scaled(Word::from_wad_u128(mark.vega)),
        theta: scaled(Word::from_wad_i128(mark.theta)),
        ..Quote::default()
    }
}
