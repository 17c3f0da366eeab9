//! Contracts and programs: deployed, checked, activated, cached.

use alloy_primitives::{Address, Bytes, U256};
use alloy_sol_types::SolCall;

use crate::address::ARBOS_STATE;
use crate::chain::value::Chain;
use crate::code::kind::FRAGMENTS_SINCE;
use crate::code::packing::{classic_code, compressed, deployment_code, ProgramCode};
use crate::machine::params::StylusParams;
use crate::precompile::{ArbWasm, ARB_WASM};
use crate::program::engine::compile;
use crate::program::place::params_slot;
use crate::transaction::{Outcome, Transaction};
use crate::wasm::accept::Rules;
use crate::wasm::check::ProgramCheck;

/// Value sent along with an activation; what the data fee leaves comes back.
const ACTIVATION_VALUE: u64 = 1_000_000_000_000_000_000;

/// A program's activation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activation {
    /// Stylus version that the program was activated for.
    pub version: u16,
    /// Wei paid for storing the native code.
    pub data_fee: U256,
    /// Gas that the transaction used.
    pub gas_used: u64,
}

impl Chain {
    /// Creates a contract from EVM init code and gives its address.
    ///
    /// # Errors
    /// The outcome of the creation when it did not succeed.
    pub fn deploy(&mut self, from: Address, init_code: Bytes) -> Result<Address, Outcome> {
        let outcome = self.transact(Transaction::create(from, init_code));
        outcome.created.ok_or(outcome)
    }

    /// Deploys a Stylus program from its WASM, packed as cargo-stylus does it: in one account if that can hold it, or
    /// else in fragments and a root, whose address this gives. It has to be activated before it can be called.
    ///
    /// # Errors
    /// The outcome of the first creation that did not succeed.
    pub fn deploy_program(&mut self, from: Address, wasm: &[u8]) -> Result<Address, Outcome> {
        let code = match ProgramCode::new(wasm) {
            ProgramCode::Classic(code) => code,
            ProgramCode::Fragmented(code) if self.config.arbos_version >= FRAGMENTS_SINCE => {
                let fragments: Result<Vec<Address>, Outcome> = code
                    .fragments()
                    .iter()
                    .map(|fragment| self.deploy(from, deployment_code(fragment)))
                    .collect();
                code.root(&fragments?)
            }
            ProgramCode::Fragmented(_) => classic_code(wasm),
        };
        self.deploy(from, deployment_code(&code))
    }

    /// Checks a module as activation would, without touching the chain.
    ///
    /// # Errors
    /// The reason why activation would reject it.
    pub fn check_program(&self, wasm: &[u8]) -> Result<ProgramCheck, String> {
        ProgramCheck::new(wasm, self.rules())
    }

    /// Rules by which programs are activated now.
    fn rules(&self) -> Rules {
        Rules {
            arbos_version: self.config.arbos_version,
            stylus_version: self.stylus_params().version,
            debug: self.config.debug,
        }
    }

    fn stylus_params(&self) -> StylusParams {
        StylusParams::unpack(self.state.slot(ARBOS_STATE, params_slot()))
    }

    /// Compresses, checks and compiles modules on threads of their own, so that deploying, activating and calling them takes no
    /// time later in this process, on any chain with the same rules. A module that activation would refuse is refused then.
    pub fn prepare_programs(&self, modules: &[&[u8]]) {
        let rules = self.rules();
        std::thread::scope(|threads| {
            for wasm in modules {
                threads.spawn(move || compressed(wasm));
                // Activation tells why a module is refused.
                threads.spawn(move || compile(wasm, rules).map(drop));
            }
        });
    }

    /// Activates a deployed program through ArbWasm, sending one ether of which all but the data fee comes back.
    ///
    /// # Errors
    /// The outcome of the transaction when it did not succeed; its status names the rule that the program breaks.
    pub fn activate(&mut self, from: Address, program: Address) -> Result<Activation, Outcome> {
        let call = ArbWasm::activateProgramCall { program };
        let tx = Transaction::call(from, ARB_WASM, call.abi_encode())
            .with_value(U256::from(ACTIVATION_VALUE));
        let outcome = self.transact(tx);
        if !outcome.is_success() {
            return Err(outcome);
        }
        let returned = ArbWasm::activateProgramCall::abi_decode_returns(&outcome.output)
            .expect("ArbWasm returns what its interface says");
        Ok(Activation {
            version: returned.version,
            data_fee: returned.dataFee,
            gas_used: outcome.gas_used,
        })
    }

    /// Marks an activated program as cached, as a cache manager would, outside of any transaction.
    pub fn cache_program(&mut self, program: Address) {
        let code_hash = self.code_hash(program);
        self.govern(|machine| {
            let mut record = machine.program_record(code_hash);
            record.cached = true;
            machine.set_program_record(code_hash, &record);
        });
    }
}
