//! What all accounts are short together, counted.

use smirk_engine::{
    series::Series,
    state::{Kind, LOT},
    wide::mul_div_up,
};

use crate::saturating::Saturating;
use crate::scale::WAD;

/// WAD per stored unit of a strike, of which every tick is a multiple: strikes of short puts are summed in it.
pub const STRIKE_UNIT: u128 = 1_000_000_000_000;

/// What all accounts are short together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shorts {
    /// Calls, lots.
    pub calls: u64,
    /// Puts, lots.
    pub puts: u64,
    /// Σ puts·strike, lots times `STRIKE_UNIT`.
    pub(super) put_strikes: u128,
}

impl Shorts {
    /// What the puts cost at a price of zero, quote WAD, rounded up.
    pub fn put_strikes_up(&self) -> u128 {
        mul_div_up(self.put_strikes, LOT * STRIKE_UNIT, WAD).unwrap_or(u128::MAX)
    }

    /// Adds shorts in a series, lots.
    pub fn add(&mut self, series: &Series, lots: i64) {
        match series.kind {
            Kind::Call => self.calls = self.calls.saturating_add_signed(lots),
            Kind::Put => {
                self.puts = self.puts.saturating_add_signed(lots);
                let strikes = lots as i128 * (series.strike / STRIKE_UNIT) as i128;
                self.put_strikes = self.put_strikes.saturating_add_signed(strikes);
            }
        }
    }

    /// Takes away the shorts of an expiry that is over.
    pub fn remove(&mut self, others: &Shorts) {
        self.calls = self.calls.saturating_sub(others.calls);
        self.puts = self.puts.saturating_sub(others.puts);
        self.put_strikes = self.put_strikes.less(others.put_strikes);
    }
}
