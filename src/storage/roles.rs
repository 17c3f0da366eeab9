//! The four addresses with a say, and the quorum that may take the surface from one of them.

use alloy_primitives::{Address, U256};

use super::slots;
use crate::{
    words::{self, Word},
    Pool,
};

pub use super::slots::{GUARDIAN, KEEPER, OWNER, PENDING_OWNER};

/// Most signers of a quorum.
pub const MAX_SIGNERS: usize = 8;

/// How many signers there are and have to sign, and the newest report that was posted. All zero without a quorum.
#[derive(Clone, Copy)]
pub struct Quorum {
    /// Least number of reports.
    pub threshold: u64,
    /// Number of signers.
    pub signers: u64,
    /// Time of the newest report of the last post, unix seconds.
    pub newest: u64,
}

/// What stands beside the address in a word: its upper 96 bits.
fn beside(word: U256) -> u128 {
    let [.., high, top] = *word.as_limbs();
    (high >> 32) as u128 | (top as u128) << 32
}

/// The address of a word with this beside it.
fn with_beside(word: U256, beside: u128) -> U256 {
    let [low, middle, high, _] = *word.as_limbs();
    let high = high & 0xffff_ffff | (beside as u64) << 32;
    U256::from_limbs([low, middle, high, (beside >> 32) as u64])
}

/// Who holds the role in this slot.
pub fn load(pool: &Pool, role: u64) -> Address {
    words::address(slots::load(pool, role))
}

/// Gives the role in this slot to another.
pub fn store(pool: &mut Pool, role: u64, holder: Address) {
    let beside = beside(slots::load(pool, role));
    slots::store(pool, role, with_beside(holder.word(), beside));
}

/// The quorum, which stands beside the keeper.
pub fn quorum(pool: &Pool) -> Quorum {
    let beside = beside(slots::load(pool, KEEPER));
    Quorum {
        threshold: beside as u64 & 0xffff,
        signers: beside as u64 >> 16 & 0xffff,
        newest: beside as u64 >> 32,
    }
}

/// Writes the quorum.
pub fn store_quorum(pool: &mut Pool, quorum: &Quorum) {
    let beside = quorum.threshold | quorum.signers << 16 | quorum.newest << 32;
    let word = slots::load(pool, KEEPER);
    slots::store(pool, KEEPER, with_beside(word, beside as u128));
}
