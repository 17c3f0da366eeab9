//! Liquidation: an account that is worth less than its maintenance requirement is closed in part, by anybody, at what an order pays.
//!
//! Closing a part f of every leg for what costs c for all of them takes f·c from the account's value and f of its requirement, so
//! f = (R − V)/(R − c) restores it; closing costs are convex, so it is enough, but for the lots that parts are rounded up to. R is what
//! opening needs: brought back to maintenance alone the account would stand at the edge of the next jump for as long as it likes. It
//! waives what refuses an order, not what an order is charged. The venue has to be near the feed, because charges count it: how
//! near widens with the time since the account was flagged, so that pushing the venue does not stop it.

use alloc::boxed::Box;

use alloy_primitives::{Address, U256};
use smirk_engine::{
    account::{fraction_up, Health},
    series,
    state::{Side, LOT},
    wide::{mul_div_down, mul_div_up},
};

use super::{
    insurance,
    meet::{self, Session},
};
use crate::{
    answer::Answer,
    bill::Bill,
    context::Context,
    error::{refuse, Refusal},
    event::emit,
    flow::{
        hedge::window,
        margin::legs::Requests,
        trade::{
            fill::{asked, exchange, Form, Order},
            order::Legs,
            settlement::Settlement,
        },
    },
    guard,
    io::{feed, host, token},
    margin::{self, Market},
    saturating::{DivideUp, Saturating},
    scale::WAD,
    storage::{
        account::{self, Account},
        money, pot,
    },
    words::Word,
    Pool,
};

/// One part of what the closed legs are worth together, either way, is the liquidator's, as far as the account is worth it: of marks that
/// cancel, and where there is nothing left, whoever is both would be paid by the others.
const MARKS_TO_REWARD: u128 = 100;
/// The liquidator's part of spot per option that the account was short, in thousandths: what margin was there for. A long may be
/// worth nothing, and whoever brings such into an account of its own would be paid for them by the others.
const REWARD_OF_SPOT: u128 = 3;
/// Least part of the legs that is closed: less is not worth anybody's while.
const LEAST_PART: u64 = WAD as u64 / 10;
/// A flag older than this counts for nothing, seconds: the account may have been well since, and who waits for its next fall has
/// no use of the width. Twice what the width takes to its end.
const FLAG_LIFE: u64 = 7_200;
/// Part of spot that the feed is behind by where it is far behind: more than the flag ever allows.
const BEHIND: u128 = 200;
/// How old an answer is at least that is behind, seconds: after a newer one it is the venue that has just followed.
const FOLLOWS_WITHIN: u64 = 10;
/// How long after an expiry an account with a leg of it is left alone unless that is settled, seconds. Anybody may settle, within an
/// hour of the first proposal at worst; until then the leg counts at today's price, and who liquidates could choose between the two.
const SETTLES_WITHIN: u64 = 7_200;

/// Notes that an account is below maintenance, or no longer is.
///
/// # Errors
/// `AccountHealthy` for one that is well and not flagged, those of the oracle.
#[inline(never)]
pub fn flag(pool: &mut Pool, owner: Address) -> Result<(), Refusal> {
    guard::enter(pool)?;
    let (money, mut session) = meet::open(pool, owner);
    let health = Market::load(pool)?.health(&session.account);
    let now = host::now(pool);
    let account = &mut session.account;
    let flagged_at = if !health.stays() {
        flagged_since(account, now).unwrap_or(now)
    } else if account.flagged_at != 0 {
        0
    } else {
        return Err(healthy(&health));
    };
    if flagged_at != account.flagged_at {
        account.flagged_at = flagged_at;
        let by = host::sender(pool);
        emit!(
            pool,
            AccountFlagged,
            [owner, by],
            [health.value, health.maintenance, flagged_at]
        );
    }
    session.close(pool, &money);
    guard::leave(pool);
    Ok(())
}

fn healthy(health: &Health) -> Refusal {
    refuse!(AccountHealthy, health.value, health.maintenance)
}

/// Since when an account has been flagged, if it counts.
fn flagged_since(account: &Account, now: u64) -> Option<u64> {
    let since = account.flagged_at;
    (since != 0 && now.saturating_sub(since) <= FLAG_LIFE).then_some(since)
}

