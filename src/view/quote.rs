//! What an order would pay or get in this block, by the calculation that fills it.

use alloc::vec::Vec;

use alloy_primitives::U256;
use smirk_engine::{assess::Asked, state::Side};

use crate::{
    answer::Bill,
    context::Context,
    error::{Refusal, Word},
    flow::trade::buy,
    guard,
    io::words,
    risk, Pool,
};

/// The answer to an order in the same block, or the error that the trade would end in (but for the taker's own
/// limit, deadline, balance and allowance).
pub fn quote(pool: &Pool, id: U256, size: U256, side: Side) -> Result<Vec<u8>, Refusal> {
    guard::unlocked(pool)?;
    let asked = match side {
        Side::Buy => {
            guard::running(pool)?;
            buy::ASKED
        }
        Side::Sell => Asked::default(),
    };
    let mut context = Context::load(pool)?;
    let order = context.order(id, size, side)?;
    let assessment = context.assess(Some(&order), asked)?.assessment;
    if side == Side::Buy {
        risk::check_stress(&assessment.stress)?;
    }
    let (quote, hedge) = (&assessment.quote, &assessment.hedge);
    let bill = Bill::of(quote, side, context.configuration.quote_scale);
    Ok(words::data(&[
        bill.premium.word(),
        bill.fee().word(),
        bill.total(side).word(),
        bill.spread.word(),
        bill.surcharge.word(),
        bill.capacity.word(),
        bill.rent.word(),
        quote.mark.word(),
        quote.forward.word(),
        quote.vol_before.word(),
        quote.vol_after.word(),
        quote.shift.word(),
        quote.delta.word(),
        quote.gamma.word(),
        quote.vega.word(),
        quote.theta.word(),
        hedge.own.word(),
        hedge.exposure.word(),
        hedge.band.word(),
        hedge.limit.word(),
    ]))
}
