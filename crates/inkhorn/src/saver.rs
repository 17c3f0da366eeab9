//! Saving a node while it is served.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use inkhorn_node::Node;

use crate::address_book::AddressBook;
use crate::state_file::{State, StateFile};

/// Puts a node to rest in a file, if there is to be one.
pub(crate) struct Saver {
    pub node: Arc<Node>,
    pub book: AddressBook,
    pub file: Option<Arc<StateFile>>,
}

impl Saver {
    /// Saves at an interval in seconds, without end. A save that fails costs nothing: the next one may succeed.
    pub async fn keep_saving(&self, interval: Option<u64>) {
        let Some(seconds) = interval else {
            return std::future::pending().await;
        };
        loop {
            tokio::time::sleep(Duration::from_secs(seconds)).await;
            if let Err(error) = self.save().await {
                eprintln!("The state could not be saved: {error:#}");
            }
        }
    }

    pub async fn save(&self) -> Result<()> {
        let Some(file) = self.file.clone() else {
            return Ok(());
        };
        let (node, address_book) = (Arc::clone(&self.node), self.book.clone());
        tokio::task::spawn_blocking(move || {
            file.write(|| State {
                address_book,
                node: node.dump(),
            })
        })
        .await?
    }
}
