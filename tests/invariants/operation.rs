//! What can be done, and doing it.

use alloy_primitives::{Address, U256};

use smirk_pool::storage::slots;

use crate::{lending::Mood, order::Part, state::Walk, trade::Terms};

/// One step of the walk.
#[derive(Clone, Copy, Debug)]
pub enum Operation {
    Buy {
        who: Address,
        id: U256,
        size: U256,
        terms: Terms,
    },
    Sell {
        who: Address,
        id: U256,
        size: U256,
        terms: Terms,
    },
    /// Several legs as one order.
    Order {
        who: Address,
        legs: [Part; 3],
        count: usize,
        terms: Terms,
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
    Deposit {
        who: Address,
        assets: U256,
        terms: Option<Terms>,
    },
    Mint {
        who: Address,
        shares: U256,
        terms: Option<Terms>,
    },
    Withdraw {
        who: Address,
        assets: U256,
        terms: Option<Terms>,
    },
    Redeem {
        who: Address,
        shares: U256,
        terms: Option<Terms>,
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
        vol: u64,
        wings: [u64; 2],
        carry: i64,
    },
    /// The keeper posts every anchor and the feed its heartbeat.
    Keep {
        percent: u64,
    },
    /// The feed moves, and the venue with it or not.
    Price {
        price: U256,
        arbitrage: bool,
    },
    /// Spot jumps, feed and venue at once; vols follow when the keeper comes.
    Gap {
        price: U256,
    },
    /// The venue moves, and the feed does not know yet.
    Lag {
        price: U256,
    },
    Arbitrage,
    Push {
        who: Address,
        price: U256,
    },
    Place {
        who: Address,
        away: i32,
        width: i32,
    },
    Remove {
        index: usize,
    },
    Time {
        seconds: u64,
    },
    Phase {
        overlap: u64,
    },
    Incomplete,
    Skip {
        count: u64,
    },
    FeedDies {
        dead: bool,
    },
    Sequencer {
        up: bool,
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
    /// Quote into somebody's account, or out of one's own.
    DepositMargin {
        who: Address,
        account: Address,
        amount: U256,
    },
    WithdrawMargin {
        who: Address,
        amount: U256,
    },
    /// A long into one's account, or out of it.
    PutIn {
        who: Address,
        id: U256,
        size: U256,
    },
    TakeOut {
        who: Address,
        to: Address,
        id: U256,
        size: U256,
    },
    /// An order on an account.
    Write {
        who: Address,
        account: Address,
        legs: [Part; 4],
        count: usize,
        terms: Terms,
    },
    Touch {
        who: Address,
        account: Address,
    },
    Delegate {
        who: Address,
        to: Address,
        approved: bool,
    },
    Flag {
        who: Address,
        account: Address,
    },
    Liquidate {
        who: Address,
        account: Address,
    },
    /// Something at the lender.
    Lend {
        mood: Mood,
    },
    /// A visitor's round trip within a block.
    Trip,
    Nonsense {
        who: Address,
        choice: u64,
    },
}

use Operation::*;

impl Walk {
    /// Does it and compares the outcome with what it should be.
    pub fn perform(&mut self, operation: Operation) {
        self.before = self.money();
        self.lent = !self.slot(slots::LOAN).is_zero();
        let since = self.outside_since();
        let hedges = matches!(
            operation,
            Buy { .. }
                | Sell { .. }
                | Order { .. }
                | Write { .. }
                | Liquidate { .. }
                | Rebalance { .. }
                | Trip
        );
        self.do_it(operation);
        assert!(
            hedges || self.outside_since() == since,
            "{}: the clock is set by what looks at the exposure alone",
            self.place()
        );
    }

    fn do_it(&mut self, operation: Operation) {
        match operation {
            Buy {
                who,
                id,
                size,
                terms,
            } => self.buy(who, id, size, terms),
            Sell {
                who,
                id,
                size,
                terms,
            } => self.sell(who, id, size, terms),
            Order {
                who,
                legs,
                count,
                terms,
            } => self.order(who, &legs[..count], terms),
            TransferPosition { from, to, id, size } => self.transfer_position(from, to, id, size),
            TransferShares { from, to, shares } => self.transfer_shares(from, to, shares),
            Spend {
                from,
                to,
                id,
                amount,
            } => self.spend(from, to, id, amount),
            Deposit { who, assets, terms } => self.deposit(who, assets, terms),
            Mint { who, shares, terms } => self.mint(who, shares, terms),
            Withdraw { who, assets, terms } => self.withdraw(who, assets, terms),
            Redeem { who, shares, terms } => self.redeem(who, shares, terms),
            Rebalance { who } => drop(self.rebalance(who)),
            Settle { expiry, round } => self.settle(expiry, round),
            Claim { who, id, size } => self.claim(who, id, size),
            List { expiry } => self.list(expiry),
            Post {
                expiry,
                vol,
                wings,
                carry,
            } => self.post(expiry, vol, wings, carry),
            Keep { percent } => self.keep(percent),
            Nonsense { who, choice } => self.nonsense(who, choice),
            Trip => self.trip(),
            other => self.do_on_account(other),
        }
    }

    /// What is done on accounts.
    fn do_on_account(&mut self, operation: Operation) {
        match operation {
            DepositMargin {
                who,
                account,
                amount,
            } => self.deposit_margin(who, account, amount),
            WithdrawMargin { who, amount } => self.withdraw_margin(who, amount),
            PutIn { who, id, size } => self.put_in(who, id, size),
            TakeOut { who, to, id, size } => self.take_out(who, to, id, size),
            Write {
                who,
                account,
                legs,
                count,
                terms,
            } => self.trade_on_account(who, account, &legs[..count], terms),
            Touch { who, account } => self.touch(who, account),
            Delegate { who, to, approved } => self.delegate(who, to, approved),
            Flag { who, account } => self.flag(who, account),
            Liquidate { who, account } => self.liquidate(who, account),
            other => self.perform_outside(other),
        }
    }

    /// What happens around the pool, and what its roles decide.
    fn perform_outside(&mut self, operation: Operation) {
        match operation {
            Price { price, arbitrage } => {
                self.move_price(price);
                if arbitrage {
                    self.arbitrage();
                }
            }
            Gap { price } => {
                self.move_price(price);
                self.arbitrage();
                self.done("gap");
            }
            Lag { price } => {
                let arbitrageur = self.market.world.actors.arbitrageur.address;
                self.push_venue(arbitrageur, price);
                self.done("lag");
            }
            Arbitrage => self.arbitrage(),
            Push { who, price } => {
                self.push_venue(who, price);
                self.done("push");
            }
            Place { who, away, width } => {
                if let Some((id, liquidity)) = self.place_liquidity(who, away, width) {
                    self.placed.push((who, id, liquidity));
                }
            }
            Remove { index } => {
                let (who, id, liquidity) = self.placed.swap_remove(index);
                self.remove_liquidity(who, id, liquidity);
            }
            Time { seconds } => {
                self.wait(seconds);
                self.done("time");
            }
            Phase { overlap } => self.next_phase(overlap),
            Incomplete => self.push_incomplete(),
            Skip { count } => self.skip_rounds(count),
            FeedDies { dead } => self.set_dead(dead),
            Sequencer { up } => self.set_sequencer(up),
            Pause { who } => self.pause(who),
            Resume { who } => self.resume(who),
            Donate { quote, amount } => self.donate(quote, amount),
            Lend { mood } => self.lend(mood),
            inside => unreachable!("{inside:?} is the pool's"),
        }
    }
}
