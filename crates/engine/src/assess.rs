//! The one evaluation behind every entry point and view: mark, quote, mark after, hedge, scenario gate.

use crate::book::Totals;
use crate::frame::Frame;
use crate::quote::{answer, fill, QuoteError};
use crate::state::{
    BookMark, HedgePlan, Order, Quote, Side, Snapshot, Stress, MAX_EXPIRIES, MAX_NODES,
};
use crate::{hedge, stress};

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
    /// A message that [`crate::wire`] cannot read.
    Malformed {
        /// Its length in bytes.
        length: usize,
    },
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
    let mut frame = Frame::new(snapshot);
    let mut totals = Totals::of(&frame, snapshot.nodes);
    let mut assessment = Assessment {
        before: totals.mark(&frame, snapshot.cash),
        ..Assessment::default()
    };
    let nodes_after;
    let mut after = *snapshot;
    if let Some(order) = order {
        nodes_after = fill(snapshot, order).map_err(AssessError::Quote)?;
        let (quote, value) = answer(&frame, order, &nodes_after).map_err(AssessError::Quote)?;
        let (premium, fee) = (quote.premium as i128, quote.fee as i128);
        after.cash = after
            .cash
            .saturating_add(fee)
            .saturating_add(match order.side {
                Side::Buy => premium,
                Side::Sell => -premium,
            });
        after.nodes = nodes_after.as_slice();
        if let (Some(old), Some(new)) =
            (snapshot.nodes.get(order.node), after.nodes.get(order.node))
        {
            totals.add(
                new.slice,
                new.calls - old.calls,
                new.puts - old.puts,
                &value,
            );
        }
        assessment.quote = quote;
    }
    assessment.after = totals.mark(&frame, after.cash);
    assessment.hedge = hedge::plan(&after, &assessment.after);
    if with_stress {
        frame.snapshot = &after;
        assessment.stress = stress::assess(&frame, &assessment.after);
    }
    Ok(assessment)
}
