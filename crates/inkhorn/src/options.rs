//! What a chain is served with, and serving it.

use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use alloy_primitives::{Address, U256};
use anyhow::{bail, ensure, Context, Result};
use clap::Args;
use inkhorn_chain::{Chain, ChainConfig, LATEST_TIMESTAMP, THREAD_STACK};
use inkhorn_node::{
    serve_at, wall, Clock, DevAccount, Fork, ForkOptions, Forking, Node, NodeOptions, Page,
    PoolLimits, Preparation, ServerLimits, Serving,
};
use tokio::signal::unix::{signal, SignalKind};

use crate::address_book::AddressBook;
use crate::fork_options::ForkArguments;
use crate::saver::Saver;
use crate::state_file::{State, StateFile};

/// Most accounts that are worth deriving.
const MAX_ACCOUNTS: u32 = 1_000;
/// Wei in an ether.
const ETHER: u128 = 1_000_000_000_000_000_000;
/// Longest code that a contract may have at most.
const LARGEST_CODE: usize = 98_304;
/// Threads for requests that execute contracts.
const WORKERS: usize = 16;

/// Options of a chain that is served, for a command to take among its own (`#[command(flatten)]`).
#[derive(Args, Debug)]
pub struct Options {
    /// Port to listen on; 0 picks a free one.
    #[arg(long, default_value_t = 8547)]
    port: u16,
    /// Interface to listen on. Beyond the loopback one it takes --expose, because everybody who reaches the node owns all of its
    /// accounts.
    #[arg(long, default_value = "127.0.0.1", value_name = "ADDRESS", value_parser = parse_host)]
    host: IpAddr,
    /// Let others than this machine reach the node, as a container has to.
    #[arg(long)]
    expose: bool,
    /// Let pages of this origin use the node from a browser on this machine, as https://remix.ethereum.org; may be given several
    /// times. Such a page can use the keys of all accounts. Pages that this machine serves may always.
    #[arg(long, value_name = "ORIGIN", value_parser = parse_origin)]
    allow_origin: Vec<String>,
    /// Number of funded accounts.
    #[arg(long, default_value_t = 10, value_name = "N", value_parser = clap::value_parser!(u32).range(0..=i64::from(MAX_ACCOUNTS)))]
    accounts: u32,
    /// Words that the accounts are derived from, as wallets do it [default: those of Foundry and Hardhat, "test test ... junk"].
    #[arg(long, value_name = "WORDS", value_parser = parse_mnemonic)]
    mnemonic: Option<String>,
    /// Ether that each account starts with.
    #[arg(long, default_value_t = 10_000, value_name = "ETHER")]
    balance: u64,
    /// Chain id [default: 412346, or the forked chain's].
    #[arg(long, value_name = "ID")]
    chain_id: Option<u64>,
    /// ArbOS version: 61 is what Arbitrum One runs, 51 what it ran before August 2026, 59 and 60 lie between [default: 61, or
    /// the forked chain's].
    #[arg(long, value_parser = ["51", "59", "60", "61"])]
    arbos: Option<String>,
    /// Keep to the rules of Arbitrum One: no console in contracts, no ArbDebug. Without this the chain is one for
    /// development, which takes contracts built with the SDK's debug feature and prints what they say.
    #[arg(long)]
    production: bool,
    /// Base fee at the start, wei per gas [default: 20000000, or the forked chain's].
    #[arg(long, value_name = "WEI")]
    base_fee: Option<u64>,
    /// Let the base fee follow the demand, as on Arbitrum: what is executed beyond the speed limit raises it. Without this it stays
    /// where it is put.
    #[arg(long)]
    base_fee_dynamics: bool,
    /// Wei that a unit of L1 data costs, paid in gas as on Arbitrum: a byte of the compressed transaction is sixteen units. Zero
    /// charges nothing.
    #[arg(long, default_value_t = 0, value_name = "WEI")]
    l1_price: u64,
    /// Most bytes of a contract's code, as Nitro's --init.dev-max-code-size; the code that creates one may be twice as long.
    #[arg(long, value_name = "BYTES", default_value_t = ChainConfig::default().max_code_size, value_parser = parse_code_size)]
    max_code_size: usize,
    #[command(flatten)]
    fork: ForkArguments,
    /// Write where everything is to this file, as JSON.
    #[arg(long, value_name = "FILE")]
    addresses: Option<PathBuf>,
    /// Serve the static page in this folder on the same port. Its /config.json says where everything is on this chain.
    #[arg(long, value_name = "FOLDER")]
    page: Option<PathBuf>,
    /// Go on from this file if it is there (it keeps its chain, contracts and clock whatever the other options say), and
    /// save the state in it at the start and at the end.
    #[arg(long, value_name = "FILE")]
    state: Option<PathBuf>,
    /// Save the state every so many seconds, too.
    #[arg(long, value_name = "SECONDS", requires = "state", value_parser = clap::value_parser!(u64).range(1..))]
    save_every: Option<u64>,
    /// Timestamp to start at, Unix seconds [default: now].
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(..=LATEST_TIMESTAMP))]
    timestamp: Option<u64>,
    /// Stop the clock: it moves only by evm_increaseTime and its like, so that runs repeat exactly.
    #[arg(long)]
    frozen_clock: bool,
    /// Make a block every so many seconds instead of one for each transaction.
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    block_time: Option<u64>,
    /// Make blocks only when asked to, by evm_mine and its like.
    #[arg(long, conflicts_with = "block_time")]
    no_mining: bool,
    /// Most transactions of one account that wait for a block or for a nonce; the farthest from being executed goes first.
    #[arg(long, default_value_t = PoolLimits::default().per_sender, value_name = "N")]
    pool_per_account: usize,
    /// Most transactions that wait altogether.
    #[arg(long, default_value_t = PoolLimits::default().total, value_name = "N")]
    pool_size: usize,
    /// Print nothing but the line that says where the node listens.
    #[arg(long)]
    quiet: bool,
}

