//! Where everything lies: one word per slot, read and written whole.
//!
//! | slot | word | lowest bits first |
//! |---|---|---|
//! | 0 | shortfall | owed to holders beyond what is set aside (atoms, 128), the oldest expiry of which that is so (64): what few calls read |
//! | 4 | reserves | set aside for holders, insurance (atoms, 128 each) |
//! | 5–8 | owner, pending owner, guardian, keeper | address (160); in the keeper's also threshold, signers (16 each), newest report (32) |
//! | 9 | head | lock (2), paused, has a loan, has had accounts, and is short (a bit each, then two unused), nodes (8), slices (4), tables (12), last flow (32), outside since (32), the charge's as of (32), flow variance (1e-3, 48), exposure left (1e-4 base: 10 bits, a shift of 5, a sign), expiry that was last charged for (4), what of that is unearned (1e-6 quote, 60; zero while that stands with the expiry) |
//! | 10 | money | cash (quote atoms, 96), base held (base atoms, 96), fees ever taken (1e-6 quote, 64) |
//! | 11 | cash ledger | what came to cash by other than trades and hedges (atoms, signed, 128): deposits less withdrawals, set-asides, rewards |
//! | 12 | hedge ledger | cash flow of hedging (atoms, signed, 128), its cost (atoms, signed, 128) |
//! | 13 | share supply | shares (128) |
//! | 14 | capacity ledger | capacity income and rent ever charged (atoms, 128 each) |
//! | 15 | window of exits | opened (unix seconds, 32), assets taken (atoms, 96), shares burned (128) |
//! | 27 | loan | debt and collateral, scaled by the lender's indices (base and quote atoms, 128 each) |
//! | 28 | loan's worth | base owed and quote supplied when the lender was last called (atoms, 128 each) |
//! | 29 | loan ledger | base borrowed less repaid, quote supplied less withdrawn (atoms, signed, 128 each) |
//! | 32–55 | slices, two words each | expiry, posted at, ATM vol, left wing, right wing (32 each, vols in 1e-9), carry (32, signed, 1e-9), spot at posting (64, 1e-9) |
//! | | | puts (lots, signed, 48), their strikes (lots times ticks, signed, 72), unearned charges (64, 1e-6 quote), as of (32), vol jump, carry jump (20 each, 2e-6) |
//! | 56–59 | shorts of nodes, 32 a word, rounded up | four times: what accounts are short of at each of eight nodes (lots, 7 bits: the first is the highest of three digits, the others 1,024ths; see [`super::written`]), a byte of what they are short in all (calls 16, puts 16, in the first word) |
//! | 60 | pot | quote of accounts, what the pool has lent it (atoms, 128 each) |
//! | 61 | written | what accounts are short: calls, puts (lots, 64 each), strikes of the puts (lots times 1e-6 quote, 128) |
//! | 62 | counted | fees that the insurance has had its part of (1e-6 quote, 64), what is in doubt of accounts' debts (atoms, upper 128) |
//! | 64–95 | nodes, four a word | calls and puts together (lots, signed, 40), strike (ticks, 20), slice (4) |
//! | 96–127 | puts of nodes, four a word | puts (lots, signed, 64) |
//! | 160–167 | signers | address (160) |
//! | 168 | signers proposed | from when on they can be accepted (64), upper 192 bits of their hash |
//! | 169 | feed proposed | address (160), from when on it can be accepted (64), whether the feed failed then (1) |
//!
//! What hardly ever changes lies in code rather than here, see [`super::table`].
//!
//! Mappings follow Solidity: the slot of key k is keccak256(k ‖ slot), nested ones outermost key first.
//!
//! | slot | mapping |
//! |---|---|
//! | 128 | expiry → settlement price (WAD, 128), owed (atoms, 128); one on: funded (atoms, 128), next short expiry (64), whether the price was far (1); two on: of what is owed, to the pot of accounts (atoms, 128) |
//! | 129 | holder → shares |
//! | 130 | owner → spender → share allowance |
//! | 131 | owner → permit nonce |
//! | 132 | holder → series id → position (WAD) |
//! | 133 | owner → spender → operator (0 or 1) |
//! | 134 | owner → spender → series id → allowance |
//! | 135 | expiry → proposed settlement price (WAD, 128), its time (64), time of the first proposal (64) |
//! | 136 | holder → window of exits (32), assets taken (atoms, 96), shares burned (128); one on: shares that count for no part (128) |
//! | 137 | owner → account: quote (atoms, signed, 128), legs (8), flagged at (32), whether its debt counts as unmet (1); from one on two legs a word: lots (signed, 44), put (1), expiry (32), strike (1e-6 quote, 51) |
//! | 138 | owner → delegate → may trade on the account (0 or 1) |
//! | 139 | id of the call at a node → what accounts hold there, lots, 64 each: calls long, calls short, puts long, puts short |

#![allow(missing_docs)]

use alloy_primitives::U256;

use crate::{
    io::host,
    words::{self, Words},
    Pool,
};

pub const SHORTFALL: u64 = 0;
pub const RESERVES: u64 = 4;
pub const OWNER: u64 = 5;
pub const PENDING_OWNER: u64 = 6;
pub const GUARDIAN: u64 = 7;
pub const KEEPER: u64 = 8;
pub const HEAD: u64 = 9;
pub const MONEY: u64 = 10;
pub const CASH_LEDGER: u64 = 11;
pub const HEDGE_LEDGER: u64 = 12;
pub const SHARE_SUPPLY: u64 = 13;
pub const CAPACITY_LEDGER: u64 = 14;
pub const WINDOW: u64 = 15;
pub const LOAN: u64 = 27;
pub const LOAN_WORTH: u64 = 28;
pub const LOAN_LEDGER: u64 = 29;
pub const SLICES: u64 = 32;
pub const NODE_SHORTS: u64 = 56;
pub const POT: u64 = 60;
pub const WRITTEN: u64 = 61;
pub const COUNTED: u64 = 62;
pub const NODES: u64 = 64;
pub const NODE_PUTS: u64 = 96;
pub const SIGNERS: u64 = 160;
pub const PROPOSED_SIGNERS: u64 = 168;
pub const PROPOSED_FEED: u64 = 169;

pub const SETTLEMENTS: u64 = 128;
pub const SHARES: u64 = 129;
pub const SHARE_ALLOWANCES: u64 = 130;
pub const NONCES: u64 = 131;
pub const POSITIONS: u64 = 132;
pub const OPERATORS: u64 = 133;
pub const POSITION_ALLOWANCES: u64 = 134;
pub const PROPOSALS: u64 = 135;
pub const EXITS: u64 = 136;
pub const ACCOUNTS: u64 = 137;
pub const DELEGATES: u64 = 138;
pub const OPEN_INTEREST: u64 = 139;

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
pub fn entry(pool: &Pool, mapping: u64, keys: Words) -> U256 {
    let mut slot = U256::from_limbs([mapping, 0, 0, 0]);
    for key in keys.chunks_exact(32) {
        let mut hashed = [0; 64];
        hashed[..32].copy_from_slice(key);
        hashed[32..].copy_from_slice(&words::bytes_of(&slot));
        slot = words::word_of(&host::keccak(pool, &hashed).0);
    }
    slot
}
