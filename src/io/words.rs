//! ABI data as 32-byte words.

use alloc::vec::Vec;
use alloy_primitives::{Address, B256, U256};

/// Words back to back.
#[inline(never)]
pub fn data(words: &[U256]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(words.len() * 32);
    for word in words {
        bytes.extend_from_slice(&word.to_be_bytes::<32>());
    }
    bytes
}

/// A selector followed by words.
#[inline(never)]
pub fn calldata(selector: [u8; 4], words: &[U256]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(4 + words.len() * 32);
    bytes.extend_from_slice(&selector);
    for word in words {
        bytes.extend_from_slice(&word.to_be_bytes::<32>());
    }
    bytes
}

/// Bytes as the return data of a function that answers with one string.
#[inline(never)]
pub fn text(bytes: &[u8]) -> Vec<u8> {
    let mut output = data(&[U256::from(32)]);
    append(&mut output, bytes);
    output
}

/// Appends bytes as the ABI has them: their number, themselves, zeros up to the next word.
#[inline(never)]
pub fn append(output: &mut Vec<u8>, bytes: &[u8]) {
    output.extend_from_slice(&data(&[U256::from(bytes.len())]));
    output.extend_from_slice(bytes);
    output.resize(output.len() + padding(bytes.len()), 0);
}

/// Bytes from this length to the next word.
pub fn padding(length: usize) -> usize {
    length.wrapping_neg() % 32
}

/// The word at this index, if the data is long enough.
#[inline(never)]
pub fn at(bytes: &[u8], index: usize) -> Option<U256> {
    let start = index.checked_mul(32)?;
    let slice = bytes.get(start..start.checked_add(32)?)?;
    Some(U256::from_be_bytes::<32>(slice.try_into().ok()?))
}

/// The address in the low bytes of a word.
pub fn address(word: U256) -> Address {
    Address::from_word(B256::from(word))
}

/// The limbs of a hash.
pub const fn limbs(hash: B256) -> [u64; 4] {
    *U256::from_be_bytes(hash.0).as_limbs()
}

/// A constant hash as a word, from its limbs: numbers are code, and bytes would be data, which every call of a program pays for.
#[inline(never)]
pub fn constant(l0: u64, l1: u64, l2: u64, l3: u64) -> U256 {
    U256::from_limbs([l0, l1, l2, l3])
}

/// `hash!("…")`: a constant hash as a word.
macro_rules! hash {
    ($hex:literal) => {{
        const LIMBS: [u64; 4] = $crate::io::words::limbs(alloy_primitives::b256!($hex));
        $crate::io::words::constant(LIMBS[0], LIMBS[1], LIMBS[2], LIMBS[3])
    }};
}
pub(crate) use hash;

/// Two halves as one word, `low` in the lower 128 bits.
pub fn pair(low: u128, high: u128) -> U256 {
    U256::from_limbs([
        low as u64,
        (low >> 64) as u64,
        high as u64,
        (high >> 64) as u64,
    ])
}

/// The halves of a word: (low, high).
pub fn halves(word: U256) -> (u128, u128) {
    let limbs = word.as_limbs();
    (
        limbs[0] as u128 | (limbs[1] as u128) << 64,
        limbs[2] as u128 | (limbs[3] as u128) << 64,
    )
}

/// The word as `u128`, if it fits.
pub fn narrow(word: U256) -> Option<u128> {
    let (low, high) = halves(word);
    (high == 0).then_some(low)
}

/// The first words of some data, if it is long enough.
#[inline(never)]
pub fn first<const N: usize>(bytes: &[u8]) -> Option<[U256; N]> {
    let mut words = [U256::ZERO; N];
    for (index, word) in words.iter_mut().enumerate() {
        *word = at(bytes, index)?;
    }
    Some(words)
}
