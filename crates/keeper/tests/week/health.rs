//! What a keeper serves: health, metrics, reports; and where its key may be.

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use alloy_primitives::{address, Address};
use alloy_sol_types::sol;
use serde_json::json;

use crate::{
    exchange::Exchange,
    processes::{devnet, Keeper, Role, PATIENCE},
};

sol! {
    interface ArbWasm {
        function programTimeLeft(address program) external view returns (uint64 secs);
    }
}

const ARB_WASM: Address = address!("0000000000000000000000000000000000000071");
const DAY: u64 = 86_400;
/// The published test vector of the web3 secret storage definition.
const KEYSTORE_ADDRESS: &str = "0x008aeeda4d805471df9b2a5b0f38a0c3bcba786b";

fn keystore() -> PathBuf {
    let text = json!({
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
    let file = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("week.keystore.json");
    std::fs::write(&file, text.to_string()).expect("written");
    file
}

#[test]
fn a_program_near_its_end_is_kept_alive_once() {
    let start = 1_770_357_600;
    let devnet = devnet(start);
    let (pool, keeper_role) = (devnet.contract("pool"), devnet.role("keeper"));
    let rpc = format!("http://{}", devnet.rpc.address);
    let left = || {
        let call = ArbWasm::programTimeLeftCall { program: pool };
        devnet.rpc.view(ARB_WASM, &call)
    };
    devnet.rpc.call("evm_increaseTime", json!([330 * DAY]));
    devnet.rpc.call("evm_mine", json!([]));
    assert!(left() < 40 * DAY, "{}", left());
    let until = |keeper: &Keeper, text: &str| {
        let begun = Instant::now();
        while !keeper.log().contains(text) {
            assert!(begun.elapsed() < PATIENCE, "{text}: {}", keeper.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let key = devnet.role_key("keeper");
    let start = |lines: &str| Keeper::start(pool, &rpc, &key, "", Role::Alone(lines.into()));
    // It settles what has passed meanwhile.
    let keeper = start("confirmations = 1\nkeep_alive = false\n");
    until(&keeper, "run scripts/deploy keep-alive");
    assert_eq!(keeper.stop().0, Some(0));
    assert!(left() < 40 * DAY, "it was told not to");

    let before = devnet.rpc.receipts_of(keeper_role).len();
    let keeper = start("confirmations = 1\n");
    until(&keeper, "is mined");
    // A look more finds nothing to do.
    keeper.look_again();
    assert!(left() > 360 * DAY, "{}", left());
    let (code, text) = keeper.stop();
    assert_eq!(code, Some(0), "{text}");
    let sent = devnet.rpc.receipts_of(keeper_role);
    assert_eq!(sent.len(), before + 1, "once: {text}");
    assert_eq!(sent[before]["status"], "0x1");
}

#[test]
fn without_a_market_a_keeper_is_not_well_and_says_why() {
    let start = 1_770_357_600;
    let devnet = devnet(start);
    let exchange = Exchange::start();
    exchange.set_time(start);
    for market in ["deribit", "okx"] {
        exchange.fail(market, true);
    }
    let rpc = format!("http://{}", devnet.rpc.address);
    let role = Role::Keystore(keystore());
    let keeper = Keeper::start(
        devnet.contract("pool"),
        &rpc,
        "testpassword",
        &exchange.url(),
        role,
    );
    let until = |what: &str, done: &dyn Fn() -> bool| {
        let begun = Instant::now();
        while !done() {
            let waited = begun.elapsed();
            assert!(waited < PATIENCE, "{what}: {}", keeper.log());
            std::thread::sleep(Duration::from_millis(50));
        }
    };
    let fails = || keeper.get("/metrics").contains("source_failures_total");
    until("the markets fail", &fails);
    let unhealthy = (503, "nothing was signed yet\n".to_owned());
    assert_eq!(keeper.answer("/healthz"), unhealthy);
    assert_eq!(keeper.answer("/report").0, 503);
    assert_eq!(keeper.answer("/nothing").0, 404);
    assert!(keeper.log().contains(KEYSTORE_ADDRESS), "{}", keeper.log());
    assert!(!keeper.log().contains("testpassword"));

    let metrics = keeper.get("/metrics");
    for line in metrics.lines() {
        let (name, value) = line.rsplit_once(' ').expect("a name and a value");
        assert!(name.starts_with("smirk_keeper_"), "{line}");
        assert!(value.parse::<f64>().is_ok_and(f64::is_finite), "{line}");
        let labels = name.split_once('{').map(|(_, labels)| labels);
        assert!(labels.is_none_or(|labels| labels.ends_with('}')), "{line}");
    }
    let (code, text) = keeper.stop();
    assert_eq!(code, Some(0), "{text}");
}
