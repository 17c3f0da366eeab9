//! The four addresses with a say, and the quorum that may take the surface from one of them.

use alloy_primitives::Address;

use super::{
    configuration::{beside, with_beside},
    slots,
};
use crate::{error::Word, io::words, Pool};

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
