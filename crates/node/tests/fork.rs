//! A node that goes on from another one's chain, which it reads over HTTP.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alloy_primitives::{keccak256, Address, Bytes, U256};
use inkhorn_chain::deployment_code;
use inkhorn_node::{
    CacheChoice, Clock, DevAccount, Fork, ForkOptions, Forking, Node, NodeOptions, Patience,
    Preparation, ServerLimits,
};
use serde_json::{json, Value};

use crate::calls::stylus_code;
use crate::support::{contract, ether, http, number, parse, word, Served, START};

const ARB_WASM: &str = "0x0000000000000000000000000000000000000071";

/// Stands between a fork and the chain that it reads: counts the requests, and may leave them unanswered.
struct Between {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
    is_gone: Arc<AtomicBool>,
    /// Requests that are still to be refused as too many.
    busy: Arc<AtomicUsize>,
    seen: Arc<Mutex<Vec<String>>>,
    /// What is said in the place of something else.
    lie: Arc<Mutex<Option<(String, String)>>>,
}

impl Between {
    fn new(node: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let between = Self {
            address: listener.local_addr().expect("an address"),
            requests: Arc::default(),
            is_gone: Arc::default(),
            busy: Arc::default(),
            seen: Arc::default(),
            lie: Arc::default(),
        };
        let (requests, is_gone) = (Arc::clone(&between.requests), Arc::clone(&between.is_gone));
        let (busy, seen) = (Arc::clone(&between.busy), Arc::clone(&between.seen));
        let lie = Arc::clone(&between.lie);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (head, body) = read_request(&stream);
                if body.is_empty() || is_gone.load(Ordering::Relaxed) {
                    continue;
                }
                seen.lock().unwrap().push(head);
                requests.fetch_add(1, Ordering::Relaxed);
                let is_busy = busy
                    .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| {
                        left.checked_sub(1)
                    })
                    .is_ok();
                let (status, answer) = match is_busy {
                    true => (429, String::new()),
                    false => http::post(node, &body),
                };
                let answer = match &*lie.lock().unwrap() {
                    Some((truth, lie)) => answer.replace(truth, lie),
                    None => answer,
                };
                let mut stream = stream;
                let _ = write!(
                    stream,
                    "HTTP/1.1 {status} -\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{answer}",
                    answer.len()
                );
            }
        });
        between
    }

    fn url(&self) -> String {
        format!("http://{}/secret-key", self.address)
    }

    fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    fn set_gone(&self, is_gone: bool) {
        self.is_gone.store(is_gone, Ordering::Relaxed);
    }
}

