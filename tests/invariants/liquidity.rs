//! Liquidity: `max*` and `preview*` say what becomes of it.

use alloy_primitives::{Address, U256};
use smirk_world::{
    abi::IPool::{self, IPoolErrors as Refused},
    CallFailure, Receipt,
};

use crate::state::Walk;

impl Walk {
    pub fn deposit(&mut self, who: Address, assets: U256) {
        let limit = self
            .market
            .view(IPool::maxDepositCall { receiver: who })
            .unwrap();
        let preview = self.market.view(IPool::previewDepositCall { assets });
        let affordable = self.cash_of(who) >= assets;
        let before = self.worth();
        let result = self.send(
            who,
            IPool::depositCall {
                assets,
                receiver: who,
            },
        );
        let shares = self.deposited("deposit", result, limit, affordable);
        if let Some(shares) = shares {
            assert_eq!(shares, preview.unwrap(), "{}: preview", self.place());
            self.compare_worth(before);
        }
    }

    pub fn mint(&mut self, who: Address, shares: U256) {
        let limit = self
            .market
            .view(IPool::maxDepositCall { receiver: who })
            .unwrap();
        let preview = self.market.view(IPool::previewMintCall { shares });
        let affordable = preview
            .as_ref()
            .is_ok_and(|assets| self.cash_of(who) >= *assets);
        let before = self.worth();
        let result = self.send(
            who,
            IPool::mintCall {
                shares,
                receiver: who,
            },
        );
        if let Some(assets) = self.deposited("mint", result, limit, affordable) {
            assert_eq!(assets, preview.unwrap(), "{}: preview", self.place());
            self.compare_worth(before);
        }
    }

    pub fn deposited(
        &mut self,
        name: &'static str,
        result: Result<Receipt<U256>, CallFailure>,
        limit: U256,
        affordable: bool,
    ) -> Option<U256> {
        let (closed, paused, fresh) = (limit.is_zero(), self.paused(), self.feed_is_fresh());
        let value = self.outcome(name, result, |error| match error {
            Refused::PoolPaused(_) => closed && paused,
            Refused::FeedStale(_) => closed && !fresh,
            Refused::AwaitsSettlement(_)
            | Refused::AnchorStale(_)
            | Refused::VenuePriceDeviates(_) => closed,
            Refused::InsufficientBalance(_) => !closed && !affordable,
            Refused::NothingMinted(_) => !closed,
            _ => false,
        });
        assert!(
            value.is_none() || !closed,
            "{}: {name} past its limit",
            self.place()
        );
        value
    }

    pub fn withdraw(&mut self, who: Address, assets: U256) {
        let limit = self
            .market
            .view(IPool::maxWithdrawCall { owner_: who })
            .unwrap();
        let preview = self.market.view(IPool::previewWithdrawCall { assets });
        let before = self.worth();
        let result = self.send(
            who,
            IPool::withdrawCall {
                assets,
                receiver: who,
                owner_: who,
            },
        );
        if let Some(shares) = self.withdrawn("withdraw", result, assets <= limit) {
            assert_eq!(shares, preview.unwrap(), "{}: preview", self.place());
            self.compare_worth(before);
        }
    }

    pub fn redeem(&mut self, who: Address, shares: U256) {
        let limit = self
            .market
            .view(IPool::maxRedeemCall { owner_: who })
            .unwrap();
        let preview = self.market.view(IPool::previewRedeemCall { shares });
        let before = self.worth();
        let result = self.send(
            who,
            IPool::redeemCall {
                shares,
                receiver: who,
                owner_: who,
            },
        );
        if let Some(assets) = self.withdrawn("redeem", result, shares <= limit) {
            assert_eq!(assets, preview.unwrap(), "{}: preview", self.place());
            self.compare_worth(before);
        }
    }

    pub fn withdrawn(
        &mut self,
        name: &'static str,
        result: Result<Receipt<U256>, CallFailure>,
        within: bool,
    ) -> Option<U256> {
        let fresh = self.feed_is_fresh();
        self.outcome(name, result, |error| match error {
            Refused::FeedStale(_) => !fresh,
            Refused::WithdrawAboveLimit(_)
            | Refused::InsufficientBalance(_)
            | Refused::CapacityExhausted(_) => !within || !fresh,
            // Nothing is burnt for nothing.
            Refused::NothingPaid(_) => true,
            _ => false,
        })
    }

    /// Net asset value at the low side and the supply, each with its virtual part. Exact where shares are.
    pub fn worth(&mut self) -> Option<(U256, U256)> {
        let nav = self.market.view(IPool::navCall {}).ok()?;
        let low = if nav.low.is_negative() {
            U256::ZERO
        } else {
            nav.low.into_raw()
        };
        let atom = U256::from(1_000_000_000_000u64);
        Some((low + atom, self.supply() + U256::from(1_000)))
    }

    pub fn compare_worth(&mut self, before: Option<(U256, U256)>) {
        let after = self.worth();
        self.share_worth = before.zip(after).map(|(before, after)| [before, after]);
    }
}
