//! Permit2 where every chain has it, from its published code.

use alloy_primitives::{address, hex, Address, Bytes, B256};
use alloy_sol_types::{eip712_domain, sol, SolStruct};
use anyhow::{Context, Result};
use inkhorn_chain::Chain;

use crate::artifact::permit2_code;

/// Where Permit2 stands.
pub const PERMIT2: Address = address!("000000000022D473030F116dDEE9F6B43aC78BA3");

sol! {
    /// What somebody lets a spender take of a token.
    #[derive(Debug)]
    struct PermitDetails {
        address token;
        uint160 amount;
        uint48 expiration;
        uint48 nonce;
    }

    /// What is signed.
    #[derive(Debug)]
    struct PermitSingle {
        PermitDetails details;
        address spender;
        uint256 sigDeadline;
    }

    /// The calls of Permit2 that are used here.
    interface Permit2 {
        function permit(address owner, PermitSingle memory permitSingle, bytes calldata signature) external;
        function allowance(address user, address token, address spender)
            external view returns (uint160 amount, uint48 expiration, uint48 nonce);
    }
}

impl PermitSingle {
    /// What its owner signs on a chain.
    pub fn digest(&self, chain_id: u64) -> B256 {
        self.eip712_signing_hash(&eip712_domain! {
            name: "Permit2",
            chain_id: chain_id,
            verifying_contract: PERMIT2,
        })
    }
}

/// Puts Permit2 where every chain has it.
///
/// # Errors
/// When the set-up has not run.
pub(crate) fn place(chain: &mut Chain) -> Result<()> {
    let code = hex::decode(permit2_code()?).context("Permit2's code is hex")?;
    chain.set_code(PERMIT2, Bytes::from(code));
    chain.set_nonce(PERMIT2, 1);
    Ok(())
}
