//! Liquidity: `max*` and `preview*` say what becomes of it.

use alloy_primitives::{Address, I256, U256};
use smirk_pool::storage::slots;
use smirk_world::{
    abi::IPool::{self, CapacityExhausted, IPoolErrors as Refused},
    CallFailure, Receipt,
};

use crate::{
    state::{halves, Walk, Worth},
    trade::{Limit, Terms},
};

impl Walk {
    pub fn deposit(&mut self, who: Address, assets: U256, terms: Option<Terms>) {
        let preview = self.market.view(IPool::previewDepositCall { assets });
        let before = self.worth();
        let result = match terms {
            None => self.send(
                who,
                IPool::depositCall {
                    assets,
                    receiver: who,
                },
            ),
            Some(terms) => {
                let call = IPool::depositAtLeastCall {
                    assets,
                    receiver: who,
                    minShares: limit_of(&preview, terms, true),
                    deadline: self.deadline(terms.late),
                };
                self.send(who, call)
            }
        };
        let affordable = self.can_pay(who, assets, &result);
        if let Some(shares) = self.entered("deposit", result, terms, affordable) {
            assert_eq!(shares, preview.unwrap(), "{}: preview", self.place());
            self.compare_worth(before);
        }
    }

    pub fn mint(&mut self, who: Address, shares: U256, terms: Option<Terms>) {
        let preview = self.market.view(IPool::previewMintCall { shares });
        let before = self.worth();
        let result = match terms {
            None => self.send(
                who,
                IPool::mintCall {
                    shares,
                    receiver: who,
                },
            ),
            Some(terms) => {
                let call = IPool::mintAtMostCall {
                    shares,
                    receiver: who,
                    maxAssets: limit_of(&preview, terms, false),
                    deadline: self.deadline(terms.late),
                };
                self.send(who, call)
            }
        };
        let asked = preview.as_ref().copied().unwrap_or_default();
        let affordable = self.can_pay(who, asked, &result);
        if let Some(assets) = self.entered("mint", result, terms, affordable) {
            assert_eq!(assets, preview.unwrap(), "{}: preview", self.place());
            self.compare_worth(before);
        }
    }

    /// Whether somebody could pay this much before the call; a success says so by itself.
    fn can_pay<R>(&self, who: Address, assets: U256, result: &Result<R, CallFailure>) -> bool {
        result.is_ok() || self.cash_of(who) >= assets
    }

    fn entered(
        &mut self,
        name: &'static str,
        result: Result<Receipt<U256>, CallFailure>,
        terms: Option<Terms>,
        affordable: bool,
    ) -> Option<U256> {
        let limit = self.market.view(IPool::maxDepositCall {
            receiver: self.people[0],
        });
        let closed = limit.unwrap().is_zero();
        if let Some(refusal) = self.entry_refusal(terms) {
            assert!(closed || refusal == "DeadlinePassed", "{}", self.place());
            return self.judge(name, result, Some(refusal));
        }
        let better = terms.is_some_and(|terms| terms.limit == Limit::Better);
        let deviates = self.venue_deviates();
        let value = self.outcome(name, result, |error| match error {
            Refused::VenuePriceDeviates(_) => closed && deviates != Some(false),
            Refused::NavBelowFloor(_) => closed,
            Refused::InsufficientBalance(_) => !closed && !affordable && !better,
            Refused::NothingMinted(_) => !closed,
            Refused::SharesBelowLimit(_) | Refused::AssetsAboveLimit(_) => !closed && better,
            _ => false,
        });
        assert!(
            value.is_none() || !better && deviates != Some(true),
            "{}: {name} past its limit",
            self.place()
        );
        value
    }

