//! What came of a call, against what should have.

use alloy_primitives::{Address, U256};
use alloy_sol_types::{SolCall, SolInterface};
use smirk_devnet::Status;
use smirk_world::{abi::IPool::IPoolErrors as Refused, CallFailure, Receipt};

use crate::state::Walk;

impl Walk {
    pub fn send<C: SolCall>(
        &mut self,
        from: Address,
        call: C,
    ) -> Result<Receipt<C::Return>, CallFailure> {
        self.market.send(from, call)
    }

    pub fn cash_of(&mut self, who: Address) -> U256 {
        let quote = self.market.world.quote;
        self.market.world.balance_of(quote, who).unwrap()
    }

    pub fn done(&mut self, name: &'static str) {
        *self.tally.done.entry(name).or_default() += 1;
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
                let reason = failure.reason();
                let error = reason
                    .split(|c: char| !c.is_alphanumeric())
                    .next()
                    .unwrap_or_default();
                *self
                    .tally
                    .refused
                    .entry(format!("{name}: {error}"))
                    .or_default() += 1;
                None
            }
        }
    }

    pub fn expect<R>(
        &mut self,
        name: &'static str,
        result: Result<Receipt<R>, CallFailure>,
        succeeds: bool,
        expected: impl FnOnce(&Refused) -> bool,
    ) {
        let done = self
            .outcome(name, result, |error| !succeeds && expected(error))
            .is_some();
        assert_eq!(done, succeeds, "{}: {name}", self.place());
    }

    pub fn expect_same<R>(
        &mut self,
        name: &'static str,
        result: Result<Receipt<R>, CallFailure>,
        quoted: &CallFailure,
    ) {
        let output = quoted.outcome.output.clone();
        let place = self.place();
        if let Err(failure) = &result {
            assert_eq!(
                failure.outcome.output, output,
                "{place}: {name}: {failure}, quoted {quoted}"
            );
        }
        let done = self.outcome(name, result, |_| true).is_some();
        assert!(!done, "{place}: {name} was quoted {quoted}");
    }

    pub fn refused<R>(
        &mut self,
        result: Result<Receipt<R>, CallFailure>,
        expected: impl FnOnce(&Refused) -> bool,
    ) {
        self.expect("nonsense", result, false, expected);
    }
}
