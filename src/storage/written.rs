//! What accounts are short at each node and in all, rounded up to a few digits, so that an order reads it in one word for 32 nodes.
//! [`super::pot`] has the exact sums, which only orders that write look at.
//!
//! A quarter of a word has a byte of two totals above seven bits each of eight nodes.

use alloy_primitives::U256;
use smirk_engine::state::MAX_NODES;

use super::{
    shorts::Shorts,
    slots::{self, NODE_SHORTS},
};
use crate::Pool;

/// Nodes of a word, and of a quarter of it.
const WORD: usize = 32;
const QUARTER: usize = 8;
/// Bits of a node.
const BITS: u32 = 7;
const MOST: u64 = (1 << BITS) - 1;
/// Bits behind the first one of what a node and what a total keeps.
const DIGITS: u32 = 2;
const TOTAL_DIGITS: u32 = 10;
/// Lots of a code's unit, less than a hundredth of an option, as a shift.
const UNIT: u32 = 13;

/// What accounts are short, lots, each rounded up.
#[derive(Clone, Copy)]
pub struct Rounded {
    /// Calls in all.
    pub calls: u64,
    /// Puts in all.
    pub puts: u64,
    /// Calls and puts at each node.
    pub nodes: [u64; MAX_NODES],
}

impl Rounded {
    /// Nothing.
    pub const NONE: Rounded = Rounded {
        calls: 0,
        puts: 0,
        nodes: [0; MAX_NODES],
    };

    /// Reads it for so many nodes.
    #[inline(never)]
    pub fn load(&mut self, pool: &Pool, count: usize) {
        for (index, nodes) in self.nodes[..count].chunks_mut(WORD).enumerate() {
            let word = word(pool, index);
            if index == 0 {
                (self.calls, self.puts) = totals(&word);
            }
            unpack(&word, nodes);
        }
    }
}

/// What a word has of up to 32 nodes, lots.
pub fn unpack(word: &U256, nodes: &mut [u64]) {
    for (nodes, limb) in nodes.chunks_mut(QUARTER).zip(word.as_limbs()) {
        let mut rest = *limb;
        for node in nodes {
            *node = value(rest & MOST, DIGITS);
            rest >>= BITS;
        }
    }
}

/// Calls and puts in all of the first word, lots.
pub fn totals(word: &U256) -> (u64, u64) {
    let bytes = |codes, limb: &u64| codes << 8 | limb >> 56;
    let codes: u64 = word.as_limbs().iter().rev().fold(0, bytes);
    (
        value(codes & 0xffff, TOTAL_DIGITS),
        value(codes >> 16, TOTAL_DIGITS),
    )
}

/// What is noted of so many lots at a node.
pub fn rounded_up(lots: u64) -> u64 {
    value(code_up(lots, DIGITS), DIGITS)
}

/// The code of so many lots, rounded up: what is above that many digits behind the first is an exponent.
#[inline(never)]
fn code_up(lots: u64, digits: u32) -> u64 {
    let units = lots.div_ceil(1 << UNIT);
    let exponent = (u64::BITS - units.leading_zeros()).saturating_sub(digits + 1);
    // What is rounded up to a power of two carries into the exponent.
    ((exponent as u64) << digits) + units.div_ceil(1 << exponent)
}

/// Lots of a code.
const fn value(code: u64, digits: u32) -> u64 {
    let exponent = (code >> digits).saturating_sub(1);
    (code - (exponent << digits)) << exponent << UNIT
}

fn word(pool: &Pool, index: usize) -> U256 {
    slots::load(pool, NODE_SHORTS + index as u64)
}

/// Number of the word, of the limb in it, and of the first bit in that, of a node.
fn place(node: usize) -> (usize, usize, u32) {
    let shift = BITS * (node % QUARTER) as u32;
    (node / WORD, node % WORD / QUARTER, shift)
}

#[inline(never)]
fn set_code(pool: &mut Pool, node: usize, code: u64) {
    let (index, limb, shift) = place(node);
    let before = word(pool, index);
    let mut limbs = *before.as_limbs();
    limbs[limb] = limbs[limb] & !(MOST << shift) | code << shift;
    let after = U256::from_limbs(limbs);
    if after != before {
        slots::store(pool, NODE_SHORTS + index as u64, after);
    }
}

/// Writes what accounts are short at a node, lots: of more than sixty million options those.
pub fn set_node(pool: &mut Pool, node: usize, lots: u64) {
    set_code(pool, node, code_up(lots, DIGITS).min(MOST));
}

/// Writes what they are short in all.
pub fn set_totals(pool: &mut Pool, shorts: &Shorts) {
    let total = |lots| code_up(lots, TOTAL_DIGITS);
    let mut codes = total(shorts.calls) | total(shorts.puts) << 16;
    let mut limbs = *word(pool, 0).as_limbs();
    for limb in &mut limbs {
        *limb = *limb << 8 >> 8 | codes << 56;
        codes >>= 8;
    }
    slots::store(pool, NODE_SHORTS, U256::from_limbs(limbs));
}

/// Moves what a node has to another place, whose node is gone; to its own nothing moves.
#[inline(never)]
pub fn move_node(pool: &mut Pool, from: usize, to: usize) {
    let (index, limb, shift) = place(from);
    let code = word(pool, index).as_limbs()[limb] >> shift & MOST;
    set_code(pool, from, 0);
    set_code(pool, to, code);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_up_by_a_fifth_at_most() {
        let most = value(MOST, DIGITS);
        assert!(most > 60_000_000_000_000);
        let mut lots = 1;
        while lots < most {
            for lots in [lots - 1, lots, lots + 1] {
                for (digits, part) in [(DIGITS, 4), (TOTAL_DIGITS, 1024)] {
                    let code = code_up(lots, digits);
                    let rounded = value(code, digits);
                    assert!(rounded >= lots && rounded - lots <= lots / part + (1 << UNIT));
                    assert_eq!(code_up(rounded, digits), code, "{lots}");
                }
            }
            lots += lots / 3 + 1;
        }
        assert_eq!(code_up(0, DIGITS), 0);
        assert_eq!(code_up(most, DIGITS), MOST);
        assert!(code_up(u64::MAX, TOTAL_DIGITS) < 1 << 16);
    }
}
