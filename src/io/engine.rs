//! The engine, reached by STATICCALL: it runs as a program of its own because it and the pool do not fit one.
//!
//! Nothing but this file knows. Assumed of the program: it is the one deployed with the pool, without storage and
//! without calls, so the same message has the same answer.

use alloc::vec::Vec;

use alloy_primitives::Address;
use smirk_engine::{
    assess::{AssessError, Assessment},
    program,
    quote::QuoteError,
    state::{Mark, Node, Order, Slice, Snapshot},
    venue::VenueState,
    wide::mul_div_up,
};

use super::host;
use crate::{
    error::{refuse, Refusal},
    flow::Context,
    storage::configuration::Configuration,
    Pool,
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
/// `SeriesExpired`, `ShiftAboveCap`, `ValueTooLarge` for a position beyond the book's range, `QuoteUnavailable`,
/// `CallFailed`.
pub fn assess(
    pool: &Pool,
    context: &Context,
    order: Option<&Order>,
    with_stress: bool,
) -> Result<Answer, Refusal> {
    let configuration = &context.configuration;
    let limbs = context.venue.sqrt_price.as_limbs();
    let venue = VenueState {
        sqrt_price: [limbs[0], limbs[1], limbs[2]],
        liquidity: context.venue.liquidity,
        base_is_token0: configuration.base_is_token0,
        quote_scale: configuration.quote_scale as u64,
        base_scale: configuration.base_scale as u64,
    };
    let output = ask(pool, configuration.engine, |bytes| {
        let snapshot = &context.snapshot();
        program::encode_assess(
            &venue,
            context.head.last_flow,
            snapshot,
            order,
            with_stress,
            bytes,
        )
    })?;
    let evaluation = program::decode_evaluation(&output)
        .map_err(|error| refusal(error, configuration.engine))?;
    Ok(Answer {
        assessment: evaluation.assessment,
        venue_price: evaluation.venue.price,
        exposure_before: evaluation.assessment.before.net_delta + context.hedge_position(),
        flow_variance: evaluation.flow_variance,
    })
}

/// Checks an anchor against its bounds and its neighbours.
///
/// # Errors
/// `AnchorRejected`, `CallFailed`.
pub fn check_anchor(
    pool: &Pool,
    engine: Address,
    new: &Slice,
    previous: Option<&Slice>,
    next: Option<&Slice>,
    now: u64,
) -> Result<(), Refusal> {
    let output = ask(pool, engine, |bytes| {
        program::encode_check_anchor(new, previous, next, now, bytes)
    })?;
    match program::decode_check_anchor(&output) {
        Some([0, ..]) => Ok(()),
        Some([check, value, bound]) => Err(refuse!(AnchorRejected, check, value, bound)),
        None => Err(refuse!(CallFailed, engine)),
    }
}

/// Anchor marks of these nodes.
pub fn marks(pool: &Pool, context: &Context, nodes: &[Node]) -> Result<Vec<Mark>, Refusal> {
    if nodes.is_empty() {
        return Ok(Vec::new());
    }
    let engine = context.configuration.engine;
    let output = ask(pool, engine, |bytes| {
        program::encode_marks(
            &Snapshot {
                nodes,
                ..context.snapshot()
            },
            bytes,
        )
    })?;
    (0..nodes.len())
        .map(|index| program::decode_mark(&output, index))
        .collect::<Option<Vec<Mark>>>()
        .ok_or_else(|| refuse!(CallFailed, engine))
}

fn ask(
    pool: &Pool,
    engine: Address,
    encode: impl FnOnce(&mut [u8]) -> Option<usize>,
) -> Result<Vec<u8>, Refusal> {
    let failed = || refuse!(CallFailed, engine);
    let mut message = vec![0; program::REQUEST_SIZE];
    let length = encode(&mut message).ok_or_else(failed)?;
    host::view(pool, engine, &message[..length]).map_err(|_| failed())
}

fn refusal(error: AssessError, engine: Address) -> Refusal {
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
        _ => refuse!(CallFailed, engine),
    }
}