/// Head and body of a request.
fn read_request(mut stream: &TcpStream) -> (String, Vec<u8>) {
    let mut bytes = Vec::new();
    let mut byte = [0];
    while !bytes.ends_with(b"\r\n\r\n") {
        match stream.read(&mut byte) {
            Ok(1) => bytes.push(byte[0]),
            _ => return Default::default(),
        }
    }
    let head = String::from_utf8_lossy(&bytes).to_lowercase();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .and_then(|length| length.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    match stream.read_exact(&mut body) {
        Ok(()) => (head, body),
        Err(_) => Default::default(),
    }
}

fn impatient() -> Patience {
    Patience {
        retries: 2,
        pause: Duration::from_millis(1),
        timeout: Duration::from_secs(20),
    }
}

fn options(url: impl Into<String>) -> ForkOptions {
    ForkOptions {
        url: url.into(),
        patience: impatient(),
        ..ForkOptions::default()
    }
}

fn node_options() -> NodeOptions {
    let accounts = DevAccount::from_mnemonic(3);
    let rich: Vec<Address> = accounts.iter().map(|own| own.address).collect();
    NodeOptions {
        accounts,
        clock: Clock::frozen(START),
        forking: Forking {
            patience: impatient(),
            prepare: Preparation::new(move |chain| {
                rich.iter().for_each(|who| chain.fund(*who, ether(500)));
            }),
            ..Forking::default()
        },
        ..NodeOptions::default()
    }
}

fn forked(options: ForkOptions) -> Served {
    let fork = Fork::connect(options).expect("a chain to fork");
    let node = Node::forked(fork, node_options()).expect("a fork");
    Served::serve(Arc::new(node), ServerLimits::default())
}

fn url(node: &Served) -> String {
    format!("http://{}", node.address())
}

/// Deploys the echo program and activates it.
fn echo(node: &Served) -> Address {
    let receipt = node.send(json!({
        "from": node.accounts[0], "data": deployment_code(&stylus_code()),
    }));
    let program: Address = parse(&receipt["contractAddress"]);
    let selector = &keccak256("activateProgram(address)")[..4];
    let data: Bytes = [selector, program.into_word().as_slice()].concat().into();
    let receipt = node.send(json!({
        "from": node.accounts[0], "to": ARB_WASM, "data": data, "value": "0xde0b6b3a7640000",
    }));
    assert_eq!(receipt["status"], "0x1");
    program
}

fn call(node: &Served, to: Address, data: &str) -> Value {
    node.rpc("eth_call", json!([{ "to": to, "data": data }, "latest"]))
}

/// Ink that each host function of a call took.
fn ink(node: &Served, to: Address) -> Value {
    let call = json!({ "to": to, "data": "0x010203" });
    let trace = node.rpc(
        "debug_traceCall",
        json!([call, "latest", { "tracer": "stylusTracer" }]),
    );
    assert!(!trace.as_array().expect("a list").is_empty());
    trace
}

fn balance(node: &Served, who: Address) -> U256 {
    parse(&node.rpc("eth_getBalance", json!([who, "latest"])))
}

#[test]
fn contracts_and_programs_of_the_other_chain_are_called_here() {
    let other = Served::new();
    let (counter, program) = (other.deploy(), echo(&other));
    other.send(json!({ "from": other.accounts[0], "to": counter }));
    let stranger = Address::repeat_byte(0x44);
    other.rpc("anvil_setBalance", json!([stranger, "0x1234"]));
    let fork = forked(options(url(&other)));
    assert_eq!(
        fork.rpc("eth_chainId", json!([])),
        other.rpc("eth_chainId", json!([]))
    );
    assert_eq!(balance(&fork, stranger), U256::from(0x1234));
    assert_eq!(balance(&fork, fork.accounts[0]), ether(500));
    assert_eq!(call(&fork, program, "0x010203"), "0x010203");
    assert_eq!(ink(&fork, program), ink(&other, program));
    let called = json!([{ "to": program, "data": "0x010203" }]);
    let gas = fork.rpc("eth_estimateGas", called.clone());
    assert_eq!(gas, other.rpc("eth_estimateGas", called));
    // Written here, and here alone.
    let receipt = fork.send(json!({ "from": fork.accounts[0], "to": counter }));
    assert_eq!(receipt["status"], "0x1");
    assert_eq!(receipt["logs"][0]["address"], json!(counter));
    let slot = json!([counter, "0x0", "latest"]);
    assert_eq!(fork.rpc("eth_getStorageAt", slot.clone()), json!(word(2)));
    assert_eq!(other.rpc("eth_getStorageAt", slot.clone()), json!(word(1)));
    // What the other chain does after the fork is its own.
    other.send(json!({ "from": other.accounts[0], "to": counter }));
    other.rpc("anvil_setStorageAt", json!([counter, word(9), word(7)]));
    assert_eq!(fork.rpc("eth_getStorageAt", slot), json!(word(2)));
}

#[test]
fn what_was_before_the_fork_is_the_other_chains_answer() {
    let other = Served::new();
    let counter = other.deploy();
    for _ in 0..3 {
        other.send(json!({ "from": other.accounts[0], "to": counter }));
    }
    let tip = other.number("eth_blockNumber", json!([]));
    let fork = forked(ForkOptions {
        block_number: Some(tip - 1),
        ..options(url(&other))
    });
    let head = format!("{:#x}", tip - 1);
    assert_eq!(fork.rpc("eth_blockNumber", json!([])), json!(head));
    let block = other.rpc("eth_getBlockByNumber", json!([head, true]));
    let hash = block["hash"].clone();
    for tag in [json!(head), json!("latest"), json!("pending")] {
        assert_eq!(fork.rpc("eth_getBlockByNumber", json!([tag, true])), block);
    }
    let earlier = other.rpc("eth_getBlockByNumber", json!(["0x1", false]));
    let sent = block["transactions"][0]["hash"].clone();
    let same = [
        ("eth_getBlockByNumber", json!(["earliest", false])),
        ("eth_getBlockByNumber", json!(["0x1", true])),
        ("eth_getBlockByHash", json!([hash, true])),
        ("eth_getBlockByHash", json!([earlier["hash"], false])),
        ("eth_getBlockReceipts", json!([head])),
        ("eth_getBlockTransactionCountByNumber", json!(["0x1"])),
        (
            "eth_getTransactionByBlockHashAndIndex",
            json!([hash, "0x0"]),
        ),
        ("eth_getTransactionByHash", json!([sent])),
        ("eth_getRawTransactionByHash", json!([sent])),
        ("eth_getTransactionReceipt", json!([sent])),
        (
            "debug_traceTransaction",
            json!([sent, { "tracer": "callTracer" }]),
        ),
        ("eth_getStorageAt", json!([counter, "0x0", "0x2"])),
        (
            "eth_getStorageAt",
            json!([counter, "0x0", { "blockHash": earlier["hash"] }]),
        ),
        ("eth_getTransactionCount", json!([other.accounts[0], "0x2"])),
        (
            "eth_call",
            json!([{ "to": counter, "data": "0x000000" }, "0x2"]),
        ),
        ("eth_getProof", json!([counter, ["0x0"], "0x2"])),
        ("eth_feeHistory", json!(["0x2", "0x2", []])),
        ("eth_getBlockByNumber", json!([1, true])),
        (
            "eth_getStorageValues",
            json!([{ counter.to_string(): ["0x0"] }, 2]),
        ),
        (
            "eth_simulateV1",
            json!([{ "blockStateCalls": [{}] }, "0x2"]),
        ),
        (
            "eth_getLogs",
            json!([{ "fromBlock": "0x0", "toBlock": head }]),
        ),
        ("eth_getLogs", json!([{ "blockHash": hash }])),
    ];
    for (method, params) in same {
        let answer = fork.rpc(method, params.clone());
        assert_eq!(
            answer,
            other.rpc(method, params.clone()),
            "{method} {params}"
        );
        assert!(!answer.is_null(), "{method} {params}");
    }
    // What came after the fork did not happen here.
    let later = other.rpc("eth_getBlockByNumber", json!(["latest", true]));
    let unknown = [
        ("eth_getBlockByNumber", json!([format!("{tip:#x}"), false])),
        ("eth_getBlockByHash", json!([later["hash"], false])),
        (
            "eth_getTransactionByHash",
            json!([later["transactions"][0]["hash"]]),
        ),
        (
            "eth_getTransactionReceipt",
            json!([later["transactions"][0]["hash"]]),
        ),
        (
            "eth_getRawTransactionByHash",
            json!([later["transactions"][0]["hash"]]),
        ),
    ];
    for (method, params) in unknown {
        assert_eq!(fork.rpc(method, params), Value::Null, "{method}");
    }
    let refused = fork.refused("eth_getLogs", json!([{ "blockHash": later["hash"] }]));
    assert_eq!(refused.message, "unknown block");
    // A revert is passed on with its data.
    let reverted = json!([{ "to": counter, "data": "0x00" }, "0x2"]);
    let refused = fork.refused("eth_call", reverted.clone());
    assert_eq!(refused, other.refused("eth_call", reverted));
    assert_eq!((refused.code, refused.data), (3, json!("0xdeadbeef")));
}

#[test]
fn blocks_after_the_fork_follow_on_the_other_chains() {
    let other = Served::new();
    let counter = other.deploy();
    other.send(json!({ "from": other.accounts[0], "to": counter }));
    let fork = forked(options(url(&other)));
    let parent = fork.rpc("eth_getBlockByNumber", json!(["latest", false]));
    let receipt = fork.send(json!({ "from": fork.accounts[0], "to": counter }));
    let block = fork.rpc("eth_getBlockByNumber", json!(["latest", true]));
    assert_eq!(block["parentHash"], parent["hash"]);
    assert_eq!(number(&block["number"]), number(&parent["number"]) + 1);
    assert_eq!(number(&receipt["blockNumber"]), number(&block["number"]));
    // There is no root of a state that nobody knows as a whole, and so nothing is proved against one.
    assert_eq!(block["stateRoot"], json!(word(0)));
    let refused = fork.refused("eth_getProof", json!([counter, [], "latest"]));
    assert_eq!(refused.code, -32_004);
    assert!(refused.message.contains("fork"), "{}", refused.message);
    // Logs of both sides in one query, and through a filter.
    let wanted = json!([{ "fromBlock": "0x0", "address": counter }]);
    let logs = fork.rpc("eth_getLogs", wanted.clone());
    let counts: Vec<u64> = (0..2).map(|at| number(&logs[at]["data"])).collect();
    assert_eq!(
        (counts, logs.as_array().map(Vec::len)),
        (vec![1, 2], Some(2))
    );
    let filter = fork.rpc("eth_newFilter", wanted);
    assert_eq!(fork.rpc("eth_getFilterLogs", json!([filter])), logs);
    let history = fork.rpc("eth_feeHistory", json!(["0xa", "latest", []]));
    assert_eq!(history["oldestBlock"], parent["number"]);
    // Going back ends at the fork.
    let refused = fork.refused("anvil_rollback", json!([2]));
    assert!(
        refused.message.contains("can't be taken back"),
        "{}",
        refused.message
    );
    fork.rpc("anvil_rollback", json!([1]));
    assert_eq!(
        fork.rpc("eth_getBlockByNumber", json!(["latest", false])),
        parent
    );
}

#[test]
fn a_chain_that_fails_for_a_while_is_asked_again() {
    let other = Served::new();
    let counter = other.deploy();
    let between = Between::new(other.address());
    let fork = forked(ForkOptions {
        headers: vec![("x-key".to_owned(), "value".to_owned())],
        ..options(between.url())
    });
    let before = between.requests();
    between.busy.store(2, Ordering::Relaxed);
    assert_eq!(call(&fork, counter, "0x000000"), json!(word(0)));
    assert_eq!(
        between.busy.load(Ordering::Relaxed),
        0,
        "it was refused twice"
    );
    assert!(between.requests() >= before + 4);
    let seen = between.seen.lock().unwrap();
    assert!(seen.iter().all(|head| head.contains("x-key: value")));
}

#[test]
fn a_request_that_needs_a_chain_that_is_gone_changes_nothing() {
    let other = Served::new();
    let counter = other.deploy();
    let stranger = Address::repeat_byte(0x45);
    other.rpc("anvil_setBalance", json!([stranger, "0x64"]));
    let between = Between::new(other.address());
    let fork = forked(options(between.url()));
    between.set_gone(true);
    let poke = json!([{ "from": fork.accounts[0], "to": counter, "gas": "0x30d40" }]);
    let needy = [
        ("eth_getBalance", json!([stranger, "latest"])),
        (
            "eth_call",
            json!([{ "to": counter, "data": "0x000000" }, "latest"]),
        ),
        ("eth_estimateGas", poke.clone()),
        ("debug_traceCall", json!([poke[0], "latest"])),
        ("eth_sendTransaction", poke.clone()),
        ("anvil_addBalance", json!([stranger, "0x1"])),
        ("anvil_setNonce", json!([stranger, "0x7"])),
        ("anvil_setCode", json!([stranger, "0x00"])),
        ("anvil_setStorageAt", json!([stranger, "0x0", word(1)])),
        ("eth_getBlockByNumber", json!(["0x0", false])),
        ("eth_getLogs", json!([{ "fromBlock": "0x0" }])),
    ];
    let before = fork.rpc("eth_blockNumber", json!([]));
    for (method, params) in needy {
        let failure = fork.refused(method, params);
        assert_eq!(failure.code, -32_000, "{method}: {failure:?}");
        let message = failure.message;
        assert!(
            message.contains("the forked chain can't be read"),
            "{method}: {message}"
        );
        assert!(message.contains("3 times"), "{method}: {message}");
        assert!(!message.contains("secret-key"), "{method}: {message}");
    }
    assert_eq!(fork.rpc("eth_blockNumber", json!([])), before);
    assert_eq!(
        fork.rpc("txpool_status", json!([])),
        json!({ "pending": "0x0", "queued": "0x0" })
    );
    // What waits stays when a block for it can't be made.
    fork.rpc("evm_setAutomine", json!([false]));
    fork.rpc("eth_sendTransaction", poke);
    assert!(fork
        .refused("evm_mine", json!([]))
        .message
        .contains("can't be read"));
    let failure = fork.refused("evm_setAutomine", json!([true]));
    assert!(failure.message.contains("can't be read"), "{failure:?}");
    assert_eq!(fork.rpc("anvil_getAutomine", json!([])), false);
    assert_eq!(fork.rpc("txpool_status", json!([]))["pending"], "0x1");
    assert_eq!(fork.rpc("eth_blockNumber", json!([])), before);
    between.set_gone(false);
    fork.rpc("evm_mine", json!([]));
    assert_eq!(
        fork.rpc("eth_getStorageAt", json!([counter, "0x0", "latest"])),
        json!(word(1)),
        "executed once"
    );
    assert_eq!(balance(&fork, stranger), U256::from(0x64));
    assert_eq!(
        fork.number("eth_getTransactionCount", json!([stranger, "latest"])),
        0
    );
    assert_eq!(fork.rpc("eth_getCode", json!([stranger, "latest"])), "0x");
}

#[test]
fn what_cannot_be_forked_is_said() {
    let other = Served::new();
    let reason = |options: ForkOptions| Fork::connect(options).unwrap_err().to_string();
    assert!(reason(options("ftp://localhost")).contains("use http or https"));
    assert!(reason(options("nowhere")).contains("is no URL"));
    assert!(reason(options("http://127.0.0.1:1")).contains("can't be read"));
    let future = ForkOptions {
        block_number: Some(1_000),
        ..options(url(&other))
    };
    assert!(reason(future).contains("has no block 0x3e8"));
}

/// A server that answers every request with a head, and then with so many bytes of no use. Returns its URL and what it sent.
fn answering(head: String, bytes: usize) -> (String, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let sent = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&sent);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            read_request(&stream);
            let mut goes_on = stream.write_all(head.as_bytes()).is_ok();
            let part = vec![b' '; 1 << 20];
            let begun = counted.load(Ordering::Relaxed);
            while goes_on && counted.load(Ordering::Relaxed) - begun < bytes {
                goes_on = stream.write_all(&part).is_ok();
                counted.fetch_add(part.len(), Ordering::Relaxed);
            }
        }
    });
    (url, sent)
}

