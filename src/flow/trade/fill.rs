//! Fills an order of one or more legs as one change of the book: one premium, one bill, one hedge.
//!
//! An order with a leg that opens adds risk: it needs a pool that runs, and passes scenario gate and exposure limit. One that
//! only closes lowers the pool's risk, so it stays open when the pool is paused, an anchor is stale or the venue is off. The
//! pool hedges before it pays, because what it pays with may still be base.

use alloy_primitives::U256;
use smirk_engine::{
    assess::Asked,
    state::{Leg, Side},
};

use super::{order::Legs, settlement::Settlement};
use crate::{
    answer::Answer,
    bill::Bill,
    context::Context,
    error::{refuse, Refusal},
    event::{self, Trade},
    flow::hedge::{lend, swap},
    guard,
    request::Request,
    risk,
    saturating::Saturating,
    storage::money,
    words::Word,
    Pool,
};

/// What an order that opens asks the engine for.
pub const ASKED: Asked = Asked {
    stress: true,
    exit: false,
};

/// How an order is asked for: that decides what its limit means, and its events.
#[derive(Clone, Copy)]
pub enum Form {
    /// One leg is bought.
    Buy {
        /// Atoms that it costs at most.
        most: U256,
    },
    /// One leg is sold.
    Sell {
        /// Atoms that it fetches at least.
        least: U256,
    },
    /// Any legs.
    Legs {
        /// Atoms that the taker pays at most, negative for what it gets at least; 256 bits in two's complement.
        limit: U256,
    },
}

/// An order as it is asked for.
pub struct Order<'a> {
    /// Its legs.
    pub requests: &'a [Request],
    /// Where it settles.
    pub settlement: Settlement,
    /// How it is asked for, and the taker's limit.
    pub form: Form,
    /// Unix time after which it is void.
    pub deadline: u64,
}

impl Form {
    /// Refuses a total (atoms that the taker pays, negative for what it gets) beyond the limit.
    fn check(&self, total: i128) -> Result<(), Refusal> {
        let amount = total.unsigned_abs();
        match *self {
            Form::Buy { most } if amount.word() > most => {
                Err(refuse!(CostAboveLimit, amount, most))
            }
            Form::Sell { least } if amount.word() < least => {
                Err(refuse!(ProceedsBelowLimit, amount, least))
            }
            Form::Legs { limit } if is_above(total.word(), limit) => {
                Err(refuse!(TotalAboveLimit, total, limit))
            }
            _ => Ok(()),
        }
    }
}

/// Whether a number of 256 bits in two's complement is above another.
fn is_above(a: U256, b: U256) -> bool {
    let ordered = |number: U256| number ^ (U256::ONE << 255);
    ordered(a) > ordered(b)
}

/// Whether an order has a leg that opens a position.
pub fn opens(legs: &[Leg]) -> bool {
    legs.iter().any(|leg| leg.side.opens())
}

/// What is asked of the engine about an order.
pub fn asked(opens: bool) -> Asked {
    Asked {
        stress: opens,
        ..ASKED
    }
}

impl Order<'_> {
    fn opens(&self) -> bool {
        self.requests.iter().any(|request| request.side.opens())
    }

    /// The events of the order.
    pub fn log(&self, pool: &Pool, bill: &Bill, answer: &Answer) {
        let assessment = &answer.assessment;
        let (taker, receiver) = (self.settlement.taker(), self.settlement.receiver());
        let side = match self.form {
            Form::Buy { .. } => Side::Buy,
            Form::Sell { .. } => Side::Sell,
            Form::Legs { .. } => {
                event::order(pool, taker, receiver, bill, self.requests.len());
                for (request, leg) in self.requests.iter().zip(&assessment.legs) {
                    event::leg(pool, taker, receiver, request, leg);
                }
                return;
            }
        };
        for request in self.requests {
            event::trade(
                pool,
                side,
                &Trade {
                    taker,
                    receiver,
                    id: request.id,
                    size: request.size,
                    bill: *bill,
                    vol_after: assessment.quote.vol_after,
                },
            );
        }
    }
}

/// Fills an order. Returns what the taker paid, quote atoms, negative for what it got; both rounded in the pool's favour.
pub fn fill(pool: &mut Pool, order: &Order) -> Result<i128, Refusal> {
    guard::enter(pool)?;
    let opens = order.opens();
    if opens {
        guard::running(pool)?;
    }
    guard::deadline(pool, order.deadline)?;
    order.settlement.check(pool)?;
    let context = Context::load(pool)?;
    let legs = context.legs(order.requests)?;
    order.settlement.take(pool, context, order.requests)?;
    let answer = context.assess(&legs, asked(opens))?;
    context.note_found(answer.exposure_before, answer.assessment.hedge.band);
    let quote = &answer.assessment.quote;
    let bill = Bill::of(quote, &legs, context.configuration.quote_scale);
    let total = bill.total();
    order.form.check(total)?;
    if opens {
        risk::check_stress(&answer.assessment.stress)?;
        risk::check_payout(context, &legs, &answer, &bill)?;
        risk::check_written(context, order.requests, &answer.assessment.stress)?;
    }
    exchange(pool, context, order, &legs, &answer, &bill)?;
    order.log(pool, &bill, &answer);
    context.emit_status(pool, &answer.assessment);
    guard::leave(pool);
    Ok(total)
}

/// Moves options and money, and hedges in between.
///
/// # Errors
/// Those of the settlement and of the hedge, `InsufficientFreeCash`, `ExposureAboveLimit` for an order that opens.
pub fn exchange(
    pool: &mut Pool,
    context: &mut Context,
    order: &Order,
    legs: &Legs,
    answer: &Answer,
    bill: &Bill,
) -> Result<(), Refusal> {
    let (total, plan) = (bill.total(), &answer.assessment.hedge);
    let gain = bill.gain();
    let payout = gain.min(0).unsigned_abs();
    // Of cash that is there already the hedge may not spend the payout.
    let in_cash = payout <= context.money.free_cash();
    if in_cash {
        context.money.cash = context.money.cash.saturating_add_signed(gain);
    }
    let last = context.last_slice(legs);
    context.apply(pool, legs, answer, bill)?;
    order
        .settlement
        .give(pool, context, order.requests, total)?;
    if total > 0 {
        let cost = total.unsigned_abs();
        order.settlement.collect(pool, context, cost)?;
    }
    let end_price = answer.assessment.quote.end_price;
    let exposure = swap::hedge_own(pool, context, plan, end_price)?;
    if opens(legs) {
        risk::check_exposure(answer, exposure)?;
    }
    if !in_cash {
        let missing = payout.less(context.money.free_cash());
        lend::recall(pool, context, missing);
        let free = context.money.free_cash();
        if payout > free {
            return Err(refuse!(InsufficientFreeCash, free, payout));
        }
        context.money.cash -= payout;
        money::store(pool, &context.money);
    }
    context.close(pool, last, bill, plan.band, exposure);
    if total <= 0 {
        order.settlement.pay(pool, context, total.unsigned_abs())?;
    }
    Ok(())
}
