//! The words of a call.

use core::cell::Cell;

use alloy_primitives::{Address, U256};

use crate::{
    error::{refuse, Refusal},
    io::{host, words},
    Pool,
};

/// The words of a call after its selector.
///
/// Reading never fails: what is missing or out of range reads as zero and is remembered, and [`Arguments::finish`]
/// turns it into a refusal, which undoes whatever was done with the zero. That keeps the tables small.
pub struct Arguments<'a> {
    words: &'a [u8],
    fault: Cell<Option<usize>>,
}

impl<'a> Arguments<'a> {
    /// Splits calldata into selector and arguments.
    ///
    /// # Errors
    /// `ArgumentInvalid` without a full selector, `ValueTooLarge` when wei are sent: nothing here is payable.
    pub fn split(pool: &Pool, calldata: &'a [u8]) -> Result<([u8; 4], Arguments<'a>), Refusal> {
        let value = host::value(pool);
        if !value.is_zero() {
            return Err(refuse!(ValueTooLarge, value, 0u64));
        }
        match calldata.split_first_chunk::<4>() {
            Some((selector, words)) => Ok((
                *selector,
                Arguments {
                    words,
                    fault: Cell::new(None),
                },
            )),
            None => Err(refuse!(ArgumentInvalid, 0u64)),
        }
    }

    /// The word at this index.
    #[inline(never)]
    pub fn word(&self, index: usize) -> U256 {
        words::at(self.words, index).unwrap_or_else(|| {
            self.fault.set(Some(index));
            U256::ZERO
        })
    }

    /// The number at this index, at most `limit`.
    #[inline(never)]
    pub fn number(&self, index: usize, limit: u64) -> u64 {
        let limbs = *self.word(index).as_limbs();
        if limbs[0] > limit || limbs[1] | limbs[2] | limbs[3] != 0 {
            self.fault.set(Some(index));
        }
        limbs[0]
    }

    /// The address at this index.
    #[inline(never)]
    pub fn address(&self, index: usize) -> Address {
        let word = self.word(index);
        let limbs = word.as_limbs();
        if limbs[2] >> 32 | limbs[3] != 0 {
            self.fault.set(Some(index));
        }
        words::address(word)
    }

    /// The boolean at this index.
    pub fn flag(&self, index: usize) -> bool {
        self.number(index, 1) == 1
    }

    /// The time at this index; one beyond 64 bits is as far away as any.
    #[inline(never)]
    pub fn time(&self, index: usize) -> u64 {
        let limbs = *self.word(index).as_limbs();
        if limbs[1] | limbs[2] | limbs[3] != 0 {
            return u64::MAX;
        }
        limbs[0]
    }

    /// Refuses the call when an argument was missing or out of range.
    ///
    /// # Errors
    /// `ArgumentInvalid` with the index of the last such argument.
    pub fn finish(&self) -> Result<(), Refusal> {
        match self.fault.get() {
            Some(index) => Err(refuse!(ArgumentInvalid, index as u64)),
            None => Ok(()),
        }
    }
}
