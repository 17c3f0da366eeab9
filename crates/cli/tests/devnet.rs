//! `smirk devnet` as a process, with the pool on its chain.

use std::{io::ErrorKind, path::PathBuf, thread::sleep, time::Duration};

use serde_json::{json, Value};
use smirk_devnet_process::Devnet;

#[test]
fn pool_is_there_when_asked_for() {
    let book = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("pool.json");
    let devnet = Devnet::start(&["--with-pool", "--addresses", book.to_str().unwrap()]);
    let book: Value = serde_json::from_slice(&std::fs::read(book).unwrap()).unwrap();
    let (pool, quote) = (&book["contracts"]["pool"], &book["contracts"]["quote"]);
    // asset() of the vault is the quote token.
    let asset = devnet
        .rpc
        .call("eth_call", json!([{ "to": pool, "data": "0x38d52e0f" }]));
    assert_eq!(asset.as_str().unwrap()[26..], quote.as_str().unwrap()[2..]);
    // surroundings() ends with the lender's market, which its provider names by getPool().
    let said = devnet
        .rpc
        .call("eth_call", json!([{ "to": pool, "data": "0x69797926" }]));
    let said = said.as_str().unwrap();
    let lender = &book["contracts"]["lender"];
    let market = devnet
        .rpc
        .call("eth_call", json!([{ "to": lender, "data": "0x026b1d5f" }]));
    assert_eq!(said[said.len() - 40..], market.as_str().unwrap()[26..]);
    assert_eq!(
        book["contracts"]["lenderPool"].as_str().unwrap()[2..],
        market.as_str().unwrap()[26..]
    );
    assert_eq!(book["expiries"].as_array().unwrap().len(), 3);
    assert_eq!(book["tokens"]["quote"]["decimals"], 6);
    assert!(book["roles"]["keeper"]["privateKey"].is_string());
    let genesis = devnet
        .rpc
        .call("eth_getBlockByNumber", json!(["0x0", false]));
    assert_eq!(genesis["transactions"], json!([]));
    let logs = devnet.rpc.call(
        "eth_getLogs",
        json!([{ "fromBlock": "0x0", "address": pool }]),
    );
    assert!(logs.as_array().unwrap().len() > 6);
}

#[test]
fn pool_is_found_from_any_folder_and_missed_with_a_sentence() {
    let smirk = env!("CARGO_BIN_EXE_smirk");
    let copy = std::env::temp_dir().join(format!("smirk-elsewhere-{}", std::process::id()));
    std::fs::copy(smirk, &copy).unwrap();
    let run = |program: &std::path::Path, arguments: &[&str]| {
        let mut command = std::process::Command::new(program);
        let command = command.args(arguments).env_remove("CARGO_MANIFEST_DIR");
        let command = command.current_dir(std::env::temp_dir());
        loop {
            match command.output() {
                // A child that another test has just begun still has the copy open for writing.
                Err(error) if error.kind() == ErrorKind::ExecutableFileBusy => {
                    sleep(Duration::from_millis(20));
                }
                output => return output.unwrap(),
            }
        }
    };
    let missed = run(&copy, &["devnet", "--with-pool", "--port", "0"]);
    std::fs::remove_file(&copy).unwrap();
    let said = String::from_utf8_lossy(&missed.stderr);
    assert!(!missed.status.success());
    assert!(
        said.contains("project's folder") && !said.contains("panicked"),
        "{said}"
    );
    // It starts where it was built, and ends for an address that nobody can listen on.
    let found = run(
        smirk.as_ref(),
        &["devnet", "--with-pool", "--host", "192.0.2.1", "--expose"],
    );
    let said = String::from_utf8_lossy(&found.stderr);
    assert!(said.contains("can't be listened on"), "{said}");
}

#[test]
fn longer_code_and_pages_of_others_are_taken_when_asked() {
    // Creates 30,000 bytes of code.
    let long = json!([{ "data": "0x6175305ff3", "gas": "0x1c9c380" }]);
    let strict = Devnet::start(&[]);
    assert!(strict.rpc.ask("eth_call", long.clone())["error"].is_object());
    let devnet = Devnet::start(&[
        "--max-code-size",
        "98304",
        "--allow-origin",
        "https://remix.ethereum.org",
    ]);
    let code = devnet.rpc.call("eth_call", long);
    assert_eq!(code.as_str().map(str::len), Some(2 + 60_000));
    for (origin, allowed) in [
        ("https://remix.ethereum.org", true),
        ("https://example.org", false),
    ] {
        let status = status_for(&devnet.rpc.address, origin);
        assert_eq!(status == 200, allowed, "{origin}: {status}");
    }
}

/// Status of a request of an origin's page.
fn status_for(address: &str, origin: &str) -> u16 {
    use std::io::{Read, Write};
    let body = r#"{"jsonrpc":"2.0","id":1,"method":"eth_chainId"}"#;
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    let length = body.len();
    write!(
        stream,
        "POST / HTTP/1.1\r\nhost: a\r\norigin: {origin}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
         connection: close\r\n\r\n{body}"
    )
    .unwrap();
    let mut response = Vec::new();
    stream.read_to_end(&mut response).unwrap();
    smirk_devnet_process::answer(&response).0
}
