//! The one evaluation behind every entry point and view: mark, quote, mark after, hedge, scenario gate.

use crate::book::frame::{Frame, Points};
use crate::book::mark::Totals;
use crate::book::potential::excess_up;
use crate::book::quote::QuoteError;
use crate::charge::{answer, Before};
use crate::number::wide::saturating_sum;
use crate::risk::capacity::Tails;
use crate::risk::{hedge, stress};
use crate::state::{
    BookMark, HedgePlan, Leg, LegQuote, Quote, Snapshot, Stress, MAX_EXPIRIES, MAX_LEGS, MAX_NODES,
};

/// A pool seen through all formulas at one moment, before and after an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Assessment {
    /// The mark of the pool as it is.
    pub before: BookMark,
    /// The answer to the order; zero when there is none.
    pub quote: Quote,
    /// The order's legs, in order; zero beyond.
    pub legs: [LegQuote; MAX_LEGS],
    /// The mark after the order and its premium; the mark before when there is none. Charges are for risk and hedging to come
    /// and not earned yet, and rent is the insurance fund's.
    pub after: BookMark,
    /// The hedge of the pool after the order.
    pub hedge: HedgePlan,
    /// The scenario gate after the order and before its hedge; zero when not asked for.
    pub stress: Stress,
    /// The tails after the order; of what others hold where what providers leave at is asked for.
    pub tails: Tails,
}

/// What an assessment looks at beside marks, quote, hedge and tails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Asked {
    /// The scenario gate.
    pub stress: bool,
    /// What providers leave at.
    pub exit: bool,
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

/// Assesses a pool, with an order of up to [`MAX_LEGS`] legs, which is one change of the book, or as it is without any.
///
/// # Errors
/// [`AssessError`].
pub fn assess(snapshot: &Snapshot, legs: &[Leg], asked: Asked) -> Result<Assessment, AssessError> {
    let (nodes, slices) = (snapshot.nodes.len(), snapshot.slices.len());
    if nodes > MAX_NODES || slices > MAX_EXPIRIES {
        return Err(AssessError::BookTooLarge { nodes, slices });
    }
    let frame = Frame::new(snapshot);
    let mut points = Points::NONE;
    points.fill(&frame);
    let mut totals = Totals::of(&frame, &points);
    let mut cash = snapshot.cash;
    let before = totals.mark(&frame, cash);
    let mut assessment = Assessment {
        before,
        quote: Quote::default(),
        legs: [LegQuote::default(); MAX_LEGS],
        after: before,
        hedge: HedgePlan::default(),
        stress: Stress::default(),
        tails: Tails::of(&frame, &totals),
    };
    if !legs.is_empty() {
        let before = Before {
            frame: &frame,
            mark: &assessment.before,
            tails: &assessment.tails,
        };
        let answer = answer(&before, &mut points, &mut totals, legs).map_err(AssessError::Quote)?;
        cash = saturating_sum(cash, earned_at_once(&answer.quote));
        assessment.tails.add(&answer.change);
        assessment.quote = answer.quote;
        assessment.legs = answer.legs;
    }
    assessment.after = totals.mark(&frame, cash);
    if asked.exit {
        assessment.after.nav_exit = nav_exit(&frame, &points, &assessment.after);
    }
    assessment.hedge = hedge::plan(snapshot, &assessment.after, assessment.quote.delta);
    if asked.stress {
        assessment.stress = stress::assess(&frame, &points, &totals, &assessment.after, cash);
    }
    if asked.exit {
        // Who leaves before a writer takes its room back leaves the tails that this makes.
        totals.hold(&frame, &points);
        assessment.tails = Tails::of(&frame, &totals);
    }
    Ok(assessment)
}

/// The change of the pool's cash by an order that is the pool's from now on: the premium.
fn earned_at_once(quote: &Quote) -> i128 {
    let premium = quote.premium.min(i128::MAX as u128) as i128;
    if quote.is_credit {
        -premium
    } else {
        premium
    }
}

/// What providers leave at: the low side of net asset value, and at most what is left when the book is unwound at the
/// potential.
fn nav_exit(frame: &Frame, points: &Points, mark: &BookMark) -> i128 {
    let excess = excess_up(frame, points).min(i128::MAX as u128) as i128;
    mark.nav_low.min(saturating_sum(mark.nav, -excess))
}
