//! The `smirk` command line: fits surfaces to market data, builds market folders, replays them on the embedded
//! chain, serves that chain as a node.

mod cmd;
mod devnet;
mod live;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use smirk_replay::cmd::{demo, fit, market, report};

/// Smirk, an options AMM for Arbitrum Stylus: tools that work on market data and on the embedded chain.
#[derive(Parser)]
#[command(name = "smirk", version, about)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Fit(fit::Fit),
    Market(market::Market),
    Demo(demo::Demo),
    Report(report::Report),
    Devnet(cmd::devnet::Devnet),
    Keeper(cmd::keeper::Keeper),
    Trade(cmd::trade::Trade),
}

fn main() -> ExitCode {
    inkhorn::exit_code(run(Cli::parse().command))
}

fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Fit(command) => command.run(),
        Command::Market(command) => command.run(),
        Command::Demo(command) => command.run(),
        Command::Report(command) => command.run(),
        Command::Devnet(command) => command.run(),
        Command::Keeper(command) => command.run(),
        Command::Trade(command) => command.run(),
    }
}
