//! Inputs that nobody means, each with the one error that it is refused with.

use alloy_primitives::{Address, Bytes, I256, U256};
use alloy_sol_types::SolCall;
use smirk_world::abi::IPool::{self, IPoolErrors as Refused};

use crate::{common::WAD, state::Walk};

impl Walk {
    pub fn nonsense(&mut self, who: Address, choice: u64) {
        let before = (self.money(), self.supply());
        match choice {
            0..=6 => self.senseless_order(who, choice),
            7..=9 => self.senseless_liquidity(who, choice),
            _ => self.senseless_authority(who, choice),
        }
        let after = (self.money(), self.supply());
        assert_eq!(before, after, "{}: nonsense {choice}", self.place());
    }

    fn senseless_order(&mut self, who: Address, choice: u64) {
        let id = self.any_series();
        let max = U256::MAX;
        let order = |id: U256, size: U256, receiver: Address| IPool::buyCall {
            id,
            size,
            maxCost: max,
            deadline: max,
            receiver,
        };
        let paused = self.paused().then_some("PoolPaused");
        let closed = paused.or(self.feed.unfit(self.now()));
        let pool = self.market.pool.address;
        let (call, refusal) = match choice {
            0 => (
                order(id | max << 193, WAD, who),
                closed.or(Some("InvalidId")),
            ),
            1 => (order(id, U256::ZERO, who), closed.or(Some("SizeZero"))),
            2 => (order(id, max, who), closed.or(Some("SizeOffGrid"))),
            3 => {
                let half = U256::from(u128::MAX >> 1);
                (order(id, half, who), closed.or(Some("SizeOffGrid")))
            }
            4 => (
                order(id, WAD, Address::ZERO),
                paused.or(Some("ZeroAddress")),
            ),
            5 => (order(id, WAD, pool), paused.or(Some("ReceiverInvalid"))),
            _ => {
                let between = id + U256::from(1);
                let refusal = closed.or_else(|| self.series_refusal(between));
                (order(between, WAD, who), refusal.or(Some("StrikeOffGrid")))
            }
        };
        let result = self.send(who, call);
        self.judge("nonsense", result, refusal);
    }

    fn senseless_liquidity(&mut self, who: Address, choice: u64) {
        let max = U256::MAX;
        let unfit = self.feed.unfit(self.now());
        match choice {
            7 => {
                let call = IPool::depositCall {
                    assets: max,
                    receiver: who,
                };
                let entry = self.entry_refusal(None);
                let result = self.send(who, call);
                self.outcome("nonsense", result, |error| match error {
                    Refused::ValueTooLarge(_)
                    | Refused::VenuePriceDeviates(_)
                    | Refused::NavBelowFloor(_) => entry.is_none(),
                    _ => entry.is_some(),
                });
            }
            8 => {
                let call = IPool::redeemCall {
                    shares: max,
                    receiver: who,
                    owner_: who,
                };
                let result = self.send(who, call);
                self.judge("nonsense", result, unfit.or(Some("ValueTooLarge")));
            }
            _ => {
                let other = self.market.world.actors.guardian.address;
                let call = IPool::redeemCall {
                    shares: U256::from(1_000_000),
                    receiver: other,
                    owner_: who,
                };
                let result = self.send(other, call);
                let done = self.outcome("nonsense", result, |error| match error {
                    Refused::InsufficientAllowance(_)
                    | Refused::WithdrawAboveLimit(_)
                    | Refused::CapacityExhausted(_)
                    | Refused::NothingPaid(_) => unfit.is_none(),
                    _ => unfit.is_some(),
                });
                assert!(done.is_none(), "{}: a stranger redeems", self.place());
            }
        }
    }

    fn senseless_authority(&mut self, who: Address, choice: u64) {
        let (one, max) = (U256::from(1), U256::MAX);
        match choice {
            10 => self.unauthorised(who, IPool::listExpiryCall { expiry: max }),
            11 => {
                let call = IPool::setParameterCall {
                    index: one,
                    value: max,
                };
                self.unauthorised(who, call);
            }
            _ => {
                let call = IPool::uniswapV3SwapCallbackCall {
                    amount0Delta: I256::ONE,
                    amount1Delta: I256::ONE,
                    data: Bytes::from(vec![0xff; 32]),
                };
                self.unauthorised(who, call);
            }
        }
    }

    fn unauthorised<C: SolCall>(&mut self, who: Address, call: C) {
        let result = self.send(who, call);
        self.judge("nonsense", result, Some("NotAuthorised"));
    }
}
