//! The head word: lock, pause, counts, the flow estimate that the hedge band reads, three times, and what orders of late were charged.
//!
//! What is unearned of an expiry's charges stands with that, but of the expiry that was last charged for it stands here, because whoever
//! charges writes this word anyway.

use alloy_primitives::U256;

use super::{
    charge::Charge,
    slots::{self, HEAD, SHORTFALL},
};
use crate::{
    words::{halves, pair},
    Pool,
};

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
    /// Whether the pool owes base to the lender or has quote there.
    pub has_loan: bool,
    /// Whether any account ever had a position.
    pub accounts: bool,
    /// Nodes in the book.
    pub nodes: u8,
    /// Listed, unsettled expiries; four bits.
    pub slices: u8,
    /// Tables created so far ([`super::table`]); zero before construction.
    pub tables: u64,
    /// When a trade last moved the flow estimate, unix seconds.
    pub last_flow: u64,
    /// Since when the exposure has been outside its band, or holders are owed cash, unix seconds; zero while neither.
    pub outside_since: u64,
    /// The oldest settled expiry whose holders are owed more than is set aside for them; zero for none. This word has whether there is one.
    pub oldest_short: u64,
    /// Exposure that the last call left, with what is owed to holders, base WAD, rounded toward zero to ten bits.
    pub left: i128,
    /// Variance rate of trade-induced delta, base² per year, WAD.
    pub flow_variance: u128,
    /// Index of the expiry that was last charged for; four bits.
    pub charged: u8,
    /// What is unearned of that, 60 bits; none while it stands with the expiry.
    pub charge: Charge,
}

/// Most tables that are counted.
pub const MOST_TABLES: u64 = (1 << 12) - 1;
const LOCK_MASK: u64 = 3;
/// WAD per stored unit of the flow variance.
const VARIANCE_UNIT: u128 = 1_000_000_000_000_000;
const VARIANCE_BITS: u32 = 48;
const VARIANCE_MASK: u64 = (1 << VARIANCE_BITS) - 1;
/// WAD per unit of the exposure that was left.
const LEFT_UNIT: u128 = 100_000_000_000_000;
const LEFT_BITS: u32 = 10;
const CHARGED_BITS: u32 = 4;
/// Greatest amount of the charge.
pub const MOST_CHARGE: u64 = u64::MAX >> CHARGED_BITS;

/// Reads the head word.
#[inline(never)]
pub fn load(pool: &Pool) -> Head {
    let word = slots::load(pool, HEAD);
    let [packed, times, variance, charge] = *word.as_limbs();
    Head {
        lock: (packed & LOCK_MASK) as u8,
        paused: packed >> 2 & 1 != 0,
        has_loan: packed >> 3 & 1 != 0,
        accounts: packed >> 4 & 1 != 0,
        nodes: (packed >> 8) as u8,
        slices: (packed >> 16 & 0xf) as u8,
        tables: packed >> 20 & MOST_TABLES,
        last_flow: packed >> 32,
        outside_since: times & 0xffff_ffff,
        oldest_short: if packed >> 5 & 1 != 0 {
            oldest_short(pool)
        } else {
            0
        },
        left: unpack_left(variance >> VARIANCE_BITS),
        flow_variance: (variance & VARIANCE_MASK) as u128 * VARIANCE_UNIT,
        charged: charge as u8 & ((1 << CHARGED_BITS) - 1),
        charge: Charge {
            amount: charge >> CHARGED_BITS,
            since: times >> 32,
        },
    }
}

/// Writes the head word.
#[inline(never)]
pub fn store(pool: &mut Pool, head: &Head) {
    let packed = head.lock as u64
        | (head.paused as u64) << 2
        | (head.has_loan as u64) << 3
        | (head.accounts as u64) << 4
        | ((head.oldest_short != 0) as u64) << 5
        | (head.nodes as u64) << 8
        | (head.slices as u64) << 16
        | head.tables << 20
        | head.last_flow << 32;
    if head.oldest_short != 0 {
        store_oldest_short(pool, head.oldest_short);
    }
    let times = head.outside_since & 0xffff_ffff | head.charge.since << 32;
    let variance = (head.flow_variance / VARIANCE_UNIT).min(VARIANCE_MASK as u128) as u64;
    let variance = variance | pack_left(head.left) << VARIANCE_BITS;
    let charge = head.charged as u64 | head.charge.amount << CHARGED_BITS;
    let word = U256::from_limbs([packed, times, variance, charge]);
    slots::store(pool, HEAD, word);
}

/// The oldest expiry that is short, if the head word says that there is one.
fn oldest_short(pool: &Pool) -> u64 {
    halves(slots::load(pool, SHORTFALL)).1 as u64
}

/// Writes the oldest expiry that is short.
fn store_oldest_short(pool: &mut Pool, expiry: u64) {
    let (shortfall, _) = halves(slots::load(pool, SHORTFALL));
    slots::store(pool, SHORTFALL, pair(shortfall, expiry as u128));
}

/// Ten bits of an exposure, five of how far to shift them, and the sign; rounded toward zero.
fn pack_left(left: i128) -> u64 {
    let units = (left.unsigned_abs() / LEFT_UNIT).min((1 << 41) - 1) as u64;
    let shift = (64 - LEFT_BITS).saturating_sub(units.leading_zeros());
    units >> shift | (shift as u64) << LEFT_BITS | ((left < 0) as u64) << 15
}

fn unpack_left(bits: u64) -> i128 {
    let units = (bits & ((1 << LEFT_BITS) - 1)) << (bits >> LEFT_BITS & 31);
    let left = (units as u128 * LEFT_UNIT) as i128;
    if bits >> 15 & 1 == 1 {
        -left
    } else {
        left
    }
}

/// An exposure as the head word keeps it.
#[inline(never)]
pub fn kept(exposure: i128) -> i128 {
    unpack_left(pack_left(exposure))
}

/// The lock.
pub fn lock(pool: &Pool) -> u8 {
    (slots::load(pool, HEAD).as_limbs()[0] & LOCK_MASK) as u8
}

/// Sets the lock and leaves the rest as it is.
#[inline(never)]
pub fn set_lock(pool: &mut Pool, lock: u8) {
    let mut limbs = *slots::load(pool, HEAD).as_limbs();
    limbs[0] = limbs[0] & !LOCK_MASK | lock as u64;
    slots::store(pool, HEAD, U256::from_limbs(limbs));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_is_kept_to_ten_bits_and_never_grows() {
        let unit = LEFT_UNIT as i128;
        for left in [0, 1, unit, 1_023 * unit, 1_025 * unit, 1 << 86, 1 << 100] {
            let most = ((1i128 << 41) - 1) * unit;
            let whole = left.min(most) / unit * unit;
            for (left, whole) in [(left, whole), (-left, -whole)] {
                let (kept, size) = (kept(left), whole.abs());
                assert!(
                    kept.abs() <= size && size - kept.abs() <= size / 512,
                    "{left} {kept}"
                );
                assert!(kept == 0 || kept.signum() == left.signum());
                assert!(pack_left(left) < 1 << 16);
            }
        }
    }
}
