//! A node written down: nothing is lost over a restart but the states of earlier blocks.

use std::fmt::Display;
use std::io::{Read, Write};
use std::sync::Arc;

use alloy_primitives::{Address, Bytes, B256};
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use flate2::Compression;
use inkhorn_chain::{Chain, ChainDump, ForkPoint};
use serde::{Deserialize, Serialize};

use crate::block::Block;
use crate::clock::Clock;
use crate::error::RpcError;
use crate::fork::Fork;
use crate::transaction::Sent;

/// Longest dump that is unpacked, in bytes: sixteen times the longest request. A few kilobytes could be made to unpack to gigabytes.
const MAX_UNPACKED: u64 = 256 << 20;

/// A node at rest. It serializes with serde, so that it may be a part of a larger file.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NodeDump {
    pub(crate) chain: ChainDump,
    pub(crate) blocks: Vec<Arc<Block>>,
    pub(crate) waiting: Vec<Sent>,
    pub(crate) clock: Clock,
    pub(crate) next_base_fee: Option<u64>,
    pub(crate) impersonated: Vec<Address>,
    pub(crate) impersonate_all: bool,
}

/// Why a dump is not loaded.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// The chain in it is damaged.
    #[error(transparent)]
    Chain(#[from] inkhorn_chain::LoadError),
    /// The blocks do not hang together: the number of the first that does not fit.
    #[error("block {0} of the dump does not follow from what is before it")]
    Block(u64),
    /// The blocks do not end where the chain stands.
    #[error("the dump's chain stands at block {chain}, its blocks end at {blocks}")]
    Head {
        /// Block number of the chain.
        chain: u64,
        /// Number of the last block.
        blocks: u64,
    },
    /// A fork of another block than the one that can be read.
    #[error("the dump goes on from block {number} of chain {chain_id} ({hash}), which is not the forked one")]
    OtherFork {
        /// Id of the other chain.
        chain_id: u64,
        /// Number of the block.
        number: u64,
        /// Hash of the block.
        hash: B256,
    },
    /// There is no block in it.
    #[error("the dump holds no block")]
    Empty,
}

impl NodeDump {
    /// The block of another chain that a fork goes on from.
    pub fn fork_point(&self) -> Option<&ForkPoint> {
        self.chain.fork_point()
    }

    /// The chain that blocks lead to, after checking that they belong together.
    pub(crate) fn restore_chain(
        chain: ChainDump,
        blocks: &[Arc<Block>],
        fork: Option<&Fork>,
    ) -> Result<Chain, DumpError> {
        if let (Some(point), Some(fork)) = (chain.fork_point(), fork) {
            if point != fork.point() {
                return Err(DumpError::OtherFork {
                    chain_id: point.chain_id,
                    number: point.number,
                    hash: point.hash,
                });
            }
        }
        let forked = chain.fork_point().map(|point| point.hash);
        let chain = Chain::restore_on(chain, fork.map(Fork::remote))?;
        let mut parent: Option<&Block> = None;
        for block in blocks {
            let number = block.header.number;
            let follows = parent.is_none_or(|parent| {
                block.header.parent_hash == parent.header.hash()
                    && parent.header.number.checked_add(1) == Some(number)
            });
            // What the forked block consists of is not known here.
            let is_forked = Some(block.header.hash()) == forked;
            if !follows || !(is_forked || block.is_consistent()) {
                return Err(DumpError::Block(number));
            }
            parent = Some(block);
        }
        let last = parent.ok_or(DumpError::Empty)?.header.number;
        if last != chain.block_number() {
            return Err(DumpError::Head {
                chain: chain.block_number(),
                blocks: last,
            });
        }
        Ok(chain)
    }

    /// The dump as `anvil_dumpState` gives it: compressed JSON.
    pub(crate) fn pack(&self) -> Result<Bytes, RpcError> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        serde_json::to_writer(&mut encoder, self).map_err(|_| RpcError::Internal)?;
        encoder.flush().map_err(|_| RpcError::Internal)?;
        let packed = encoder.finish().map_err(|_| RpcError::Internal)?;
        Ok(packed.into())
    }

    /// Reads what [`NodeDump::pack`] gives.
    pub(crate) fn unpack(packed: &[u8]) -> Result<Self, RpcError> {
        let refused =
            |error: &dyn Display| RpcError::refused(format!("this is no dump of a node: {error}"));
        let mut json = Vec::new();
        let mut decoder = GzDecoder::new(packed).take(MAX_UNPACKED + 1);
        decoder
            .read_to_end(&mut json)
            .map_err(|error| refused(&error))?;
        if json.len() as u64 > MAX_UNPACKED {
            let reason =
                format!("this unpacks to more than {MAX_UNPACKED} bytes, the most of a dump");
            return Err(RpcError::LimitExceeded(reason));
        }
        serde_json::from_slice(&json).map_err(|error| refused(&error))
    }
}

impl Block {
    /// Whether header and contents belong together.
    fn is_consistent(&self) -> bool {
        let header = self.header.inner();
        let again = Self::assemble(header.parent_hash, self.stamp(), self.entries.clone());
        let hash: B256 = header.hash_slow();
        let mut logs = 0;
        let counted = self.entries.iter().all(|entry| {
            let is_next = entry.first_log == logs;
            logs += entry.receipt.logs().len() as u64;
            is_next
        });
        let mix_hash = header.mix_hash;
        let numbered = !self.is_packed() || mix_hash[8..16] == self.l1_number.to_be_bytes();
        counted && numbered && hash == self.header.hash() && hash == again.header.hash()
    }
}
