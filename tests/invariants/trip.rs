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
    /// Whether the keeper posted meanwhile.
    posted: bool,
    /// What it was worth when it came, and what it did.
    before: I256,
    diary: Vec<String>,
}

impl Walk {
    /// Buys a few series and sells them back, moving the venue, hedging and providing in between.
    pub fn trip(&mut self) {
        if self.paused() || self.feed.unfit(self.now()).is_some() {
            return;
        }
        self.empty_hands();
        // The visitor is to earn nothing by the venue's distance from the feed.
        self.arbitrage();
        let before = self.visitors_wealth();
        let mut luggage = Luggage {
            before,
            ..Luggage::default()
        };
        if self.rng.one_in(4) {
            self.provide_and_trade(&mut luggage);
        } else {
            for _ in 0..2 + self.rng.below(6) {
                self.travel(&mut luggage);
            }
        }
        self.leave(&mut luggage);
        // What is left over is worth what a post makes of it, which nobody can take away.
        let gain = match luggage.posted {
            true => self.visitors_tokens() - before,
            false => self.visitors_wealth() - before,
        };
        let allowed = luggage.allowed + luggage.rewards * U256::from(self.ledger.quote_scale);
        // Twice an atom for each of a few conversions.
        let atoms = U256::from(8 * self.ledger.quote_scale);
        assert!(
            gain <= I256::from_raw(allowed + atoms),
            "{}: a visitor gains {gain}, {allowed} allowed: {:#?}",
            self.place(),
            luggage.diary
        );
        self.done("trip");
    }

    fn travel(&mut self, luggage: &mut Luggage) {
        let visitor = self.visitor;
        match self.rng.below(11) {
            0..=3 => self.buy_something(luggage),
            10 => self.post_meanwhile(luggage),
            4 => self.sell_back(luggage),
            5 | 6 => {
                let price = self.near(self.spot(), 120);
                luggage.pushed.extend(self.push_venue(visitor, price));
                self.write(luggage, format!("pushes the venue to {price}"));
                self.done("trip: push");
            }
            7 => {
                let (away, width) = (self.rng.below(12) as i32 - 6, 1 + self.rng.below(4) as i32);
                luggage
                    .placed
                    .extend(self.place_liquidity(visitor, away, width));
            }
            8 => self.go_through_shares(luggage),
            _ => {
                if let Some(done) = self.rebalance(visitor) {
                    self.write(
                        luggage,
                        format!("rebalances, {} given away at most", done.allowance),
                    );
                    luggage.allowed += done.allowance;
                    luggage.rewards += done.reward;
                }
            }
        }
    }

    fn buy_something(&mut self, luggage: &mut Luggage) {
        let (visitor, id, size) = (self.visitor, self.any_series(), self.any_size());
        if let Ok(bought) = self.send_buy(visitor, id, size, U256::MAX, false) {
            self.write(
                luggage,
                format!("buys {size} of {id:#x} for {}", bought.value),
            );
            luggage.bought.push((id, size));
            self.done("trip: buy");
        }
    }

    /// Shares bought, the book made heavy, shares sold, the book made light again.
    fn provide_and_trade(&mut self, luggage: &mut Luggage) {
        let assets = self.any_assets();
        self.enter(luggage, assets);
        for _ in 0..2 + self.rng.below(5) {
            self.buy_something(luggage);
        }
        self.redeem_all(luggage);
    }

    /// The keeper's post comes in between, as large as it may be, with the wings and the carry that there are.
    fn post_meanwhile(&mut self, luggage: &mut Luggage) {
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
            luggage.posted = true;
            self.write(luggage, format!("sees {expiry} posted at {percent} %"));
            self.done("trip: post");
        }
    }

    /// Becomes a provider, or leaves as one.
    fn go_through_shares(&mut self, luggage: &mut Luggage) {
        if self.shares_of(self.visitor).is_zero() {
            let assets = self.any_assets();
            self.enter(luggage, assets);
        } else {
            self.redeem_all(luggage);
        }
    }

    fn enter(&mut self, luggage: &mut Luggage, assets: U256) {
        let visitor = self.visitor;
        let call = IPool::depositCall {
            assets,
            receiver: visitor,
        };
        if self.send(visitor, call).is_ok() {
            self.write(luggage, format!("deposits {assets}"));
            self.done("trip: deposit");
        }
    }

    /// As much as may leave, a few times over: each time a part of the rest.
    fn redeem_all(&mut self, luggage: &mut Luggage) {
        for _ in 0..6 {
            if self.shares_of(self.visitor).is_zero() || !self.redeem_most(luggage) {
                return;
            }
        }
    }

    fn redeem_most(&mut self, luggage: &mut Luggage) -> bool {
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
            self.check_leavers_charge(last);
            self.write(luggage, format!("redeems {shares}"));
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
        if let Ok(sold) = self.send_sell(visitor, id, size, U256::ZERO, false) {
            self.write(
                luggage,
                format!("sells {size} of {id:#x} for {}", sold.value),
            );
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
            self.redeem_all(luggage);
        }
        for push in std::mem::take(&mut luggage.pushed).into_iter().rev() {
            self.undo_push(visitor, push);
        }
        for (id, liquidity) in std::mem::take(&mut luggage.placed) {
            self.remove_liquidity(visitor, id, liquidity);
        }
    }

    /// An entry in the diary, with what the visitor is worth then.
    fn write(&mut self, luggage: &mut Luggage, entry: String) {
        let wealth = self.visitors_wealth() - luggage.before;
        luggage.diary.push(format!("{entry}: {wealth}"));
    }

    /// What the visitor could not leave with the last time goes to the provider.
    fn empty_hands(&mut self) {
        let (visitor, provider) = (self.visitor, self.people[3]);
        let shares = self.shares_of(visitor);
        if !shares.is_zero() {
            self.transfer_shares(visitor, provider, shares);
        }
        let kept = self
            .positions
            .keys()
            .map(|id| (*id, self.position_of(visitor, *id)));
        let kept: Vec<_> = kept.filter(|(_, size)| !size.is_zero()).collect();
        for (id, size) in kept {
            self.transfer_position(visitor, provider, id, size);
        }
    }

    /// Tokens at the feed's price, quote WAD.
    fn visitors_tokens(&self) -> I256 {
        let visitor = self.visitor;
        let base =
            self.tokens_of(self.market.world.base, visitor) * U256::from(self.ledger.base_scale);
        let quote = self.cash_of(visitor) * U256::from(self.ledger.quote_scale);
        I256::from_raw(quote + base * self.spot() / WAD)
    }

    /// Tokens, and what could not be left: positions at their anchor marks, shares at the middle of net asset value. Quote WAD.
    fn visitors_wealth(&mut self) -> I256 {
        let visitor = self.visitor;
        let mut wealth = self.visitors_tokens().into_raw();
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
