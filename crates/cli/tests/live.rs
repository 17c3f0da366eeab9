//! A devnet whose market goes on by itself, left alone for a day and beyond an expiry.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use alloy_primitives::{Address, U256};
use alloy_sol_types::SolEvent;
use serde_json::json;
use smirk_devnet_process::{program, Devnet};
use smirk_world::abi::{IPool, PriceFeed, UniswapV3Pool};

/// 2026-12-18 12:00 UTC.
const START: u64 = 1_797_595_200;
const DAY: u64 = 86_400;
const QUARTER: u64 = 900;
/// In which a machine of any speed comes to what is waited for.
const PATIENCE: Duration = Duration::from_secs(300);
const WAD: U256 = U256::from_limbs([1_000_000_000_000_000_000, 0, 0, 0]);

fn book(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

struct Round {
    price: f64,
    updated_at: u64,
}

fn round(devnet: &Devnet) -> Round {
    let call = PriceFeed::latestRoundDataCall {};
    let round = devnet.rpc.view(devnet.contract("feed"), &call);
    Round {
        price: f64::from(round.answer.into_raw()) / 1e8,
        updated_at: round.updatedAt.to(),
    }
}

/// Moves the clock on. Returns what it then shows.
fn travel(devnet: &Devnet, seconds: u64) -> u64 {
    devnet.rpc.call("evm_increaseTime", json!([seconds]));
    devnet.rpc.call("evm_mine", json!([]));
    devnet.rpc.block_time()
}

/// The same, and waits until the market is there as well.
fn follow(devnet: &Devnet, seconds: u64) {
    let now = travel(devnet, seconds);
    let begun = Instant::now();
    while round(devnet).updated_at < now
        || surface(devnet)
            .iter()
            .any(|anchor| anchor.expiry < U256::from(now))
    {
        assert!(begun.elapsed() < PATIENCE, "nothing has happened at {now}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

fn surface(devnet: &Devnet) -> Vec<IPool::Anchor> {
    devnet
        .rpc
        .view(devnet.contract("pool"), &IPool::surfaceCall {})
}

fn call_at(expiry: U256, price: f64) -> U256 {
    let strike = (price / 25.0).round() as u64 * 25;
    (expiry << 128) | (U256::from(strike) * WAD)
}

fn quote(id: U256) -> IPool::quoteBuyCall {
    IPool::quoteBuyCall { id, size: WAD }
}

/// The venue's price, quote per base.
fn venue(devnet: &Devnet) -> f64 {
    let slot = devnet
        .rpc
        .view(devnet.contract("venue"), &UniswapV3Pool::slot0Call {});
    let root = f64::from(U256::from(slot.sqrtPriceX96)) / 2f64.powi(96);
    let token1_per_token0 = root * root;
    match devnet.contract("base") < devnet.contract("quote") {
        true => token1_per_token0 * 1e12,
        false => 1e12 / token1_per_token0,
    }
}

/// Buys a call with the command line, and has it.
fn buy(devnet: &Devnet, id: U256) {
    let series = format!("{id:#x}");
    let output = Command::new(program())
        .args(["trade", "buy", &series, "1"])
        .env("SMIRK_ADDRESSES", devnet.book_path())
        .env("SMIRK_KEY", devnet.account_key(0))
        .output()
        .expect("it runs");
    assert!(output.status.success(), "{series}: {output:?}");
    let owner_: Address = devnet.account(0);
    let held = IPool::balanceOf_1Call { owner_, id };
    assert_eq!(devnet.rpc.view(devnet.contract("pool"), &held), WAD);
}

#[test]
fn a_market_left_alone_for_a_day_still_trades() {
    // Without anybody there it does not.
    let still = Devnet::with_pool(&book("still.json"), START, &[]);
    let pool = still.contract("pool");
    let id = call_at(surface(&still)[1].expiry, 2_500.0);
    still.rpc.view(pool, &quote(id));
    travel(&still, DAY);
    assert!(still.rpc.refuses(pool, &quote(id)));

    let live = Devnet::with_pool(&book("live.json"), START, &["--live", "--seed", "3"]);
    let (pool, first) = (live.contract("pool"), surface(&live));
    let mut prices = Vec::new();
    for _ in 0..DAY / QUARTER {
        follow(&live, QUARTER);
        let Round { price, .. } = round(&live);
        assert!(
            (venue(&live) / price - 1.0).abs() < 0.001,
            "the venue is at {}, the feed at {price}",
            venue(&live)
        );
        prices.push(price);
    }
    prices.dedup();
    assert_eq!(
        prices.len() as u64,
        DAY / QUARTER,
        "the price moves every time"
    );
    assert!(
        prices
            .iter()
            .all(|price| (1_800.0..3_400.0).contains(price)),
        "{prices:?}"
    );
    let anchors = surface(&live);
    assert_eq!(anchors.len(), first.len());
    for (old, new) in first.iter().zip(&anchors) {
        assert_ne!(old.atmVol, new.atmVol);
        assert!(new.postedAt > U256::from(START + DAY - 3_600), "{new:?}");
    }
    buy(&live, call_at(anchors[1].expiry, round(&live).price));

    // Past the first expiry in one go.
    let expiry = first[0].expiry;
    follow(
        &live,
        expiry.to::<u64>() + 5 * QUARTER - live.rpc.block_time(),
    );
    let settled = live.rpc.indexed(pool, IPool::Settled::SIGNATURE_HASH);
    assert_eq!(settled, [expiry]);
    let anchors = surface(&live);
    assert!(anchors.len() >= first.len(), "another is listed");
    assert!(anchors
        .iter()
        .all(|anchor| !anchor.atmVol.is_zero() && anchor.expiry > expiry));
    buy(&live, call_at(anchors[0].expiry, round(&live).price));
    assert_eq!(live.signal("TERM").code(), Some(0));
}

#[test]
fn without_a_pool_there_is_no_market_to_keep_going() {
    let output = Command::new(program())
        .args(["devnet", "--port", "0", "--quiet", "--live"])
        .output()
        .expect("it runs");
    assert!(!output.status.success());
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains("--live needs a pool"), "{error}");
}

#[test]
fn a_market_goes_on_from_a_state_file() {
    let state = book("live.state.json");
    let _ = std::fs::remove_file(&state);
    let state = state.to_str().expect("a path");
    let first = Devnet::with_pool(&book("live.first.json"), START, &["--state", state]);
    let feed = round(&first).updated_at;
    assert_eq!(first.signal("TERM").code(), Some(0));
    let again = Devnet::with_pool(
        &book("live.again.json"),
        START,
        &["--state", state, "--live"],
    );
    follow(&again, 3_600);
    assert!(round(&again).updated_at > feed);
}
