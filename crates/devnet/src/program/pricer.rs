//! Data fee of activations: a price per byte that rises with demand and decays with time.

use alloy_primitives::U256;

use crate::machine::Machine;
use crate::program::place::{demand_slot, demand_time_slot};
use crate::program::record::ARBITRUM_START;

/// Bytes of demand forgotten per second: 2^40 bytes a year.
const BYTES_PER_SECOND: u32 = 34_865;
/// Price of a byte without demand, in wei.
const MIN_PRICE: u64 = 82_928_201;
/// Demand in bytes that multiplies the price by e.
const INERTIA: u64 = 21_360_419;
/// One, in ten-thousandths.
pub(crate) const ONE: u64 = 10_000;
/// Terms of the series by which the price grows.
const DATA_TERMS: u64 = 12;

/// State of the price.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct DataPricer {
    demand: u32,
    updated_at: u64,
}

impl DataPricer {
    /// Adds `bytes` to the demand at `now`; gives their fee in wei.
    fn charge(&mut self, bytes: u32, now: u64) -> U256 {
        let passed = u32::try_from(now.saturating_sub(self.updated_at)).unwrap_or(u32::MAX);
        let forgotten = BYTES_PER_SECOND.saturating_mul(passed);
        self.demand = self.demand.saturating_sub(forgotten).saturating_add(bytes);
        self.updated_at = now;
        let exponent = ONE * u64::from(self.demand) / INERTIA;
        let per_byte = MIN_PRICE.saturating_mul(exponential(exponent, DATA_TERMS)) / ONE;
        U256::from(per_byte.saturating_mul(u64::from(bytes)))
    }
}

/// e^x by so many terms of its series; argument and result in ten-thousandths, rounded down term by term.
pub(crate) fn exponential(x: u64, terms: u64) -> u64 {
    let innermost = ONE.saturating_add(x / terms);
    (1..terms).rev().fold(innermost, |sum, term| {
        ONE.saturating_add(sum.saturating_mul(x) / (term * ONE))
    })
}

impl Machine {
    /// Fee in wei for storing `bytes` of native code; raises the price for those who follow.
    pub(crate) fn charge_data_fee(&mut self, bytes: u32) -> U256 {
        let updated_at: u64 = self.arbos_read(demand_time_slot()).saturating_to();
        let mut pricer = DataPricer {
            demand: self.arbos_read(demand_slot()).saturating_to(),
            updated_at: updated_at.max(ARBITRUM_START),
        };
        let fee = pricer.charge(bytes, self.block.timestamp);
        self.arbos_write(demand_slot(), U256::from(pricer.demand));
        self.arbos_write(demand_time_slot(), U256::from(pricer.updated_at));
        fee
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_fee(bytes: u32) -> u64 {
        let mut pricer = DataPricer {
            demand: 0,
            updated_at: ARBITRUM_START,
        };
        pricer.charge(bytes, 1_767_225_600).to::<u64>()
    }

    #[test]
    fn first_activation_fees_match_the_reference() {
        assert_eq!(first_fee(512_001), 43_482_591_166_770);
        assert_eq!(first_fee(520_000), 44_179_169_320_000);
        assert_eq!(first_fee(600_000), 51_165_041_400_000);
        assert_eq!(first_fee(750_000), 64_416_552_750_000);
    }

    #[test]
    fn demand_raises_the_price_until_it_is_forgotten() {
        let mut pricer = DataPricer {
            demand: 0,
            updated_at: ARBITRUM_START,
        };
        let first = pricer.charge(10_000_000, ARBITRUM_START);
        let second = pricer.charge(10_000_000, ARBITRUM_START);
        let later = pricer.charge(10_000_000, ARBITRUM_START + 1_000);
        assert!(second > first);
        assert_eq!(later, first);
    }
}
