//! A visitor comes, does what it likes within one block and leaves with nothing but tokens: never richer than it came.

use alloy_primitives::{I256, U256};
use smirk_world::abi::IPool::{self, Nav};

use crate::{
    common::WAD,
    state::{series, Walk},
    venue::Push,
};

/// What the visitor has on the way.
#[derive(Default)]
struct Luggage {
    /// Series bought and not sold back.
    bought: Vec<(U256, U256)>,
    pushed: Vec<Push>,
    placed: Vec<(U256, u128)>,
    /// What rebalances may have given away, quote WAD, and what they paid for their gas, atoms.
    allowed: U256,
    rewards: U256,
}

impl Walk {
    /// Buys a few series and sells them back, moving the venue, hedging and providing in between.
    pub fn trip(&mut self) {
        if self.paused() || self.feed.unfit(self.now()).is_some() {
            return;
        }
        // The visitor is to earn nothing by the venue's distance from the feed.
        self.arbitrage();
        let before = self.visitors_wealth();
        let mut luggage = Luggage::default();
        if self.rng.one_in(4) {
            self.provide_and_trade(&mut luggage);
        } else {
            for _ in 0..2 + self.rng.below(6) {
                self.travel(&mut luggage);
            }
        }
        self.leave(&mut luggage);
        let gain = self.visitors_wealth() - before;
        let allowed = luggage.allowed + luggage.rewards * U256::from(self.ledger.quote_scale);
        // Twice an atom for each of a few conversions.
        let atoms = U256::from(8 * self.ledger.quote_scale);
        assert!(
            gain <= I256::from_raw(allowed + atoms),
            "{}: a visitor gains {gain}, {allowed} allowed",
            self.place()
        );
        self.done("trip");
    }

    fn travel(&mut self, luggage: &mut Luggage) {
        let visitor = self.visitor;
        match self.rng.below(11) {
            0..=3 => self.buy_something(luggage),
            10 => self.post_meanwhile(),
            4 => self.sell_back(luggage),
            5 | 6 => {
                let price = self.near(self.spot(), 120);
                luggage.pushed.extend(self.push_venue(visitor, price));
                self.done("trip: push");
            }
            7 => {
                let (away, width) = (self.rng.below(12) as i32 - 6, 1 + self.rng.below(4) as i32);
                luggage
                    .placed
                    .extend(self.place_liquidity(visitor, away, width));
            }
            8 => self.go_through_shares(),
            _ => {
                if let Some(done) = self.rebalance(visitor) {
                    luggage.allowed += done.allowance;
                    luggage.rewards += done.reward;
                }
            }
        }
    }

    fn buy_something(&mut self, luggage: &mut Luggage) {
        let (visitor, id, size) = (self.visitor, self.any_series(), self.any_size());
        if self.send_buy(visitor, id, size, U256::MAX, false).is_ok() {
            luggage.bought.push((id, size));
            self.done("trip: buy");
        }
    }

    /// Shares bought, the book made heavy, shares sold, the book made light again.
    fn provide_and_trade(&mut self, luggage: &mut Luggage) {
        let assets = self.any_assets();
        self.enter(assets);
        for _ in 0..2 + self.rng.below(5) {
            self.buy_something(luggage);
        }
        self.redeem_all();
    }

    /// The keeper's post comes in between, as large as it may be, with the wings and the carry that there are.
    fn post_meanwhile(&mut self) {
        let expiry = self.any_listed();
        let Some(slice) = self.book().slice(expiry).copied() else {
            return;
        };
        let percent = 60 + self.rng.below(81);
        let keeper = self.market.world.actors.keeper.address;
        let call = IPool::postAnchorCall {
            expiry: U256::from(expiry),
            atmVol: U256::from(slice.atm_vol / 100 * percent),
            leftWing: U256::from(slice.left_wing),
            rightWing: U256::from(slice.right_wing),
            carry: I256::try_from(slice.carry).unwrap(),
        };
        if self.send(keeper, call).is_ok() {
            self.done("trip: post");
        }
    }

