//! The four addresses with a say.

use alloy_primitives::Address;

use super::slots;
use crate::{error::Word, io::words, Pool};

pub use super::slots::{GUARDIAN, KEEPER, OWNER, PENDING_OWNER};

/// Who holds the role in this slot.
pub fn load(pool: &Pool, role: u64) -> Address {
    words::address(slots::load(pool, role))
}

/// Gives the role in this slot to another.
pub fn store(pool: &mut Pool, role: u64, holder: Address) {
    slots::store(pool, role, holder.word());
}
