//! `smirk devnet --with-pool` as a process of its own, from nothing to its first answer.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{json, Value};

use crate::client::Client;
use crate::took::{Timer, Took};

/// A running devnet; ended when dropped.
pub struct Devnet {
    process: Child,
    folder: PathBuf,
    /// Where everything is.
    pub book: Value,
    /// From the start of the process to its first answer.
    pub took: Took,
}

impl Devnet {
    /// Starts one, on one core of the machine if `taskset` is there, and waits until it answers.
    pub fn start(program: &Path, core: Option<&str>) -> Self {
        let folder = std::env::temp_dir().join(format!("smirk-speed-{}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder");
        let addresses = folder.join("addresses.json");
        let mut command = match core {
            Some(core) => {
                let mut command = Command::new("taskset");
                command.args(["-c", core]).arg(program);
                command
            }
            None => Command::new(program),
        };
        command
            .args(["devnet", "--with-pool", "--frozen-clock", "--port", "0"])
            .arg("--addresses")
            .arg(&addresses);
        let timer = Timer::other();
        let mut process = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let timer = timer.of(process.id());
        let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let url = loop {
            let line = lines.next().expect("a line with the URL").expect("text");
            if let Some(url) = line.strip_prefix("Listening on ") {
                break url.to_owned();
            }
        };
        Client::connect(&url).call("eth_chainId", &json!([]));
        let took = timer.took();
        // The rest is read so that the process never waits for us.
        std::thread::spawn(move || lines.for_each(drop));
        let text = std::fs::read_to_string(&addresses).expect("the address book");
        Self {
            process,
            folder,
            book: serde_json::from_str(&text).expect("JSON"),
            took,
        }
    }
}

impl Drop for Devnet {
    fn drop(&mut self) {
        // It may have ended, and the folder may be gone.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Whether processes can be kept to one core here.
pub fn can_pin(core: &str) -> bool {
    let tried = Command::new("taskset").args(["-c", core, "true"]).status();
    tried.is_ok_and(|status| status.success())
}