    /// Becomes a provider, or leaves as one.
    fn go_through_shares(&mut self) {
        if self.shares_of(self.visitor).is_zero() {
            let assets = self.any_assets();
            self.enter(assets);
        } else {
            self.redeem_all();
        }
    }

    fn enter(&mut self, assets: U256) {
        let visitor = self.visitor;
        let call = IPool::depositCall {
            assets,
            receiver: visitor,
        };
        if self.send(visitor, call).is_ok() {
            self.done("trip: deposit");
        }
    }

    /// As much as may leave, a few times over: each time a part of the rest.
    fn redeem_all(&mut self) {
        for _ in 0..6 {
            if self.shares_of(self.visitor).is_zero() || !self.redeem_most() {
                return;
            }
        }
    }

    fn redeem_most(&mut self) -> bool {
        let visitor = self.visitor;
        let most = IPool::maxRedeemCall { owner_: visitor };
        let shares = self.market.view(most).unwrap();
        let call = IPool::redeemCall {
            shares,
            receiver: visitor,
            owner_: visitor,
        };
        let last = self.book().last_in_use();
        let left = self.send(visitor, call).is_ok();
        if left {
            self.book_leavers_charge(last);
            self.done("trip: redeem");
        }
        left
    }

    /// Sells back one of the series.
    fn sell_back(&mut self, luggage: &mut Luggage) {
        if luggage.bought.is_empty() {
            return;
        }
        let at = self.rng.below(luggage.bought.len() as u64) as usize;
        let (id, size) = luggage.bought[at];
        let visitor = self.visitor;
        if self.send_sell(visitor, id, size, U256::ZERO, false).is_ok() {
            luggage.bought.swap_remove(at);
            self.done("trip: sell");
        }
    }

    fn leave(&mut self, luggage: &mut Luggage) {
        let visitor = self.visitor;
        while !luggage.bought.is_empty() {
            let left = luggage.bought.len();
            self.sell_back(luggage);
            if luggage.bought.len() == left {
                break;
            }
        }
        if !self.shares_of(visitor).is_zero() {
            self.redeem_all();
        }
        for push in std::mem::take(&mut luggage.pushed).into_iter().rev() {
            self.undo_push(visitor, push);
        }
        for (id, liquidity) in std::mem::take(&mut luggage.placed) {
            self.remove_liquidity(visitor, id, liquidity);
        }
    }

    /// Tokens at the feed's price, and what could not be left: positions at their anchor marks, shares at the middle of net
    /// asset value. Quote WAD.
    fn visitors_wealth(&mut self) -> I256 {
        let (visitor, spot) = (self.visitor, self.spot());
        let base =
            self.tokens_of(self.market.world.base, visitor) * U256::from(self.ledger.base_scale);
        let mut wealth =
            self.cash_of(visitor) * U256::from(self.ledger.quote_scale) + base * spot / WAD;
        let kept: Vec<(U256, U256)> = self
            .positions
            .iter()
            .filter_map(|(id, holders)| Some((*id, *holders.get(&visitor)?)))
            .filter(|(_, size)| !size.is_zero())
            .collect();
        if !kept.is_empty() {
            let nodes = self.market.view(IPool::bookCall {}).unwrap();
            for node in nodes {
                for (kind, mark) in [(0u64, node.call), (1, node.put)] {
                    let id = series(kind, node.expiry.to(), node.strike);
                    let held = kept.iter().filter(|(kept, _)| *kept == id);
                    wealth += held.map(|(_, size)| *size * mark / WAD).sum::<U256>();
                }
            }
        }
        let shares = self.shares_of(visitor);
        if !shares.is_zero() {
            let Nav { mid, .. } = self.market.view(IPool::navCall {}).unwrap();
            wealth += mid.max(I256::ZERO).into_raw() * shares / self.supply();
        }
        I256::from_raw(wealth)
    }
}
