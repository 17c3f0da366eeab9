//! A loan of the pool's as its lender says it is now.
//!
//! Only what the pool recorded counts, at the lender's indices. What the lender counts itself is read to lower a claim, as
//! after a liquidation, and never to raise one: a gift shows when the debt is repaid.

use smirk_engine::wide::{mul_div_down, mul_div_up};

use crate::{
    io::{
        configuration::Configuration,
        lender::{self, Lender, Reading, Scaled, RAY},
    },
    saturating::Saturating,
    scale::WAD,
    storage::lending::{self, Loan},
    Pool,
};

/// A loan and its lender as they are now.
pub struct Open {
    /// The lender.
    pub lender: Lender,
    /// Debt and collateral before interest.
    pub scaled: Scaled,
    /// What the lender says.
    pub reading: Reading,
    /// What others took of the collateral, and of the debt for it, and that is not booked yet.
    pub taken: Loan,
}

impl Open {
    /// Asks the lender what the loan is worth at `spot` (quote per base, WAD), if there is one. `None` without a lender, or when it does
    /// not answer: then the loan is worth what it last was.
    pub fn now(
        pool: &Pool,
        configuration: &Configuration,
        spot: u128,
        has_loan: bool,
    ) -> Option<Open> {
        if !configuration.has_lender {
            return None;
        }
        let lender = lending::lender(pool);
        let reading = lender::reading(pool, &lender, configuration)?;
        let mut open = Open {
            lender,
            scaled: Scaled::default(),
            reading,
            taken: Loan::default(),
        };
        if has_loan {
            open.scaled = lending::scaled(pool);
            let counted = lender::counted(pool, &lender)?;
            open.taken = open.lower(configuration, spot, &counted);
        }
        Some(open)
    }

    /// What it is worth, atoms: debt rounded up, collateral down.
    pub fn worth(&self) -> Loan {
        let Reading {
            debt_index,
            income_index,
            ..
        } = self.reading;
        Loan {
            owed: up(self.scaled.debt, debt_index, RAY),
            supplied: down(self.scaled.collateral, income_index, RAY),
        }
    }

    /// Lowers the collateral to what the lender counts, and the debt by no more than that collateral pays for. Returns what is
    /// gone of both.
    fn lower(&mut self, configuration: &Configuration, spot: u128, counted: &Scaled) -> Loan {
        if counted.collateral >= self.scaled.collateral {
            return Loan::default();
        }
        let before = self.worth();
        self.scaled.collateral = counted.collateral;
        let supplied = before.supplied - self.worth().supplied;
        let value = supplied.times(configuration.quote_scale);
        let paid = mul_div_down(value, WAD, spot).unwrap_or(u128::MAX) / configuration.base_scale;
        let part = down(paid, RAY, self.reading.debt_index);
        let least = self.scaled.debt.less(part);
        self.scaled.debt = counted.debt.clamp(least, self.scaled.debt);
        Loan {
            owed: before.owed - self.worth().owed,
            supplied,
        }
    }
}

/// ⌈a·b/d⌉; the most there is where that does not fit.
pub fn up(a: u128, b: u128, d: u128) -> u128 {
    mul_div_up(a, b, d).unwrap_or(u128::MAX)
}

/// ⌊a·b/d⌋; nothing where that does not fit.
pub fn down(a: u128, b: u128, d: u128) -> u128 {
    mul_div_down(a, b, d).unwrap_or(0)
}
