//! Contract creation.

use alloy_primitives::{keccak256, Address};
use revm::bytecode::Bytecode;
use revm::context_interface::journaled_state::account::JournaledAccountTr;
use revm::context_interface::JournalTr;

use crate::code::kind::is_storable;
use crate::frame::{transfer_error, with_stack, Create, FrameResult, CALL_DEPTH_LIMIT};
use crate::machine::{Machine, SPEC};

/// Gas per byte of deployed code.
const CODE_DEPOSIT_GAS: u64 = 200;

impl Machine {
    /// Runs a creation to its end. The address is given only if it succeeds.
    pub(crate) fn create(&mut self, create: Create) -> (Option<Address>, FrameResult) {
        if let Some((recorder, logs)) = self.recorder_and_logs() {
            recorder.open_creation(&create, logs);
        }
        self.foretell_creation(&create);
        let (address, result) = self.run_creation(create);
        if let Some((recorder, logs)) = self.recorder_and_logs() {
            recorder.close(&result, logs);
        }
        self.tell_closed();
        (address, result)
    }

    /// Tells an observer of a creation that was opened, with the address that the contract will have even if it gets none.
    fn foretell_creation(&mut self, create: &Create) {
        if !self.is_observed() {
            return;
        }
        let nonce = self.peek(create.caller).nonce;
        let address = address_of(create, nonce);
        if let Some(recorder) = self.recorder() {
            recorder.name_creation(address);
        }
        self.tell_opened();
    }

    fn run_creation(&mut self, create: Create) -> (Option<Address>, FrameResult) {
        let address = match self.open_account(&create) {
            Ok(address) => address,
            Err(refusal) => return (None, refusal),
        };
        if let Some(recorder) = self.recorder() {
            recorder.name_creation(address);
        }
        let Ok(_) = self.journal().load_account(address);
        let opened =
            self.journal()
                .create_account_checkpoint(create.caller, address, create.value, SPEC);
        let checkpoint = match opened {
            Ok(checkpoint) => checkpoint,
            Err(error) => return (None, FrameResult::halt(transfer_error(error))),
        };
        self.enter(Some(address), create.caller);
        let result = with_stack(|| self.run_init_code(&create, address));
        self.leave(Some(address));
        let result = if result.is_success() {
            self.deposit(address, result)
        } else {
            result
        };
        if result.is_success() {
            self.journal().checkpoint_commit();
            (Some(address), result)
        } else {
            self.journal().checkpoint_revert(checkpoint);
            (None, result)
        }
    }

    /// Checks the creator, raises its nonce and derives the new address.
    fn open_account(&mut self, create: &Create) -> Result<Address, FrameResult> {
        if create.depth > CALL_DEPTH_LIMIT {
            return Err(FrameResult::refused("max call depth exceeded", create.gas));
        }
        let Ok(mut creator) = self.journal().load_account_mut(create.caller);
        if *creator.data.balance() < create.value {
            let reason = "insufficient balance for transfer";
            return Err(FrameResult::refused(reason, create.gas));
        }
        let nonce = creator.data.nonce();
        if !creator.data.bump_nonce() {
            return Err(FrameResult::refused("nonce uint64 overflow", create.gas));
        }
        Ok(address_of(create, nonce))
    }

    /// Stores the code that the init code returned, if it may be stored and paid for.
    fn deposit(&mut self, address: Address, result: FrameResult) -> FrameResult {
        let code = &result.output;
        if code.len() > self.config.max_code_size {
            return FrameResult::halt("max code size exceeded");
        }
        if code.first() == Some(&0xef) && !is_storable(code, self.config.arbos_version) {
            return FrameResult::halt("invalid code: must not begin with 0xef");
        }
        let Some(gas_left) = result
            .gas_left
            .checked_sub(CODE_DEPOSIT_GAS * code.len() as u64)
        else {
            return FrameResult::halt("contract creation code storage out of gas");
        };
        self.journal()
            .set_code(address, Bytecode::new_legacy(code.clone()));
        FrameResult { gas_left, ..result }
    }
}

/// Address of the contract that a creator with this nonce makes.
fn address_of(create: &Create, nonce: u64) -> Address {
    match create.salt {
        None => create.caller.create(nonce),
        Some(salt) => create
            .caller
            .create2(salt.to_be_bytes::<32>(), keccak256(&create.init_code)),
    }
}
