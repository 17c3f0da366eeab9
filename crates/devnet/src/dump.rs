//! A chain written down, complete and exact, and read back.

use std::collections::BTreeMap;
use std::io::{BufReader, Read, Write};

use alloy_primitives::{keccak256, Address, B256, U256};
use serde::{Deserialize, Serialize};

use crate::config::{ChainConfig, LARGEST_COUNT};
use crate::state::{DumpedAccount, ForkPoint};

/// What the first field of every dump says.
const FORMAT: &str = "inkhorn chain";
/// Version of the format that is written and read.
const VERSION: u32 = 2;

/// A chain at rest. It serializes with serde, as JSON for instance, so that it may be a part of a larger file;
/// [`crate::Chain::restore`] accepts it only unaltered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ChainDump {
    format: String,
    version: u32,
    /// Keccak-256 of the contents as compact JSON: tells a damaged dump from a whole one.
    digest: B256,
    contents: Contents,
}

/// Everything that makes up a chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Contents {
    pub config: ChainConfig,
    pub time: u64,
    pub block_number: u64,
    /// Programs called in the latest block, latest last.
    pub recent_programs: Vec<B256>,
    /// Hashes that were set for the latest blocks.
    pub block_hashes: BTreeMap<u64, B256>,
    pub accounts: BTreeMap<Address, DumpedAccount>,
    /// Where a fork goes on from; the accounts are those that changed since.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fork: Option<ForkPoint>,
}

/// Why a dump cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Not readable, cut off, or not a dump.
    #[error("the dump cannot be read: {0}")]
    Unreadable(#[from] serde_json::Error),
    /// A dump of something else or in another version of the format.
    #[error("this is {format:?} in version {version}, not {FORMAT:?} in version {VERSION}")]
    UnknownFormat {
        /// What the dump says it is.
        format: String,
        /// Version that the dump says it has.
        version: u32,
    },
    /// Contents that do not match their digest.
    #[error("the dump was altered after it was written")]
    Altered,
    /// A fork, without the chain that it goes on from.
    #[error("the dump goes on from block {number} of chain {chain_id}, which has to be there to be read")]
    Forked {
        /// Id of the other chain.
        chain_id: u64,
        /// Number of the block.
        number: u64,
    },
    /// Contents that no chain has.
    #[error("the dump holds an impossible {0}")]
    Impossible(&'static str),
}

impl ChainDump {
    pub(crate) fn new(contents: Contents) -> Self {
        Self {
            format: FORMAT.to_owned(),
            version: VERSION,
            digest: contents.digest(),
            contents,
        }
    }

    /// The block of another chain that a fork goes on from.
    pub fn fork_point(&self) -> Option<&ForkPoint> {
        self.contents.fork.as_ref()
    }

    /// The contents of a whole dump.
    ///
    /// # Errors
    /// When the dump is of another version, was altered, or holds what no chain has.
    pub(crate) fn into_contents(self) -> Result<Contents, LoadError> {
        if self.format != FORMAT || self.version != VERSION {
            return Err(LoadError::UnknownFormat {
                format: self.format,
                version: self.version,
            });
        }
        if self.digest != self.contents.digest() {
            return Err(LoadError::Altered);
        }
        self.contents.check()?;
        Ok(self.contents)
    }

    pub(crate) fn write(&self, out: impl Write) -> std::io::Result<()> {
        serde_json::to_writer(out, self).map_err(Into::into)
    }

    pub(crate) fn read(input: impl Read) -> Result<Self, LoadError> {
        Ok(serde_json::from_reader(BufReader::new(input))?)
    }
}

impl Contents {
    fn digest(&self) -> B256 {
        let json = serde_json::to_vec(self).expect("the keys of every map are strings");
        keccak256(json)
    }

    /// Checks what the chain relies on.
    fn check(&self) -> Result<(), LoadError> {
        let config = &self.config;
        let counts = [self.time, self.block_number, config.l1_start_block];
        if counts.iter().any(|count| *count > LARGEST_COUNT) {
            return Err(LoadError::Impossible("time or block number"));
        }
        if self.time < config.start_time {
            return Err(LoadError::Impossible("time before the genesis block"));
        }
        let zero = |account: &DumpedAccount| {
            !account.goes_on_beneath && account.storage.values().any(U256::is_zero)
        };
        if self.accounts.values().any(zero) {
            return Err(LoadError::Impossible("slot that is kept though it is zero"));
        }
        let beneath = |account: &DumpedAccount| account.goes_on_beneath;
        if self.fork.is_none() && self.accounts.values().any(beneath) {
            return Err(LoadError::Impossible("account of a fork"));
        }
        Ok(())
    }
}
