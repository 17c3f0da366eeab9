//! The commands and their arguments.

use std::{fs, path::PathBuf};

use alloy_primitives::{Address, U256};
use anyhow::{bail, ensure, Context, Result};
use clap::{Args, Subcommand};
use serde_json::Value;

use crate::{
    account, chain,
    client::{Client, Expected},
    key, liquidity, moment,
    number::{parse as parse_decimal, WAD_DECIMALS},
    order::{self, parse_size, Leg, Terms},
    positions,
    report::{harmless, Report},
    series::Series,
    settlement,
};

/// Where `smirk devnet` serves.
const DEVNET: &str = "http://127.0.0.1:8547";

/// Trade with a pool on any chain: quotes, orders, positions, liquidity, margin accounts.
///
/// Sizes are options, amounts are quote tokens, times are UTC. Every transaction is simulated before it is sent. The key comes from a
/// keystore file or the environment.
#[derive(Args)]
pub struct Trade {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

/// Which pool, whose key, and how to answer.
#[derive(Args)]
struct Place {
    /// The node's URL [default: of --addresses, else smirk devnet's].
    #[arg(long, global = true, value_name = "URL", env = "SMIRK_RPC")]
    rpc: Option<String>,
    /// The pool's address.
    #[arg(long, global = true, env = "SMIRK_POOL")]
    pool: Option<Address>,
    /// The chain's id; a node that serves another one is refused [default: of --addresses, else any].
    #[arg(long, global = true, value_name = "ID", env = "SMIRK_CHAIN_ID")]
    chain_id: Option<u64>,
    /// Sign though the node's newest block is more than five minutes ahead of this machine's clock; a node on this machine may be.
    #[arg(long, global = true)]
    any_clock: bool,
    /// Take URL and pool from the file that `smirk devnet --addresses` writes.
    #[arg(long, global = true, value_name = "FILE", env = "SMIRK_ADDRESSES")]
    addresses: Option<PathBuf>,
    /// A keystore file with the key; its password is taken from the environment.
    #[arg(long, global = true, value_name = "FILE", env = "SMIRK_KEYSTORE")]
    keystore: Option<PathBuf>,
    /// Name of the environment variable with the keystore's password.
    #[arg(
        long,
        global = true,
        value_name = "NAME",
        default_value = "SMIRK_PASSWORD"
    )]
    password_env: String,
    /// Name of the environment variable with the key, when there is no keystore.
    #[arg(long, global = true, value_name = "NAME", default_value = "SMIRK_KEY")]
    key_env: String,
    /// Answer in JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Strikes of an expiry with bid, ask, mark, vol and delta.
    Chain {
        /// The expiry, such as 2026-12-25 [default: the nearest].
        expiry: Option<String>,
        /// How many strikes.
        #[arg(long, default_value_t = 17, value_parser = clap::value_parser!(u16).range(3..=99))]
        strikes: u16,
        /// Size of the orders that bid and ask are for.
        #[arg(long, default_value = "1")]
        size: String,
    },
    /// What an order would cost or bring now, and what that consists of.
    Quote {
        /// One series, such as "2026-12-25 3000 C", to buy.
        #[arg(required_unless_present = "leg")]
        series: Option<String>,
        /// How many options of it.
        #[arg(required_unless_present = "leg")]
        size: Option<String>,
        /// Sell them instead.
        #[arg(long, conflicts_with = "leg")]
        sell: bool,
        #[command(flatten)]
        legs: Legs,
        #[command(flatten)]
        bounds: Bounds,
    },
    /// Buy options.
    Buy {
        /// Such as "2026-12-25 3000 C".
        series: String,
        /// How many.
        size: String,
        #[command(flatten)]
        bounds: Bounds,
    },
    /// Sell options that the wallet holds.
    Sell {
        /// Such as "2026-12-25 3000 C".
        series: String,
        /// How many.
        size: String,
        #[command(flatten)]
        bounds: Bounds,
    },
    /// Carry out one to eight legs as one order, all or nothing.
    Order {
        #[command(flatten)]
        legs: Legs,
        #[command(flatten)]
        bounds: Bounds,
    },
    /// What a wallet holds: size, cost, value, profit.
    Positions {
        /// Whose [default: the key's].
        owner: Option<Address>,
        /// First block to look for events in: the pool's own, say.
        #[arg(long, default_value_t = 0, value_name = "BLOCK")]
        from_block: u64,
    },
    /// Provide liquidity: quote tokens for shares of the pool.
    Deposit {
        /// Quote tokens.
        amount: String,
        #[command(flatten)]
        bounds: Bounds,
    },
    /// Take liquidity out.
    Withdraw {
        /// Quote tokens, or "all" for what can be taken out now.
        amount: String,
        #[command(flatten)]
        bounds: Bounds,
    },
    /// Settle an expiry that has passed, with the feed's round that proves its price.
    Settle {
        /// Such as 2026-12-25.
        expiry: String,
    },
    /// Turn settled options into what they pay.
    Claim {
        /// Series, such as "2026-12-25 3000 C" [default: all that the wallet holds].
        series: Vec<String>,
        /// First block to look for positions in.
        #[arg(long, default_value_t = 0, value_name = "BLOCK")]
        from_block: u64,
    },
    /// The margin account, on which options are written (order --on-account).
    #[command(subcommand)]
    Account(AccountCommand),
}

