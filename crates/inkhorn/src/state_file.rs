//! The state file: a served chain at rest.

use std::fs::{self, File, TryLockError};
use std::io::{BufReader, BufWriter, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use anyhow::{bail, Context, Result};
use inkhorn_node::NodeDump;
use serde::{Deserialize, Serialize};

use crate::address_book::AddressBook;

/// Everything that a served chain goes on from.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct State {
    /// Where everything is.
    pub address_book: AddressBook,
    /// Chain, blocks, pool and clock.
    pub node: NodeDump,
}

/// A state file that is this process's alone.
#[derive(Debug)]
pub struct StateFile {
    path: PathBuf,
    /// A file beside it, locked until the process ends. Held while the state is written.
    lock: Mutex<File>,
}

impl StateFile {
    /// Claims a file, whether or not it is there yet.
    pub fn claim(path: &Path) -> Result<Self> {
        let lock = beside(path, ".lock");
        let file = File::create(&lock).with_context(|| format!("{}", lock.display()))?;
        match file.try_lock() {
            Ok(()) => Ok(Self {
                path: path.to_owned(),
                lock: Mutex::new(file),
            }),
            Err(TryLockError::WouldBlock) => {
                bail!("another devnet keeps its state in {}", path.display())
            }
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("{}", lock.display()))
            }
        }
    }

    /// Reads the file; `None` when there is none.
    pub fn read(&self) -> Result<Option<State>> {
        let path = &self.path;
        let file = match File::open(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            opened => opened.with_context(|| format!("{}", path.display()))?,
        };
        serde_json::from_reader(BufReader::new(file))
            .map(Some)
            .with_context(|| format!("{} is no state of a devnet", path.display()))
    }

    /// Writes the file in one step: whoever reads it gets either the old state or the new one, whole. The state is asked
    /// for once nobody else writes, so that an older one never replaces a newer one.
    pub fn write(&self, state: impl FnOnce() -> State) -> Result<()> {
        let _alone = self.lock.lock().unwrap_or_else(PoisonError::into_inner);
        let part = beside(&self.path, ".part");
        write_whole(&state(), &part)
            .and_then(|()| Ok(fs::rename(&part, &self.path)?))
            .with_context(|| format!("{}", self.path.display()))
    }
}

fn write_whole(state: &State, path: &Path) -> Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    serde_json::to_writer(&mut out, state)?;
    out.flush()?;
    out.get_ref().sync_all()?;
    Ok(())
}

/// The path with something added to the file's name.
fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}
