//! A chain written down, and read back.

use std::io::{self, Read, Write};
use std::sync::Arc;

use crate::chain::value::Chain;
use crate::dump::{ChainDump, Contents, LoadError};
use crate::precompile;
use crate::remote::Remote;
use crate::state::{Origin, WorldState};

impl Chain {
    /// Writes the chain down, complete but for its history: accounts, clock, block number and hashes, rules, programs
    /// called in the latest block. The same chain always gives the same bytes.
    ///
    /// # Errors
    /// When `out` does not take it.
    pub fn dump(&self, out: impl Write) -> io::Result<()> {
        self.to_dump().write(out)
    }

    /// Reads a chain that was written down. It does what the other would have done; its history is not kept.
    ///
    /// # Errors
    /// When the dump is damaged, was altered, or was not written by this version of the format.
    pub fn load(input: impl Read) -> Result<Self, LoadError> {
        Self::restore(ChainDump::read(input)?)
    }

    /// The chain at rest, as a part of a larger file.
    pub fn to_dump(&self) -> ChainDump {
        ChainDump::new(Contents {
            config: self.config.clone(),
            time: self.time,
            block_number: self.block_number,
            recent_programs: self.recent.list().to_vec(),
            block_hashes: self.state.dump_block_hashes(),
            accounts: self.state.dump_accounts(),
            fork: self.fork_point().cloned(),
        })
    }

    /// The chain that was put to rest.
    ///
    /// # Errors
    /// As for [`Chain::load`]; the chain is a fork.
    pub fn restore(dump: ChainDump) -> Result<Self, LoadError> {
        Self::restore_on(dump, None)
    }

    /// The same for a fork, which goes on reading `remote` at the block that [`ChainDump::fork_point`] names.
    ///
    /// # Errors
    /// As for [`Chain::load`]; the chain is a fork and there is no `remote`.
    pub fn restore_on(dump: ChainDump, remote: Option<Arc<dyn Remote>>) -> Result<Self, LoadError> {
        let Contents {
            config,
            time,
            block_number,
            recent_programs,
            block_hashes,
            accounts,
            fork,
        } = dump.into_contents()?;
        let origin = match (fork, remote) {
            (None, _) => None,
            (Some(point), Some(remote)) => {
                let own = precompile::arbitrum_addresses(config.arbos_version, config.debug);
                Some(Origin::new(remote, point, own.collect()))
            }
            (Some(point), None) => {
                return Err(LoadError::Forked {
                    chain_id: point.chain_id,
                    number: point.number,
                })
            }
        };
        Ok(Self {
            config,
            state: WorldState::restore(accounts, block_hashes, origin),
            time,
            block_number,
            recent: recent_programs.into(),
            history: None,
        })
    }
}