/// An address, or the name of the loopback one.
fn parse_host(text: &str) -> Result<IpAddr, String> {
    match text {
        "localhost" => Ok(Ipv4Addr::LOCALHOST.into()),
        text => text
            .parse()
            .map_err(|_| format!("{text:?} is no IP address")),
    }
}

/// As many words as mnemonics have, whatever stands between them.
fn parse_mnemonic(text: &str) -> Result<String, String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let is_word = |word: &&str| word.bytes().all(|letter| letter.is_ascii_lowercase());
    match words.len() {
        12 | 15 | 18 | 21 | 24 if words.iter().all(is_word) => Ok(words.join(" ")),
        _ => Err("a mnemonic is 12, 15, 18, 21 or 24 English words in small letters".into()),
    }
}

/// What a browser sends as a page's origin.
fn parse_origin(text: &str) -> Result<String, String> {
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    match host {
        Some(host) if !host.is_empty() && !host.contains('/') => Ok(text.to_owned()),
        _ => Err(
            "an origin is a scheme and a host without a path, as https://remix.ethereum.org".into(),
        ),
    }
}

/// A size between that of Arbitrum One and the largest that Nitro starts with.
fn parse_code_size(text: &str) -> Result<usize, String> {
    let sizes = ChainConfig::default().max_code_size..=LARGEST_CODE;
    match text.parse() {
        Ok(size) if sizes.contains(&size) => Ok(size),
        _ => Err(format!(
            "a size lies between {} and {} bytes",
            sizes.start(),
            sizes.end()
        )),
    }
}

impl Options {
    /// Serves until told to stop. A chain that does not go on from a file is what `start` makes: it gets the chain's rules, the
    /// accounts that will have ether, and the book, in which it may enter what it puts on the chain. See [`nothing_more`]. A fork
    /// is not made by `start`.
    ///
    /// # Errors
    /// Options that don't go together, a state that can't be read or saved, an address that can't be listened on, and what `start`
    /// says.
    pub fn run(
        self,
        start: impl FnOnce(ChainConfig, &[Address], &mut AddressBook) -> Result<Chain>,
    ) -> Result<()> {
        self.run_beside(start, |_, _| Ok(std::future::pending()))
    }

