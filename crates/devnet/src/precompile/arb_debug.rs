//! ArbDebug (0xff), on debug chains only: the way to own the chain, and examples of everything a precompile can do.

use alloy_primitives::{B256, U256};
use alloy_sol_types::{sol, SolInterface, SolValue};

use crate::precompile::address_list::CHAIN_OWNERS;
use crate::precompile::context::{solidity, Context, Fault, Purity};
use crate::state::bytecode;
use revm::context_interface::JournalTr;

/// Number of its address.
pub(super) const LOW: u32 = 0xff;

sol! {
    interface ArbDebug {
        function becomeChainOwner() external;
        function overwriteContractCode(address target, bytes newCode) external returns (bytes oldCode);
        function events(bool flag, bytes32 value) external payable returns (address, uint256);
        function eventsView() external view;
        function customRevert(uint64 number) external pure;
        function panic() external;
        function legacyError() external pure;

        event Basic(bool flag, bytes32 indexed value);
        event Mixed(bool indexed flag, bool not, bytes32 indexed value, address conn, address indexed caller);

        error Custom(uint64 number, string reason, bool flag);
    }
}

use ArbDebug::ArbDebugCalls as Method;

/// Nitro's reason for its example of an error.
const CUSTOM_REASON: &str = r"This spider family wards off bugs: /\oo/\ //\(oo)//\ /\oo/\";

pub(crate) fn run(context: &mut Context) -> Result<Vec<u8>, Fault> {
    let method = Method::abi_decode(&context.call.input).map_err(|_| Fault::BurnOut)?;
    match method {
        Method::becomeChainOwner(_) => {
            context.open(Purity::Write)?;
            let caller = context.call.caller;
            CHAIN_OWNERS.update(context, caller, true)?;
            Ok(Vec::new())
        }
        Method::overwriteContractCode(call) => {
            context.open(Purity::Write)?;
            let (_, old) = context.machine.code_of(call.target);
            let Ok(_) = context.machine.journal().load_account(call.target);
            let code = bytecode(call.newCode);
            context.machine.journal().set_code(call.target, code);
            Ok(old.original_bytes().abi_encode())
        }
        Method::events(call) => {
            context.open(Purity::Payable)?;
            emit_examples(context, call.flag, call.value)?;
            let (caller, paid): (_, U256) = (context.call.caller, context.call.value);
            Ok((caller, paid).abi_encode())
        }
        // An event that a view emits.
        Method::eventsView(_) => {
            context.open(Purity::View)?;
            Err(Fault::BurnOut)
        }
        Method::customRevert(call) => {
            context.open(Purity::Pure)?;
            solidity(ArbDebug::Custom {
                number: call.number,
                reason: CUSTOM_REASON.to_owned(),
                flag: true,
            })
        }
        // Nitro's node stops here. This one goes on.
        Method::panic(_) => {
            context.open(Purity::Write)?;
            Err(Fault::BurnOut)
        }
        Method::legacyError(_) => {
            context.open(Purity::Pure)?;
            Err(Fault::Plain)
        }
    }
}

fn emit_examples(context: &mut Context, flag: bool, value: B256) -> Result<(), Fault> {
    context.emit(&ArbDebug::Basic { flag: !flag, value })?;
    let (conn, caller) = (context.call.target, context.call.caller);
    context.emit(&ArbDebug::Mixed {
        flag,
        not: !flag,
        value,
        conn,
        caller,
    })
}
