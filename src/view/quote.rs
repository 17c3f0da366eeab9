//! What an order would pay or get in this block, by the calculation that fills it.

use alloc::vec::Vec;

use alloy_primitives::{Address, U256};
use smirk_engine::state::{LegQuote, Side};

use crate::{
    answer::{Answer, Bill},
    context::Context,
    error::{Refusal, Word},
    flow::{
        margin::trade::Requests,
        trade::{
            fill::{asked, opens},
            order::Request,
        },
    },
    guard,
    io::words,
    risk, Pool,
};

/// The answer to an order in the same block, or the error that the trade would end in (but for the taker's own
/// limit, deadline, balance and allowance).
#[inline(never)]
fn answer(pool: &Pool, requests: &[Request]) -> Result<(Answer, Bill), Refusal> {
    guard::unlocked(pool)?;
    if requests.iter().any(|request| request.side.opens()) {
        guard::running(pool)?;
    }
    let mut context = Context::load(pool)?;
    let legs = context.legs(requests)?;
    let opens = opens(&legs);
    context.write(requests)?;
    let answer = context.assess(&legs, asked(opens))?;
    let scale = context.configuration.quote_scale;
    let bill = Bill::of(&answer.assessment.quote, &legs, scale);
    if opens {
        risk::check_stress(&answer.assessment.stress)?;
        risk::check_payout(&context, &legs, &answer, &bill)?;
        risk::check_written(&context, requests, &answer.assessment.stress)?;
    }
    Ok((answer, bill))
}

/// The words of `Quote` in the ABI, for an order of one leg.
#[inline(never)]
pub fn one(pool: &Pool, id: U256, size: U256, side: Side) -> Result<Vec<u8>, Refusal> {
    let (answer, bill) = answer(pool, &[Request { id, size, side }])?;
    let (quote, hedge) = (&answer.assessment.quote, &answer.assessment.hedge);
    Ok(words::data(&[
        bill.premium.word(),
        bill.fee().word(),
        bill.total().unsigned_abs().word(),
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

/// [`order`] on an account, whose shorts are closed before longs are opened, and its longs before shorts are written. Whether it has
/// the margin is not looked at.
#[inline(never)]
pub fn on_account(pool: &Pool, asked: &[Request], owner: Address) -> Result<Vec<u8>, Refusal> {
    order(pool, Requests::of(pool, asked, owner)?.as_slice())
}

/// `OrderQuote` in the ABI, with its legs behind it.
#[inline(never)]
pub fn order(pool: &Pool, requests: &[Request]) -> Result<Vec<u8>, Refusal> {
    const HEAD: u64 = 17;
    let (answer, bill) = answer(pool, requests)?;
    let (quote, hedge) = (&answer.assessment.quote, &answer.assessment.hedge);
    let mut output = words::data(&[
        32u64.word(),
        bill.signed_premium().word(),
        bill.fee().word(),
        bill.total().word(),
        bill.spread.word(),
        bill.surcharge.word(),
        bill.capacity.word(),
        bill.rent.word(),
        quote.shift.word(),
        quote.delta.word(),
        quote.gamma.word(),
        quote.vega.word(),
        quote.theta.word(),
        hedge.own.word(),
        hedge.exposure.word(),
        hedge.band.word(),
        hedge.limit.word(),
        (32 * HEAD).word(),
        (requests.len() as u64).word(),
    ]);
    for (request, leg) in requests.iter().zip(&answer.assessment.legs) {
        output.extend_from_slice(&part(request, leg));
    }
    Ok(output)
}

/// The words of `LegQuote` in the ABI.
fn part(request: &Request, leg: &LegQuote) -> Vec<u8> {
    words::data(&[
        request.id,
        request.signed_size(),
        leg.mark.word(),
        leg.forward.word(),
        leg.vol_before.word(),
        leg.vol_after.word(),
        leg.delta.word(),
        leg.spread.word(),
    ])
}
