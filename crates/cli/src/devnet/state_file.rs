//! The state file: a devnet at rest.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use smirk_node::NodeDump;

use super::address_book::AddressBook;

/// Everything that a devnet goes on from.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StateFile {
    /// Where everything is.
    pub address_book: AddressBook,
    /// Chain, blocks, pool and clock.
    pub node: NodeDump,
}

impl StateFile {
    /// Reads a file; `None` when there is none.
    pub fn read(path: &Path) -> Result<Option<Self>> {
        let file = match File::open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened.with_context(|| format!("{}", path.display()))?,
        };
        serde_json::from_reader(BufReader::new(file))
            .map(Some)
            .with_context(|| format!("{} is no state of a devnet", path.display()))
    }

    /// Writes the file in one step: whoever reads it gets either the old state or the new one, whole.
    pub fn write(&self, path: &Path) -> Result<()> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".part");
        let part = path.with_file_name(name);
        self.write_whole(&part)
            .and_then(|()| Ok(fs::rename(&part, path)?))
            .with_context(|| format!("{}", path.display()))
    }

    fn write_whole(&self, path: &Path) -> Result<()> {
        let mut out = BufWriter::new(File::create(path)?);
        serde_json::to_writer(&mut out, self)?;
        out.flush()?;
        out.get_ref().sync_all()?;
        Ok(())
    }
}
