//! `inkhorn` as a process: it starts, serves, saves, and ends as told.

#[path = "support/served.rs"]
mod served;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use serde_json::{json, Value};

use self::served::Served;

/// The command with these arguments, on a free port.
fn inkhorn(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_inkhorn"));
    command.args(["--port", "0"]).args(arguments);
    command
}

fn start(arguments: &[&str]) -> Served {
    Served::start(&mut inkhorn(arguments))
}

impl Served {
    /// The whole response to a GET.
    fn get(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).expect("a connection");
        let head = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        stream.write_all(head.as_bytes()).expect("sent");
        let mut response = String::new();
        stream.read_to_string(&mut response).expect("a response");
        response
    }

    /// Sends one wei from the first account to the second.
    fn transfer(&self) -> Value {
        let accounts = self.rpc("eth_accounts", json!([]));
        let transfer = json!({ "from": accounts[0], "to": accounts[1], "value": "0x1" });
        self.rpc("eth_sendTransaction", json!([transfer]))
    }

    /// Sends the process a signal and waits for its end.
    fn signal(mut self, name: &str) -> ExitStatus {
        let status = Command::new("kill")
            .args([&format!("-{name}"), &self.process.id().to_string()])
            .status();
        assert!(status.expect("kill runs").success());
        self.process.wait().expect("it ends")
    }
}

/// A path of this test's own.
fn path(name: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_file(&path);
    path
}

#[test]
fn it_ends_cleanly_when_told() {
    for signal in ["INT", "TERM"] {
        let devnet = start(&["--quiet"]);
        assert_eq!(devnet.rpc("net_version", json!([])), "412346");
        assert_eq!(devnet.signal(signal).code(), Some(0), "{signal}");
    }
}

#[test]
fn options_have_their_effect() {
    let book = path("options.json");
    let devnet = start(&[
        "--chain-id",
        "31337",
        "--accounts",
        "2",
        "--balance",
        "5",
        "--arbos",
        "51",
        "--timestamp",
        "1900000000",
        "--frozen-clock",
        "--addresses",
        book.to_str().unwrap(),
    ]);
    assert_eq!(devnet.rpc("eth_chainId", json!([])), "0x7a69");
    let book: Value = serde_json::from_slice(&std::fs::read(book).unwrap()).unwrap();
    assert_eq!(book["chainId"], 31_337);
    assert_eq!(book["rpcUrl"], format!("http://{}", devnet.address));
    assert_eq!(book["accounts"].as_array().unwrap().len(), 2);
    let factory = &book["contracts"]["create2Factory"];
    assert_eq!(factory, "0x4e59b44847b379578588920ca78fbf26c0b4956c");
    let code = devnet.rpc("eth_getCode", json!([factory, "latest"]));
    assert!(code.as_str().unwrap().len() > 100);
    let rich = &book["accounts"][0]["address"];
    assert_eq!(
        devnet.rpc("eth_getBalance", json!([rich, "latest"])),
        "0x4563918244f40000"
    );
    devnet.rpc("evm_mine", json!([]));
    let block = devnet.rpc("eth_getBlockByNumber", json!(["latest", false]));
    assert_eq!(block["timestamp"], "0x713fb300");
    // arbOSVersion() counts from 55.
    let version =
        json!([{ "to": "0x0000000000000000000000000000000000000064", "data": "0x051038f2" }]);
    let version = devnet.rpc("eth_call", version);
    assert!(version.as_str().unwrap().ends_with("6a"), "{version}");
}

#[test]
fn accounts_fee_and_mining_are_those_that_are_asked_for() {
    let words = "abandon abandon abandon abandon abandon abandon abandon abandon abandon  abandon abandon about";
    let arguments = [
        "--quiet",
        "--mnemonic",
        words,
        "--base-fee",
        "1000000000",
        "--no-mining",
    ];
    let devnet = start(&arguments);
    let accounts = devnet.rpc("eth_accounts", json!([]));
    assert_eq!(accounts[0], "0x9858effd232b4033e47d90003d41ec34ecaeda94");
    assert_eq!(devnet.rpc("eth_gasPrice", json!([])), "0x3b9aca00");
    devnet.transfer();
    assert_eq!(devnet.rpc("eth_blockNumber", json!([])), "0x0");
    devnet.rpc("evm_mine", json!([]));
    let block = devnet.rpc("eth_getBlockByNumber", json!(["latest", false]));
    assert_eq!(block["baseFeePerGas"], "0x3b9aca00");
    assert_eq!(block["transactions"].as_array().map(Vec::len), Some(1));
    let refused = refusal(&["--mnemonic", "test junk"]);
    assert!(refused.contains("12, 15, 18"), "{refused}");
}

