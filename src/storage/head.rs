//! The head word: lock, pause, counts, the flow estimate that the hedge band reads, and two times.

use alloy_primitives::U256;

use super::slots::{self, HEAD};
use crate::{io::words::halves, Pool};

/// No state-changing call is under way.
pub const FREE: u8 = 0;
/// A state-changing call is under way.
pub const LOCKED: u8 = 1;
/// A swap of ours is under way, whose callback is answered.
pub const SWAPPING: u8 = 2;

/// The head word, unpacked.
#[derive(Clone, Copy, Default)]
pub struct Head {
    /// [`FREE`], [`LOCKED`] or [`SWAPPING`].
    pub lock: u8,
    /// Whether new risk is refused.
    pub paused: bool,
    /// Nodes in the book.
    pub nodes: u8,
    /// Listed, unsettled expiries.
    pub slices: u8,
    /// When a trade last moved the flow estimate, unix seconds.
    pub last_flow: u64,
    /// Since when the exposure has been outside its band, or holders are owed cash, unix seconds; zero while neither.
    pub outside_since: u64,
    /// The oldest settled expiry whose holders are owed more than is set aside for them; zero for none.
    pub oldest_short: u64,
    /// Variance rate of trade-induced delta, base² per year, WAD.
    pub flow_variance: u128,
}

/// Reads the head word.
pub fn load(pool: &Pool) -> Head {
    let word = slots::load(pool, HEAD);
    let [packed, times, ..] = *word.as_limbs();
    Head {
        lock: packed as u8,
        paused: packed >> 8 & 0xff != 0,
        nodes: (packed >> 16) as u8,
        slices: (packed >> 24) as u8,
        last_flow: packed >> 32,
        outside_since: times & 0xffff_ffff,
        oldest_short: times >> 32,
        flow_variance: halves(word).1,
    }
}

/// Writes the head word.
pub fn store(pool: &mut Pool, head: &Head) {
    let packed = head.lock as u64
        | (head.paused as u64) << 8
        | (head.nodes as u64) << 16
        | (head.slices as u64) << 24
        | head.last_flow << 32;
    let times = head.outside_since & 0xffff_ffff | head.oldest_short << 32;
    let (low, high) = (head.flow_variance as u64, (head.flow_variance >> 64) as u64);
    slots::store(pool, HEAD, U256::from_limbs([packed, times, low, high]));
}

/// The lock.
pub fn lock(pool: &Pool) -> u8 {
    slots::load(pool, HEAD).as_limbs()[0] as u8
}

/// Sets the lock and leaves the rest as it is.
pub fn set_lock(pool: &mut Pool, lock: u8) {
    let word = slots::load(pool, HEAD) & !U256::from(0xffu64);
    slots::store(pool, HEAD, word | U256::from(lock as u64));
}
