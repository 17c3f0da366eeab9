//! Where a forked chain comes from: the state beneath its own, which is read from another chain when it is needed and kept in
//! memory from then on.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, PoisonError, RwLock, RwLockWriteGuard};

use alloy_primitives::{keccak256, Address, Bytes, B256, U256};
use alloy_sol_types::{sol, SolCall};
use revm::primitives::AddressSet;
use revm::state::AccountInfo;
use serde::{Deserialize, Serialize};

use crate::address::{ARBOS_STATE, ARB_SYS, CODE};
use crate::remote::{answer, Remote, RemoteAccount, RemoteCall, RemoteError};
use crate::state::account::bytecode;

sol! {
    function arbBlockHash(uint256 arbBlockNum) external view returns (bytes32);
}

/// Init code that returns a zero and the hash of a block, whose number is pushed before it. Without the zero, code that begins
/// with 0xef would be refused.
const BLOCK_HASH: [u8; 9] = [0x40, 0x60, 0x01, 0x52, 0x60, 0x21, 0x60, 0x00, 0xf3];
const PUSH32: u8 = 0x7f;
/// How the code of every Stylus program begins.
const PROGRAM: [u8; 2] = [0xef, 0xf0];

/// The block of another chain after which a forked chain goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ForkPoint {
    /// Id of the other chain.
    pub chain_id: u64,
    /// Number of the block.
    pub number: u64,
    /// Hash of the block.
    pub hash: B256,
    /// Its timestamp in Unix seconds.
    pub timestamp: u64,
    /// Number of the L1 block that its contracts saw; its own number where there is no L1 beneath.
    pub l1_number: u64,
    /// Its base fee in wei per gas.
    pub base_fee: u64,
    /// Its gas limit.
    pub gas_limit: u64,
    /// Its beneficiary.
    pub coinbase: Address,
    /// Version of ArbOS that the other chain runs, if it is one of Arbitrum's.
    pub arbos_version: Option<u64>,
}

/// The state beneath that of a forked chain.
#[derive(Debug)]
pub(crate) struct Origin {
    remote: Arc<dyn Remote>,
    point: ForkPoint,
    /// Contracts of ArbOS, which have code for all to see, whatever is there on the other chain.
    precompiles: AddressSet,
    accounts: Kept<Address, AccountInfo>,
    slots: Kept<(Address, U256), U256>,
    l1_hashes: Kept<u64, B256>,
    l2_hashes: Kept<u64, B256>,
    /// Programs that were met where nobody activates any.
    programs: RwLock<HashMap<B256, Program>>,
}

/// A program on a chain without ArbOS.
#[derive(Debug)]
struct Program {
    code: Bytes,
    /// What activating it at the fork would have left in its slot, once somebody has found that out.
    word: Option<U256>,
}

/// Answers that were had.
#[derive(Debug)]
struct Kept<K, V>(RwLock<HashMap<K, V>>);

impl<K, V> Default for Kept<K, V> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<K: Copy + Eq + Hash, V: Clone + Default> Kept<K, V> {
    fn get(&self, key: K, ask: impl FnOnce() -> Result<V, RemoteError>) -> V {
        let kept = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = kept.get(&key) {
            return value.clone();
        }
        drop(kept);
        answer(|| {
            let value = ask()?;
            let mut kept = self.0.write().unwrap_or_else(PoisonError::into_inner);
            kept.insert(key, value.clone());
            Ok(value)
        })
    }
}

impl Origin {
    /// What is beneath a chain that goes on after a block of another one and has contracts of ArbOS at some addresses.
    pub(crate) fn new(remote: Arc<dyn Remote>, point: ForkPoint, precompiles: AddressSet) -> Self {
        Self {
            remote,
            point,
            precompiles,
            accounts: Kept::default(),
            slots: Kept::default(),
            l1_hashes: Kept::default(),
            l2_hashes: Kept::default(),
            programs: RwLock::default(),
        }
    }

