//! What orders were charged and the pool has not earned yet.

use crate::saturating::{DivideUp, Saturating};

/// Charges of one expiry that are earned linearly until then.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Charge {
    /// Unearned at `since`, in 1e-6 quote.
    pub amount: u64,
    /// Unix time.
    pub since: u64,
}

/// WAD per unit of a [`Charge`].
pub const CHARGE_UNIT: u128 = 1_000_000_000_000;

impl Charge {
    /// Unearned at `now`, quote WAD, rounded up.
    pub fn unearned_up(&self, expiry: u64, now: u64) -> u128 {
        if self.amount == 0 {
            return 0;
        }
        let left = expiry.saturating_sub(now) as u128;
        let span = expiry.saturating_sub(self.since).max(1) as u128;
        // Below 2^64 times 2^33.
        (self.amount as u128 * left.min(span)).divided_up(span) * CHARGE_UNIT
    }

    /// What is unearned at `now` and this much more, quote WAD, rounded up.
    pub fn add(&mut self, expiry: u64, now: u64, more: u128) {
        let total = self.unearned_up(expiry, now).plus(more);
        self.amount = total.divided_up(CHARGE_UNIT).min(u64::MAX as u128) as u64;
        self.since = now;
    }
}
