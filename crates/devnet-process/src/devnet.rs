//! The process.

use std::{
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
};

use alloy_primitives::Address;
use serde_json::Value;

use crate::{program, Rpc, Served};

/// A running devnet; ended when dropped.
pub struct Devnet {
    served: Served,
    /// Its RPC.
    pub rpc: Rpc,
    book: Value,
    book_path: PathBuf,
}

impl Devnet {
    /// Starts one on a free port with these arguments.
    pub fn start(arguments: &[&str]) -> Devnet {
        let mut command = Command::new(program());
        let served = Served::start(command.args(["devnet", "--port", "0"]).args(arguments));
        Devnet {
            rpc: Rpc {
                address: served.address.clone(),
            },
            served,
            book: Value::Null,
            book_path: PathBuf::new(),
        }
    }

    /// The same with the pool on it and the address book in a file, from a time on; its clock stands still until it is moved.
    pub fn with_pool(book: &Path, time: u64, arguments: &[&str]) -> Devnet {
        let (path, time) = (book.to_str().expect("a path in UTF-8"), time.to_string());
        let pool = [
            "--with-pool",
            "--frozen-clock",
            "--quiet",
            "--timestamp",
            &time,
        ];
        let mut devnet = Devnet::start(&[&pool[..], &["--addresses", path], arguments].concat());
        let text = std::fs::read_to_string(book).expect("the address book");
        devnet.book = serde_json::from_str(&text).expect("JSON");
        devnet.book_path = book.to_owned();
        devnet
    }

    /// Its address book.
    pub fn book(&self) -> &Value {
        &self.book
    }

    /// The file that the book is in.
    pub fn book_path(&self) -> &Path {
        &self.book_path
    }

    /// A contract by name.
    pub fn contract(&self, name: &str) -> Address {
        address(&self.book["contracts"][name])
    }

    /// Who has a role.
    pub fn role(&self, name: &str) -> Address {
        address(&self.book["roles"][name]["address"])
    }

    /// The key of who has a role.
    pub fn role_key(&self, name: &str) -> String {
        text(&self.book["roles"][name]["privateKey"])
    }

    /// One of the funded accounts.
    pub fn account(&self, place: usize) -> Address {
        address(&self.book["accounts"][place]["address"])
    }

    /// Its key.
    pub fn account_key(&self, place: usize) -> String {
        text(&self.book["accounts"][place]["privateKey"])
    }

    /// Sends it a signal by name and waits until it has ended.
    pub fn signal(mut self, name: &str) -> ExitStatus {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.served.process.id().to_string()])
            .status();
        assert!(status.expect("kill runs").success());
        self.served.process.wait().expect("it ends")
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}

fn address(value: &Value) -> Address {
    text(value).parse().expect("an address")
}
