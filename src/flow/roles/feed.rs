//! Another feed in the place of one that has ended: without a price nothing can be valued, and what providers have would stay. The owner
//! proposes it; it is in force three days later at the earliest, and only if the present one has said nothing since.

use alloy_primitives::{Address, U256};

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
        slots::{self, PROPOSED_FEED},
        table,
    },
    words::{self, Word},
    Pool,
};

/// Bit of the time in the word of a proposal, and of whether the feed failed then.
const AT: usize = 160;
const FAILED: usize = 224;

/// What was proposed, and from when on it can be accepted; zeros for nothing.
pub fn proposed(pool: &Pool) -> (Address, u64) {
    let word = slots::load(pool, PROPOSED_FEED);
    (words::address(word), (word >> AT).as_limbs()[0])
}

/// Proposes a feed in the place of any proposal before. Owner.
///
/// # Errors
/// `NotAuthorised`, `ZeroAddress`.
pub fn propose(pool: &mut Pool, feed: Address) -> Result<(), Refusal> {
    guard::only(pool, roles::load(pool, roles::OWNER))?;
    guard::not_zero(feed)?;
    let now = host::now(pool);
    let at = now + PATIENCE;
    let failed = last_said(pool, &configuration::load(pool), now).is_none();
    let word = feed.word() | at.word() << AT | (failed as u64).word() << FAILED;
    slots::store(pool, PROPOSED_FEED, word);
    emit!(pool, FeedProposed, [feed], [at]);
    Ok(())
}

/// Makes the proposed feed the pool's, if the present one has said nothing since; one that fails has to have failed at the proposal, too, and
/// no anchor to have been posted since. Anyone. The new one has to answer with a price that is fresh and no further from the venue's than
/// the hedge trades, and to have rounds to settle by. What people hold of past expiries is settled by the present one's last round
/// before, unless that fails.
///
/// # Errors
/// `FeedNotDue`, `AwaitsSettlement`, `DecimalsUnsupported`, `CallFailed`, those of [`table::store`] and, for the new one, of [`feed::spot`],
/// `VenuePriceDeviates`, `RoundMissing`, `RoundUnproven`.
pub fn accept(pool: &mut Pool, feed: Address) -> Result<(), Refusal> {
    guard::enter(pool)?;
    let (before, now) = (configuration::load(pool), host::now(pool));
    let book = Book::load(pool, &head::load(pool), parameters::strike_tick(pool));
    let said = last_said(pool, &before, now);
    let spoke = match said {
        Some(said) => said,
        None if slots::load(pool, PROPOSED_FEED).bit(FAILED) => last_posted(pool, &book),
        // It may fail for this moment alone.
        None => now,
    };
    check_due(pool, feed, spoke, now)?;
    if said.is_some() {
        check_settled(&book, now)?;
    }
    slots::store(pool, PROPOSED_FEED, U256::ZERO);
    let scale = construct::scale(pool, feed)?;
    table::replace_feed(pool, feed, scale)?;
    let context = Context::load(pool)?;
    risk::check_hedge_price(context)?;
    check_rounds(pool, &context.configuration)?;
    emit!(pool, FeedReplaced, [before.feed, feed], [scale]);
    status::leave(pool);
    Ok(())
}

/// Refuses what was not proposed, or not long enough ago, or while the present feed speaks.
fn check_due(pool: &Pool, feed: Address, spoke: u64, now: u64) -> Result<(), Refusal> {
    let (proposed, mut at) = proposed(pool);
    if proposed != feed {
        at = 0;
    }
    if at == 0 || now < at || spoke > at - PATIENCE {
        return Err(refuse!(FeedNotDue, at, spoke, now));
    }
    Ok(())
}

/// Refuses while somebody holds what has passed and the present feed's last round may settle: it does three days after, and nobody waits for
/// it longer than as much again.
fn check_settled(book: &Book, now: u64) -> Result<(), Refusal> {
    for node in book.nodes() {
        let expiry = book.slices()[node.slice as usize].expiry;
        if expiry <= now && now < expiry.saturating_add(2 * PATIENCE) {
            return Err(refuse!(AwaitsSettlement, expiry));
        }
    }
    Ok(())
}

/// Refuses a feed that would settle nothing: its newest round has to be there by its id, and to be the first of its phase or younger than that.
fn check_rounds(pool: &Pool, configuration: &Configuration) -> Result<(), Refusal> {
    let latest = feed::latest(pool, configuration)?;
    let same = feed::round(pool, configuration, latest.id)?;
    let first = feed::first_of_phase(pool, configuration, latest.id);
    let is_counted = latest.id.as_limbs()[0] == 1
        || first.is_some_and(|first| first.updated_at < latest.updated_at);
    if (same.updated_at, same.price) != (latest.updated_at, latest.price) || !is_counted {
        return Err(refuse!(RoundUnproven, latest.id));
    }
    Ok(())
}

/// When the feed last said a price; `None` where it answers with none, or with one of a time to come.
fn last_said(pool: &Pool, configuration: &Configuration, now: u64) -> Option<u64> {
    let round = feed::latest(pool, configuration).ok()?;
    let is_usable = |round: &Round| feed::check(round).is_ok() && round.updated_at <= now;
    Some(round).filter(is_usable).map(|round| round.updated_at)
}

/// When an anchor was last posted, which takes a price; by a quorum also where its expiry is gone.
fn last_posted(pool: &Pool, book: &Book) -> u64 {
    let posts = book.slices().iter().map(|slice| slice.posted_at);
    posts.max().unwrap_or(0).max(roles::quorum(pool).newest)
}
