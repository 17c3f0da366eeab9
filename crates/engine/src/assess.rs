//! The one evaluation behind every entry point and view: mark, quote, mark after, hedge, scenario gate.

use crate::book::frame::{Frame, Points};
use crate::book::mark::Totals;
use crate::book::quote::{answer, QuoteError};
use crate::number::wide::saturating_sum;
use crate::risk::{hedge, stress};
use crate::state::{
    BookMark, HedgePlan, Kind, Order, Quote, Side, Snapshot, Stress, MAX_EXPIRIES, MAX_NODES,
};

/// A pool seen through all formulas at one moment, before and after an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Assessment {
    /// The mark of the pool as it is.
    pub before: BookMark,
    /// The answer to the order; zero when there is none.
    pub quote: Quote,
    /// The mark after the order, its premium and its fee; the mark before when there is none.
    pub after: BookMark,
    /// The hedge of the pool after the order.
    pub hedge: HedgePlan,
    /// The scenario gate after the order and before its hedge; zero when not asked for.
    pub stress: Stress,
}

/// Why there is no assessment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssessError {
    /// The snapshot has more than [`MAX_NODES`] nodes or [`MAX_EXPIRIES`] slices.
    BookTooLarge {
        /// Nodes in the snapshot.
        nodes: usize,
        /// Slices in the snapshot.
        slices: usize,
    },
    /// The order was refused.
    Quote(QuoteError),
}

/// Assesses a pool, with an order or as it is, with the scenario gate or without.
pub fn assess(
    snapshot: &Snapshot,
    order: Option<&Order>,
    with_stress: bool,
) -> Result<Assessment, AssessError> {
    let (nodes, slices) = (snapshot.nodes.len(), snapshot.slices.len());
    if nodes > MAX_NODES || slices > MAX_EXPIRIES {
        return Err(AssessError::BookTooLarge { nodes, slices });
    }
    let frame = Frame::new(snapshot);
    let mut points = Points::NONE;
    points.fill(&frame);
    let mut totals = Totals::of(&frame, &points);
    let mut cash = snapshot.cash;
    let mut assessment = Assessment {
        before: totals.mark(&frame, cash),
        ..Assessment::default()
    };
    if let Some(order) = order {
        let (quote, legs) = answer(&frame, &mut points, order).map_err(AssessError::Quote)?;
        let most = i128::MAX as u128;
        let (premium, fee) = (quote.premium.min(most) as i128, quote.fee.min(most) as i128);
        let lots = order.lots as i64;
        let (change, received) = match order.side {
            Side::Buy => (-lots, premium),
            Side::Sell => (lots, -premium),
        };
        cash = saturating_sum(cash, saturating_sum(received, fee));
        let puts = if order.kind == Kind::Put { change } else { 0 };
        if let Some((point, node)) = points.get(order.node).zip(snapshot.nodes.get(order.node)) {
            totals.add(point, node.strike, change, puts, &legs);
        }
        assessment.quote = quote;
    }
    assessment.after = totals.mark(&frame, cash);
    assessment.hedge = hedge::plan(snapshot, &assessment.after);
    if with_stress {
        assessment.stress = stress::assess(&frame, &points, &totals, &assessment.after, cash);
    }
    Ok(assessment)
}