/// Whoever runs the other node neither fills this machine's memory nor sends it to ask others.
#[test]
fn another_node_neither_answers_without_end_nor_sends_elsewhere() {
    let reason = |url: &str| Fork::connect(options(url)).unwrap_err().to_string();
    let head = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n";
    let (endless, sent) = answering(head.to_owned(), 2_000_000_000);
    assert!(reason(&endless).contains("an answer of more than"));
    let sent = sent.load(Ordering::Relaxed);
    assert!((100_000_000..400_000_000).contains(&sent), "{sent}");
    let other = Served::new();
    let between = Between::new(other.address());
    let head = format!(
        "HTTP/1.1 307 -\r\nlocation: {}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n",
        between.url()
    );
    let (elsewhere, _) = answering(head, 0);
    assert!(reason(&elsewhere).contains("HTTP status 307"));
    assert_eq!(between.requests(), 0, "nobody else was asked");
    // What is not what was asked for is told, but not all of it.
    let text = "x".repeat(1_000_000);
    let body = format!("{{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":\"{text}\"}}");
    let head = format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        body.len()
    );
    let (strange, _) = answering(head, 0);
    let said = reason(&strange);
    assert!(
        said.contains("it answered \"xxx") && said.len() < 1_000,
        "{}",
        said.len()
    );
}

