//! The pool's full answer to an order: the change of the potential, plus the fee.

use crate::book::fee::fee;
use crate::book::frame::{options, Frame, Point, Points};
use crate::book::mark::mark_legs;
use crate::book::potential::{solve, ShiftedSmile, Solution, COST_BITS};
use crate::number::wide::{divide, mul_div_down};
use crate::number::word::Word;
use crate::parameters::WAD;
use crate::price::legs::Legs;
use crate::series::payoff;
use crate::state::{u64_wad, Kind, Mark, Node, Order, Quote, Side, Slice, Snapshot, LOT, MAX_LOTS};

/// Largest last step, WAD, with which the potential counts as converged.
pub const STEP_LIMIT: u64 = WAD / 100_000;
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
    /// The potential has no maximum near the anchor for this book; only sales are quoted.
    NotConverged {
        /// Largest component of the last step, WAD; `u64::MAX` where there is no maximum at all.
        step: u64,
        /// [`STEP_LIMIT`].
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

/// Quotes an order.
///
/// The premium is the difference of two integers (the potential after and before) and the intrinsic value at the
/// forward, rounded only on the way to WAD, once, and there in the pool's favour. So a sequence of trades that returns
/// to its start never pays, and costs less than one unit a trade before fees; splitting changes no more. The fee
/// rounds up; a seller's fee is at most the premium.
///
/// Buying needs a converged potential within the shift cap, or one that the order brings closer to it. Selling
/// is an exit and is always quoted: where the potential has not converged it gets the anchor mark, rounded
/// down, less three fees, which is below what the potential pays for a series that traders are long.
pub fn quote(snapshot: &Snapshot, order: &Order) -> Result<Quote, QuoteError> {
    let frame = Frame::new(snapshot);
    let mut points = Points::NONE;
    points.fill(&frame);
    answer(&frame, &mut points, order).map(|(quote, _)| quote)
}

/// [`quote`], with the legs of the order's node; leaves the order in `points`.
pub(crate) fn answer(
    frame: &Frame,
    points: &mut [Point],
    order: &Order,
) -> Result<(Quote, Legs), QuoteError> {
    let snapshot = frame.snapshot;
    let (node, slice, change) = locate(snapshot, order)?;
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
    quote.fee = fee(
        snapshot.parameters,
        slice,
        snapshot.now,
        snapshot.spot,
        &mark,
        order.kind,
        order.lots,
    );
    quote.vol_before = mark.vol;
    quote.vol_after = mark.vol;
    let before = solve(frame, points);
    points.get_mut(order.node).ok_or(unknown)?.net += change;
    let after = solve(frame, points);
    let step = before.last_step.max(after.last_step);
    let is_buy = order.side == Side::Buy;
    if step > STEP_LIMIT {
        if is_buy {
            return Err(QuoteError::NotConverged {
                step,
                limit: STEP_LIMIT,
            });
        }
        quote.premium = mul_div_down(quote.mark, order.lots as u128, LOTS).unwrap_or(0);
        let fees = quote
            .fee
            .saturating_add(quote.fee)
            .saturating_add(quote.fee);
        quote.fee = fees.min(quote.premium);
        return Ok((quote, legs));
    }
    let (shift, cap) = (after.largest, snapshot.parameters.shift_cap);
    if is_buy && shift > cap && shift >= before.largest {
        return Err(QuoteError::ShiftAboveCap { shift, cap });
    }
    quote.shift = shift;
    let moved = after.cost - before.cost;
    let curved = (if is_buy { moved } else { -moved }).max(0) as u128;
    let depth = snapshot.parameters.depth;
    let linear = payoff(order.kind, node.strike, mark.forward);
    let lots = order.lots as u128;
    quote.premium = divide(curved, depth, 1 << COST_BITS)
        .zip(divide(linear, lots, LOTS))
        .map_or(u128::MAX, |parts| total(parts, is_buy));
    if !is_buy {
        quote.fee = quote.fee.min(quote.premium);
    }
    quote.vol_before = marginal_vol(frame, &point, &before);
    quote.vol_after = marginal_vol(frame, &point, &after);
    Ok((quote, legs))
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
