//! Checking a program for activation, and what that costs.

use alloy_primitives::{Bytes, B256};
use revm::context_interface::JournalTr;

use crate::create::{stylus_code, StylusCode};
use crate::machine::Machine;
use crate::program::accept::Rules;
use crate::program::code::{declared_length, fragments, is_executable};
use crate::program::engine::{compiled, prepare};
use crate::program::estimate::{activation_gas, Estimates};
use crate::program::params::StylusParams;

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
        let arbos_version = self.config.arbos_version;
        if code.is_empty()
            || (arbos_version >= NOT_WASM_SINCE && !is_executable(code, arbos_version))
        {
            return Err(ActivationFault::NotWasm);
        }
        self.pay_for_fragments(code, params, gas_left)?;
        let wasm = self
            .program_wasm(code, params.max_wasm_size)
            .map_err(|_| ActivationFault::Unreadable)?;
        let rules = self.rules();
        let checked = prepare(code_hash, &wasm, rules).map_err(ActivationFault::Refused)?;
        let free = params.page_limit.saturating_sub(self.pages.open);
        if checked.sizes.pages > u64::from(free) {
            let pages = checked.sizes.pages;
            let reason = format!("memory exceeds limit: {pages} pages, {free} left");
            return Err(ActivationFault::Refused(reason));
        }
        let gas = activation_gas(&checked.sizes, arbos_version);
        *gas_left = gas_left.checked_sub(gas).ok_or(ActivationFault::OutOfGas)?;
        compile(code_hash, rules, wasm)?;
        Ok(checked.estimates)
    }

    /// Pays for reading the fragments of a root program and checks what activation limits.
    fn pay_for_fragments(
        &mut self,
        code: &Bytes,
        params: &StylusParams,
        gas_left: &mut u64,
    ) -> Result<(), ActivationFault> {
        let fragmented = stylus_code(code) == Some(StylusCode::Root)
            && is_executable(code, self.config.arbos_version);
        if !fragmented {
            return Ok(());
        }
        let addresses = fragments(code).map_err(|_| ActivationFault::Unreadable)?;
        let too_many = addresses.len() > usize::from(params.max_fragment_count);
        if too_many || declared_length(code) > params.max_wasm_size {
            return Err(ActivationFault::Unreadable);
        }
        for address in addresses {
            let full = words_gas(self.config.max_code_size);
            let Ok(account) = self.journal().load_account_with_code(address);
            let touch = match account.is_cold {
                true => COLD_FRAGMENT_GAS,
                false => WARM_FRAGMENT_GAS,
            };
            let size = account.info.code.as_ref().map_or(0, |code| code.len());
            if *gas_left < touch + full {
                return Err(ActivationFault::OutOfGas);
            }
            *gas_left -= touch + words_gas(size);
        }
        Ok(())
    }
}

fn words_gas(bytes: usize) -> u64 {
    COPY_WORD_GAS * (bytes as u64).div_ceil(32)
}

/// Compiles now, so that a later call cannot fail to.
fn compile(code_hash: B256, rules: Rules, wasm: Vec<u8>) -> Result<(), ActivationFault> {
    compiled(code_hash, rules, || Ok(wasm))
        .map(drop)
        .map_err(ActivationFault::Refused)
}
