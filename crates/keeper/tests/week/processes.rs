//! The devnet and keepers as processes of their own.

use std::{
    fs::File,
    io::{BufRead, BufReader, Write},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicUsize, Ordering},
    time::{Duration, Instant},
};

use alloy_primitives::{hex, Address, B256};
use alloy_signer_local::PrivateKeySigner;
use serde_json::Value;
use smirk_devnet_process::{answer, get, Devnet};

/// In which a machine of any speed comes to what is waited for: who is longer hangs.
pub const PATIENCE: Duration = Duration::from_secs(300);

/// A key for tests and its address.
pub fn key(number: u8) -> (String, Address) {
    let key = B256::repeat_byte(number);
    let address = PrivateKeySigner::from_bytes(&key).expect("a key").address();
    (hex::encode_prefixed(key), address)
}

/// Seconds between two looks of a keeper: as many of the chain's whatever the speed, two in a step.
fn interval() -> f64 {
    let speed = std::env::var("SMIRK_KEEPER_SPEED").ok();
    25.0 / speed.map_or(200.0, |text| text.parse::<f64>().expect("a number"))
}

/// A file of this process's own.
pub fn numbered(ending: &str) -> PathBuf {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("week.{number}.{ending}"))
}

/// A devnet with the pool, from a time on.
pub fn devnet(time: u64) -> Devnet {
    Devnet::with_pool(&numbered("addresses.json"), time, &[])
}

/// What a keeper does.
pub enum Role {
    /// Signs.
    Signer,
    /// Signs what a WebSocket says, as long as it does.
    Socket(String),
    /// Operates without signing, with more lines of configuration.
    Alone(String),
    /// Signs with the key of a keystore file, whose password it gets instead of a key.
    Keystore(PathBuf),
    /// Signs, and operates with the reports of others and more lines of configuration.
    Operator(Vec<String>, &'static str),
    /// The same, but sends nothing.
    Dry(Vec<String>),
}

/// A running keeper; ended when dropped.
pub struct Keeper {
    process: Child,
    address: String,
    log: PathBuf,
    signs: bool,
    operates: bool,
}

impl Keeper {
    /// Starts one with a key.
    pub fn start(pool: Address, rpc: &str, key: &str, market: &str, role: Role) -> Keeper {
        let every = interval();
        let mut text = format!("rpc = \"{rpc}\"\npool = \"{pool}\"\nlisten = \"127.0.0.1:0\"\n");
        if !matches!(role, Role::Alone(_)) {
            let first = match &role {
                Role::Socket(url) => {
                    format!("{{ kind = \"deribit-websocket\", url = \"{url}\" }}, ")
                }
                _ => String::new(),
            };
            let key = match &role {
                Role::Keystore(file) => {
                    format!("{{ keystore = {file:?}, password_env = \"SMIRK_KEY\" }}")
                }
                _ => "{ env = \"SMIRK_KEY\" }".to_owned(),
            };
            text += &format!(
                "\n[signer]\nkey = {key}\ncurrency = \"ETH\"\nevery = {every}\nkeep = 900\n\
                 sources = [{first}{{ kind = \"deribit\", url = \"{market}\" }}, {{ kind = \"okx\", url = \"{market}\" }}]\n"
            );
        }
        let is_dry = matches!(role, Role::Dry(_));
        let signs = !matches!(role, Role::Alone(_));
        let operator = match role {
            Role::Operator(signers, lines) => Some(format!("signers = {signers:?}\n{lines}")),
            Role::Dry(signers) => Some(format!("signers = {signers:?}\n")),
            Role::Alone(lines) => Some(lines),
            _ => None,
        };
        let operates = operator.is_some();
        if let Some(lines) = operator {
            text += &format!(
                "\n[operator]\nkey = {{ env = \"SMIRK_KEY\" }}\nevery = {every}\nreplace_after = 5.0\n{lines}"
            );
        }
        let mut command = Keeper::command(&text);
        command
            .args(is_dry.then_some("--dry-run"))
            .env("SMIRK_KEY", key);
        let mut keeper = Keeper::run(&mut command);
        (keeper.signs, keeper.operates) = (signs, operates);
        keeper
    }

