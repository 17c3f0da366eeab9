//! `smirk keeper`: the keeper, which is a program of its own beside this one, without the embedded chain.

use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{Context, Result};
use clap::Args;

/// Sign surfaces, post them, settle, rebalance: runs smirk-keeper, which lies beside this program.
#[derive(Args)]
pub struct Keeper {
    /// Its arguments: --config FILE, --dry-run.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    arguments: Vec<String>,
}

impl Keeper {
    /// Becomes the keeper.
    pub fn run(self) -> Result<()> {
        let program = std::env::current_exe()?.with_file_name("smirk-keeper");
        let error = Command::new(&program).args(self.arguments).exec();
        Err(error).with_context(|| format!("{} can't be run", program.display()))
    }
}
