//! The one error type: a Solidity selector and the numbers that disagree.
//!
//! Errors are encoded by words instead of through one generated encoder per error, which would cost a
//! kilobyte of the program. `IPool.sol` declares the shapes.

use alloc::vec::Vec;
use alloy_primitives::{Address, U256};

use crate::io::words::{self, Words};

/// A typed refusal as Solidity revert data: a selector and the fields.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal(pub Words);

impl From<Refusal> for Vec<u8> {
    fn from(refusal: Refusal) -> Vec<u8> {
        refusal.0.into_bytes()
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
        words::word_of(&self.into_word().0)
    }

    #[inline(always)]
    fn append(self, words: Words) -> Words {
        words.address(&self)
    }
}

/// `refuse!(CostAboveLimit, cost, limit)`: the error value of that declaration with these fields, in order.
macro_rules! refuse {
    ($error:ident $(, $value:expr)* $(,)?) => {
        $crate::error::Refusal(
            $crate::io::words::Words::after(
                <$crate::interface::IPool::$error as alloy_sol_types::SolError>::SELECTOR,
            )$(.with($value))*
        )
    };
}
pub(crate) use refuse;

/// The refusal of a call that the pool does not answer.
pub fn unknown_selector(selector: [u8; 4]) -> Refusal {
    let mut word = [0; 32];
    word[..4].copy_from_slice(&selector);
    refuse!(UnknownSelector, words::word_of(&word))
}
