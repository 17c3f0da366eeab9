//! Markets: where option chains come from, and which of their quotes count.

mod deribit;
mod deribit_socket;
mod okx;
mod quotes;

use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use anyhow::{ensure, Context, Result};
use serde::Deserialize;
use smirk_fit::option_chain::{read_chain, OptionChain};

use deribit_socket::Socket;
pub use quotes::{Quote, Rejected, Rules, Unit};

/// A market as configured.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
pub enum SourceConfig {
    /// Deribit's public API.
    Deribit {
        /// Its address.
        #[serde(default = "deribit")]
        url: String,
        /// Which quotes count.
        #[serde(default)]
        rules: Rules,
    },
    /// Deribit's public API over a WebSocket, which stays open and is told what changes.
    #[serde(rename = "deribit-websocket")]
    DeribitSocket {
        /// Its address.
        #[serde(default = "deribit_socket")]
        url: String,
        /// Which quotes count.
        #[serde(default)]
        rules: Rules,
    },
    /// OKX's public API.
    Okx {
        /// Its address.
        #[serde(default = "okx")]
        url: String,
        /// Which quotes count.
        #[serde(default)]
        rules: Rules,
    },
    /// A snapshot in the columns that `smirk fit` reads; whoever writes it replaces the file as a whole.
    File {
        /// Where it is.
        path: PathBuf,
        /// Greatest age, seconds.
        #[serde(default = "file_age")]
        max_age: u64,
    },
}

fn deribit() -> String {
    "https://www.deribit.com".into()
}
fn deribit_socket() -> String {
    "wss://www.deribit.com/ws/api/v2".into()
}
fn okx() -> String {
    "https://www.okx.com".into()
}
fn file_age() -> u64 {
    600
}

/// A chain whose quotes all count, and how many did not.
pub struct Reading {
    /// The chain, at the time asked for.
    pub chain: OptionChain,
    /// What was left out.
    pub rejected: Rejected,
}

impl SourceConfig {
    /// What it is called in logs and metrics.
    pub fn name(&self) -> &'static str {
        match self {
            SourceConfig::Deribit { .. } => "deribit",
            SourceConfig::DeribitSocket { .. } => "deribit-websocket",
            SourceConfig::Okx { .. } => "okx",
            SourceConfig::File { .. } => "file",
        }
    }

    /// Where it is, if that is an address.
    pub fn url(&self) -> Option<&str> {
        match self {
            SourceConfig::Deribit { url, .. }
            | SourceConfig::DeribitSocket { url, .. }
            | SourceConfig::Okx { url, .. } => Some(url),
            SourceConfig::File { .. } => None,
        }
    }

    /// Reads the chain of a currency as it is at `now`, unix seconds.
    pub async fn read(&self, clients: &Clients, currency: &str, now: u64) -> Result<Reading> {
        match self {
            SourceConfig::Deribit { url, rules } => {
                let raw = deribit::fetch(&clients.http, url, currency).await?;
                quotes::chain(currency, raw.index, &raw.quotes, rules, now)
            }
            SourceConfig::DeribitSocket { url, rules } => {
                let raw = clients.socket(url, currency).read().await?;
                quotes::chain(currency, raw.index, &raw.quotes, rules, now)
            }
            SourceConfig::Okx { url, rules } => {
                let raw = okx::fetch(&clients.http, url, currency).await?;
                quotes::chain(currency, raw.index, &raw.quotes, rules, now)
            }
            SourceConfig::File { path, max_age } => {
                let chain = read_chain(path, currency)?
                    .with_context(|| format!("{} has no {currency}", path.display()))?;
                ensure!(
                    chain.timestamp.abs_diff(now) <= *max_age,
                    "{} is of {}, now it is {now}",
                    path.display(),
                    chain.timestamp
                );
                Ok(Reading {
                    chain: OptionChain {
                        timestamp: now,
                        ..chain
                    },
                    rejected: Rejected::default(),
                })
            }
        }
    }
}

/// What an exchange says, before anything is judged.
pub struct Raw {
    /// Spot index, quote per base.
    pub index: f64,
    /// Its options.
    pub quotes: Vec<Quote>,
}

/// What exchanges are reached with.
pub struct Clients {
    http: reqwest::Client,
    sockets: Mutex<HashMap<String, Socket>>,
}

impl Clients {
    /// Nothing is connected yet.
    pub fn new() -> Result<Clients> {
        let http = reqwest::Client::builder()
            .timeout(Duration::from_secs(10))
            .user_agent("smirk-keeper")
            .build()?;
        Ok(Clients {
            http,
            sockets: Mutex::default(),
        })
    }

    /// The connection to an exchange, begun when first asked for.
    fn socket(&self, url: &str, currency: &str) -> Socket {
        let mut sockets = self.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        sockets
            .entry(url.to_owned())
            .or_insert_with(|| Socket::start(url, currency))
            .clone()
    }
}
