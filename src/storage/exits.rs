//! Who has left with how much of late, so that nobody takes more than its part of what can leave by asking twice.
//!
//! A window opens with the first withdrawal after the last one ended. Within it a holder's part is by all shares there were,
//! burned ones included, of all that could leave, taken included. Shares that come from somebody who took something in it, or
//! who got them so, count for no part until it ends: a fresh address gains nothing, and a gift takes nothing.

use alloy_primitives::{Address, U256};
use smirk_engine::wide::mul_div_down;

use super::slots::{self, entry, EXITS, WINDOW};
use crate::{
    io::host,
    saturating::Saturating,
    words::{halves, pair, Word, Words},
    Pool,
};

/// How long a window is open, seconds.
const LENGTH: u64 = 86_400;

/// What left in a window, of all or of one holder.
#[derive(Clone, Copy, Default)]
pub struct Exits {
    /// When the window opened, unix seconds; zero for none.
    since: u64,
    /// Assets taken, atoms, 96 bits.
    taken: u128,
    /// Shares burned for them.
    burned: u128,
    /// Of one holder: shares that count for no part.
    received: u128,
}

impl Exits {
    fn unpack(word: U256) -> Exits {
        let (low, burned) = halves(word);
        Exits {
            since: low as u64 & 0xffff_ffff,
            taken: low >> 32,
            burned,
            received: 0,
        }
    }

    fn pack(&self) -> U256 {
        pair(self.since as u128 | self.taken << 32, self.burned)
    }

    /// Counts a withdrawal; from nothing again once borrowed money went round until 96 bits were full.
    fn add(&mut self, taken: u128, burned: u128) {
        self.taken = self.taken.plus(taken);
        self.burned = self.burned.plus(burned);
        if self.taken >> 96 != 0 {
            (self.taken, self.burned) = (0, 0);
        }
    }
}

/// What left in the window that is open at `now`.
#[inline(never)]
fn window(pool: &Pool, now: u64) -> Exits {
    let exits = Exits::unpack(slots::load(pool, WINDOW));
    if now > exits.since.saturating_add(LENGTH) {
        return Exits::default();
    }
    exits
}

/// What one holder took and received in a window.
#[inline(never)]
fn of(pool: &Pool, holder: Address, window: &Exits) -> Exits {
    if window.since == 0 {
        return Exits::default();
    }
    let slot = entry(pool, EXITS, Words::none().with(holder));
    let mut exits = Exits::unpack(host::load(pool, slot));
    if exits.since != window.since {
        return Exits::default();
    }
    exits.received = halves(host::load(pool, slot + U256::from(1))).0;
    exits
}

#[inline(never)]
fn store(pool: &mut Pool, holder: Address, exits: &Exits) {
    let slot = entry(pool, EXITS, Words::none().with(holder));
    host::store(pool, slot, exits.pack());
    host::store(pool, slot + U256::from(1), exits.received.word());
}

/// A holder's part, rounded down, of `most` atoms that can leave now.
pub fn part_down(
    pool: &Pool,
    holder: Address,
    owned: u128,
    supply: u128,
    most: u128,
    now: u64,
) -> u128 {
    let all = window(pool, now);
    let own = of(pool, holder, &all);
    let counted = owned.min(supply).less(own.received);
    let owned = counted.plus(own.burned);
    let supply = supply.plus(all.burned).max(1);
    mul_div_down(most.plus(all.taken), owned, supply)
        .unwrap_or(0)
        .less(own.taken)
        .min(most)
}

/// Records a withdrawal.
pub fn record(pool: &mut Pool, holder: Address, taken: u128, burned: u128, now: u64) {
    let mut all = window(pool, now);
    let mut own = of(pool, holder, &all);
    if all.since == 0 {
        all.since = now;
    }
    all.add(taken, burned);
    slots::store(pool, WINDOW, all.pack());
    own.since = all.since;
    own.add(taken, burned);
    store(pool, holder, &own);
}

/// Notes a transfer of shares. Nothing is written while nobody who took or received something in the window sends any.
pub fn carry(pool: &mut Pool, sender: Address, receiver: Address, shares: u128, now: u64) {
    let all = window(pool, now);
    let mut from = of(pool, sender, &all);
    if sender == receiver || from.since == 0 {
        return;
    }
    // Of somebody who took nothing, only what came so goes on so.
    let marked = if from.taken == 0 {
        shares.min(from.received)
    } else {
        shares
    };
    if marked == 0 {
        return;
    }
    from.received = from.received.less(marked);
    store(pool, sender, &from);
    let mut to = of(pool, receiver, &all);
    to.since = all.since;
    to.received = to.received.plus(marked);
    store(pool, receiver, &to);
}
