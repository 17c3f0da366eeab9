//! A number that anybody may raise by one, once an hour each, and whoever pays may set.

#![cfg_attr(not(any(test, feature = "export-abi")), no_main)]
extern crate alloc;

use alloy_primitives::{Address, U256};
use alloy_sol_types::sol;
use stylus_sdk::prelude::*;

/// Seconds before somebody may raise the number again.
const PAUSE: u64 = 3_600;
/// Wei for setting the number.
const PRICE: u64 = 1_000_000;

sol! {
    /// The number is another one.
    event Changed(address indexed by, uint256 number);

    /// Whoever asks raised the number less than an hour ago.
    error TooEarly(uint256 allowedFrom);
    /// Setting the number costs more than was sent.
    error TooLittle(uint256 sent, uint256 price);
}

/// Why a call is refused.
#[derive(SolidityError)]
pub enum Refusal {
    /// See [`TooEarly`].
    TooEarly(TooEarly),
    /// See [`TooLittle`].
    TooLittle(TooLittle),
}

sol_storage! {
    /// The contract.
    #[entrypoint]
    pub struct Counter {
        uint256 number;
        mapping(address => uint256) raised_at;
    }
}

#[public]
impl Counter {
    /// The number.
    pub fn number(&self) -> U256 {
        self.number.get()
    }

    /// Raises the number by one.
    pub fn increment(&mut self) -> Result<(), Refusal> {
        let (who, now) = (self.vm().msg_sender(), self.vm().block_timestamp());
        let before = self.raised_at.get(who);
        let allowed_from = before + U256::from(PAUSE);
        if !before.is_zero() && U256::from(now) < allowed_from {
            return Err(Refusal::TooEarly(TooEarly {
                allowedFrom: allowed_from,
            }));
        }
        self.raised_at.setter(who).set(U256::from(now));
        let number = self.number.get() + U256::ONE;
        self.change(who, number);
        Ok(())
    }

    /// Sets the number, for a price.
    #[payable]
    pub fn set_number(&mut self, number: U256) -> Result<(), Refusal> {
        let (sent, price) = (self.vm().msg_value(), U256::from(PRICE));
        if sent < price {
            return Err(Refusal::TooLittle(TooLittle { sent, price }));
        }
        self.change(self.vm().msg_sender(), number);
        Ok(())
    }
}

impl Counter {
    fn change(&mut self, by: Address, number: U256) {
        self.number.set(number);
        self.vm().log(Changed { by, number });
    }
}
