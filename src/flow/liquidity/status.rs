//! What shares are worth once a call is over: both sides of net asset value and the supply, as the views then answer them.
//!
//! Whatever changes the value without an order says so. An order does not: what it would cost is gas of every trade.

use smirk_engine::{assess::Asked, state::BookMark};

use crate::{
    answer, context::Context, event::emit, guard, saturating::Saturating, token::share, Pool,
};

/// What both sides are asked of the engine with.
pub const ASKED: Asked = Asked {
    stress: false,
    exit: true,
};

/// Says what shares are worth, if there is a price fit for trading, and frees the lock.
#[inline(never)]
pub fn leave(pool: &mut Pool) {
    // Read anew: a swap moved the venue, and a post the surface.
    if let Ok((context, assessment)) = answer::live(pool, ASKED) {
        say(pool, context, &assessment.after, context.snapshot().cash);
    }
    guard::leave(pool);
}

/// Says what shares are worth where nothing but the cash (quote WAD, as of a snapshot) has changed since the pool was marked.
#[inline(never)]
pub fn say(pool: &Pool, context: &Context, mark: &BookMark, cash: i128) {
    let more = context.snapshot().cash.less(cash);
    let [mid, low, high] = [mark.nav, mark.nav_exit, mark.nav_high].map(|nav| nav.plus(more));
    emit!(pool, ShareStatus, [], [mid, low, high, share::supply(pool)]);
}
