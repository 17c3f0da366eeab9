//! Other accounts: balance and code.

use std::cmp::min;

use alloy_primitives::{Address, Bytes, B256};
use revm::context_interface::JournalTr;

use crate::hostio::frame::{Escape, Host};
use crate::ink;

const COLD_ACCOUNT_GAS: u64 = 2_600;
const WARM_ACCOUNT_GAS: u64 = 100;
/// Gas of loading code, per started multiple of the standard size limit that the chain allows.
const CODE_GAS: u64 = 700;
const STANDARD_CODE_SIZE: u64 = 24_576;

/// First ArbOS version that does not remember empty code.
const EMPTY_CODE_FORGOTTEN: u64 = 40;

impl Host<'_> {
    pub(crate) fn account_balance(&mut self, address: u32, destination: u32) -> Result<(), Escape> {
        self.enter_node(2)?;
        self.require_gas(COLD_ACCOUNT_GAS)?;
        let address = self.read_address(address)?;
        let Ok(account) = self.machine().journal().load_account(address);
        let (balance, is_cold) = (account.info.balance, account.is_cold);
        self.buy_gas(touch_gas(is_cold))?;
        self.note(&[address.as_slice()], &[&balance.to_be_bytes::<32>()]);
        self.write_word(destination, balance)
    }

    /// Copies the part of the code that `offset` and `size` select; gives its length.
    pub(crate) fn account_code(
        &mut self,
        address: u32,
        offset: u32,
        size: u32,
        destination: u32,
    ) -> Result<u32, Escape> {
        let (address, code) = self.buy_code(address)?;
        self.buy_ink(ink::write(code.len() as u32))?;
        let start = min(offset as usize, code.len());
        let end = min(offset.saturating_add(size) as usize, code.len());
        self.write(destination, &code[start..end])?;
        let (offset, size) = (offset.to_be_bytes(), size.to_be_bytes());
        self.note(&[address.as_slice(), &offset, &size], &[&code[start..end]]);
        Ok((end - start) as u32)
    }

    pub(crate) fn account_code_size(&mut self, address: u32) -> Result<u32, Escape> {
        let (address, code) = self.buy_code(address)?;
        let size = code.len() as u32;
        self.note(&[address.as_slice()], &[&size.to_be_bytes()]);
        Ok(size)
    }

    /// Zero for an account that does not exist.
    pub(crate) fn account_codehash(
        &mut self,
        address: u32,
        destination: u32,
    ) -> Result<(), Escape> {
        self.enter_node(2)?;
        self.require_gas(COLD_ACCOUNT_GAS)?;
        let address = self.read_address(address)?;
        let Ok(account) = self.machine().journal().load_account(address);
        let is_cold = account.is_cold;
        let hash = match account.is_loaded_as_not_existing_not_touched() {
            true => B256::ZERO,
            false => account.info.code_hash,
        };
        self.buy_gas(touch_gas(is_cold))?;
        self.note(&[address.as_slice()], &[hash.as_slice()]);
        self.write(destination, hash.as_slice())
    }

    /// Pays for and loads the code of the account at a guest address. The account asked for last is free.
    fn buy_code(&mut self, pointer: u32) -> Result<(Address, Bytes), Escape> {
        self.enter_node(0)?;
        self.require_gas(COLD_ACCOUNT_GAS)?;
        let address = self.read_address(pointer)?;
        if let Some((last, code)) = &self.frame().last_code {
            if *last == address {
                return Ok((address, code.clone()));
            }
        }
        let (code, gas) = self.load_code(address);
        self.buy_gas(gas)?;
        let arbos_version = self.machine().config.arbos_version;
        if !code.is_empty() || arbos_version < EMPTY_CODE_FORGOTTEN {
            self.frame().last_code = Some((address, code.clone()));
        }
        Ok((address, code))
    }

    fn load_code(&mut self, address: Address) -> (Bytes, u64) {
        let machine = self.machine();
        let extra = CODE_GAS * (machine.config.max_code_size as u64 / STANDARD_CODE_SIZE);
        let Ok(account) = machine.journal().load_account_with_code(address);
        let code = account.info.code.as_ref();
        let code = code.map_or_else(Bytes::new, |code| code.original_bytes());
        (code, touch_gas(account.is_cold) + extra)
    }
}

fn touch_gas(is_cold: bool) -> u64 {
    if is_cold {
        COLD_ACCOUNT_GAS
    } else {
        WARM_ACCOUNT_GAS
    }
}
