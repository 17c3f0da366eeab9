//! Whoever a keeper asks, or is asked by, means it harm: exchanges and signers whose answers don't end, clients that keep their
//! connections, a node that has reports signed for another pool.

use std::{
    io::{BufReader, ErrorKind, Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        atomic::{AtomicU64, Ordering},
        Arc,
    },
    time::{Duration, Instant},
};

use serde_json::Value;
use smirk_devnet_process::{answer, post, read_request};

use crate::processes::{devnet, key, Keeper, Role, PATIENCE};

const START: u64 = 1_770_357_600;
const MEGABYTE: u64 = 1 << 20;

fn until(keeper: &Keeper, what: &str, done: impl Fn() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < PATIENCE, "{what}: {}", keeper.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A server whose answers begin like JSON and don't end before two gigabytes. Returns its URL, and the most that it got rid of in one.
fn endless() -> (String, Arc<AtomicU64>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let most = Arc::new(AtomicU64::new(0));
    let counted = most.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let counted = counted.clone();
            std::thread::spawn(move || {
                let mut reader = BufReader::new(stream);
                if read_request(&mut reader).is_none() {
                    return;
                }
                let head = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2000000000\r\n\r\n\"";
                let stream = reader.get_mut();
                let part = vec![b'x'; MEGABYTE as usize];
                let mut taken = stream.write_all(head).is_ok();
                for parts in 1..=1_900 {
                    if !taken {
                        return;
                    }
                    taken = stream.write_all(&part).is_ok();
                    counted.fetch_max(parts * MEGABYTE, Ordering::Relaxed);
                }
            });
        }
    });
    (url, most)
}

#[test]
fn answers_without_an_end_are_hung_up_on() {
    let devnet = devnet(START);
    let rpc = format!("http://{}", devnet.rpc.address);
    let (url, most) = endless();
    let role = Role::Operator(vec![format!("{url}/report")], "");
    let keeper = Keeper::start(devnet.contract("pool"), &rpc, &key(9).0, &url, role);
    let refused = |text: &str| {
        let log = keeper.log();
        let mut lines = log
            .lines()
            .filter(|line| line.contains("an answer of more than"));
        lines.any(|line| line.contains(text))
    };
    until(&keeper, "the exchanges are hung up on", || {
        refused("\"deribit\"") && refused("\"okx\"")
    });
    until(&keeper, "the signer is hung up on", || {
        refused("\"collect\"")
    });
    let peak = keeper.peak_memory();
    assert!(peak < 200 * MEGABYTE, "{peak} bytes");
    let most = most.load(Ordering::Relaxed);
    assert!((1..100 * MEGABYTE).contains(&most), "{most} bytes");
    let (code, text) = keeper.stop();
    assert_eq!(code, Some(0), "{text}");
}

/// A node is asked before anything else, again and again.
#[test]
fn a_node_without_an_end_is_hung_up_on() {
    let (url, most) = endless();
    let text = format!(
        "rpc = \"{url}\"\npool = \"{}\"\n[operator]\nkey = {{ env = \"SMIRK_KEY\" }}\n",
        key(8).1
    );
    let output = Keeper::command(&text)
        .env("SMIRK_KEY", key(9).0)
        .output()
        .expect("it runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("an answer of more than"), "{said}");
    let most = most.load(Ordering::Relaxed);
    assert!((64 * MEGABYTE..200 * MEGABYTE).contains(&most), "{most}");
}

/// More connections than there is place for, none of which says anything, for as long as they last.
#[test]
fn idle_connections_are_few_and_end() {
    let devnet = devnet(START);
    let rpc = format!("http://{}", devnet.rpc.address);
    let role = Role::Alone(String::new());
    let keeper = Keeper::start(devnet.contract("pool"), &rpc, &key(9).0, "", role);
    let address = keeper.url("").replace("http://", "");
    let mut idle: Vec<TcpStream> = (0..300)
        .map(|_| TcpStream::connect(&address).expect("a connection"))
        .collect();
    let mut closed = || {
        idle.retain_mut(|stream| {
            stream.set_nonblocking(true).expect("it can be asked");
            let read = stream.read(&mut [0; 64]);
            matches!(read, Err(error) if error.kind() == ErrorKind::WouldBlock)
        });
        300 - idle.len()
    };
    let begun = Instant::now();
    let mut at_once = 0;
    while at_once < 170 {
        let waited = begun.elapsed();
        assert!(waited < PATIENCE, "{at_once} are hung up on");
        std::thread::sleep(Duration::from_millis(50));
        at_once = closed();
    }
    // The others have some seconds to say something.
    let is_early = begun.elapsed() < Duration::from_secs(3);
    assert!(at_once < 300 || !is_early, "all are hung up on");
    while closed() < 300 {
        let waited = begun.elapsed();
        assert!(waited < PATIENCE, "who says nothing is kept");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(keeper.answer("/metrics").0, 200);
    // One that was answered is not kept.
    let mut stream = TcpStream::connect(&address).expect("a connection");
    let request = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n";
    stream.write_all(request).expect("sent");
    let mut response = String::new();
    stream
        .set_read_timeout(Some(PATIENCE))
        .expect("it can be set");
    stream.read_to_string(&mut response).expect("it ends");
    assert!(response.starts_with("HTTP/1.1 "), "{response}");
    let said = response.to_ascii_lowercase();
    assert!(said.contains("\r\nconnection: close\r\n"), "{response}");
}

/// A node that says another domain has nothing signed for whose it is.
#[test]
fn nothing_is_signed_for_another_pool() {
    let devnet = devnet(START);
    let node = devnet.rpc.address.clone();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let asked = Arc::new(AtomicU64::new(0));
    let counted = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream);
            let Some((_, body)) = read_request(&mut reader) else {
                continue;
            };
            let mut response = post(&node, &body);
            // DOMAIN_SEPARATOR()
            if String::from_utf8_lossy(&body).contains("0x3644e515") {
                counted.fetch_add(1, Ordering::Relaxed);
                let said: Value = serde_json::from_slice(answer(&response).1).expect("JSON");
                let domain = said["result"].as_str().expect("a word");
                let other = format!("0x{}", "11".repeat(32));
                let text = String::from_utf8(response.clone()).expect("text");
                response = text.replace(domain, &other).into_bytes();
            }
            // Whoever asked may be gone.
            let _ = reader.get_mut().write_all(&response);
        }
    });
    let text = format!(
        "rpc = \"{url}\"\npool = \"{}\"\n[signer]\nkey = {{ env = \"SMIRK_KEY\" }}\ncurrency = \"ETH\"\nsources = []\n",
        devnet.contract("pool")
    );
    let output = Keeper::command(&text)
        .env("SMIRK_KEY", key(9).0)
        .output()
        .expect("it runs");
    assert!(asked.load(Ordering::Relaxed) > 0, "the node lied");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        !output.status.success() && said.contains("another domain"),
        "{said}"
    );
}
