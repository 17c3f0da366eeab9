//! `smirk trade` against `smirk devnet`, both as processes: every command of docs/trading.md in its order, its answers compared with
//! what the chain says.

use std::{
    collections::BTreeMap,
    io::{BufReader, Write},
    net::TcpListener,
    path::Path,
    process::{Command, Output},
};

use alloy_primitives::{Address, I256, U256};
use alloy_sol_types::SolCall;
use serde_json::{json, Value};
use smirk_devnet_process::{answer, post, read_request, Devnet};
use smirk_world::abi::IPool;

/// 2026-12-18 12:00 UTC, as the page has it.
const START: u64 = 1_797_595_200;
/// 2026-12-25 08:00 UTC, the nearest expiry of a devnet that starts then.
const EXPIRY: u64 = 1_798_185_600;
const WAD: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);

alloy_sol_types::sol! {
    interface Around {
        function balanceOf(address holder) external view returns (uint256 amount);
        function push(int256 answer, uint256 startedAt, uint256 updatedAt) external returns (uint80 roundId);
    }
}

/// A trader on a devnet with a pool whose clock stands still.
struct Stage {
    devnet: Devnet,
}

impl Stage {
    fn start(name: &str) -> Stage {
        let book = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        Stage {
            devnet: Devnet::with_pool(&book, START, &[]),
        }
    }

    /// The account whose key the page has.
    fn trader(&self) -> Address {
        self.devnet.account(0)
    }

    fn view<C: SolCall>(&self, to: Address, call: &C) -> C::Return {
        self.devnet.rpc.view(to, call)
    }

    fn pool<C: SolCall>(&self, call: &C) -> C::Return {
        self.view(self.devnet.contract("pool"), call)
    }

    /// Quote tokens of the trader, atoms.
    fn cash(&self) -> U256 {
        let holder = self.trader();
        self.view(
            self.devnet.contract("quote"),
            &Around::balanceOfCall { holder },
        )
    }

    fn held(&self, id: U256) -> U256 {
        let owner_ = self.trader();
        self.pool(&IPool::balanceOf_1Call { owner_, id })
    }

    /// Moves past the nearest expiry and has the feed say a price.
    fn expire(&self, price: i64) {
        let rpc = &self.devnet.rpc;
        rpc.call("evm_increaseTime", json!([EXPIRY + 60 - START]));
        let at = U256::from(EXPIRY + 60);
        let push = Around::pushCall {
            answer: I256::try_from(price * 100_000_000).expect("a price"),
            startedAt: at,
            updatedAt: at,
        };
        rpc.send(self.devnet.account(1), self.devnet.contract("feed"), &push);
    }

    /// Runs `smirk trade` with the trader's key.
    fn run(&self, arguments: &[String]) -> Output {
        let key = self.devnet.account_key(0);
        self.run_with(arguments, &[("SMIRK_KEY", &key)])
    }

    fn run_with(&self, arguments: &[String], environment: &[(&str, &str)]) -> Output {
        Command::new(env!("CARGO_BIN_EXE_smirk"))
            .arg("trade")
            .args(arguments)
            .env_clear()
            .env("SMIRK_ADDRESSES", self.devnet.book_path())
            .envs(environment.iter().copied())
            .output()
            .expect("it runs")
    }

    /// The JSON that a command answers with.
    fn json(&self, arguments: &[String]) -> Value {
        let mut all = arguments.to_vec();
        all.push("--json".into());
        let output = self.run(&all);
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        serde_json::from_slice(&output.stdout).expect("JSON")
    }

    /// What a refused command says.
    fn refusal(&self, arguments: &[&str]) -> String {
        let output = self.run(
            &arguments
                .iter()
                .map(ToString::to_string)
                .collect::<Vec<_>>(),
        );
        assert!(!output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stderr).expect("text")
    }
}

/// A decimal text of the answer as an integer of so many decimals.
fn integer(value: &Value, decimals: usize) -> I256 {
    let text = value
        .as_str()
        .unwrap_or_else(|| panic!("{value} is no text"));
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    format!("{whole}{fraction:0<decimals$}")
        .parse()
        .expect("digits")
}

fn cash_of(value: &Value) -> I256 {
    integer(value, 6)
}

fn wad_of(value: &Value) -> I256 {
    integer(value, 18)
}

fn signed(value: U256) -> I256 {
    I256::try_from(value).expect("it fits")
}