/// Closes a part of every leg of an account below maintenance. Returns the reward that `receiver` gets, atoms.
///
/// # Errors
/// `AccountHealthy`, `VenueTooFar`, `AwaitsSettlement` where a leg went past its expiry of late or every leg did,
/// `InsufficientFreeCash`, those of the oracle.
#[inline(never)]
pub fn liquidate(pool: &mut Pool, owner: Address, receiver: Address) -> Result<U256, Refusal> {
    guard::enter(pool)?;
    guard::receiver(pool, receiver)?;
    let context = Context::load(pool)?;
    let head = context.head;
    insurance::collect(pool, &head, &mut context.money);
    let scale = context.configuration.quote_scale;
    let mut session = Session::begin(pool, owner, &mut context.money, scale);
    session.end(pool);
    let before = margin::health(&context.snapshot(), &session.account, scale);
    if before.stays() {
        return Err(healthy(&before));
    }
    let awaited = session.account.awaited(context.now);
    if let Some(expiry) = awaited.filter(|expiry| context.now - expiry < SETTLES_WITHIN) {
        return Err(refuse!(AwaitsSettlement, expiry));
    }
    check_venue(pool, context, flagged_since(&session.account, context.now))?;
    let closing = Closing::of(context, &session.account, &before)?;
    let order = Order {
        requests: closing.requests.as_slice(),
        settlement: Settlement::Account {
            taker: host::sender(pool),
            owner,
            is_forced: true,
        },
        form: Form::Legs { limit: U256::MAX },
        deadline: u64::MAX,
    };
    order.settlement.take(pool, context, order.requests)?;
    let answer = &closing.answer;
    context.note_found(answer.exposure_before, answer.assessment.hedge.band);
    exchange(pool, context, &order, &closing.legs, answer, &closing.bill)?;
    let reward = end(pool, context, owner, closing, &before)?;
    money::store(pool, &context.money);
    order.log(pool, &closing.bill, answer);
    context.emit_status(pool, &answer.assessment);
    token::push(pool, context.configuration.quote, receiver, reward)?;
    guard::leave(pool);
    Ok(reward.word())
}

/// Refuses to close anything at a venue that is further from the feed than the time since the flag allows, and at a feed that is far
/// behind where the venue was before this second, where an owner would close for less than an order costs. Of where the venue was then
/// no more counts than what is allowed: who liquidates is not who is charged.
fn check_venue(pool: &Pool, context: &mut Context, since: Option<u64>) -> Result<(), Refusal> {
    let width = window::width_since(context, since.unwrap_or(0));
    let allowed = mul_div_down(context.spot, width, WAD).unwrap_or(0);
    let (mut price, spot) = (context.venue_price(), context.spot);
    let before = &mut context.reading.before;
    if before.abs_diff(spot) > spot / BEHIND {
        let said_at = feed::latest(pool, &context.configuration)?.updated_at;
        if context.now.saturating_sub(said_at) > FOLLOWS_WITHIN {
            price = *before;
        }
    }
    if price.abs_diff(spot) > allowed {
        return Err(refuse!(VenueTooFar, price, spot, allowed));
    }
    *before = (*before).clamp(spot - allowed, spot + allowed);
    Ok(())
}

/// What is closed of an account, and the pool's answer to it.
struct Closing {
    /// Part of every leg that can be closed, WAD.
    part: u64,
    requests: Requests,
    legs: Legs,
    answer: Answer,
    bill: Bill,
}