    pub(crate) fn point(&self) -> &ForkPoint {
        &self.point
    }

    /// An account as it was at the fork.
    pub(crate) fn account(&self, who: Address) -> AccountInfo {
        self.accounts.get(who, || {
            let account = self.remote.account(who)?;
            Ok(self.shown(who, account))
        })
    }

    fn shown(&self, who: Address, account: RemoteAccount) -> AccountInfo {
        let mut code = account.code;
        if code.is_empty() && self.precompiles.contains(&who) {
            code = Bytes::from_static(&CODE);
        }
        let code_hash = keccak256(&code);
        if self.point.arbos_version.is_none() && code.starts_with(&PROGRAM) {
            self.programs_mut().entry(code_hash).or_insert(Program {
                code: code.clone(),
                word: None,
            });
        }
        AccountInfo {
            balance: account.balance,
            nonce: account.nonce,
            code_hash,
            code: Some(bytecode(code)),
            ..AccountInfo::default()
        }
    }

    /// A slot as it was at the fork.
    pub(crate) fn slot(&self, who: Address, slot: U256) -> U256 {
        self.slots.get((who, slot), || self.remote.slot(who, slot))
    }

    /// What is known of a program beneath, as the word in its slot: what ArbOS knew at the fork; where there is no ArbOS, what
    /// was kept of it.
    pub(crate) fn program_word(&self, code_hash: B256, slot: U256) -> Option<U256> {
        if self.point.arbos_version.is_some() {
            return Some(self.slot(ARBOS_STATE, slot));
        }
        let programs = self.programs.read().unwrap_or_else(PoisonError::into_inner);
        programs.get(&code_hash)?.word
    }

    /// The code of a program that was met where there is no ArbOS.
    pub(crate) fn program_code(&self, code_hash: B256) -> Option<Bytes> {
        let programs = self.programs.read().unwrap_or_else(PoisonError::into_inner);
        Some(programs.get(&code_hash)?.code.clone())
    }

    /// Keeps what activating such a program comes to.
    pub(crate) fn keep_program_word(&self, code_hash: B256, word: U256) {
        if let Some(program) = self.programs_mut().get_mut(&code_hash) {
            program.word = Some(word);
        }
    }

    fn programs_mut(&self) -> RwLockWriteGuard<'_, HashMap<B256, Program>> {
        self.programs
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Hash of an L2 block up to the fork as contracts there saw it, if it is not older than they could see.
    pub(crate) fn l2_block_hash(&self, number: u64) -> Option<B256> {
        let point = &self.point;
        if number > point.number {
            return None;
        }
        if number == point.number {
            return Some(point.hash);
        }
        Some(match point.arbos_version {
            None => self.l1_block_hash(number)?,
            Some(_) => self.l2_hashes.get(number, || {
                let call = arbBlockHashCall {
                    arbBlockNum: U256::from(number),
                };
                self.hash_by((Some(ARB_SYS), call.abi_encode().into()))
            }),
        })
    }

    /// What `BLOCKHASH` gave at the fork.
    pub(crate) fn l1_block_hash(&self, number: u64) -> Option<B256> {
        let is_own = self.point.arbos_version.is_none();
        if number == self.point.l1_number && is_own {
            return Some(self.point.hash);
        }
        if number >= self.point.l1_number {
            return None;
        }
        Some(self.l1_hashes.get(number, || {
            let mut code = vec![PUSH32];
            code.extend(U256::from(number).to_be_bytes::<32>());
            code.extend(BLOCK_HASH);
            self.hash_by((None, code.into()))
        }))
    }

    /// The word that a call's answer ends with.
    fn hash_by(&self, call: RemoteCall) -> Result<B256, RemoteError> {
        let answers = self.remote.calls(&[call])?;
        let answer = answers.into_iter().next().flatten().unwrap_or_default();
        Ok(answer
            .last_chunk()
            .map_or(B256::ZERO, |word| B256::new(*word)))
    }
}
