//! Nodes whose chain goes on from a block of another one.

use std::sync::Arc;

use alloy_primitives::Address;
use inkhorn_chain::{attempt, Chain, RemoteError};

use super::{Node, NodeOptions, State};
use crate::clock::Clock;
use crate::error::RpcError;
use crate::fork::{Fork, ForkOptions, Forking};
use crate::pool::Pool;

impl Node {
    /// A node that goes on from another chain's block, from the time of that block on.
    ///
    /// # Errors
    /// The other chain can't be read.
    pub fn forked(fork: Fork, options: NodeOptions) -> Result<Self, RemoteError> {
        let chain = begin(&fork, &options.forking)?;
        let pool = Pool::new(options.pool);
        let kept_states = options.kept_states;
        let state = State::forked(fork, chain, options.clock.clone(), kept_states, pool);
        Ok(Self::with_state(state, options))
    }

    /// The other chain, if there is one.
    pub(crate) fn fork(&self) -> Option<Arc<Fork>> {
        self.read(|state| state.fork.clone())
    }

    /// Whether the chain goes on from another one, so that requests may have to wait for that.
    pub(crate) fn is_fork(&self) -> bool {
        self.read(|state| state.fork.is_some())
    }

    /// Reads an account of a forked chain, so that it is there when the state is locked.
    pub(crate) fn meet(&self, who: Address) -> Result<(), RpcError> {
        let chain = self.read(|state| {
            let is_fork = state.fork.is_some();
            is_fork.then(|| state.ledger.chain().clone())
        });
        if let Some(chain) = chain {
            attempt(|| chain.nonce(who))?;
        }
        Ok(())
    }

    /// Starts again from a block of another chain, the latest one if no number is given. Accounts and mining mode stay.
    ///
    /// # Errors
    /// The other chain can't be read; nothing has changed.
    pub(crate) fn fork_again(
        &self,
        url: String,
        headers: Vec<(String, String)>,
        block_number: Option<u64>,
    ) -> Result<(), RpcError> {
        let fork = Fork::connect(ForkOptions {
            url,
            block_number,
            headers,
            cache: self.forking.cache.clone(),
            patience: self.forking.patience,
        })?;
        let chain = begin(&fork, &self.forking)?;
        let (kept_states, limits, clock) = self.read(|state| {
            let (ledger, pool) = (&state.ledger, &state.pool);
            (
                ledger.kept_states(),
                pool.limits(),
                state.origin.snapshot.clock.clone(),
            )
        });
        let mut again = State::forked(fork, chain, clock, kept_states, Pool::new(limits));
        self.change(|state| {
            again.mining = state.mining;
            *state = again;
            self.rewind_filters(state, &[]);
        });
        Ok(())
    }
}

/// The chain after the fork, with what this node has on every chain.
fn begin(fork: &Fork, forking: &Forking) -> Result<Chain, RemoteError> {
    let mut chain = fork.chain(forking.config.clone(), forking.chain_id)?;
    chain.attempt(|chain| forking.prepare.run(chain))?;
    Ok(chain)
}

impl State {
    fn forked(fork: Fork, chain: Chain, mut clock: Clock, kept_states: usize, pool: Pool) -> Self {
        clock.set(chain.now());
        let state = Self::new(vec![fork.block()], chain, clock, kept_states, pool);
        state.after(Some(Arc::new(fork)))
    }
}
