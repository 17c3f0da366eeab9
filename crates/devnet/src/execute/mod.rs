//! Transactions, and the frames in them: what a transaction must satisfy, what it pays, what it leaves behind.
//!
//! Frames open frames of every kind: a program calls a contract that calls a program. That is the one circle of the chain, and
//! it is closed here, by [`Machine::call`] and [`Machine::create`], through which every room opens a frame.

mod call;
mod console;
mod create;
mod delegation;
mod demand;
mod evm;
mod observed;
mod posting;
mod transfers;
pub(crate) mod upgrade;

use std::mem;

use alloy_primitives::{Address, U256};
use revm::context_interface::journaled_state::account::JournaledAccountTr;
use revm::context_interface::JournalTr;
use revm::primitives::{AddressMap, HashSet, StorageKey};

use crate::address::L1_FUNDS;
use crate::frame::{Call, Create, FrameError, FrameResult, Scheme};
use crate::machine::Machine;
use crate::precompile::figure::{fee_account, minimum_base_fee, INFRA_FEES, MINIMUM_BASE_FEE};
use crate::precompile::setting::CALLDATA_PRICE_INCREASE;
use crate::transaction::{Outcome, Status, Transaction};

/// At most this fraction of the gas used is refunded (EIP-3529).
const REFUND_QUOTIENT: u64 = 5;

impl Machine {
    /// Executes `tx`. `pays` is false for calls, whose gas is free and whose nonce does not matter.
    pub(crate) fn execute(&mut self, tx: &Transaction, pays: bool) -> Outcome {
        let price = U256::from(self.config.base_fee);
        match self.admit(tx, pays.then_some(price)) {
            Ok(gas) => self.run(tx, gas, pays),
            Err(reason) => rejected(reason),
        }
    }

    /// Why `tx` would not be admitted, if it pays for its gas.
    pub(crate) fn refusal(&mut self, tx: &Transaction) -> Option<String> {
        let price = U256::from(self.config.base_fee);
        self.admit(tx, Some(price)).err()
    }

    /// Checks the transaction and takes the price of its gas, unless it is a call; gives the gas left to execute with.
    fn admit(&mut self, tx: &Transaction, paid: Option<U256>) -> Result<u64, String> {
        let price = paid.unwrap_or_default();
        let limit = tx.gas_limit();
        // Calls that offer nothing pay for their data in gas, too.
        let intrinsic = tx.intrinsic_gas().saturating_add(self.post(tx));
        if limit < intrinsic {
            return Err(format!(
                "intrinsic gas too low: have {limit}, want {intrinsic}"
            ));
        }
        let floor = self.floor_gas(tx);
        if limit < floor {
            return Err(format!(
                "insufficient gas for floor data gas cost: have {limit}, want {floor}"
            ));
        }
        if tx.to.is_none() && tx.input.len() > 2 * self.config.max_code_size {
            return Err("max initcode size exceeded".to_owned());
        }
        if let Some(reason) = self.authorizations_refusal(tx) {
            return Err(reason.to_owned());
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
            if paid.is_some() {
                return Err("nonce has max value".to_owned());
            }
            // The nonce of a call does not matter.
            sender.data.set_nonce(0);
        }
        Ok(limit - intrinsic)
    }

    fn run(&mut self, tx: &Transaction, gas: u64, pays: bool) -> Outcome {
        self.evm.tx.caller = tx.from;
        self.set_prices(tx, pays);
        let coinbase = self.config.coinbase;
        self.journal().warm_coinbase_account(coinbase);
        self.journal().warm_access_list(access_list(tx));
        let intrinsic = tx.gas_limit() - gas - self.l1_gas;
        let usable = if pays {
            gas.min(self.config.tx_gas_limit.saturating_sub(intrinsic))
        } else {
            gas
        };
        // Asked before the transaction can change it.
        let floor = self.floor_gas(tx);
        let authorized = self.delegate(tx);
        let (created, mut result) = self.run_top_frame(tx, usable);
        result.refund += authorized;
        result.gas_left += gas - usable;
        let most_gas_used = (tx.gas_limit() - result.gas_left).max(floor);
        let gas_used = self.settle(tx, &result, floor, pays);
        Outcome {
            status: status(&result),
            logs: self.journal().take_logs(),
            output: result.output,
            gas_used,
            most_gas_used,
            gas_used_for_l1: self.l1_gas,
            created,
            frames: mem::take(&mut self.reports),
            said: mem::take(&mut self.said),
        }
    }

