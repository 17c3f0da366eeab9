//! What the engine says of a pool and of an order, and what that is in atoms.

use alloc::boxed::Box;

use smirk_engine::{
    assess::{self, Asked, AssessError, Assessment},
    book, hedge,
    quote::QuoteError,
    state::{Leg, Mark, Node, Slice, MAX_LEGS},
    surface::{self, SurfaceError},
    wide::mul_div_up,
};

use crate::{
    context::Context,
    error::{refuse, Refusal},
    Pool,
};

/// A pool as it was loaded, and what the engine says of it without an order.
pub type Seen = (&'static mut Context, &'static Assessment);

/// Everything the engine says of a pool, and of an order if there is one.
pub struct Answer {
    /// Marks, quote, hedge plan, tails and scenario gate.
    pub assessment: Assessment,
    /// Exposure before the order, base WAD.
    pub exposure_before: i128,
    /// The flow estimate as it is now, without the order.
    pub flow_variance: u128,
}

/// The pool as it is, with a price fit for trading and the loan as the lender says it is now, and what the engine says of it.
///
/// # Errors
/// Those of [`Context::load_live`].
pub fn live(pool: &Pool, asked: Asked) -> Result<Seen, Refusal> {
    see(pool, Context::load_live, asked)
}

/// The same with the last positive price whatever its age: for views only.
///
/// # Errors
/// Those of [`Context::load_for_view`].
pub fn for_view(pool: &Pool, asked: Asked) -> Result<Seen, Refusal> {
    see(pool, Context::load_for_view, asked)
}

#[inline(never)]
fn see(
    pool: &Pool,
    load: fn(&Pool) -> Result<&'static mut Context, Refusal>,
    asked: Asked,
) -> Result<Seen, Refusal> {
    let context = load(pool)?;
    let answer = context.assess(&[], asked)?;
    // What returns it would hold it twice. What is allocated is gone with the call.
    Ok((context, Box::leak(Box::new(answer.assessment))))
}

impl Context {
    /// Marks, quotes an order of these legs if there are any, plans the hedge and stresses.
    ///
    /// # Errors
    /// `LegCountInvalid`, `SeriesExpired`, `ShiftAboveCap`, `QuoteUnavailable`, `AnchorBehindSpot`, `VenueTooFar`,
    /// `CapacityExhausted`, `ValueTooLarge` for a position beyond the book's range.
    pub fn assess(&self, legs: &[Leg], asked: Asked) -> Result<Answer, Refusal> {
        let mut snapshot = self.snapshot();
        let elapsed = self.now.saturating_sub(self.head.last_flow);
        snapshot.flow_variance = hedge::flow_variance(snapshot.flow_variance, 0, elapsed);
        let assessment =
            assess::assess(&snapshot, legs, asked).map_err(|error| refusal(self, error))?;
        Ok(Answer {
            exposure_before: assessment.before.net_delta + self.hedge_position(),
            flow_variance: snapshot.flow_variance,
            assessment,
        })
    }
}

/// Checks an anchor against its bounds and its neighbours.
///
/// # Errors
/// `AnchorRejected`.
pub fn check_anchor(
    new: &Slice,
    previous: Option<&Slice>,
    next: Option<&Slice>,
    now: u64,
) -> Result<(), Refusal> {
    use SurfaceError as E;
    let (check, value, bound) = match surface::check_anchor(new, previous, next, now) {
        Ok(()) => return Ok(()),
        Err(E::AtmVolOutOfBounds { vol }) => {
            let bound = vol.clamp(surface::MIN_ATM_VOL, surface::MAX_ATM_VOL);
            (1, vol as i128, bound as i128)
        }
        Err(E::WingOutOfBounds { wing }) => {
            let bound = wing.clamp(surface::MIN_WING, surface::MAX_WING);
            (2, wing as i128, bound as i128)
        }
        Err(E::SlopeTooSteep { slope }) => (3, slope as i128, surface::MAX_SLOPE as i128),
        Err(E::CalendarVariance { earlier, later }) => (4, earlier as i128, later as i128),
        Err(E::CalendarLeftWing { earlier, later }) => (5, earlier as i128, later as i128),
        Err(E::CalendarRightWing { earlier, later }) => (6, earlier as i128, later as i128),
        Err(E::CalendarCurvature { earlier, later }) => (7, earlier as i128, later as i128),
        Err(E::CarryOutOfBounds { carry }) => {
            let bound = carry.clamp(surface::MIN_CARRY, surface::MAX_CARRY);
            (8, carry as i128, bound as i128)
        }
        Err(E::Expired { expiry, now }) => return Err(refuse!(SeriesExpired, expiry, now)),
    };
    Err(refuse!(AnchorRejected, check as u64, value, bound))
}

/// The jumps of vol and of carry times time that a post leaves, WAD, with the vols at both `ends` of the strikes looked at.
pub fn jump(old: &Slice, new: &Slice, [low, high]: [u128; 2]) -> (u64, u64) {
    surface::jump(old, new, new.posted_at, low, high)
}

/// How far a first anchor lies from a neighbour's, and with what is left of that one's jumps, looked at between these ends of the strikes.
pub fn distance(near: &Slice, new: &Slice, [low, high]: [u128; 2]) -> [(u64, u64); 2] {
    surface::distance(near, new, new.posted_at, low, high)
}

/// Anchor mark of one node.
pub fn mark(context: &Context, node: &Node) -> Mark {
    book::mark_node(&context.snapshot(), node)
}

fn refusal(context: &Context, error: AssessError) -> Refusal {
    let AssessError::Quote(error) = error else {
        // The book's own limits, which the pool keeps.
        return refuse!(ValueTooLarge, u64::MAX, 0u64);
    };
    match error {
        QuoteError::LegCount { count } => {
            refuse!(LegCountInvalid, count as u64, MAX_LEGS as u64)
        }
        QuoteError::Expired { expiry, now } => refuse!(SeriesExpired, expiry, now),
        QuoteError::ShiftAboveCap { shift, cap } => refuse!(ShiftAboveCap, shift, cap),
        QuoteError::NotConverged { log_vega, depth } => {
            refuse!(QuoteUnavailable, log_vega, depth)
        }
        QuoteError::PositionOverflow { lots, .. } => {
            refuse!(ValueTooLarge, lots, i64::MAX as u64)
        }
        QuoteError::AnchorBehindSpot { slice_spot, spot } => {
            refuse!(AnchorBehindSpot, spot, slice_spot, surface_lag(slice_spot))
        }
        QuoteError::VenueTooFar { price, limit } => {
            refuse!(VenueTooFar, price, context.spot, limit)
        }
        QuoteError::CapacityExhausted { used, limit } => {
            refuse!(CapacityExhausted, used, limit)
        }
        QuoteError::UnknownNode { node, count } => {
            refuse!(ValueTooLarge, node as u64, count as u64)
        }
    }
}

/// How far spot may be from where it was when the anchor was posted, quote per base, WAD.
fn surface_lag(anchor_spot: u128) -> u128 {
    mul_div_up(anchor_spot, 8, 100).unwrap_or(u128::MAX)
}
