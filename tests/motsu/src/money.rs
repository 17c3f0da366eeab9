//! An ERC-20 token that can be told to misbehave.

use alloc::vec::Vec;

use alloy_primitives::{Address, U256, U8};
use stylus_sdk::{call::RawCall, prelude::*};

sol_storage! {
    /// A token; honest until told otherwise.
    pub struct Money {
        uint8 decimals;
        mapping(address => uint256) balances;
        mapping(address => mapping(address => uint256)) allowances;
        bool returns_false;
        address target;
        bytes reentry;
        bytes outcome;
    }
}

// SAFETY: the contract is alone at its address.
unsafe impl TopLevelStorage for Money {}

#[public]
impl Money {
    /// Sets the decimals.
    pub fn set_decimals(&mut self, decimals: U8) {
        self.decimals.set(decimals);
    }

    /// Gives tokens out of nothing.
    pub fn endow(&mut self, holder: Address, amount: U256) {
        let balance = self.balances.get(holder);
        self.balances.insert(holder, balance + amount);
    }

    /// From now on transfers move nothing and return false.
    pub fn return_false(&mut self, from_now_on: bool) {
        self.returns_false.set(from_now_on);
    }

    /// The next `transfer` or `transferFrom` first calls `target` with this, once.
    pub fn reenter(&mut self, target: Address, calldata: stylus_sdk::abi::Bytes) {
        self.target.set(target);
        self.reentry.set_bytes(calldata);
        self.outcome.set_bytes([]);
    }

    /// What that call failed with; empty when it succeeded or was not made.
    pub fn outcome(&self) -> stylus_sdk::abi::Bytes {
        self.outcome.get_bytes().into()
    }

    /// ERC-20's.
    pub fn decimals(&self) -> U8 {
        self.decimals.get()
    }

    /// ERC-20's.
    pub fn balance_of(&self, holder: Address) -> U256 {
        self.balances.get(holder)
    }

    /// ERC-20's.
    pub fn allowance(&self, owner: Address, spender: Address) -> U256 {
        self.allowances.getter(owner).get(spender)
    }

    /// ERC-20's.
    pub fn approve(&mut self, spender: Address, amount: U256) -> bool {
        let owner = self.vm().msg_sender();
        self.allowances.setter(owner).insert(spender, amount);
        true
    }

    /// ERC-20's.
    pub fn transfer(&mut self, to: Address, amount: U256) -> Result<bool, Vec<u8>> {
        self.call_target();
        let from = self.vm().msg_sender();
        self.shift(from, to, amount)
    }

    /// ERC-20's.
    pub fn transfer_from(
        &mut self,
        from: Address,
        to: Address,
        amount: U256,
    ) -> Result<bool, Vec<u8>> {
        self.call_target();
        let spender = self.vm().msg_sender();
        let left = self
            .allowance(from, spender)
            .checked_sub(amount)
            .ok_or_else(|| b"allowance".to_vec())?;
        self.allowances.setter(from).insert(spender, left);
        self.shift(from, to, amount)
    }
}

impl Money {
    fn shift(&mut self, from: Address, to: Address, amount: U256) -> Result<bool, Vec<u8>> {
        if self.returns_false.get() {
            return Ok(false);
        }
        let left = self
            .balances
            .get(from)
            .checked_sub(amount)
            .ok_or_else(|| b"balance".to_vec())?;
        self.balances.insert(from, left);
        let balance = self.balances.get(to);
        self.balances.insert(to, balance + amount);
        Ok(true)
    }

    fn call_target(&mut self) {
        let calldata = self.reentry.get_bytes();
        if calldata.is_empty() {
            return;
        }
        self.reentry.set_bytes([]);
        // SAFETY: nothing of this contract's storage is borrowed.
        let result = unsafe { RawCall::new().call(self.target.get(), &calldata) };
        self.outcome.set_bytes(result.err().unwrap_or_default());
    }
}