#[test]
fn page_is_served_beside_the_node() {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("page");
    std::fs::create_dir_all(folder.join("assets")).unwrap();
    std::fs::write(folder.join("index.html"), "<p>page").unwrap();
    std::fs::write(folder.join("assets/a.js"), "1").unwrap();
    let devnet = start(&["--quiet", "--page", folder.to_str().unwrap()]);
    let index = devnet.get("/");
    assert!(index.starts_with("HTTP/1.1 200"), "{index}");
    assert!(index.contains("text/html") && index.ends_with("<p>page"));
    assert!(devnet.get("/assets/a.js").contains("immutable"));
    let configuration = devnet.get("/config.json");
    let (_, configuration) = configuration.split_once("\r\n\r\n").unwrap();
    let configuration: Value = serde_json::from_str(configuration).unwrap();
    assert_eq!(configuration["chainId"], 412_346);
    assert_eq!(configuration["rpcUrl"], "");
    for path in ["/no.html", "/../Cargo.toml", "/assets/../index.html", "//"] {
        assert!(devnet.get(path).starts_with("HTTP/1.1 404"), "{path}");
    }
    assert_eq!(devnet.rpc("net_version", json!([])), "412346");
    let missing = refusal(&["--page", folder.join("assets").to_str().unwrap()]);
    assert!(missing.contains("has no index.html"), "{missing}");
}

#[test]
fn state_survives_the_end() {
    let state = path("ended.json");
    let arguments = ["--quiet", "--state", state.to_str().unwrap()];
    let devnet = start(&arguments);
    let hash = devnet.transfer();
    let receipt = devnet.rpc("eth_getTransactionReceipt", json!([hash]));
    assert_eq!(devnet.signal("TERM").code(), Some(0));
    let devnet = start(&arguments);
    assert_eq!(
        devnet.rpc("eth_getTransactionReceipt", json!([hash])),
        receipt
    );
    assert_eq!(devnet.rpc("eth_blockNumber", json!([])), "0x1");
}

#[test]
fn state_that_was_saved_survives_a_kill() {
    let state = path("killed.json");
    let arguments = [
        "--quiet",
        "--save-every",
        "1",
        "--state",
        state.to_str().unwrap(),
    ];
    let devnet = start(&arguments);
    let hash = devnet.transfer();
    let saved = |hash: &Value| {
        let text = std::fs::read_to_string(&state).unwrap_or_default();
        text.contains(hash.as_str().unwrap())
    };
    let begun = Instant::now();
    while !saved(&hash) {
        assert!(begun.elapsed() < Duration::from_secs(300), "never saved");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(devnet.signal("KILL").code(), None);
    let devnet = start(&arguments);
    let receipt = devnet.rpc("eth_getTransactionReceipt", json!([hash]));
    assert_eq!(receipt["status"], "0x1");
    assert_ne!(devnet.transfer(), hash);
}

#[test]
fn damaged_state_is_not_started_from() {
    let state = path("damaged.json");
    std::fs::write(&state, "{\"addressBook\":").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_inkhorn"))
        .args(["--port", "0", "--state", state.to_str().unwrap()])
        .output()
        .unwrap();
    assert!(!output.status.success());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("is no state of a devnet"), "{error}");
}

/// What a devnet that does not start says about it.
fn refusal(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_inkhorn"))
        .args(["--port", "0", "--quiet"])
        .args(arguments)
        // As many who write Rust have it.
        .env("RUST_BACKTRACE", "1")
        .output()
        .unwrap();
    assert!(!output.status.success());
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!error.contains("backtrace"), "{error}");
    error
}

#[test]
fn state_belongs_to_one_devnet_at_a_time() {
    let state = path("shared.json");
    let arguments = ["--state", state.to_str().unwrap()];
    let devnet = start(&arguments);
    let error = refusal(&arguments);
    assert!(error.contains("another devnet"), "{error}");
    assert_eq!(devnet.signal("TERM").code(), Some(0));
    let devnet = start(&arguments);
    assert_eq!(devnet.rpc("eth_blockNumber", json!([])), "0x0");
}

#[test]
fn place_that_takes_no_state_is_refused_at_the_start() {
    let state = path("nowhere").join("state.json");
    let error = refusal(&["--state", state.to_str().unwrap()]);
    assert!(error.contains("nowhere"), "{error}");
    // A directory stands where the file should.
    let state = path("taken.json");
    std::fs::create_dir_all(state.join("within")).unwrap();
    let error = refusal(&["--state", state.to_str().unwrap()]);
    assert!(error.contains("taken.json"), "{error}");
}

#[test]
fn half_a_request_does_not_keep_the_state_from_being_saved() {
    let state = path("half.json");
    let arguments = ["--quiet", "--state", state.to_str().unwrap()];
    let devnet = start(&arguments);
    let mut client = TcpStream::connect(&devnet.address).unwrap();
    client.write_all(b"POST / HTTP/1.1\r\nhost: ").unwrap();
    devnet.transfer();
    assert_eq!(devnet.signal("INT").code(), Some(0));
    let devnet = start(&arguments);
    assert_eq!(devnet.rpc("eth_blockNumber", json!([])), "0x1");
}

