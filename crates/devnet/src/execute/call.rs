//! Message calls: the one place that decides what runs a frame.

use alloy_primitives::{Address, Bytes, B256, U256};
use revm::bytecode::Bytecode;
use revm::context_interface::journaled_state::TransferError;
use revm::context_interface::JournalTr;

use crate::code::kind::is_executable;
use crate::execute::console;
use crate::frame::{transfer_error, with_stack, Call, FrameResult, Scheme, CALL_DEPTH_LIMIT};
use crate::machine::Machine;
use crate::precompile;

impl Machine {
    /// Runs a message call to its end; its effects stay in the journal only if it succeeds.
    pub(crate) fn call(&mut self, call: Call) -> FrameResult {
        if let Some((recorder, logs)) = self.recorder_and_logs() {
            recorder.open_call(&call, logs);
        }
        self.tell_opened();
        let result = self.run_call(call);
        if let Some((recorder, logs)) = self.recorder_and_logs() {
            recorder.close(&result, logs);
        }
        self.tell_closed();
        result
    }

    fn run_call(&mut self, call: Call) -> FrameResult {
        if call.depth > CALL_DEPTH_LIMIT {
            return FrameResult::refused("max call depth exceeded", call.gas);
        }
        let checkpoint = self.journal().checkpoint();
        if call.scheme != Scheme::DelegateCall {
            if let Some(error) = self.transfer(call.caller, call.target, call.value) {
                self.journal().checkpoint_revert(checkpoint);
                return FrameResult::refused(transfer_error(error), call.gas);
            }
        }
        let result = with_stack(|| self.run_callee(call));
        if result.is_success() {
            self.journal().checkpoint_commit();
        } else {
            self.journal().checkpoint_revert(checkpoint);
        }
        result
    }

    fn run_callee(&mut self, call: Call) -> FrameResult {
        if let Some(result) = precompile::run(self, &call) {
            return result;
        }
        let (hash, code) = self.executable_code(call.code_address);
        if code.is_empty() {
            self.listen(&call);
            return precompile::run_without_code(self, &call)
                .unwrap_or_else(|| FrameResult::success(Bytes::new(), call.gas, 0));
        }
        let counted = call.acts_as_itself().then_some(call.target);
        self.enter(counted, call.caller);
        let result = if is_executable(code.original_byte_slice(), self.config.arbos_version) {
            self.run_program(call, hash, code.original_bytes())
        } else {
            self.run_evm_call(call, hash, code)
        };
        self.leave(counted);
        result
    }

    /// Hears what an EVM contract says on a development chain.
    fn listen(&mut self, call: &Call) {
        if self.config.debug && call.code_address == console::CONSOLE {
            if let Some(text) = console::text(&call.input) {
                self.hear(call.caller, text);
            }
        }
    }

    fn transfer(&mut self, from: Address, to: Address, value: U256) -> Option<TransferError> {
        let Ok(error) = self.journal().transfer(from, to, value);
        error
    }

    /// Code that a call to `address` runs, through an EIP-7702 delegation if there is one.
    fn executable_code(&mut self, address: Address) -> (B256, Bytecode) {
        let (hash, code) = self.code_of(address);
        match code.eip7702_address() {
            Some(delegate) => self.code_of(delegate),
            None => (hash, code),
        }
    }
}
