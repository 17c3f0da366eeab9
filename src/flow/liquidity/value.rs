//! What shares are worth: the side of net asset value that favours those who stay, less what a leaver takes from them.

use smirk_engine::{
    assess::Assessment,
    capacity,
    series::payoff,
    shares,
    state::{Kind, Node, Slice, LOT, MAX_EXPIRIES},
    stress,
    wide::{mul_div_down, mul_div_up},
};

use alloy_primitives::Address;

use super::terms::Amount;
use crate::{
    context::Context,
    error::{self, refuse, too_large, Refusal},
    saturating::{DivideUp, Saturating},
    scale::WAD,
    storage::{exits, pot},
    token::share,
    words::narrow,
    Pool,
};

/// Part of a price (a tenth) by which a missing settlement price is taken to lie on the side that costs the pool more.
const UNSETTLED_MOVE: u128 = 10;
/// Least charge for leaving a pool that has a book, of the value that leaves, WAD: two basis points, more than what coming in
/// before somebody's order and going out after it earns.
const LEAST_EXIT: u128 = WAD / 5_000;
/// Steps in which a withdrawal of given assets looks for the value that leaves them after the charge.
const STEPS: usize = 64;
/// Two values are near each other within one part in so many powers of two.
const NEAR: u32 = 30;
/// Shares per atom beyond which a pool has lost all but a thousandth of what its shares were first worth.
const LOST: u128 = shares::VIRTUAL_SHARES * 1_000;

/// An exchange of shares, atoms and shares.
#[derive(Clone, Copy, Default)]
pub struct Exchange {
    /// What is paid in or out.
    pub assets: u128,
    /// Shares made or burned.
    pub shares: u128,
    /// What a leaver pays for capacity, out of the shares' value.
    pub charge: u128,
}

/// The most that one holder may take out now, atoms, and what bounds it.
#[derive(Clone, Copy)]
pub struct Limit {
    /// Cash that nobody else has a claim on.
    pub free_cash: u128,
    /// What the scenario gate leaves.
    pub gate: u128,
    /// The holder's part of the lesser of the two, by shares.
    pub part: u128,
}

/// What the pool has lent to the pot of accounts.
fn claim(pool: &Pool, context: &Context) -> u128 {
    if context.head.accounts {
        pot::load(pool).claim
    } else {
        0
    }
}

/// What accounts owe and may not be able to pay: of what they have not met since a settlement nobody knows yet whether they can pay
/// it, and whoever leaves first would leave that to the others. Anybody may [`touch`](crate::flow::margin::meet::touch) them.
fn unmet(pool: &Pool, context: &Context) -> u128 {
    if context.head.accounts {
        pot::unmet(pool)
    } else {
        0
    }
}

/// A deposit of this amount at the high side of net asset value.
///
/// # Errors
/// `NavBelowFloor`, `ValueTooLarge`.
pub fn entry(
    pool: &Pool,
    context: &Context,
    assessment: &Assessment,
    amount: Amount,
    supply: u128,
) -> Result<Exchange, Refusal> {
    let nav = context.atoms_up(assessment.after.nav_high);
    let nav = nav.plus(claim(pool, context));
    let floor = supply / LOST;
    // Shares of a pool that lost everything would be made a million times over for a recovery.
    let middle = context.atoms_down(assessment.after.nav);
    if supply != 0 && middle <= floor {
        return Err(refuse!(NavBelowFloor, middle, floor));
    }
    let (Amount::Assets(word) | Amount::Shares(word)) = amount;
    let exchange = || {
        let given = narrow(word)?;
        let (assets, shares) = match amount {
            Amount::Assets(_) => (given, shares::to_shares_down(given, nav, supply)?),
            Amount::Shares(_) => (shares::to_assets_up(given, nav, supply)?, given),
        };
        Some(Exchange {
            assets,
            shares,
            charge: 0,
        })
    };
    exchange().ok_or_else(|| too_large(word))
}

/// A withdrawal of this amount at the low side of net asset value, with what accounts owe and can pay, less what is held back and the
/// charge for capacity.
///
/// # Errors
/// `CapacityExhausted` when what stays would not carry the tails, `ValueTooLarge`.
pub fn exit(
    pool: &Pool,
    context: &Context,
    assessment: &Assessment,
    amount: Amount,
    supply: u128,
) -> Result<Exchange, Refusal> {
    let nav = low(pool, context, assessment);
    let (Amount::Assets(word) | Amount::Shares(word)) = amount;
    let given = error::narrow(word)?;
    let exhausted = |value| exhausted(context, assessment, value);
    match amount {
        Amount::Shares(_) => {
            let value =
                shares::to_assets_down(given, nav, supply).ok_or_else(|| too_large(word))?;
            let charge = charge_up(context, assessment, value).ok_or_else(|| exhausted(value))?;
            Ok(Exchange {
                assets: value.less(charge),
                shares: given,
                charge: charge.min(value),
            })
        }
        Amount::Assets(_) => {
            let value = value_up(context, assessment, given).ok_or_else(|| exhausted(given))?;
            let shares = shares::to_shares_up(value, nav, supply).ok_or_else(|| too_large(word))?;
            Ok(Exchange {
                assets: given,
                shares,
                charge: value - given,
            })
        }
    }
}

/// Value of shares, atoms, of which these assets are left after the charge; `None` when there is none.
fn value_up(context: &Context, assessment: &Assessment, assets: u128) -> Option<u128> {
    // The charge is convex and nothing for nothing: a line through two values from below meets it no later than the least value
    // that does. Points that are too near each other say more of roundings than of the charge.
    let (mut value, mut from, mut charge_from) = (assets, 0, 0);
    for _ in 0..STEPS {
        let charge = charge_up(context, assessment, value)?;
        let missing = assets.plus(charge).less(value);
        if missing == 0 {
            return Some(value);
        }
        let by = value - from;
        let step = mul_div_down(missing, by, by.less(charge.less(charge_from)) + 1)?;
        if step > value >> NEAR {
            (from, charge_from) = (value, charge);
        }
        value = value.plus(step.max(missing));
    }
    None
}

