//! `smirk-keeper`: signs surfaces from exchanges' option chains, posts what a quorum signed, settles expiries, liquidates
//! accounts, rebalances the hedge, lists expiries and keeps the program alive.
//!
//! One process, two roles that also run apart. A *signer* reads markets, fits, signs and serves its report over HTTP; it sends no
//! transaction. An *operator* collects reports and sends transactions; it needs no trust beyond its own ether. Whatever an
//! operator does follows from what the chain says at that moment, so that it can be stopped and started at any time.

mod accounts;
mod agreement;
mod chain;
mod config;
mod fetch;
mod key;
mod liquidate;
mod listing;
mod log;
mod market;
mod metrics;
mod operator;
mod program;
mod report;
mod sender;
mod serve;
mod signer;
mod source;
mod surface;
mod transport;

use std::{path::PathBuf, process::ExitCode, sync::Arc};

use anyhow::{ensure, Result};
use clap::Parser;
use tokio::{
    signal::unix::{signal, SignalKind},
    sync::watch,
};

use crate::{chain::Chain, config::Config, log::log, metrics::Metrics};

/// Sign surfaces, post them, settle, rebalance: the work that a Smirk pool needs done.
#[derive(Parser)]
#[command(name = "smirk-keeper", version)]
struct Arguments {
    /// Configuration, TOML; docs/operating.md describes it.
    #[arg(long, value_name = "FILE")]
    config: PathBuf,
    /// Decide and say so, but send no transaction.
    #[arg(long)]
    dry_run: bool,
}

/// What the roles share.
pub struct Keeper {
    config: Config,
    chain: Chain,
    metrics: Metrics,
    is_dry: bool,
}

fn main() -> ExitCode {
    match start(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let text = log::without_secrets(&format!("{error:#}"));
            eprintln!("Error: {text}");
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: &Arguments) -> Result<()> {
    let config = Config::read(&arguments.config)?;
    log::hide(config.secrets());
    rustls::crypto::ring::default_provider()
        .install_default()
        .map_err(|_| anyhow::anyhow!("another TLS provider is installed"))?;
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?
        .block_on(run(config, arguments.dry_run))
}

/// Runs the configured roles until told to end; what is under way is finished first.
async fn run(config: Config, is_dry: bool) -> Result<()> {
    ensure!(
        config.signer.is_some() || config.operator.is_some(),
        "the configuration has neither [signer] nor [operator]"
    );
    let chain = Chain::connect(&config).await?;
    let keeper = Arc::new(Keeper {
        config,
        chain,
        metrics: Metrics::default(),
        is_dry,
    });
    // Before anything is under way, so that nothing of it is ever cut off.
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (stop, stopped) = watch::channel(false);
    let mut tasks = tokio::task::JoinSet::new();
    let signer = match &keeper.config.signer {
        Some(own) => Some(Arc::new(signer::Signer::new(own)?)),
        None => None,
    };
    if let Some(signer) = signer.clone() {
        tasks.spawn(signer::run(signer, keeper.clone(), stopped.clone()));
    }
    if let Some(own) = &keeper.config.operator {
        let operator = operator::Operator::new(own, signer.clone())?;
        tasks.spawn(operator::run(operator, keeper.clone(), stopped.clone()));
    }
    let address = serve::serve(keeper.clone(), signer, &mut tasks, stopped).await?;
    log!("start", "listening", address = address, dry = is_dry);
    let ended = tokio::select! {
        _ = interrupt.recv() => None,
        _ = terminate.recv() => None,
        ended = tasks.join_next() => ended,
    };
    log!("stop", "finishing what is under way");
    let _ = stop.send(true);
    while tasks.join_next().await.is_some() {}
    // No task ends by itself unless something is wrong.
    match ended {
        Some(ended) => ended?,
        None => Ok(()),
    }
}