/// A folder of this test's own.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

/// All files below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)
        .expect("a folder")
        .map_while(Result::ok)
    {
        let path = entry.path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push(path),
        }
    }
    found
}

#[test]
fn answers_are_kept_on_disk_for_one_chain_and_block() {
    let other = Served::new();
    let (counter, program) = (other.deploy(), echo(&other));
    let all = folder("fork-cache");
    let between = Between::new(other.address());
    let cached = || ForkOptions {
        cache: CacheChoice::Always(all.clone()),
        ..options(between.url())
    };
    let use_it = |fork: &Served| {
        assert_eq!(call(fork, program, "0x010203"), "0x010203");
        assert_eq!(call(fork, counter, "0x000000"), json!(word(0)));
    };
    use_it(&forked(cached()));
    let kept = files(&all);
    assert!(kept.len() > 8, "{kept:?}");
    let drafts = kept.iter().filter(|path| {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        name.starts_with('.')
    });
    assert_eq!(drafts.count(), 0);
    // Again: only the chain's id, the block and what kind of chain it is are asked for.
    let before = between.requests();
    use_it(&forked(cached()));
    assert_eq!(between.requests() - before, 3);
    // A file that was cut off is asked for again, and whole afterwards.
    let slot = kept
        .iter()
        .find(|path| path.to_string_lossy().contains("/slots/"));
    let account = kept
        .iter()
        .find(|path| path.to_string_lossy().contains("/accounts/"));
    for path in [slot.unwrap(), account.unwrap()] {
        let whole = std::fs::read(path).unwrap();
        std::fs::write(path, &whole[..whole.len() - 1]).unwrap();
        use_it(&forked(cached()));
        assert_eq!(std::fs::read(path).unwrap(), whole);
    }
    // Another block has answers of its own.
    other.send(json!({ "from": other.accounts[0], "to": counter }));
    let fork = forked(cached());
    assert_eq!(call(&fork, counter, "0x000000"), json!(word(1)));
    // Two at a time.
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                let fork = forked(cached());
                assert_eq!(call(&fork, counter, "0x000000"), json!(word(1)));
            });
        }
    });
}

