//! The configuration file.

use std::{fs, path::Path, time::Duration};

use alloy_primitives::Address;
use anyhow::{Context, Result};
use serde::Deserialize;

use crate::{key::KeySource, listing::Listing, source::SourceConfig};

/// Everything that can be set.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// The chain's JSON-RPC over HTTP.
    pub rpc: String,
    /// The pool.
    pub pool: Address,
    /// Chain id, if it is to be checked.
    pub chain_id: Option<u64>,
    /// Where reports, metrics and health are served.
    #[serde(default = "listen")]
    pub listen: String,
    /// Seconds an RPC call may take before it is tried again.
    #[serde(default = "rpc_timeout")]
    rpc_timeout: f64,
    /// The signing role.
    pub signer: Option<SignerConfig>,
    /// The operating role.
    pub operator: Option<OperatorConfig>,
}

/// The signing role.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignerConfig {
    /// The signer's key.
    pub key: KeySource,
    /// Exchange's name of the base asset, such as ETH.
    pub currency: String,
    /// Markets, best first: the first that answers with a usable chain counts.
    pub sources: Vec<SourceConfig>,
    /// Seconds between two reports.
    #[serde(default = "every")]
    pub every: f64,
    /// Seconds that the last good surface is signed on for after all sources have failed.
    #[serde(default = "keep")]
    pub keep: u64,
}

/// The operating role.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OperatorConfig {
    /// The key that pays.
    pub key: KeySource,
    /// Where signers serve their reports, such as `http://host:port/report`. One's own needs no entry.
    #[serde(default)]
    pub signers: Vec<String>,
    /// Seconds between two looks.
    #[serde(default = "every")]
    pub every: f64,
    /// Most that is paid for gas, gwei.
    #[serde(default = "max_fee_gwei")]
    pub max_fee_gwei: f64,
    /// Seconds after which a transaction that nobody mined is sent again for more.
    #[serde(default = "replace_after")]
    pub replace_after: f64,
    /// Blocks after which a transaction counts.
    #[serde(default = "confirmations")]
    pub confirmations: u64,
    /// Seconds after which an unchanged surface is posted again.
    #[serde(default = "refresh")]
    pub refresh: u64,
    /// A vol or wing that differs by this share is worth a post.
    #[serde(default = "worthwhile")]
    pub worthwhile: f64,
    /// Whether to poke the hedge.
    #[serde(default = "yes")]
    pub rebalance: bool,
    /// Whether to close accounts below their maintenance requirement, or to flag them.
    #[serde(default = "yes")]
    pub liquidate: bool,
    /// Whether to let accounts meet their legs of settled expiries, which pays nothing.
    #[serde(default = "yes")]
    pub touch: bool,
    /// Whether to pay for another year of the program when its end comes near.
    #[serde(default = "yes")]
    pub keep_alive: bool,
    /// What a liquidation has to bring beyond its gas, quote.
    #[serde(default)]
    pub least_reward: f64,
    /// Price of ether, in which gas is paid, quote; the pool's own if its base is ether.
    pub ether_price: Option<f64>,
    /// First block to look for accounts in: the one that the pool was deployed in.
    #[serde(default)]
    pub from_block: u64,
    /// Expiries to keep listed; needs the key of the keeper role.
    #[serde(default)]
    pub listing: Listing,
}

fn listen() -> String {
    "127.0.0.1:9464".into()
}
fn rpc_timeout() -> f64 {
    5.0
}
fn every() -> f64 {
    15.0
}
fn keep() -> u64 {
    900
}
fn max_fee_gwei() -> f64 {
    5.0
}
fn replace_after() -> f64 {
    30.0
}
fn confirmations() -> u64 {
    2
}
fn refresh() -> u64 {
    3_000
}
fn worthwhile() -> f64 {
    0.003
}
fn yes() -> bool {
    true
}

impl Config {
    /// Reads a file.
    pub fn read(path: &Path) -> Result<Config> {
        let text = fs::read_to_string(path).with_context(|| format!("{}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("{}", path.display()))
    }

    /// What nobody who reads the log should see: the RPC's path and query, which are often a key, and queries and passwords of
    /// other addresses.
    pub fn secrets(&self) -> Vec<String> {
        let signer = self.signer.iter().flat_map(|signer| &signer.sources);
        let sources = signer.filter_map(SourceConfig::url);
        let operator = self.operator.iter().flat_map(|operator| &operator.signers);
        let others = sources.chain(operator.map(String::as_str));
        let mut secrets: Vec<String> = others.flat_map(|url| secrets_in(url, false)).collect();
        secrets.extend(secrets_in(&self.rpc, true));
        secrets
    }

    /// How long an RPC call may take.
    pub fn rpc_timeout(&self) -> Duration {
        Duration::from_secs_f64(self.rpc_timeout)
    }
}

/// Passwords and queries of an address, and its path if that is one too.
fn secrets_in(url: &str, path_is_one: bool) -> Vec<String> {
    let Ok(url) = url.parse::<reqwest::Url>() else {
        return Vec::new();
    };
    let path = url.path().trim_matches('/');
    let path = Some(path).filter(|_| path_is_one);
    [url.password(), url.query(), path]
        .into_iter()
        .flatten()
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_example_is_what_stands_without_it() {
        let page = include_str!("../../../docs/operating.md");
        let (_, rest) = page.split_once("```toml\n").unwrap();
        let (text, _) = rest.split_once("```").unwrap();
        let text = text.replace(
            "\"0x...\"",
            "\"0x0000000000000000000000000000000000000001\"",
        );
        let shown: Config = toml::from_str(&text).unwrap();
        let (signer, operator) = (shown.signer.unwrap(), shown.operator.unwrap());
        assert_eq!(signer.sources.len(), 4);
        assert_eq!(operator.signers.len(), 2);
        let least = r#"
            rpc = "http://node.example"
            pool = "0x0000000000000000000000000000000000000001"
            [signer]
            key = { env = "KEY" }
            currency = "ETH"
            sources = []
            [operator]
            key = { env = "KEY" }
        "#;
        let least: Config = toml::from_str(least).unwrap();
        assert_eq!(shown.listen, least.listen);
        let own = least.signer.unwrap();
        assert_eq!((signer.every, signer.keep), (own.every, own.keep));
        let own = least.operator.unwrap();
        let without = |config: OperatorConfig| OperatorConfig {
            key: own.key.clone(),
            signers: Vec::new(),
            ..config
        };
        let text = |config: OperatorConfig| format!("{:?}", without(config));
        assert_eq!(text(operator), text(own.clone()));
    }

    #[test]
    fn secrets_of_addresses_are_found() {
        let text = r#"
            rpc = "https://one:two@node.example/v2/three?key=four"
            pool = "0x0000000000000000000000000000000000000001"
            [signer]
            key = { env = "KEY" }
            currency = "ETH"
            sources = [{ kind = "deribit", url = "https://market.example/api?token=five" }, { kind = "okx" }]
            [operator]
            key = { env = "KEY" }
            signers = ["http://user:six@signer.example/report"]
        "#;
        let config: Config = toml::from_str(text).unwrap();
        let mut secrets = config.secrets();
        secrets.retain(|secret| !secret.is_empty());
        secrets.sort();
        let expected = ["key=four", "six", "token=five", "two", "v2/three"];
        assert_eq!(secrets, expected);
    }
}