#[derive(Subcommand)]
enum AccountCommand {
    /// Cash, legs, value, requirements, liquidation prices.
    Show {
        /// Whose [default: the key's].
        owner: Option<Address>,
    },
    /// Pay quote tokens into an account.
    Deposit {
        /// Quote tokens.
        amount: String,
        /// Whose [default: the key's].
        owner: Option<Address>,
        #[command(flatten)]
        bounds: Bounds,
    },
    /// Take quote tokens out of one's own account.
    Withdraw {
        /// Quote tokens.
        amount: String,
    },
}

#[derive(Args)]
struct Legs {
    /// A leg: "+1:2026-12-25 3000 C" buys, a minus sells; with --expiry "+1:C:3000".
    #[arg(long, value_name = "LEG", allow_hyphen_values = true)]
    leg: Vec<String>,
    /// Expiry of the legs that name none.
    #[arg(long)]
    expiry: Option<String>,
    /// Trade on the margin account, which may be short.
    #[arg(long)]
    on_account: bool,
}

#[derive(Args)]
struct Bounds {
    /// How much worse than quoted it may be, percent.
    #[arg(long, default_value = "0.5", value_name = "PERCENT")]
    slippage: String,
    /// Seconds after the newest block until which it may be carried out.
    #[arg(long, default_value_t = 600, value_name = "SECONDS")]
    deadline: u32,
    /// Who gets what it brings, or whose account it is [default: the key's].
    #[arg(long)]
    receiver: Option<Address>,
    /// Approve the exact amount rather than sign a permit.
    #[arg(long)]
    approve: bool,
}

impl Trade {
    /// Carries the command out and prints the answer.
    pub fn run(self) -> Result<()> {
        // Another part of the process may have installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let is_json = self.place.json;
        let answer = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?
            .block_on(self.answer());
        match answer {
            Ok(report) if is_json => println!("{}", harmless(&format!("{:#}", report.json))),
            Ok(report) => print!("{}", harmless(&report.text)),
            Err(error) => {
                if is_json {
                    println!("{}", harmless(&format!("{:#}", refusal_json(&error))));
                }
                let text = format!("{error:#}");
                let shown = harmless(&text);
                return Err(if shown == text {
                    error
                } else {
                    anyhow::Error::msg(shown)
                });
            }
        }
        Ok(())
    }

    async fn answer(self) -> Result<Report> {
        let client = self.place.connect(self.command.needs_key()).await?;
        self.command.run(&client).await
    }
}

impl Command {
    fn needs_key(&self) -> bool {
        match self {
            Command::Chain { .. } => false,
            Command::Quote { legs, bounds, .. } => legs.on_account && bounds.receiver.is_none(),
            Command::Positions { owner, .. } => owner.is_none(),
            Command::Account(AccountCommand::Show { owner }) => owner.is_none(),
            _ => true,
        }
    }

    async fn run(self, client: &Client) -> Result<Report> {
        match self {
            Command::Chain {
                expiry,
                strikes,
                size,
            } => {
                let expiry = expiry.as_deref().map(moment::parse).transpose()?;
                let size = parse_size(&size)?.unsigned_abs();
                chain::show(client, expiry, strikes.into(), size).await
            }
            Command::Quote {
                series,
                size,
                sell,
                legs,
                bounds,
            } => {
                let terms = bounds.terms(client, legs.on_account)?;
                let mut all = legs.read()?;
                if let (Some(series), Some(size)) = (series, size) {
                    ensure!(all.is_empty(), "either a series and a size, or legs");
                    all.push(one(&series, &size, sell)?);
                }
                order::show(client, &all, &terms).await
            }
            Command::Buy {
                series,
                size,
                bounds,
            } => {
                let terms = bounds.terms(client, false)?;
                order::submit(client, &[one(&series, &size, false)?], &terms).await
            }
            Command::Sell {
                series,
                size,
                bounds,
            } => {
                let terms = bounds.terms(client, false)?;
                order::submit(client, &[one(&series, &size, true)?], &terms).await
            }
            Command::Order { legs, bounds } => {
                let terms = bounds.terms(client, legs.on_account)?;
                let all = legs.read()?;
                ensure!(!all.is_empty(), "an order needs at least one --leg");
                order::submit(client, &all, &terms).await
            }
            Command::Positions { owner, from_block } => {
                let owner = owner_or_own(client, owner)?;
                positions::show(client, owner, from_block).await
            }
            Command::Deposit { amount, bounds } => {
                let terms = bounds.terms(client, false)?;
                let amount = atoms(client, &amount)?;
                let by_approval = terms.by_approval;
                liquidity::deposit(client, amount, terms.slippage, terms.deadline, by_approval)
                    .await
            }
            Command::Withdraw { amount, bounds } => {
                let terms = bounds.terms(client, false)?;
                let amount = match amount.as_str() {
                    "all" => None,
                    amount => Some(atoms(client, amount)?),
                };
                liquidity::withdraw(client, amount, terms.slippage, terms.deadline).await
            }
            Command::Settle { expiry } => settlement::settle(client, moment::parse(&expiry)?).await,
            Command::Claim { series, from_block } => claim(client, &series, from_block).await,
            Command::Account(command) => command.run(client).await,
        }
    }
}