    /// Sets what contracts see: `GASPRICE` is the base fee, and programs see what the transaction offers. A call that offers
    /// nothing sees a base fee of zero.
    fn set_prices(&mut self, tx: &Transaction, pays: bool) {
        let base_fee = self.config.base_fee;
        let named = tx.gas_price.filter(|price| pays || *price > 0);
        let is_free = !pays && named.is_none();
        self.evm.block.basefee = if is_free { 0 } else { base_fee };
        self.evm.tx.gas_price = self.evm.block.basefee.into();
        self.offered_price = named.unwrap_or(self.evm.tx.gas_price);
    }

    /// Credits the price of the gas used: that for L1 data to one account, of the rest up to the minimum base fee to another, what is
    /// above it to a third.
    fn credit_fees(&mut self, used: u64) {
        let used = self.executed(used);
        if self.l1_gas > 0 {
            let fee = self.l1_fee();
            let Ok(()) = self.journal().balance_incr(L1_FUNDS, fee);
            self.count_l1_data();
        }
        let (infrastructure, network) = self.fee_parts(used);
        for (account, fee) in infrastructure.into_iter().chain([network]) {
            let Ok(()) = self.journal().balance_incr(account, fee);
        }
    }

    /// Who gets what for gas that was executed: the part up to the minimum base fee an account of its own, if there is one, and the
    /// rest another.
    fn fee_parts(&mut self, executed: u64) -> (Option<(Address, U256)>, (Address, U256)) {
        let (price, executed) = (U256::from(self.config.base_fee), U256::from(executed));
        let state = &self.journal().database;
        let network = fee_account(state);
        let minimum = minimum_base_fee(MINIMUM_BASE_FEE.committed(state));
        let base = minimum.map_or(price, |minimum| minimum.min(price));
        match Address::from_word(INFRA_FEES.committed(state).into()) {
            Address::ZERO => (None, (network, price * executed)),
            account => (
                Some((account, base * executed)),
                (network, (price - base) * executed),
            ),
        }
    }

    /// Gas used for more than L1 data.
    fn executed(&self, used: u64) -> u64 {
        used.saturating_sub(self.l1_gas)
    }

    /// Least gas that the transaction pays for, which is zero unless the chain's owner increased the price of calldata.
    fn floor_gas(&mut self, tx: &Transaction) -> u64 {
        let state = &self.journal().database;
        match CALLDATA_PRICE_INCREASE.committed(state).is_zero() {
            true => 0,
            false => tx.floor_gas(),
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
    fn settle(&mut self, tx: &Transaction, result: &FrameResult, floor: u64, pays: bool) -> u64 {
        let spent = tx.gas_limit() - result.gas_left;
        let refund = u64::try_from(result.refund).unwrap_or(0);
        // What was paid for L1 data does not come back.
        let used = spent - refund.min((spent - self.l1_gas) / REFUND_QUOTIENT);
        let used = used.max(floor);
        if pays {
            let price = U256::from(self.config.base_fee);
            let unused = price * U256::from(tx.gas_limit() - used);
            let Ok(()) = self.journal().balance_incr(tx.from, unused);
            self.credit_fees(used);
            if self.config.base_fee_dynamics && !price.is_zero() {
                self.pile_up(self.executed(used));
            }
        }
        used
    }
}

/// The access list as the journal takes it; what is listed twice is warm once.
fn access_list(tx: &Transaction) -> AddressMap<HashSet<StorageKey>> {
    let mut list = AddressMap::<HashSet<StorageKey>>::default();
    for (address, slots) in &tx.access_list {
        let listed = list.entry(*address).or_default();
        listed.extend(slots.iter().map(|slot| StorageKey::from_be_bytes(slot.0)));
    }
    list
}

fn rejected(reason: String) -> Outcome {
    Outcome {
        status: Status::Halt(reason),
        output: Default::default(),
        gas_used: 0,
        most_gas_used: 0,
        gas_used_for_l1: 0,
        logs: Vec::new(),
        created: None,
        frames: Vec::new(),
        said: Vec::new(),
    }
}

fn status(result: &FrameResult) -> Status {
    match &result.error {
        None => Status::Success,
        Some(FrameError::Revert) => Status::Revert,
        Some(FrameError::Halt(reason)) => Status::Halt(reason.clone().into_owned()),
    }
}
