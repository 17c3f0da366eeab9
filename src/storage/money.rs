//! Recorded money. Nothing here is ever read from a token balance: a donation changes nothing.

use super::{
    head,
    slots::{self, CAPACITY_LEDGER, CASH_LEDGER, HEDGE_LEDGER, MONEY, RESERVES, SHORTFALL},
};
use crate::{
    saturating::Saturating,
    words::{halves, pair},
    Pool,
};

/// What the pool holds and owes. Amounts in atoms.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Money {
    /// Quote the pool may use; at most [`MOST`].
    pub cash: u128,
    /// Base held as a hedge; at most [`MOST`].
    pub base: u128,
    /// Fees ever taken, without capacity and rent, in [`FEE_UNIT`]s, rounded down.
    pub fees: u64,
    /// Owed to holders of settled series beyond what is set aside; paid from cash first. Zero unless some expiry is
    /// short, which the head word says.
    pub shortfall: u128,
}

/// Most atoms that are recorded of cash or base: 79 billion of a token with 18 decimals.
pub const MOST: u128 = (1 << BITS) - 1;
const BITS: u32 = 96;
/// WAD per unit of the fees.
pub const FEE_UNIT: u128 = 1_000_000_000_000;

/// Quote that is in nobody's equity. Amounts in atoms.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Reserves {
    /// Set aside for holders of settled series, over all expiries.
    pub set_aside: u128,
    /// Node rents.
    pub insurance: u128,
}

/// Running totals since construction, so that premiums, fees, and profit and cost of hedging can be told apart.
#[derive(Clone, Copy, Default)]
pub struct Ledger {
    /// Fees taken, without capacity and rent, atoms.
    pub fees: u128,
    /// Premiums received less premiums paid, atoms: what of cash has no other source.
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

impl Money {
    /// Quote that neither a holder nor anyone else has a claim on.
    pub fn free_cash(&self) -> u128 {
        self.cash.less(self.shortfall)
    }
}

/// Reads recorded money.
#[inline(never)]
pub fn load(pool: &Pool) -> Money {
    let (low, high) = halves(slots::load(pool, MONEY));
    Money {
        cash: low & MOST,
        base: low >> BITS | (high & u64::MAX as u128) << (128 - BITS),
        fees: (high >> 64) as u64,
        shortfall: if head::load(pool).oldest_short == 0 {
            0
        } else {
            halves(slots::load(pool, SHORTFALL)).0
        },
    }
}

/// Writes cash, base and fees.
#[inline(never)]
pub fn store(pool: &mut Pool, money: &Money) {
    let (cash, base) = (money.cash.min(MOST), money.base.min(MOST));
    let high = base >> (128 - BITS) | (money.fees as u128) << 64;
    slots::store(pool, MONEY, pair(cash | base << BITS, high));
}

/// Writes what is owed to holders beyond what is set aside, which only settling and setting aside change.
#[inline(never)]
pub fn store_shortfall(pool: &mut Pool, money: &Money) {
    let (_, oldest) = halves(slots::load(pool, SHORTFALL));
    slots::store(pool, SHORTFALL, pair(money.shortfall, oldest));
}

/// Reads the reserves.
pub fn reserves(pool: &Pool) -> Reserves {
    let (set_aside, insurance) = halves(slots::load(pool, RESERVES));
    Reserves {
        set_aside,
        insurance,
    }
}

/// Writes the reserves.
pub fn store_reserves(pool: &mut Pool, reserves: &Reserves) {
    slots::store(pool, RESERVES, pair(reserves.set_aside, reserves.insurance));
}

/// Adds a rent to the insurance; nothing is read or written when there is none.
pub fn insure(pool: &mut Pool, rent: u128) {
    if rent != 0 {
        let mut reserves = reserves(pool);
        reserves.insurance = reserves.insurance.plus(rent);
        store_reserves(pool, &reserves);
    }
}

/// Reads the ledger, given cash and the fees in atoms.
pub fn ledger(pool: &Pool, cash: u128, fees: u128) -> Ledger {
    let (capacity, rent) = halves(slots::load(pool, CAPACITY_LEDGER));
    let (flow, cost) = halves(slots::load(pool, HEDGE_LEDGER));
    let (others, _) = halves(slots::load(pool, CASH_LEDGER));
    let hedge_cash_flow = flow as i128;
    let elsewhere = (others as i128)
        .plus(hedge_cash_flow)
        .saturating_add_unsigned(fees)
        .saturating_add_unsigned(capacity);
    Ledger {
        fees,
        premiums: (cash as i128).less(elsewhere),
        capacity,
        rent,
        hedge_cash_flow,
        hedge_cost: cost as i128,
    }
}

/// Notes quote that came to cash, or left it, by other than a trade or a hedge.
#[inline(never)]
pub fn record_cash(pool: &mut Pool, change: i128) {
    let (others, _) = halves(slots::load(pool, CASH_LEDGER));
    let others = (others as i128).plus(change);
    slots::store(pool, CASH_LEDGER, pair(others as u128, 0));
}

/// Adds charges for capacity and rent to the ledger; nothing is written when there are none.
pub fn record_capacity(pool: &mut Pool, capacity: u128, rent: u128) {
    if capacity | rent == 0 {
        return;
    }
    let (capacities, rents) = halves(slots::load(pool, CAPACITY_LEDGER));
    let word = pair(capacities.plus(capacity), rents.plus(rent));
    slots::store(pool, CAPACITY_LEDGER, word);
}

/// Adds one hedge swap to the ledger: the pool's quote (signed) and what it cost against the feed price.
pub fn record_hedge(pool: &mut Pool, cash_flow: i128, cost: i128) {
    let (flow, total) = halves(slots::load(pool, HEDGE_LEDGER));
    let flow = (flow as i128).plus(cash_flow);
    let total = (total as i128).plus(cost);
    slots::store(pool, HEDGE_LEDGER, pair(flow as u128, total as u128));
}
