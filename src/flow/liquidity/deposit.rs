//! Liquidity in, shares out, at the high side of net asset value, so that nobody buys in below worth.

use alloy_primitives::{Address, U256};
use smirk_engine::{assess::Assessment, shares};

use crate::{
    context::Context,
    error::{refuse, Refusal, Word},
    event::emit,
    guard,
    io::{host, token, words::narrow},
    storage::money,
    token::share,
    Pool,
};

/// What the caller names: assets to give or shares to get.
#[derive(Clone, Copy)]
pub enum Amount {
    /// Exactly these assets.
    Assets(U256),
    /// Exactly these shares.
    Shares(U256),
}

/// A conversion of [`shares`]: amount, net asset value, supply.
type Conversion = fn(u128, u128, u128) -> Option<u128>;

impl Amount {
    /// (assets, shares) at this net asset value (atoms) and supply, by these conversions.
    ///
    /// # Errors
    /// `ValueTooLarge` for an amount or a result beyond 128 bits.
    #[inline(never)]
    pub fn priced(
        self,
        nav: u128,
        supply: u128,
        to_shares: Conversion,
        to_assets: Conversion,
    ) -> Result<(u128, u128), Refusal> {
        let (Amount::Assets(word) | Amount::Shares(word)) = self;
        let convert = || {
            let given = narrow(word)?;
            match self {
                Amount::Assets(_) => Some((given, to_shares(given, nav, supply)?)),
                Amount::Shares(_) => Some((to_assets(given, nav, supply)?, given)),
            }
        };
        convert().ok_or_else(|| refuse!(ValueTooLarge, word, u128::MAX))
    }
}

/// Deposits for `receiver`; the caller pays. Returns (assets, shares).
pub fn deposit(
    pool: &mut Pool,
    amount: Amount,
    receiver: Address,
) -> Result<(U256, U256), Refusal> {
    guard::enter(pool)?;
    guard::running(pool)?;
    guard::receiver(pool, receiver)?;
    let mut context = Context::load(pool)?;
    check_open(&context)?;
    let answer = context.assess(None, false)?;
    crate::risk::check_venue_price(&context, answer.venue_price)?;
    let (assets, shares) = priced(pool, &context, &answer.assessment, amount)?;
    if assets == 0 || shares == 0 {
        return Err(refuse!(NothingMinted, assets));
    }

    let sender = host::sender(pool);
    context.money.cash = context.money.cash.saturating_add(assets);
    money::store(pool, &context.money);
    share::mint(pool, receiver, shares)?;
    token::pull(pool, context.configuration.quote, sender, assets)?;
    emit!(pool, Deposit, [sender, receiver], [assets, shares]);
    context.emit_status(pool, &answer.assessment);
    guard::leave(pool);
    Ok((assets.word(), shares.word()))
}

/// Refuses deposits while the book can't be valued: an expiry awaits its settlement price, or an anchor that
/// carries positions is past its limit.
pub fn check_open(context: &Context) -> Result<(), Refusal> {
    for node in context.book.nodes() {
        let slice = node.slice as usize;
        let expiry = context.book.slices()[slice].expiry;
        if expiry <= context.now {
            return Err(refuse!(AwaitsSettlement, expiry));
        }
        context.check_anchor_age(slice)?;
    }
    Ok(())
}

/// (assets, shares) at the high side of net asset value.
pub fn priced(
    pool: &Pool,
    context: &Context,
    assessment: &Assessment,
    amount: Amount,
) -> Result<(u128, u128), Refusal> {
    let nav = context.atoms_up(assessment.before.nav_high);
    let supply = share::supply(pool);
    amount.priced(nav, supply, shares::to_shares_down, shares::to_assets_up)
}

impl Context {
    /// A net asset value in atoms, rounded up; zero when it is not positive.
    pub fn atoms_up(&self, nav: i128) -> u128 {
        (nav.max(0) as u128).div_ceil(self.configuration.quote_scale)
    }

    /// A net asset value in atoms, rounded down; zero when it is not positive.
    pub fn atoms_down(&self, nav: i128) -> u128 {
        nav.max(0) as u128 / self.configuration.quote_scale
    }
}
