//! The one error type: a Solidity selector and the numbers that disagree.
//!
//! Errors are encoded by words instead of through one generated encoder per error, which would cost a
//! kilobyte of the program. `IPool.sol` declares the shapes.

use alloc::vec::Vec;
use alloy_primitives::{Address, U256};

use crate::io::words;

/// A typed refusal as Solidity revert data. It is a pointer wide, because every `?` in the pool moves one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal(Vec<u8>);

impl Refusal {
    /// A refusal with this selector and these fields.
    #[inline(never)]
    pub fn new(selector: [u8; 4], fields: &[U256]) -> Refusal {
        Refusal(words::calldata(selector, fields))
    }
}

impl From<Refusal> for Vec<u8> {
    fn from(refusal: Refusal) -> Vec<u8> {
        refusal.0
    }
}

/// A value that fits one ABI word.
pub trait Word {
    /// The word.
    fn word(self) -> U256;
}

impl Word for U256 {
    fn word(self) -> U256 {
        self
    }
}

impl Word for u64 {
    fn word(self) -> U256 {
        U256::from_limbs([self, 0, 0, 0])
    }
}

impl Word for u128 {
    #[inline(never)]
    fn word(self) -> U256 {
        U256::from_limbs([self as u64, (self >> 64) as u64, 0, 0])
    }
}

impl Word for i128 {
    #[inline(never)]
    fn word(self) -> U256 {
        let sign = (self >> 127) as u64;
        U256::from_limbs([self as u64, (self >> 64) as u64, sign, sign])
    }
}

impl Word for Address {
    #[inline(never)]
    fn word(self) -> U256 {
        U256::from_be_bytes(self.into_word().0)
    }
}

/// `refuse!(CostAboveLimit, cost, limit)`: the error value of that declaration with these fields, in order.
macro_rules! refuse {
    ($error:ident $(, $value:expr)* $(,)?) => {
        $crate::error::Refusal::new(
            <$crate::interface::IPool::$error as alloy_sol_types::SolError>::SELECTOR,
            &[$($crate::error::Word::word($value)),*],
        )
    };
}
pub(crate) use refuse;

/// The refusal of a call that the pool does not answer.
pub fn unknown_selector(selector: [u8; 4]) -> Refusal {
    let mut word = [0; 32];
    word[..4].copy_from_slice(&selector);
    refuse!(UnknownSelector, U256::from_be_bytes(word))
}