    /// The same with something of the caller's beside it: what `beside` makes of the node and the book runs while the chain is served,
    /// and when it ends, serving does.
    ///
    /// # Errors
    /// As for [`Options::run`]; what `beside` and that which it makes say.
    pub fn run_beside<Beside: Future<Output = Result<()>>>(
        self,
        start: impl FnOnce(ChainConfig, &[Address], &mut AddressBook) -> Result<Chain>,
        beside: impl FnOnce(&Arc<Node>, &AddressBook) -> Result<Beside>,
    ) -> Result<()> {
        ensure!(
            self.host.is_loopback() || self.expose,
            "--host {} opens the node and the keys of all its accounts to everybody who reaches that address; say --expose if \
             that is meant",
            self.host
        );
        let accounts = match &self.mnemonic {
            Some(words) => DevAccount::derive(words, self.accounts),
            None => DevAccount::from_mnemonic(self.accounts),
        };
        let file = self.state.as_deref().map(StateFile::claim).transpose()?;
        let saved = file.as_ref().map_or(Ok(None), StateFile::read)?;
        let (node, book) = match saved {
            Some(saved) => self.restore(saved, &accounts)?,
            None => match self.fork.options(None) {
                Some(options) => self.start_fork(options, &accounts)?,
                None => {
                    let (chain, book) = self.start(&accounts, start)?;
                    let options = self.options(&accounts, Some(chain.now()))?;
                    (Node::new(chain, options), book)
                }
            },
        };
        tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .max_blocking_threads(WORKERS)
            .thread_stack_size(THREAD_STACK)
            .enable_all()
            .build()?
            .block_on(async {
                if self.no_mining {
                    node.set_automatic(false)?;
                }
                let node = Arc::new(node);
                let beside = beside(&node, &book)?;
                self.serve(node, book, file.map(Arc::new), beside).await
            })
    }

    /// What the file holds. A fork goes on at the block where it began, whatever the forked chain did since.
    fn restore(&self, saved: State, accounts: &[DevAccount]) -> Result<(Node, AddressBook)> {
        let number = saved.node.fork_point().map(|point| point.number);
        let fork = match (number, self.fork.options(number)) {
            (None, None) => None,
            (None, Some(_)) => bail!("the state file holds no fork: leave out --fork-url"),
            (Some(number), None) => {
                bail!("the state file holds a fork of block {number}: say --fork-url")
            }
            (Some(_), Some(options)) => Some(Fork::connect(options)?),
        };
        let options = self.options(accounts, None)?;
        let node = Node::restore_on(saved.node, fork, options)
            .context("the state file can't be gone on from")?;
        Ok((node, saved.address_book))
    }

    /// A node that goes on from another chain.
    fn start_fork(
        &self,
        options: ForkOptions,
        accounts: &[DevAccount],
    ) -> Result<(Node, AddressBook)> {
        let fork = Fork::connect(options)?;
        let point = fork.point();
        if let (Some(runs), Some(wanted)) = (point.arbos_version, &self.arbos) {
            ensure!(
                *wanted == runs.to_string(),
                "--arbos {wanted}: the forked chain runs ArbOS {runs}"
            );
        }
        let mut book = book(accounts, self.chain_id.unwrap_or(point.chain_id));
        book.enter_tools();
        let node = Node::forked(fork, self.options(accounts, None)?)?;
        Ok((node, book))
    }

    /// What is done with every chain before it is served: rich accounts, an owner, what tools look for.
    fn preparation(&self, accounts: &[DevAccount]) -> Preparation {
        let nitro = DevAccount::nitro().address;
        let mut rich: Vec<Address> = accounts.iter().map(|own| own.address).collect();
        rich.push(nitro);
        let wei = U256::from(self.balance) * U256::from(ETHER);
        let (l1_price, base_fee) = (self.l1_price, self.base_fee);
        Preparation::new(move |chain| {
            chain.set_l1_price(l1_price);
            if let Some(fee) = base_fee {
                chain.set_base_fee(fee);
            }
            for address in &rich {
                chain.fund(*address, wei);
            }
            chain.add_chain_owner(nitro);
            chain.preload_tools();
        })
    }

    /// What the chain is made with.
    fn config(&self) -> Result<ChainConfig> {
        let defaults = ChainConfig::default();
        let arbos_version = match &self.arbos {
            Some(version) => version.parse()?,
            None => defaults.arbos_version,
        };
        Ok(ChainConfig {
            chain_id: self.chain_id.unwrap_or(defaults.chain_id),
            arbos_version,
            start_time: self.timestamp.unwrap_or_else(wall),
            debug: !self.production,
            base_fee_dynamics: self.base_fee_dynamics,
            max_code_size: self.max_code_size,
            ..defaults
        })
    }

    /// The node's options, with a clock that starts at a time.
    fn options(&self, accounts: &[DevAccount], start: Option<u64>) -> Result<NodeOptions> {
        let start = start.unwrap_or_else(wall);
        Ok(NodeOptions {
            accounts: accounts
                .iter()
                .cloned()
                .chain([DevAccount::nitro()])
                .collect(),
            clock: if self.frozen_clock {
                Clock::frozen(start)
            } else {
                Clock::running(start)
            },
            block_time: self.block_time,
            pool: PoolLimits {
                per_sender: self.pool_per_account,
                total: self.pool_size,
            },
            forking: Forking {
                config: self.config()?,
                chain_id: self.chain_id,
                cache: self.fork.cache(),
                patience: self.fork.patience(),
                prepare: self.preparation(accounts),
            },
            ..NodeOptions::default()
        })
    }