fn id_of(expiry: u64, strike: u64, is_put: bool) -> U256 {
    let put = U256::from(u8::from(is_put)) << 192;
    (put | U256::from(expiry) << 128) + U256::from(strike) * WAD
}

/// Words of a line as a shell splits it, without what follows a `#`.
fn words(line: &str) -> Vec<String> {
    let line = line.split(" #").next().unwrap_or_default();
    let mut words = vec![String::new()];
    let mut quoted = false;
    for letter in line.trim().chars() {
        match letter {
            '"' => quoted = !quoted,
            ' ' if !quoted => words.push(String::new()),
            _ => words.last_mut().expect("one").push(letter),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

/// The commands of the trader's page, without `smirk trade`.
fn page_commands() -> Vec<Vec<String>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/trading.md");
    let text = std::fs::read_to_string(path).expect("the page");
    let lines = text
        .lines()
        .filter_map(|line| line.strip_prefix("smirk trade "));
    lines.map(words).collect()
}

#[test]
fn every_command_of_the_page_does_what_the_chain_says() {
    let stage = Stage::start("trade.page.json");
    let mut seen = BTreeMap::new();
    for command in page_commands() {
        let name = match command[0].as_str() {
            "account" => format!("account {}", command[1]),
            name => name.to_owned(),
        };
        let round = seen
            .entry(name.clone())
            .and_modify(|n| *n += 1)
            .or_insert(1);
        match name.as_str() {
            "chain" => check_chain(&stage, &command),
            "quote" => check_quote(&stage, &command),
            "buy" | "sell" | "order" => check_order(&stage, &command),
            "positions" => check_positions(&stage, &command, *round),
            "deposit" | "withdraw" => check_liquidity(&stage, &command),
            "account show" | "account deposit" | "account withdraw" => {
                check_account(&stage, &command);
            }
            "settle" => check_settle(&stage, &command),
            "claim" => check_claim(&stage, &command),
            other => panic!("the page has {other}, which nothing checks"),
        }
    }
    let expected = [
        "account deposit",
        "account show",
        "account withdraw",
        "buy",
        "chain",
        "claim",
        "deposit",
        "order",
        "positions",
        "quote",
        "sell",
        "settle",
        "withdraw",
    ];
    assert_eq!(seen.into_keys().collect::<Vec<_>>(), expected);
}

/// A command that changes nothing, for people too.
fn text(stage: &Stage, command: &[String]) -> String {
    let output = stage.run(command);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("text")
}

fn check_chain(stage: &Stage, command: &[String]) {
    let answer = stage.json(command);
    let expiry = answer["expiry"].as_u64().expect("seconds");
    let shown = text(stage, command);
    let others = shown
        .lines()
        .find_map(|line| line.strip_prefix("other expiries: "))
        .unwrap_or_else(|| panic!("{shown}"));
    let is_nearest = expiry == EXPIRY;
    assert_eq!(others.contains("2027-01-15"), is_nearest, "{shown}");
    assert_eq!(others.contains("2026-12-25"), !is_nearest, "{shown}");
    let size = wad_of(&answer["size"]).unsigned_abs();
    let rows = answer["strikes"].as_array().expect("rows");
    assert!(rows.len() >= 9, "{answer}");
    let mut quoted = 0;
    for row in rows {
        let strike = wad_of(&row["strike"]).unsigned_abs();
        let call = IPool::impliedVolCall {
            expiry: U256::from(expiry),
            strike,
        };
        assert_eq!(wad_of(&row["vol"]), signed(stage.pool(&call)));
        for (side, is_put) in [("call", false), ("put", true)] {
            let id = id_of(expiry, 0, is_put) | strike;
            if row[side]["ask"].is_null() {
                assert!(row[side]["askRefusal"].is_string(), "{row}");
                continue;
            }
            quoted += 1;
            let buy = stage.pool(&IPool::quoteBuyCall { id, size });
            let sell = stage.pool(&IPool::quoteSellCall { id, size });
            // Atoms per order to WAD per option.
            let scale = U256::from(10).pow(U256::from(12));
            let each = |total: U256| total * scale * WAD;
            assert_eq!(
                wad_of(&row[side]["ask"]),
                signed(each(buy.total).div_ceil(size))
            );
            assert_eq!(wad_of(&row[side]["bid"]), signed(each(sell.total) / size));
            assert_eq!(wad_of(&row[side]["mark"]), signed(buy.mark));
            assert_eq!(
                wad_of(&row[side]["delta"]),
                buy.delta * signed(WAD) / signed(size)
            );
            assert!(wad_of(&row[side]["bid"]) < wad_of(&row[side]["ask"]));
        }
    }
    assert!(
        quoted >= rows.len(),
        "{quoted} of {} quoted",
        2 * rows.len()
    );
    // A line above the columns, their titles, and the other expiries below.
    assert!(
        shown.contains("strike") && shown.lines().count() == rows.len() + 3,
        "{shown}"
    );
}

fn check_quote(stage: &Stage, command: &[String]) {
    let answer = stage.json(command);
    let legs: Vec<IPool::Leg> = answer["legs"]
        .as_array()
        .expect("legs")
        .iter()
        .map(|leg| IPool::Leg {
            id: leg["id"].as_str().expect("an id").parse().expect("hex"),
            size: wad_of(&leg["size"]),
        })
        .collect();
    let quoted = stage.pool(&IPool::quoteCall {
        legs,
        onAccount: false,
    });
    assert_eq!(cash_of(&answer["total"]), quoted.total);
    assert_eq!(cash_of(&answer["premium"]), quoted.premium);
    assert_eq!(cash_of(&answer["fee"]), signed(quoted.fee));
    assert_eq!(wad_of(&answer["delta"]), quoted.delta);
    let parts = ["spread", "surcharge", "capacity", "rent"].map(|part| cash_of(&answer[part]));
    assert_eq!(parts.into_iter().sum::<I256>(), signed(quoted.fee));
    assert!(text(stage, command).contains("at most"));
}

fn check_order(stage: &Stage, command: &[String]) {
    let on_account = command.contains(&"--on-account".to_owned());
    let owner = stage.trader();
    let account = || stage.pool(&IPool::accountCall { account_: owner }).quote;
    let (cash, quote) = (stage.cash(), account());
    let answer = stage.json(command);
    let filled = cash_of(&answer["filled"]);
    // Nothing else happened in between.
    assert_eq!(filled, cash_of(&answer["total"]), "{answer}");
    assert!(filled <= cash_of(&answer["limit"]));
    let transactions = answer["transactions"].as_array().expect("transactions");
    if on_account {
        assert_eq!(stage.cash(), cash);
        assert_eq!(account(), quote - filled);
    } else {
        assert_eq!(signed(cash) - signed(stage.cash()), filled);
    }
    let first = transactions[0]["what"].as_str().expect("text");
    if command.contains(&"--approve".to_owned()) {
        assert_eq!(transactions.len(), 2, "{answer}");
        assert!(first.starts_with("approved exactly"), "{first}");
    } else {
        assert_eq!(transactions.len(), 1, "{answer}");
        let is_paid = !on_account && filled.is_positive();
        assert_eq!(first.ends_with("with a permit"), is_paid, "{first}");
    }
    for transaction in transactions {
        let receipt = stage
            .devnet
            .rpc
            .call("eth_getTransactionReceipt", json!([transaction["hash"]]));
        assert_eq!(receipt["status"], "0x1");
    }
}

fn check_positions(stage: &Stage, command: &[String], round: i32) {
    let answer = stage.json(command);
    let positions = answer["positions"].as_array().expect("positions");
    // 2 - 0.5 - 1 calls of the nearest expiry, 1.5 puts, and a call of the next.
    let near = id_of(EXPIRY, 2_600, false);
    let sizes = [
        (near, "0.5"),
        (id_of(EXPIRY, 2_400, true), "1.5"),
        (id_of(EXPIRY + 21 * 86_400, 2_600, false), "1"),
    ];
    assert_eq!(positions.len(), sizes.len(), "{answer}");
    let mut cost = I256::ZERO;
    for (id, size) in sizes {
        let name = format!("{id:#x}");
        let position = positions.iter().find(|position| position["id"] == name);
        let position = position.unwrap_or_else(|| panic!("{name} in {answer}"));
        assert_eq!(position["size"], size);
        assert_eq!(wad_of(&position["size"]), signed(stage.held(id)));
        cost += cash_of(&position["cost"]) - cash_of(&position["realised"]);
        let expected = match (round, position["state"].as_str()) {
            (1, Some("open")) => {
                let size = stage.held(id);
                stage.pool(&IPool::quoteSellCall { id, size }).total
            }
            // 0.5 calls of 2600 at 2900; the put ends worthless.
            (2, Some("settled")) if id == near => U256::from(150_000_000),
            (2, Some("settled")) => U256::ZERO,
            (2, Some("open")) => {
                assert!(position["refusal"].is_string() || position["value"].is_string());
                continue;
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(cash_of(&position["value"]), signed(expected));
        let profit = signed(expected) - cash_of(&position["cost"]);
        assert_eq!(cash_of(&position["profit"]), profit);
    }
    if round == 1 {
        // What went out of the wallet is all in cost and what was realised.
        assert_eq!(
            cost,
            signed(U256::from(1_000_000_000_000u64)) - signed(stage.cash())
        );
    }
    assert!(text(stage, command).contains("profit"));
}

fn check_liquidity(stage: &Stage, command: &[String]) {
    let holder = stage.trader();
    let shares = || stage.pool(&IPool::balanceOf_0Call { holder });
    let (before, cash) = (shares(), stage.cash());
    let answer = stage.json(command);
    let (after, assets) = (shares(), cash_of(&answer["assets"]));
    assert_eq!(integer(&answer["held"], 9), signed(after));
    assert_eq!(
        integer(&answer["shares"], 9),
        signed(before.abs_diff(after))
    );
    assert_eq!(assets, signed(cash.abs_diff(stage.cash())));
    assert_eq!(after > before, command[0] == "deposit");
    if command[1] == "all" {
        assert!(
            after < before / U256::from(100),
            "{after} of {before} are left"
        );
    } else {
        assert_eq!(
            assets,
            command[1].parse::<I256>().expect("a number") * signed(U256::from(1_000_000))
        );
    }
}

fn check_account(stage: &Stage, command: &[String]) {
    let owner = stage.trader();
    let read = || stage.pool(&IPool::accountCall { account_: owner });
    let before = read().quote;
    let answer = stage.json(command);
    let state = read();
    assert_eq!(cash_of(&answer["quote"]), state.quote);
    assert_eq!(wad_of(&answer["value"]), state.value);
    assert_eq!(wad_of(&answer["initial"]), signed(state.initial));
    assert_eq!(wad_of(&answer["maintenance"]), signed(state.maintenance));
    assert_eq!(
        wad_of(&answer["liquidationUp"]),
        signed(state.liquidationUp)
    );
    assert_eq!(
        answer["legs"].as_array().expect("legs").len(),
        state.legs.len()
    );
    let amount =
        |text: &str| text.parse::<I256>().expect("a number") * signed(U256::from(1_000_000));
    match command[1].as_str() {
        "deposit" => assert_eq!(state.quote, before + amount(&command[2])),
        "withdraw" => assert_eq!(state.quote, before - amount(&command[2])),
        _ => {
            assert_eq!(state.legs.len(), 2, "the spread is written");
            assert!(text(stage, command).contains("2800 Call"));
        }
    }
}

fn check_settle(stage: &Stage, command: &[String]) {
    let early = stage.refusal(&["settle", "2026-12-25"]);
    assert!(
        early.contains("The options expire at 2026-12-25 08:00 UTC, in 6 d 20 h."),
        "{early}"
    );
    stage.expire(2_900);
    let answer = stage.json(command);
    let expiry = U256::from(EXPIRY);
    let state = stage.pool(&IPool::settlementCall { expiry });
    assert_eq!(state.price, U256::from(2_900) * WAD);
    assert_eq!(wad_of(&answer["price"]), signed(state.price));
    assert_eq!(cash_of(&answer["owed"]), signed(state.owed));
    let again = stage.refusal(&["settle", "2026-12-25"]);
    assert!(
        again.contains("The expiry 2026-12-25 08:00 UTC is settled already."),
        "{again}"
    );
}

fn check_claim(stage: &Stage, command: &[String]) {
    let cash = stage.cash();
    let answer = stage.json(command);
    assert_eq!(cash_of(&answer["total"]), signed(stage.cash() - cash));
    assert_eq!(cash_of(&answer["total"]), signed(U256::from(150_000_000)));
    for (strike, is_put) in [(2_600, false), (2_400, true)] {
        assert_eq!(stage.held(id_of(EXPIRY, strike, is_put)), U256::ZERO);
    }
    let nothing = stage.refusal(&["claim"]);
    assert!(nothing.contains("nothing to claim"), "{nothing}");
}

#[test]
fn what_the_pool_refuses_is_said_before_anything_is_sent() {
    let stage = Stage::start("trade.refusals.json");
    let nonce = || {
        stage
            .devnet
            .rpc
            .call("eth_getTransactionCount", json!([stage.trader(), "latest"]))
    };
    let before = nonce();
    let cases: [(&[&str], &str); 9] = [
        (
            &["buy", "2026-12-25 2601 C", "1"],
            "Strike 2601 is not a multiple of 25; nearest 2600.",
        ),
        (
            &["buy", "2026-12-26 2600 C", "1"],
            "The expiry 2026-12-26 08:00 UTC is not listed.",
        ),
        (
            &["buy", "2026-12-25 2600 C", "0.0001"],
            "is below the least size of 0.01.",
        ),
        (
            &["sell", "2026-12-25 2600 C", "1"],
            "has 0 options and needs 1 option.",
        ),
        (&["buy", "2026-12-25 2600 X", "1"], "is not a series"),
        (
            &["deposit", "2000000"],
            "this may take 2,000,000 USD and you have 1,000,000 USD",
        ),
        (
            &["withdraw", "5"],
            "is more than the 0 USD that you can take out now",
        ),
        (
            &["account", "withdraw", "5"],
            "The account has 0 USD and can't pay out 5 USD.",
        ),
        (
            &["order", "--on-account", "--leg", "-1:2026-12-25 2600 C"],
            "pay in more or open less.",
        ),
    ];
    for (arguments, sentence) in cases {
        let said = stage.refusal(arguments);
        assert!(said.contains(sentence), "{arguments:?}: {said}");
    }
    let unlisted = stage.refusal(&["chain", "2026-12-26"]);
    let sentence = "2026-12-26 is not listed; listed are 2026-12-25, ";
    assert!(unlisted.contains(sentence), "{unlisted}");
    // Where in the program a refusal arose is said to nobody, whatever the environment asks for.
    let arguments = ["chain", "2026-12-26"].map(str::to_owned);
    let output = stage.run_with(&arguments, &[("RUST_BACKTRACE", "1")]);
    assert_eq!(String::from_utf8(output.stderr).expect("text"), unlisted);
    assert_eq!(unlisted.lines().count(), 1, "{unlisted}");
    assert_eq!(nonce(), before, "nothing was sent");
    let arguments = ["buy", "2026-12-25 2601 C", "1", "--json"].map(str::to_owned);
    let output = stage.run(&arguments);
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(answer["refusal"], "StrikeOffGrid");
}

#[test]
fn keys_come_from_a_keystore_or_the_environment() {
    // The published test vector of the web3 secret storage definition.
    let keystore = json!({
        "crypto": {
            "cipher": "aes-128-ctr", "cipherparams": { "iv": "6087dab2f9fdbbfaddc31a909735c1e6" },
            "ciphertext": "5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",
            "kdf": "pbkdf2", "kdfparams": {
                "c": 262_144, "dklen": 32, "prf": "hmac-sha256",
                "salt": "ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"
            },
            "mac": "517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"
        },
        "id": "3198bc9c-6672-5ab3-d995-4942343ae5b6", "version": 3
    });
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("trade.keystore.json");
    std::fs::write(&file, keystore.to_string()).expect("written");
    let stage = Stage::start("trade.keys.json");
    let file = file.to_str().expect("a path");
    let arguments = ["positions", "--json", "--keystore", file].map(str::to_owned);
    let output = stage.run_with(&arguments, &[("SMIRK_PASSWORD", "testpassword")]);
    let answer: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        answer["account"],
        "0x008aeeda4d805471df9b2a5b0f38a0c3bcba786b"
    );
    let wrong = stage.run_with(&arguments, &[("SMIRK_PASSWORD", "wrong")]);
    assert!(
        String::from_utf8_lossy(&wrong.stderr).contains("can't be opened"),
        "{wrong:?}"
    );
    let none = stage.run_with(&["positions".to_owned()], &[]);
    assert!(
        String::from_utf8_lossy(&none.stderr).contains("a key is needed"),
        "{none:?}"
    );
    let bad = stage.run_with(&["positions".to_owned()], &[("SMIRK_KEY", "0x5ec2e7")]);
    let said = String::from_utf8_lossy(&bad.stderr);
    assert!(
        said.contains("holds no private key") && !said.contains("5ec2e7"),
        "{said}"
    );
    // Looking takes no key.
    assert!(stage.run_with(&["chain".to_owned()], &[]).status.success());
}

/// A node before another one that passes everything on, but for what is made of its answers, given each request. Returns its port.
fn before(node: &str, change: fn(&Value, &mut Value)) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("an address").port();
    let node = node.to_owned();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            let Some((_, body)) = read_request(&mut reader) else {
                continue;
            };
            let response = post(&node, &body);
            let request: Value = serde_json::from_slice(&body).expect("JSON");
            let mut said = serde_json::from_slice(answer(&response).1).expect("JSON");
            change(&request, &mut said);
            let text = said.to_string();
            let head = format!(
                "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
                text.len()
            );
            // Whoever asked may be gone.
            let _ = reader.get_mut().write_all((head + &text).as_bytes());
        }
    });
    port
}

