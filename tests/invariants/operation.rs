//! What can be done, and doing it.

use alloy_primitives::{Address, U256};
use smirk_world::abi::IPool::{self, IPoolErrors as Refused};

use crate::state::Walk;

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
