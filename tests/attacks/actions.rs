//! What attackers do and what is measured of it.

use alloy_primitives::{Address, I256, U256};
use smirk_pool::storage::slots;
use smirk_world::{abi::IPool, CallFailure, Receipt};

use crate::common::Market;

impl Market {
    /// Quote atoms that `who` holds.
    pub fn cash_of(&mut self, who: Address) -> U256 {
        let quote = self.world.quote;
        self.world.balance_of(quote, who).unwrap()
    }

    /// Position of `who` in a series, WAD.
    pub fn position(&mut self, who: Address, id: U256) -> U256 {
        self.view(IPool::balanceOf_1Call { owner_: who, id })
            .unwrap()
    }

    /// Shares of `who`.
    pub fn shares(&mut self, who: Address) -> U256 {
        self.view(IPool::balanceOf_0Call { holder: who }).unwrap()
    }

    /// Deposits quote atoms for `who`.
    pub fn deposit(&mut self, who: Address, assets: U256) -> Result<Receipt<U256>, CallFailure> {
        self.send(
            who,
            IPool::depositCall {
                assets,
                receiver: who,
            },
        )
    }

    /// Redeems shares of `who`.
    pub fn redeem(&mut self, who: Address, shares: U256) -> Result<Receipt<U256>, CallFailure> {
        self.send(
            who,
            IPool::redeemCall {
                shares,
                receiver: who,
                owner_: who,
            },
        )
    }

    /// Redeems as much as `who` may now.
    pub fn leave_now(&mut self, who: Address) {
        let shares = self.view(IPool::maxRedeemCall { owner_: who }).unwrap();
        self.redeem(who, shares).unwrap();
    }

    /// Redeems as much as `who` may, again and again, until next to nothing is left.
    pub fn leave(&mut self, who: Address) {
        for _ in 0..20 {
            let shares = self.view(IPool::maxRedeemCall { owner_: who }).unwrap();
            if self.redeem(who, shares).is_err() {
                return;
            }
        }
    }

    /// Withdraws quote atoms for `who`.
    pub fn withdraw(&mut self, who: Address, assets: U256) -> Result<Receipt<U256>, CallFailure> {
        self.send(
            who,
            IPool::withdrawCall {
                assets,
                receiver: who,
                owner_: who,
            },
        )
    }

    /// Pays `amount` units of a token into the pool without a call to it.
    pub fn donate(&mut self, token: Address, amount: U256) {
        let pool = self.pool.address;
        self.world.mint(token, pool, amount).unwrap();
    }

    /// Claims for `who`.
    pub fn claim(
        &mut self,
        who: Address,
        id: U256,
        size: U256,
    ) -> Result<Receipt<U256>, CallFailure> {
        self.send(
            who,
            IPool::claimCall {
                id,
                size,
                receiver: who,
            },
        )
    }

    /// Settles by a feed round.
    pub fn settle(
        &mut self,
        expiry: u64,
        round: u128,
    ) -> Result<Receipt<IPool::settleReturn>, CallFailure> {
        let anyone = self.world.actors.carol.address;
        let call = IPool::settleCall {
            expiry: U256::from(expiry),
            roundId: U256::from(round),
        };
        self.send(anyone, call)
    }

    /// Lets seconds pass and refreshes the feed.
    pub fn wait(&mut self, seconds: u64) {
        self.world.chain.advance(seconds);
        self.world.refresh_feed().unwrap();
    }

    /// Lets time pass to `time` and refreshes feed and anchors.
    pub fn wait_until(&mut self, time: u64) {
        self.world.chain.set_time(time);
        self.refresh();
    }

    /// Everything that a refused call must leave alone: recorded money, tokens of the pool and of `who`, shares, series.
    pub fn balances(&mut self, who: Address, id: U256) -> Vec<U256> {
        let (pool, base, quote) = (self.pool.address, self.world.base, self.world.quote);
        let mut accounts: Vec<U256> = (slots::RESERVES..slots::SETTLEMENTS)
            .map(|slot| self.world.chain.storage(pool, U256::from(slot)))
            .collect();
        for holder in [pool, who] {
            for token in [base, quote] {
                accounts.push(self.world.balance_of(token, holder).unwrap());
            }
        }
        let owned = IPool::balanceOf_1Call { owner_: who, id };
        accounts.push(self.view(owned).unwrap());
        accounts.push(self.view(IPool::balanceOf_0Call { holder: who }).unwrap());
        accounts
    }

    /// Recorded money is covered by tokens.
    pub fn assert_backed(&mut self) {
        let nav = self.nav();
        let (pool, base) = (self.pool.address, self.world.base);
        assert!(nav.cash + nav.setAside + nav.insurance <= self.cash_of(pool));
        assert!(nav.base <= self.world.balance_of(base, pool).unwrap());
    }

    /// Signed difference of the quote tokens of `who` against `before`.
    pub fn gain(&mut self, who: Address, before: U256) -> I256 {
        I256::from_raw(self.cash_of(who)) - I256::from_raw(before)
    }
}
