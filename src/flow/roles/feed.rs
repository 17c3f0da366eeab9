//! Another feed in the place of one that has ended: without a price nothing can be valued, and what providers have would stay.

use alloy_primitives::Address;

use super::construct;
use crate::{
    context::Context,
    error::{refuse, Refusal},
    event::emit,
    flow::{expiry::settle::PATIENCE, liquidity::status},
    guard,
    io::{
        configuration::Configuration,
        feed::{self, Round},
        host,
    },
    risk,
    storage::{
        book::Book,
        configuration, head, parameters, roles,
        table::{self, FEED, FEED_SCALE},
    },
    words::Word,
    Pool,
};

/// Makes another feed the pool's, once the present one has ended. The new one has to answer with a price that is fresh and no further from
/// the venue's than the hedge trades.
///
/// # Errors
/// `NotAuthorised`, `FeedAlive`, `DecimalsUnsupported`, `CallFailed`, those of [`feed::spot`] for the new one, `VenuePriceDeviates`.
pub fn replace(pool: &mut Pool, feed: Address) -> Result<(), Refusal> {
    guard::only(pool, roles::load(pool, roles::OWNER))?;
    guard::enter(pool)?;
    let configuration = configuration::load(pool);
    let now = host::now(pool);
    let said = last_said(pool, &configuration, now);
    let ended = said.saturating_add(PATIENCE);
    if now < ended {
        return Err(refuse!(FeedAlive, said, ended, now));
    }
    let scale = construct::scale(pool, feed)?;
    table::replace(pool, FEED, feed.word())?;
    table::replace(pool, FEED_SCALE, scale.word())?;
    risk::check_hedge_price(Context::load(pool)?)?;
    emit!(pool, FeedReplaced, [configuration.feed, feed], [scale]);
    status::leave(pool);
    Ok(())
}

/// When the feed last said a price; where it answers with none, or with one of a time to come, when an anchor was last posted, which takes one.
fn last_said(pool: &Pool, configuration: &Configuration, now: u64) -> u64 {
    let round = feed::latest(pool, configuration);
    let is_usable = |round: &Round| feed::check(round).is_ok() && round.updated_at <= now;
    let usable = round.ok().filter(is_usable);
    usable.map_or_else(|| last_posted(pool), |round| round.updated_at)
}

fn last_posted(pool: &Pool) -> u64 {
    let book = Book::load(pool, &head::load(pool), parameters::strike_tick(pool));
    let posts = book.slices().iter().map(|slice| slice.posted_at);
    posts.max().unwrap_or(0)
}
