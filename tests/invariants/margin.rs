//! What comes into accounts and leaves them: each by its own account's reasons and nobody else's.

use alloy_primitives::{Address, U256};
use smirk_world::abi::IPool::{self, IPoolErrors as Refused};

use crate::{
    accounts::{covers, Account},
    state::{expiry_of, Walk},
};

const LOT: u64 = 1_000_000_000_000;
/// Legs of an account, and what a short is at least, WAD.
pub const MOST_LEGS: usize = 24;
pub const LEAST_SHORT: i128 = 10_000_000_000_000_000;

impl Walk {
    pub fn deposit_margin(&mut self, who: Address, account_: Address, amount: U256) {
        let refusal = if amount.is_zero() {
            Some("SizeZero")
        } else {
            (self.cash_of(who) < amount).then_some("InsufficientBalance")
        };
        let result = self.send(who, IPool::depositMarginCall { amount, account_ });
        self.judge("deposit margin", result, refusal);
    }

    /// Whoever is short of nothing is stopped by nothing but what the account has not, and pot and pool together.
    pub fn withdraw_margin(&mut self, who: Address, amount: U256) {
        let before = self.met(who);
        let mut after = before.clone();
        after.quote -= amount.to::<u128>() as i128;
        let there = self.in_pot() + self.free_cash();
        let receiver = who;
        let result = self.send(who, IPool::withdrawMarginCall { amount, receiver });
        let early = if amount.is_zero() {
            Some("SizeZero")
        } else if after.quote < 0 {
            Some("InsufficientMargin")
        } else {
            self.unfree(&after)
        };
        if let Some(refusal) = early.filter(|refusal| *refusal != BLURRED) {
            self.judge("withdraw margin", result, Some(refusal));
            return;
        }
        let blurred = early.is_some();
        self.outcome("withdraw margin", result, |error| match error {
            Refused::InsufficientFreeCash(_) => there < amount,
            Refused::MarginBelowRequirement(_) => blurred,
            _ => false,
        });
    }

    pub fn put_in(&mut self, who: Address, id: U256, size: U256) {
        let mut after = self.met(who);
        let refusal = self.moved_refusal(id, size).or_else(|| {
            if self.position_of(who, id) < size {
                return Some("InsufficientBalance");
            }
            after.add(id, size.to::<u128>() as i128);
            rest_refusal(&after, id)
        });
        let call = IPool::depositPositionCall { id, size };
        let result = self.send(who, call);
        self.judge("position in", result, refusal);
    }

    pub fn take_out(&mut self, who: Address, receiver: Address, id: U256, size: U256) {
        let mut after = self.met(who);
        let refusal = self.moved_refusal(id, size).or_else(|| {
            if after.leg(id) < size.to::<u128>() as i128 {
                return Some("InsufficientBalance");
            }
            after.add(id, -(size.to::<u128>() as i128));
            self.unfree(&after)
        });
        let call = IPool::withdrawPositionCall { id, size, receiver };
        let result = self.send(who, call);
        if refusal == Some(BLURRED) {
            self.outcome("position out", result, |error| {
                matches!(error, Refused::MarginBelowRequirement(_))
            });
        } else {
            self.judge("position out", result, refusal);
        }
    }

    /// Nothing stands in the way of meeting what is settled.
    pub fn touch(&mut self, who: Address, account_: Address) {
        let unmet = self.accounts.get(account_).legs.len() - self.met(account_).legs.len();
        let result = self.send(who, IPool::touchCall { account_ });
        self.judge("touch", result, None);
        if unmet > 0 {
            self.done("touch that settles");
        }
    }

    pub fn delegate(&mut self, who: Address, delegate: Address, approved: bool) {
        let result = self.send(who, IPool::setDelegateCall { delegate, approved });
        self.judge("delegate", result, None);
        let allowed = self.accounts.delegates.contains(&(who, delegate));
        assert_eq!(allowed, approved, "{}", self.place());
    }

    /// Why no position of this series and size is moved in or out.
    fn moved_refusal(&self, id: U256, size: U256) -> Option<&'static str> {
        if size.is_zero() {
            Some("SizeZero")
        } else if size % U256::from(LOT) != U256::ZERO {
            Some("SizeOffGrid")
        } else {
            (expiry_of(id) <= self.now()).then_some("SeriesExpired")
        }
    }

    /// Why an account may not be left like this by its owner, [`BLURRED`] where the last digits decide.
    fn unfree(&self, after: &Account) -> Option<&'static str> {
        if after.quote < 0 {
            return Some("AccountInDebt");
        }
        if !after.is_short() {
            return None;
        }
        self.feed.unfit(self.now()).or_else(|| self.unopened(after))
    }

    /// Why an account like this may not open, by a price that is fit.
    pub fn unopened(&self, after: &Account) -> Option<&'static str> {
        if after.quote < 0 {
            return Some("AccountInDebt");
        }
        if after.is_short() && after.awaited(self.now()) {
            return Some("AwaitsSettlement");
        }
        let health = self.health(after);
        match covers(health.value, health.initial) {
            Some(true) => None,
            Some(false) => Some("MarginBelowRequirement"),
            None => Some(BLURRED),
        }
    }

    /// Quote of all accounts, atoms.
    pub fn in_pot(&self) -> U256 {
        U256::from(self.ledger.pot as u128)
    }

    /// Cash that nobody is owed, atoms.
    pub fn free_cash(&self) -> U256 {
        let money = self.money();
        money.cash.saturating_sub(money.shortfall)
    }
}

/// In place of a refusal: whether there is one, the last digits decide.
pub const BLURRED: &str = "";

/// Why a leg may not stand like this after a change of it.
pub fn rest_refusal(account: &Account, id: U256) -> Option<&'static str> {
    let left = account.leg(id);
    if account.legs.len() > MOST_LEGS {
        Some("TooManyLegs")
    } else {
        (left < 0 && left > -LEAST_SHORT).then_some("SizeBelowMinimum")
    }
}
