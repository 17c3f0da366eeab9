//! Where everything lies: one word per slot, read and written whole. The tables say what its four 64-bit limbs hold.
//!
//! | slot | word | limb 0 | limb 1 | limb 2 | limb 3 |
//! |---|---|---|---|---|---|
//! | 0–7 | base, quote, feed, sequencer, router, venue, engine, vault | address | | | |
//! | 8 | traits | fee tier | quote scale (10^(18−decimals)) | base scale | feed scale; bit 63: base is token0 |
//! | 9–12 | owner, pending owner, guardian, keeper | address | | | |
//! | 13 | head | lock, paused, nodes, slices (8 bits each), last flow (32 bits) | – | flow variance low | high |
//! | 14 | money | cash (quote atoms) low | high | base atoms low | high |
//! | 15 | reserves | set aside for holders (atoms) low | high | owed beyond that (atoms) low | high |
//! | 16 | trade ledger | fees ever taken (atoms) low | high | premiums net (atoms, signed) low | high |
//! | 17 | hedge ledger | cash flow of hedging (atoms, signed) low | high | its cost (atoms, signed) low | high |
//! | 18 | share supply | low | high | – | – |
//! | 32 | parameters | depth low | high | strike tick low | high |
//! | 33–36 | parameters | eight 32-bit values each, see [`super::parameters`] | | | |
//! | 40–51 | slices | expiry, posted at (32 bits each) | ATM vol | left wing | right wing |
//! | 64–127 | nodes | two nodes of 128 bits: calls (48, signed lots), puts (48), slice (4), strike tick (28) | | | |
//!
//! Mappings follow Solidity: the slot of key k is keccak256(k ‖ slot), nested ones outermost key first.
//!
//! | slot | mapping |
//! |---|---|
//! | 128 | expiry → settlement price (WAD, low half) and owed (atoms, high half) |
//! | 129 | holder → shares |
//! | 130 | owner → spender → share allowance |
//! | 131 | owner → permit nonce |
//! | 132 | holder → series id → position (WAD) |
//! | 133 | owner → spender → operator (0 or 1) |
//! | 134 | owner → spender → series id → allowance |

#![allow(missing_docs)]

use alloy_primitives::U256;

use crate::{
    io::{host, words},
    Pool,
};

pub const BASE: u64 = 0;
pub const QUOTE: u64 = 1;
pub const FEED: u64 = 2;
pub const SEQUENCER: u64 = 3;
pub const VENUE: u64 = 4;
pub const TRAITS: u64 = 8;
pub const OWNER: u64 = 9;
pub const PENDING_OWNER: u64 = 10;
pub const GUARDIAN: u64 = 11;
pub const KEEPER: u64 = 12;
pub const HEAD: u64 = 13;
pub const MONEY: u64 = 14;
pub const RESERVES: u64 = 15;
pub const TRADE_LEDGER: u64 = 16;
pub const HEDGE_LEDGER: u64 = 17;
pub const SHARE_SUPPLY: u64 = 18;
pub const PARAMETERS: u64 = 32;
pub const SLICES: u64 = 40;
pub const NODES: u64 = 64;

pub const SETTLEMENTS: u64 = 128;
pub const SHARES: u64 = 129;
pub const SHARE_ALLOWANCES: u64 = 130;
pub const NONCES: u64 = 131;
pub const POSITIONS: u64 = 132;
pub const OPERATORS: u64 = 133;
pub const POSITION_ALLOWANCES: u64 = 134;

/// The word in a plain slot.
#[inline(never)]
pub fn load(pool: &Pool, slot: u64) -> U256 {
    host::load(pool, U256::from_limbs([slot, 0, 0, 0]))
}

/// Writes the word in a plain slot.
#[inline(never)]
pub fn store(pool: &mut Pool, slot: u64, word: U256) {
    host::store(pool, U256::from_limbs([slot, 0, 0, 0]), word);
}

/// The slot of an entry of a mapping.
#[inline(never)]
pub fn entry(pool: &Pool, mapping: u64, keys: &[U256]) -> U256 {
    let mut slot = U256::from_limbs([mapping, 0, 0, 0]);
    for key in keys {
        slot = host::keccak(pool, &words::data(&[*key, slot])).into();
    }
    slot
}
