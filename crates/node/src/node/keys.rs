//! Accounts that the node signs for.

use alloy_consensus::{SignableTransaction, TypedTransaction};
use alloy_primitives::Address;

use super::Node;
use crate::accounts::{stand_in_signature, DevAccount};
use crate::error::RpcError;
use crate::transaction::{self, Sent};

impl Node {
    /// Signs with one of the node's keys, or with a stand-in for an impersonated account.
    pub(crate) fn sign(
        &self,
        sender: Address,
        transaction: TypedTransaction,
    ) -> Result<Sent, RpcError> {
        self.check_unlocked(sender)?;
        let signature = match self.account(sender) {
            Ok(account) => account.sign(transaction.signature_hash()),
            Err(_) => stand_in_signature(sender),
        };
        Ok(transaction::sign(transaction, sender, signature))
    }

    /// Checks that the node may send for an account: it holds its key or impersonates it.
    pub(crate) fn check_unlocked(&self, sender: Address) -> Result<(), RpcError> {
        let impersonated =
            self.read(|state| state.impersonate_all || state.impersonated.contains(&sender));
        if impersonated {
            return Ok(());
        }
        self.account(sender).map(drop)
    }

    /// One of the accounts whose keys the node holds.
    pub(crate) fn account(&self, address: Address) -> Result<&DevAccount, RpcError> {
        self.accounts
            .iter()
            .find(|account| account.address == address)
            .ok_or_else(|| RpcError::refused(format!("unknown account {address}")))
    }
}
