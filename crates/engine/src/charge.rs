//! What an order pays beside its premium, and with it the pool's full answer to the order.
//!
//! | charge | for | formula |
//! |---|---|---|
//! | spread | an anchor that may be wrong | [`crate::book::spread`] |
//! | surcharge | the venue where the pool hedges | [`crate::risk::surcharge`] |
//! | capacity | the tails that the order ties up | [`crate::risk::capacity`] |
//! | rent | the node that it opens | r0·(N/(N − k))²·τ with k of N nodes in use |
//!
//! The first three together are at least `capacity_minimum` per unit of the largest rise of a tail's capital. A buyer pays
//! premium and charges, a seller gets the premium less its charges, which take at most all of it, and pays no rent.

use crate::book::frame::{Frame, Points};
use crate::book::mark::Totals;
use crate::book::quote::{locate, premium, Priced, QuoteError};
use crate::book::spread::{lag, order_spread, widened_up, FARTHEST};
use crate::number::wide::mul_div_down;
use crate::number::word::{Word, MARGIN};
use crate::parameters::WAD;
use crate::risk::capacity::{Interest, Load, Tails};
use crate::risk::hedge;
use crate::risk::surcharge::surcharge;
use crate::state::{BookMark, Node, Order, Quote, Side, Slice, Snapshot, MAX_NODES};

/// The pool before an order, in all that its charges look at.
pub(crate) struct Before<'a> {
    pub frame: &'a Frame<'a>,
    pub mark: &'a BookMark,
    pub tails: &'a Tails,
}

/// An order answered.
pub(crate) struct Answer {
    pub quote: Quote,
    /// What the order puts on the tails.
    pub load: Load,
}

/// Quotes an order.
///
/// # Errors
/// A purchase is refused where the potential has not converged or is beyond the shift cap, and by
/// [`QuoteError::AnchorBehindSpot`], [`QuoteError::VenueTooFar`] and [`QuoteError::CapacityExhausted`]. A sale is an exit:
/// nothing refuses it but a series or a position that is not there.
pub fn quote(snapshot: &Snapshot, order: &Order) -> Result<Quote, QuoteError> {
    let frame = Frame::new(snapshot);
    let mut points = Points::NONE;
    points.fill(&frame);
    let mut totals = Totals::of(&frame, &points);
    let before = Before {
        frame: &frame,
        mark: &totals.mark(&frame, snapshot.cash),
        tails: &Tails::of(&frame, &totals),
    };
    answer(&before, &mut points, &mut totals, order).map(|answer| answer.quote)
}

/// [`quote`] of a pool that is prepared already; leaves the order in `points` and `totals`.
pub(crate) fn answer(
    before: &Before,
    points: &mut Points,
    totals: &mut Totals,
    order: &Order,
) -> Result<Answer, QuoteError> {
    let frame = before.frame;
    let snapshot = frame.snapshot;
    let (node, slice, _) = locate(snapshot, order)?;
    let is_buy = order.side == Side::Buy;
    if is_buy {
        check_lag(slice, snapshot.spot)?;
    }
    let mut priced = premium(frame, points, totals, order)?;
    let venue = surcharge(frame, order, &priced)?;
    let load = Load::new(&priced.tails, snapshot.parameters);
    let interest = interest(before, node, &load);
    if is_buy {
        interest.check()?;
    }
    let spread = spread_up(before, slice, order, &priced);
    let least = Word::from_wad_u64(snapshot.parameters.capacity_minimum);
    let rest = interest
        .least_up(least)
        .saturating_sub(spread.saturating_add(venue.amount));
    let quote = &mut priced.quote;
    quote.spread = spread;
    quote.surcharge = venue.amount;
    quote.end_price = venue.end_price;
    quote.reach = venue.reach;
    quote.capacity = interest.amount.max(rest);
    if !is_buy {
        hold_to_premium(quote, snapshot.spot);
    } else if node.calls == 0 && node.puts == 0 {
        quote.rent = rent_up(frame, node);
    }
    Ok(Answer {
        quote: priced.quote,
        load,
    })
}

/// Interest on what an order puts on the tails, with the equity at the middle.
fn interest(before: &Before, node: &Node, load: &Load) -> Interest {
    let parameters = before.frame.snapshot.parameters;
    before.tails.interest(
        load,
        node.slice as usize,
        Word::from_wad_i128(before.mark.nav),
        Word::from_wad_u64(parameters.capacity_rate),
    )
}

/// Refuses to open on an anchor that spot has left behind.
fn check_lag(slice: &Slice, spot: u128) -> Result<(), QuoteError> {
    if lag(slice, spot) > FARTHEST {
        return Err(QuoteError::AnchorBehindSpot {
            slice_spot: slice.spot,
            spot,
        });
    }
    Ok(())
}

/// The spread, three times over for a sale at the anchor: then the seller gets less than the potential would pay for a
/// series that traders are long.
fn spread_up(before: &Before, slice: &Slice, order: &Order, priced: &Priced) -> u128 {
    let once = order_spread(before.frame, slice, order, priced);
    let spread = if priced.is_converged {
        once
    } else {
        once.saturating_add(once).saturating_add(once)
    };
    let plan = hedge::plan(before.frame.snapshot, before.mark, 0);
    widened_up(spread, priced.quote.delta, &plan)
}

/// Limits what a seller pays to the premium, the spread before the surcharge before the capacity. A swap whose cost is not
/// paid in full ends where what is paid does: |p − S|·|d| is at most the surcharge.
fn hold_to_premium(quote: &mut Quote, spot: u128) {
    let (mut left, wanted) = (quote.premium, quote.surcharge);
    for charge in [&mut quote.spread, &mut quote.surcharge, &mut quote.capacity] {
        *charge = (*charge).min(left);
        left -= *charge;
    }
    if quote.surcharge == wanted || quote.delta == 0 {
        return;
    }
    let paid = mul_div_down(quote.surcharge, WAD as u128, quote.delta.unsigned_abs()).unwrap_or(0);
    quote.end_price = if quote.delta < 0 {
        quote.end_price.max(spot.saturating_sub(paid))
    } else {
        quote.end_price.min(spot.saturating_add(paid))
    };
}

/// r0·(N/(N − k))²·τ, quote WAD, rounded up.
fn rent_up(frame: &Frame, node: &Node) -> u128 {
    let Some(term) = frame.term(node) else {
        return 0;
    };
    let snapshot = frame.snapshot;
    let nodes = snapshot.nodes.iter();
    let used = nodes
        .filter(|node| node.calls != 0 || node.puts != 0)
        .count();
    let free = MAX_NODES.saturating_sub(used).max(1);
    let scarcity = Word::from_ratio(MAX_NODES as u64, free as u64);
    let rent = Word::from_wad_u64(snapshot.parameters.node_rent) * scarcity.square() * term.tau;
    (rent * MARGIN).to_wad_up().max(0) as u128
}