/// What one node says of a block is not what another says of it, though both call it by one hash.
#[test]
fn a_lie_about_a_block_is_kept_for_who_told_it() {
    let other = Served::new();
    let (rich, truth) = (Address::repeat_byte(0x77), "0x1234567890abcdef");
    other.rpc("anvil_setBalance", json!([rich, truth]));
    let all = folder("fork-lies");
    let (honest, liar) = (Between::new(other.address()), Between::new(other.address()));
    *liar.lie.lock().unwrap() = Some((truth.to_owned(), "0x7".to_owned()));
    let fork = |between: &Between| {
        forked(ForkOptions {
            cache: CacheChoice::Always(all.clone()),
            ..options(between.url())
        })
    };
    let told = |fork: &Served| fork.rpc("eth_getBalance", json!([rich, "latest"]));
    let hash =
        |fork: &Served| fork.rpc("eth_getBlockByNumber", json!(["0x0", false]))["hash"].clone();
    let lied = fork(&liar);
    assert_eq!(told(&lied), "0x7");
    assert!(!files(&all).is_empty(), "the lie was kept");
    let believed = fork(&honest);
    assert_eq!(hash(&believed), hash(&lied), "of the same block");
    assert_eq!(told(&believed), truth);
}

#[test]
fn transactions_from_before_the_fork_are_found_by_sender_and_nonce() {
    let other = Served::new();
    let [from, to] = [other.accounts[0], other.accounts[1]];
    let send =
        |node: &Served| node.send(json!({ "from": from, "to": to }))["transactionHash"].clone();
    let find = |node: &Served, nonce: &str| {
        node.rpc("eth_getTransactionBySenderAndNonce", json!([from, nonce]))["hash"].clone()
    };
    let before = send(&other);
    let fork = forked(options(url(&other)));
    let there = send(&other);
    assert_eq!(find(&fork, "0x0"), before);
    assert_eq!(find(&fork, "0x1"), Value::Null, "it was sent there, later");
    fork.rpc("anvil_setBalance", json!([from, "0xde0b6b3a7640000"]));
    let here =
        fork.send(json!({ "from": from, "to": to, "value": "0x1" }))["transactionHash"].clone();
    assert_eq!(find(&fork, "0x1"), here);
    assert_eq!(find(&other, "0x1"), there);
}

