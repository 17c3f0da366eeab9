//! What a signer tells of the market that it read.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{
    exchange::{Exchange, HALF_SPREAD},
    processes::{devnet, key, Keeper, Role, PATIENCE},
};

/// 2026-02-06 06:00:00 UTC.
const START: u64 = 1_770_357_600;

fn until(keeper: &Keeper, what: &str, done: impl Fn() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(begun.elapsed() < PATIENCE, "{what}: {}", keeper.log());
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn market(keeper: &Keeper) -> Value {
    serde_json::from_str(&keeper.get("/market")).expect("JSON")
}

#[test]
fn a_signer_tells_the_points_that_it_fitted_and_keeps_them_when_no_market_answers() {
    let devnet = devnet(START);
    let exchange = Exchange::start();
    exchange.set_time(START);
    for name in ["deribit", "okx"] {
        exchange.fail(name, true);
    }
    let rpc = format!("http://{}", devnet.rpc.address);
    let pool = devnet.contract("pool");
    let keeper = Keeper::start(pool, &rpc, &key(5).0, &exchange.url(), Role::Signer);
    until(&keeper, "the markets fail", || {
        keeper.get("/metrics").contains("source_failures_total")
    });
    assert_eq!(keeper.answer("/market"), (503, "no market\n".to_owned()));

    for name in ["okx", "deribit"] {
        exchange.fail(name, false);
        until(&keeper, name, || {
            keeper.answer("/market").0 == 200 && market(&keeper)["source"] == name
        });
        check(&market(&keeper), &exchange);
    }

    let before = market(&keeper);
    for name in ["deribit", "okx"] {
        exchange.fail(name, true);
    }
    devnet.rpc.call("evm_increaseTime", serde_json::json!([60]));
    devnet.rpc.call("evm_mine", serde_json::json!([]));
    until(&keeper, "nobody answers", || {
        keeper.log().contains("no market answers")
    });
    assert_eq!(market(&keeper), before, "with the time that it is of");
}

/// Everything told is as the exchange has it.
fn check(market: &Value, exchange: &Exchange) {
    let time = market["time"].as_u64().expect("a time");
    assert!(time.abs_diff(START) < 120);
    assert_eq!(market["currency"], "ETH");
    let options = exchange.options();
    let expiries = market["expiries"].as_array().expect("expiries");
    assert!(expiries.len() > 3, "{market}");
    let mut quoted = 0;
    for told in expiries {
        let expiry = told["expiry"].as_u64().expect("a time");
        let points = told["points"].as_array().expect("points");
        assert!(points.len() > 5, "{told}");
        for point in points {
            let number = |name: &str| point[name].as_f64();
            let strike = number("strike").expect("a strike");
            let listed = options
                .iter()
                .find(|listed| listed.expiry == expiry && listed.strike as f64 == strike)
                .expect("it is listed");
            let forward = told["forward"].as_f64().expect("a forward");
            assert!((forward - listed.forward).abs() < 1e-4 * forward);
            let vol = number("vol").expect("a vol");
            assert!((vol - listed.vol).abs() < 1e-4, "{point} {}", listed.vol);
            // Seconds pass between quote and reading, which is much for an option of two hours.
            for (name, side) in [("bid", -HALF_SPREAD), ("ask", HALF_SPREAD)] {
                if let Some(found) = number(name) {
                    assert!((found - vol - side).abs() < 2e-3, "{name} of {point}");
                    quoted += 1;
                }
            }
        }
    }
    assert!(quoted > 100, "{quoted}");
}
