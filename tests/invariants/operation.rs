//! What can be done: a random choice, what it should come to, and doing it.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, SolInterface};
use smirk_devnet::Status;
use smirk_world::{
    abi::IPool::{self, IPoolErrors as Refused},
    price::wad,
    CallFailure, Receipt,
};

use crate::{
    common::{call, put, DAY, WAD},
    state::{expiry_of, payoff, Walk},
};

/// One step of the walk.
#[derive(Clone, Copy, Debug)]
pub enum Operation {
    Buy {
        who: Address,
        id: U256,
        size: U256,
    },
    Sell {
        who: Address,
        id: U256,
        size: U256,
    },
    TransferPosition {
        from: Address,
        to: Address,
        id: U256,
        size: U256,
    },
    TransferShares {
        from: Address,
        to: Address,
        shares: U256,
    },
    /// A spender moves what it was allowed: shares, or a position.
    Spend {
        from: Address,
        to: Address,
        id: Option<U256>,
        amount: U256,
    },
    /// Somebody trades at the venue, whatever the feed says.
    Swap {
        who: Address,
        quote: bool,
        amount: U256,
    },
    Deposit {
        who: Address,
        assets: U256,
    },
    Mint {
        who: Address,
        shares: U256,
    },
    Withdraw {
        who: Address,
        assets: U256,
    },
    Redeem {
        who: Address,
        shares: U256,
    },
    Rebalance {
        who: Address,
    },
    Settle {
        expiry: u64,
        round: u128,
    },
    Claim {
        who: Address,
        id: U256,
        size: U256,
    },
    List {
        expiry: u64,
    },
    Post {
        expiry: u64,
        vol: U256,
    },
    /// The keeper posts every anchor and the feed its heartbeat.
    Keep,
    Price {
        price: U256,
        arbitrage: bool,
    },
    Time {
        seconds: u64,
    },
    Pause {
        who: Address,
    },
    Resume {
        who: Address,
    },
    Donate {
        quote: bool,
        amount: U256,
    },
    Nonsense {
        who: Address,
        choice: u64,
    },
}

use Operation::*;

impl Walk {
    /// A random operation; most of them sensible, some out of range.
    pub fn random_operation(&mut self) -> Operation {
        let who = self.rng.pick(&self.holders.clone());
        let to = self.rng.pick(&self.holders.clone());
        match self.rng.below(100) {
            0..=21 => Buy {
                who,
                id: self.any_series(),
                size: self.any_size(),
            },
            22..=34 => {
                let (who, id, held) = self.any_holding();
                Sell {
                    who,
                    id,
                    size: self.part_of(held),
                }
            }
            35 => {
                let (from, id, held) = self.any_holding();
                let shares = self.rng.one_in(2);
                let whole = if shares { self.shares_of(from) } else { held };
                Spend {
                    from,
                    to,
                    id: (!shares).then_some(id),
                    amount: self.part_of(whole),
                }
            }
            36..=39 => {
                let (from, id, held) = self.any_holding();
                TransferPosition {
                    from,
                    to,
                    id,
                    size: self.part_of(held),
                }
            }
            40..=41 => TransferShares {
                from: who,
                to,
                shares: self.part_of(self.shares_of(who)),
            },
            42..=45 => Deposit {
                who,
                assets: self.any_assets(),
            },
            46..=47 => Mint {
                who,
                shares: self.any_assets() * U256::from(1_000),
            },
            48..=51 => Withdraw {
                who,
                assets: self.any_assets(),
            },
            52..=55 => Redeem {
                who,
                shares: self.part_of(self.shares_of(who)),
            },
            56..=58 => Rebalance { who },
            59..=61 => self.any_settlement(),
            62..=65 => {
                let (who, id, held) = self.any_settled_holding();
                Claim {
                    who,
                    id,
                    size: self.part_of(held),
                }
            }
            66..=67 => List {
                expiry: self.any_new_expiry(),
            },
            68..=70 => Post {
                expiry: self.any_listed(),
                vol: self.any_vol(),
            },
            71..=76 => Keep,
            77..=85 => Price {
                price: self.any_price(),
                arbitrage: !self.rng.one_in(5),
            },
            86..=91 => Time {
                seconds: self.rng.pick(&[1, 60, 600, 1_800, 3_600, 7_200, 43_200]),
            },
            92 if self.rng.one_in(2) => Pause {
                who: self
                    .rng
                    .pick(&[who, self.market.world.actors.guardian.address]),
            },
            92..=94 => Resume {
                who: self
                    .rng
                    .pick(&[who, self.market.world.actors.owner.address]),
            },
            95 if self.rng.one_in(2) => Swap {
                who,
                quote: self.rng.one_in(2),
                amount: self.any_assets(),
            },
            95 => Donate {
                quote: self.rng.one_in(2),
                amount: self.any_assets(),
            },
            _ => Nonsense {
                who,
                choice: self.rng.below(12),
            },
        }
    }

