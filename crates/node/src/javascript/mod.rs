//! Tracers in JavaScript, as go-ethereum runs them, on QuickJS. It has no files, no network, no modules and no timers here; memory,
//! stack and time are limited, because a tracer comes from whoever reaches the node.

mod error;
mod host;
mod moment;
mod result;
mod tracer;
mod turn;

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Instant;

use inkhorn_chain::trace::{TraceAs, TracedPlace};
use inkhorn_chain::{attempt, Chain, Outcome, Transaction};
use serde_json::Value;

use crate::error::RpcError;
use tracer::{Shared, Tracer};
use turn::take_turn;

/// A run that is traced.
pub struct Job {
    /// The chain before it.
    pub chain: Chain,
    /// What runs.
    pub transaction: Transaction,
    /// As what it runs.
    pub how: RunsAs,
    /// Where it was mined.
    pub place: Option<TracedPlace>,
}

/// As what a transaction runs: [`TraceAs`], to be taken along.
pub enum RunsAs {
    /// A call in the next block.
    Call,
    /// A call in the latest block.
    CallInLatest,
    /// It was mined after these.
    Mined(Vec<Transaction>),
}

/// Traces a run with the tracer that `source` is, which gets `config` as JSON. Gives what the run came to, and the tracer's result or why
/// there is none.
///
/// # Errors
/// The source gives no tracer, there is no place for it or no time, or a forked chain can't be read.
pub fn trace(
    job: Job,
    source: &str,
    config: String,
    deadline: Instant,
) -> Result<(Outcome, Result<Value, String>), RpcError> {
    let source = source.to_owned();
    take_turn(deadline, move || {
        attempt(|| job.run(&source, &config, deadline))
    })??
}

impl Job {
    fn run(
        self,
        source: &str,
        config: &str,
        deadline: Instant,
    ) -> Result<(Outcome, Result<Value, String>), RpcError> {
        moment::begin(deadline);
        let tracer = Tracer::new(source, config, self.transaction.clone(), self.place)
            .map_err(RpcError::Refused)?;
        let tracer = Shared(Rc::new(RefCell::new(tracer)));
        let how = match &self.how {
            RunsAs::Call => TraceAs::Call,
            RunsAs::CallInLatest => TraceAs::CallInLatest,
            RunsAs::Mined(before) => TraceAs::Mined(before),
        };
        let observer = Box::new(tracer.clone());
        let outcome = self.chain.observe(&self.transaction, how, observer);
        let result = tracer.0.borrow_mut().take_result();
        Ok((outcome, result.and_then(|json| result::read(&json))))
    }
}
