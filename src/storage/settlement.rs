//! Settlement price and what is still owed, per expiry.

use alloy_primitives::U256;

use crate::{io::words::halves, Pool};

/// (price WAD, owed atoms) of a settled expiry; `None` before settlement.
pub fn load(pool: &Pool, expiry: u64) -> Option<(u128, u128)> {
    let word = pool.settlements.get(U256::from(expiry));
    (!word.is_zero()).then(|| halves(word))
}

/// Writes price and owed.
pub fn store(pool: &mut Pool, expiry: u64, word: U256) {
    pool.settlements.insert(U256::from(expiry), word);
}
