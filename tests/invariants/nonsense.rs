//! Inputs that nobody means, each with the one error that it is refused with.

use alloy_primitives::{Address, U256};
use smirk_world::abi::IPool::{self, IPoolErrors as Refused};

use crate::{common::WAD, state::Walk};

impl Walk {
    /// Inputs that nobody means, each with the one error that it is refused with.
    pub fn nonsense(&mut self, who: Address, choice: u64) {
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
