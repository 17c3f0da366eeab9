//! Block, transaction and message as the program sees them.

use alloy_primitives::U256;
use revm::context_interface::Block;

use crate::hostio::frame::{Escape, Host};

impl Host<'_> {
    pub(crate) fn block_basefee(&mut self, destination: u32) -> Result<(), Escape> {
        self.enter(1)?;
        let fee = self.machine().evm.block.basefee();
        self.write_word(destination, U256::from(fee))
    }

    pub(crate) fn block_coinbase(&mut self, destination: u32) -> Result<(), Escape> {
        self.enter(1)?;
        let beneficiary = self.machine().evm.block.beneficiary();
        self.write(destination, beneficiary.as_slice())
    }

    pub(crate) fn block_gas_limit(&mut self) -> Result<u64, Escape> {
        self.enter(0)?;
        Ok(self.machine().evm.block.gas_limit())
    }

    /// Number of the L1 block.
    pub(crate) fn block_number(&mut self) -> Result<u64, Escape> {
        self.enter(0)?;
        Ok(self.machine().block.l1_number)
    }

    pub(crate) fn block_timestamp(&mut self) -> Result<u64, Escape> {
        self.enter(0)?;
        Ok(self.machine().block.timestamp)
    }

    pub(crate) fn chainid(&mut self) -> Result<u64, Escape> {
        self.enter(0)?;
        Ok(self.machine().config.chain_id)
    }

    pub(crate) fn contract_address(&mut self, destination: u32) -> Result<(), Escape> {
        self.enter(1)?;
        let acting = self.acting();
        self.write(destination, acting.as_slice())
    }

    pub(crate) fn evm_gas_left(&mut self) -> Result<u64, Escape> {
        self.enter(0)?;
        Ok(self.gas_left())
    }

    pub(crate) fn evm_ink_left(&mut self) -> Result<u64, Escape> {
        self.enter(0)?;
        Ok(self.ink_left())
    }

    pub(crate) fn msg_reentrant(&mut self) -> Result<u32, Escape> {
        self.enter(0)?;
        Ok(self.frame().reentrant.into())
    }

    pub(crate) fn msg_sender(&mut self, destination: u32) -> Result<(), Escape> {
        self.enter(1)?;
        let sender = self.frame().call.caller;
        self.write(destination, sender.as_slice())
    }

    pub(crate) fn msg_value(&mut self, destination: u32) -> Result<(), Escape> {
        self.enter(1)?;
        let value = self.frame().call.value;
        self.write_word(destination, value)
    }

    pub(crate) fn tx_gas_price(&mut self, destination: u32) -> Result<(), Escape> {
        self.enter(1)?;
        let price = self.machine().evm.tx.gas_price;
        self.write_word(destination, U256::from(price))
    }

    pub(crate) fn tx_ink_price(&mut self) -> Result<u32, Escape> {
        self.enter(0)?;
        Ok(self.frame().params.ink_price)
    }

    pub(crate) fn tx_origin(&mut self, destination: u32) -> Result<(), Escape> {
        self.enter(1)?;
        let origin = self.machine().evm.tx.caller;
        self.write(destination, origin.as_slice())
    }
}
