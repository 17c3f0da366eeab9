//! Recorded money. Nothing here is ever read from a token balance: a donation changes nothing.

use alloy_primitives::U256;

use super::slots::{
    self, CAPACITY_LEDGER, FEED, HEDGE_LEDGER, MONEY, QUOTE, SEQUENCER, TRADE_LEDGER,
};
use crate::{
    io::words::{halves, pair},
    Pool,
};

/// What the pool holds and owes. Amounts in atoms; quote amounts but cash have 96 bits.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Money {
    /// Quote the pool may use.
    pub cash: u128,
    /// Base held as a hedge.
    pub base: u128,
    /// Quote set aside for holders of settled series, over all expiries.
    pub set_aside: u128,
    /// Owed to holders of settled series beyond what is set aside; paid from cash first.
    pub shortfall: u128,
    /// Node rents; nobody's equity.
    pub insurance: u128,
}

/// Running totals since construction, so that premiums, fees, and profit and cost of hedging can be told apart.
#[derive(Clone, Copy, Default)]
pub struct Ledger {
    /// Fees taken, without capacity and rent, atoms.
    pub fees: u128,
    /// Premiums received less premiums paid, atoms.
    pub premiums: i128,
    /// Charges for capacity, earned or not, atoms.
    pub capacity: u128,
    /// Node rents, atoms.
    pub rent: u128,
    /// Quote received less quote paid in all hedge swaps, atoms. Profit so far = this + base held × spot.
    pub hedge_cash_flow: i128,
    /// What the swaps cost against the feed price at their time (venue fee, impact, basis), atoms.
    pub hedge_cost: i128,
}

/// Bits of an address, beside which three amounts stand.
const ADDRESS: usize = 160;

impl Money {
    /// Quote that neither a holder nor anyone else has a claim on.
    pub fn free_cash(&self) -> u128 {
        self.cash.saturating_sub(self.shortfall)
    }
}

/// Reads recorded money.
pub fn load(pool: &Pool) -> Money {
    let (cash, base) = halves(slots::load(pool, MONEY));
    let beside = |slot| halves(slots::load(pool, slot) >> ADDRESS).0;
    Money {
        cash,
        base,
        set_aside: beside(FEED),
        shortfall: beside(QUOTE),
        insurance: beside(SEQUENCER),
    }
}

/// Writes recorded money; a word that does not change costs next to nothing.
pub fn store(pool: &mut Pool, money: &Money) {
    slots::store(pool, MONEY, pair(money.cash, money.base));
    for (slot, amount) in [
        (FEED, money.set_aside),
        (QUOTE, money.shortfall),
        (SEQUENCER, money.insurance),
    ] {
        let word = slots::load(pool, slot);
        let address = word & (U256::MAX >> (256 - ADDRESS));
        let new = address | pair(amount, 0) << ADDRESS;
        if new != word {
            slots::store(pool, slot, new);
        }
    }
}

/// Reads the ledger.
pub fn ledger(pool: &Pool) -> Ledger {
    let (fees, premiums) = halves(slots::load(pool, TRADE_LEDGER));
    let (capacity, rent) = halves(slots::load(pool, CAPACITY_LEDGER));
    let (hedge_cash_flow, hedge_cost) = halves(slots::load(pool, HEDGE_LEDGER));
    Ledger {
        fees,
        premiums: premiums as i128,
        capacity,
        rent,
        hedge_cash_flow: hedge_cash_flow as i128,
        hedge_cost: hedge_cost as i128,
    }
}

/// Adds one trade to the ledger: the pool's premium (signed) and its fee.
pub fn record_trade(pool: &mut Pool, premium: i128, fee: u128) {
    let (fees, premiums) = halves(slots::load(pool, TRADE_LEDGER));
    let premiums = (premiums as i128).saturating_add(premium);
    let word = pair(fees.saturating_add(fee), premiums as u128);
    slots::store(pool, TRADE_LEDGER, word);
}

/// Adds charges for capacity and rent to the ledger; nothing is written when there are none.
pub fn record_capacity(pool: &mut Pool, capacity: u128, rent: u128) {
    if capacity | rent == 0 {
        return;
    }
    let (capacities, rents) = halves(slots::load(pool, CAPACITY_LEDGER));
    let word = pair(
        capacities.saturating_add(capacity),
        rents.saturating_add(rent),
    );
    slots::store(pool, CAPACITY_LEDGER, word);
}

/// Adds one hedge swap to the ledger: the pool's quote (signed) and what it cost against the feed price.
pub fn record_hedge(pool: &mut Pool, cash_flow: i128, cost: i128) {
    let (flow, total) = halves(slots::load(pool, HEDGE_LEDGER));
    let flow = (flow as i128).saturating_add(cash_flow);
    let total = (total as i128).saturating_add(cost);
    slots::store(pool, HEDGE_LEDGER, pair(flow as u128, total as u128));
}
