//! The pool's full answer to an order: the change of the potential, plus the fee.

use crate::book::{value_node, NodeValue};
use crate::fee::fee;
use crate::frame::{options, Frame};
use crate::parameters::WAD;
use crate::potential::{solve, Solution};
use crate::real::Real;
use crate::state::{u64_wad, Kind, Mark, Node, Order, Quote, Side, Snapshot, LOT, MAX_NODES};
use crate::wide::mul_div_down;

/// Largest last step, WAD, with which the potential counts as converged.
pub const STEP_LIMIT: u64 = WAD / 100_000;
/// How many fees an emergency close costs.
const EMERGENCY_FEES: u128 = 3;

/// Why an order cannot be quoted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuoteError {
    /// The book has more than [`MAX_NODES`] nodes, or the order's node or its slice is not in the snapshot.
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
    /// The pool's position would leave the range of 64-bit lots.
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

/// A book after an order: the snapshot's nodes with one changed.
pub(crate) struct Nodes {
    all: [Node; MAX_NODES],
    count: usize,
}

impl Nodes {
    pub fn as_slice(&self) -> &[Node] {
        self.all.get(..self.count).unwrap_or(&[])
    }
}

/// Moves the order's lots from the pool to the taker, or back.
pub(crate) fn fill(snapshot: &Snapshot, order: &Order) -> Result<Nodes, QuoteError> {
    let count = snapshot.nodes.len();
    let unknown = QuoteError::UnknownNode {
        node: order.node,
        count,
    };
    let mut nodes = Nodes {
        all: [Node::default(); MAX_NODES],
        count,
    };
    nodes
        .all
        .get_mut(..count)
        .ok_or(unknown)?
        .copy_from_slice(snapshot.nodes);
    let node = nodes
        .all
        .get_mut(..count)
        .and_then(|all| all.get_mut(order.node))
        .ok_or(unknown)?;
    let slice = snapshot.slices.get(node.slice as usize).ok_or(unknown)?;
    if slice.expiry <= snapshot.now {
        return Err(QuoteError::Expired {
            expiry: slice.expiry,
            now: snapshot.now,
        });
    }
    let position = match order.kind {
        Kind::Call => &mut node.calls,
        Kind::Put => &mut node.puts,
    };
    *position = match order.side {
        Side::Buy => position.checked_sub_unsigned(order.lots),
        Side::Sell => position.checked_add_unsigned(order.lots),
    }
    .ok_or(QuoteError::PositionOverflow {
        position: *position,
        lots: order.lots,
    })?;
    Ok(nodes)
}

/// Quotes an order.
///
/// The premium is the exact difference of two WAD integers (the potential after and before), so a sequence of
/// trades that returns to its start costs zero before fees, and splitting changes nothing. The fee rounds up;
/// a seller's fee is at most the premium.
///
/// Buying needs a converged potential within the shift cap, or one that the order brings closer to it. Selling
/// is an exit and is always quoted: where the potential has not converged it gets the anchor mark, rounded
/// down, less three fees, which is below what the potential pays for a series that traders are long.
pub fn quote(snapshot: &Snapshot, order: &Order) -> Result<Quote, QuoteError> {
    let nodes = fill(snapshot, order)?;
    let frame = Frame::new(snapshot);
    answer(&frame, order, &nodes).map(|(quote, _)| quote)
}

/// [`quote`], with the value of one option of each kind at the order's node.
pub(crate) fn answer(
    frame: &Frame,
    order: &Order,
    nodes: &Nodes,
) -> Result<(Quote, NodeValue), QuoteError> {
    let snapshot = frame.snapshot;
    let unknown = QuoteError::UnknownNode {
        node: order.node,
        count: snapshot.nodes.len(),
    };
    let node = snapshot.nodes.get(order.node).ok_or(unknown)?;
    let point = frame.points.get(order.node).ok_or(unknown)?;
    let slice = snapshot.slices.get(node.slice as usize).ok_or(unknown)?;
    let term = frame.term(node).ok_or(unknown)?;
    let value = value_node(frame.forward, Some(term), point);
    let mark = value.mark(Some(term), point);
    let mut quote = Quote {
        mark: match order.kind {
            Kind::Call => mark.call,
            Kind::Put => mark.put,
        },
        fee: fee(
            snapshot.parameters,
            slice,
            snapshot.now,
            snapshot.spot,
            &mark,
            order.kind,
            order.lots,
        ),
        vol_before: mark.vol,
        vol_after: mark.vol,
        ..greeks(order, &mark)
    };
    let before = solve(frame, snapshot.nodes);
    let after = solve(frame, nodes.as_slice());
    if let Err(error) = converged(&before).and(converged(&after)) {
        if order.side == Side::Buy {
            return Err(error);
        }
        quote.premium =
            mul_div_down(quote.mark, order.lots as u128, WAD as u128 / LOT).unwrap_or(0);
        quote.fee = quote.fee.saturating_mul(EMERGENCY_FEES).min(quote.premium);
        return Ok((quote, value));
    }
    let cap = snapshot.parameters.shift_cap;
    quote.shift = u64_wad(after.largest);
    let paid = after.cost.saturating_sub(before.cost);
    match order.side {
        Side::Buy if quote.shift > cap && after.largest >= before.largest => {
            return Err(QuoteError::ShiftAboveCap {
                shift: quote.shift,
                cap,
            });
        }
        Side::Buy => quote.premium = paid.max(0) as u128,
        Side::Sell => {
            quote.premium = (-paid).max(0) as u128;
            quote.fee = quote.fee.min(quote.premium);
        }
    }
    let marginal = |solution: &Solution| {
        let smile = solution.shifts[node.slice as usize].apply(&term.smile);
        u64_wad(smile.total_vol(point.log_moneyness) / term.root_tau)
    };
    quote.vol_before = marginal(&before);
    quote.vol_after = marginal(&after);
    Ok((quote, value))
}

fn converged(solution: &Solution) -> Result<(), QuoteError> {
    let step = solution.last_step.map_or(u64::MAX, u64_wad);
    if step > STEP_LIMIT {
        return Err(QuoteError::NotConverged {
            step,
            limit: STEP_LIMIT,
        });
    }
    Ok(())
}

/// The greeks of a trade from the taker's view.
fn greeks(order: &Order, mark: &Mark) -> Quote {
    let lots = order.lots.min(i64::MAX as u64) as i64;
    let size = options(match order.side {
        Side::Buy => lots,
        Side::Sell => -lots,
    });
    let delta = Real::from_wad_u64(mark.delta);
    let delta = match order.kind {
        Kind::Call => delta,
        Kind::Put => delta - Real::ONE,
    };
    let scaled = |greek: Real| (size * greek).to_wad_nearest();
    Quote {
        delta: scaled(delta),
        gamma: scaled(Real::from_wad_u128(mark.gamma)),
        vega: scaled(Real::from_wad_u128(mark.vega)),
        theta: scaled(Real::from_wad_i128(mark.theta)),
        ..Quote::default()
    }
}