    /// A keeper's command with a configuration.
    pub fn command(configuration: &str) -> Command {
        let config = numbered("toml");
        std::fs::write(&config, configuration).expect("written");
        let mut command = Command::new(env!("CARGO_BIN_EXE_smirk-keeper"));
        command.arg("--config").arg(config);
        command
    }

    /// Starts one that both signs and operates and waits until it listens.
    pub fn run(command: &mut Command) -> Keeper {
        let mut process = command.stdout(Stdio::piped()).spawn().expect("it starts");
        let log = numbered("log");
        let mut lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        let mut file = File::create(&log).expect("a log");
        let mut address = None;
        while address.is_none() {
            let line = lines
                .next()
                .expect("a line with the address")
                .expect("text");
            writeln!(file, "{line}").expect("written");
            let entry: Value = serde_json::from_str(&line).expect("JSON");
            address = entry["address"].as_str().map(str::to_owned);
        }
        std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                writeln!(file, "{line}").expect("written");
            }
        });
        Keeper {
            process,
            address: address.expect("read"),
            log,
            signs: true,
            operates: true,
        }
    }

    /// Whether it has looked at the chain as it was at a time or later, or waits for a block.
    pub fn follows(&self, time: u64) -> bool {
        let metrics = self.get("/metrics");
        let has_looked = |name: &str| metric(&metrics, name) >= time as f64;
        (!self.signs || has_looked("signer_looked_at_seconds"))
            && (!self.operates
                || has_looked("operator_looked_at_seconds")
                || metric(&metrics, "transactions_under_way") > 0.0)
    }

    /// Waits until it has attended to every duty anew.
    pub fn look_again(&self) {
        let looks = || metric(&self.get("/metrics"), "looks_total");
        // The one that is under way may have begun before.
        let (begun, enough) = (Instant::now(), looks() + 2.0);
        while looks() < enough {
            assert!(begun.elapsed() < PATIENCE, "no look: {}", self.log());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Most memory that it has had at a time, bytes.
    pub fn peak_memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.process.id());
        let text = std::fs::read_to_string(path).expect("it runs");
        let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kilobytes = peak.and_then(|text| text.trim().strip_suffix(" kB"));
        1_024 * kilobytes.expect("a size").parse::<u64>().expect("a number")
    }

    /// Where something of it is.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// The body that it answers.
    pub fn get(&self, path: &str) -> String {
        self.answer(path).1
    }

    /// What it has said so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(&self.log).expect("its log")
    }

    /// Status and body of an answer.
    pub fn answer(&self, path: &str) -> (u16, String) {
        let response = get(&self.address, path);
        let (status, body) = answer(response.as_bytes());
        (status, String::from_utf8_lossy(body).into_owned())
    }

    /// Tells it to end. A transaction under way is finished first, for which the chain has to go on.
    pub fn tell_to_end(&self) {
        let id = self.process.id().to_string();
        let told = Command::new("kill").args(["-TERM", &id]).status();
        assert!(told.expect("kill runs").success());
    }

    /// Tells it to end and has the chain go on until it has. Returns its code and its log.
    pub fn stop_while(mut self, goes_on: impl Fn()) -> (Option<i32>, String) {
        self.tell_to_end();
        let begun = Instant::now();
        while self.process.try_wait().expect("it can be asked").is_none() {
            assert!(begun.elapsed() < PATIENCE, "no end: {}", self.log());
            goes_on();
            std::thread::sleep(Duration::from_millis(20));
        }
        self.stop()
    }

    /// Tells it to end and waits until it has. Returns its code and its log.
    pub fn stop(mut self) -> (Option<i32>, String) {
        if self.process.try_wait().expect("it can be asked").is_none() {
            self.tell_to_end();
        }
        let code = self.process.wait().expect("it ends").code();
        (code, std::fs::read_to_string(&self.log).expect("its log"))
    }
}

/// A value among metrics, zero if it is not there.
fn metric(metrics: &str, name: &str) -> f64 {
    let start = format!("smirk_keeper_{name} ");
    let found = metrics.lines().find_map(|line| line.strip_prefix(&start));
    found.map_or(0.0, |text| text.parse().expect("a number"))
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
