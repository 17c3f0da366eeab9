//! Flags and liquidations: nobody who covers the requirement is closed, whoever does not can be, and what that takes is explained.

use alloy_primitives::{Address, U256};
use smirk_pool::storage::slots;
use smirk_world::{
    abi::IPool::{self, IPoolErrors as Refused, IPoolEvents as Event, Liquidated},
    Receipt,
};

use crate::{
    accounts::{covers, Account, BLUR},
    common::WAD,
    ledger::signed,
    margin::{BLURRED, LEAST_SHORT},
    state::{expiry_of, Walk},
};

/// How long a flag counts, and how long an account with a leg past its expiry waits, seconds.
const FLAG_LIFE: u64 = 7_200;
const SETTLES_WITHIN: u64 = 7_200;
/// Part of spot that the feed is behind by where it is far behind.
const BEHIND: f64 = 0.005;
const LEAST_PART: u64 = 100_000_000_000_000_000;
const LOT: u128 = 1_000_000_000_000;

impl Walk {
    /// When an account was flagged, by storage; zero for never.
    fn flagged_at(&self, owner: Address) -> u64 {
        let word = self.entry(
            self.market.pool.address,
            slots::ACCOUNTS,
            &[owner.into_word().into()],
        );
        word.as_limbs()[2] >> 8 & 0xffff_ffff
    }

    pub fn flag(&mut self, who: Address, account_: Address) {
        let account = self.met(account_);
        let refusal = self.feed.unfit(self.now()).or_else(|| {
            let health = self.health(&account);
            match covers(health.value, health.maintenance) {
                None => Some(BLURRED),
                Some(false) => None,
                Some(true) => (self.flagged_at(account_) == 0).then_some("AccountHealthy"),
            }
        });
        let result = self.send(who, IPool::flagCall { account_ });
        if refusal == Some(BLURRED) {
            self.outcome("flag", result, |_| true);
        } else {
            self.judge("flag", result, refusal);
        }
    }

    pub fn liquidate(&mut self, who: Address, account_: Address) {
        let before = self.met(account_);
        let refusal = self.liquidation_refusal(account_, &before);
        let cash = self.cash_of(who);
        let receiver = who;
        let result = self.send(who, IPool::liquidateCall { account_, receiver });
        let events = result
            .as_ref()
            .map(|receipt| self.events_of(receipt))
            .unwrap_or_default();
        let reward = match refusal {
            Some(refusal) if refusal != BLURRED => {
                self.judge("liquidate", result, Some(refusal));
                return;
            }
            blurred => self.outcome("liquidate", result, |error| match error {
                Refused::InsufficientFreeCash(e) => e.free < e.needed,
                Refused::AccountHealthy(_)
                | Refused::VenueTooFar(_)
                | Refused::AwaitsSettlement(_) => blurred.is_some(),
                _ => false,
            }),
        };
        let Some(reward) = reward else { return };
        assert_eq!(self.cash_of(who) - cash, reward, "{}", self.place());
        self.check_liquidated(account_, &before, &events);
    }

    fn events_of<R>(&self, receipt: &Receipt<R>) -> Vec<Event> {
        receipt.interface_events(self.market.pool.address)
    }