    /// Does it and compares the outcome with what it should be.
    pub fn perform(&mut self, operation: Operation) {
        match operation {
            Buy { who, id, size } => self.buy(who, id, size),
            Sell { who, id, size } => self.sell(who, id, size),
            TransferPosition { from, to, id, size } => {
                let enough = self.position_of(from, id) >= size;
                let result = self.send(
                    from,
                    IPool::transfer_1Call {
                        receiver: to,
                        id,
                        amount: size,
                    },
                );
                self.expect("transfer position", result, enough, |error| {
                    matches!(error, Refused::InsufficientBalance(_))
                });
            }
            TransferShares { from, to, shares } => {
                let enough = self.shares_of(from) >= shares;
                let result = self.send(from, IPool::transfer_0Call { to, shares });
                self.expect("transfer shares", result, enough, |error| {
                    matches!(error, Refused::InsufficientBalance(_))
                });
            }
            Deposit { who, assets } => self.deposit(who, assets),
            Mint { who, shares } => self.mint(who, shares),
            Withdraw { who, assets } => self.withdraw(who, assets),
            Redeem { who, shares } => self.redeem(who, shares),
            Rebalance { who } => {
                let fresh = self.feed_is_fresh();
                let result = self.send(who, IPool::rebalanceCall {});
                self.expect("rebalance", result, fresh, |error| {
                    matches!(error, Refused::FeedStale(_))
                });
            }
            Settle { expiry, round } => self.settle(expiry, round),
            Claim { who, id, size } => self.claim(who, id, size),
            List { expiry } => self.list(expiry),
            Post { expiry, vol } => self.post(expiry, vol),
            Keep => self.keep(),
            Price { price, arbitrage } => self.move_price(price, arbitrage),
            Time { seconds } => {
                self.market.world.chain.advance(seconds);
                self.done("time");
            }
            Pause { who } => {
                let may = who == self.market.world.actors.guardian.address;
                let result = self.send(who, IPool::pauseCall {});
                self.expect("pause", result, may, |error| {
                    matches!(error, Refused::NotAuthorised(_))
                });
                assert!(!may || self.paused());
            }
            Resume { who } => {
                let may = who == self.market.world.actors.owner.address;
                let result = self.send(who, IPool::resumeCall {});
                self.expect("resume", result, may, |error| {
                    matches!(error, Refused::NotAuthorised(_))
                });
                assert!(!may || !self.paused());
            }
            Spend {
                from,
                to,
                id,
                amount,
            } => self.spend(from, to, id, amount),
            Swap { who, quote, amount } => {
                let world = &mut self.market.world;
                let (token, units) = if quote {
                    (world.quote, amount * U256::from(5))
                } else {
                    // The same worth of base, roughly.
                    (world.base, amount * U256::from(2_000_000_000u64))
                };
                world.mint(token, who, units).unwrap();
                world
                    .swap_exact_input(who, token, units, U256::ZERO)
                    .unwrap();
                self.done("swap");
            }
            Donate { quote, amount } => {
                let (token, pool) = (
                    if quote {
                        self.market.world.quote
                    } else {
                        self.market.world.base
                    },
                    self.market.pool.address,
                );
                let before = self.money();
                self.market.world.mint(token, pool, amount).unwrap();
                assert_eq!(before, self.money());
                self.done("donate");
            }
            Nonsense { who, choice } => self.nonsense(who, choice),
        }
    }
}

