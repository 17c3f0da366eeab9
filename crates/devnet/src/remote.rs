//! The chain that a forked one goes on from: what is asked of it, and what becomes of work that needs an answer that does not
//! come.
//!
//! A chain reads accounts and slots in the middle of executing, where nothing can be done about a failure. Therefore such
//! work happens within [`attempt`]. After a read that failed it runs to its end, on zeros and without asking any more, and
//! then there is the failure in the place of the result.

use std::cell::RefCell;
use std::fmt;

use alloy_primitives::{Address, Bytes, U256};

/// What another chain held after a certain block. Answers never change, so that whoever asks may keep them.
pub trait Remote: fmt::Debug + Send + Sync {
    /// An account; one that does not exist has nothing in it.
    ///
    /// # Errors
    /// The chain can't be read.
    fn account(&self, who: Address) -> Result<RemoteAccount, RemoteError>;

    /// The word in a slot.
    ///
    /// # Errors
    /// The chain can't be read.
    fn slot(&self, who: Address, slot: U256) -> Result<U256, RemoteError>;

    /// What calls returned that leave no trace, each by its recipient and input; without a recipient the input is run as
    /// init code. `None` for one that failed.
    ///
    /// # Errors
    /// The chain can't be read.
    fn calls(&self, calls: &[RemoteCall]) -> Result<Vec<Option<Bytes>>, RemoteError>;
}

/// Recipient and input of a call.
pub type RemoteCall = (Option<Address>, Bytes);

/// An account of another chain.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RemoteAccount {
    /// Balance in wei.
    pub balance: U256,
    /// Nonce.
    pub nonce: u64,
    /// Deployed code.
    pub code: Bytes,
}

/// Why another chain can't be read, in a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct RemoteError(pub String);

thread_local! {
    /// What failed within the innermost attempt of this thread, if there is one.
    static FAILURE: RefCell<Option<Option<RemoteError>>> = const { RefCell::new(None) };
}

/// Puts the outer attempt back, whatever way the inner one is left.
struct Outer(Option<Option<RemoteError>>);

impl Drop for Outer {
    fn drop(&mut self) {
        FAILURE.replace(self.0.take());
    }
}

/// Does what may read another chain on this thread.
///
/// # Errors
/// A read failed. Then what `act` did was done on zeros and is good for nothing: it must not have changed anything that is
/// kept. [`crate::Chain::attempt`] sees to that for a chain.
pub fn attempt<R>(act: impl FnOnce() -> R) -> Result<R, RemoteError> {
    let outer = Outer(FAILURE.replace(Some(None)));
    let result = act();
    let failure = FAILURE.replace(None).flatten();
    drop(outer);
    failure.map_or(Ok(result), Err)
}

/// An answer of another chain, or the next best thing after a failure. Once there was one, nothing is asked any more.
///
/// # Panics
/// When the chain can't be read outside of any attempt: a zero that nobody knows to be one would be worse.
pub(crate) fn answer<R: Default>(ask: impl FnOnce() -> Result<R, RemoteError>) -> R {
    let has_failed = FAILURE.with_borrow(|failure| matches!(failure, Some(Some(_))));
    if has_failed {
        return R::default();
    }
    match ask() {
        Ok(answer) => answer,
        Err(error) => {
            FAILURE.with_borrow_mut(|failure| match failure {
                Some(failure) => *failure = Some(error),
                None => panic!("{error}"),
            });
            R::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::panic::{catch_unwind, AssertUnwindSafe};

    fn failing() -> u64 {
        answer(|| Err(RemoteError("gone".to_owned())))
    }

    #[test]
    fn a_failure_ends_the_innermost_attempt_alone() {
        let outer = attempt(|| {
            assert_eq!(attempt(failing), Err(RemoteError("gone".to_owned())));
            answer(|| Ok(7))
        });
        assert_eq!(outer, Ok(7));
    }

    #[test]
    fn nothing_is_asked_after_a_failure() {
        let mut asked = 0;
        let result = attempt(|| {
            failing();
            answer(|| {
                asked += 1;
                Ok(1u64)
            })
        });
        assert_eq!((result, asked), (Err(RemoteError("gone".to_owned())), 0));
        assert_eq!(
            attempt(|| answer(|| Ok(1u64))),
            Ok(1),
            "the next attempt asks again"
        );
    }

    #[test]
    fn a_failure_that_nobody_waits_for_is_loud() {
        assert!(catch_unwind(failing).is_err());
        let unwound = catch_unwind(AssertUnwindSafe(|| attempt(|| panic!("on purpose"))));
        assert!(unwound.is_err());
        assert!(
            catch_unwind(failing).is_err(),
            "the attempt that unwound is over"
        );
    }
}