    /// Why an account is let alone, [`BLURRED`] where the last digits decide.
    fn liquidation_refusal(&mut self, owner: Address, account: &Account) -> Option<&'static str> {
        let now = self.now();
        if let Some(refusal) = self.feed.unfit(now) {
            return Some(refusal);
        }
        let health = self.health(account);
        match covers(health.value, health.maintenance) {
            Some(true) => return Some("AccountHealthy"),
            None => return Some(BLURRED),
            Some(false) => {}
        }
        let expired: Vec<u64> = account
            .legs
            .keys()
            .map(|id| expiry_of(*id))
            .filter(|expiry| *expiry <= now)
            .collect();
        // Which leg past its expiry is looked at first is the order in which they came.
        let recent = |expiry: &&u64| now - **expiry < SETTLES_WITHIN;
        match expired.iter().filter(recent).count() {
            0 => {}
            all if all == expired.len() => return Some("AwaitsSettlement"),
            _ => return Some(BLURRED),
        }
        let flagged = self.flagged_at(owner);
        let counts = flagged != 0 && now - flagged <= FLAG_LIFE;
        let spot = self.spot();
        let width = self.window(if counts { flagged } else { 0 });
        let allowed = spot * U256::from(width) / U256::from(1_000_000);
        let distance = self.market.world.venue_price().unwrap().abs_diff(spot);
        let edge = spot / U256::from(1_000_000_000);
        match self.was_away_by() {
            Some(part)
                if part > BEHIND - 1e-6
                    && now > self.feed.rounds[&self.feed.latest].updated_at + 10 =>
            {
                let is_behind = part > BEHIND + 1e-6;
                return Some(if is_behind { "VenueTooFar" } else { BLURRED });
            }
            _ => {}
        }
        if distance > allowed + edge {
            return Some("VenueTooFar");
        }
        if distance + edge > allowed {
            return Some(BLURRED);
        }
        // With every leg past its expiry nothing can be closed.
        (expired.len() == account.legs.len()).then_some("AwaitsSettlement")
    }

    /// What a liquidation left is what it found less what it paid for the legs beyond their marks, reward and insurance.
    fn check_liquidated(&mut self, owner: Address, before: &Account, events: &[Event]) {
        let place = self.place();
        let liquidated = events.iter().find_map(|event| match event {
            Event::Liquidated(e) => Some(e),
            _ => None,
        });
        let e: &Liquidated = liquidated.expect("a liquidation says so");
        let found = self.health(before);
        assert!(
            signed(e.valueBefore) < e.requirementBefore.to::<u128>() as i128,
            "{place}: {e:?}"
        );
        let apart = (signed(e.valueBefore) - found.value).abs();
        assert!(apart < BLUR, "{place}: {found:?}, {e:?} of {before:?}");
        let (mut marks, mut shorts) = (0i128, 0u128);
        for event in events {
            let Event::LegFilled(leg) = event else {
                continue;
            };
            let size = signed(leg.size);
            let value = U256::from(size.unsigned_abs()) * leg.mark / WAD;
            marks += value.to::<u128>() as i128 * size.signum();
            shorts += size.max(0) as u128;
            let held = before.leg(leg.id);
            assert!(
                (held < 0) == (size > 0) && size.abs() <= held.abs(),
                "{place}: {size} of {held}"
            );
        }
        let scale = self.ledger.quote_scale as i128;
        let atoms = |word: U256| word.to::<u128>() as i128 * scale;
        let (reward, insured) = (atoms(e.reward), atoms(e.insurance));
        let explained = signed(e.valueBefore) + marks - signed(e.total) * scale - reward - insured;
        assert!(
            (signed(e.valueAfter) - explained).abs() <= BLUR,
            "{place}: {explained} explained, {e:?}"
        );
        let fixed = self.spot() / U256::from(1_000) * U256::from(3) * U256::from(shorts) / WAD;
        let most = fixed.to::<u128>() as i128 + marks.abs() / 100 + scale;
        assert!(
            reward <= most && insured <= reward / 2 + scale,
            "{place}: {e:?}, {most} at most"
        );
        self.check_restored(owner, before, e);
    }

    /// Closing a part restores the account, but for the grain of it: where it does not, nothing is left that could be closed, or a
    /// short was closed beyond its part because less than an order's least size of it would have been left.
    fn check_restored(&mut self, owner: Address, before: &Account, e: &Liquidated) {
        let (place, now) = (self.place(), self.now());
        let after = self.accounts.get(owner);
        let health = self.health(&after);
        let worth = signed(e.valueAfter) + self.grain(before);
        let restored = covers(worth, health.initial) != Some(false);
        let closable = |account: &Account| {
            account
                .legs
                .keys()
                .filter(|id| expiry_of(**id) > now)
                .count()
        };
        let whole = before.legs.len() == closable(before);
        let dust = before.legs.iter().any(|(id, size)| {
            let part: u128 = e.part.to();
            let rest =
                size.unsigned_abs() / LOT * (WAD.to::<u128>() - part) / (WAD.to::<u128>() / LOT);
            *size < 0 && after.leg(*id) == 0 && (rest as i128) < LEAST_SHORT
        });
        assert!(e.part >= U256::from(LEAST_PART), "{place}: {e:?}");
        assert!(
            restored || closable(&after) == 0 || !whole || dust,
            "{place}: {e:?} leaves {after:?}, {health:?}, of {before:?}"
        );
        self.done(match (e.part == WAD, restored) {
            (false, true) => "liquidated in part",
            (false, false) => "liquidated in part, waiting for a settlement",
            (true, _) => "liquidated whole",
        });
        if !e.valueAfter.is_negative() || !after.legs.is_empty() {
            return;
        }
        self.done("liquidated into debt");
        let lost = (-signed(e.valueAfter)) as u128 / LOT;
        self.tally
            .at_most("a liquidation's debt, millionths of quote", lost as u64);
    }

    /// What an account may lack of its requirement because a part of each leg is closed in whole lots: a lot more of a long than
    /// its part is missing beside the shorts, one more of a short may have been what gains. Quote WAD.
    fn grain(&self, account: &Account) -> i128 {
        let lots = account.legs.keys().map(|id| {
            let mut short = Account::default();
            short.add(*id, -(LOT as i128));
            let alone = self.health(&short);
            alone.initial as i128 + alone.value.abs()
        });
        lots.sum()
    }
}