/// Transfers by a spender.
impl Walk {
    /// The keeper's account is nobody's holder and spends for others.
    fn spend(&mut self, from: Address, to: Address, id: Option<U256>, amount: U256) {
        let spender = self.market.world.actors.keeper.address;
        let enough = match id {
            Some(id) => self.position_of(from, id) >= amount,
            None => self.shares_of(from) >= amount,
        };
        match id {
            Some(id) => drop(
                self.send(
                    from,
                    IPool::approve_1Call {
                        spender,
                        id,
                        amount,
                    },
                )
                .unwrap(),
            ),
            None => drop(
                self.send(
                    from,
                    IPool::approve_0Call {
                        spender,
                        shares: amount,
                    },
                )
                .unwrap(),
            ),
        }
        let moved = self.move_for(spender, from, to, id, amount);
        self.expect("spend", moved, enough, |error| {
            matches!(error, Refused::InsufficientBalance(_))
        });
        if enough && !amount.is_zero() {
            let again = self.move_for(spender, from, to, id, amount);
            self.refused(again, |error| {
                matches!(error, Refused::InsufficientAllowance(_))
            });
        }
    }

    fn move_for(
        &mut self,
        spender: Address,
        from: Address,
        to: Address,
        id: Option<U256>,
        amount: U256,
    ) -> Result<Receipt<bool>, CallFailure> {
        match id {
            Some(id) => self.send(
                spender,
                IPool::transferFrom_1Call {
                    sender: from,
                    receiver: to,
                    id,
                    amount,
                },
            ),
            None => self.send(
                spender,
                IPool::transferFrom_0Call {
                    from,
                    to,
                    shares: amount,
                },
            ),
        }
    }
}

/// Trades: a quote in the same block says what becomes of them.
impl Walk {
    fn buy(&mut self, who: Address, id: U256, size: U256) {
        let quote = self.market.view(IPool::quoteBuyCall { id, size });
        let cash = self.cash_of(who);
        let call = IPool::buyCall {
            id,
            size,
            maxCost: U256::MAX,
            deadline: U256::MAX,
            receiver: who,
        };
        let result = self.send(who, call);
        match quote {
            Ok(quote) => {
                let affordable = cash >= quote.total;
                let bought = self.outcome("buy", result, |error| match error {
                    Refused::ExposureAboveLimit(_) => true,
                    Refused::TokenCallFailed(_) => !affordable,
                    _ => false,
                });
                if let Some(cost) = bought {
                    assert_eq!(cost, quote.total, "{}: quote and fill", self.place());
                    assert_eq!(cash - self.cash_of(who), cost);
                    self.series.insert(id);
                }
            }
            Err(quoted) => self.expect_same("buy", result, &quoted),
        }
    }

    fn sell(&mut self, who: Address, id: U256, size: U256) {
        let quote = self.market.view(IPool::quoteSellCall { id, size });
        let enough = self.position_of(who, id) >= size;
        let cash = self.cash_of(who);
        let call = IPool::sellCall {
            id,
            size,
            minProceeds: U256::ZERO,
            deadline: U256::MAX,
            receiver: who,
        };
        let result = self.send(who, call);
        match quote {
            Ok(quote) => {
                let money = self.money();
                let free = money.cash.saturating_sub(money.shortfall);
                let sold = self.outcome("sell", result, |error| match error {
                    Refused::InsufficientBalance(_) => !enough,
                    Refused::InsufficientFreeCash(_) => quote.total > free,
                    _ => false,
                });
                if let Some(proceeds) = sold {
                    assert!(enough, "{}: sold what was not held", self.place());
                    assert_eq!(proceeds, quote.total, "{}: quote and fill", self.place());
                    assert_eq!(self.cash_of(who) - cash, proceeds);
                }
            }
            Err(quoted) if enough => self.expect_same("sell", result, &quoted),
            // The quote does not know who holds what.
            Err(_) => drop(self.outcome("sell", result, |_| true)),
        }
    }
}