/// Whoever answers as another chain may say anything; a node that is asked to go on from that stays where it was.
#[test]
fn a_block_that_no_chain_has_is_not_forked() {
    let other = Served::new();
    let liar = Between::new(other.address());
    let time = |number: u64| format!("\"timestamp\":\"{number:#x}\"");
    *liar.lie.lock().unwrap() = Some((time(START), time(u64::MAX)));
    let fork = Fork::connect(options(liar.url())).unwrap();
    let refused = Node::forked(fork, node_options()).expect_err("it is no block");
    assert!(
        refused.to_string().contains("as its block time"),
        "{refused}"
    );
    let own = Served::new();
    own.rpc("evm_mine", json!([]));
    let reset = json!([{ "forking": { "jsonRpcUrl": liar.url() } }]);
    let refused = own.refused("anvil_reset", reset.clone());
    assert!(refused.message.contains("as its block time"), "{refused:?}");
    assert_eq!(own.rpc("eth_blockNumber", json!([])), "0x1");
    *liar.lie.lock().unwrap() = None;
    own.rpc("anvil_reset", reset);
    assert_eq!(own.rpc("eth_blockNumber", json!([])), "0x0");
}

#[test]
fn nothing_is_kept_of_a_node_on_this_machine_unless_told() {
    let other = Served::new();
    let counter = other.deploy();
    let all = folder("fork-local");
    let fork = forked(ForkOptions {
        cache: CacheChoice::Distant(all.clone()),
        ..options(url(&other))
    });
    assert_eq!(call(&fork, counter, "0x000000"), json!(word(0)));
    assert!(!all.exists());
}

