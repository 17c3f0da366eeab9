//! A price feed with one round, answered now.

use alloy_primitives::U256;
use stylus_sdk::prelude::*;

sol_storage! {
    /// A feed of 8 decimals.
    pub struct Feed {
        uint256 answer;
    }
}

// SAFETY: the contract is alone at its address.
unsafe impl TopLevelStorage for Feed {}

#[public]
impl Feed {
    /// Sets the price, 8 decimals.
    pub fn set_answer(&mut self, answer: U256) {
        self.answer.set(answer);
    }

    /// Chainlink's.
    pub fn decimals(&self) -> U256 {
        U256::from(8)
    }

    /// Chainlink's: round, answer, started, updated, answered in.
    pub fn latest_round_data(&self) -> (U256, U256, U256, U256, U256) {
        let (round, now) = (U256::from(1), U256::from(self.vm().block_timestamp()));
        (round, self.answer.get(), now, now, round)
    }
}