/// What leaving with this value pays, atoms, rounded up: for capacity, and at least [`LEAST_EXIT`]; `None` when what stays would not carry the tails.
fn charge_up(context: &Context, assessment: &Assessment, value: u128) -> Option<u128> {
    let scale = context.configuration.quote_scale;
    let equity = assessment.after.nav.max(0) as u128;
    let payout = value.checked_mul(scale)?;
    let charge = capacity::exit_charge(&assessment.tails, equity, payout, &context.parameters);
    if charge == u128::MAX {
        return None;
    }
    let least = if context.book.nodes().is_empty() {
        0
    } else {
        mul_div_up(value, LEAST_EXIT, WAD)?
    };
    Some(charge.divided_up(scale).max(least))
}

/// The refusal of an exit after which the rest would not carry a tail, with the part of capacity that it would then use.
fn exhausted(context: &Context, assessment: &Assessment, value: u128) -> Refusal {
    let equity = assessment.after.nav.max(0) as u128;
    let payout = value.times(context.configuration.quote_scale);
    let [up, low] = used_up(assessment, equity.less(payout));
    refuse!(CapacityExhausted, up.max(low), WAD)
}

/// The largest parts of this equity's capacity in use over all horizons, for a rise and for a fall, WAD, rounded up.
#[inline(never)]
pub fn used_up(assessment: &Assessment, equity: u128) -> [u128; 2] {
    let mut used = [0; 2];
    for slice in 0..MAX_EXPIRIES {
        for (used, capital) in used.iter_mut().zip(assessment.tails.capital_up(slice)) {
            *used = mul_div_up(capital, WAD, equity.max(1))
                .unwrap_or(u128::MAX)
                .max(*used);
        }
    }
    used
}

/// Net asset value that withdrawals are paid at, atoms: the low side, with what accounts owe as far as nobody doubts that they can pay
/// it, less what is held back. Else whoever lets an account of its own owe would have those who leave meanwhile leave that behind.
fn low(pool: &Pool, context: &Context, assessment: &Assessment) -> u128 {
    let held = held_back(pool, context).min(i128::MAX as u128) as i128;
    let nav = assessment.after.nav_exit.less(held);
    let lent = (claim(pool, context) as i128).less(unmet(pool, context) as i128);
    context.atoms_down(nav.plus(lent.times(context.configuration.quote_scale as i128)))
}

/// The most that a holder can take out now: free cash and what the scenario gate leaves, of both its part by shares, less
/// what it took of late ([`exits`]). An empty book has no gate.
pub fn limit(pool: &Pool, context: &Context, assessment: &Assessment, holder: Address) -> Limit {
    let free_cash = context.money.free_cash();
    let gate = if context.book.nodes().is_empty() {
        free_cash.plus(context.loan.supplied)
    } else {
        let gate = stress::withdrawable(&assessment.stress, context.spot, &context.parameters);
        gate.less(held_back(pool, context)) / context.configuration.quote_scale
    };
    let owned = narrow(share::balance(pool, holder)).unwrap_or(u128::MAX);
    let supply = share::supply(pool);
    let most = free_cash.min(gate);
    let part = exits::part_down(pool, holder, owned, supply, most, context.now);
    Limit {
        free_cash,
        gate,
        part,
    }
}

/// Held back for series past expiry without a settlement price, quote WAD: the book carries them at intrinsic value at
/// spot, so whoever leaves before settlement could leave a worse one to the others. The price may lie a tenth beyond spot
/// and the spot of the last anchor, or anywhere between, where it costs the pool most at each strike.
fn held_back(pool: &Pool, context: &Context) -> u128 {
    let slices = context.book.slices();
    let is_past = |slice: &Slice| slice.expiry <= context.now;
    if !slices.first().is_some_and(is_past) {
        return 0;
    }
    let mut held = 0u128;
    for (node, puts) in context.book.nodes().iter().zip(context.book.puts(pool)) {
        let slice = &slices[node.slice as usize];
        if is_past(slice) {
            let (low, high) = (context.spot.min(slice.spot), context.spot.max(slice.spot));
            let low = low - low / UNSETTLED_MOVE;
            let high = high.plus(high / UNSETTLED_MOVE);
            let now = intrinsic(node, puts, context.spot);
            let mut worst = 0;
            // What is long may be worth least at its strike.
            for price in [low, high, node.strike.clamp(low, high)] {
                worst = worst.max(now.less(intrinsic(node, puts, price)));
            }
            held = held.plus((worst as u128).divided_up(WAD / LOT));
        }
    }
    held
}

/// What a node is worth to the pool at a settlement price, lots times quote WAD; `puts` of its options are puts.
#[inline(never)]
fn intrinsic(node: &Node, puts: i64, price: u128) -> i128 {
    let pays = |kind, lots: i64| (lots as i128).times(payoff(kind, node.strike, price) as i128);
    pays(Kind::Call, node.calls - puts).plus(pays(Kind::Put, puts))
}

impl Context {
    /// A net asset value in atoms, rounded up; zero when it is not positive.
    pub fn atoms_up(&self, nav: i128) -> u128 {
        (nav.max(0) as u128).divided_up(self.configuration.quote_scale)
    }

    /// A net asset value in atoms, rounded down; zero when it is not positive.
    pub fn atoms_down(&self, nav: i128) -> u128 {
        nav.max(0) as u128 / self.configuration.quote_scale
    }
}
