//! Trades: a quote in the same block says what becomes of them.

use alloy_primitives::{Address, U256};
use smirk_world::abi::IPool::{self, IPoolErrors as Refused};

use crate::state::Walk;

impl Walk {
    pub fn buy(&mut self, who: Address, id: U256, size: U256) {
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
                    Refused::InsufficientBalance(_) => !affordable,
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

    pub fn sell(&mut self, who: Address, id: U256, size: U256) {
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