    /// The chain before the first request, and the book without the URLs.
    fn start(
        &self,
        accounts: &[DevAccount],
        start: impl FnOnce(ChainConfig, &[Address], &mut AddressBook) -> Result<Chain>,
    ) -> Result<(Chain, AddressBook)> {
        let config = self.config()?;
        let mut book = book(accounts, config.chain_id);
        let holders: Vec<Address> = accounts.iter().map(|own| own.address).collect();
        let mut chain = start(config, &holders, &mut book)?;
        self.preparation(accounts).run(&mut chain);
        book.enter_tools();
        Ok((chain, book))
    }

    async fn serve(
        &self,
        node: Arc<Node>,
        mut book: AddressBook,
        file: Option<Arc<StateFile>>,
        beside: impl Future<Output = Result<()>>,
    ) -> Result<()> {
        // From here on whoever tells the node to end is heard.
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        let page = self.page(&book)?;
        let limits = ServerLimits::default();
        let address = SocketAddr::from((self.host, self.port));
        let serving = serve_at(
            Arc::clone(&node),
            address,
            limits,
            page,
            self.allow_origin.clone(),
        )
        .await
        .with_context(|| format!("{address} can't be listened on"))?;
        if !self.host.is_loopback() {
            eprintln!(
                "Warning: everybody who reaches {} can use the keys of all accounts and change the chain.",
                serving.address
            );
        }
        book.rpc_url = serving.url();
        book.ws_url = format!("ws://{}", serving.address);
        if let Some(path) = &self.addresses {
            book.write(path)?;
        }
        let saver = Saver { node, book, file };
        // What can't be saved is better known now than at the end.
        saver.save().await?;
        self.announce(&serving, &saver.book);
        let ended = tokio::select! {
            _ = interrupt.recv() => Ok(()),
            _ = terminate.recv() => Ok(()),
            () = saver.keep_saving(self.save_every) => Ok(()),
            ended = beside => ended,
        };
        serving.stop().await;
        saver.save().await.and(ended)
    }

    /// The page with this chain as its configuration. It finds the node where it was itself served.
    fn page(&self, book: &AddressBook) -> Result<Option<Page>> {
        let Some(folder) = &self.page else {
            return Ok(None);
        };
        let mut page = Page::read(folder).with_context(|| format!("{}", folder.display()))?;
        let mut book = book.clone();
        book.rpc_url.clear();
        book.ws_url.clear();
        page.insert("/config.json", serde_json::to_vec(&book)?);
        Ok(Some(page))
    }

    fn announce(&self, serving: &Serving, book: &AddressBook) {
        if !self.quiet {
            println!("Chain id {}", book.chain_id);
            println!("\nAccounts");
            for account in &book.accounts {
                println!("  {}  {}", account.address, account.private_key);
            }
            println!("\nRoles");
            let width = longest(book.roles.keys());
            for (name, account) in &book.roles {
                println!(
                    "  {name:<width$}  {}  {}",
                    account.address, account.private_key
                );
            }
            if !book.contracts.is_empty() {
                println!("\nContracts");
            }
            let width = longest(book.contracts.keys());
            for (name, address) in &book.contracts {
                println!("  {name:<width$}  {address}");
            }
            println!();
        }
        if self.page.is_some() {
            println!("Page at {}/", serving.url());
        }
        println!("Listening on {}", serving.url());
    }
}

/// Letters of the longest name.
fn longest<'a>(names: impl Iterator<Item = &'a String>) -> usize {
    names.map(|name| name.chars().count()).max().unwrap_or(0)
}

/// The book of accounts, without contracts and URLs.
fn book(accounts: &[DevAccount], chain_id: u64) -> AddressBook {
    let mut book = AddressBook {
        chain_id,
        accounts: accounts.iter().map(Into::into).collect(),
        ..AddressBook::default()
    };
    let nitro = DevAccount::nitro();
    book.roles.insert("nitro".to_owned(), (&nitro).into());
    book
}

/// A chain with nothing on it but what every chain has, for [`Options::run`].
///
/// # Errors
/// None.
pub fn nothing_more(config: ChainConfig, _: &[Address], _: &mut AddressBook) -> Result<Chain> {
    let mut chain = Chain::new(config);
    chain.keep_history();
    Ok(chain)
}
