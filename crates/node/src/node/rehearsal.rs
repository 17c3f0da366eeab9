//! Rehearsals: what the process that holds a node does on its chain is done on a copy first, and what worked there is sent.

use std::collections::{btree_map::Entry, BTreeMap};

use alloy_eips::BlockId;
use alloy_primitives::B256;
use inkhorn_chain::{Chain, MinedTransaction, Status};

use super::{Event, Mining, Node, State};
use crate::error::RpcError;
use crate::transaction::{self, Sent};

/// Gas that a transaction may use beside twice what it used in the rehearsal: caches of programs and refunds make them differ.
const SPARE_GAS: u64 = 100_000;

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

    /// Sends the transactions that succeeded in a rehearsal, in their order, for whoever sent them there; in one block where blocks are
    /// made as transactions come. The chain may have moved on since, so that one may fail all the same. Returns their hashes.
    ///
    /// # Errors
    /// The first that is not admitted; it and those after it are not sent. None is sent where a fork can't read a sender's nonce.
    pub fn perform(&self, mut rehearsed: Chain) -> Result<Vec<B256>, RpcError> {
        let blocks = rehearsed.take_history();
        let mined = blocks.into_iter().flat_map(|block| block.transactions);
        let worked = mined.filter(|mined| mined.outcome.status == Status::Success);
        let config = rehearsed.config();
        let (chain_id, base_fee) = (config.chain_id, config.base_fee);
        let _numbering = self.number_alone();
        // What failed in between is left out, so that nonces are not those of the rehearsal.
        let mut nonces: BTreeMap<_, u64> = BTreeMap::new();
        let sent = worked.map(|mut mined: MinedTransaction| {
            let next = match nonces.entry(mined.transaction.from) {
                Entry::Occupied(entry) => entry.into_mut(),
                Entry::Vacant(entry) => {
                    let first = self.pending_nonce(*entry.key())?;
                    entry.insert(first)
                }
            };
            mined.nonce = *next;
            *next += 1;
            mined.transaction.gas = Some(2 * mined.outcome.gas_used + SPARE_GAS);
            Ok(transaction::from_history(&mined, chain_id, base_fee))
        });
        self.submit_together(sent.collect::<Result<_, RpcError>>()?)
    }

    fn submit_together(&self, together: Vec<Sent>) -> Result<Vec<B256>, RpcError> {
        let _writer = self.exclusively();
        let mut hashes = Vec::new();
        let mut admitted = Ok(());
        for sent in together {
            let hash = transaction::hash(&sent);
            admitted = self.write(|state| state.admit(sent));
            if admitted.is_err() {
                break;
            }
            self.filters().note_transaction(hash);
            self.publish(Event::Transaction(hash));
            hashes.push(hash);
        }
        if self.read(|state| state.mining) == Mining::Automatic {
            let ready = self.read(State::fitting);
            self.mine_block(ready, false)?;
        }
        admitted.map(|()| hashes)
    }
}

#[cfg(test)]
mod tests {
    use alloy_primitives::{Address, U256};
    use inkhorn_chain::{ChainConfig, Transaction};

    use super::*;
    use crate::NodeOptions;

    const RICH: Address = Address::repeat_byte(1);

    fn transfer(to: u8, value: u64) -> Transaction {
        Transaction {
            from: RICH,
            to: Some(Address::repeat_byte(to)),
            value: U256::from(value),
            ..Transaction::default()
        }
    }

    #[test]
    fn what_worked_in_a_rehearsal_is_in_one_block() {
        let mut chain = Chain::new(ChainConfig::default());
        chain.keep_history();
        chain.fund(RICH, U256::from(10).pow(U256::from(18)));
        // A contract that always reverts.
        let hostile = Transaction {
            from: RICH,
            to: None,
            input: alloy_primitives::hex!("625f5ffd5f526003601df3").into(),
            ..Transaction::default()
        };
        chain.transact(hostile);
        let node = Node::new(chain, NodeOptions::default());
        let before = node.read(|state| state.ledger.blocks().len());
        let mut rehearsed = node.rehearsal().unwrap();
        rehearsed.transact(transfer(2, 5));
        let failed = rehearsed.transact(Transaction {
            to: Some(RICH.create(0)),
            ..transfer(3, 0)
        });
        assert_eq!(failed.status, Status::Revert);
        rehearsed.transact(transfer(4, 7));
        let hashes = node.perform(rehearsed).unwrap();
        assert_eq!(hashes.len(), 2);
        node.read(|state| {
            assert_eq!(state.ledger.blocks().len(), before + 1);
            let chain = state.ledger.chain();
            let balance = |who: u8| chain.balance(Address::repeat_byte(who));
            assert_eq!([2, 4].map(balance), [5, 7].map(U256::from));
        });
    }
}
