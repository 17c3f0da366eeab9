//! What a transaction paid and got back around its outermost frame, as Nitro's tracers tell it.

use alloy_primitives::{Address, U256};

use crate::address::L1_FUNDS;
use crate::machine::Machine;
use crate::recording::frame::{Transfer, Transfers};
use crate::transaction::{Outcome, Transaction};

impl Machine {
    /// The transfers of the transaction that was executed last, which paid for its gas or did not. A call's gas is told at the price
    /// that it names, and the fees as if somebody had paid them.
    pub(crate) fn transfers(
        &mut self,
        tx: &Transaction,
        outcome: &Outcome,
        pays: bool,
    ) -> Transfers {
        let is_priced = pays || tx.gas_price.is_some_and(|offered| offered > 0);
        let price = match is_priced {
            true => U256::from(self.config.base_fee),
            false => U256::ZERO,
        };
        let limit = tx.gas_limit();
        let unused = limit.saturating_sub(outcome.gas_used);
        let paid = Transfer {
            purpose: "feePayment",
            from: Some(tx.from),
            to: None,
            value: price * U256::from(limit),
        };
        let returned = to("gasRefund", tx.from, price * U256::from(unused));
        let mut after = vec![returned];
        let (infrastructure, (network, rest)) = self.fee_parts(self.executed(outcome.gas_used));
        let collect = |(account, value)| to("feeCollection", account, value);
        after.extend(infrastructure.map(collect));
        if !rest.is_zero() {
            after.push(collect((network, rest)));
        }
        after.push(collect((L1_FUNDS, self.l1_fee())));
        after.extend(self.destroyed());
        Transfers {
            before: vec![paid],
            after,
        }
    }

    /// What accounts that destroyed themselves got after that, which is nobody's.
    fn destroyed(&mut self) -> Vec<Transfer> {
        let state = self.journal().state.iter();
        let gone = state.filter(|(_, account)| account.is_selfdestructed());
        let lost = |(address, account): (&Address, &revm::state::Account)| Transfer {
            purpose: "selfDestruct",
            from: Some(*address),
            to: None,
            value: account.info.balance,
        };
        let mut lost: Vec<Transfer> = gone.map(lost).collect();
        lost.sort_by_key(|transfer| transfer.from);
        lost
    }
}

fn to(purpose: &'static str, account: Address, value: U256) -> Transfer {
    Transfer {
        purpose,
        from: None,
        to: Some(account),
        value,
    }
}
