//! What a transaction must satisfy before it waits.

use alloy_consensus::Transaction as _;
use alloy_eips::eip2718::Encodable2718;
use alloy_primitives::U256;

use super::State;
use crate::error::RpcError;
use crate::transaction::{self, Sent};

impl State {
    /// Takes a transaction into the pool if the account can pay for it now.
    pub(super) fn admit(&mut self, sent: Sent) -> Result<(), RpcError> {
        let sender = sent.signer();
        let chain = self.ledger.chain();
        let nonce = chain.nonce(sender);
        transaction::check_length(sent.encode_2718_len())?;
        let room = chain.config().block_gas_limit;
        if sent.gas_limit() > room {
            return Err(RpcError::refused(format!(
                "exceeds block gas limit: the transaction's is {}, the block's {room}",
                sent.gas_limit()
            )));
        }
        // EIP-2681: there would be no nonce after it.
        if sent.nonce() == u64::MAX {
            return Err(RpcError::refused("nonce has max value"));
        }
        if sent.nonce() < nonce {
            return Err(RpcError::refused(format!(
                "nonce too low: address {sender}, tx: {} state: {nonce}",
                sent.nonce()
            )));
        }
        if self.ledger.find(transaction::hash(&sent)).is_some() {
            return Err(RpcError::refused("already known"));
        }
        let (max_fee, base_fee) = (sent.max_fee_per_gas(), u128::from(self.base_fee()));
        let tip = sent.max_priority_fee_per_gas().unwrap_or_default();
        if tip > max_fee {
            return Err(RpcError::refused(format!(
                "max priority fee per gas higher than max fee per gas: address {sender}, \
                 maxPriorityFeePerGas: {tip}, maxFeePerGas: {max_fee}"
            )));
        }
        if max_fee < base_fee {
            return Err(RpcError::refused(format!(
                "max fee per gas less than block base fee: address {sender}, maxFeePerGas: {max_fee}, baseFee: {base_fee}"
            )));
        }
        self.check_funds(&sent)?;
        chain
            .clone()
            .check_transaction(&transaction::for_chain(&sent, self.base_fee()))
            .map_err(RpcError::Refused)?;
        self.pool.insert(sent, |who| chain.nonce(who))
    }
    /// Whether the sender can pay for the transaction, and for it and those that wait with other nonces.
    fn check_funds(&self, sent: &Sent) -> Result<(), RpcError> {
        let sender = sent.signer();
        let (have, want) = (self.ledger.chain().balance(sender), transaction::cost(sent));
        if have < want {
            return Err(RpcError::refused(format!(
                "insufficient funds for gas * price + value: address {sender} have {have} want {want}"
            )));
        }
        let queued = self.pool.owed_beside(sender, sent.nonce());
        let overshot = queued.saturating_add(want).saturating_sub(have);
        if overshot > U256::ZERO {
            return Err(RpcError::refused(format!(
                "insufficient funds for gas * price + value: balance {have}, queued cost {queued}, tx cost {want}, \
                 overshot {overshot}"
            )));
        }
        Ok(())
    }
}
