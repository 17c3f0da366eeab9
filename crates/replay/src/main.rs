//! `smirk-demo`: `smirk demo` as a program of its own.

use clap::Parser;
use smirk_replay::cmd::demo::Demo;

#[derive(Parser)]
#[command(name = "smirk-demo", version)]
struct Cli {
    #[command(flatten)]
    demo: Demo,
}

fn main() -> anyhow::Result<()> {
    Cli::parse().demo.run()
}
