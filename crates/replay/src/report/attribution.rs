//! Where the pool's result came from: cash flows from events, the rest from the difference of two views.

use super::record::{Replay, Step};

/// The parts of a result, quote units. They add up to [`Attribution::total`].
#[derive(Clone, Copy, Debug)]
pub struct Attribution {
    /// Premium received less paid.
    pub premium: f64,
    /// Set aside for holders at settlement (a loss).
    pub payouts: f64,
    /// Change in value of the open positions.
    pub book: f64,
    /// Spread and surcharge.
    pub fees: f64,
    /// Charges for capacity.
    pub capacity: f64,
    /// Charges that are not earned yet (a deduction).
    pub unearned: f64,
    /// Price gain of the hedge position before its cost.
    pub hedge_price: f64,
    /// Venue fee and slippage of the hedges (a loss).
    pub hedge_cost: f64,
    /// Interest earned at the lender less interest owed.
    pub interest: f64,
    /// Part of the fees that went to the insurance fund (a deduction).
    pub insured: f64,
    /// What accounts did not pay and the pool did, or lent them (a loss).
    pub bad_debt: f64,
    /// Net asset value gained, deposits and withdrawals aside.
    pub total: f64,
}

impl Attribution {
    /// What the parts leave: rounding, and the rewards for pokes.
    pub fn residue(&self) -> f64 {
        let parts = [
            self.premium,
            self.payouts,
            self.book,
            self.fees,
            self.capacity,
            self.unearned,
            self.hedge_price,
            self.hedge_cost,
            self.interest,
            self.insured,
            self.bad_debt,
        ];
        self.total - parts.iter().sum::<f64>()
    }
}

/// The result between the first and the last step.
pub fn attribution(replay: &Replay) -> Attribution {
    let (first, last) = (&replay.steps[0], &replay.steps[replay.steps.len() - 1]);
    let change = |of: fn(&Step) -> f64| of(last) - of(first);
    Attribution {
        premium: change(|step| step.premium),
        payouts: -change(|step| step.payouts),
        book: change(|step| step.book_value),
        fees: change(|step| step.fees),
        capacity: change(|step| step.capacity),
        unearned: -change(|step| step.unearned),
        hedge_price: change(|step| step.hedge_gain + step.hedge_cost),
        hedge_cost: -change(|step| step.hedge_cost),
        interest: change(|step| step.interest),
        insured: -change(|step| step.insured),
        bad_debt: -change(|step| step.borne + step.accounts.claim),
        total: change(|step| step.nav - step.contributed),
    }
}
