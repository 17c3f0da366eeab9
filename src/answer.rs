//! What the engine says of a pool and of an order, and what that is in atoms.

use smirk_engine::{
    assess::{self, AssessError, Assessment},
    book, hedge,
    quote::QuoteError,
    state::{Mark, Node, Order, Slice, Snapshot},
    surface::{self, SurfaceError},
    venue,
    wide::mul_div_up,
};

use crate::{
    context::Context,
    error::{refuse, Refusal},
    storage::configuration::Configuration,
};

/// Everything the engine says of a pool, and of an order if there is one.
pub struct Answer {
    /// Marks, quote, hedge plan and scenario gate.
    pub assessment: Assessment,
    /// The venue's price, quote per base, WAD.
    pub venue_price: u128,
    /// Exposure before the order, base WAD.
    pub exposure_before: i128,
    /// The flow estimate with the order in it.
    pub flow_variance: u128,
}

impl Answer {
    /// (premium, fee) in atoms that a taker pays, each rounded up.
    pub fn charge_up(&self, configuration: &Configuration) -> (u128, u128) {
        let (quote, scale) = (&self.assessment.quote, configuration.quote_scale);
        (quote.premium.div_ceil(scale), self.fee_up().div_ceil(scale))
    }

    /// (premium, fee) in atoms of what a taker gets: premium rounded down, fee up, the fee at most the premium.
    pub fn charge_down(&self, configuration: &Configuration) -> (u128, u128) {
        let (quote, scale) = (&self.assessment.quote, configuration.quote_scale);
        let premium = quote.premium / scale;
        (premium, self.fee_up().div_ceil(scale).min(premium))
    }

    /// The fee, quote WAD, rounded up. While a hedge is missing, the fee of an order that adds to the exposure grows
    /// with what the exposure before it exceeds the band by, up to twice at the hard limit.
    fn fee_up(&self) -> u128 {
        let (quote, plan) = (&self.assessment.quote, &self.assessment.hedge);
        // The pool's delta moves against the taker's.
        let adds = (self.exposure_before > 0) == (quote.delta < 0);
        let room = plan.limit.saturating_sub(plan.band);
        let excess = self
            .exposure_before
            .unsigned_abs()
            .saturating_sub(plan.band)
            .min(room);
        if !adds || excess == 0 {
            return quote.fee;
        }
        quote
            .fee
            .saturating_add(mul_div_up(quote.fee, excess, room).unwrap_or(quote.fee))
    }
}

/// Assesses the pool in `context`, with an order or as it is.
///
/// # Errors
/// `SeriesExpired`, `ShiftAboveCap`, `ValueTooLarge` for a position beyond the book's range, `QuoteUnavailable`.
pub fn assess(
    context: &Context,
    order: Option<&Order>,
    with_stress: bool,
) -> Result<Answer, Refusal> {
    let reading = venue::read(&context.venue);
    let mut snapshot = context.snapshot();
    let elapsed = context.now.saturating_sub(context.head.last_flow);
    snapshot.venue_depth = reading.depth;
    snapshot.flow_variance = hedge::flow_variance(snapshot.flow_variance, 0, elapsed);
    let assessment = assess::assess(&snapshot, order, with_stress).map_err(refusal)?;
    Ok(Answer {
        venue_price: reading.price,
        exposure_before: assessment.before.net_delta + context.hedge_position(),
        flow_variance: hedge::flow_variance(snapshot.flow_variance, assessment.quote.delta, 0),
        assessment,
    })
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
        Err(E::AtmVolOutOfBounds { vol }) => (
            1,
            vol,
            vol.clamp(surface::MIN_ATM_VOL, surface::MAX_ATM_VOL),
        ),
        Err(E::WingOutOfBounds { wing }) => {
            (2, wing, wing.clamp(surface::MIN_WING, surface::MAX_WING))
        }
        Err(E::SlopeTooSteep { slope }) => (3, slope, surface::MAX_SLOPE),
        Err(E::CalendarVariance { earlier, later }) => (4, earlier, later),
        Err(E::CalendarLeftWing { earlier, later }) => (5, earlier, later),
        Err(E::CalendarRightWing { earlier, later }) => (6, earlier, later),
        Err(E::CalendarCurvature { earlier, later }) => (7, earlier, later),
        Err(E::Expired { expiry, now }) => (8, expiry, now),
    };
    Err(refuse!(AnchorRejected, check as u64, value, bound))
}

/// Anchor marks of these nodes, in order.
pub fn marks<'a>(snapshot: &'a Snapshot<'a>) -> impl Iterator<Item = Mark> + 'a {
    book::marks(snapshot)
}

/// Anchor mark of one node.
pub fn mark(context: &Context, node: &Node) -> Mark {
    book::mark_node(&context.snapshot(), node)
}

fn refusal(error: AssessError) -> Refusal {
    match error {
        AssessError::Quote(QuoteError::Expired { expiry, now }) => {
            refuse!(SeriesExpired, expiry, now)
        }
        AssessError::Quote(QuoteError::ShiftAboveCap { shift, cap }) => {
            refuse!(ShiftAboveCap, shift, cap)
        }
        AssessError::Quote(QuoteError::NotConverged { step, limit }) => {
            refuse!(QuoteUnavailable, step, limit)
        }
        AssessError::Quote(QuoteError::PositionOverflow { lots, .. }) => {
            refuse!(ValueTooLarge, lots, i64::MAX as u64)
        }
        // The book's own limits and indices, which the pool keeps.
        _ => refuse!(ValueTooLarge, u64::MAX, 0u64),
    }
}
