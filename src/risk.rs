//! The refusals that protect the pool: venue price, scenario gate, exposure limit. Each names the first broken
//! condition with its numbers and changes nothing.

use smirk_engine::{
    state::{Leg, Side, Stress, LOT},
    wide::mul_div_down,
};

use crate::{
    answer::Answer,
    bill::Bill,
    context::Context,
    error::{refuse, Refusal},
    request::Request,
    saturating::{DivideUp, Saturating},
    scale::WAD,
};

/// Equity, and free cash, to one part that accounts may be short of.
const PART: u128 = 4;

/// Refuses deposits while the venue's price and the feed's are too far apart.
pub fn check_venue_price(context: &Context) -> Result<(), Refusal> {
    check_price(context, context.limits.venue_deviation)
}

/// Refuses while the venue's price is further from the feed's than the hedge trades, as every purchase is then.
pub fn check_hedge_price(context: &Context) -> Result<(), Refusal> {
    check_price(context, context.limits.hedge_price_limit)
}

fn check_price(context: &Context, allowed: u64) -> Result<(), Refusal> {
    let venue_price = context.venue_price();
    let distance = venue_price.abs_diff(context.spot);
    if distance > mul_div_down(context.spot, allowed as u128, WAD).unwrap_or(0) {
        return Err(refuse!(
            VenuePriceDeviates,
            venue_price,
            context.spot,
            allowed
        ));
    }
    Ok(())
}

/// Refuses what the scenario gate does not carry.
pub fn check_stress(stress: &Stress) -> Result<(), Refusal> {
    let loss = stress.worst_loss.min(i128::MAX as u128) as i128;
    if stress.equity.less(loss) < stress.floor as i128 {
        return Err(refuse!(
            ScenarioLossAboveEquity,
            stress.equity,
            stress.worst_loss,
            stress.floor
        ));
    }
    if stress.upside_slope < stress.upside_slope_limit {
        return Err(refuse!(
            UpsideSlopeBelowLimit,
            stress.upside_slope,
            stress.upside_slope_limit
        ));
    }
    if stress.value_at_zero < 0 {
        return Err(refuse!(ValueAtZeroBelowFloor, stress.value_at_zero, 0u128));
    }
    Ok(())
}

/// Refuses what makes accounts short of more than the pool bears, should they fail: calls of a quarter of its equity, puts whose
/// strikes are a quarter of its free cash. `context` counts the order already.
///
/// # Errors
/// `AccountCallsAboveLimit`, `AccountPutsAboveLimit`.
pub fn check_written(
    context: &Context,
    requests: &[Request],
    stress: &Stress,
) -> Result<(), Refusal> {
    const PUT: usize = 192;
    let writes = |put: bool| {
        requests
            .iter()
            .any(|request| request.side == Side::Write && request.id.bit(PUT) == put)
    };
    let shorts = context.shorts.unwrap_or_default();
    if writes(false) {
        let calls = shorts.calls as u128 * LOT;
        let equity = stress.equity.max(0) as u128 / PART;
        let limit = mul_div_down(equity, WAD, context.spot).unwrap_or(0);
        if calls > limit {
            return Err(refuse!(AccountCallsAboveLimit, calls, limit));
        }
    }
    if writes(true) {
        let strikes = shorts.put_strikes_up();
        let free = context.money.free_cash() / PART;
        let limit = free.times(context.configuration.quote_scale);
        if strikes > limit {
            return Err(refuse!(AccountPutsAboveLimit, strikes, limit));
        }
    }
    Ok(())
}

/// Refuses an order that writes options and would be paid with the last of the free cash: what the gate's floor asks for stays,
/// because options pay neither a provider who leaves nor a holder who claims.
pub fn check_payout(
    context: &Context,
    legs: &[Leg],
    answer: &Answer,
    bill: &Bill,
) -> Result<(), Refusal> {
    let payout = bill.gain().min(0).unsigned_abs();
    if payout == 0 || legs.iter().all(|leg| leg.side != Side::Write) {
        return Ok(());
    }
    let floor = answer.assessment.stress.floor;
    let needed = payout.plus(floor.divided_up(context.configuration.quote_scale));
    let free = context.money.free_cash();
    if needed > free {
        return Err(refuse!(InsufficientFreeCash, free, needed));
    }
    Ok(())
}

/// Refuses a trade that leaves more exposure than the hard limit, unless it lowered the exposure.
pub fn check_exposure(answer: &Answer, exposure: i128) -> Result<(), Refusal> {
    let limit = answer.assessment.hedge.limit;
    let distance = exposure.unsigned_abs();
    if distance > limit && distance > answer.exposure_before.unsigned_abs() {
        return Err(refuse!(ExposureAboveLimit, exposure, limit));
    }
    Ok(())
}
