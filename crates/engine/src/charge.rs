//! What an order pays beside its premium, and with it the pool's full answer to the order.
//!
//! | charge | for | formula |
//! |---|---|---|
//! | spread | an anchor that may be wrong, by leg | [`crate::book::spread`] |
//! | surcharge | the venue where the pool hedges | [`crate::risk::surcharge`] |
//! | capacity | the tails that the order ties up, and its part of what accounts may be short of | [`crate::risk::capacity`] |
//! | rent | the nodes that it opens | r0·(N/(N − k))²·τ with k of N nodes in use |
//!
//! The first three together are at least `capacity_minimum` per unit of the largest rise of a tail's capital. Surcharge,
//! capacity and the minimum are of the order's net change. The taker pays premium and charges, or gets the premium less its
//! charges. Those of an order that only returns longs take at most all of the premium; a long that is returned within another
//! order pays no more spread than it is worth.

use crate::book::frame::{options_of, Frame, Points};
use crate::book::lag::{lag, FARTHEST};
use crate::book::mark::{TailSums, Totals};
use crate::book::potential::{Potential, Solution, COST_BITS};
use crate::book::quote::{locate, marginal_vol, Payment, PricedLeg, QuoteError};
use crate::book::spread::{leg_spread, widened_up};
use crate::number::wide::mul_div_down;
use crate::number::word::{Word, MARGIN};
use crate::parameters::WAD;
use crate::risk::capacity::{fourth_powers, interest_up, Change, Load, Tails};
use crate::risk::hedge;
use crate::risk::surcharge::Meeting;
use crate::state::{
    BookMark, Kind, Leg, LegQuote, Node, Quote, Side, Slice, Snapshot, LOT, MAX_LEGS, MAX_NODES,
};

/// What a potential that is not exact may have more after a sale, as [`Solution::cost`]: 2^-30 of U, 5e-4 quote at the default.
const MOST_ROUNDING: i128 = 1 << (COST_BITS - 30);

/// The pool before an order, in all that its charges look at.
pub(crate) struct Before<'a> {
    /// The prepared snapshot.
    pub frame: &'a Frame<'a>,
    /// Its mark; the equity that capacity is measured by is its net asset value.
    pub mark: &'a BookMark,
    /// What its book ties up.
    pub tails: &'a Tails,
}

/// An order answered.
pub(crate) struct Answer {
    /// Premium, charges and greeks of the whole order.
    pub quote: Quote,
    /// Each leg, in order; zero beyond.
    pub legs: [LegQuote; MAX_LEGS],
    /// What the order puts on the tails.
    pub change: Change,
}

/// Quotes an order of one leg.
///
/// # Errors
/// What opens is refused where it costs what the anchor does beyond the shift cap, or raises the largest shift there, where the search
/// has not arrived or a quarter of the longs could bend it to several maxima, and by
/// [`QuoteError::AnchorBehindSpot`], [`QuoteError::VenueTooFar`] and [`QuoteError::CapacityExhausted`]. What closes is an exit:
/// nothing refuses it but a series or a position that is not there, and a sale that would make the potential more.
pub fn quote(snapshot: &Snapshot, leg: &Leg) -> Result<Quote, QuoteError> {
    let frame = Frame::new(snapshot);
    let mut points = Points::NONE;
    points.fill(&frame);
    let mut totals = Totals::of(&frame, &points);
    let before = Before {
        frame: &frame,
        mark: &totals.mark(&frame, snapshot.cash),
        tails: &Tails::of(&frame, &totals),
    };
    let legs = core::slice::from_ref(leg);
    answer(&before, &mut points, &mut totals, legs).map(|answer| answer.quote)
}

/// The legs of an order taken together, before the potential and its charges.
struct Sums {
    quote: Quote,
    legs: [LegQuote; MAX_LEGS],
    change: Change,
    /// What of that others hold then, or no longer: that of legs which are not written nor bought back.
    held: Change,
    /// `None` for more than can be counted.
    payment: Option<Payment>,
    venue: Meeting,
}

