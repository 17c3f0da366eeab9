//! Shares in, liquidity out, at the low side of net asset value, limited only by free cash and the scenario gate:
//! no queue, and nothing that another provider can block.

use alloy_primitives::{Address, U256};
use smirk_engine::{assess::Assessment, shares, stress};

use super::{deposit::Amount, Context};
use crate::{
    error::{refuse, Refusal, Word},
    event::emit,
    guard,
    io::{host, token, words::narrow},
    storage::money,
    token::share,
    Pool,
};

/// Withdraws to `receiver` from the shares of `owner`. Returns (assets, shares).
pub fn withdraw(
    pool: &mut Pool,
    amount: Amount,
    receiver: Address,
    owner: Address,
) -> Result<(U256, U256), Refusal> {
    guard::enter(pool)?;
    guard::not_zero(receiver)?;
    let mut context = Context::load(pool)?;
    let answer = context.assess(pool, None, true)?;
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
    free.min(gate / context.configuration.quote_scale)
}

/// (assets, shares) at the low side of net asset value.
pub fn priced(
    pool: &Pool,
    context: &Context,
    assessment: &Assessment,
    amount: Amount,
) -> Result<(u128, u128), Refusal> {
    let nav = context.atoms_down(assessment.before.nav_low);
    let supply = share::supply(pool);
    let too_large = |value: U256| refuse!(ValueTooLarge, value, u128::MAX);
    match amount {
        Amount::Assets(word) => {
            let assets = narrow(word).ok_or_else(|| too_large(word))?;
            let shares =
                shares::to_shares_up(assets, nav, supply).ok_or_else(|| too_large(word))?;
            Ok((assets, shares))
        }
        Amount::Shares(word) => {
            let shares = narrow(word).ok_or_else(|| too_large(word))?;
            let assets =
                shares::to_assets_down(shares, nav, supply).ok_or_else(|| too_large(word))?;
            Ok((assets, shares))
        }
    }
}
