//! Who signs the surface: proposed by the owner, in force a day later, so that everybody can leave before.

use alloy_primitives::U256;

use crate::{
    error::{refuse, Refusal},
    event::topic,
    guard,
    io::host,
    storage::{
        roles::{self, Quorum, MAX_SIGNERS, OWNER},
        slots::{self, PROPOSED_SIGNERS, SIGNERS},
    },
    words::{self, Word, Words},
    Pool,
};

/// Seconds from a proposal until it can be accepted.
const DELAY: u64 = 86_400;

/// How many reports a post takes, the signers' addresses, ascending and then zeros, and from when on they can be accepted.
pub type Proposal = [U256; MAX_SIGNERS + 2];
const AT: usize = MAX_SIGNERS + 1;

/// How many signers there are.
///
/// # Errors
/// `SignersInvalid`.
fn count(proposal: &Proposal) -> Result<u64, Refusal> {
    let (threshold, mut count, mut is_ascending) = (proposal[0], 0u64, true);
    for place in 1..AT {
        if !proposal[place].is_zero() {
            count += 1;
            is_ascending &= place == 1 || proposal[place] > proposal[place - 1];
            is_ascending &= place as u64 == count;
        }
    }
    if !is_ascending || threshold > count.word() || threshold.is_zero() != (count == 0) {
        return Err(refuse!(SignersInvalid, threshold, count));
    }
    Ok(count)
}

/// What is remembered of a proposal: its hash, and in the lowest 64 bits from when on it can be accepted.
fn mark(pool: &Pool, proposal: &mut Proposal, at: u64) -> U256 {
    proposal[AT] = at.word();
    let hash = words::word_of(&host::keccak(pool, &Words::none().all(proposal)).0);
    let [_, a, b, c] = *hash.as_limbs();
    U256::from_limbs([at, a, b, c])
}

/// From when on what was proposed can be accepted; zero for nothing.
pub fn acceptable_at(pool: &Pool) -> u64 {
    slots::load(pool, PROPOSED_SIGNERS).as_limbs()[0]
}

/// Proposes signers in the place of any proposal before. Owner.
///
/// # Errors
/// `NotAuthorised`, `SignersInvalid`.
pub fn propose(pool: &mut Pool, mut proposal: Proposal) -> Result<(), Refusal> {
    guard::only(pool, roles::load(pool, OWNER))?;
    count(&proposal)?;
    let at = host::now(pool) + DELAY;
    let mark = mark(pool, &mut proposal, at);
    slots::store(pool, PROPOSED_SIGNERS, mark);
    host::emit(pool, 1, topic!(SignersProposed).all(&proposal));
    Ok(())
}

/// Makes what was proposed the quorum. Anyone. Reports of who stays a signer stay good.
///
/// # Errors
/// `SignersNotDue`.
pub fn accept(pool: &mut Pool, mut proposal: Proposal) -> Result<(), Refusal> {
    let (mut at, now) = (acceptable_at(pool), host::now(pool));
    if mark(pool, &mut proposal, at) != slots::load(pool, PROPOSED_SIGNERS) {
        at = 0;
    }
    if at == 0 || now < at {
        return Err(refuse!(SignersNotDue, at, now));
    }
    slots::store(pool, PROPOSED_SIGNERS, U256::ZERO);
    let quorum = Quorum {
        threshold: proposal[0].as_limbs()[0],
        signers: count(&proposal)?,
        ..roles::quorum(pool)
    };
    roles::store_quorum(pool, &quorum);
    for (place, signer) in (0u64..).zip(&proposal[1..AT]) {
        slots::store(pool, SIGNERS + place, *signer);
    }
    host::emit(pool, 1, topic!(SignersChanged).all(&proposal[..AT]));
    Ok(())
}