    /// Why no shares enter, as far as no price is needed for it.
    pub fn entry_refusal(&self, terms: Option<Terms>) -> Option<&'static str> {
        if self.paused() {
            return Some("PoolPaused");
        }
        if terms.is_some_and(|terms| terms.late) {
            return Some("DeadlinePassed");
        }
        let now = self.now();
        let book = self.book();
        let closed = || {
            book.nodes.iter().find_map(|(node, _)| {
                let slice = &book.slices[node.slice as usize].0;
                if slice.expiry <= now {
                    Some("AwaitsSettlement")
                } else {
                    (now - slice.posted_at > 21_600).then_some("AnchorStale")
                }
            })
        };
        self.feed.unfit(now).or_else(closed)
    }

    /// Whether the venue is too far from the feed for a deposit; `None` at the very edge.
    fn venue_deviates(&mut self) -> Option<bool> {
        let price = self.market.world.venue_price().unwrap();
        let (spot, edge) = (self.spot(), self.spot() / U256::from(1_000_000));
        let (distance, allowed) = (price.abs_diff(spot), spot / U256::from(100));
        let near = distance.abs_diff(allowed) < edge;
        (!near).then_some(distance > allowed)
    }

    pub fn withdraw(&mut self, who: Address, assets: U256, terms: Option<Terms>) {
        let limit = self.market.view(IPool::maxWithdrawCall { owner_: who });
        let preview = self.market.view(IPool::previewWithdrawCall { assets });
        let before = self.worth();
        let last = self.book().last_in_use();
        let result = match terms {
            None => self.send(
                who,
                IPool::withdrawCall {
                    assets,
                    receiver: who,
                    owner_: who,
                },
            ),
            Some(terms) => {
                let call = IPool::withdrawAtMostCall {
                    assets,
                    receiver: who,
                    owner_: who,
                    maxShares: limit_of(&preview, terms, false),
                    deadline: self.deadline(terms.late),
                };
                self.send(who, call)
            }
        };
        let within = assets <= limit.unwrap();
        let given_up = self.gives_up(&preview, within);
        if let Some(shares) = self.left("withdraw", result, terms, within && !given_up) {
            self.check_leavers_charge(last);
            assert_eq!(shares, preview.unwrap(), "{}: preview", self.place());
            self.compare_worth(before);
        }
    }

    /// Whether the search for shares that leave these assets finds none, where leaving costs nearly all that leaves: the
    /// preview says so, and the tails are nearly in full use.
    fn gives_up(&mut self, preview: &Result<U256, CallFailure>, within: bool) -> bool {
        let exhausted = preview
            .as_ref()
            .is_err_and(|failure| failure.is::<CapacityExhausted>());
        if !within || !exhausted {
            return false;
        }
        let risk = self.market.view(IPool::riskCall {}).unwrap();
        let most = U256::from(800_000_000_000_000_000u64);
        assert!(
            risk.upsideUsed.max(risk.downsideUsed) > most,
            "{}: no way out",
            self.place()
        );
        self.done("withdrawal not found");
        true
    }

    pub fn redeem(&mut self, who: Address, shares: U256, terms: Option<Terms>) {
        let limit = self.market.view(IPool::maxRedeemCall { owner_: who });
        let preview = self.market.view(IPool::previewRedeemCall { shares });
        let before = self.worth();
        let last = self.book().last_in_use();
        let result = match terms {
            None => self.send(
                who,
                IPool::redeemCall {
                    shares,
                    receiver: who,
                    owner_: who,
                },
            ),
            Some(terms) => {
                let call = IPool::redeemAtLeastCall {
                    shares,
                    receiver: who,
                    owner_: who,
                    minAssets: limit_of(&preview, terms, true),
                    deadline: self.deadline(terms.late),
                };
                self.send(who, call)
            }
        };
        let within = shares <= limit.unwrap();
        if let Some(assets) = self.left("redeem", result, terms, within) {
            self.check_leavers_charge(last);
            assert_eq!(assets, preview.unwrap(), "{}: preview", self.place());
            self.compare_worth(before);
        }
    }

    fn left(
        &mut self,
        name: &'static str,
        result: Result<Receipt<U256>, CallFailure>,
        terms: Option<Terms>,
        within: bool,
    ) -> Option<U256> {
        if terms.is_some_and(|terms| terms.late) {
            return self.judge(name, result, Some("DeadlinePassed"));
        }
        if let Some(refusal) = self.feed.unfit(self.now()) {
            return self.judge(name, result, Some(refusal));
        }
        let better = terms.is_some_and(|terms| terms.limit == Limit::Better);
        let value = self.outcome(name, result, |error| match error {
            Refused::WithdrawAboveLimit(_)
            | Refused::InsufficientBalance(_)
            | Refused::CapacityExhausted(_) => !within,
            // Nothing is burnt for nothing.
            Refused::NothingPaid(_) => true,
            Refused::SharesAboveLimit(_) | Refused::AssetsBelowLimit(_) => better,
            _ => false,
        });
        assert!(value.is_none() || !better, "{}", self.place());
        value
    }

    /// What a leaver's event says it paid is what the pool booked, until the last expiry with positions.
    pub fn check_leavers_charge(&mut self, last: Option<u64>) {
        let stored = halves(self.slot(slots::CAPACITY_LEDGER)).0.to::<u128>();
        let place = self.place();
        assert_eq!(stored, self.ledger.capacity, "{place}: a leaver's charge");
        let until = self.ledger.left_until;
        assert!(
            until.is_none() || until == last,
            "{place}: {until:?} for {last:?}"
        );
    }

    /// The first provider leaves with four fifths.
    pub fn shrink(&mut self) {
        let provider = self.people[3];
        let most = self.shares_of(provider) / U256::from(5) * U256::from(4);
        self.redeem(provider, most, None);
    }

    /// All three sides of net asset value, with what accounts owe and nobody doubts, and the supply, each with its virtual part. Looked at now and then.
    pub fn worth(&mut self) -> Option<Worth> {
        let looked = self.rng.one_in(2) && self.feed.unreadable().is_none();
        looked.then(|| self.worth_now())
    }

    fn worth_now(&mut self) -> Worth {
        let nav = self.market.view(IPool::navCall {}).unwrap();
        let scale = I256::from_raw(U256::from(self.ledger.quote_scale));
        let unmet = halves(self.slot(slots::COUNTED)).1;
        let owed = (I256::from_raw(self.money().claim) - I256::from_raw(unmet)) * scale;
        let sides = [nav.low, nav.mid, nav.high]
            .map(|side| ((side + owed).max(I256::ZERO) + scale).into_raw());
        (sides, self.supply() + U256::from(1_000))
    }

    pub fn compare_worth(&mut self, before: Option<Worth>) {
        if let Some(before) = before {
            self.share_worth = Some([before, self.worth_now()]);
        }
    }
}

/// The limit that terms set beside what was previewed: a least amount, or a most.
fn limit_of(preview: &Result<U256, CallFailure>, terms: Terms, least: bool) -> U256 {
    let one = U256::from(1);
    match (preview, terms.limit) {
        (Ok(amount), Limit::Exact) => *amount,
        (Ok(amount), Limit::Better) if least => *amount + one,
        (Ok(amount), Limit::Better) => amount.saturating_sub(one),
        _ if least => U256::ZERO,
        _ => U256::MAX,
    }
}