#[test]
fn anyone_may_own_a_development_chain_and_nobody_one_with_production_rules() {
    let arb_debug = "0x00000000000000000000000000000000000000ff";
    let arb_owner_public = "0x000000000000000000000000000000000000006b";
    for (arguments, status, owns) in [
        (&["--quiet"][..], "0x1", 1),
        (&["--quiet", "--production"], "0x0", 0),
    ] {
        let devnet = start(arguments);
        let account = devnet.rpc("eth_accounts", json!([]))[0].clone();
        // becomeChainOwner()
        let claim =
            json!([{ "from": account, "to": arb_debug, "data": "0x0e5bbc11", "gas": "0x30d40" }]);
        let hash = devnet.rpc("eth_sendTransaction", claim);
        let receipt = devnet.rpc("eth_getTransactionReceipt", json!([hash]));
        assert_eq!(receipt["status"], status, "{arguments:?}");
        // isChainOwner(address)
        let padded = account.as_str().expect("an address").replace("0x", "");
        let data = format!("0x26ef7f68{padded:0>64}");
        let asked = json!([{ "to": arb_owner_public, "data": data }]);
        let answer = devnet.rpc("eth_call", asked);
        assert_eq!(answer, format!("0x{owns:064x}"), "{arguments:?}");
    }
}

#[test]
fn a_live_chain_is_forked_and_gone_on_from_in_a_file() {
    let other = start(&["--quiet", "--chain-id", "777", "--frozen-clock"]);
    let somebody = "0x4242424242424242424242424242424242424242";
    other.rpc("anvil_setBalance", json!([somebody, "0x1234"]));
    other.transfer();
    let url = format!("http://{}", other.address);
    let (file, cache) = (path("fork.json"), path("fork-cache"));
    let (file, cache) = (file.to_str().unwrap(), cache.to_str().unwrap());
    let forked = [
        "--quiet",
        "--fork-url",
        &url,
        "--state",
        file,
        "--fork-cache",
        cache,
    ];
    let fork = start(&forked);
    assert_eq!(fork.rpc("eth_chainId", json!([])), "0x309");
    assert_eq!(fork.rpc("eth_blockNumber", json!([])), "0x1");
    let balance = json!([somebody, "latest"]);
    assert_eq!(fork.rpc("eth_getBalance", balance.clone()), "0x1234");
    fork.transfer();
    fork.rpc("anvil_setBalance", json!([somebody, "0x99"]));
    assert_eq!(fork.signal("INT").code(), Some(0));
    // The other chain goes on; the fork does so from where it was.
    other.transfer();
    let again = start(&forked);
    assert_eq!(again.rpc("eth_blockNumber", json!([])), "0x2");
    assert_eq!(again.rpc("eth_getBalance", balance.clone()), "0x99");
    let info = again.rpc("anvil_nodeInfo", json!([]));
    assert_eq!(info["forkConfig"]["forkBlockNumber"], 1);
    again.signal("INT");
    assert_eq!(other.rpc("eth_getBalance", balance), "0x1234");
    let reason = |arguments: &[&str]| {
        let output = inkhorn(arguments).output().expect("it runs");
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    assert!(reason(&["--state", file]).contains("say --fork-url"));
    let plain = path("plain.json");
    let plain = plain.to_str().unwrap();
    start(&["--quiet", "--state", plain]).signal("INT");
    assert!(reason(&["--state", plain, "--fork-url", &url]).contains("leave out --fork-url"));
    assert!(reason(&["--fork-url", &url, "--arbos", "60"]).contains("runs ArbOS 61"));
    assert!(reason(&["--fork-url", &url, "--fork-block-number", "99"]).contains("no block"));
    assert!(
        reason(&["--fork-url", "http://127.0.0.1:1", "--fork-retries", "0"]).contains("tried once")
    );
    assert!(reason(&["--fork-block-number", "1"]).contains("--fork-url"));
    assert!(reason(&["--fork-url", &url, "--timestamp", "1"]).contains("cannot be used with"));
}

#[test]
fn what_a_contract_logs_is_printed_also_where_its_estimate_fails() {
    let log = path("said.txt");
    let said = std::fs::File::create(&log).expect("a file");
    let devnet = Served::start(inkhorn(&["--quiet"]).stderr(said));
    let contract = "0x00000000000000000000000000000000000000aa";
    // Calls console.log(uint256) with 7, then reverts.
    let code = "0x63f82c50f15f52600760205260205f6024601c6a636f6e736f6c652e6c6f675afa505f5ffd";
    devnet.rpc("anvil_setCode", json!([contract, code]));
    let failed = devnet.ask("eth_estimateGas", json!([{ "to": contract }]));
    assert_eq!(failed["error"]["code"], 3);
    let said = std::fs::read_to_string(&log).expect("text");
    assert_eq!(
        said.trim().to_lowercase(),
        format!("{contract} says in a call: 7")
    );
}
