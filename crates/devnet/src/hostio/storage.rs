//! Storage through a cache that lives as long as the frame, and transient storage.

use alloy_primitives::U256;
use revm::context_interface::{Cfg, JournalTr};

use crate::hostio::frame::{fail, Escape, Host};
use crate::hostio::storage_cache::REQUIRED_SURCHARGE;
use crate::ink;

const COLD_LOAD_GAS: u64 = 2_100;
const WARM_LOAD_GAS: u64 = 100;
const STORE_SENTRY_GAS: u64 = 2_300;
const TRANSIENT_GAS: u64 = 100;

/// First ArbOS version that charges storage correctly.
const CHARGING_FIXES: u64 = 32;
/// First ArbOS version in which an unaffordable flush is out of gas.
const FLUSH_OUT_OF_GAS: u64 = 50;

impl Host<'_> {
    pub(crate) fn storage_load_bytes32(
        &mut self,
        key: u32,
        destination: u32,
    ) -> Result<(), Escape> {
        self.enter(2)?;
        let api_gas = if self.arbos_version() < CHARGING_FIXES {
            ink::EVM_API
        } else {
            ink::EVM_API / u64::from(self.frame().params.ink_price)
        };
        self.require_gas(COLD_LOAD_GAS + REQUIRED_SURCHARGE + api_gas)?;
        let key = self.read_word(key)?;
        let mut gas = self.frame().storage.read_surcharge();
        let cached = self.frame().storage.get(key);
        let value = match cached {
            Some(value) => value,
            None => {
                let (value, is_cold) = self.load_slot(key);
                gas += api_gas
                    + if is_cold {
                        COLD_LOAD_GAS
                    } else {
                        WARM_LOAD_GAS
                    };
                self.frame().storage.hold(key, value);
                value
            }
        };
        self.note_words(&[key], &[value]);
        self.buy_gas(gas)?;
        self.write_word(destination, value)
    }

    pub(crate) fn storage_cache_bytes32(&mut self, key: u32, value: u32) -> Result<(), Escape> {
        self.enter(2)?;
        self.require_gas(STORE_SENTRY_GAS + REQUIRED_SURCHARGE)?;
        let key = self.read_word(key)?;
        let value = self.read_word(value)?;
        let gas = self.frame().storage.write_surcharge();
        self.frame().storage.store(key, value);
        self.note_words(&[key, value], &[]);
        self.buy_gas(gas)
    }

    pub(crate) fn storage_flush_cache(&mut self, clear: u32) -> Result<(), Escape> {
        self.enter_node(0)?;
        self.require_gas(STORE_SENTRY_GAS)?;
        self.note(&[&[u8::from(clear != 0)]], &[]);
        let dirty = self.frame().storage.flush(clear != 0);
        if dirty.is_empty() {
            return Ok(());
        }
        self.require_mutable()?;
        let budget = self.gas_left() + 1;
        let charged = self.arbos_version() >= CHARGING_FIXES;
        match self.store_slots(&dirty, budget) {
            Some(gas) if charged => self.buy_gas(gas),
            Some(_) => Ok(()),
            None if self.arbos_version() >= FLUSH_OUT_OF_GAS => self.buy_gas(budget),
            None => fail("storage flush out of gas"),
        }
    }

    pub(crate) fn transient_load_bytes32(
        &mut self,
        key: u32,
        destination: u32,
    ) -> Result<(), Escape> {
        self.enter_node(2)?;
        self.buy_gas(TRANSIENT_GAS)?;
        let key = self.read_word(key)?;
        let acting = self.acting();
        let value = self.machine().journal().tload(acting, key);
        self.note_words(&[key], &[value]);
        self.write_word(destination, value)
    }

    pub(crate) fn transient_store_bytes32(&mut self, key: u32, value: u32) -> Result<(), Escape> {
        self.enter_node(2)?;
        self.buy_gas(TRANSIENT_GAS)?;
        let key = self.read_word(key)?;
        let value = self.read_word(value)?;
        self.require_mutable()?;
        let acting = self.acting();
        self.machine().journal().tstore(acting, key, value);
        self.note_words(&[key, value], &[]);
        Ok(())
    }

    fn arbos_version(&mut self) -> u64 {
        self.machine().config.arbos_version
    }

    fn load_slot(&mut self, key: U256) -> (U256, bool) {
        let acting = self.acting();
        let Ok(load) = self.machine().journal().sload(acting, key);
        (load.data, load.is_cold)
    }

    /// Stores words for less than `budget` gas and gives what they cost, or `None` if they cost as much or more.
    fn store_slots(&mut self, words: &[(U256, U256)], budget: u64) -> Option<u64> {
        let acting = self.acting();
        let mut spent = 0;
        for (key, value) in words {
            let machine = self.machine();
            let Ok(load) = machine.journal().sstore(acting, *key, *value);
            let prices = machine.evm.cfg.gas_params();
            let gas = prices.sstore_static_gas()
                + prices.sstore_dynamic_gas(true, &load.data, load.is_cold);
            let refund = prices.sstore_refund(true, &load.data);
            spent += gas;
            if spent >= budget {
                return None;
            }
            self.frame().refund += refund;
        }
        Some(spent)
    }
}