#[test]
fn a_reset_forks_what_it_is_told_to() {
    let other = Served::new();
    let counter = other.deploy();
    other.send(json!({ "from": other.accounts[0], "to": counter }));
    let options = node_options();
    let node = Served::with(ServerLimits::default(), |own| {
        own.forking = options.forking;
    });
    let own_id = node.rpc("eth_getBlockByNumber", json!(["0x0", false]))["hash"].clone();
    let code = |node: &Served| node.rpc("eth_getCode", json!([counter, "latest"]));
    assert_eq!(code(&node), "0x");
    for method in ["anvil_reset", "hardhat_reset"] {
        let forking = json!([{ "forking": { "jsonRpcUrl": url(&other) } }]);
        node.rpc(method, forking);
        assert_eq!(code(&node), json!(Bytes::from(contract::CODE)));
        assert_eq!(node.number("eth_blockNumber", json!([])), 2);
        assert_eq!(balance(&node, node.accounts[0]), ether(500));
        node.send(json!({ "from": node.accounts[0], "to": counter }));
        assert_eq!(node.number("eth_blockNumber", json!([])), 3);
        // The same chain at another block, and from the start of the fork.
        node.rpc(method, json!([{ "forking": { "blockNumber": 1 } }]));
        assert_eq!(node.number("eth_blockNumber", json!([])), 1);
        assert_eq!(call(&node, counter, "0x000000"), json!(word(0)));
        node.send(json!({ "from": node.accounts[0], "to": counter }));
        node.rpc(method, json!([]));
        assert_eq!(node.number("eth_blockNumber", json!([])), 1);
        assert_eq!(call(&node, counter, "0x000000"), json!(word(0)));
    }
    let info = node.rpc("anvil_nodeInfo", json!([]));
    assert_eq!(info["forkConfig"]["forkBlockNumber"], 1);
    let metadata = node.rpc("anvil_metadata", json!([]));
    assert_eq!(metadata["forkedNetwork"]["chainId"], 412_346);
    assert_eq!(
        metadata["forkedNetwork"]["forkBlockHash"],
        node.rpc("eth_getBlockByNumber", json!(["0x1", false]))["hash"]
    );
    // What can't be forked leaves the node as it is.
    let before = node.rpc("eth_getBlockByNumber", json!(["latest", false]));
    let gone = json!([{ "forking": { "jsonRpcUrl": "http://127.0.0.1:1" } }]);
    assert!(node
        .refused("anvil_reset", gone)
        .message
        .contains("can't be read"));
    let unknown = json!([{ "forking": { "blockNumber": 1, "cacheDir": "/" } }]);
    assert_eq!(node.refused("hardhat_reset", unknown).code, -32_602);
    assert_eq!(
        node.rpc("eth_getBlockByNumber", json!(["latest", false])),
        before
    );
    let plain = Served::new();
    let refused = plain.refused("anvil_reset", json!([{ "forking": { "blockNumber": 1 } }]));
    assert!(
        refused.message.contains("jsonRpcUrl"),
        "{}",
        refused.message
    );
    assert_ne!(own_id, before["hash"]);
}

