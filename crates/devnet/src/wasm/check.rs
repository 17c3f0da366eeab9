//! What activation would say about a module.

use crate::code::packing::ProgramCode;
use crate::wasm::accept::Rules;
use crate::wasm::estimate::activation_gas;
use crate::wasm::rewrite::rewrite;

/// Size and cost of a module that activation accepts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProgramCheck {
    /// Bytes of the code on chain, prefixes and compressed module, in all accounts together.
    pub code_size: usize,
    /// Accounts that hold a fragment, none if one account holds the whole program.
    pub fragments: usize,
    /// Bytes of the module.
    pub wasm_size: u64,
    /// Bytes that its data segments hold.
    pub data_size: u64,
    /// Operators after instrumentation.
    pub operators: u64,
    /// Gas of activation that depends on the module, without the fixed part.
    pub activation_gas: u64,
    /// Initialisation cost in gas, before the chain's minimum.
    pub init_cost: u16,
    /// The same for a cached program.
    pub cached_cost: u16,
    /// Bytes of native code that the data fee is charged for.
    pub asm_estimate: u32,
    /// Pages of memory at the start.
    pub footprint: u16,
    /// The module as it runs, metering included.
    pub instrumented: Vec<u8>,
}

impl ProgramCheck {
    pub(crate) fn new(wasm: &[u8], rules: Rules) -> Result<Self, String> {
        let program = rewrite(wasm, rules)?;
        let code = ProgramCode::new(wasm);
        Ok(Self {
            code_size: code.size(),
            fragments: code.fragment_count(),
            wasm_size: program.sizes.bytes,
            data_size: program.sizes.data_payload,
            operators: program.sizes.operators,
            activation_gas: activation_gas(&program.sizes, rules.arbos_version),
            init_cost: program.estimates.init,
            cached_cost: program.estimates.cached_init,
            asm_estimate: program.estimates.asm,
            footprint: program.estimates.footprint,
            instrumented: program.wasm,
        })
    }
}
