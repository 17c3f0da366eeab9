//! ABI data as 32-byte words.

use alloc::{boxed::Box, vec::Vec};
use core::ops::Deref;

use alloy_primitives::{Address, B256, U256};

/// Bytes that data has room for before it moves: what most calls, events and answers take.
const ROOM: usize = 4 + 8 * 32;

/// ABI data: words back to back, behind a selector if there is one.
///
/// All that leaves the pool is written number by number into one of these, and every `?` moves one. So it is a pointer wide,
/// and nothing frees it: what a call allocates is gone with the call.
#[derive(Debug, PartialEq, Eq)]
pub struct Words(&'static mut Vec<u8>);

impl Words {
    /// No words yet.
    #[inline(never)]
    pub fn none() -> Words {
        Words(Box::leak(Box::new(Vec::with_capacity(ROOM))))
    }

    /// A selector, and no words yet.
    #[inline(never)]
    pub fn after(selector: [u8; 4]) -> Words {
        Words::none().bytes(&selector)
    }

    /// These and one more.
    #[inline(always)]
    pub fn with(self, word: impl Word) -> Words {
        word.append(self)
    }

    /// These and a whole word.
    #[inline(never)]
    pub fn whole(self, word: &U256) -> Words {
        self.bytes(&bytes_of(word))
    }

    /// These and a number of 64 bits.
    #[inline(never)]
    pub fn small(self, number: u64) -> Words {
        self.number(number as u128)
    }

    /// These and a number.
    #[inline(never)]
    pub fn number(self, number: u128) -> Words {
        self.whole(&number.word())
    }

    /// These and a number in two's complement.
    #[inline(never)]
    pub fn signed(self, number: i128) -> Words {
        self.whole(&number.word())
    }

    /// These and an address.
    #[inline(never)]
    pub fn address(self, address: &Address) -> Words {
        self.bytes(&[0; 12]).bytes(&address.0 .0)
    }

    /// These and several more.
    #[inline(never)]
    pub fn all(self, words: &[U256]) -> Words {
        words.iter().fold(self, Words::whole)
    }

    /// These and bytes as they are.
    #[inline(never)]
    pub fn bytes(self, bytes: &[u8]) -> Words {
        self.0.extend_from_slice(bytes);
        self
    }

    /// These and bytes as the ABI has them: their number, themselves, zeros up to the next word.
    #[inline(never)]
    pub fn text(self, bytes: &[u8]) -> Words {
        let words = self.with(bytes.len() as u64).bytes(bytes);
        words.bytes(&[0; 32][..padding(bytes.len())])
    }

    /// The bytes for as long as the call lasts.
    pub fn leak(self) -> &'static [u8] {
        self.0
    }

    /// The bytes on their own.
    pub fn into_bytes(self) -> Vec<u8> {
        core::mem::take(self.0)
    }
}

impl Deref for Words {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.0
    }
}

impl From<Vec<u8>> for Words {
    fn from(bytes: Vec<u8>) -> Words {
        Words(Box::leak(Box::new(bytes)))
    }
}

/// A value that fits one ABI word.
pub trait Word {
    /// The word.
    fn word(self) -> U256;

    /// Words and this one behind them.
    fn append(self, words: Words) -> Words;
}

impl Word for U256 {
    fn word(self) -> U256 {
        self
    }

    #[inline(always)]
    fn append(self, words: Words) -> Words {
        words.whole(&self)
    }
}

impl Word for u64 {
    fn word(self) -> U256 {
        U256::from_limbs([self, 0, 0, 0])
    }

    #[inline(always)]
    fn append(self, words: Words) -> Words {
        words.small(self)
    }
}

impl Word for u128 {
    #[inline(never)]
    fn word(self) -> U256 {
        U256::from_limbs([self as u64, (self >> 64) as u64, 0, 0])
    }

    #[inline(always)]
    fn append(self, words: Words) -> Words {
        words.number(self)
    }
}

impl Word for i128 {
    #[inline(never)]
    fn word(self) -> U256 {
        let sign = (self >> 127) as u64;
        U256::from_limbs([self as u64, (self >> 64) as u64, sign, sign])
    }

    #[inline(always)]
    fn append(self, words: Words) -> Words {
        words.signed(self)
    }
}

impl Word for Address {
    #[inline(never)]
    fn word(self) -> U256 {
        word_of(&self.into_word().0)
    }

    #[inline(always)]
    fn append(self, words: Words) -> Words {
        words.address(&self)
    }
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
    Some(word_of(slice.try_into().ok()?))
}

/// The word of 32 bytes, limb by limb, which is a tenth of the work of byte by byte.
#[inline(never)]
pub fn word_of(bytes: &[u8; 32]) -> U256 {
    let mut limbs = [0; 4];
    for (limb, bytes) in limbs.iter_mut().zip(bytes.as_chunks().0.iter().rev()) {
        *limb = u64::from_be_bytes(*bytes);
    }
    U256::from_limbs(limbs)
}

/// The 32 bytes of a word.
#[inline(never)]
pub fn bytes_of(word: &U256) -> [u8; 32] {
    let mut all = [0; 32];
    for (bytes, limb) in all.as_chunks_mut().0.iter_mut().rev().zip(word.as_limbs()) {
        *bytes = limb.to_be_bytes();
    }
    all
}

/// The address in the low bytes of a word.
pub fn address(word: U256) -> Address {
    Address::from_word(B256::new(bytes_of(&word)))
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
        const LIMBS: [u64; 4] = $crate::words::limbs(alloy_primitives::b256!($hex));
        $crate::words::constant(LIMBS[0], LIMBS[1], LIMBS[2], LIMBS[3])
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
