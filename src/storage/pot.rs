//! The accounts' common pot: their quote, recorded apart from the pool's cash; what the pool has lent it; and what all accounts
//! are short together.
//!
//! With q an account's quote, below zero what it owes, and p what its legs of settled expiries will add when it is next
//! touched, the pot less the claim is Σ (q + p) and a few atoms of rounding. Where the pot lacks cash the pool's stands in
//! and is a claim, which the accounts that owe pay back.

use alloy_primitives::U256;

use super::{
    money::{self, Money},
    shorts::Shorts,
    slots::{self, COUNTED, POT, WRITTEN},
    written,
};
use crate::{
    error::{refuse, Refusal},
    event::emit,
    saturating::Saturating,
    words::{halves, pair},
    Pool,
};

/// The pot. Amounts in atoms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pot {
    /// Quote of accounts.
    pub cash: u128,
    /// What of that the pool has lent.
    pub claim: u128,
}

/// Reads the pot.
pub fn load(pool: &Pool) -> Pot {
    let (cash, claim) = halves(slots::load(pool, POT));
    Pot { cash, claim }
}

/// Writes the pot.
pub fn store(pool: &mut Pool, pot: &Pot) {
    slots::store(pool, POT, pair(pot.cash, pot.claim));
}

impl Pot {
    /// Moves quote from the pot to the pool's cash; what the pot lacks becomes a claim.
    pub fn pay_pool(&mut self, pool: &mut Pool, money: &mut Money, amount: u128) {
        let paid = amount.min(self.cash);
        self.cash -= paid;
        move_cash(pool, money, paid as i128);
        self.lend(pool, (amount - paid) as i128);
    }

    /// Moves quote from the pool's cash to the pot, which has to be there.
    pub fn collect(&mut self, pool: &mut Pool, money: &mut Money, amount: u128) {
        self.cash = self.cash.plus(amount);
        move_cash(pool, money, -(amount as i128));
    }

    /// Takes quote out of the pot for somebody who leaves with it. What the pot lacks comes from the pool's free cash and becomes
    /// a claim.
    ///
    /// # Errors
    /// `InsufficientFreeCash`.
    pub fn take(
        &mut self,
        pool: &mut Pool,
        money: &mut Money,
        amount: u128,
    ) -> Result<(), Refusal> {
        let missing = amount.less(self.cash);
        if missing > 0 {
            let free = money.free_cash();
            if missing > free {
                return Err(refuse!(InsufficientFreeCash, free, missing));
            }
            self.collect(pool, money, missing);
            self.lend(pool, missing as i128);
        }
        self.cash -= amount;
        Ok(())
    }

    /// An account owes this much less than it did: the pool gets it back as far as it has a claim.
    pub fn repay(&mut self, pool: &mut Pool, money: &mut Money, amount: u128) {
        let paid = amount.min(self.claim).min(self.cash);
        if paid > 0 {
            self.cash -= paid;
            move_cash(pool, money, paid as i128);
            self.lend(pool, -(paid as i128));
        }
    }

    /// Writes off what an account can't pay, which the pool bears: of its claim first, then from free cash. Returns how much that was.
    pub fn write_off(&mut self, pool: &mut Pool, money: &mut Money, amount: u128) -> u128 {
        let forgiven = amount.min(self.claim);
        self.lend(pool, -(forgiven as i128));
        let paid = (amount - forgiven).min(money.free_cash());
        self.collect(pool, money, paid);
        forgiven + paid
    }

    /// Adds to the claim.
    fn lend(&mut self, pool: &Pool, change: i128) {
        if change != 0 {
            self.claim = self.claim.saturating_add_signed(change);
            emit!(pool, ClaimChanged, [], [change, self.claim]);
        }
    }
}

/// Moves quote to the pool's cash, or from it.
fn move_cash(pool: &mut Pool, money: &mut Money, change: i128) {
    if change != 0 {
        money.cash = money.cash.saturating_add_signed(change);
        money::record_cash(pool, change);
    }
}

/// What all accounts are short.
pub fn shorts(pool: &Pool) -> Shorts {
    let word = slots::load(pool, WRITTEN);
    let [calls, puts, ..] = *word.as_limbs();
    Shorts {
        calls,
        puts,
        put_strikes: halves(word).1,
    }
}

/// Writes what all accounts are short, exactly and rounded.
pub fn store_shorts(pool: &mut Pool, shorts: &Shorts) {
    let Shorts {
        calls,
        puts,
        put_strikes: strikes,
    } = *shorts;
    let word = U256::from_limbs([calls, puts, strikes as u64, (strikes >> 64) as u64]);
    slots::store(pool, WRITTEN, word);
    written::set_totals(pool, shorts);
}

/// Fees that the insurance has had its part of, in units of [`super::money::FEE_UNIT`].
pub fn counted(pool: &Pool) -> u64 {
    slots::load(pool, COUNTED).as_limbs()[0]
}

/// Writes those fees.
pub fn store_counted(pool: &mut Pool, fees: u64) {
    slots::store(pool, COUNTED, pair(fees as u128, unmet(pool)));
}

/// What accounts owe for their shorts of settled expiries and did not yet meet, atoms, rounded down: whether they can pay shows when
/// they do. The debt of one that has met them and is not well stays in it.
pub fn unmet(pool: &Pool) -> u128 {
    halves(slots::load(pool, COUNTED)).1
}

/// Adds to that.
pub fn change_unmet(pool: &mut Pool, change: i128) {
    if change != 0 {
        let (counted, unmet) = halves(slots::load(pool, COUNTED));
        let unmet = unmet.saturating_add_signed(change);
        slots::store(pool, COUNTED, pair(counted, unmet));
    }
}
