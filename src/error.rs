//! The one error type: a Solidity selector and the numbers that disagree.
//!
//! Errors are encoded by words instead of through one generated encoder per error, which would cost a
//! kilobyte of the program. `IPool.sol` declares the shapes.

use alloc::vec::Vec;

use alloy_primitives::U256;

use crate::words::{self, Words};

/// A typed refusal as Solidity revert data: a selector and the fields.
#[derive(Debug, PartialEq, Eq)]
pub struct Refusal(pub Words);

impl From<Refusal> for Vec<u8> {
    fn from(refusal: Refusal) -> Vec<u8> {
        refusal.0.into_bytes()
    }
}

/// `refuse!(CostAboveLimit, cost, limit)`: the error value of that declaration with these fields, in order.
macro_rules! refuse {
    ($error:ident $(, $value:expr)* $(,)?) => {
        $crate::error::Refusal(
            $crate::words::Words::after(
                <$crate::interface::IPool::$error as alloy_sol_types::SolError>::SELECTOR,
            )$(.with($value))*
        )
    };
}
pub(crate) use refuse;

/// The refusal of a number beyond 128 bits.
#[inline(never)]
pub fn too_large(number: U256) -> Refusal {
    refuse!(ValueTooLarge, number, u128::MAX)
}

/// A number within 128 bits.
///
/// # Errors
/// `ValueTooLarge`.
#[inline(never)]
pub fn narrow(number: U256) -> Result<u128, Refusal> {
    words::narrow(number).ok_or_else(|| too_large(number))
}

/// The refusal of a call that the pool does not answer.
pub fn unknown_selector(selector: [u8; 4]) -> Refusal {
    let mut word = [0; 32];
    word[..4].copy_from_slice(&selector);
    refuse!(UnknownSelector, words::word_of(&word))
}
