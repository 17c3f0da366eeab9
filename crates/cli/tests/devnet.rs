//! `smirk devnet` as a process, with the pool on its chain.

use std::path::PathBuf;

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
