//! A base fee that follows the demand. Gas that is executed piles up and runs off at the speed limit; what has piled up beyond
//! the tolerance raises the base fee exponentially. The fee found at the start of a block is that of the block after it.

use alloy_primitives::U256;

use crate::machine::Machine;
use crate::precompile::figure::{
    kept_minimum, minimum_base_fee, BACKLOG_TOLERANCE, GAS_BACKLOG, MINIMUM_BASE_FEE,
    PRICING_INERTIA, SPEED_LIMIT,
};
use crate::precompile::setting::{NEXT_BASE_FEE, PRICED_AT};
use crate::program::pricer::{exponential, ONE};

/// Terms of the series by which the fee grows.
const TERMS: u64 = 4;
/// Largest number that ArbOS reckons with here.
const MOST: u64 = i64::MAX as u64;

/// What the base fee is multiplied with, in ten-thousandths, rounded down. Speed in gas per second, tolerance and
/// inertia in seconds.
fn factor(backlog: u64, speed: u64, tolerance: u64, inertia: u64) -> u64 {
    let tolerated = tolerance.saturating_mul(speed);
    let Some(excess) = backlog.checked_sub(tolerated).filter(|excess| *excess > 0) else {
        return ONE;
    };
    let unit = inertia.saturating_mul(speed).min(MOST);
    let excess = excess.min(MOST).saturating_mul(ONE).min(MOST);
    match excess.checked_div(unit) {
        Some(exponent) => exponential(exponent, TERMS),
        None => ONE,
    }
}

impl Machine {
    /// Lets the backlog run off since the last block and finds the base fee of the next one.
    pub(crate) fn price_demand(&mut self) {
        let now = self.block.timestamp;
        let last: u64 = PRICED_AT.get(self).saturating_to();
        let passed = now.saturating_sub(last.max(self.config.start_time));
        PRICED_AT.set(self, U256::from(now));
        let speed: u64 = SPEED_LIMIT.get(self).saturating_to();
        let backlog: u64 = GAS_BACKLOG.get(self).saturating_to();
        let backlog = backlog.saturating_sub(passed.saturating_mul(speed).min(MOST));
        GAS_BACKLOG.set(self, U256::from(backlog));
        let tolerance = BACKLOG_TOLERANCE.get(self).saturating_to();
        let inertia = PRICING_INERTIA.get(self).saturating_to();
        if MINIMUM_BASE_FEE.get(self).is_zero() {
            let fee = U256::from(self.config.base_fee);
            MINIMUM_BASE_FEE.set(self, kept_minimum(fee));
        }
        let factor = U256::from(factor(backlog, speed, tolerance, inertia));
        let minimum = minimum_base_fee(MINIMUM_BASE_FEE.get(self)).unwrap_or_default();
        let fee = minimum.saturating_mul(factor) / U256::from(ONE);
        let is_same = fee == U256::from(self.config.base_fee);
        let next = fee.saturating_add(U256::ONE);
        NEXT_BASE_FEE.set(self, if is_same { U256::ZERO } else { next });
    }

    /// Adds what a transaction executed.
    pub(crate) fn pile_up(&mut self, gas: u64) {
        let backlog: u64 = GAS_BACKLOG.get(self).saturating_to();
        GAS_BACKLOG.set(self, U256::from(backlog.saturating_add(gas)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fee_grows_as_arbos_reckons() {
        let factor = |backlog| factor(backlog, 7_000_000, 10, 102);
        assert_eq!(factor(0), 10_000);
        assert_eq!(factor(70_000_000), 10_000, "what is tolerated");
        assert_eq!(
            factor(70_071_399),
            10_000,
            "less than a ten-thousandth of the inertia"
        );
        assert_eq!(factor(70_071_400), 10_001);
        assert_eq!(factor(714_000_000), 24_583);
        assert_eq!(factor(784_000_000), 27_083, "e by four terms");
        assert_eq!(factor(1_498_000_000), 70_000, "e squared by four terms");
        assert!(factor(u64::MAX) > factor(1_498_000_000));
        assert_eq!(super::factor(1, 0, 0, 0), 10_000);
    }
}
