//! The lender beside the pool: who empties it, who brings everything back, and what waits for that.

use alloy_primitives::{Address, U256};
use smirk_world::{
    abi::{IPool, LendingPool},
    VARIABLE,
};

use crate::common::Market;

impl Market {
    /// Pokes and waits until nothing is due, for an hour at most. Whether nothing is.
    pub fn poke(&mut self) -> bool {
        let carol = self.world.actors.carol.address;
        for _ in 0..60 {
            self.world.arbitrage().unwrap();
            self.send(carol, IPool::rebalanceCall {}).unwrap();
            if self.view(IPool::riskCall {}).unwrap().hedgeDue.is_zero() {
                return true;
            }
            self.wait(60);
        }
        false
    }

    /// Somebody puts up quote and borrows all base that the lender has. Returns how much that was, atoms.
    pub fn borrow_all_base(&mut self, who: Address) -> U256 {
        let (lender, base, quote) = (self.lender(), self.world.base, self.world.quote);
        let collateral = self.world.quote_units("20000000");
        self.world.mint(quote, who, collateral).unwrap();
        let chain = &mut self.world.chain;
        lender.supply(chain, who, quote, collateral).unwrap();
        let all = self.world.balance_of(base, lender.base.a_token).unwrap();
        let chain = &mut self.world.chain;
        lender.borrow(chain, who, base, all).unwrap();
        all
    }

    /// Repays base of somebody's debt.
    pub fn repay_base(&mut self, who: Address, debtor: Address, amount: U256) {
        let (lender, base) = (self.lender(), self.world.base);
        self.world
            .approve(base, who, lender.pool, U256::MAX)
            .unwrap();
        let repay = LendingPool::repayCall {
            asset: base,
            amount,
            interestRateMode: VARIABLE,
            onBehalfOf: debtor,
        };
        self.world.send(who, lender.pool, &repay).unwrap();
    }
}
