//! What the pool owes to the lender and has there. Both are recorded as the lender counts them, before interest, so that what
//! others give or repay in the pool's name changes nothing.

use super::{
    slots::{self, LOAN, LOAN_LEDGER, LOAN_WORTH},
    table,
};
use crate::{
    io::lender::{Lender, Scaled},
    saturating::Saturating,
    words::{halves, pair},
    Pool,
};

/// What debt and collateral are worth, atoms.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub struct Loan {
    /// Base owed, rounded up.
    pub owed: u128,
    /// Quote supplied, rounded down.
    pub supplied: u128,
}

/// Running totals since construction, atoms. What the loan is worth beyond them is interest.
#[derive(Clone, Copy, Default)]
pub struct LoanLedger {
    /// Base borrowed less base repaid.
    pub borrowed: i128,
    /// Quote supplied less quote withdrawn.
    pub supplied: i128,
}

/// Where the lender is.
pub fn lender(pool: &Pool) -> Lender {
    let table = table::load(pool);
    Lender {
        market: table.address(table::LENDER),
        collateral_token: table.address(table::COLLATERAL_TOKEN),
        debt_token: table.address(table::DEBT_TOKEN),
        idle_share: idle_share(pool),
    }
}

/// Part of free cash and collateral that stays at the lender, WAD.
pub fn idle_share(pool: &Pool) -> u128 {
    table::load(pool).number(table::IDLE_SHARE)
}

/// What the loan was worth when the lender was last called.
pub fn worth(pool: &Pool) -> Loan {
    let (owed, supplied) = halves(slots::load(pool, LOAN_WORTH));
    Loan { owed, supplied }
}

/// Debt and collateral before interest.
pub fn scaled(pool: &Pool) -> Scaled {
    let (debt, collateral) = halves(slots::load(pool, LOAN));
    Scaled { debt, collateral }
}

/// Writes the loan and what it is worth now.
pub fn store(pool: &mut Pool, scaled: &Scaled, loan: &Loan) {
    slots::store(pool, LOAN, pair(scaled.debt, scaled.collateral));
    slots::store(pool, LOAN_WORTH, pair(loan.owed, loan.supplied));
}

/// The ledger.
pub fn ledger(pool: &Pool) -> LoanLedger {
    let (borrowed, supplied) = halves(slots::load(pool, LOAN_LEDGER));
    LoanLedger {
        borrowed: borrowed as i128,
        supplied: supplied as i128,
    }
}

/// Adds to the ledger.
pub fn record(pool: &mut Pool, borrowed: i128, supplied: i128) {
    let ledger = ledger(pool);
    let borrowed = ledger.borrowed.plus(borrowed);
    let supplied = ledger.supplied.plus(supplied);
    slots::store(pool, LOAN_LEDGER, pair(borrowed as u128, supplied as u128));
}
