//! The price feed (Chainlink aggregator) and the sequencer uptime feed.
//!
//! Assumed of the feed: decimals fixed at construction; rounds of one phase have consecutive ids and times that
//! do not fall. Assumed of the sequencer feed: answer 0 means up, `startedAt` is when that began.

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolCall;

use super::{configuration::Configuration, host};
use crate::{
    error::{refuse, Refusal},
    interface::external::Aggregator,
    words::{self, Words},
    Pool,
};

/// Rounds without a usable price that may lie one behind another.
const MOST_UNUSABLE: usize = 16;

/// One answer of the feed.
#[derive(Clone, Copy)]
pub struct Round {
    /// Round id; the phase is in the bits above 64.
    pub id: U256,
    /// Price, quote per base, WAD; zero when the answer is not positive.
    pub price: u128,
    /// The answer as given.
    pub answer: U256,
    /// Unix time of the answer; zero when the round is not complete.
    pub updated_at: u64,
    /// The round that the answer was computed in.
    pub answered_in: U256,
}

/// What a price is to be fit for trading, seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Freshness {
    /// Greatest age of the feed's answer.
    pub max_age: u64,
    /// Wait after the sequencer came up.
    pub sequencer_grace: u64,
}

/// Spot for trading: positive, complete, fresh, with the sequencer up for longer than the grace period.
///
/// # Errors
/// `SequencerDown`, `SequencerGracePeriod`, `FeedPriceInvalid`, `FeedRoundIncomplete`, `FeedStale`, `CallFailed`.
pub fn spot(
    pool: &Pool,
    configuration: &Configuration,
    asked: &Freshness,
) -> Result<u128, Refusal> {
    let now = host::now(pool);
    sequencer_up(pool, configuration.sequencer, asked.sequencer_grace, now)?;
    let round = latest(pool, configuration)?;
    check(&round)?;
    if round.updated_at > now || now - round.updated_at > asked.max_age {
        return Err(refuse!(FeedStale, round.updated_at, asked.max_age, now));
    }
    Ok(round.price)
}

/// The last positive price whatever its age, for views.
///
/// # Errors
/// `FeedPriceInvalid`, `FeedRoundIncomplete`, `CallFailed`.
pub fn last_spot(
    pool: &Pool,
    configuration: &Configuration,
    _: &Freshness,
) -> Result<u128, Refusal> {
    let round = latest(pool, configuration)?;
    check(&round)?;
    Ok(round.price)
}

/// Refuses a round whose price can't be used at any age.
pub fn check(round: &Round) -> Result<(), Refusal> {
    if round.price == 0 {
        return Err(refuse!(FeedPriceInvalid, round.answer));
    }
    if round.updated_at == 0 || round.answered_in < round.id {
        return Err(refuse!(FeedRoundIncomplete, round.id, round.answered_in));
    }
    Ok(())
}

/// The newest round.
pub fn latest(pool: &Pool, configuration: &Configuration) -> Result<Round, Refusal> {
    let data = Words::after(Aggregator::latestRoundDataCall::SELECTOR);
    read(pool, configuration, data)
}

/// The round with this id.
///
/// # Errors
/// `RoundMissing` when the feed has none: one feed reverts then, another answers zeros.
pub fn round(pool: &Pool, configuration: &Configuration, id: U256) -> Result<Round, Refusal> {
    read_round(pool, configuration, id)
        .ok()
        .filter(|round| round.updated_at != 0)
        .ok_or_else(|| refuse!(RoundMissing, id))
}

/// The phase of a round: ids count up within one, in the bits below 64.
pub fn phase(id: U256) -> U256 {
    let [_, low, middle, high] = *id.as_limbs();
    U256::from_limbs([low, middle, high, 0])
}

/// The round before, in the same phase. Those at or after `expiry` whose price can't be used, and which settle nothing, are passed over, a
/// few of them; one that is missing proves nothing.
pub fn previous(
    pool: &Pool,
    configuration: &Configuration,
    mut id: U256,
    expiry: u64,
) -> Option<Round> {
    for _ in 0..MOST_UNUSABLE {
        if id.as_limbs()[0] <= 1 {
            break;
        }
        id -= U256::from(1);
        let before = read_round(pool, configuration, id).ok()?;
        if before.answered_in.is_zero() {
            break;
        }
        if check(&before).is_ok() || (1..expiry).contains(&before.updated_at) {
            return Some(before);
        }
    }
    None
}

/// The first round of the phase of a round.
pub fn first_of_phase(pool: &Pool, configuration: &Configuration, id: U256) -> Option<Round> {
    let [_, low, middle, high] = *id.as_limbs();
    let first = U256::from_limbs([1, low, middle, high]);
    round(pool, configuration, first).ok()
}

fn sequencer_up(pool: &Pool, feed: Address, grace: u64, now: u64) -> Result<(), Refusal> {
    if feed.is_zero() {
        return Ok(());
    }
    let (down, since) = sequencer(pool, feed)?;
    if down {
        return Err(refuse!(SequencerDown, since));
    }
    if now.saturating_sub(since) <= grace {
        return Err(refuse!(SequencerGracePeriod, since, grace, now));
    }
    Ok(())
}

/// Whether the sequencer is down (or its feed not started), and since when.
pub fn sequencer(pool: &Pool, feed: Address) -> Result<(bool, u64), Refusal> {
    let data = Words::after(Aggregator::latestRoundDataCall::SELECTOR);
    let output = host::view(pool, feed, data).ok_or_else(|| refuse!(CallFailed, feed))?;
    let Some([_, answer, since, _, _]) = words::first(&output) else {
        return Err(refuse!(CallFailed, feed));
    };
    let since = time(since);
    Ok((!answer.is_zero() || since == 0, since))
}

fn read_round(pool: &Pool, configuration: &Configuration, id: U256) -> Result<Round, Refusal> {
    let data = Words::after(Aggregator::getRoundDataCall::SELECTOR).with(id);
    read(pool, configuration, data)
}

fn read(pool: &Pool, configuration: &Configuration, data: Words) -> Result<Round, Refusal> {
    let feed = configuration.feed;
    let output = host::view(pool, feed, data).ok_or_else(|| refuse!(CallFailed, feed))?;
    let Some([id, answer, _, updated, answered_in]) = words::first(&output) else {
        return Err(refuse!(CallFailed, feed));
    };
    Ok(Round {
        id,
        price: price(answer, configuration.feed_scale),
        answer,
        updated_at: time(updated),
        answered_in,
    })
}

/// The answer in WAD; zero when it is not positive or beyond any price.
fn price(answer: U256, scale: u128) -> u128 {
    words::narrow(answer)
        .filter(|answer| *answer >> 96 == 0)
        .and_then(|answer| answer.checked_mul(scale))
        .unwrap_or(0)
}

fn time(word: U256) -> u64 {
    let limbs = word.as_limbs();
    if limbs[1] | limbs[2] | limbs[3] == 0 {
        limbs[0]
    } else {
        u64::MAX
    }
}
