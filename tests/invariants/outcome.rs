//! What came of a call, against what should have.

use alloy_primitives::Address;
use alloy_sol_types::{SolCall, SolInterface};
use inkhorn_chain::Status;
use smirk_world::{
    abi::IPool::{self, IPoolErrors as Refused, IPoolEvents as Event, ShareStatus},
    CallFailure, Receipt,
};

use crate::state::Walk;

/// The name of a failure's error.
pub fn error_of(failure: &CallFailure) -> String {
    let reason = failure.reason();
    let name = reason.split(|c: char| !c.is_alphanumeric()).next();
    name.unwrap_or_default().to_owned()
}

impl Walk {
    /// Sends a call to the pool and books the events that it leaves.
    pub fn send<C: SolCall>(
        &mut self,
        from: Address,
        call: C,
    ) -> Result<Receipt<C::Return>, CallFailure> {
        let receipt = self.market.send(from, call)?;
        self.ledger.spent = 0;
        self.ledger.left_until = None;
        self.accounts.begin();
        let events = receipt.interface_events::<Event>(self.market.pool.address);
        for event in &events {
            self.ledger.note(event);
            self.accounts.note(event);
            self.note_holdings(event);
            self.note_hedge(event);
        }
        if let Some(Event::ShareStatus(status)) = events.last() {
            self.check_shares(status);
        }
        Ok(receipt)
    }

    /// What a call says last that shares are worth is what the views say after it.
    fn check_shares(&mut self, status: &ShareStatus) {
        let nav = self.market.view(IPool::navCall {}).expect("it was marked");
        let supply = self.market.view(IPool::totalSupply_0Call {});
        assert_eq!(
            (status.mid, status.low, status.high, status.supply),
            (nav.mid, nav.low, nav.high, supply.expect("a number"))
        );
        self.done("share status");
    }

    fn note_holdings(&mut self, event: &Event) {
        let (holdings, from, to, amount) = match event {
            Event::Transfer_0(e) => (&mut self.shares, e.from, e.to, e.value),
            Event::Transfer_1(e) => {
                let holders = self.positions.entry(e.id).or_default();
                (holders, e.sender, e.receiver, e.amount)
            }
            _ => return,
        };
        if !from.is_zero() {
            let left = holdings.entry(from).or_default();
            *left = left
                .checked_sub(amount)
                .expect("nobody sends more than it has");
        }
        if !to.is_zero() {
            *holdings.entry(to).or_default() += amount;
        }
    }

    pub fn done(&mut self, name: &'static str) {
        self.tally.done(name);
    }

    /// The value of a success; a refusal has to be one of the pool's own errors, and one that `expected` accepts.
    pub fn outcome<R>(
        &mut self,
        name: &'static str,
        result: Result<Receipt<R>, CallFailure>,
        expected: impl FnOnce(&Refused) -> bool,
    ) -> Option<R> {
        match result {
            Ok(receipt) => {
                self.done(name);
                Some(receipt.value)
            }
            Err(failure) => {
                let place = self.place();
                assert_eq!(
                    failure.outcome.status,
                    Status::Revert,
                    "{place}: {name}: {failure}"
                );
                let Ok(error) = Refused::abi_decode(&failure.outcome.output) else {
                    panic!("{place}: {name}: {failure} is no error of the pool");
                };
                assert!(expected(&error), "{place}: {name}: unexpected {failure}");
                self.last_refusal = error_of(&failure);
                self.tally.refused(name, &self.last_refusal);
                None
            }
        }
    }

    /// The value of a call that is predicted to succeed, or to be refused with the error of this name.
    pub fn judge<R>(
        &mut self,
        name: &'static str,
        result: Result<Receipt<R>, CallFailure>,
        refusal: Option<&'static str>,
    ) -> Option<R> {
        let found = result.as_ref().err().map(error_of);
        assert_eq!(
            found.as_deref(),
            refusal,
            "{}: {name}: {:?}",
            self.place(),
            result.as_ref().err().map(CallFailure::reason)
        );
        self.outcome(name, result, |_| true)
    }

    /// A call ends in the error that its quote or preview ended in.
    pub fn expect_same<R>(
        &mut self,
        name: &'static str,
        result: Result<Receipt<R>, CallFailure>,
        quoted: &CallFailure,
    ) {
        let place = self.place();
        let Err(failure) = &result else {
            panic!("{place}: {name} was quoted {quoted}");
        };
        assert_eq!(
            failure.outcome.output, quoted.outcome.output,
            "{place}: {name}: {failure}, quoted {quoted}"
        );
        self.outcome(name, result, |_| true);
    }
}
