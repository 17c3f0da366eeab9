//! What an order would pay or get in this block, by the calculation that fills it.

use alloy_primitives::{Address, U256};
use smirk_engine::state::{LegQuote, Side};

use crate::{
    answer::Answer,
    bill::Bill,
    context::Context,
    error::Refusal,
    flow::{
        margin::legs::Requests,
        trade::fill::{asked, opens},
    },
    guard,
    request::Request,
    risk,
    words::Words,
    Pool,
};

/// The answer to an order in the same block, or the error that the trade would end in (but for the taker's own
/// limit, deadline, balance and allowance).
#[inline(never)]
fn answer(pool: &Pool, requests: &[Request]) -> Result<(Answer, Bill), Refusal> {
    guard::unlocked(pool)?;
    if requests.iter().any(|request| request.side.opens()) {
        guard::running(pool)?;
    }
    let context = Context::load(pool)?;
    let legs = context.legs(requests)?;
    let opens = opens(&legs);
    context.write(pool, requests)?;
    let answer = context.assess(&legs, asked(opens))?;
    let scale = context.configuration.quote_scale;
    let bill = Bill::of(&answer.assessment.quote, &legs, scale);
    if opens {
        risk::check_stress(&answer.assessment.stress)?;
        risk::check_payout(context, &legs, &answer, &bill)?;
        risk::check_written(context, requests, &answer.assessment.stress)?;
    }
    Ok((answer, bill))
}

/// The words of `Quote` in the ABI, for an order of one leg.
#[inline(never)]
pub fn one(pool: &Pool, id: U256, size: U256, side: Side) -> Result<Words, Refusal> {
    let (answer, bill) = answer(pool, &[Request { id, size, side }])?;
    let quote = &answer.assessment.quote;
    let words = Words::none()
        .with(bill.premium)
        .with(bill.fee())
        .with(bill.total().unsigned_abs());
    let words = bill
        .charges(words)
        .with(quote.mark)
        .with(quote.forward)
        .with(quote.vol_before)
        .with(quote.vol_after);
    Ok(risk(words, &answer))
}

/// Words and what both quotes end with behind them: shift, greeks and hedge.
#[inline(never)]
fn risk(words: Words, answer: &Answer) -> Words {
    let (quote, hedge) = (&answer.assessment.quote, &answer.assessment.hedge);
    words
        .with(quote.shift)
        .with(quote.delta)
        .with(quote.gamma)
        .with(quote.vega)
        .with(quote.theta)
        .with(hedge.own)
        .with(hedge.exposure)
        .with(hedge.band)
        .with(hedge.limit)
}

/// [`order`] on an account, whose shorts are closed before longs are opened, and its longs before shorts are written. Whether it has
/// the margin is not looked at.
#[inline(never)]
pub fn on_account(pool: &Pool, asked: &[Request], owner: Address) -> Result<Words, Refusal> {
    order(pool, Requests::of(pool, asked, owner)?.as_slice())
}

/// `OrderQuote` in the ABI, with its legs behind it.
#[inline(never)]
pub fn order(pool: &Pool, requests: &[Request]) -> Result<Words, Refusal> {
    const HEAD: u64 = 17;
    let (answer, bill) = answer(pool, requests)?;
    let words = Words::none()
        .with(32u64)
        .with(bill.signed_premium())
        .with(bill.fee())
        .with(bill.total());
    let mut output = risk(bill.charges(words), &answer)
        .with(32 * HEAD)
        .with(requests.len() as u64);
    for (request, leg) in requests.iter().zip(&answer.assessment.legs) {
        output = part(output, request, leg);
    }
    Ok(output)
}

/// The words of `LegQuote` in the ABI, behind others.
fn part(output: Words, request: &Request, leg: &LegQuote) -> Words {
    output
        .with(request.id)
        .with(request.signed_size())
        .with(leg.mark)
        .with(leg.forward)
        .with(leg.vol_before)
        .with(leg.vol_after)
        .with(leg.delta)
        .with(leg.spread)
}
