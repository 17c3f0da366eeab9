//! What Arbitrum's precompiles have in common: access rules, gas, errors, events, money.

use alloy_primitives::{keccak256, Address, Bytes, Log, U256};
use alloy_sol_types::{SolError, SolEvent};
use revm::context_interface::journaled_state::account::JournaledAccountTr;
use revm::context_interface::JournalTr;

use crate::frame::{Call, FrameResult};
use crate::machine::Machine;

/// Gas of reading a word that ArbOS remembers.
pub(crate) const READ_GAS: u64 = 800;
/// Gas of writing a word other than zero.
pub(crate) const WRITE_GAS: u64 = 20_000;
/// Gas of writing zero.
pub(crate) const CLEAR_GAS: u64 = 5_000;
/// Gas of reading the hash of an account's code.
pub(crate) const CODE_HASH_GAS: u64 = 2_600;

const COPY_WORD_GAS: u64 = 3;
const LOG_GAS: u64 = 375;
const LOG_BYTE_GAS: u64 = 8;

/// A contract of ArbOS.
pub(crate) type Contract = fn(&mut Context) -> Result<Vec<u8>, Fault>;

/// What a method may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Purity {
    Pure,
    View,
    Write,
    Payable,
}

/// Why a method did not succeed.
#[derive(Clone, Debug)]
pub(crate) enum Fault {
    /// Not allowed, malformed or out of gas: all gas is consumed.
    BurnOut,
    /// Reverts with ABI-encoded data and keeps unused gas.
    Solidity(Vec<u8>),
    /// Reverts without data and keeps unused gas.
    Plain,
    /// Activation was refused: all gas is consumed.
    Activation(String),
}

/// A call to a precompile.
pub(crate) struct Context<'a> {
    pub machine: &'a mut Machine,
    pub call: &'a Call,
    pub gas_left: u64,
}

impl<'a> Context<'a> {
    pub(crate) fn new(machine: &'a mut Machine, call: &'a Call) -> Self {
        Self {
            machine,
            call,
            gas_left: call.gas,
        }
    }

    /// Runs the contract to its result.
    pub(crate) fn run(mut self, contract: Contract) -> FrameResult {
        let done = contract(&mut self).and_then(|output| {
            self.burn_words(output.len())?;
            Ok(output)
        });
        let fault = match done {
            Ok(output) => return FrameResult::success(output.into(), self.gas_left, 0),
            Err(fault) => fault,
        };
        match fault {
            Fault::BurnOut => FrameResult::revert(Bytes::new(), 0),
            Fault::Plain => FrameResult::revert(Bytes::new(), self.gas_left),
            Fault::Activation(reason) => {
                FrameResult::halt(format!("program activation failed: {reason}"))
            }
            Fault::Solidity(data) => match self.burn_words(data.len()) {
                Ok(()) => FrameResult::revert(data.into(), self.gas_left),
                Err(_) => FrameResult::revert(Bytes::new(), 0),
            },
        }
    }

    /// Arguments after the selector.
    pub(crate) fn arguments(&self) -> &[u8] {
        self.call.input.get(4..).unwrap_or_default()
    }

    /// Checks that the call may use a method of this kind, and pays for the arguments and for ArbOS's attention.
    pub(crate) fn open(&mut self, purity: Purity) -> Result<(), Fault> {
        let as_itself = self.call.target == self.call.code_address;
        let pays = self.call.acts_as_itself() && !self.call.value.is_zero();
        let denied = (purity >= Purity::View && !as_itself)
            || (purity >= Purity::Write && self.call.is_static)
            || (purity < Purity::Payable && pays);
        if denied {
            return Err(Fault::BurnOut);
        }
        self.burn_words(self.arguments().len())?;
        match purity {
            Purity::Pure => Ok(()),
            _ => self.burn(READ_GAS),
        }
    }

    /// Requires that the chain runs at least this version of ArbOS.
    pub(crate) fn since(&self, arbos_version: u64) -> Result<(), Fault> {
        if self.machine.config.arbos_version < arbos_version {
            return Err(Fault::BurnOut);
        }
        Ok(())
    }

    pub(crate) fn burn(&mut self, gas: u64) -> Result<(), Fault> {
        self.gas_left = self.gas_left.checked_sub(gas).ok_or(Fault::BurnOut)?;
        Ok(())
    }

    fn burn_words(&mut self, bytes: usize) -> Result<(), Fault> {
        self.burn(COPY_WORD_GAS * (bytes as u64).div_ceil(32))
    }

    /// Pays for and emits an event of this contract.
    pub(crate) fn emit(&mut self, event: &impl SolEvent) -> Result<(), Fault> {
        let data = event.encode_log_data();
        let topics = data.topics().len() as u64;
        self.burn(LOG_GAS * (1 + topics) + LOG_BYTE_GAS * data.data.len() as u64)?;
        let address = self.call.target;
        self.machine.journal().log(Log { address, data });
        Ok(())
    }

    /// Destroys value that the contract received.
    pub(crate) fn destroy(&mut self, wei: U256) -> Result<(), Fault> {
        let Ok(mut own) = self.machine.journal().load_account_mut(self.call.target);
        match own.data.decr_balance(wei) {
            true => Ok(()),
            false => Err(Fault::Plain),
        }
    }

    /// Pays value that the contract received on to `to`.
    pub(crate) fn send(&mut self, to: Address, wei: U256) -> Result<(), Fault> {
        let from = self.call.target;
        let Ok(error) = self.machine.journal().transfer(from, to, wei);
        match error {
            None => Ok(()),
            Some(_) => Err(Fault::Plain),
        }
    }
}

/// Refuses what is not supported.
pub(crate) fn only(is_supported: bool) -> Result<(), Fault> {
    match is_supported {
        true => Ok(()),
        false => Err(Fault::Plain),
    }
}

/// A revert with a Solidity error.
pub(crate) fn solidity<T>(error: impl SolError) -> Result<T, Fault> {
    Err(Fault::Solidity(error.abi_encode()))
}

/// Slot of what ArbOS remembers under a name.
pub(crate) fn slot(name: &str) -> U256 {
    keccak256(name).into()
}
