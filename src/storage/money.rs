//! Recorded money. Nothing here is ever read from a token balance: a donation changes nothing.

use super::slots::{self, HEDGE_LEDGER, MONEY, RESERVES, TRADE_LEDGER};
use crate::{
    io::words::{halves, pair},
    Pool,
};

/// What the pool holds and owes. Amounts in atoms.
#[derive(Clone, Copy, Default)]
pub struct Money {
    /// Quote the pool may use.
    pub cash: u128,
    /// Base held as a hedge.
    pub base: u128,
    /// Quote set aside for holders of settled series.
    pub set_aside: u128,
    /// Owed to holders of settled series beyond what is set aside; paid from cash first.
    pub shortfall: u128,
}

/// Running totals since construction, so that premiums, fees, and profit and cost of hedging can be told apart.
#[derive(Clone, Copy, Default)]
pub struct Ledger {
    /// Fees taken, atoms.
    pub fees: u128,
    /// Premiums received less premiums paid, atoms.
    pub premiums: i128,
    /// Quote received less quote paid in all hedge swaps, atoms. Profit so far = this + base held × spot.
    pub hedge_cash_flow: i128,
    /// What the swaps cost against the feed price at their time (venue fee, impact, basis), atoms.
    pub hedge_cost: i128,
}

impl Money {
    /// Quote that neither a holder nor anyone else has a claim on.
    pub fn free_cash(&self) -> u128 {
        self.cash.saturating_sub(self.shortfall)
    }
}

/// Reads the money words.
pub fn load(pool: &Pool) -> Money {
    let (cash, base) = halves(slots::load(pool, MONEY));
    let (set_aside, shortfall) = halves(slots::load(pool, RESERVES));
    Money {
        cash,
        base,
        set_aside,
        shortfall,
    }
}

/// Writes cash and base.
pub fn store(pool: &mut Pool, money: &Money) {
    slots::store(pool, MONEY, pair(money.cash, money.base));
}

/// Writes all money words.
pub fn store_all(pool: &mut Pool, money: &Money) {
    store(pool, money);
    slots::store(pool, RESERVES, pair(money.set_aside, money.shortfall));
}

/// Reads the ledger.
pub fn ledger(pool: &Pool) -> Ledger {
    let (fees, premiums) = halves(slots::load(pool, TRADE_LEDGER));
    let (hedge_cash_flow, hedge_cost) = halves(slots::load(pool, HEDGE_LEDGER));
    Ledger {
        fees,
        premiums: premiums as i128,
        hedge_cash_flow: hedge_cash_flow as i128,
        hedge_cost: hedge_cost as i128,
    }
}

/// Adds one trade to the ledger: the pool's premium (signed) and its fee.
pub fn record_trade(pool: &mut Pool, premium: i128, fee: u128) {
    let (fees, premiums) = halves(slots::load(pool, TRADE_LEDGER));
    let premiums = (premiums as i128).saturating_add(premium);
    slots::store(
        pool,
        TRADE_LEDGER,
        pair(fees.saturating_add(fee), premiums as u128),
    );
}

/// Adds one hedge swap to the ledger: the pool's quote (signed) and what it cost against the feed price.
pub fn record_hedge(pool: &mut Pool, cash_flow: i128, cost: i128) {
    let (flow, total) = halves(slots::load(pool, HEDGE_LEDGER));
    let flow = (flow as i128).saturating_add(cash_flow);
    let total = (total as i128).saturating_add(cost);
    slots::store(pool, HEDGE_LEDGER, pair(flow as u128, total as u128));
}

impl Money {
    /// Moves cash to what is set aside for holders until nothing is short or no cash is left.
    pub fn fund(&mut self) {
        let moved = self.cash.min(self.shortfall);
        self.cash -= moved;
        self.shortfall -= moved;
        self.set_aside = self.set_aside.saturating_add(moved);
    }
}
