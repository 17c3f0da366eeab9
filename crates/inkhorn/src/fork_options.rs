//! What is forked, as the command line says it.

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use inkhorn_node::{CacheChoice, ForkOptions, Patience};

/// Forking: a chain that goes on from a live one.
#[derive(Args, Clone, Debug)]
pub struct ForkArguments {
    /// Go on from a live chain: accounts, code and storage are read from this node, by HTTP or HTTPS, when they are first needed;
    /// what is written stays here.
    #[arg(long, value_name = "URL", conflicts_with = "timestamp")]
    pub fork_url: Option<String>,
    /// Block after which the fork goes on [default: the latest]. For other than the latest ones the node has to keep old states.
    #[arg(long, value_name = "N", requires = "fork_url")]
    pub fork_block_number: Option<u64>,
    /// Keep what the forked chain answers in this folder, for any number of devnets at a time. Without this it is kept in
    /// the user's cache folder, unless the node is on this machine.
    #[arg(long, value_name = "DIR")]
    fork_cache: Option<PathBuf>,
    /// Keep nothing of what the forked chain answers.
    #[arg(long, conflicts_with = "fork_cache")]
    no_fork_cache: bool,
    /// A header to send with every request to the forked chain, such as "Authorization: Bearer KEY"; may be repeated.
    #[arg(long, value_name = "NAME: VALUE", requires = "fork_url", value_parser = parse_header)]
    fork_header: Vec<(String, String)>,
    /// How often a request to the forked chain is repeated, after 0.2, 0.4, 0.8, ... seconds.
    #[arg(long, value_name = "N", default_value_t = Patience::default().retries)]
    fork_retries: u32,
    /// Seconds that an answer of the forked chain may take.
    #[arg(long, value_name = "SECONDS", default_value_t = Patience::default().timeout.as_secs(), value_parser = clap::value_parser!(u64).range(1..))]
    fork_timeout: u64,
}

impl ForkArguments {
    /// What to fork, at a block if it is given.
    pub fn options(&self, block_number: Option<u64>) -> Option<ForkOptions> {
        Some(ForkOptions {
            url: self.fork_url.clone()?,
            block_number: block_number.or(self.fork_block_number),
            headers: self.fork_header.clone(),
            cache: self.cache(),
            patience: self.patience(),
        })
    }

    /// Where answers are kept.
    pub fn cache(&self) -> CacheChoice {
        if self.no_fork_cache {
            return CacheChoice::Off;
        }
        match (&self.fork_cache, user_cache()) {
            (Some(folder), _) => CacheChoice::Always(folder.clone()),
            (None, Some(folder)) => CacheChoice::Distant(folder),
            (None, None) => CacheChoice::Off,
        }
    }

    /// How long the forked chain's node is asked before it counts as gone.
    pub fn patience(&self) -> Patience {
        Patience {
            retries: self.fork_retries,
            timeout: Duration::from_secs(self.fork_timeout),
            ..Patience::default()
        }
    }
}

/// The user's folder for what can be had again, if there is one.
fn user_cache() -> Option<PathBuf> {
    let named = |name: &str| env::var_os(name).map(PathBuf::from);
    let base = named("XDG_CACHE_HOME")
        .filter(|folder| folder.is_absolute())
        .or_else(|| Some(named("HOME")?.join(".cache")))?;
    Some(base.join("inkhorn").join("forks"))
}

fn parse_header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once(':')
        .ok_or_else(|| format!("{text:?} is no header: a name, a colon and a value are"))?;
    Ok((name.trim().to_owned(), value.trim().to_owned()))
}
