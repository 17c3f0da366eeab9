//! A node written down, and read back.

use std::sync::Arc;

use inkhorn_chain::attempt;

use super::{Node, State};
use crate::dump::{DumpError, NodeDump};
use crate::error::RpcError;
use crate::fork::Fork;
use crate::pool::{Pool, PoolLimits};

impl Node {
    /// Writes the node down as it is.
    pub fn dump(&self) -> NodeDump {
        let _writer = self.exclusively();
        let chain = self.read(|state| state.ledger.chain().clone());
        let chain = chain.to_dump();
        self.read(|state| NodeDump {
            chain,
            blocks: state.ledger.blocks().to_vec(),
            waiting: state.pool.all().cloned().collect(),
            clock: state.clock.clone(),
            next_base_fee: state.next_base_fee,
            impersonated: state.impersonated.iter().copied().collect(),
            impersonate_all: state.impersonate_all,
        })
    }

    /// Puts a node that was written down in the place of this one. Accounts, mining mode and what a reset returns to stay. A fork goes on from the block
    /// that this one goes on from.
    ///
    /// # Errors
    /// The dump is damaged, or goes on from another block; nothing has changed.
    pub fn load(&self, dump: NodeDump) -> Result<(), RpcError> {
        let (kept_states, limits) =
            self.read(|state| (state.ledger.kept_states(), state.pool.limits()));
        let fork = self.fork();
        let mut loaded = attempt(|| State::restore(dump, fork, kept_states, limits))?
            .map_err(|error| RpcError::refused(error.to_string()))?;
        self.change(|state| {
            loaded.mining = state.mining;
            loaded.origin = state.origin.clone();
            *state = loaded;
            self.rewind_filters(state, &[]);
        });
        Ok(())
    }
}

impl State {
    pub(super) fn restore(
        dump: NodeDump,
        fork: Option<Arc<Fork>>,
        kept_states: usize,
        limits: PoolLimits,
    ) -> Result<Self, DumpError> {
        let fork = fork.filter(|_| dump.fork_point().is_some());
        let chain = NodeDump::restore_chain(dump.chain, &dump.blocks, fork.as_deref())?;
        let pool = Pool::new(limits);
        let state = Self::new(dump.blocks, chain, dump.clock, kept_states, pool);
        let mut state = state.after(fork);
        let chain = state.ledger.chain();
        for sent in dump.waiting {
            // A pool took them before; where this one is smaller, the nearest stay.
            let _ = state.pool.insert(sent, |who| chain.nonce(who));
        }
        state.next_base_fee = dump.next_base_fee;
        state.impersonated = dump.impersonated.into_iter().collect();
        state.impersonate_all = dump.impersonate_all;
        Ok(state)
    }
}
