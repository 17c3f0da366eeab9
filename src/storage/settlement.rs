//! Settlement price and what is still owed, per expiry.

use super::slots::{entry, SETTLEMENTS};
use crate::{
    error::Word,
    io::{
        host,
        words::{halves, pair},
    },
    Pool,
};

/// (price WAD, owed atoms) of a settled expiry; `None` before settlement.
pub fn load(pool: &Pool, expiry: u64) -> Option<(u128, u128)> {
    let word = host::load(pool, entry(pool, SETTLEMENTS, &[expiry.word()]));
    (!word.is_zero()).then(|| halves(word))
}

/// Writes price and owed.
pub fn store(pool: &mut Pool, expiry: u64, price: u128, owed: u128) {
    let slot = entry(pool, SETTLEMENTS, &[expiry.word()]);
    host::store(pool, slot, pair(price, owed));
}