/// Quotes an order in a pool that is prepared already; leaves the order in `points` and `totals`. An order with a leg that opens
/// may be refused as [`quote`] says.
pub(crate) fn answer(
    before: &Before,
    points: &mut Points,
    totals: &mut Totals,
    legs: &[Leg],
) -> Result<Answer, QuoteError> {
    let frame = before.frame;
    let parameters = frame.snapshot.parameters;
    let opens = legs.iter().any(|leg| leg.side.opens());
    let count = legs.len();
    if count == 0 || count > MAX_LEGS {
        return Err(QuoteError::LegCount { count });
    }
    let mut potential = Potential::new(frame, points);
    let solution = potential.solve(points);
    let mut sums = Sums {
        quote: Quote::default(),
        legs: [LegQuote::default(); MAX_LEGS],
        change: Change::default(),
        held: Change::default(),
        payment: Some(Payment::default()),
        venue: Meeting::new(frame, opens),
    };
    let only_sells = legs.iter().all(|leg| leg.side == Side::Sell);
    let held = held_tails(before, points, totals, legs);
    for index in 0..count {
        add_leg(&mut sums, frame, points, totals, (legs, index), only_sells)?;
    }
    let after = potential.solve(points);
    let is_bought = |leg: &Leg| leg.side.is_bought();
    let buys = legs.iter().any(is_bought);
    price(
        &mut sums,
        frame,
        points,
        legs,
        [&solution, &after],
        [opens, buys],
    )?;
    let quote = &mut sums.quote;
    let venue = sums.venue.surcharge(quote.delta)?;
    let (equity, rate) = (
        Word::from_wad_i128(before.mark.nav),
        Word::from_wad_u64(parameters.capacity_rate),
    );
    let mut interest = before.tails.interest(&sums.change, equity, rate);
    if opens {
        interest.check()?;
        if let Some(held) = held {
            let whole = held.interest_on_most(&sums.held, equity, rate);
            whole.check()?;
            interest.amount = interest.amount.max(whole.amount);
        }
    }
    let is_sure = !opens || (after.is_converged && is_concave(&potential, frame, points, legs));
    // A sale that makes the potential more, as one may where there are several maxima, would be paid for by the next one.
    if !is_sure || (!buys && after.cost - solution.cost > MOST_ROUNDING) {
        return Err(QuoteError::NotConverged {
            log_vega: totals.mark(frame, 0).gross_log_vega,
            depth: parameters.depth,
        });
    }
    let plan = hedge::plan(frame.snapshot, before.mark, 0);
    quote.spread = widened_up(quote.spread, quote.delta, &plan);
    quote.surcharge = venue.amount;
    quote.end_price = venue.end_price;
    quote.reach = venue.reach;
    let rest = interest
        .least_up(Word::from_wad_u64(parameters.capacity_minimum))
        .saturating_sub(quote.spread.saturating_add(venue.amount));
    // Who buys back returns the capacity that it gave, whatever others have made of it since, and pays the minimum alone.
    quote.capacity = if opens || !buys {
        interest.amount.max(rest)
    } else {
        rest
    };
    let writing = writing_up(frame, legs, equity, rate);
    let charged = quote.spread.saturating_add(venue.amount);
    quote.capacity = quote.capacity.max(writing.saturating_sub(charged));
    if only_sells {
        hold_to_premium(quote, frame.snapshot.spot);
    } else if opens {
        quote.rent = rent_up(frame, legs);
    }
    Ok(Answer {
        quote: sums.quote,
        legs: sums.legs,
        change: sums.change,
    })
}

/// Adds one leg on the anchor to an order, to the book and to its totals.
fn add_leg(
    sums: &mut Sums,
    frame: &Frame,
    points: &mut Points,
    totals: &mut Totals,
    (legs, index): (&[Leg], usize),
    only_sells: bool,
) -> Result<(), QuoteError> {
    let snapshot = frame.snapshot;
    let (node, slice, change) = locate(snapshot, legs, index)?;
    let (Some(leg), Some(part)) = (legs.get(index), sums.legs.get_mut(index)) else {
        return Err(QuoteError::LegCount { count: index });
    };
    if leg.side.opens() {
        check_lag(slice, snapshot.spot)?;
    }
    let Some(point) = points.get_mut(leg.node) else {
        let (node, count) = (leg.node, snapshot.nodes.len());
        return Err(QuoteError::UnknownNode { node, count });
    };
    let priced = PricedLeg::new(frame, node, point, leg, change);
    point.net += change;
    totals.add(point, node.strike, change, priced.puts, &priced.legs);
    sums.venue.add(frame, &priced);
    let tails = TailSums::of_position(frame, node, change, priced.puts, &priced.legs);
    let load = Load::new(&tails, snapshot.parameters);
    sums.change.add(&load, node.slice as usize);
    if matches!(leg.side, Side::Buy | Side::Sell) {
        sums.held.add(&load.without_puts(), node.slice as usize);
    }
    if let Some(payment) = &mut sums.payment {
        if payment.add_intrinsic(node, &priced).is_none() {
            sums.payment = None;
        }
    }
    let mut spread = leg_spread(frame, slice, &priced);
    if !only_sells && leg.side == Side::Sell {
        // Alone it would pay no more than it is worth.
        spread = spread.min(
            mul_div_down(priced.value(), leg.lots as u128, WAD as u128 / LOT).unwrap_or(spread),
        );
    }
    sums.quote.spread = sums.quote.spread.saturating_add(spread);
    *part = LegQuote {
        mark: priced.value(),
        forward: priced.mark.forward,
        vol_before: priced.mark.vol,
        vol_after: priced.mark.vol,
        delta: priced.add_greeks(&mut sums.quote),
        spread,
    };
    Ok(())
}