/// A node that is not believed in its clock, its chain and what it has written: it would be, if this machine's own stood before it.
#[test]
fn a_lying_node_neither_moves_deadlines_nor_the_terminal() {
    let stage = Stage::start("trade.lies.json");
    let node = &stage.devnet.rpc.address;
    let steering = "\u{1b}]0;yours\u{7}USD\u{1b}[2K\r\nDone";
    let run = |host: &str, port: u16, more: &[&str]| {
        let url = format!("http://{host}:{port}");
        let first = ["buy", "2026-12-25 2600 C", "0.1", "--rpc", &url];
        let arguments = first.iter().chain(more).map(ToString::to_string);
        stage.run(&arguments.collect::<Vec<_>>())
    };
    let said = |output: &Output| {
        let text = [&output.stdout[..], &output.stderr[..]].concat();
        String::from_utf8(text).expect("text")
    };
    // A node of another machine, by its address, whose newest block is of the year 2099.
    let ahead = before(node, |request, answer| {
        if request["method"] == "eth_getBlockByNumber" {
            answer["result"]["timestamp"] = json!("0xf2efd400");
        }
    });
    let output = run("0.0.0.0", ahead, &[]);
    assert!(!output.status.success());
    assert!(
        said(&output).contains("ahead of this machine's clock"),
        "{output:?}"
    );
    let output = run("0.0.0.0", ahead, &["--any-clock"]);
    assert!(output.status.success(), "{output:?}");
    // Another chain than the book's, and than the one that is said.
    let other = before(node, |request, answer| {
        if request["method"] == "eth_chainId" {
            answer["result"] = json!("0xa4b1");
        }
    });
    let output = run("127.0.0.1", other, &[]);
    assert!(!output.status.success());
    assert!(said(&output).contains("serves chain 42161"), "{output:?}");
    let honest = before(node, |_, _| {});
    let output = run("127.0.0.1", honest, &["--chain-id", "42161"]);
    assert!(said(&output).contains("not 42161"), "{output:?}");
    // Symbols and errors that steer a terminal.
    let steers = before(node, |request, answer| {
        let steering = "\u{1b}]0;yours\u{7}USD\u{1b}[2K\r\nDone";
        let call = &request["params"][0];
        let data = call["input"]
            .as_str()
            .or(call["data"].as_str())
            .unwrap_or_default();
        if data.starts_with("0x95d89b41") {
            let text = alloy_sol_types::SolValue::abi_encode(&steering);
            answer["result"] = json!(alloy_primitives::hex::encode_prefixed(text));
        }
    });
    let output = run("127.0.0.1", steers, &[]);
    assert!(output.status.success(), "{output:?}");
    let text = said(&output);
    assert!(text.contains("USD"), "the symbol was shown: {text}");
    assert!(!text.contains(|letter: char| letter.is_control() && letter != '\n'));
    assert!(
        !text.contains(steering) && !text.contains("\nDone"),
        "{text}"
    );
    let refuses = before(node, |request, answer| {
        if request["method"] == "eth_call" {
            let message = "\u{1b}[31mno\u{9b}2J";
            *answer = json!({ "jsonrpc": "2.0", "id": answer["id"], "error": { "code": -32000, "message": message } });
        }
    });
    let output = run("127.0.0.1", refuses, &[]);
    let text = said(&output);
    assert!(
        !output.status.success() && text.contains("[31mno"),
        "{text}"
    );
    assert!(!text.contains(|letter: char| letter.is_control() && letter != '\n'));
}
