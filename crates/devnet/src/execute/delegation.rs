//! Accounts that let another account's code run as theirs (EIP-7702).

use alloy_primitives::{Address, U256};
use revm::bytecode::Bytecode;
use revm::context_interface::journaled_state::account::JournaledAccountTr;
use revm::context_interface::JournalTr;

use crate::machine::Machine;
use crate::transaction::{Authorization, Transaction};

/// First ArbOS version with set-code transactions.
const SINCE: u64 = 40;

/// Gas that comes back for an authority that existed already.
const EXISTING_REFUND: i64 = 12_500;

impl Machine {
    /// Why the authorizations of a transaction keep it from being admitted, if they do.
    pub(crate) fn authorizations_refusal(&self, tx: &Transaction) -> Option<&'static str> {
        if tx.authorizations.is_empty() {
            None
        } else if self.config.arbos_version < SINCE {
            Some("transaction type not supported: set-code transactions came with ArbOS 40")
        } else if tx.to.is_none() {
            Some("EIP-7702 transaction cannot be used to create contract")
        } else {
            None
        }
    }

    /// Puts the authorizations into effect, one after the other, and makes warm what the recipient delegates to; gives the gas to
    /// refund. What does not hold is passed over. They stay in effect even if the transaction fails.
    pub(crate) fn delegate(&mut self, tx: &Transaction) -> i64 {
        let refund = tx
            .authorizations
            .iter()
            .filter_map(|authorization| self.authorize(authorization))
            .sum();
        if let Some(delegate) = tx.to.and_then(|to| self.code_of(to).1.eip7702_address()) {
            let Ok(_) = self.journal().load_account(delegate);
        }
        refund
    }

    /// Refund of an authorization that holds.
    fn authorize(&mut self, authorization: &Authorization) -> Option<i64> {
        let chain_id = U256::from(self.config.chain_id);
        if !authorization.chain_id.is_zero() && authorization.chain_id != chain_id {
            return None;
        }
        let authority = authorization.authority?;
        let next_nonce = authorization.nonce.checked_add(1)?;
        let Ok(account) = self.journal().load_account_with_code(authority);
        let code = account.info.code.clone().unwrap_or_default();
        let is_free = code.is_empty() || code.eip7702_address().is_some();
        if !is_free || account.info.nonce != authorization.nonce {
            return None;
        }
        let existed = !account.info.is_empty();
        let code = match authorization.address {
            Address::ZERO => Bytecode::default(),
            delegate => Bytecode::new_eip7702(delegate),
        };
        self.journal().set_code(authority, code);
        let Ok(mut account) = self.journal().load_account_mut(authority);
        account.data.set_nonce(next_nonce);
        Some(if existed { EXISTING_REFUND } else { 0 })
    }
}
