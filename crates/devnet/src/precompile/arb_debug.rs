//! ArbDebug (0xff), on debug chains only: the way to own the chain.

use alloy_sol_types::{sol, SolInterface};

use crate::precompile::address_list::CHAIN_OWNERS;
use crate::precompile::context::{Context, Fault, Purity};

sol! {
    interface ArbDebug {
        function becomeChainOwner() external;
    }
}

pub(crate) fn run(context: &mut Context) -> Result<Vec<u8>, Fault> {
    let ArbDebug::ArbDebugCalls::becomeChainOwner(_) =
        ArbDebug::ArbDebugCalls::abi_decode(&context.call.input).map_err(|_| Fault::BurnOut)?;
    context.open(Purity::Write)?;
    let caller = context.call.caller;
    CHAIN_OWNERS.update(context, caller, true)?;
    Ok(Vec::new())
}
