//! One transaction: what it must satisfy, what it pays, what it leaves behind.

use std::mem;

use alloy_primitives::{address, Address, U256};
use revm::context_interface::journaled_state::account::JournaledAccountTr;
use revm::context_interface::JournalTr;

use crate::create::Create;
use crate::frame::{Call, FrameError, FrameResult, Scheme};
use crate::machine::{Machine, SEQUENCER};
use crate::transaction::{Outcome, Status, Transaction};

/// Receives the base fee and the data fee of activations.
pub(crate) const NETWORK_FEE_ACCOUNT: Address =
    address!("a4b00000000000000000000000000000000000fe");

const TRANSACTION_GAS: u64 = 21_000;
const CREATION_GAS: u64 = 32_000;
const INIT_CODE_WORD_GAS: u64 = 2;
const ZERO_BYTE_GAS: u64 = 4;
const NON_ZERO_BYTE_GAS: u64 = 16;
/// At most this fraction of the gas used is refunded (EIP-3529).
const REFUND_QUOTIENT: u64 = 5;

/// Gas charged before anything runs.
pub(crate) fn intrinsic_gas(tx: &Transaction) -> u64 {
    let zeros = tx.input.iter().filter(|byte| **byte == 0).count() as u64;
    let length = tx.input.len() as u64;
    let data = zeros * ZERO_BYTE_GAS + (length - zeros) * NON_ZERO_BYTE_GAS;
    let creation = match tx.to {
        Some(_) => 0,
        None => CREATION_GAS + INIT_CODE_WORD_GAS * length.div_ceil(32),
    };
    TRANSACTION_GAS + data + creation
}

impl Machine {
    /// Executes `tx`. `pays` is false for calls, whose gas is free and whose nonce does not matter.
    pub(crate) fn execute(&mut self, tx: &Transaction, pays: bool) -> Outcome {
        let price = U256::from(self.config.base_fee);
        match self.admit(tx, if pays { price } else { U256::ZERO }) {
            Ok(gas) => self.run(tx, gas, pays),
            Err(reason) => rejected(reason),
        }
    }

    /// Checks the transaction and takes the price of its gas; gives the gas left to execute with.
    fn admit(&mut self, tx: &Transaction, price: U256) -> Result<u64, String> {
        let limit = tx.gas_limit();
        let intrinsic = intrinsic_gas(tx);
        if limit < intrinsic {
            return Err(format!(
                "intrinsic gas too low: have {limit}, want {intrinsic}"
            ));
        }
        if tx.to.is_none() && tx.input.len() > 2 * self.config.max_code_size {
            return Err("max initcode size exceeded".to_owned());
        }
        let fee = price * U256::from(limit);
        let needed = fee.saturating_add(tx.value);
        let Ok(mut sender) = self.journal().load_account_mut(tx.from);
        let balance = *sender.data.balance();
        if balance < needed {
            return Err(format!(
                "insufficient funds for gas * price + value: address {} have {balance} want {needed}",
                tx.from
            ));
        }
        sender.data.set_balance(balance - fee);
        if tx.to.is_some() && !sender.data.bump_nonce() {
            return Err("nonce has max value".to_owned());
        }
        Ok(limit - intrinsic)
    }

    fn run(&mut self, tx: &Transaction, gas: u64, pays: bool) -> Outcome {
        self.evm.tx.caller = tx.from;
        self.evm.tx.gas_price = u128::from(self.config.base_fee);
        self.journal().warm_coinbase_account(SEQUENCER);
        let intrinsic = tx.gas_limit() - gas;
        let usable = if pays {
            gas.min(self.config.tx_gas_limit.saturating_sub(intrinsic))
        } else {
            gas
        };
        let (created, mut result) = self.run_top_frame(tx, usable);
        result.gas_left += gas - usable;
        let gas_used = self.settle(tx, &result, pays);
        Outcome {
            status: status(&result),
            logs: self.journal().take_logs(),
            output: result.output,
            gas_used,
            created,
            frames: mem::take(&mut self.reports),
        }
    }

    fn run_top_frame(&mut self, tx: &Transaction, gas: u64) -> (Option<Address>, FrameResult) {
        let Some(to) = tx.to else {
            return self.create(Create {
                caller: tx.from,
                value: tx.value,
                init_code: tx.input.clone(),
                salt: None,
                gas,
                depth: 0,
            });
        };
        let result = self.call(Call {
            scheme: Scheme::Call,
            caller: tx.from,
            target: to,
            code_address: to,
            value: tx.value,
            input: tx.input.clone(),
            gas,
            is_static: false,
            depth: 0,
        });
        (None, result)
    }

    /// Applies refunds, returns the price of unused gas and credits the rest; gives the gas used.
    fn settle(&mut self, tx: &Transaction, result: &FrameResult, pays: bool) -> u64 {
        let spent = tx.gas_limit() - result.gas_left;
        let refund = u64::try_from(result.refund).unwrap_or(0);
        let used = spent - refund.min(spent / REFUND_QUOTIENT);
        if pays {
            let price = U256::from(self.config.base_fee);
            let unused = price * U256::from(tx.gas_limit() - used);
            let Ok(()) = self.journal().balance_incr(tx.from, unused);
            let fee = price * U256::from(used);
            let Ok(()) = self.journal().balance_incr(NETWORK_FEE_ACCOUNT, fee);
        }
        used
    }
}

fn rejected(reason: String) -> Outcome {
    Outcome {
        status: Status::Halt(reason),
        output: Default::default(),
        gas_used: 0,
        logs: Vec::new(),
        created: None,
        frames: Vec::new(),
    }
}

fn status(result: &FrameResult) -> Status {
    match &result.error {
        None => Status::Success,
        Some(FrameError::Revert) => Status::Revert,
        Some(FrameError::Halt(reason)) => Status::Halt(reason.clone().into_owned()),
    }
}