impl Closing {
    /// The part that restores what opening needs.
    fn of(
        context: &mut Context,
        account: &Account,
        health: &Health,
    ) -> Result<&'static Closing, Refusal> {
        let all = Closing::part_of(context, account, health.value, WAD as u64)?;
        let cost = all.cost_up(context).max(0) as u128;
        let part = fraction_up(health.value, health.initial, cost).max(LEAST_PART);
        if part == WAD as u64 {
            return Ok(all);
        }
        Closing::part_of(context, account, health.value, part)
    }

    /// An order of this part of every leg that has not expired, each rounded up; of a short of which less than an order's least size
    /// would be left, all. A long keeps its part, however small: it may be what the shorts that are left need least for.
    #[inline(never)]
    fn part_of(
        context: &mut Context,
        account: &Account,
        value: i128,
        part: u64,
    ) -> Result<&'static Closing, Refusal> {
        let mut requests = Requests::NONE;
        for leg in account.legs() {
            if leg.series.expiry <= context.now {
                continue;
            }
            let size = leg.lots.unsigned_abs() as u128 * LOT;
            let closed = mul_div_up(leg.lots.unsigned_abs() as u128, part as u128, WAD);
            let closed = closed.unwrap_or(u128::MAX).times(LOT).min(size);
            let is_short = leg.lots < 0;
            let is_rest_small = size - closed < context.limits.minimum_size as u128;
            let closed = if is_short && is_rest_small {
                size
            } else {
                closed
            };
            let side = if is_short { Side::Cover } else { Side::Sell };
            let id = U256::from_limbs(series::encode(&leg.series));
            requests.push(id, closed.word(), side);
        }
        if requests.as_slice().is_empty() {
            let expiry = account.awaited(context.now).unwrap_or(0);
            return Err(refuse!(AwaitsSettlement, expiry));
        }
        let legs = context.legs(requests.as_slice())?;
        let answer = context.assess(&legs, asked(false))?;
        let bill = Bill::of(
            &answer.assessment.quote,
            &legs,
            context.configuration.quote_scale,
        );
        let closing = Box::leak(Box::new(Closing {
            part,
            requests,
            legs,
            answer,
            bill,
        }));
        closing.hold_to(context, value);
        Ok(closing)
    }

    /// Holds spread and capacity to what is left of the account's value, quote WAD, behind everything else: what they took beyond it would be
    /// a debt that others pay at once, for charges that the pool has earned only at the expiry.
    fn hold_to(&mut self, context: &Context, value: i128) {
        let scale = context.configuration.quote_scale;
        let spread = core::mem::take(&mut self.answer.assessment.quote.spread);
        let capacity = core::mem::take(&mut self.answer.assessment.quote.capacity);
        self.bill = Bill::of(&self.answer.assessment.quote, &self.legs, scale);
        let rest = value.less(self.cost_up(context)).max(0) as u128;
        let quote = &mut self.answer.assessment.quote;
        quote.spread = spread.min(rest);
        quote.capacity = capacity.min(rest - quote.spread);
        self.bill = Bill::of(quote, &self.legs, scale);
    }

    /// What the closed legs are worth together to the account, quote WAD.
    fn marks(&self) -> i128 {
        let legs = self.requests.as_slice().iter();
        let quotes = legs.zip(&self.answer.assessment.legs).zip(self.legs.iter());
        let mut marks = 0i128;
        for ((request, quote), leg) in quotes {
            let mark = mul_div_up(leg.lots as u128 * LOT, quote.mark, WAD).unwrap_or(u128::MAX);
            let mark = mark.min(i128::MAX as u128) as i128;
            marks = if request.side == Side::Sell {
                marks.plus(mark)
            } else {
                marks.less(mark)
            };
        }
        marks
    }

    /// What the closing takes at most from the account's value, quote WAD: the marks of its legs, what it pays for them, reward and
    /// insurance.
    fn cost_up(&self, context: &Context) -> i128 {
        let scale = context.configuration.quote_scale as i128;
        let cost = self.bill.total().times(scale).plus(self.marks());
        let reward = self.reward_down(context, u128::MAX);
        // Two charges are rounded up to atoms.
        cost.plus((reward + reward.divided_up(2)) as i128 + 2 * scale)
    }

    /// What the liquidator gets of an account that is worth so much after the closing, quote WAD, rounded down.
    fn reward_down(&self, context: &Context, worth: u128) -> u128 {
        let per_option = context.spot / 1_000 * REWARD_OF_SPOT;
        let legs = self.requests.as_slice().iter().zip(self.legs.iter());
        let shorts = legs.filter(|(request, _)| request.side != Side::Sell);
        let lots = shorts.fold(0, |lots, (_, leg)| lots + leg.lots as u128);
        let fixed = mul_div_down(lots * LOT, per_option, WAD).unwrap_or(0);
        let of_marks = self.marks().unsigned_abs() / MARKS_TO_REWARD;
        fixed + of_marks.min(worth.less(fixed))
    }
}

/// Takes reward and insurance out of the account, pays what it can't pay, and says what became of it. Returns the reward, atoms.
/// The insurance gets no more than the account is worth.
#[inline(never)]
fn end(
    pool: &mut Pool,
    context: &mut Context,
    owner: Address,
    closing: &Closing,
    before: &Health,
) -> Result<u128, Refusal> {
    let scale = context.configuration.quote_scale;
    let mut session = Session {
        owner,
        account: account::load(pool, owner),
        pot: pot::load(pool),
    };
    let value = margin::health(&context.snapshot(), &session.account, scale).value;
    let worth = value.max(0) as u128;
    let reward = closing.reward_down(context, worth) / scale;
    let left = (worth / scale).less(reward);
    let insured = (reward / 2).min(left);
    let taken = reward + insured;
    session.pot.take(pool, &mut context.money, taken)?;
    session.account.quote = session.account.quote.saturating_sub_unsigned(taken);
    let mut reserves = money::reserves(pool);
    reserves.insurance = reserves.insurance.plus(insured);
    money::store_reserves(pool, &reserves);
    let after = margin::health(&context.snapshot(), &session.account, scale);
    if after.stays() {
        session.account.flagged_at = 0;
    }
    emit!(
        pool,
        Liquidated,
        [owner, host::sender(pool)],
        [
            closing.part,
            closing.bill.total(),
            reward,
            insured,
            before.value,
            before.maintenance,
            after.value,
            after.maintenance,
        ]
    );
    session.cover(pool, &mut context.money);
    session.note(pool, after.stays());
    session.end(pool);
    Ok(reward)
}