impl AccountCommand {
    async fn run(self, client: &Client) -> Result<Report> {
        match self {
            AccountCommand::Show { owner } => {
                account::show(client, owner_or_own(client, owner)?).await
            }
            AccountCommand::Deposit {
                amount,
                owner,
                bounds,
            } => {
                let terms = bounds.terms(client, true)?;
                let owner = owner_or_own(client, owner)?;
                let amount = atoms(client, &amount)?;
                account::deposit(client, owner, amount, terms.deadline, terms.by_approval).await
            }
            AccountCommand::Withdraw { amount } => {
                account::withdraw(client, atoms(client, &amount)?).await
            }
        }
    }
}

impl Place {
    async fn connect(&self, needs_key: bool) -> Result<Client> {
        let book = match &self.addresses {
            Some(file) => {
                let text =
                    fs::read_to_string(file).with_context(|| format!("{}", file.display()))?;
                serde_json::from_str(&text).with_context(|| format!("{}", file.display()))?
            }
            None => Value::Null,
        };
        let pool = match (self.pool, book["contracts"]["pool"].as_str()) {
            (Some(pool), _) => pool,
            (None, Some(pool)) => pool.parse().context("the file's pool is no address")?,
            (None, None) => {
                bail!("which pool? --pool ADDRESS, or --addresses FILE of smirk devnet")
            }
        };
        let rpc = self.rpc.as_deref().or(book["rpcUrl"].as_str());
        let key = needs_key
            .then(|| key::read(self.keystore.as_deref(), &self.password_env, &self.key_env))
            .transpose()?;
        let expected = Expected {
            chain_id: self.chain_id.or(book["chainId"].as_u64()),
            any_clock: self.any_clock,
        };
        Client::connect(rpc.unwrap_or(DEVNET), pool, key, expected).await
    }
}

impl Legs {
    fn read(&self) -> Result<Vec<Leg>> {
        let expiry = self.expiry.as_deref().map(moment::parse).transpose()?;
        let legs = self.leg.iter().map(|leg| Leg::parse(leg, expiry));
        legs.collect()
    }
}

impl Bounds {
    fn terms(&self, client: &Client, on_account: bool) -> Result<Terms> {
        // A percent is two decimals of the ratio.
        let slippage = parse_decimal(&self.slippage, WAD_DECIMALS - 2)?;
        Ok(Terms {
            slippage,
            deadline: client.now + u64::from(self.deadline),
            receiver: self.receiver,
            on_account,
            by_approval: self.approve,
        })
    }
}

async fn claim(client: &Client, named: &[String], from_block: u64) -> Result<Report> {
    let mut series: Vec<Series> = named
        .iter()
        .map(|text| Series::parse(text))
        .collect::<Result<_>>()?;
    if series.is_empty() {
        let held = positions::read(client, client.account()?, from_block).await?;
        let settled = held.iter().filter(|position| position.state == "settled");
        series = settled.map(|position| position.series).collect();
        ensure!(!series.is_empty(), "There is nothing to claim.");
    }
    settlement::claim(client, &series).await
}

fn one(series: &str, size: &str, is_sale: bool) -> Result<Leg> {
    let size = parse_size(size)?;
    Ok(Leg {
        series: Series::parse(series)?,
        size: if is_sale { -size } else { size },
    })
}

fn owner_or_own(client: &Client, owner: Option<Address>) -> Result<Address> {
    owner.map_or_else(|| client.account(), Ok)
}

fn atoms(client: &Client, amount: &str) -> Result<U256> {
    let atoms = parse_decimal(amount, client.units.quote_decimals)?;
    ensure!(!atoms.is_zero(), "the amount is zero");
    Ok(atoms)
}

fn refusal_json(error: &anyhow::Error) -> Value {
    let refusal = error.downcast_ref::<crate::client::Refusal>();
    serde_json::json!({
        "error": format!("{error:#}"),
        "refusal": refusal.map(|refusal| &refusal.name),
    })
}
