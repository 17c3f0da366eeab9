//! Calls and creations made by a program.

use std::cmp::min;

use alloy_primitives::{Address, Bytes, U256};
use revm::context_interface::JournalTr;

use crate::frame::{Call, Create, Scheme};
use crate::hostio::frame::{fail, Escape, Host};
use crate::ink;

const WARM_CALL_GAS: u64 = 100;
const COLD_CALL_GAS: u64 = 2_500;
const NEW_ACCOUNT_GAS: u64 = 25_000;
const VALUE_GAS: u64 = 9_000;
const STIPEND: u64 = 2_300;
const CREATE_GAS: u64 = 32_000;
const HASH_WORD_GAS: u64 = 6;

/// Status of a call that succeeded.
const SUCCESS: u32 = 0;
/// Status of a call that did not.
const FAILED: u32 = 2;

/// What a call came to.
struct Called {
    status: u32,
    /// Gas to pay, that used by the callee included.
    gas: u64,
    /// Gas that the callee used.
    child_gas: u64,
    output: Bytes,
}

/// A call as the guest asks for it.
struct Request {
    scheme: Scheme,
    to: Address,
    input: Bytes,
    value: U256,
    gas: u64,
}

impl Host<'_> {
    pub(crate) fn call_contract(
        &mut self,
        to: u32,
        data: u32,
        length: u32,
        value: u32,
        gas: u64,
        returned: u32,
    ) -> Result<u32, Escape> {
        self.call(Scheme::Call, to, (data, length), Some(value), gas, returned)
    }

    pub(crate) fn delegate_call_contract(
        &mut self,
        to: u32,
        data: u32,
        length: u32,
        gas: u64,
        returned: u32,
    ) -> Result<u32, Escape> {
        self.call(
            Scheme::DelegateCall,
            to,
            (data, length),
            None,
            gas,
            returned,
        )
    }

    pub(crate) fn static_call_contract(
        &mut self,
        to: u32,
        data: u32,
        length: u32,
        gas: u64,
        returned: u32,
    ) -> Result<u32, Escape> {
        self.call(Scheme::StaticCall, to, (data, length), None, gas, returned)
    }

    fn call(
        &mut self,
        scheme: Scheme,
        to: u32,
        (data, length): (u32, u32),
        value: Option<u32>,
        gas: u64,
        returned: u32,
    ) -> Result<u32, Escape> {
        self.enter_node(3)?;
        self.buy_ink(2 * ink::read(length))?;
        let request = Request {
            scheme,
            to: self.read_address(to)?,
            input: self.read(data, length)?.into(),
            value: match value {
                Some(pointer) => self.read_word(pointer)?,
                None => U256::ZERO,
            },
            gas,
        };
        let asked = [request.to.as_slice(), &request.gas.to_be_bytes()].concat();
        let paid = value.map(|_| request.value.to_be_bytes::<32>());
        let input = request.input.clone();
        let called = self.perform(request);
        self.pay_for_child(called.gas, called.child_gas)?;
        let length = called.output.len() as u32;
        self.frame().return_data = called.output;
        self.write_u32(returned, length)?;
        let paid = paid.as_ref().map_or(&[][..], |paid| paid);
        let outs = [&length.to_be_bytes()[..], &[called.status as u8]];
        self.note(&[&asked, paid, &input], &outs);
        Ok(called.status)
    }

    /// Makes the call, with the EVM's rules for cost, gas and stipend.
    fn perform(&mut self, request: Request) -> Called {
        let failed = |gas| Called {
            status: FAILED,
            gas,
            child_gas: 0,
            output: Bytes::new(),
        };
        let pays = !request.value.is_zero();
        if self.is_static() && pays {
            return failed(0);
        }
        let available = self.gas_left();
        let Some(base) = self.call_gas(request.to, pays, available) else {
            return failed(available);
        };
        // The product may pass 64 bits only with more gas than any chain offers.
        let most = (u128::from(available - base) * 63 / 64) as u64;
        let stipend = if pays { STIPEND } else { 0 };
        let gas = min(most, request.gas).saturating_add(stipend);
        let call = self.child(request, gas);
        let result = self.machine().call(call);
        if result.is_success() {
            self.frame().refund += result.refund;
        }
        Called {
            status: if result.is_success() { SUCCESS } else { FAILED },
            gas: (base + gas).saturating_sub(result.gas_left),
            child_gas: gas.saturating_sub(result.gas_left),
            output: result.output,
        }
    }

    fn child(&mut self, request: Request, gas: u64) -> Call {
        let parent = &self.frame().call;
        let delegated = request.scheme == Scheme::DelegateCall;
        Call {
            scheme: request.scheme,
            caller: if delegated {
                parent.caller
            } else {
                parent.target
            },
            target: if delegated { parent.target } else { request.to },
            code_address: request.to,
            value: if delegated {
                parent.value
            } else {
                request.value
            },
            input: request.input,
            gas,
            is_static: parent.is_static || request.scheme == Scheme::StaticCall,
            depth: parent.depth + 1,
        }
    }

    /// Gas of reaching `to`, or `None` if that is more than `available`. Marks `to` warm either way, unless even a
    /// warm call is too expensive.
    fn call_gas(&mut self, to: Address, pays: bool, available: u64) -> Option<u64> {
        let affordable = |gas: u64| (gas <= available).then_some(gas);
        let mut gas = affordable(WARM_CALL_GAS)?;
        let Ok(account) = self.machine().journal().load_account(to);
        let is_empty = account.is_empty();
        if account.is_cold {
            gas = affordable(gas + COLD_CALL_GAS)?;
        }
        if pays && is_empty {
            gas = affordable(gas + NEW_ACCOUNT_GAS)?;
        }
        if pays {
            gas = affordable(gas + VALUE_GAS)?;
        }
        Some(gas)
    }

    pub(crate) fn create1(
        &mut self,
        code: u32,
        length: u32,
        endowment: u32,
        address: u32,
        reverted: u32,
    ) -> Result<(), Escape> {
        self.enter_node(3)?;
        self.create((code, length), endowment, None, address, reverted)
    }

    pub(crate) fn create2(
        &mut self,
        code: u32,
        length: u32,
        endowment: u32,
        salt: u32,
        address: u32,
        reverted: u32,
    ) -> Result<(), Escape> {
        self.enter_node(4)?;
        self.create((code, length), endowment, Some(salt), address, reverted)
    }

    fn create(
        &mut self,
        (code, length): (u32, u32),
        endowment: u32,
        salt: Option<u32>,
        address: u32,
        reverted: u32,
    ) -> Result<(), Escape> {
        self.buy_ink(2 * ink::read(length))?;
        let init_code = Bytes::from(self.read(code, length)?);
        let value = self.read_word(endowment)?;
        let salt = salt.map(|salt| self.read_word(salt)).transpose()?;
        self.require_mutable()?;
        let hashing = match salt {
            Some(_) => HASH_WORD_GAS * u64::from(length).div_ceil(32),
            None => 0,
        };
        let start = self.gas_left();
        let Some(available) = start.checked_sub(CREATE_GAS + hashing) else {
            return fail("out of gas");
        };
        let kept = available / 64;
        let (caller, depth) = (self.acting(), self.frame().call.depth + 1);
        let (created, result) = self.machine().create(Create {
            caller,
            value,
            init_code: init_code.clone(),
            salt,
            gas: available - kept,
            depth,
        });
        if result.is_success() {
            self.frame().refund += result.refund;
        }
        let child_gas = available - kept - result.gas_left;
        self.pay_for_child(start - result.gas_left - kept, child_gas)?;
        let data = if result.is_revert() {
            result.output
        } else {
            Bytes::new()
        };
        let length = data.len() as u32;
        self.frame().return_data = data;
        self.write_u32(reverted, length)?;
        let created = created.unwrap_or_default();
        let salt = salt.map(|salt| salt.to_be_bytes::<32>());
        let salt = salt.as_ref().map_or(&[][..], |salt| salt);
        self.note(
            &[&value.to_be_bytes::<32>(), salt, &init_code],
            &[created.as_slice(), &length.to_be_bytes()],
        );
        self.write(address, created.as_slice())
    }

    /// Pays `gas`, of which `child_gas` was used by another frame.
    fn pay_for_child(&mut self, gas: u64, child_gas: u64) -> Result<(), Escape> {
        let child_ink = self.gas_to_ink(child_gas);
        self.frame().child_ink += child_ink;
        self.buy_gas(gas)
    }
}
