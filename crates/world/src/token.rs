//! Which token a world is built on.

use alloy_primitives::{Bytes, U256};
use alloy_sol_types::SolValue;
use anyhow::Result;

use crate::artifact::test_contract;

/// The behaviour of a token. The vices are switched on after the world is built, through the token's own setters.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenKind {
    /// Does what an ERC-20 should.
    #[default]
    Honest,
    /// Returns false instead of moving anything ([`crate::abi::ReturnsFalseToken`]).
    ReturnsFalse,
    /// Moves, and returns nothing. Always on.
    ReturnsNothing,
    /// Delivers less than was sent ([`crate::abi::FeeOnTransferToken`]).
    FeeOnTransfer,
    /// Calls a target during each transfer ([`crate::abi::ReentrantToken`]).
    Reentrant,
}

impl TokenKind {
    /// Creation code of such a token.
    pub fn init_code(self, name: &str, symbol: &str, decimals: u8) -> Result<Bytes> {
        let contract = match self {
            TokenKind::Honest => "Token",
            TokenKind::ReturnsFalse => "ReturnsFalseToken",
            TokenKind::ReturnsNothing => "ReturnsNothingToken",
            TokenKind::FeeOnTransfer => "FeeOnTransferToken",
            TokenKind::Reentrant => "ReentrantToken",
        };
        test_contract(
            contract,
            &(name, symbol, U256::from(decimals)).abi_encode_params(),
        )
    }
}
