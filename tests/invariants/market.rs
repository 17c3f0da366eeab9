//! Expiries, anchors and the market around the pool.

use alloy_primitives::{Address, U256};
use smirk_world::{
    abi::IPool::{self, IPoolErrors as Refused},
    price::wad,
};

use crate::{
    common::{DAY, WAD},
    state::{expiry_of, payoff, Walk},
};

impl Walk {
    pub fn settle(&mut self, expiry: u64, round: u128) {
        let first = self.rounds.iter().find(|(_, at, _)| *at >= expiry).copied();
        let right = self.listed.contains(&expiry)
            && self.now() >= expiry
            && first.is_some_and(|(id, _, _)| id == round);
        let (known, past) = (self.listed.contains(&expiry), self.now() >= expiry);
        let settled = self.settled.contains_key(&expiry);
        let who = self.holders[0];
        let call = IPool::settleCall {
            expiry: U256::from(expiry),
            roundId: U256::from(round),
        };
        let result = self.send(who, call);
        let done = self.outcome("settle", result, |error| match error {
            Refused::NotExpired(_) => !past,
            Refused::AlreadySettled(_) => settled,
            Refused::ExpiryNotListed(_) => !known && !settled,
            Refused::RoundBeforeExpiry(_)
            | Refused::RoundNotFirst(_)
            | Refused::RoundMissing(_)
            | Refused::RoundOfOtherPhase(_) => !right,
            _ => false,
        });
        assert_eq!(
            done.is_some(),
            right,
            "{}: settle {expiry} by {round}",
            self.place()
        );
        if right {
            let price = first.expect("a round").2;
            let said = self
                .market
                .view(IPool::settlementCall {
                    expiry: U256::from(expiry),
                })
                .unwrap();
            assert_eq!(said.price, price, "{}: the first price", self.place());
            self.listed.remove(&expiry);
            self.settled.insert(expiry, price);
        }
    }

    pub fn claim(&mut self, who: Address, id: U256, size: U256) {
        let price = self.settled.get(&expiry_of(id)).copied();
        let enough = self.position_of(who, id) >= size;
        let due = payoff(id, price.unwrap_or_default(), size);
        let mut money = self.money();
        money.set_aside += money.cash.min(money.shortfall);
        let cash = self.cash_of(who);
        let result = self.send(
            who,
            IPool::claimCall {
                id,
                size,
                receiver: who,
            },
        );
        let paid = self.outcome("claim", result, |error| match error {
            Refused::NotSettled(_) => price.is_none(),
            Refused::SizeZero(_) => size.is_zero(),
            Refused::InsufficientBalance(_) => !enough,
            Refused::InsufficientFreeCash(_) => due > money.set_aside,
            _ => false,
        });
        if let Some(paid) = paid {
            assert_eq!(paid, due, "{}: payout", self.place());
            assert_eq!(self.cash_of(who) - cash, paid);
        }
    }

    pub fn list(&mut self, expiry: u64) {
        let (now, count) = (self.now(), self.listed.len());
        let in_range = expiry > now + 3_600 && expiry <= now + 730 * DAY;
        let taken = self.listed.contains(&expiry);
        let keeper = self.market.world.actors.keeper.address;
        let result = self.send(
            keeper,
            IPool::listExpiryCall {
                expiry: U256::from(expiry),
            },
        );
        let relisted = self.settled.contains_key(&expiry);
        assert!(!relisted || !in_range);
        let done = self.outcome("list", result, |error| match error {
            Refused::ExpiryOutOfRange(_) => !in_range,
            Refused::ExpiryAlreadyListed(_) => taken,
            Refused::TooManyExpiries(_) => count == 12,
            _ => false,
        });
        if done.is_some() {
            self.listed.insert(expiry);
        }
    }

    pub fn post(&mut self, expiry: u64, vol: U256) {
        let (known, past) = (self.listed.contains(&expiry), self.now() >= expiry);
        let result = self.market.post(expiry, &decimal(vol));
        self.outcome("post", result, |error| match error {
            Refused::SeriesExpired(_) => past,
            Refused::ExpiryNotListed(_) => !known,
            Refused::AnchorTooSoon(_)
            | Refused::AnchorJumpTooLarge(_)
            | Refused::AnchorRejected(_) => true,
            _ => false,
        });
    }

    pub fn keep(&mut self) {
        self.move_price(self.spot(), true);
        let drift = U256::from(990 + self.rng.below(21));
        for anchor in self.market.view(IPool::surfaceCall {}).unwrap() {
            let expiry = anchor.expiry.to();
            if anchor.atmVol.is_zero() {
                self.post(expiry, wad("0.70"));
            } else if expiry > self.now() {
                let vol = anchor.atmVol * drift / U256::from(1_000);
                self.post(expiry, vol.clamp(wad("0.50"), wad("0.90")));
            }
        }
    }

    pub fn move_price(&mut self, price: U256, arbitrage: bool) {
        let round = self.market.world.push_price(price).unwrap();
        let answered = self.market.world.feed_price().unwrap();
        self.rounds.push((round, self.now(), answered));
        self.done("price");
        if arbitrage {
            self.market.world.arbitrage().unwrap();
            self.done("arbitrage");
        }
    }
}

/// A WAD number as a decimal literal.
fn decimal(number: U256) -> String {
    format!("{}.{:018}", number / WAD, number % WAD)
}
