//! ArbFilteredTransactionsManager (0x74): transactions that the chain refuses to carry out. This chain filters none.

use alloy_sol_types::{sol, SolInterface, SolValue};

use crate::precompile::address_list::TRANSACTION_FILTERERS;
use crate::precompile::context::{Context, Fault, Purity, READ_GAS};

sol! {
    interface ArbFilteredTransactionsManager {
        function addFilteredTransaction(bytes32 txHash) external;
        function deleteFilteredTransaction(bytes32 txHash) external;
        function isTransactionFiltered(bytes32 txHash) external view returns (bool);
    }
}

use ArbFilteredTransactionsManager::ArbFilteredTransactionsManagerCalls as Method;

pub(crate) fn run(context: &mut Context) -> Result<Vec<u8>, Fault> {
    let method = Method::abi_decode(&context.call.input).map_err(|_| Fault::BurnOut)?;
    match method {
        Method::isTransactionFiltered(_) => {
            context.open(Purity::View)?;
            context.burn(READ_GAS)?;
            Ok(false.abi_encode())
        }
        Method::addFilteredTransaction(_) => {
            open_for_filterers(context)?;
            Err(Fault::Plain)
        }
        Method::deleteFilteredTransaction(_) => {
            open_for_filterers(context)?;
            Ok(Vec::new())
        }
    }
}

fn open_for_filterers(context: &mut Context) -> Result<(), Fault> {
    context.open(Purity::Write)?;
    let caller = context.call.caller;
    match TRANSACTION_FILTERERS.look_up(context, caller)? {
        true => Ok(()),
        false => Err(Fault::BurnOut),
    }
}