#[test]
fn a_fork_is_written_down_and_goes_on_where_it_was() {
    let other = Served::new();
    let counter = other.deploy();
    let fork = forked(options(url(&other)));
    fork.send(json!({ "from": fork.accounts[0], "to": counter }));
    let snapshot = fork.rpc("evm_snapshot", json!([]));
    let dump = fork.rpc("anvil_dumpState", json!([]));
    fork.send(json!({ "from": fork.accounts[0], "to": counter }));
    assert_eq!(call(&fork, counter, "0x000000"), json!(word(2)));
    fork.rpc("evm_revert", json!([snapshot]));
    assert_eq!(call(&fork, counter, "0x000000"), json!(word(1)));
    // Another fork of the same block takes it, one of another block does not, and neither does a chain that forks nothing.
    let again = forked(options(url(&other)));
    again.rpc("anvil_loadState", json!([dump]));
    assert_eq!(call(&again, counter, "0x000000"), json!(word(1)));
    assert_eq!(again.number("eth_blockNumber", json!([])), 2);
    again.send(json!({ "from": again.accounts[0], "to": counter }));
    other.rpc("evm_mine", json!([]));
    let later = forked(options(url(&other)));
    let refused = later.refused("anvil_loadState", json!([dump]));
    assert!(
        refused.message.contains("not the forked one"),
        "{}",
        refused.message
    );
    let refused = Served::new().refused("anvil_loadState", json!([dump]));
    assert!(
        refused.message.contains("has to be there"),
        "{}",
        refused.message
    );
    // From a file, as at a restart.
    let node = Fork::connect(ForkOptions {
        block_number: Some(1),
        ..options(url(&other))
    })
    .map(|fork| Node::restore_on(again.node.dump(), Some(fork), node_options()))
    .unwrap()
    .unwrap();
    let restored = Served::serve(Arc::new(node), ServerLimits::default());
    assert_eq!(call(&restored, counter, "0x000000"), json!(word(2)));
    // A dump without a fork makes the node one without.
    let plain = Served::new();
    let dump = plain.rpc("anvil_dumpState", json!([]));
    restored.rpc("anvil_loadState", json!([dump]));
    assert_eq!(call(&restored, counter, "0x000000"), "0x");
}
