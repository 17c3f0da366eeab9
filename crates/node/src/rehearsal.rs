//! Rehearsals: what the process that holds a node does on its chain is done on a copy first, and what worked there is sent.

use alloy_eips::BlockId;
use alloy_primitives::B256;
use smirk_devnet::{Chain, MinedTransaction, Status};

use crate::error::RpcError;
use crate::node::Node;
use crate::transaction;

impl Node {
    /// A copy of the chain as the next block would find it, which keeps what is done on it for [`Node::perform`].
    ///
    /// # Errors
    /// None that a caller could cause: the pending block is always there.
    pub fn rehearsal(&self) -> Result<Chain, RpcError> {
        let mut chain = self.chain_at(BlockId::pending())?;
        chain.keep_history();
        Ok(chain)
    }

    /// Sends the transactions that succeeded in a rehearsal, in their order, for whoever sent them there, in one block where blocks are
    /// made as transactions come. The chain may have moved on since, so that one may fail all the same. Returns their hashes.
    ///
    /// # Errors
    /// The first that is not admitted; those after it are not sent.
    pub fn perform(&self, mut rehearsed: Chain) -> Result<Vec<B256>, RpcError> {
        let config = rehearsed.config();
        let (chain_id, base_fee) = (config.chain_id, config.base_fee);
        let blocks = rehearsed.take_history();
        let mined = blocks.into_iter().flat_map(|block| block.transactions);
        let worked = mined.filter(|mined| mined.outcome.status == Status::Success);
        self.submit_together(|nonce_of| {
            worked.map(move |mined| {
                // What failed in between is left out, so that nonces are not those of the rehearsal.
                let nonce = nonce_of(mined.transaction.from);
                transaction::from_history(&MinedTransaction { nonce, ..mined }, chain_id, base_fee)
            })
        })
    }
}
