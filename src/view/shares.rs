//! ERC-4626's previews, limits and conversions.

use alloy_primitives::{Address, U256};
use smirk_engine::{assess::Asked, shares};

use crate::{
    answer,
    error::{narrow, Refusal},
    flow::liquidity::{
        deposit,
        terms::Amount,
        value::{self, Exchange},
        withdraw,
    },
    guard, risk,
    saturating::Saturating,
    token::share,
    words::Word,
    Pool,
};

/// One part in so many powers of two of a holder's shares: by so many fewer are looked at for whether more still bring more.
const NEAR: u32 = 20;

/// One part in so many powers of two of the most assets: by so many fewer are said where roundings keep the most from being asked for.
const SURE: u32 = 40;

/// What a deposit of this amount would exchange: the high side of net asset value.
pub fn preview_entry(pool: &Pool, amount: Amount) -> Result<Exchange, Refusal> {
    guard::unlocked(pool)?;
    let (context, assessment) = answer::live(pool, Asked::default())?;
    value::entry(pool, context, assessment, amount, share::supply(pool))
}

/// What a withdrawal of this amount would exchange: the low side, less the charge.
pub fn preview_exit(pool: &Pool, amount: Amount) -> Result<Exchange, Refusal> {
    guard::unlocked(pool)?;
    let (context, assessment) = answer::live(pool, withdraw::ASKED)?;
    value::exit(pool, context, assessment, amount, share::supply(pool))
}

/// Most assets that a deposit would be taken of: nothing while deposits are closed, for whatever reason.
pub fn max_deposit(pool: &Pool) -> u128 {
    let open = || -> Result<(), Refusal> {
        guard::unlocked(pool)?;
        guard::running(pool)?;
        let (context, assessment) = answer::live(pool, Asked::default())?;
        deposit::check_open(context)?;
        risk::check_venue_price(context)?;
        let one = Amount::Assets(U256::from(1));
        value::entry(pool, context, assessment, one, share::supply(pool)).map(drop)
    };
    // Far below what could overflow in a conversion, far above any money there is.
    open().map_or(0, |()| u64::MAX as u128 * 1_000_000_000)
}

/// Most that a holder can take out now; zero when withdrawal is impossible.
pub fn max_withdraw(pool: &Pool, holder: Address) -> Exchange {
    let most = || -> Result<Exchange, Refusal> {
        guard::unlocked(pool)?;
        let (context, assessment) = answer::live(pool, withdraw::ASKED)?;
        let supply = share::supply(pool);
        let all = narrow(share::balance(pool, holder))?;
        let limit = value::limit(pool, context, assessment, holder).part;
        let exit = |shares: u128| {
            value::exit(
                pool,
                context,
                assessment,
                Amount::Shares(shares.word()),
                supply,
            )
        };
        let brings = |shares: u128| exit(shares).ok().map(|exchange| exchange.assets);
        let near = all >> NEAR;
        let fits = |shares: u128| {
            let paid = brings(shares);
            paid.is_some_and(|paid| paid != 0 && paid <= limit) && brings(shares.less(near)) <= paid
        };
        // What is paid grows with the shares until leaving with more of them costs more than they are worth.
        let (mut most, mut beyond) = (0, all.plus(1));
        while beyond - most > 1 {
            let middle = most + (beyond - most) / 2;
            if fits(middle) {
                most = middle;
            } else {
                beyond = middle;
            }
        }
        let mut exchange = exit(most)?;
        let asked = Amount::Assets(exchange.assets.word());
        let exact = value::exit(pool, context, assessment, asked, supply);
        if !exact.is_ok_and(|exact| exact.shares <= all) {
            exchange.assets = exchange.assets.less((exchange.assets >> SURE) + 1);
        }
        Ok(exchange)
    };
    // What pays nothing is refused.
    most()
        .ok()
        .filter(|exchange| exchange.assets != 0)
        .unwrap_or_default()
}

/// ERC-4626 conversions at the mid of net asset value.
pub fn convert(pool: &Pool, amount: Amount) -> Result<U256, Refusal> {
    guard::unlocked(pool)?;
    let (context, assessment) = answer::for_view(pool, Asked::default())?;
    let nav = context.atoms_down(assessment.after.nav);
    let supply = share::supply(pool);
    let converted = match amount {
        Amount::Assets(assets) => shares::to_shares_down(narrow(assets)?, nav, supply),
        Amount::Shares(shares) => shares::to_assets_down(narrow(shares)?, nav, supply),
    };
    Ok(converted.unwrap_or(u128::MAX).word())
}
