//! From calldata to a flow or a view and back.
//!
//! The ABI is in `IPool.sol`; the selectors below are computed from it. Arguments and results are words, which costs
//! a tenth of the code that generated coders would. The pool is two programs over one storage: `trading` is what
//! the pool's own program answers, `vault` what it delegates to the second one.

pub mod trading;
pub mod vault;

use alloc::vec::Vec;

use alloy_primitives::{Address, U256};

use crate::{
    error::{refuse, Refusal, Word},
    io::{host, words},
    Pool,
};

/// Selector of a Stylus constructor, whatever its arguments.
pub const CONSTRUCTOR: [u8; 4] = [0x55, 0x85, 0x25, 0x8d];

/// The words of a call after its selector.
pub struct Arguments<'a>(&'a [u8]);

impl<'a> Arguments<'a> {
    /// Splits calldata into selector and arguments.
    ///
    /// # Errors
    /// `CalldataTooShort` without a full selector, `ValueTooLarge` when wei are sent: nothing here is payable.
    pub fn split(pool: &Pool, calldata: &'a [u8]) -> Result<([u8; 4], Arguments<'a>), Refusal> {
        let value = host::value(pool);
        if !value.is_zero() {
            return Err(refuse!(ValueTooLarge, value, 0u64));
        }
        match calldata.split_first_chunk::<4>() {
            Some((selector, rest)) => Ok((*selector, Arguments(rest))),
            None => Err(refuse!(CalldataTooShort, calldata.len() as u64, 4u64)),
        }
    }

    /// The word at this index.
    ///
    /// # Errors
    /// `CalldataTooShort`.
    #[inline(never)]
    pub fn word(&self, index: usize) -> Result<U256, Refusal> {
        let needed = 4 + 32 * (index as u64 + 1);
        words::at(self.0, index)
            .ok_or_else(|| refuse!(CalldataTooShort, 4 + self.0.len() as u64, needed))
    }

    /// The address at this index.
    ///
    /// # Errors
    /// `CalldataTooShort`, `ValueTooLarge` for a word that is no address.
    #[inline(never)]
    pub fn address(&self, index: usize) -> Result<Address, Refusal> {
        let word = self.word(index)?;
        let address = words::address(word);
        if address.word() != word {
            return Err(refuse!(ValueTooLarge, word, U256::MAX >> 96usize));
        }
        Ok(address)
    }

    /// The boolean at this index.
    ///
    /// # Errors
    /// `CalldataTooShort`, `ValueTooLarge` for a word above one.
    pub fn flag(&self, index: usize) -> Result<bool, Refusal> {
        Ok(self.number(index, 1)? == 1)
    }

    /// The number at this index, at most `limit`.
    ///
    /// # Errors
    /// `CalldataTooShort`, `ValueTooLarge`.
    #[inline(never)]
    pub fn number(&self, index: usize, limit: u64) -> Result<u64, Refusal> {
        let word = self.word(index)?;
        if word > limit.word() {
            return Err(refuse!(ValueTooLarge, word, limit));
        }
        Ok(word.as_limbs()[0])
    }

    /// The time at this index; one beyond 64 bits is as far away as any.
    #[inline(never)]
    pub fn time(&self, index: usize) -> Result<u64, Refusal> {
        let word = self.word(index)?;
        Ok(if word > u64::MAX.word() {
            u64::MAX
        } else {
            word.as_limbs()[0]
        })
    }
}

/// One word as return data.
pub fn one(word: impl Word) -> Vec<u8> {
    words::data(&[word.word()])
}

/// A short string as return data.
pub fn text(text: &str) -> Vec<u8> {
    let mut padded = [0; 32];
    let length = text.len().min(32);
    padded[..length].copy_from_slice(&text.as_bytes()[..length]);
    words::data(&[
        32u64.word(),
        (length as u64).word(),
        U256::from_be_bytes(padded),
    ])
}

/// `answer!(selector, { call => body, ... })`: the body of the call with this selector, or `None` when there is none.
macro_rules! answer {
    ($selector:expr, { $($call:ident => $body:expr,)* }) => {
        $(if $selector == <$crate::interface::IPool::$call as alloy_sol_types::SolCall>::SELECTOR {
            return Ok(Some($body));
        })*
    };
}
pub(crate) use answer;
