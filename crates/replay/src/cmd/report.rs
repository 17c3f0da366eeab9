//! `smirk report`: a saved replay in, its report out.

use std::path::PathBuf;

use anyhow::{ensure, Context, Result};
use clap::Args;

use crate::report::{page, Replay};

/// Write the report of a saved replay again.
///
/// `smirk demo --record FILE` saves everything that its report shows; this turns such a file into the report without
/// running a chain.
#[derive(Args)]
pub struct Report {
    /// The saved replay (JSON).
    #[arg(value_name = "RECORD")]
    record: PathBuf,
    /// The HTML file to write.
    #[arg(long, short, default_value = "report/index.html", value_name = "FILE")]
    output: PathBuf,
}

impl Report {
    /// Reads, draws and writes.
    pub fn run(self) -> Result<()> {
        let text = std::fs::read_to_string(&self.record)
            .with_context(|| format!("{}", self.record.display()))?;
        let replay: Replay = serde_json::from_str(&text)
            .with_context(|| format!("{} is no saved replay", self.record.display()))?;
        ensure!(
            replay.steps.len() >= 2 && !replay.frames.is_empty(),
            "{} holds no replay that could be drawn",
            self.record.display()
        );
        write_page(&replay, &self.output)
    }
}

/// Draws the report into `file`, whose folder is made if missing.
pub fn write_page(replay: &Replay, file: &std::path::Path) -> Result<()> {
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    }
    std::fs::write(file, page(replay)).with_context(|| format!("{}", file.display()))?;
    println!("report written to {}", file.display());
    Ok(())
}
