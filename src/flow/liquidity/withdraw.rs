//! Shares in, liquidity out, at the low side of net asset value, limited only by free cash and the scenario gate:
//! no queue, and nothing that another provider can block.

use alloy_primitives::{Address, U256};
use smirk_engine::{
    assess::Assessment,
    series::payoff,
    shares,
    state::{Kind, LOT},
    stress,
    wide::mul_div_up,
};

use super::deposit::Amount;
use crate::{
    context::Context,
    error::{refuse, Refusal, Word},
    event::emit,
    guard,
    io::{host, token},
    storage::money,
    token::share,
    Pool,
};

const WAD: u128 = 1_000_000_000_000_000_000;
/// Part of spot (a tenth) by which a missing settlement price is taken to lie on the side that costs the pool more.
const UNSETTLED_MOVE: u128 = 10;

/// Withdraws to `receiver` from the shares of `owner`. Returns (assets, shares).
pub fn withdraw(
    pool: &mut Pool,
    amount: Amount,
    receiver: Address,
    owner: Address,
) -> Result<(U256, U256), Refusal> {
    guard::enter(pool)?;
    guard::receiver(pool, receiver)?;
    let mut context = Context::load(pool)?;
    let answer = context.assess(None, true)?;
    let (assets, shares) = priced(pool, &context, &answer.assessment, amount)?;
    let limit = most(&context, &answer.assessment);
    if assets > limit {
        return Err(refuse!(WithdrawAboveLimit, assets, limit));
    }

    let sender = host::sender(pool);
    share::spend_allowance(pool, owner, sender, shares.word())?;
    share::burn(pool, owner, shares)?;
    context.money.cash -= assets;
    money::store(pool, &context.money);
    token::push(pool, context.configuration.quote, receiver, assets)?;
    emit!(pool, Withdraw, [sender, receiver, owner], [assets, shares]);
    context.emit_status(pool, &answer.assessment);
    guard::leave(pool);
    Ok((assets.word(), shares.word()))
}

/// Most that can leave the pool now, atoms: free cash, and what the scenario gate leaves. An empty book has no gate.
pub fn most(context: &Context, assessment: &Assessment) -> u128 {
    let free = context.money.free_cash();
    if context.book.nodes().is_empty() {
        return free;
    }
    let gate = stress::withdrawable(&assessment.stress, context.spot, &context.parameters);
    free.min(gate.saturating_sub(held_back(context)) / context.configuration.quote_scale)
}

/// Net asset value that withdrawals are paid at, atoms: the low side, less what is held back.
pub fn low(context: &Context, assessment: &Assessment) -> u128 {
    let held = held_back(context).min(i128::MAX as u128) as i128;
    context.atoms_down(assessment.before.nav_low.saturating_sub(held))
}

/// Held back for series past expiry without a settlement price, quote WAD: the book carries them at intrinsic value at
/// spot, so whoever leaves before settlement could leave a dearer one to the others.
fn held_back(context: &Context) -> u128 {
    let slack = context.spot / UNSETTLED_MOVE;
    let adverse = [
        (Kind::Call, context.spot.saturating_add(slack)),
        (Kind::Put, context.spot - slack),
    ];
    let slices = context.book.slices();
    let mut held = 0u128;
    for node in context.book.nodes() {
        if slices[node.slice as usize].expiry > context.now {
            continue;
        }
        for ((kind, price), lots) in adverse.into_iter().zip([node.calls, node.puts]) {
            let size = lots.min(0).unsigned_abs() as u128 * LOT;
            let more = payoff(kind, node.strike, price) - payoff(kind, node.strike, context.spot);
            held = held.saturating_add(mul_div_up(size, more, WAD).unwrap_or(u128::MAX));
        }
    }
    held
}

/// (assets, shares) at the low side of net asset value.
pub fn priced(
    pool: &Pool,
    context: &Context,
    assessment: &Assessment,
    amount: Amount,
) -> Result<(u128, u128), Refusal> {
    let nav = low(context, assessment);
    let supply = share::supply(pool);
    amount.priced(nav, supply, shares::to_shares_up, shares::to_assets_down)
}
