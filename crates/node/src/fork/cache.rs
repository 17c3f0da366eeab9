//! What another chain answered, on disk: a file an answer, below a folder for each chain, block and node that was asked: whoever runs
//! one can say what it likes of a block that it names by another's hash.
//!
//! Files are written under another name and then put in their place, so that a reader finds a whole answer or none, whoever writes
//! beside it and whenever the machine stops. A file that can't be read is as good as none.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use alloy_primitives::keccak256;
use inkhorn_chain::ForkPoint;
use serde::de::DeserializeOwned;
use serde::Serialize;

/// Tells apart what threads of a process write at the same time.
static WRITES: AtomicU64 = AtomicU64::new(0);

/// Letters of a node's hash that tell it from others.
const SOURCE: usize = 16;

/// The answers of a chain at a block.
#[derive(Debug)]
pub struct Cache {
    folder: PathBuf,
    has_complained: AtomicBool,
}

impl Cache {
    /// The folder for a block within the folder for all, as the node of this name (scheme, host and port) has it. The hash is in its
    /// name: a block that was replaced has answers of its own.
    ///
    /// # Errors
    /// It can't be made.
    pub fn open(all: &Path, point: &ForkPoint, node: &str) -> io::Result<Self> {
        let source = format!("{:x}", keccak256(node));
        let folder = all
            .join(point.chain_id.to_string())
            .join(format!("{}-{}", point.number, point.hash))
            .join(&source[..SOURCE]);
        fs::create_dir_all(&folder)?;
        Ok(Self {
            folder,
            has_complained: AtomicBool::new(false),
        })
    }

    /// An answer that was kept.
    pub fn read<T: DeserializeOwned>(&self, name: &str) -> Option<T> {
        let bytes = fs::read(self.folder.join(name)).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    /// Keeps an answer. That it can't be kept is said once and changes nothing else.
    pub fn write(&self, name: &str, answer: &impl Serialize) {
        if let Err(error) = self.try_write(name, answer) {
            if !self.has_complained.swap(true, Ordering::Relaxed) {
                let folder = self.folder.display();
                eprintln!("What the forked chain answers can't be kept in {folder}: {error}");
            }
        }
    }

    fn try_write(&self, name: &str, answer: &impl Serialize) -> io::Result<()> {
        let path = self.folder.join(name);
        let folder = path.parent().unwrap_or(&self.folder);
        fs::create_dir_all(folder)?;
        let count = WRITES.fetch_add(1, Ordering::Relaxed);
        let draft = folder.join(format!(".{}-{count}", std::process::id()));
        let mut file = fs::File::create(&draft)?;
        let written = serde_json::to_vec(answer)
            .map_err(io::Error::from)
            .and_then(|json| file.write_all(&json))
            .and_then(|()| fs::rename(&draft, &path));
        if written.is_err() {
            let _ = fs::remove_file(&draft);
        }
        written
    }
}
