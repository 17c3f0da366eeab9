//! Block, transaction and message as the program sees them.

use alloy_primitives::{Address, U256};
use revm::context_interface::Block;

use crate::hostio::frame::{Escape, Host};

impl Host<'_> {
    pub(crate) fn block_basefee(&mut self, destination: u32) -> Result<(), Escape> {
        self.enter(1)?;
        let fee = self.machine().evm.block.basefee();
        self.give_word(destination, U256::from(fee))
    }

    pub(crate) fn block_coinbase(&mut self, destination: u32) -> Result<(), Escape> {
        self.enter(1)?;
        let beneficiary = self.machine().evm.block.beneficiary();
        self.give_address(destination, beneficiary)
    }

    pub(crate) fn block_gas_limit(&mut self) -> Result<u64, Escape> {
        self.enter(0)?;
        let limit = self.machine().evm.block.gas_limit();
        Ok(self.give_u64(limit))
    }

    /// Number of the L1 block.
    pub(crate) fn block_number(&mut self) -> Result<u64, Escape> {
        self.enter(0)?;
        let number = self.machine().block.l1_number;
        Ok(self.give_u64(number))
    }

    pub(crate) fn block_timestamp(&mut self) -> Result<u64, Escape> {
        self.enter(0)?;
        let timestamp = self.machine().block.timestamp;
        Ok(self.give_u64(timestamp))
    }

    pub(crate) fn chainid(&mut self) -> Result<u64, Escape> {
        self.enter(0)?;
        let id = self.machine().config.chain_id;
        Ok(self.give_u64(id))
    }

    pub(crate) fn contract_address(&mut self, destination: u32) -> Result<(), Escape> {
        self.enter(1)?;
        let acting = self.acting();
        self.give_address(destination, acting)
    }

    pub(crate) fn evm_gas_left(&mut self) -> Result<u64, Escape> {
        self.enter(0)?;
        let gas = self.gas_left();
        Ok(self.give_u64(gas))
    }

    pub(crate) fn evm_ink_left(&mut self) -> Result<u64, Escape> {
        self.enter(0)?;
        let ink = self.ink_left();
        Ok(self.give_u64(ink))
    }

    pub(crate) fn msg_reentrant(&mut self) -> Result<u32, Escape> {
        self.enter(0)?;
        let reentrant = self.frame().reentrant.into();
        Ok(self.give_u32(reentrant))
    }

    pub(crate) fn msg_sender(&mut self, destination: u32) -> Result<(), Escape> {
        self.enter(1)?;
        let sender = self.frame().call.caller;
        self.give_address(destination, sender)
    }

    pub(crate) fn msg_value(&mut self, destination: u32) -> Result<(), Escape> {
        self.enter(1)?;
        let value = self.frame().call.value;
        self.give_word(destination, value)
    }

    /// What the transaction offers, which may be more than the base fee that it pays.
    pub(crate) fn tx_gas_price(&mut self, destination: u32) -> Result<(), Escape> {
        self.enter(1)?;
        let price = self.machine().offered_price;
        self.give_word(destination, U256::from(price))
    }

    pub(crate) fn tx_ink_price(&mut self) -> Result<u32, Escape> {
        self.enter(0)?;
        let price = self.frame().params.ink_price;
        Ok(self.give_u32(price))
    }

    pub(crate) fn tx_origin(&mut self, destination: u32) -> Result<(), Escape> {
        self.enter(1)?;
        let origin = self.machine().evm.tx.caller;
        self.give_address(destination, origin)
    }

    fn give_word(&mut self, destination: u32, word: U256) -> Result<(), Escape> {
        self.note(&[], &[&word.to_be_bytes::<32>()]);
        self.write_word(destination, word)
    }

    fn give_address(&mut self, destination: u32, address: Address) -> Result<(), Escape> {
        self.note(&[], &[address.as_slice()]);
        self.write(destination, address.as_slice())
    }

    fn give_u64(&mut self, number: u64) -> u64 {
        self.note(&[], &[&number.to_be_bytes()]);
        number
    }

    fn give_u32(&mut self, number: u32) -> u32 {
        self.note(&[], &[&number.to_be_bytes()]);
        number
    }
}