/// Whether what the potential maximises is concave with a quarter of what traders are long of in the expiries in which an order buys,
/// whatever is closed behind it: somebody could close shorts alone and leave the longs against them. What the order itself writes counts
/// from the next one on. Behind what opens there are few maxima and small ones; to use this up, for one expiry, takes as much as to
/// use up the cap on shifts, or in two accounts of opposite positions what accounts may write.
fn is_concave(potential: &Potential, frame: &Frame, points: &Points, legs: &[Leg]) -> bool {
    let snapshot = frame.snapshot;
    let bought = legs.iter().fold(0u32, |bought, leg| {
        let node = snapshot.nodes.get(leg.node);
        let is_new = leg.side == Side::Buy;
        bought | node.map_or(0, |node| (is_new as u32) << (node.slice & 31))
    });
    potential.is_concave(points, |node, point| {
        if bought >> (point.slice & 31) & 1 == 0 {
            return 0;
        }
        let written = snapshot.written.nodes.get(node).copied().unwrap_or(0);
        let written = i64::try_from(written).unwrap_or(i64::MAX);
        written.saturating_sub(point.net) / 4
    })
}

/// Fills in premium, shift and vols of an order whose legs are in the book: the premium is the change of the potential, whatever the
/// order and wherever the book is. So no orders that end where they began pay.
///
/// # Errors
/// What opens beyond the cap on shifts costs less than its legs at the anchor, or brings more, so that it lessens what the potential has
/// above the anchor, and does not raise the largest shift.
fn price(
    sums: &mut Sums,
    frame: &Frame,
    points: &Points,
    legs: &[Leg],
    [before, after]: [&Solution; 2],
    [opens, buys]: [bool; 2],
) -> Result<(), QuoteError> {
    let parameters = frame.snapshot.parameters;
    let mut anchored = 0i128;
    for (leg, part) in legs.iter().zip(&mut sums.legs) {
        if let Some(point) = points.get(leg.node) {
            part.vol_before = marginal_vol(frame, point, before);
            part.vol_after = marginal_vol(frame, point, after);
        }
        let value = mul_div_down(part.mark, leg.lots as u128, WAD as u128 / LOT).unwrap_or(0);
        let value = value.min(i128::MAX as u128) as i128;
        let is_bought = leg.side.is_bought();
        anchored = anchored.saturating_add(if is_bought { value } else { -value });
    }
    let moved = after.cost - before.cost;
    let paid = sums.payment;
    let paid = paid.and_then(|payment| payment.total_up(moved, parameters.depth));
    let paid = paid.unwrap_or(if buys { i128::MAX } else { 0 });
    let (shift, cap) = (after.largest, parameters.shift_cap);
    if opens && shift > cap && (paid >= anchored || shift > before.largest) {
        return Err(QuoteError::ShiftAboveCap { shift, cap });
    }
    let quote = &mut sums.quote;
    quote.shift = shift;
    quote.premium = paid.unsigned_abs();
    quote.is_credit = paid < 0 || !buys;
    let [first, ..] = &sums.legs;
    quote.mark = first.mark;
    quote.forward = first.forward;
    quote.vol_before = first.vol_before;
    quote.vol_after = first.vol_after;
    Ok(())
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

/// Limits what a seller who only closes pays to the premium, the spread before the surcharge before the capacity. A swap whose cost is not
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

/// The tails of what others hold ([`Totals::held`]), before an order that adds to it; `None` where nobody is short but the pool, and
/// where neither those nor the order can bring a tail above five eighths of the equity, below which nothing is charged for it. No option
/// loads a tail by more than its forward: K·N(d₂) is at most F·N(d₁).
#[inline(never)]
fn held_tails(before: &Before, points: &Points, totals: &Totals, legs: &[Leg]) -> Option<Tails> {
    let frame = before.frame;
    let lots = |sum: u64, lots: u64| sum.saturating_add(lots);
    let written = frame.snapshot.written.nodes.iter().copied().fold(0, lots);
    let has = |side| legs.iter().any(|leg| leg.side == side);
    if !has(Side::Buy) || (written == 0 && !has(Side::Write)) {
        return None;
    }
    let options = legs.iter().map(|leg| leg.lots).fold(written, lots);
    let forwards = frame.expiries().map(|(_, _, forward)| forward.value);
    let most = options_of(options as i128, 0) * forwards.fold(Word::ZERO, Word::max)
        / Word::from_wad_u64(frame.snapshot.parameters.upside_slope);
    let equity = Word::from_wad_i128(before.mark.nav);
    (!before.tails.leave_most(most, equity)).then(|| Tails::of(frame, &totals.held(frame, points)))
}

/// What an order pays at least for its part of what accounts may be short of together, of calls and of puts a quarter of the equity each,
/// quote WAD, rounded up: a sixteenth of the interest on a tail for what is above five eighths of it, each leg until its expiry. Else who writes what is worth nothing would
/// keep all others from writing.
fn writing_up(frame: &Frame, legs: &[Leg], equity: Word, rate: Word) -> u128 {
    let limit = equity.max(Word::ZERO).half().half();
    let free = limit.half() + limit.half().half().half();
    let written = &frame.snapshot.written;
    let mut calls = options_of(written.calls as i128, 0) * frame.spot.value;
    let mut puts = Word::from_wad_u128(written.put_strikes);
    let mut interest = Word::ZERO;
    for leg in legs {
        let (Side::Write, Some(node)) = (leg.side, frame.snapshot.nodes.get(leg.node)) else {
            continue;
        };
        let Some(term) = frame.term(node) else {
            continue;
        };
        let (after, price) = match leg.kind {
            Kind::Call => (&mut calls, frame.spot.value),
            Kind::Put => (&mut puts, Word::from_wad_u128(node.strike)),
        };
        let before = *after - options_of(leg.lots as i128, 0) * price;
        let (from, to) = (before.max(free), (*after).max(free));
        interest += term.tau * (to - from) * fourth_powers(from, to);
        *after = before;
    }
    let per_limit = limit.recip();
    interest_up(interest.mul_pow2(-4) * per_limit.square().square(), rate)
}

/// Whether the pool has a position in a node. One without is opened by the order, or held by accounts alone.
fn is_used(node: &Node) -> bool {
    node.calls != 0 || node.puts != 0
}

/// Nodes of an order's legs in which the pool has no position.
fn opened(snapshot: &Snapshot, legs: &[Leg]) -> usize {
    let is_new = |leg: &Leg| {
        snapshot
            .nodes
            .get(leg.node)
            .is_some_and(|node| !is_used(node))
    };
    let is_first = |index: usize, leg: &Leg| {
        let mut earlier = legs.iter().take(index);
        earlier.all(|other| other.node != leg.node)
    };
    let legs = legs.iter().enumerate();
    legs.filter(|(index, leg)| is_new(leg) && is_first(*index, leg))
        .count()
}

/// Σ r0·(N/(N − k))²·τ over the nodes that an order opens, with k in use before each, quote WAD, each rounded up.
fn rent_up(frame: &Frame, legs: &[Leg]) -> u128 {
    let snapshot = frame.snapshot;
    let mut used = None;
    let mut rent = 0u128;
    for (index, leg) in legs.iter().enumerate() {
        let Some(node) = snapshot.nodes.get(leg.node).filter(|node| !is_used(node)) else {
            continue;
        };
        let mut earlier = legs.iter().take(index);
        let Some(term) = frame
            .term(node)
            .filter(|_| earlier.all(|other| other.node != leg.node))
        else {
            continue;
        };
        let count = used.unwrap_or_else(|| snapshot.nodes.len() - opened(snapshot, legs));
        let free = MAX_NODES.saturating_sub(count).max(1);
        let scarcity = Word::from_ratio(MAX_NODES as u64, free as u64);
        let one = Word::from_wad_u64(snapshot.parameters.node_rent) * scarcity.square() * term.tau;
        rent = rent.saturating_add((one * MARGIN).to_wad_up().max(0) as u128);
        used = Some(count + 1);
    }
    rent
}
