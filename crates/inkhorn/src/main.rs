//! The `inkhorn` command.

use std::process::ExitCode;

use clap::Parser;
use inkhorn::Options;

/// A development chain for Arbitrum Stylus: JSON-RPC over HTTP and WebSocket on one port.
///
/// It runs Solidity and Stylus contracts by Nitro's rules, in this process, with funded accounts (those of Foundry's and
/// Hardhat's mnemonic, and Nitro's development account) and the contracts that cargo stylus looks for. Any Ethereum client
/// connects to it: viem, ethers, alloy, web3.py, cast, cargo stylus. Ctrl-C ends it.
#[derive(Parser)]
#[command(name = "inkhorn", version, about)]
struct Inkhorn {
    #[command(flatten)]
    options: Options,
}

fn main() -> ExitCode {
    inkhorn::exit_code(Inkhorn::parse().options.run(inkhorn::nothing_more))
}
