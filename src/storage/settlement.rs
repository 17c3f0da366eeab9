//! Per settled expiry: its price, what its holders are owed and how much of that is set aside for them; and proposals for
//! a price that no single round proves.
//!
//! What is set aside for one expiry pays nobody else's holders. Expiries that are short form a list, oldest first, which
//! starts in the head word.

use alloy_primitives::U256;

use super::{
    head::Head,
    money::{self, Money},
    pot,
    slots::{entry, PROPOSALS, SETTLEMENTS},
};
use crate::{
    event::emit,
    io::host,
    saturating::Saturating,
    words::{halves, pair, Word, Words},
    Pool,
};

/// Short expiries that one call pays at most.
const MOST_FUNDED: usize = 4;

/// A settled expiry.
#[derive(Clone, Copy, Default)]
pub struct Settlement {
    /// Settlement price, WAD.
    pub price: u128,
    /// Still owed to holders, atoms.
    pub owed: u128,
    /// Set aside of that, atoms.
    pub funded: u128,
    /// The next younger expiry that is short, zero for none; only meaning something while this one is.
    pub next: u64,
    /// Whether the price lies so far from where the last anchor was posted that who had margin there may lack it.
    pub is_far: bool,
}

/// The settlement of an expiry; `None` before it.
pub fn load(pool: &Pool, expiry: u64) -> Option<Settlement> {
    let slot = entry(pool, SETTLEMENTS, Words::none().with(expiry));
    let word = host::load(pool, slot);
    if word.is_zero() {
        return None;
    }
    let (price, owed) = halves(word);
    let (funded, next) = halves(host::load(pool, slot + U256::from(1)));
    Some(Settlement {
        price,
        owed,
        funded,
        next: next as u64,
        is_far: next >> 64 != 0,
    })
}

/// Writes the settlement of an expiry.
pub fn store(pool: &mut Pool, expiry: u64, settlement: &Settlement) {
    let slot = entry(pool, SETTLEMENTS, Words::none().with(expiry));
    host::store(pool, slot, pair(settlement.price, settlement.owed));
    let next = settlement.next as u128 | (settlement.is_far as u128) << 64;
    let second = pair(settlement.funded, next);
    host::store(pool, slot + U256::from(1), second);
}

/// Of what an expiry's holders are owed, the part of the accounts' pot, atoms.
fn pot_part(pool: &Pool, expiry: u64) -> u128 {
    let slot = entry(pool, SETTLEMENTS, Words::none().with(expiry));
    halves(host::load(pool, slot + U256::from(2))).0
}

/// Writes the pot's part.
pub fn store_pot_part(pool: &mut Pool, expiry: u64, part: u128) {
    let slot = entry(pool, SETTLEMENTS, Words::none().with(expiry));
    host::store(pool, slot + U256::from(2), part.word());
}

/// Gives the accounts' pot its part of an expiry that is funded in full: whoever holds its longs in a wallet comes first.
fn pay_pot(pool: &mut Pool, expiry: u64, settlement: &mut Settlement) {
    let part = pot_part(pool, expiry).min(settlement.funded);
    if part == 0 {
        return;
    }
    settlement.owed = settlement.owed.less(part);
    settlement.funded -= part;
    let mut reserves = money::reserves(pool);
    reserves.set_aside = reserves.set_aside.less(part);
    money::store_reserves(pool, &reserves);
    let mut pot = pot::load(pool);
    pot.cash = pot.cash.plus(part);
    pot::store(pool, &pot);
    store_pot_part(pool, expiry, 0);
}

/// Enters a newly settled expiry: owed, nothing set aside yet, in its place among those that are short.
pub fn enter(
    pool: &mut Pool,
    head: &mut Head,
    money: &mut Money,
    expiry: u64,
    (price, is_far): (u128, bool),
    owed: u128,
) {
    let mut settlement = Settlement {
        price,
        owed,
        is_far,
        ..Settlement::default()
    };
    if owed == 0 {
        store(pool, expiry, &settlement);
        return;
    }
    money.shortfall = money.shortfall.plus(owed);
    money::store_shortfall(pool, money);
    if head.oldest_short == 0 || head.oldest_short > expiry {
        settlement.next = head.oldest_short;
        head.oldest_short = expiry;
        store(pool, expiry, &settlement);
        return;
    }
    // At most as many are short as were ever listed at one time and not yet paid.
    let mut before = head.oldest_short;
    while let Some(mut older) = load(pool, before) {
        if older.next == 0 || older.next > expiry {
            settlement.next = older.next;
            older.next = expiry;
            store(pool, before, &older);
            break;
        }
        before = older.next;
    }
    store(pool, expiry, &settlement);
}

/// Sets cash aside for holders, the oldest expiry first, until nothing is short or no cash is left.
pub fn fund(pool: &mut Pool, head: &mut Head, money: &mut Money) {
    for _ in 0..MOST_FUNDED {
        if head.oldest_short == 0 || money.cash == 0 {
            return;
        }
        let expiry = head.oldest_short;
        let Some(mut settlement) = load(pool, expiry) else {
            return;
        };
        let missing = settlement.owed.less(settlement.funded);
        let moved = missing.min(money.cash);
        money.cash -= moved;
        let mut reserves = money::reserves(pool);
        reserves.set_aside = reserves.set_aside.plus(moved);
        money::store_reserves(pool, &reserves);
        money::record_cash(pool, -(moved as i128));
        money.shortfall = money.shortfall.less(moved);
        money::store_shortfall(pool, money);
        settlement.funded = settlement.funded.plus(moved);
        emit!(
            pool,
            Funded,
            [expiry],
            [moved, settlement.funded, settlement.owed]
        );
        if moved == missing {
            head.oldest_short = settlement.next;
            settlement.next = 0;
            if head.accounts {
                pay_pot(pool, expiry, &mut settlement);
            }
        }
        store(pool, expiry, &settlement);
    }
}

/// A proposed settlement price.
#[derive(Clone, Copy)]
pub struct Proposal {
    /// The round's price, WAD.
    pub price: u128,
    /// The round's time, unix seconds.
    pub updated_at: u64,
    /// When the first proposal for this expiry was made, unix seconds.
    pub first_at: u64,
}

/// The proposal that stands for an expiry.
pub fn proposal(pool: &Pool, expiry: u64) -> Option<Proposal> {
    let word = host::load(pool, entry(pool, PROPOSALS, Words::none().with(expiry)));
    let [_, _, updated_at, first_at] = *word.as_limbs();
    (!word.is_zero()).then(|| Proposal {
        price: halves(word).0,
        updated_at,
        first_at,
    })
}

/// Writes the proposal for an expiry.
pub fn propose(pool: &mut Pool, expiry: u64, proposal: &Proposal) {
    let times = proposal.updated_at as u128 | (proposal.first_at as u128) << 64;
    let slot = entry(pool, PROPOSALS, Words::none().with(expiry));
    host::store(pool, slot, pair(proposal.price, times));
}