/// Liquidity: `max*` and `preview*` say what becomes of it.
impl Walk {
    fn deposit(&mut self, who: Address, assets: U256) {
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

    fn mint(&mut self, who: Address, shares: U256) {
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

    fn deposited(
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
            Refused::TokenCallFailed(_) => !closed && !affordable,
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

    fn withdraw(&mut self, who: Address, assets: U256) {
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

    fn redeem(&mut self, who: Address, shares: U256) {
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

    fn withdrawn(
        &mut self,
        name: &'static str,
        result: Result<Receipt<U256>, CallFailure>,
        within: bool,
    ) -> Option<U256> {
        let fresh = self.feed_is_fresh();
        self.outcome(name, result, |error| match error {
            Refused::FeedStale(_) => !fresh,
            Refused::WithdrawAboveLimit(_) | Refused::InsufficientBalance(_) => !within || !fresh,
            _ => false,
        })
    }

    /// Net asset value at the low side and the supply, each with its virtual part. Exact where shares are.
    fn worth(&mut self) -> Option<(U256, U256)> {
        let nav = self.market.view(IPool::navCall {}).ok()?;
        let low = if nav.low.is_negative() {
            U256::ZERO
        } else {
            nav.low.into_raw()
        };
        let atom = U256::from(1_000_000_000_000u64);
        Some((low + atom, self.supply() + U256::from(1_000)))
    }

    fn compare_worth(&mut self, before: Option<(U256, U256)>) {
        let after = self.worth();
        self.share_worth = before.zip(after).map(|(before, after)| [before, after]);
    }
}

/// Expiries, anchors and the market around the pool.
impl Walk {
    fn settle(&mut self, expiry: u64, round: u128) {
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
            Refused::RoundBeforeExpiry(_) | Refused::RoundNotFirst(_) | Refused::CallFailed(_) => {
                !right
            }
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

    fn claim(&mut self, who: Address, id: U256, size: U256) {
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

    fn list(&mut self, expiry: u64) {
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

    fn post(&mut self, expiry: u64, vol: U256) {
        let (known, past) = (self.listed.contains(&expiry), self.now() >= expiry);
        let result = self.market.post(expiry, &decimal(vol));
        self.outcome("post", result, |error| match error {
            Refused::SeriesExpired(_) => past,
            Refused::ExpiryNotListed(_) => !known,
            Refused::AnchorTooSoon(_)
            | Refused::AnchorStepTooLarge(_)
            | Refused::AnchorRejected(_) => true,
            _ => false,
        });
    }

    fn keep(&mut self) {
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

    fn move_price(&mut self, price: U256, arbitrage: bool) {
        let round = self.market.world.push_price(price).unwrap();
        let answered = self.market.world.feed_price().unwrap();
        self.rounds.push((round, self.now(), answered));
        self.done("price");
        if arbitrage {
            self.market.world.arbitrage().unwrap();
            self.done("arbitrage");
        }
    }

    /// Inputs that nobody means, each with the one error that it is refused with.
    fn nonsense(&mut self, who: Address, choice: u64) {
        let id = self.any_series();
        let (size, max, zero) = (WAD, U256::MAX, U256::ZERO);
        let order = |id: U256, size: U256, deadline: U256, receiver: Address| IPool::buyCall {
            id,
            size,
            maxCost: max,
            deadline,
            receiver,
        };
        let before = (self.money(), self.supply());
        let early =
            |error: &Refused| matches!(error, Refused::PoolPaused(_) | Refused::FeedStale(_));
        match choice {
            0 => {
                let result = self.send(who, order(id | max << 193, size, max, who));
                self.refused(result, |error| {
                    early(error) || matches!(error, Refused::InvalidId(_))
                });
            }
            1 => {
                let result = self.send(who, order(id, zero, max, who));
                self.refused(result, |error| {
                    early(error) || matches!(error, Refused::SizeZero(_))
                });
            }
            2 => {
                let result = self.send(who, order(id, max, max, who));
                self.refused(result, |error| {
                    early(error) || matches!(error, Refused::SizeOffGrid(_))
                });
            }
            3 => {
                let result = self.send(who, order(id, U256::from(u128::MAX >> 1), max, who));
                self.refused(result, |error| {
                    early(error) || matches!(error, Refused::SizeOffGrid(_))
                });
            }
            4 => {
                let result = self.send(who, order(id, size, U256::from(1), who));
                self.refused(result, |error| {
                    matches!(error, Refused::PoolPaused(_) | Refused::DeadlinePassed(_))
                });
            }
            5 => {
                let result = self.send(who, order(id, size, max, Address::ZERO));
                self.refused(result, |error| {
                    matches!(error, Refused::PoolPaused(_) | Refused::ZeroAddress(_))
                });
            }
            6 => {
                let result = self.send(
                    who,
                    IPool::depositCall {
                        assets: max,
                        receiver: who,
                    },
                );
                self.refused(result, |error| {
                    early(error)
                        || matches!(
                            error,
                            Refused::ValueTooLarge(_)
                                | Refused::AwaitsSettlement(_)
                                | Refused::AnchorStale(_)
                                | Refused::VenuePriceDeviates(_)
                        )
                });
            }
            7 => {
                let result = self.send(
                    who,
                    IPool::redeemCall {
                        shares: max,
                        receiver: who,
                        owner_: who,
                    },
                );
                self.refused(result, |error| {
                    matches!(error, Refused::FeedStale(_) | Refused::ValueTooLarge(_))
                });
            }
            8 => {
                let other = self.market.world.actors.guardian.address;
                let shares = U256::from(1_000_000);
                let result = self.send(
                    other,
                    IPool::redeemCall {
                        shares,
                        receiver: other,
                        owner_: who,
                    },
                );
                self.refused(result, |error| {
                    matches!(
                        error,
                        Refused::FeedStale(_)
                            | Refused::InsufficientAllowance(_)
                            | Refused::WithdrawAboveLimit(_)
                    )
                });
            }
            9 => {
                let result = self.send(who, IPool::listExpiryCall { expiry: max });
                self.refused(result, |error| matches!(error, Refused::NotAuthorised(_)));
            }
            10 => {
                let result = self.send(
                    who,
                    IPool::setParameterCall {
                        index: zero,
                        value: max,
                    },
                );
                self.refused(result, |error| matches!(error, Refused::NotAuthorised(_)));
            }
            _ => {
                let off_grid = id + U256::from(1);
                let result = self.send(who, order(off_grid, size, max, who));
                self.refused(result, |error| {
                    early(error)
                        || matches!(
                            error,
                            Refused::StrikeOffGrid(_)
                                | Refused::SeriesExpired(_)
                                | Refused::AnchorMissing(_)
                        )
                });
            }
        }
        assert_eq!(
            before,
            (self.money(), self.supply()),
            "{}: nonsense {choice}",
            self.place()
        );
    }
}

/// Outcomes.
impl Walk {
    fn send<C: SolCall>(
        &mut self,
        from: Address,
        call: C,
    ) -> Result<Receipt<C::Return>, CallFailure> {
        self.market.send(from, call)
    }

    fn cash_of(&mut self, who: Address) -> U256 {
        let quote = self.market.world.quote;
        self.market.world.balance_of(quote, who).unwrap()
    }

    fn done(&mut self, name: &'static str) {
        *self.tally.done.entry(name).or_default() += 1;
    }

    /// The value of a success; a refusal has to be one of the pool's own errors, and one that `expected` accepts.
    fn outcome<R>(
        &mut self,
        name: &'static str,
        result: Result<Receipt<R>, CallFailure>,
        expected: impl FnOnce(&Refused) -> bool,
    ) -> Option<R> {
        match result {
            Ok(receipt) => {
                self.done(name);
                Some(receipt.value)
            }
            Err(failure) => {
                let place = self.place();
                assert_eq!(
                    failure.outcome.status,
                    Status::Revert,
                    "{place}: {name}: {failure}"
                );
                let Ok(error) = Refused::abi_decode(&failure.outcome.output) else {
                    panic!("{place}: {name}: {failure} is no error of the pool");
                };
                assert!(expected(&error), "{place}: {name}: unexpected {failure}");
                let reason = failure.reason();
                let error = reason
                    .split(|c: char| !c.is_alphanumeric())
                    .next()
                    .unwrap_or_default();
                *self
                    .tally
                    .refused
                    .entry(format!("{name}: {error}"))
                    .or_default() += 1;
                None
            }
        }
    }

    fn expect<R>(
        &mut self,
        name: &'static str,
        result: Result<Receipt<R>, CallFailure>,
        succeeds: bool,
        expected: impl FnOnce(&Refused) -> bool,
    ) {
        let done = self
            .outcome(name, result, |error| !succeeds && expected(error))
            .is_some();
        assert_eq!(done, succeeds, "{}: {name}", self.place());
    }

    fn expect_same<R>(
        &mut self,
        name: &'static str,
        result: Result<Receipt<R>, CallFailure>,
        quoted: &CallFailure,
    ) {
        let output = quoted.outcome.output.clone();
        let place = self.place();
        if let Err(failure) = &result {
            assert_eq!(
                failure.outcome.output, output,
                "{place}: {name}: {failure}, quoted {quoted}"
            );
        }
        let done = self.outcome(name, result, |_| true).is_some();
        assert!(!done, "{place}: {name} was quoted {quoted}");
    }

    fn refused<R>(
        &mut self,
        result: Result<Receipt<R>, CallFailure>,
        expected: impl FnOnce(&Refused) -> bool,
    ) {
        self.expect("nonsense", result, false, expected);
    }
}

/// Choices.
impl Walk {
    fn any_series(&mut self) -> U256 {
        let expiry = self.any_listed();
        let spot: u64 = (self.spot() / WAD).to();
        let strike = (spot / 100 + self.rng.below(7)).saturating_sub(3) * 100;
        let strike = strike.max(100).to_string();
        if self.rng.one_in(2) {
            call(expiry, &strike)
        } else {
            put(expiry, &strike)
        }
    }

    fn any_size(&mut self) -> U256 {
        let hundredths = self.rng.pick(&[1, 10, 55, 100, 300, 1_000, 4_000]);
        U256::from(1 + self.rng.below(hundredths)) * WAD / U256::from(100)
    }

    fn any_assets(&mut self) -> U256 {
        let scale = self
            .rng
            .pick(&[1, 1_000_000, 1_000_000_000, 400_000_000_000]);
        U256::from(1 + self.rng.below(scale))
    }

    /// A part of something on the lot grid, sometimes all of it, seldom more.
    fn part_of(&mut self, whole: U256) -> U256 {
        let lot = U256::from(1_000_000_000_000u64);
        match self.rng.below(8) {
            0 => whole + lot,
            1..=4 => whole,
            parts => whole / lot / U256::from(parts - 3) * lot,
        }
    }

    fn any_listed(&mut self) -> u64 {
        let listed: Vec<u64> = self.listed.iter().copied().collect();
        if listed.is_empty() || self.rng.one_in(50) {
            return self.now() / DAY * DAY;
        }
        self.rng.pick(&listed)
    }

    fn any_new_expiry(&mut self) -> u64 {
        let ahead = if self.listed.len() < 6 {
            1 + self.rng.below(40)
        } else {
            self.rng.below(2) * 900
        };
        (self.now() / DAY + ahead) * DAY + 8 * 3_600
    }

    fn any_vol(&mut self) -> U256 {
        let thousandths = self.rng.pick(&[690, 700, 710, 2_000]);
        WAD * U256::from(thousandths) / U256::from(1_000)
    }

    /// Three per cent up or down at most, seldom thirty, between 1,200 and 6,000.
    fn any_price(&mut self) -> U256 {
        let most = if self.rng.one_in(25) { 3_000 } else { 300 };
        let factor = U256::from(10_000 - most + self.rng.below(2 * most + 1));
        (self.spot() * factor / U256::from(10_000)).clamp(wad("1200"), wad("6000"))
    }

    fn any_holding(&mut self) -> (Address, U256, U256) {
        let live = self.live_series();
        self.any_holding_of(&live)
    }

    fn any_settled_holding(&mut self) -> (Address, U256, U256) {
        let settled: Vec<U256> = self
            .series
            .iter()
            .copied()
            .filter(|id| self.settled.contains_key(&expiry_of(*id)))
            .collect();
        if self.rng.one_in(10) {
            return self.any_holding();
        }
        self.any_holding_of(&settled)
    }

    /// A holder of one of these series, if a few tries find one.
    fn any_holding_of(&mut self, series: &[U256]) -> (Address, U256, U256) {
        let mut found = (self.holders[0], call(self.now(), "100"), U256::ZERO);
        for _ in 0..8 {
            if series.is_empty() {
                break;
            }
            let (who, id) = (self.rng.pick(&self.holders.clone()), self.rng.pick(series));
            found = (who, id, self.position_of(who, id));
            if !found.2.is_zero() {
                break;
            }
        }
        found
    }

    fn any_settlement(&mut self) -> Operation {
        let now = self.now();
        let expired = self.listed.iter().copied().find(|expiry| *expiry <= now);
        let expiry = match expired {
            Some(expiry) if !self.rng.one_in(5) => expiry,
            _ => self.any_listed(),
        };
        let first = self
            .rounds
            .iter()
            .find(|(_, at, _)| *at >= expiry)
            .map_or(0, |round| round.0);
        let round = if self.rng.one_in(3) {
            self.rng.pick(&self.rounds.clone()).0
        } else {
            first
        };
        Settle { expiry, round }
    }
}

/// A WAD number as a decimal literal.
fn decimal(number: U256) -> String {
    format!("{}.{:018}", number / WAD, number % WAD)
}
