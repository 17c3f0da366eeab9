//! Checking a program for activation, and what that costs.

use alloy_primitives::{Address, Bytes, B256};
use revm::context_interface::JournalTr;

use crate::code::kind::{stylus_code, StylusCode, FRAGMENTS_SINCE};
use crate::code::root::Root;
use crate::code::unpack::classic_wasm;
use crate::machine::params::StylusParams;
use crate::machine::Machine;
use crate::program::engine::{compiled, prepare};
use crate::wasm::estimate::{activation_gas, Estimates};

/// Gas that every activation pays.
pub(crate) const FIXED_GAS: u64 = 1_659_168;

const COLD_FRAGMENT_GAS: u64 = 2_600;
const WARM_FRAGMENT_GAS: u64 = 100;
const COPY_WORD_GAS: u64 = 3;

/// First ArbOS version that reports code other than a program as such.
const NOT_WASM_SINCE: u64 = 60;

/// Why a program is not activated.
#[derive(Clone, Debug)]
pub(crate) enum ActivationFault {
    /// The account holds no program.
    NotWasm,
    /// The code does not unpack; remaining gas is kept.
    Unreadable,
    OutOfGas,
    /// The module breaks a rule.
    Refused(String),
}

impl Machine {
    /// Checks, compiles and costs the program in `code`, paying from `gas_left`.
    pub(crate) fn check_program(
        &mut self,
        code_hash: B256,
        code: &Bytes,
        params: &StylusParams,
        gas_left: &mut u64,
    ) -> Result<Estimates, ActivationFault> {
        let wasm = self.read_program(code, params, gas_left)?;
        let rules = self.rules(params.version);
        let checked = prepare(&wasm, rules).map_err(ActivationFault::Refused)?;
        let free = params.page_limit.saturating_sub(self.pages.open);
        if checked.sizes.pages > u64::from(free) {
            let pages = checked.sizes.pages;
            let reason = format!("memory exceeds limit: {pages} pages, {free} left");
            return Err(ActivationFault::Refused(reason));
        }
        let gas = activation_gas(&checked.sizes, rules.arbos_version);
        *gas_left = gas_left.checked_sub(gas).ok_or(ActivationFault::OutOfGas)?;
        // Now, so that a later call cannot fail to.
        let content = self.content_hash(code_hash, code);
        compiled(content, rules, || Ok(wasm)).map_err(ActivationFault::Refused)?;
        Ok(checked.estimates)
    }

    /// Unpacks a program within the chain's limits. Reading fragments is paid for, reading a single account is not.
    fn read_program(
        &mut self,
        code: &Bytes,
        params: &StylusParams,
        gas_left: &mut u64,
    ) -> Result<Vec<u8>, ActivationFault> {
        let arbos_version = self.config.arbos_version;
        let known = arbos_version >= FRAGMENTS_SINCE;
        match stylus_code(code) {
            Some(StylusCode::Classic) => {
                classic_wasm(code, params.max_wasm_size).map_err(|_| ActivationFault::Unreadable)
            }
            Some(StylusCode::Root) if known => self.read_root(code, params, gas_left),
            Some(StylusCode::Fragment) if known => Err(ActivationFault::Unreadable),
            _ if code.is_empty() || arbos_version >= NOT_WASM_SINCE => {
                Err(ActivationFault::NotWasm)
            }
            _ => Err(ActivationFault::Unreadable),
        }
    }

    fn read_root(
        &mut self,
        code: &[u8],
        params: &StylusParams,
        gas_left: &mut u64,
    ) -> Result<Vec<u8>, ActivationFault> {
        let unreadable = |_| ActivationFault::Unreadable;
        let root = Root::parse(code).map_err(unreadable)?;
        let too_many = root.fragments.len() > usize::from(params.max_fragment_count);
        if too_many || root.wasm_size > params.max_wasm_size {
            return Err(ActivationFault::Unreadable);
        }
        let mut stream = Vec::new();
        for address in &root.fragments {
            self.pay_for_fragment(*address, gas_left)?;
            stream.extend(self.fragment(*address).map_err(unreadable)?);
        }
        root.unpack(&stream).map_err(unreadable)
    }

    /// Pays for reading a fragment and makes its account warm. There has to be gas for the largest one.
    fn pay_for_fragment(
        &mut self,
        address: Address,
        gas_left: &mut u64,
    ) -> Result<(), ActivationFault> {
        let largest = words_gas(self.config.max_code_size);
        let Ok(account) = self.journal().load_account_with_code(address);
        let access = match account.is_cold {
            true => COLD_FRAGMENT_GAS,
            false => WARM_FRAGMENT_GAS,
        };
        let size = account.info.code.as_ref().map_or(0, |code| code.len());
        if *gas_left < access + largest {
            // The account stays as cold as it was: the whole call is undone.
            return Err(ActivationFault::OutOfGas);
        }
        *gas_left -= access + words_gas(size);
        Ok(())
    }
}

fn words_gas(bytes: usize) -> u64 {
    COPY_WORD_GAS * (bytes as u64).div_ceil(32)
}
