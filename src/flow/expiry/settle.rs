//! After expiry anyone fixes the settlement price. Exactly one answer is right, and there always is one:
//!
//! 1. the round of the feed's present phase whose predecessor in that phase is older than expiry, at once; rounds without a price
//!    don't count;
//! 2. only if the present phase began after expiry (or three days on can't say when it did), proposals: any round at or after expiry, of any phase, gives way to an
//!    earlier one for an hour after the first proposal, and then stands;
//! 3. if the feed ended, which is to say that three days after expiry its newest round is still older: that round.

use alloy_primitives::U256;

use super::{due, fund};
use crate::{
    error::{refuse, Refusal},
    event::emit,
    flow::{liquidity::status, margin::insurance},
    guard,
    io::{
        configuration::Configuration,
        feed::{self, Round},
        host,
    },
    saturating::Saturating,
    storage::{
        book::Book,
        configuration, head, money, parameters,
        settlement::{self, Proposal},
    },
    Pool,
};

/// How long an earlier round replaces a proposed one, seconds.
const CHALLENGE: u64 = 3_600;
/// How long a feed is waited for, seconds. One that has said nothing for so long has ended.
pub const PATIENCE: u64 = 3 * 86_400;

/// Fixes the settlement price of `expiry`, or proposes one, and sets aside what its holders are owed.
///
/// What cash does not cover at that moment is owed all the same and paid from cash as it comes in, oldest expiry first.
pub fn settle(pool: &mut Pool, expiry: u64, round_id: U256) -> Result<(), Refusal> {
    guard::enter(pool)?;
    let now = host::now(pool);
    if now < expiry {
        return Err(refuse!(NotExpired, expiry, now));
    }
    let mut head = head::load(pool);
    let mut book = Book::load(pool, &head, parameters::strike_tick(pool));
    let Some(slice) = book.find_slice(expiry) else {
        let settled = settlement::load(pool, expiry).is_some();
        return Err(if settled {
            refuse!(AlreadySettled, expiry)
        } else {
            refuse!(ExpiryNotListed, expiry)
        });
    };
    let configuration = configuration::load(pool);
    let Some((round_id, price)) = price(pool, &configuration, expiry, round_id, now)? else {
        guard::leave(pool);
        return Ok(());
    };

    let due = due::due(pool, &head, &book, slice, price, configuration.quote_scale);
    book.remove_slice(pool, &mut head, slice);
    let mut money = money::load(pool);
    due::settle(pool, &mut head, &mut money, expiry, price, &due);
    insurance::collect(pool, &head, &mut money);
    let owed = due.wallets.plus(due.to_accounts());
    emit!(pool, Settled, [expiry], [round_id, price, owed]);
    fund::fund(pool, &mut head, &mut money);
    status::leave(pool);
    Ok(())
}

/// The round that settles, zero for a proposal that stands, and the settlement price, WAD; `None` when the round became a
/// proposal.
fn price(
    pool: &mut Pool,
    configuration: &Configuration,
    expiry: u64,
    round_id: U256,
    now: u64,
) -> Result<Option<(U256, u128)>, Refusal> {
    let standing = settlement::proposal(pool, expiry);
    if let Some(standing) = standing {
        if now > standing.first_at + CHALLENGE {
            return Ok(Some((U256::ZERO, standing.price)));
        }
    }
    let latest = feed::latest(pool, configuration)?;
    let overdue = now >= expiry.saturating_add(PATIENCE);
    if standing.is_none() && latest.updated_at < expiry && overdue {
        feed::check(&latest)?;
        return Ok(Some((latest.id, latest.price)));
    }
    let round = feed::round(pool, configuration, round_id)?;
    feed::check(&round)?;
    if round.updated_at < expiry {
        return Err(refuse!(
            RoundBeforeExpiry,
            round_id,
            round.updated_at,
            expiry
        ));
    }
    if feed::phase(latest.id) == feed::phase(round_id) {
        if let Some(previous) = feed::previous(pool, configuration, round_id, expiry) {
            if previous.updated_at < expiry {
                return Ok(Some((round_id, round.price)));
            }
        }
    }
    match feed::first_of_phase(pool, configuration, latest.id) {
        Some(first) if first.updated_at >= expiry => propose(pool, expiry, &round, now),
        // A feed without the first round of its phase can't say when that began.
        None if overdue => propose(pool, expiry, &round, now),
        _ => Err(unproven(pool, configuration, &latest, &round, expiry)),
    }
}

/// Why a round at or after expiry is not the one that settles.
fn unproven(
    pool: &Pool,
    configuration: &Configuration,
    latest: &Round,
    round: &Round,
    expiry: u64,
) -> Refusal {
    let (wanted, given) = (feed::phase(latest.id), feed::phase(round.id));
    if wanted != given {
        return refuse!(RoundOfOtherPhase, round.id, given, wanted);
    }
    match feed::previous(pool, configuration, round.id, expiry) {
        Some(older) => refuse!(RoundNotFirst, older.id, older.updated_at, expiry),
        None => refuse!(RoundUnproven, round.id),
    }
}

/// Makes a round the proposal, unless an earlier one stands.
fn propose(
    pool: &mut Pool,
    expiry: u64,
    round: &Round,
    now: u64,
) -> Result<Option<(U256, u128)>, Refusal> {
    let standing = settlement::proposal(pool, expiry);
    if let Some(standing) = standing {
        if standing.updated_at <= round.updated_at {
            return Err(refuse!(
                RoundNotEarlier,
                round.id,
                round.updated_at,
                standing.updated_at
            ));
        }
    }
    let first_at = standing.map_or(now, |standing| standing.first_at);
    settlement::propose(
        pool,
        expiry,
        &Proposal {
            price: round.price,
            updated_at: round.updated_at,
            first_at,
        },
    );
    emit!(
        pool,
        SettlementProposed,
        [expiry],
        [
            round.id,
            round.price,
            round.updated_at,
            first_at + CHALLENGE
        ]
    );
    Ok(None)
}
