//! Orders of several legs: a quote in the same block says what becomes of them.

use alloy_primitives::{Address, I256, U256};
use smirk_world::abi::IPool::{self, IPoolErrors as Refused};

use crate::{
    state::Walk,
    trade::{Limit, Terms},
};

/// A leg: what is bought, or returned.
#[derive(Clone, Copy, Debug)]
pub struct Part {
    pub id: U256,
    /// WAD.
    pub size: u128,
    pub sells: bool,
}

impl Part {
    /// As the pool is asked for it.
    pub fn leg(&self) -> IPool::Leg {
        let size = I256::from_raw(U256::from(self.size));
        IPool::Leg {
            id: self.id,
            size: if self.sells { -size } else { size },
        }
    }
}

impl Walk {
    pub fn order(&mut self, who: Address, parts: &[Part], terms: Terms) {
        let legs: Vec<IPool::Leg> = parts.iter().map(Part::leg).collect();
        let quoted = self.market.view(IPool::quoteCall {
            legs: legs.clone(),
            onAccount: false,
        });
        let lacks = parts
            .iter()
            .any(|part| part.sells && self.position_of(who, part.id) < U256::from(part.size));
        let (cash, money) = (self.cash_of(who), self.money());
        let limit = match (&quoted, terms.limit) {
            (Ok(quote), Limit::Exact) => quote.total,
            (Ok(quote), Limit::Better) => quote.total - I256::ONE,
            _ => I256::MAX,
        };
        let call = IPool::tradeCall {
            legs,
            limit,
            deadline: self.deadline(terms.late),
            receiver: who,
        };
        let result = self.send(who, call);
        let quote = match quoted {
            // Late, or without what it would give, whatever else stands in its way.
            Err(_) if terms.late || lacks => {
                assert!(result.is_err(), "{}", self.place());
                self.outcome("order", result, |_| true);
                return;
            }
            Err(quoted) => return self.expect_same("order", result, &quoted),
            Ok(quote) => quote,
        };
        let free = money.cash.saturating_sub(money.shortfall);
        let (total, opens) = (quote.total, parts.iter().any(|part| !part.sells));
        let paid = self.outcome("order", result, |error| match error {
            Refused::DeadlinePassed(_) => terms.late,
            Refused::TotalAboveLimit(_) => terms.limit == Limit::Better && !lacks,
            Refused::InsufficientBalance(_) => {
                lacks || total > I256::ZERO && cash < total.unsigned_abs()
            }
            Refused::InsufficientFreeCash(_) => {
                total < I256::ZERO && total.unsigned_abs() + quote.rent > free
            }
            Refused::ExposureAboveLimit(_) => opens,
            _ => false,
        });
        let Some(paid) = paid else { return };
        assert!(!terms.late && !lacks && terms.limit != Limit::Better);
        assert_eq!(paid, total, "{}: quote and fill", self.place());
        let moved = I256::from_raw(cash) - I256::from_raw(self.cash_of(who));
        assert_eq!(moved, total, "{}", self.place());
    }
}
