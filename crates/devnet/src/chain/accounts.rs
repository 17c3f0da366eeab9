//! Accounts, read and written from outside any transaction, and what proves them.

use alloy_primitives::{Address, Bytes, B256, U256};

use crate::address::ARBOS_STATE;
use crate::chain::value::Chain;
use crate::precompile::{self, outbox};
use crate::state::AccountProof;

impl Chain {
    /// Root of the Merkle Patricia trie of all accounts, those of precompiles and of ArbOS among them. What ArbOS remembers is
    /// laid out otherwise than by Nitro, so that roots differ from those of a Nitro chain with the same contracts. The first
    /// call builds the tries; later ones cost what has changed, on clones too. A fork has no root, because it does not know all
    /// accounts: this is zero.
    pub fn state_root(&mut self) -> B256 {
        self.state.root()
    }

    /// What proves an account and some of its slots against [`Chain::state_root`]; nothing does on a fork.
    pub fn prove(&mut self, who: Address, slots: &[U256]) -> Option<AccountProof> {
        self.state.prove(who, slots)
    }

    /// Number of messages that were sent to L1, and the root of the tree of all of them. Nobody carries them out.
    pub fn messages_to_l1(&self) -> (u64, B256) {
        outbox::committed(&self.state)
    }

    /// Balance in wei.
    pub fn balance(&self, who: Address) -> U256 {
        self.state.balance(who)
    }

    /// Number of transactions sent, or of contracts created by a contract plus one.
    pub fn nonce(&self, who: Address) -> u64 {
        self.state.nonce(who)
    }

    /// Deployed code, with its prefix if it is a Stylus program.
    pub fn code(&self, who: Address) -> Bytes {
        self.state.code(who)
    }

    /// Keccak-256 of the deployed code; that of nothing for an account without.
    pub fn code_hash(&self, who: Address) -> B256 {
        self.state.code_hash(who)
    }

    /// Word in a storage slot.
    pub fn storage(&self, who: Address, slot: U256) -> U256 {
        self.state.slot(who, slot)
    }

    /// Overwrites a storage slot. The words that ArbOS keeps for itself change through ArbOwner only: for its account
    /// this does nothing.
    pub fn set_storage(&mut self, who: Address, slot: U256, value: U256) {
        if who != ARBOS_STATE {
            self.state.set_slot(who, slot, value);
        }
    }

    /// Zeroes every storage slot of an account other than ArbOS's own.
    pub fn clear_storage(&mut self, who: Address) {
        if who != ARBOS_STATE {
            self.state.clear_storage(who);
        }
    }

    /// Addresses of the accounts that exist, in no particular order; on a fork, of those that changed since.
    pub fn accounts(&self) -> impl Iterator<Item = Address> + '_ {
        self.state.addresses()
    }

    /// Storage slots of an account that are not zero with their words, in no particular order; on a fork, those that were
    /// written since.
    pub fn storage_slots(&self, who: Address) -> impl Iterator<Item = (U256, U256)> + '_ {
        self.state.slots(who)
    }

    /// Hash of an L2 block as `ArbSys.arbBlockHash` reports it for the last 256: the one set by
    /// [`Chain::set_block_hash`], or else one drawn from the number.
    pub fn block_hash(&self, number: u64) -> B256 {
        self.state.l2_block_hash(number)
    }

    /// Sets the hash of an L2 block. Call it with rising numbers: hashes more than 256 blocks back are forgotten.
    pub fn set_block_hash(&mut self, number: u64, hash: B256) {
        self.state.set_l2_block_hash(number, hash);
    }

    /// Overwrites the code of an account.
    pub fn set_code(&mut self, who: Address, code: Bytes) {
        self.state.set_code(who, code);
    }

    /// Whether an account is the one that holds what ArbOS remembers.
    pub fn is_arbos_state(who: Address) -> bool {
        who == ARBOS_STATE
    }

    /// Whether a contract of the chain itself is at an address, which runs whatever code is put there.
    pub fn is_precompile(&self, who: Address) -> bool {
        precompile::is_precompile(&who)
    }

    /// Overwrites the nonce of an account.
    pub fn set_nonce(&mut self, who: Address, nonce: u64) {
        self.state.set_nonce(who, nonce);
    }
}
