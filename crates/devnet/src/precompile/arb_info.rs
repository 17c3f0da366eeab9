//! ArbInfo (0x65): balance and code of an account.

use alloy_sol_types::{sol, SolInterface, SolValue};

use crate::precompile::context::{Context, Fault, Purity};

sol! {
    interface ArbInfo {
        function getBalance(address account) external view returns (uint256);
        function getCode(address account) external view returns (bytes);
    }
}

const BALANCE_GAS: u64 = 700;
const COLD_LOAD_GAS: u64 = 2_100;
const COPY_WORD_GAS: u64 = 3;

pub(crate) fn run(context: &mut Context) -> Result<Vec<u8>, Fault> {
    let method =
        ArbInfo::ArbInfoCalls::abi_decode(&context.call.input).map_err(|_| Fault::BurnOut)?;
    context.open(Purity::View)?;
    match method {
        ArbInfo::ArbInfoCalls::getBalance(call) => {
            context.burn(BALANCE_GAS)?;
            Ok(context.machine.peek(call.account).balance.abi_encode())
        }
        ArbInfo::ArbInfoCalls::getCode(call) => {
            context.burn(COLD_LOAD_GAS)?;
            let code = context.machine.code_of(call.account).1.original_bytes();
            context.burn(COPY_WORD_GAS * (code.len() as u64).div_ceil(32))?;
            Ok(code.abi_encode())
        }
    }
}
